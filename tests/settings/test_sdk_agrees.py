"""
A second opinion: which way the official SDK takes, in the same environment.

It knows one level, takes the first of its list where it does not notice that there are
two, and counts `ARM_*` wherever they lie. Where we differ, the row says why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from databricks.sdk.config import Config

from dlt_action.core.signin.kinds import AuthType
from dlt_action.errors import Misconfigured
from dlt_action.settings.load import load
from dlt_action.standin import (
    ADO_ACCESS_TOKEN,
    GITHUB_PATH,
    GITHUB_QUERY,
    REQUEST_TOKEN,
    Server,
    serve,
)
from tests.settings.door import PIPELINE
from tests.settings.signing import FILE, JWT
from tests.standin import azure
from tests.standin.desk import Desk

# What the answer is where there is none.
NOTHING, TWO = "nothing", "two"
NOT_BOTH = "more than one authorization method configured"
NOT_ANY = "cannot configure default credentials"

TOKEN = {"DATABRICKS_TOKEN": "t"}
ID = {"DATABRICKS_CLIENT_ID": "a"}
M2M = {**ID, "DATABRICKS_CLIENT_SECRET": "s"}
ENV = {"DATABRICKS_OIDC_TOKEN": JWT}
NAMED = {"DATABRICKS_OIDC_TOKEN_ENV": "SHOP_JWT", "SHOP_JWT": JWT}
FILES = {"DATABRICKS_OIDC_TOKEN_FILEPATH": FILE}
ALIAS = {"DATABRICKS_OIDC_TOKEN_FILE": FILE}
ARM_ID = {"ARM_CLIENT_ID": "a", "ARM_TENANT_ID": "t"}
ARM = {**ARM_ID, "ARM_CLIENT_SECRET": "s"}


def asking(kind: AuthType) -> dict[str, str]:
    return {"DATABRICKS_AUTH_TYPE": kind}


@dataclass(frozen=True, slots=True)
class Row:
    """An environment, what we take, and what the SDK does where that differs."""

    environ: Mapping[str, str]
    ours: str
    theirs: str = ""
    why: str = ""
    ci: str = ""  # in a job of GitHub, or of Azure DevOps
    on_azure: bool = False


WHOLE_ACCOUNT = "the SDK for Python wants a client id of GitHub and of Azure DevOps"
ID_BESIDE = "an id is no way to sign in, and belongs to the identity beside it"
TWO_ON_ONE = "two on one level are not for us to choose from"
ARM_IS_WEAKER = "ARM_* are of other tools, and weaker"
PAT, OAUTH, BY_ENV, BY_FILE = (
    AuthType.PAT,
    AuthType.OAUTH_M2M,
    AuthType.ENV_OIDC,
    AuthType.FILE_OIDC,
)
GITHUB, ADO, ENTRA, BOTH = (
    AuthType.GITHUB_OIDC,
    AuthType.AZURE_DEVOPS_OIDC,
    AuthType.AZURE_CLIENT_SECRET,
    AuthType.GITHUB_OIDC_AZURE,
)

AGREED = [
    Row({}, NOTHING),
    Row(TOKEN, PAT),
    Row(TOKEN, PAT, ci="github"),
    Row(TOKEN, PAT, ci="azure"),
    Row(M2M, OAUTH),
    Row(M2M, OAUTH, ci="github"),
    Row(M2M, OAUTH, ci="azure"),
    Row({"DATABRICKS_CLIENT_SECRET": "s"}, NOTHING),
    Row(ID, NOTHING),
    Row(ID, GITHUB, ci="github"),
    Row(ID, ADO, ci="azure"),
    Row(ENV, BY_ENV),
    Row({**ENV, **ID}, BY_ENV),
    Row({**ENV, **ID}, BY_ENV, ci="github"),
    Row(NAMED, BY_ENV),
    Row({"DATABRICKS_OIDC_TOKEN_ENV": "NOT_SET"}, NOTHING),
    Row({**ENV, "DATABRICKS_OIDC_TOKEN_ENV": "NOT_SET"}, NOTHING),
    Row(FILES, BY_FILE),
    Row(ALIAS, BY_FILE),
    Row({**FILES, "DATABRICKS_OIDC_TOKEN_FILE": "/x"}, BY_FILE),
    Row({**TOKEN, **M2M}, TWO),
    Row({**TOKEN, **ID}, TWO),
    Row({**TOKEN, **NAMED}, TWO),
    Row({**TOKEN, **FILES}, TWO),
    Row({**M2M, **NAMED}, TWO),
    Row({**M2M, **FILES}, TWO),
    Row({**NAMED, **FILES}, TWO),
    Row(ARM, ENTRA, on_azure=True),
    Row(ARM, ENTRA, on_azure=True, ci="github"),
    Row(ARM_ID, BOTH, on_azure=True, ci="github"),
    Row(ARM_ID, NOTHING, on_azure=True),
    Row(ARM_ID, NOTHING),
    Row({**TOKEN, **M2M, **asking(PAT)}, PAT),
    Row({**TOKEN, **M2M, **asking(OAUTH)}, OAUTH),
    Row({**TOKEN, **FILES, **asking(BY_FILE)}, BY_FILE),
    Row({**M2M, **NAMED, **asking(BY_ENV)}, BY_ENV),
    Row({**M2M, **asking(GITHUB)}, GITHUB, ci="github"),
    Row({**M2M, **asking(ADO)}, ADO, ci="azure"),
    Row({**TOKEN, **ARM, **asking(ENTRA)}, ENTRA, on_azure=True),
    Row({**TOKEN, **ARM, **asking(PAT)}, PAT, on_azure=True),
    Row({**ARM_ID, **asking(BOTH)}, BOTH, on_azure=True, ci="github"),
    Row({**ARM, **asking(BOTH)}, BOTH, on_azure=True, ci="github"),
    Row({**TOKEN, **asking(OAUTH)}, NOTHING),
    Row({**TOKEN, **asking(GITHUB)}, NOTHING),
    Row({**M2M, **asking(PAT)}, NOTHING),
    Row({**M2M, **asking(ENTRA)}, NOTHING, on_azure=True),
]
DIFFERENT = [
    Row({}, GITHUB, NOTHING, WHOLE_ACCOUNT, ci="github"),
    Row({}, ADO, NOTHING, WHOLE_ACCOUNT, ci="azure"),
    Row({**NAMED, **ID}, BY_ENV, TWO, ID_BESIDE),
    Row({**FILES, **ID}, BY_FILE, TWO, ID_BESIDE),
    Row({**TOKEN, **ENV}, TWO, PAT, TWO_ON_ONE),
    Row({**M2M, **ENV}, TWO, OAUTH, TWO_ON_ONE),
    Row({**ENV, **FILES}, TWO, BY_ENV, TWO_ON_ONE),
    Row({**TOKEN, **ARM}, PAT, TWO, ARM_IS_WEAKER, on_azure=True),
    Row({**TOKEN, **ARM}, PAT, TWO, ARM_IS_WEAKER),
    Row({**TOKEN, "ARM_TENANT_ID": "t"}, PAT, TWO, ARM_IS_WEAKER),
    Row({**M2M, **ARM}, OAUTH, TWO, ARM_IS_WEAKER, on_azure=True),
    Row({**NAMED, **ARM}, BY_ENV, TWO, ARM_IS_WEAKER, on_azure=True),
    Row({**FILES, **ARM}, BY_FILE, TWO, ARM_IS_WEAKER),
    Row({**ID, **ARM}, GITHUB, TWO, ARM_IS_WEAKER, on_azure=True, ci="github"),
]


def called(row: Row) -> str:
    names = [name.removeprefix("DATABRICKS_") for name in row.environ]
    where = [row.ci] * bool(row.ci) + ["on Azure"] * row.on_azure
    return " ".join([*names, *where, row.ours])


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(["success"])


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[Server]:
    with serve(desk.workspace) as server:
        yield server


@pytest.fixture(scope="module")
def cloud(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    with azure.azure(desk.workspace, tmp_path_factory.mktemp("azure")) as place:
        yield place.environ


@pytest.fixture
def clean(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, served: Server
) -> pytest.MonkeyPatch:
    """
    Nothing around that the SDK would look at; it takes no environment from us.

    Neither a file at home nor programs that it would run.
    """
    for name in os.environ:
        if name.startswith(("DATABRICKS_", "ARM_", "ACTIONS_", "SYSTEM_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DATABRICKS_HOST", served.url)
    return monkeypatch


def surroundings(row: Row, url: str) -> dict[str, str]:
    """What the CI of a row sets."""
    if row.ci == "azure":
        return {
            "SYSTEM_ACCESSTOKEN": ADO_ACCESS_TOKEN,
            "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": f"{url}/_ci/azure-devops/",
            "SYSTEM_TEAMPROJECTID": "2b7f5f1e-7a52-4d3a-8e0c-9d1f3b5a7c90",
            "SYSTEM_HOSTTYPE": "build",
            "SYSTEM_PLANID": "b2a1c3d4-0001-4f00-8a00-000000000001",
            "SYSTEM_JOBID": "b2a1c3d4-0002-4f00-8a00-000000000002",
        }
    if row.ci == "github":
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}{GITHUB_PATH}?{GITHUB_QUERY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }
    return {}


def theirs() -> str:
    """The SDK's choice, from its own environment."""
    try:
        return str(Config(retry_timeout_seconds=2).auth_type)
    except ValueError as error:
        if NOT_BOTH in str(error):
            return TWO
        return NOTHING if NOT_ANY in str(error) else str(error)


