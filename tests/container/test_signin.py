"""The image signs in: with a secret, and as a job that GitHub vouches for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

import pytest

from dlt_action.standin import (
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_PATH,
    GITHUB_QUERY,
    REQUEST_TOKEN,
    Server,
    Workspace,
)
from tests.container.conftest import Step

pytestmark = pytest.mark.container

DOCUMENTS = (
    "GET /.well-known/databricks-config",
    "GET /oidc/.well-known/oauth-authorization-server",
)
EXCHANGE = "POST /oidc/v1/token"


def signing_in(
    step: Step, inputs: Mapping[str, str], environment: Mapping[str, str]
) -> Step:
    """The step without its token, but with other *inputs* and variables."""
    others = {name: text for name, text in step.inputs.items() if name != "token"}
    return replace(step, inputs={**others, **inputs}, environment=dict(environment))


def asked(workspace: Workspace) -> list[str]:
    return [f"{each.method} {each.path}" for each in workspace.requests]


def unmasked(log: str) -> str:
    """The log as people see it: what it tells the runner to hide is left out."""
    return "\n".join(line for line in log.splitlines() if "::add-mask::" not in line)


def test_with_a_secret(step: Step, workspace: Workspace) -> None:
    given = {"client-id": CLIENT_ID, "client-secret": CLIENT_SECRET}

    ended = signing_in(step, given, {}).run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert step.outputs()["result"] == "succeeded"
    assert f"oauth-m2m as {CLIENT_ID} (the input client-secret)" in ended.stdout
    assert asked(workspace)[:3] == [*DOCUMENTS, EXCHANGE]
    assert asked(workspace).count(EXCHANGE) == 1
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert workspace.requests[2].header("authorization") == f"Basic {pair}"
    said = unmasked(ended.stdout + ended.stderr)
    (got,) = workspace.identity.grants
    assert [each for each in (CLIENT_SECRET, pair, got) if each in said] == []
    assert [each for each in (CLIENT_SECRET, pair, got) if each in ended.stdout] != []


def test_as_a_job_that_github_vouches_for(
    step: Step, workspace: Workspace, served: Server
) -> None:
    offered = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{served.url}{GITHUB_PATH}?{GITHUB_QUERY}",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
    }

    ended = signing_in(step, {"client-id": CLIENT_ID}, offered).run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert step.outputs()["result"] == "succeeded"
    assert f"github-oidc as {CLIENT_ID}" in ended.stdout
    assert asked(workspace)[:4] == [*DOCUMENTS, f"GET {GITHUB_PATH}", EXCHANGE]
    assert workspace.requests[2].header("authorization") == f"Bearer {REQUEST_TOKEN}"
    assert workspace.requests[3].header("authorization") is None
    said = unmasked(ended.stdout + ended.stderr)
    (got,) = workspace.identity.grants
    assert [each for each in (REQUEST_TOKEN, got) if each in said] == []


def test_a_job_without_the_permission_is_told_what_to_write(
    step: Step, workspace: Workspace
) -> None:
    ended = signing_in(step, {"client-id": CLIENT_ID}, {}).run()

    # Not the exit code: engines lose that of a container that is gone at once.
    assert step.outputs()["result"] == "misconfigured", ended.stdout + ended.stderr
    assert "id-token: write" in ended.stdout
    assert asked(workspace) == []
