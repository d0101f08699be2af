"""The identities that CIs give: whole, half, and set by somebody who means harm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.signin.identities import AzureDevOps, File, GitHub, Variable
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation
from dlt_action.edge.trust import origin
from dlt_action.settings import ambient
from tests.settings.signing import (
    AZURE_DEVOPS,
    COLLECTION,
    FILE,
    GITHUB,
    JWT,
    Level,
    Told,
    on,
    outcome,
    problem,
    signed,
    way,
)

URL, REQUEST = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
CLIENT = on(Level.INPUT, {"client-id": "a"})


def identity(environ: Mapping[str, str]) -> object:
    """The identity that *environ* gives to a client-id that stands alone."""
    found = signed(CLIENT | Told(environ)).scheme
    assert isinstance(found, Federation)
    assert found.client_id == "a"
    return found.identity


# Told for Databricks: by a variable, by the name of one, by a file.


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"DATABRICKS_OIDC_TOKEN": JWT}, Variable("DATABRICKS_OIDC_TOKEN", JWT)),
        ({"DATABRICKS_OIDC_TOKEN": f" {JWT}\r\n"}, "the same"),
        ({"DATABRICKS_OIDC_TOKEN_ENV": "X", "X": JWT}, Variable("X", JWT)),
        ({"DATABRICKS_OIDC_TOKEN_ENV": " X ", "X": f"{JWT}\n"}, Variable("X", JWT)),
        (
            {
                "DATABRICKS_OIDC_TOKEN_ENV": "X",
                "X": JWT,
                "DATABRICKS_OIDC_TOKEN": "b.c.d",
            },
            Variable("X", JWT),
        ),
        (
            {"DATABRICKS_OIDC_TOKEN_ENV": "", "DATABRICKS_OIDC_TOKEN": JWT},
            "the same",
        ),
        (
            {"DATABRICKS_OIDC_TOKEN_ENV": "_id_token2", "_id_token2": JWT},
            Variable("_id_token2", JWT),
        ),
        ({"DATABRICKS_OIDC_TOKEN_FILEPATH": FILE}, File(FILE)),
        ({"DATABRICKS_OIDC_TOKEN_FILE": f" {FILE} "}, File(FILE)),
        (
            {
                "DATABRICKS_OIDC_TOKEN_FILEPATH": FILE,
                "DATABRICKS_OIDC_TOKEN_FILE": "/x",
            },
            File(FILE),
        ),
        (
            {
                "DATABRICKS_OIDC_TOKEN_FILEPATH": " ",
                "DATABRICKS_OIDC_TOKEN_FILE": FILE,
            },
            File(FILE),
        ),
    ],
)
def test_an_identity_is_set_up_by_a_variable_or_a_file(
    environ: dict[str, str], expected: object
) -> None:
    if expected == "the same":
        expected = Variable("DATABRICKS_OIDC_TOKEN", JWT)
    assert identity(environ) == expected
    assert identity({**environ, **GITHUB}) == expected


def test_the_source_is_the_variable_that_holds_it() -> None:
    environ = {"DATABRICKS_OIDC_TOKEN_ENV": "CI_JOB_JWT", "CI_JOB_JWT": JWT}
    assert signed(Told(environ)).source == "CI_JOB_JWT"
    environ = {"DATABRICKS_OIDC_TOKEN_FILE": FILE}
    assert signed(Told(environ)).source == "DATABRICKS_OIDC_TOKEN_FILE"


NAMING = "DATABRICKS_OIDC_TOKEN_ENV"
NOT_THERE = "The variable that it names is not set, or empty."
NO_NAME = "It is not the name of a variable."
NO_TOKEN = "It holds something that no token holds."


@pytest.mark.parametrize(
    ("environ", "name", "what"),
    [
        ({NAMING: "X"}, NAMING, NOT_THERE),
        ({NAMING: "X", "X": " "}, NAMING, NOT_THERE),
        ({NAMING: "X", "DATABRICKS_OIDC_TOKEN": JWT}, NAMING, NOT_THERE),
        ({NAMING: "$X", "X": JWT}, NAMING, NO_NAME),
        ({NAMING: "${{ env.X }}"}, NAMING, NO_NAME),
        ({NAMING: "1X", "1X": JWT}, NAMING, NO_NAME),
        ({NAMING: "a b"}, NAMING, NO_NAME),
        ({NAMING: JWT}, NAMING, NO_NAME),
        ({NAMING: "X" * 101, "X" * 101: JWT}, NAMING, NO_NAME),
        ({NAMING: "X", "X": "a b"}, "X", NO_TOKEN),
        ({"DATABRICKS_OIDC_TOKEN": f'"{JWT}"'}, "DATABRICKS_OIDC_TOKEN", NO_TOKEN),
        ({"DATABRICKS_OIDC_TOKEN": f"\ufeff{JWT}"}, "DATABRICKS_OIDC_TOKEN", NO_TOKEN),
        ({"DATABRICKS_OIDC_TOKEN": "$SHOP_JWT"}, "DATABRICKS_OIDC_TOKEN", NO_TOKEN),
        (
            {"DATABRICKS_OIDC_TOKEN": f"{JWT}\r\nX-Evil: 1"},
            "DATABRICKS_OIDC_TOKEN",
            NO_TOKEN,
        ),
    ],
)
def test_what_holds_no_identity_is_refused_and_never_repeated(
    environ: dict[str, str], name: str, what: str
) -> None:
    refused = problem(CLIENT | Told(environ))
    assert (refused.name, refused.what) == (name, what)
    assert JWT not in str(refused)


@pytest.mark.parametrize("pasted", [JWT, "dapi0123456789abcdef0123456789abcdef"])
@pytest.mark.parametrize("level", [Level.INPUT, Level.VARIABLE])
def test_a_token_in_place_of_a_variable_name_is_never_repeated(
    pasted: str, level: Level
) -> None:
    told = Told({NAMING: pasted}) | way(AuthType.PAT, level)
    if level is Level.INPUT:
        access = signed(told)
        assert pasted not in f"{access} {access.source} {access.aside}"
    else:
        assert pasted not in str(problem(told))
    assert pasted not in str(problem(Told({NAMING: pasted})))


# GitHub's, which gets the job's own token.


def test_github_gives_its_identity_by_two_variables() -> None:
    assert identity(GITHUB) == GitHub(GITHUB[URL], GITHUB[REQUEST])


@pytest.mark.parametrize("missing", [URL, REQUEST])
@pytest.mark.parametrize("blank", [None, ""])
def test_half_of_githubs_identity_is_none(missing: str, blank: str | None) -> None:
    half = {name: text for name, text in GITHUB.items() if name != missing}
    if blank is not None:
        half[missing] = blank
    assert outcome(Told(half)) == outcome(Told())


GOOD_URLS = [
    "https://run.actions.githubusercontent.com/1/idtoken/2/3?api-version=2.0",
    "https://run-actions-1.actions.githubusercontent.com/123//idtoken/a/b?api=2.0",
    "https://pipelines.actions.githubusercontent.com/Ab_-~/idtoken?api=2.0&x=%7B1%7D",
    "https://ghe.example.com:8443/_services/pipelines/1/idtoken?api-version=2.0",
    "https://vstoken.acme.ghe.com/_apis/idtoken?api-version=2.0",
    "http://127.0.0.1:43210/_ci/github?x=y",
    "http://[::1]:43210/_ci/github?x=y",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_the_addresses_that_github_uses_are_taken(url: str) -> None:
    assert identity({**GITHUB, URL: url}) == GitHub(url, GITHUB[REQUEST])


HOSTILE_URLS = [
    "http://run.actions.githubusercontent.com/x?y",
    "http://127.0.0.1.evil.example/x?y",
    "http://127.0.0.2/x?y",
    "http://localhost/x?y",
    "http://2130706433/x?y",
    "ftp://evil.example/x?y",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//evil.example/x?y",
    "evil.example/x?y",
    "https://user@evil.example/x?y",
    "https://user:password@evil.example/x?y",
    "https://run.actions.githubusercontent.com@evil.example/x?y",
    "https://run.actions.githubusercontent.com/@evil.example/x?y",
    "https://evil.example\\@run.actions.githubusercontent.com/x?y",
    "https:\\\\evil.example\\x?y",
    "https:///evil.example/x?y",
    "https://evil.example#.actions.githubusercontent.com/x?y",
    "https://evil.example/x?y#audience",
    "https://evil.example?x=y",
    "https://evil.example/x?y\r\nX-Evil: 1",
    "https://evil.example/x?y\n",
    "\nhttps://evil.example/x?y",
    " https://evil.example/x?y",
    "https://evil.example /x?y",
    "https://evil.example/x y",
    "https://evil.example/x?y\x00",
    "https://evil.example/x?y\t",
    "https://evil.example/\u00e9?y",
    "https://\u0435vil.example/x?y",
    "https://evil.example\u2044x?y",
    "https://evil\u3002example/x?y",
    "https://git\u017fub.example/x?y",  # the long s is an s where case is ignored
    "https://-evil.example/x?y",
    "https://evil..example/x?y",
    "https://.evil.example/x?y",
    "https://evil_.example/x?y",
    "https://[::1/x?y",
    "https://[fe80::1]/x?y",
    "https://[::ffff:169.254.169.254]/x?y",
    "https://evil.example:/x?y",
    "https://evil.example:x/x?y",
    "https://evil.example:-1/x?y",
    "https://evil.example:0/x?y",
    "https://evil.example:65536/x?y",
    "https://evil.example:99999/x?y",
    "https://evil.example:123456/x?y",
    "https://evil.example:\u0664\u0664\u0663/x?y",
    "https://evil.example/x?y={}",
    "https://evil.example/x?y=$(id)",
    'https://evil.example/x?y="',
    "https://evil.example/x?<y>",
    "https://evil.example/x?y|z",
    "${{ env.URL }}",
]


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_an_address_that_is_not_githubs_gets_nothing_and_is_not_repeated(
    url: str,
) -> None:
    refused = problem(CLIENT | Told({**GITHUB, URL: url}))
    assert str(refused) == (
        "ACTIONS_ID_TOKEN_REQUEST_URL: It is not as GitHub's runner sets it."
        " Leave it as it is: do not set it in `env`."
    )


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_nor_is_it_asked_on_behalf_of_azure(url: str) -> None:
    client = on(Level.INPUT, {"azure-client-id": "a"})
    refused = problem(client | Told({**GITHUB, URL: url}))
    assert "evil" not in f"{refused} {refused.paste}"


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_address_is_in_nobodys_way(url: str) -> None:
    told = way(AuthType.PAT, Level.VARIABLE)
    access = signed(told | Told({**GITHUB, URL: url}))
    assert access.scheme == signed(told).scheme
    assert access.aside == ("github-oidc (OIDC of GitHub Actions)",)


@pytest.mark.parametrize(
    "token", ["a b", "a\r\nX: 1", '"a"', "\u00e9", "a\x00", "${{ x }}", "***"]
)
def test_a_spoiled_request_token_is_refused_and_not_repeated(token: str) -> None:
    refused = problem(CLIENT | Told({**GITHUB, REQUEST: token}))
    assert refused.what == "It is not as GitHub's runner sets it."


@given(st.text(min_size=1, max_size=60) | st.from_regex(r"https?://.{1,50}"))
def test_whatever_address_is_taken_has_an_origin_that_two_parsers_agree_on(
    url: str,
) -> None:
    if not isinstance(ambient.github({**GITHUB, URL: url}), GitHub):
        return
    scheme, host, port = origin(url)
    start = f"{scheme}://{f'[{host}]' if ':' in host else host}"
    assert url.lower().startswith(start)
    assert port is not None
    assert url[len(start) :][:1] in ("", "/", ":")
    assert url.isascii()


# Azure DevOps'.


def test_azure_devops_gives_its_identity_by_six_variables() -> None:
    expected = AzureDevOps(
        collection=COLLECTION,
        project="project",
        hub="build",
        plan="plan",
        job="job",
        access_token="job-token",
    )
    assert identity(AZURE_DEVOPS) == expected
    bare = {"SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": COLLECTION.rstrip("/")}
    assert identity({**AZURE_DEVOPS, **bare}) == expected


@pytest.mark.parametrize(
    "missing", sorted(AZURE_DEVOPS.keys() - {"SYSTEM_ACCESSTOKEN"})
)
def test_a_part_of_azure_devops_is_none_of_it(missing: str) -> None:
    for blank in ({}, {missing: ""}):
        rest = {k: v for k, v in AZURE_DEVOPS.items() if k != missing}
        assert outcome(Told({**rest, **blank})) == outcome(Told())


UNMAPPED = [None, "", " ", "$(System.AccessToken)", "$(SYSTEM_ACCESSTOKEN)", "a b"]


@pytest.mark.parametrize("token", UNMAPPED)
@pytest.mark.parametrize("more", [{}, {"INPUT_CLIENT-ID": "a"}])
def test_azure_devops_tells_how_to_map_its_token(
    token: str | None, more: dict[str, str]
) -> None:
    environ = {k: v for k, v in AZURE_DEVOPS.items() if k != "SYSTEM_ACCESSTOKEN"}
    if token is not None:
        environ["SYSTEM_ACCESSTOKEN"] = token
    refused = problem(Told({**environ, **more}))
    assert str(refused) == (
        "SYSTEM_ACCESSTOKEN: Azure DevOps gives it to a step only if the step asks for"
        " it. Map it in the step:"
    )
    assert refused.paste == "env:\n  SYSTEM_ACCESSTOKEN: $(System.AccessToken)"


@pytest.mark.parametrize("token", UNMAPPED)
def test_a_token_that_is_not_mapped_is_in_nobodys_way(token: str | None) -> None:
    environ = {k: v for k, v in AZURE_DEVOPS.items() if k != "SYSTEM_ACCESSTOKEN"}
    if token is not None:
        environ["SYSTEM_ACCESSTOKEN"] = token
    for kind in (AuthType.PAT, AuthType.OAUTH_M2M, AuthType.ENV_OIDC):
        told = way(kind, Level.VARIABLE)
        assert signed(told | Told(environ)).scheme == signed(told).scheme


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_an_address_that_is_not_azure_devops_gets_nothing(url: str) -> None:
    spoiled = {"SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": url}
    refused = problem(CLIENT | Told({**AZURE_DEVOPS, **spoiled}))
    assert str(refused) == (
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: It is not as Azure DevOps sets it."
        " Leave it as it is."
    )