def ours(environ: Mapping[str, str]) -> str:
    """Our choice."""
    try:
        found = load([], {"INPUT_PIPELINE-ID": PIPELINE, **environ})
    except Misconfigured as refused:
        return TWO if "More than one way" in str(refused) else NOTHING
    return str(found.access.scheme.auth_type)


@pytest.mark.parametrize(
    "row",
    [
        *AGREED,
        *DIFFERENT,
    ],
    ids=called,
)
def test_the_sdk_takes_the_same_way_or_the_row_says_why_not(
    clean: pytest.MonkeyPatch,
    tmp_path: Path,
    served: Server,
    cloud: Mapping[str, str],
    row: Row,
) -> None:
    file = tmp_path / "id-token"
    file.write_text(JWT)  # the SDK reads it at once
    environ = {"DATABRICKS_HOST": served.url, **surroundings(row, served.url)}
    if row.on_azure:
        environ["DATABRICKS_HOST"] = azure.HOST
        environ.update(cloud)
    for name, value in row.environ.items():
        environ[name] = str(file) if value == FILE else value
    for name, value in environ.items():
        clean.setenv(name, value)
    assert ours(environ) == row.ours
    assert theirs() == (row.theirs if row.why else row.ours)


def test_every_difference_has_its_reason() -> None:
    assert all(row.why and row.theirs not in ("", row.ours) for row in DIFFERENT)
    assert not any(row.why or row.theirs for row in AGREED)
