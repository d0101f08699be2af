"""Nothing to sign in with: the cause is named, and what is to be pasted is YAML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.composing import LARGEST_EVENT, from_a_fork
from dlt_action.core.signin.kinds import AuthType
from dlt_action.settings.nowhere import is_from_a_fork
from tests.settings.signing import (
    AWS,
    GITHUB,
    Level,
    Told,
    on,
    problem,
    problems,
    signed,
    way,
)

ON_GITHUB = Told({"GITHUB_ACTIONS": "true"})
ACT = ON_GITHUB | Told({"ACT": "true"})
DEPENDABOT = ON_GITHUB | Told({"GITHUB_ACTOR": "dependabot[bot]"})
CLIENT = on(Level.INPUT, {"client-id": "a"})
AZURE_CLIENT = on(Level.INPUT, {"azure-client-id": "a"})
LONE = [CLIENT, AZURE_CLIENT, on(Level.VARIABLE, {"client-id": "a"})]

PERMISSIONS = {"contents": "read", "id-token": "write"}
NOT_FROM_FORKS = (
    "github.event_name != 'pull_request' ||"
    " github.event.pull_request.head.repo.full_name == github.repository"
)
NOT_FROM_DEPENDABOT = "github.event.pull_request.user.login != 'dependabot[bot]'"


def test_outside_github_nothing_is_answered_by_what_could_be_set() -> None:
    refused = problem(Told(), AWS)
    assert refused.name == "token"
    assert refused.what == "There is nothing to sign in with."
    for name in ("DATABRICKS_OIDC_TOKEN", "DATABRICKS_CLIENT_SECRET", "`client-id`"):
        assert name in refused.remedy
    assert refused.paste == ""


def test_on_github_nothing_is_answered_by_the_permission() -> None:
    refused = problem(ON_GITHUB, AWS)
    assert (refused.name, refused.what) == (
        "token",
        "There is nothing to sign in with.",
    )
    assert "a secret that does not exist is empty" in refused.remedy
    assert "reusable workflow" in refused.remedy
    assert yaml.safe_load(refused.paste) == {"permissions": PERMISSIONS}


@pytest.mark.parametrize("lone", LONE)
def test_an_id_alone_on_github_is_answered_by_the_permission(lone: Told) -> None:
    refused = problem(lone | ON_GITHUB)
    assert refused.what == (
        "It stands alone, and this job may not ask GitHub for its identity."
    )
    assert "a reusable workflow: the job that calls it, too" in refused.remedy
    assert yaml.safe_load(refused.paste) == {"permissions": PERMISSIONS}


def test_an_id_alone_is_blamed_under_its_own_name() -> None:
    for told, name in zip(
        LONE, ["client-id", "azure-client-id", "client-id"], strict=True
    ):
        assert problem(told | ON_GITHUB).name == name
        assert problem(told).name == name


@pytest.mark.parametrize("lone", LONE)
def test_an_id_alone_under_act_is_told_that_act_has_no_identities(lone: Told) -> None:
    refused = problem(lone | ACT)
    assert refused.what == "It stands alone, and act gives jobs no identity token."
    assert refused.remedy == "Use `token` here."
    assert refused.paste == ""


def test_an_id_alone_elsewhere_is_told_what_goes_with_it() -> None:
    refused = problem(CLIENT, AWS)
    assert refused.what == (
        "It stands alone: neither a secret nor an identity token goes with it."
    )
    assert "DATABRICKS_OIDC_TOKEN" in refused.remedy
    assert refused.paste == ""


def test_an_azure_id_alone_elsewhere_is_not_sent_to_a_variable_that_is_not_for_it() -> (
    None
):
    assert "DATABRICKS_OIDC_TOKEN" not in str(problem(AZURE_CLIENT))


@pytest.mark.parametrize("told", [Told(), *LONE])
@pytest.mark.parametrize("where", [ON_GITHUB, ACT, DEPENDABOT])
def test_a_pull_request_from_a_fork_is_told_that_it_is_one(
    told: Told, where: Told
) -> None:
    refused = problem(told | where, fork=True)
    assert refused.what.startswith("This pull request comes from a fork")
    assert yaml.safe_load(refused.paste) == {"if": NOT_FROM_FORKS}


@pytest.mark.parametrize("told", [Told(), *LONE])
def test_dependabot_is_told_that_it_is_dependabot(told: Told) -> None:
    refused = problem(told | DEPENDABOT)
    assert refused.what.startswith("Dependabot started this")
    assert yaml.safe_load(refused.paste) == {
        "permissions": PERMISSIONS,
        "if": NOT_FROM_DEPENDABOT,
    }


@pytest.mark.parametrize("kind", AuthType)
def test_a_fork_that_can_sign_in_does(kind: AuthType) -> None:
    told = way(kind, Level.INPUT) | DEPENDABOT
    assert signed(told, fork=True).scheme.auth_type is kind


def test_an_actor_of_that_name_means_nothing_outside_github() -> None:
    elsewhere = Told({"GITHUB_ACTOR": "dependabot[bot]"})
    assert problem(elsewhere) == problem(Told())


NEEDS = {
    AuthType.PAT: "`token`",
    AuthType.OAUTH_M2M: "`client-id` and `client-secret`",
    AuthType.GITHUB_OIDC: "a job of GitHub Actions with `id-token: write`",
    AuthType.ENV_OIDC: (
        "the variable DATABRICKS_OIDC_TOKEN (or DATABRICKS_OIDC_TOKEN_ENV, with the"
        " name of another one)"
    ),
    AuthType.FILE_OIDC: "the variable DATABRICKS_OIDC_TOKEN_FILEPATH",
    AuthType.AZURE_DEVOPS_OIDC: "a job of Azure DevOps",
    AuthType.AZURE_CLIENT_SECRET: "`azure-client-id` and `azure-client-secret`",
    AuthType.GITHUB_OIDC_AZURE: (
        "`azure-client-id`, and a job of GitHub Actions with `id-token: write`"
    ),
}


def asked(kind: AuthType, level: Level = Level.INPUT) -> Told:
    return on(level, {"auth-type": kind})


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("kind", AuthType)
def test_a_kind_that_was_asked_for_names_what_it_needs(
    kind: AuthType, level: Level
) -> None:
    refused = problem(asked(kind, level))
    assert str(refused) == (
        f"auth-type: `{kind}` was asked for, and is not set up. It needs {NEEDS[kind]}."
    )


@pytest.mark.parametrize("other", AuthType)
@pytest.mark.parametrize("kind", AuthType)
def test_nothing_else_is_taken_instead_of_what_was_asked_for(
    kind: AuthType, other: AuthType
) -> None:
    told = way(other, Level.VARIABLE) | asked(kind)
    if kind is other:
        assert signed(told).scheme.auth_type is kind
    elif other is AuthType.GITHUB_OIDC_AZURE and kind is AuthType.GITHUB_OIDC:
        # The job has an identity, and the whole account may know it.
        assert signed(told).scheme.auth_type is kind
    else:
        refused = problem(told)
        alone = kind is AuthType.GITHUB_OIDC and refused.name == "client-id"
        assert alone or NEEDS[kind] in refused.remedy


@pytest.mark.parametrize("kind", [AuthType.GITHUB_OIDC, AuthType.GITHUB_OIDC_AZURE])
def test_asking_for_githubs_identity_without_the_permission_shows_it(
    kind: AuthType,
) -> None:
    for told in (asked(kind), asked(kind) | on(Level.VARIABLE, {"token": "t"})):
        refused = problem(told | ON_GITHUB)
        assert "may not ask GitHub for its identity" in refused.what
        assert yaml.safe_load(refused.paste) == {"permissions": PERMISSIONS}
        assert problem(told | ON_GITHUB, fork=True).paste.startswith("if: ")


@pytest.mark.parametrize(
    "kind",
    sorted({*AuthType} - {AuthType.GITHUB_OIDC, AuthType.GITHUB_OIDC_AZURE}),
)
def test_asking_for_anything_else_on_github_says_what_it_needs(kind: AuthType) -> None:
    assert NEEDS[kind] in problem(asked(kind) | ON_GITHUB).remedy
    assert NEEDS[kind] in problem(asked(kind) | ON_GITHUB | Told(GITHUB)).remedy


def test_asking_for_azure_by_github_without_an_id_says_that_it_needs_one() -> None:
    told = asked(AuthType.GITHUB_OIDC_AZURE) | ON_GITHUB | Told(GITHUB)
    assert problem(told).remedy == f"It needs {NEEDS[AuthType.GITHUB_OIDC_AZURE]}."


def test_asking_for_azure_by_github_elsewhere_is_not_answered_by_a_secret() -> None:
    told = way(AuthType.AZURE_CLIENT_SECRET, Level.INPUT)
    refused = problem(told | asked(AuthType.GITHUB_OIDC_AZURE))
    assert NEEDS[AuthType.GITHUB_OIDC_AZURE] in refused.remedy


def test_everything_that_is_wrong_is_told_together() -> None:
    told = way(AuthType.PAT, Level.INPUT) | way(AuthType.OAUTH_M2M, Level.INPUT)
    told |= Told({"INPUT_TIMOUT": "1h", "INPUT_WAIT": "perhaps"})
    names = [one.name for one in problems(told, "evil.example")]
    assert names == ["timout", "host", "auth-type", "wait"]


def test_two_ways_are_not_weighed_before_both_can_be_read() -> None:
    told = on(Level.INPUT, {"token": "a b", "client-id": "a", "client-secret": "b c"})
    assert [one.name for one in problems(told)] == ["token", "client-secret"]


# Whether it is a fork: by the event that the runner left in a file.


def event(head: object) -> str:
    return json.dumps({"action": "opened", "pull_request": {"head": head}})


OURS = event({"repo": {"full_name": "acme/shop"}})
THEIRS = event({"repo": {"full_name": "stranger/shop"}})


@pytest.mark.parametrize(
    ("text", "fork"),
    [
        (THEIRS, True),
        (OURS, False),
        (event({"repo": {"full_name": None}}), True),
        (event({"repo": None}), True),  # the fork was deleted
        (event({"repo": {}}), False),
        (event({}), False),
        (event("x"), False),
        (event([]), False),
        ("{}", False),
        ("[]", False),
        ("null", False),
        ('"pull_request"', False),
        ("", False),
        ("no JSON", False),
        ("[" * 100_000, False),
        (None, False),
        ('{"ref": "refs/heads/main"}', False),
    ],
)
def test_a_fork_is_a_pull_request_from_another_repository(
    text: str | None, *, fork: bool
) -> None:
    assert is_from_a_fork(text, "acme/shop") is fork


@given(st.text(), st.text())
def test_no_event_breaks_the_question(text: str, repository: str) -> None:
    assert is_from_a_fork(text, repository) is False


@pytest.mark.parametrize(
    ("name", "fork"),
    [
        ("pull_request", True),
        ("pull_request_review", True),
        ("push", False),
        ("workflow_dispatch", False),
        ("", False),
        # Its jobs run in the repository itself, with its secrets and identities.
        ("pull_request_target", False),
    ],
)
def test_only_the_events_of_pull_requests_are_looked_into(
    tmp_path: Path, name: str, *, fork: bool
) -> None:
    file = tmp_path / "event.json"
    file.write_text(THEIRS)
    environ = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_REPOSITORY": "acme/shop",
    }
    assert from_a_fork(environ) is fork
    file.write_text(OURS)
    assert from_a_fork(environ) is False


def test_an_event_that_cannot_be_read_is_no_fork(tmp_path: Path) -> None:
    environ = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "acme/shop"}
    assert from_a_fork(environ) is False
    path = {"GITHUB_EVENT_PATH": str(tmp_path / "none")}
    assert from_a_fork({**environ, **path}) is False
    (tmp_path / "none").write_text(" " * LARGEST_EVENT + THEIRS)
    assert from_a_fork({**environ, **path}) is False
