"""A profile of the Databricks CLI: it serves a person at a terminal, and no CI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from dlt_action.standin import CLIENT_ID, CLIENT_SECRET
from tests.cli.program import CANARY, Ended, Shop, environment, shop, start

CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILD_NUMBER")
OF_A_RUNNER = ("GITHUB_", "INPUT_")


@dataclass(frozen=True, slots=True)
class Case:
    """A process in a terminal: its profiles, and what else is around."""

    profiles: str
    environ: Mapping[str, str]
    argv: tuple[str, ...] = ()


# `HOST` stands for the stand-in's address, `FOLDER` for that of the process.
DEFAULT = f"[DEFAULT]\nhost = HOST\ntoken = {CANARY}\n"
OTHERS = f"""
[DEFAULT]
host = https://nobody.invalid
token = dapi-of-nobody

[shop]
host = HOST
client_id = {CLIENT_ID}
client_secret = {CLIENT_SECRET}

[person]
host = HOST
auth_type = databricks-cli
"""
NAMED = {"DATABRICKS_CONFIG_PROFILE": "shop"}
CASES = {
    "default": Case(DEFAULT, {}),
    "named": Case(OTHERS, NAMED),
    "elsewhere": Case("", {"DATABRICKS_CONFIG_FILE": "FOLDER/elsewhere"}),
    "missing": Case(OTHERS, {"DATABRICKS_CONFIG_PROFILE": "none"}),
    "person": Case(OTHERS, {"DATABRICKS_CONFIG_PROFILE": "person"}),
    "broken": Case(f"{CANARY}\n", NAMED),
    "no file": Case("", {}),
    "host given": Case(DEFAULT, {}, ("--host=HOST",)),
    "variable wins": Case(OTHERS, {**NAMED, "DATABRICKS_TOKEN": CANARY}),
    **{name: Case(OTHERS, {name: "true", **NAMED}) for name in CI},
}


@dataclass(frozen=True, slots=True)
class Run:
    ended: Ended
    shop: Shop

    @property
    def words(self) -> str:
        return " ".join(self.ended.log.split())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Run]]:
    """All cases at once, each beside a stand-in of its own."""
    with ExitStack() as stack:
        running = {}
        for name, case in CASES.items():
            served = stack.enter_context(shop())
            folder = tmp_path_factory.mktemp(name)
            places = {"HOST": served.server.url, "FOLDER": str(folder)}
            around = {
                variable: text
                for variable, text in environment(folder).items()
                if not variable.startswith(OF_A_RUNNER)
            }
            around |= {k: filled(v, places) for k, v in case.environ.items()}
            profiles = filled(case.profiles, places)
            (folder / "home" / ".databrickscfg").write_text(profiles)
            (folder / "elsewhere").write_text(filled(DEFAULT, places))
            pipeline = served.workspace.pipeline_id("success")
            argv = (f"--pipeline-id={pipeline}", "--wait=false", *case.argv)
            flags = [filled(one, places) for one in argv]
            running[name] = start(folder, *flags, environ=around), served
        yield {name: Run(one.end(), served) for name, (one, served) in running.items()}


def filled(text: str, places: Mapping[str, str]) -> str:
    return re.sub("HOST|FOLDER", lambda found: places[found[0]], text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("default", "pat (the profile DEFAULT)"),
        ("named", f"oauth-m2m as {CLIENT_ID} (the profile shop)"),
        ("elsewhere", "pat (the profile DEFAULT)"),
        ("variable wins", "pat (DATABRICKS_TOKEN)"),
    ],
)
def test_a_profile_signs_a_person_in_and_is_named(
    runs: Mapping[str, Run], name: str, told: str
) -> None:
    run = runs[name]
    assert run.ended.code == 0, run.ended.log
    assert f" · {told}" in run.words
    assert run.shop.starts == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "DATABRICKS_CONFIG_PROFILE: The configuration file has no profile"),
        ("missing", "There are: `DEFAULT`, `shop`, `person`."),
        ("person", "`databricks-cli` is for people and for machines in the cloud"),
        ("person", "`databricks auth token"),
        ("broken", "DATABRICKS_CONFIG_FILE: The configuration file cannot be read"),
        ("no file", "There is nothing to sign in with."),
        ("host given", "There is nothing to sign in with."),
    ],
)
def test_a_profile_that_does_not_serve_is_explained(
    runs: Mapping[str, Run], name: str, words: str
) -> None:
    run = runs[name]
    assert run.ended.code == 2
    assert words in run.words
    assert run.shop.workspace.requests == []


@pytest.mark.parametrize("name", CI)
def test_in_ci_a_profile_does_not_exist(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert run.ended.code == 2
    assert "There is nothing to sign in with." in run.words
    assert "It is the workspace's URL, and is missing." in run.words
    assert run.shop.workspace.requests == []


@pytest.mark.parametrize("name", CASES)
def test_no_secret_of_a_profile_is_shown(runs: Mapping[str, Run], name: str) -> None:
    shown = runs[name].ended.log + runs[name].ended.err.decode()
    unmasked = [line for line in shown.splitlines() if "::add-mask::" not in line]
    for secret in (CANARY, CLIENT_SECRET, "dapi-of-nobody"):
        assert secret not in "\n".join(unmasked)
