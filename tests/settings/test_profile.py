"""Profiles of the Databricks CLI: which is read, when, and what it sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.composing import LARGEST_PROFILES, profile_of
from dlt_action.core.signin.schemes import OAuthM2M, Pat
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings.load import load, signs_in
from dlt_action.settings.model import Access
from dlt_action.settings.profile import (
    FILE_VARIABLE,
    NO_PROFILE,
    VARIABLE,
    Profile,
    ignored,
    in_ci,
    named,
    parse,
    wanted,
)
from tests.settings.door import PIPELINE, TOKEN
from tests.settings.signing import AWS, AZURE_DEVOPS, GITHUB, JWT

TEXT = f"""
; made by the CLI
[DEFAULT]
host  = {AWS}
token = default-token

[production]
host          = https://prod.cloud.databricks.com
client_id     = its-id
client_secret = its%secret%(x)s$

[empty]

[person]
host      = {AWS}
auth_type = databricks-cli
"""
T = {"DATABRICKS_TOKEN": "t"}
CI = [
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILD_NUMBER"),
    *("CODEBUILD_BUILD_ID", "TEAMCITY_VERSION", "bamboo_buildKey"),
]


def read(name: str, text: str | None = TEXT) -> Profile:
    found, problems = parse(text, name)
    assert problems == ()
    return found


def refused(name: str, text: str | None = TEXT) -> InputProblem:
    found, (problem,) = parse(text, name)
    assert found == NO_PROFILE
    return problem


def test_a_profile_is_what_stands_in_its_own_section() -> None:
    assert read("DEFAULT").inputs == {"host": AWS, "token": "default-token"}
    assert read("production").inputs == {
        "host": "https://prod.cloud.databricks.com",
        "client-id": "its-id",
        "client-secret": "its%secret%(x)s$",
    }
    assert read("empty").inputs == {}


KEYS = [
    ("host", "host"),
    ("token", "token"),
    ("client_id", "client-id"),
    ("client_secret", "client-secret"),
    ("auth_type", "auth-type"),
    ("audience", "oidc-audience"),
    ("token_audience", "oidc-audience"),
    ("azure_tenant_id", "azure-tenant-id"),
    ("azure_client_id", "azure-client-id"),
    ("azure_client_secret", "azure-client-secret"),
    ("workspace_id", "workspace-id"),
]


@pytest.mark.parametrize(("key", "name"), KEYS)
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_each_key_sets_its_input(
    key: str, name: str, spelled: Callable[[str], str]
) -> None:
    assert read("a", f"[a]\n{spelled(key)} = x\n").inputs == {name: "x"}


def test_keys_of_others_and_empty_ones_set_nothing() -> None:
    text = "[a]\ncluster_id = x\nserverless_compute_id = auto\ntoken =\nscopes = a\n"
    assert read("a", text).inputs == {}


def test_some_keys_stand_for_variables() -> None:
    keys = {
        "azure_workspace_resource_id": "DATABRICKS_AZURE_RESOURCE_ID",
        "azure_environment": "ARM_ENVIRONMENT",
        "oidc_token_env": "DATABRICKS_OIDC_TOKEN_ENV",
        "oidc_token_filepath": "DATABRICKS_OIDC_TOKEN_FILEPATH",
    }
    text = "[a]\n" + "".join(f"{key} = {key}\n" for key in keys)
    assert read("a", text).variables == {name: key for key, name in keys.items()}


def test_a_profile_that_was_not_asked_for_may_be_missing() -> None:
    for text in (None, "", "[other]\nhost = x\n"):
        assert read("", text) == NO_PROFILE


def test_one_that_was_asked_for_is_missed_and_the_others_are_named() -> None:
    problem = refused("prod")
    assert problem.name == VARIABLE
    assert problem.what == "The configuration file has no profile `prod`."
    assert problem.remedy == ("There are: `DEFAULT`, `production`, `empty`, `person`.")
    assert str(refused("prod", "")).endswith("no profile `prod`. Unset it.")
    assert refused("prod", None).what == "There is no profile `prod`."


@pytest.mark.parametrize(
    "name",
    [
        "\u202eprod",
        "a" * 61,
        "a\x1b[31m",
        "a\nb",
        "${{ x }}",
        TOKEN,
    ],
)
def test_an_odd_name_is_not_repeated(name: str) -> None:
    for text in (TEXT, f"[x]\n[{name.splitlines()[0]}]\n"):
        found, problems = parse(text, name)
        for problem in problems:
            assert name not in str(problem)
            assert str(problem).isprintable()
        assert problems or found.name == name


def test_an_odd_name_in_the_file_is_not_repeated_either() -> None:
    text = "[good]\nhost = x\n[\u202eevil]\nhost = y\n[a\x1b[31m]\n"
    assert refused("b", text).remedy == (
        "There are: `good`, a text of 5 characters, a text of 6 characters."
    )


BROKEN = [
    "host = x\n",
    "[a\nhost = x\n",
    "[a]\nhost\n",
    "[a]\n= x\n",
    "[a]\nhost = x\n[a]\nhost = y\n",
    "[a]\nhost = x\nhost = y\n",
    f"{TOKEN}\n",
    "\x00",
    '{"host": "x"}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_no_ini_file_is_refused_and_not_repeated(text: str) -> None:
    problem = refused("a", text)
    assert str(problem) == (
        f"{FILE_VARIABLE}: The configuration file cannot be read: it is no INI file."
        " See what `databricks auth profiles` says of it."
    )


@given(st.text())
def test_no_file_breaks_the_reader(text: str) -> None:
    found, problems = parse(text, "a")
    assert (found == NO_PROFILE) is bool(problems)


# When it is read.


@pytest.mark.parametrize("name", CI)
@pytest.mark.parametrize("value", ["true", "1", "True", "http://x.test", "yes"])
def test_in_ci_no_profile_is_read_not_even_one_that_is_named(
    name: str, value: str
) -> None:
    environ = {name: value, VARIABLE: "production"}
    assert in_ci(environ)
    assert not wanted(environ, configured=False)
    assert not wanted(environ, configured=True)
    assert ignored(environ) == (f"{VARIABLE} (never in CI)",)
    assert ignored({name: value}) == ()


@pytest.mark.parametrize("name", CI)
@pytest.mark.parametrize("value", ["", "false", "0"])
def test_a_variable_that_says_no_is_no_ci(name: str, value: str) -> None:
    assert not in_ci({name: value})
    assert wanted({name: value}, configured=False)
    assert ignored({name: value, VARIABLE: "production"}) == ()


def test_the_default_is_read_only_where_nothing_is_configured() -> None:
    assert wanted({}, configured=False)
    assert not wanted({}, configured=True)
    assert not wanted({VARIABLE: " "}, configured=True)


def test_a_profile_that_is_named_is_read_in_any_case() -> None:
    for configured in (True, False):
        environ = {VARIABLE: " production "}
        assert wanted(environ, configured=configured)
        assert named(environ) == "production"


CONFIGURED: list[tuple[list[str], dict[str, str]]] = [
    (["--host", AWS], {}),
    (["--client-id=a"], {}),
    ([], {"INPUT_HOST": AWS}),
    ([], {"DATABRICKS_HOST": AWS}),
    ([], {"INPUT_TOKEN": "t"}),
    ([], {"DATABRICKS_TOKEN": "t"}),
    ([], {"DATABRICKS_CLIENT_ID": "a"}),
    ([], {"DATABRICKS_CLIENT_SECRET": "a"}),
    ([], {"INPUT_AZURE-CLIENT-ID": "a"}),
    ([], {"DATABRICKS_OIDC_TOKEN": JWT}),
    ([], {"DATABRICKS_OIDC_TOKEN_ENV": "X"}),
    ([], {"DATABRICKS_OIDC_TOKEN_FILEPATH": "/x"}),
    ([], {"DATABRICKS_OIDC_TOKEN_FILE": "/x"}),
]
NOT_CONFIGURED: list[tuple[list[str], dict[str, str]]] = [
    ([], {}),
    (["--pipeline-id", PIPELINE], {"INPUT_TIMEOUT": "1h"}),
    ([], {"DATABRICKS_HOST": "", "DATABRICKS_TOKEN": " "}),
    ([], {"ARM_CLIENT_ID": "a", "ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t"}),
    ([], {"DATABRICKS_WORKSPACE_ID": "1", "INPUT_CA-BUNDLE": "x"}),
    ([], {"INPUT_ALLOW-HOST": "gateway.example.com"}),
    ([], GITHUB),
    ([], AZURE_DEVOPS),
]


@pytest.mark.parametrize(("argv", "environ"), CONFIGURED)
def test_a_host_or_a_way_to_sign_in_is_a_configuration(
    argv: list[str], environ: dict[str, str]
) -> None:
    assert signs_in(argv, environ)


@pytest.mark.parametrize(("argv", "environ"), NOT_CONFIGURED)
def test_anything_else_is_none(argv: list[str], environ: dict[str, str]) -> None:
    assert not signs_in(argv, environ)


# Where it is read from, and what becomes of it.


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".databrickscfg").write_text(TEXT)
    return tmp_path


def access(environ: Mapping[str, str], *argv: str) -> Access:
    """How the program gets in, profile and all."""
    profile, problems = profile_of(argv, environ)
    named = {"INPUT_PIPELINE-ID": PIPELINE, **environ}
    return load(argv, named, problems, profile=profile).access


def told(environ: Mapping[str, str], *argv: str) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        access(environ, *argv)
    return [str(problem) for problem in caught.value.problems]


def test_the_default_profile_at_home_is_enough(home: Path) -> None:
    found = access({"HOME": str(home)})
    assert found.host == AWS
    assert found.scheme == Pat("default-token")
    assert found.source == "the profile DEFAULT"
    assert found.secrets.count("default-token") >= 1


def test_the_profile_that_is_named_says_all(home: Path) -> None:
    found = access({"HOME": str(home), VARIABLE: "production"})
    assert found.host == "https://prod.cloud.databricks.com"
    assert found.scheme == OAuthM2M("its-id", "its%secret%(x)s$")
    assert found.source == "the profile production"


def test_nothing_is_inherited_from_the_default(home: Path) -> None:
    lines = told({"HOME": str(home), VARIABLE: "empty"})
    assert [line.partition(":")[0] for line in lines] == ["host", "token"]


def test_another_file_may_be_named(home: Path) -> None:
    other = home / "other.cfg"
    other.write_text("[DEFAULT]\nhost = https://o.cloud.databricks.com\ntoken = o\n")
    for place in ({"HOME": str(home)}, {}):
        assert access({**place, FILE_VARIABLE: str(other)}).scheme == Pat("o")


def test_another_file_may_be_named_from_home(home: Path) -> None:
    environ = {"HOME": str(home), FILE_VARIABLE: "~/.databrickscfg"}
    assert access(environ).scheme == Pat("default-token")


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"HOME": ""},
        {"HOME": "/nonexistent"},
        {"HOME": "/etc/hostname"},
        {FILE_VARIABLE: "/nonexistent/x"},
    ],
)
def test_no_file_is_no_profile(place: dict[str, str]) -> None:
    assert profile_of([], place) == (NO_PROFILE, ())
    (problem,) = profile_of([], {**place, VARIABLE: "a"})[1]
    assert str(problem) == f"{VARIABLE}: There is no profile `a`. Unset it."


UNREADABLE = [
    ("\xff\xfe".encode("latin-1"), "it is not text"),
    (b"#" * (LARGEST_PROFILES + 1), "it is far too large"),
    (None, "Is a directory"),
]


@pytest.mark.parametrize(("raw", "cause"), UNREADABLE)
def test_a_file_that_is_there_and_cannot_be_read_is_a_problem(
    home: Path, raw: bytes | None, cause: str
) -> None:
    file = home / ".databrickscfg"
    file.unlink()
    if raw is None:
        file.mkdir()
    else:
        file.write_bytes(raw)
    for more in ({}, {VARIABLE: "production"}):
        found, (problem,) = profile_of([], {"HOME": str(home), **more})
        assert found == NO_PROFILE
        assert str(problem) == (
            f"{FILE_VARIABLE}: The configuration file cannot be read: {cause}."
            " Mend it, or unset the variables."
        )


@pytest.mark.parametrize("name", ["x" * 300, "a\x00b"])
def test_a_path_that_no_system_takes_is_a_problem(home: Path, name: str) -> None:
    environ = {FILE_VARIABLE: f"{home}/{name}"}
    (problem,) = profile_of([], environ)[1]
    assert problem.name == FILE_VARIABLE


def test_the_cli_may_name_another_default(home: Path) -> None:
    settings = "[__settings__]\ndefault_profile = production\n"
    file = home / ".databrickscfg"
    file.write_text(f"{TEXT}\n{settings}")
    environ = {"HOME": str(home)}
    assert access(environ).source == "the profile production"
    assert access({**environ, VARIABLE: "DEFAULT"}).source == "the profile DEFAULT"
    lines = told({**environ, VARIABLE: "none"})
    assert "__settings__" not in lines[0]
    file.write_text(f"{TEXT}\n{settings.replace('production', '')}")
    assert access(environ).source == "the profile DEFAULT"


def test_a_profile_that_is_asked_for_in_ci_is_told_to_be_left_aside(
    home: Path,
) -> None:
    environ = {"HOME": str(home), VARIABLE: "production", "CI": "true"}
    found = access({**environ, "DATABRICKS_HOST": AWS, "DATABRICKS_TOKEN": "t"})
    assert found.aside == (f"{VARIABLE} (never in CI)",)
    assert found.profile == ""


def test_a_profile_is_told_where_anything_is_from_it(home: Path) -> None:
    environ = {"HOME": str(home), VARIABLE: "production"}
    assert access(environ).profile == "production"
    assert access({**environ, "DATABRICKS_TOKEN": "t"}).profile == "production"
    assert access({**environ, VARIABLE: "", "DATABRICKS_HOST": AWS, **T}).profile == ""


def test_a_missing_profile_is_told_with_all_else_that_is_wrong(home: Path) -> None:
    lines = told({"HOME": str(home), VARIABLE: "prod"}, "--timeout=60")
    names = [line.partition(":")[0] for line in lines]
    assert names == [VARIABLE, "host", "token", "timeout"]


@pytest.mark.parametrize("name", CI)
def test_a_file_that_lies_around_in_ci_decides_nothing(home: Path, name: str) -> None:
    environ = {"HOME": str(home), VARIABLE: "production", name: "true"}
    assert profile_of([], environ) == (NO_PROFILE, ())


def test_a_host_alone_keeps_the_default_profile_out(home: Path) -> None:
    """Its token is for another host, perhaps."""
    lines = told({"HOME": str(home), "DATABRICKS_HOST": AWS})
    assert "nothing to sign in with" in lines[0]


def test_variables_and_inputs_outrank_the_profile_that_is_named(home: Path) -> None:
    environ = {"HOME": str(home), VARIABLE: "production"}
    found = access({**environ, "DATABRICKS_TOKEN": "v"})
    assert found.scheme == Pat("v")
    assert found.host == "https://prod.cloud.databricks.com"
    assert found.aside == ("oauth-m2m (the profile production)",)
    found = access(environ, f"--host={AWS}")
    assert found.host == AWS
    assert found.scheme == OAuthM2M("its-id", "its%secret%(x)s$")


def test_a_profile_of_a_person_gets_words_that_help(home: Path) -> None:
    (line,) = told({"HOME": str(home), VARIABLE: "person"})
    assert line.startswith(
        "auth-type: (from the profile person) `databricks-cli` is for people"
    )
    assert "`databricks auth token" in line
    assert "DATABRICKS_TOKEN" in line


def test_what_a_profile_spoils_is_blamed_on_the_profile(home: Path) -> None:
    (home / ".databrickscfg").write_text(f"[DEFAULT]\nhost = {AWS}\ntoken = a b\n")
    (line,) = told({"HOME": str(home)})
    assert line == (
        "token: (from the profile DEFAULT) Character 2 of 3 is a blank."
        " Store the token alone, as Databricks showed it."
    )


def test_an_empty_variable_hides_nothing_of_a_profile(home: Path) -> None:
    text = f"[DEFAULT]\nhost = {AWS}\noidc_token_filepath = /run/token\n"
    (home / ".databrickscfg").write_text(text)
    environ = {"HOME": str(home), "DATABRICKS_OIDC_TOKEN_FILEPATH": ""}
    assert access(environ).scheme.auth_type == "file-oidc"


def test_where_the_identity_of_a_profile_is_from_is_told(home: Path) -> None:
    text = f"[DEFAULT]\nhost = {AWS}\noidc_token_filepath = /run/token\n"
    (home / ".databrickscfg").write_text(text)
    assert "the profile DEFAULT" in access({"HOME": str(home)}).source


def test_a_profile_shows_none_of_its_values() -> None:
    for found in (read("DEFAULT"), read("production")):
        assert repr(found) == f"Profile(name={found.name!r})"
