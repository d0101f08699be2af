"""Every way to sign in, as inputs say it, as variables do, and as a profile does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import pytest

from dlt_action.core.signin.entra import AzureClientSecret, GitHubOidcAzure
from dlt_action.core.signin.identities import (
    AzureDevOps,
    File,
    GitHub,
    Identity,
    Variable,
)
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation, OAuthM2M, Pat, Scheme
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings.load import load
from dlt_action.settings.model import Access
from dlt_action.settings.profile import NO_PROFILE, Profile, parse
from dlt_action.settings.table import BY_NAME
from tests.settings.door import PIPELINE, variable

AWS = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
AZURE = "https://adb-12.3.azuredatabricks.net"
GCP = "https://12345.6.gcp.databricks.com"

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOmFjbWUvc2hvcCJ9.c2lnbmF0dXJl"
FILE = "/run/secrets/id-token"
REQUEST_URL = "https://run.actions.githubusercontent.com/1/idtoken/2/3?api-version=2.0"
COLLECTION = "https://dev.azure.com/acme/"
GITHUB = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": REQUEST_URL,
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
}
AZURE_DEVOPS = {
    "SYSTEM_ACCESSTOKEN": "job-token",
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": COLLECTION,
    "SYSTEM_TEAMPROJECTID": "project",
    "SYSTEM_HOSTTYPE": "build",
    "SYSTEM_PLANID": "plan",
    "SYSTEM_JOBID": "job",
}
PROFILE = "ci"


class Level(Enum):
    """Where a way to sign in is told."""

    INPUT = "input"
    VARIABLE = "variable"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of ways to sign in."""

    environ: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: Told) -> Told:
        return Told(
            {**self.environ, **other.environ}, {**self.profile, **other.profile}
        )


# What marks each kind: inputs that have to be given, and what the CI has to provide.
MARKS: Mapping[AuthType, tuple[str, ...]] = {
    AuthType.PAT: ("token",),
    AuthType.OAUTH_M2M: ("client-id", "client-secret"),
    AuthType.GITHUB_OIDC: ("client-id",),
    AuthType.ENV_OIDC: ("client-id",),
    AuthType.FILE_OIDC: ("client-id",),
    AuthType.AZURE_DEVOPS_OIDC: ("client-id",),
    AuthType.AZURE_CLIENT_SECRET: (
        "azure-client-id",
        "azure-client-secret",
        "azure-tenant-id",
    ),
    AuthType.GITHUB_OIDC_AZURE: ("azure-client-id", "azure-tenant-id"),
}
CI: Mapping[AuthType, Mapping[str, str]] = {
    AuthType.GITHUB_OIDC: GITHUB,
    AuthType.GITHUB_OIDC_AZURE: GITHUB,
    AuthType.AZURE_DEVOPS_OIDC: AZURE_DEVOPS,
}
# Identities that somebody has set up for Databricks; no input names them.
IN_VARIABLES = {
    AuthType.ENV_OIDC: Told({"DATABRICKS_OIDC_TOKEN": JWT}),
    AuthType.FILE_OIDC: Told({"DATABRICKS_OIDC_TOKEN_FILEPATH": FILE}),
}
IN_A_PROFILE = {
    AuthType.ENV_OIDC: Told({"JOB_JWT": JWT}, {"oidc_token_env": "JOB_JWT"}),
    AuthType.FILE_OIDC: Told({}, {"oidc_token_filepath": FILE}),
}
IDENTITIES: Mapping[AuthType, Identity] = {
    AuthType.GITHUB_OIDC: GitHub(REQUEST_URL, "request-token"),
    AuthType.ENV_OIDC: Variable("DATABRICKS_OIDC_TOKEN", JWT),
    AuthType.FILE_OIDC: File(FILE),
    AuthType.AZURE_DEVOPS_OIDC: AzureDevOps(
        collection=COLLECTION,
        project="project",
        hub="build",
        plan="plan",
        job="job",
        access_token="job-token",
    ),
}


def text(name: str, level: Level) -> str:
    """The value of the input *name* as *level* has it: which one won can be seen."""
    return f"{name}.of.{level.value}"


def on(level: Level, given: Mapping[str, str]) -> Told:
    """The inputs *given*, as that level writes them."""
    match level:
        case Level.INPUT:
            return Told({variable(name): value for name, value in given.items()})
        case Level.VARIABLE:
            return Told({BY_NAME[k].variable: value for k, value in given.items()})
        case Level.PROFILE:
            return Told({}, {_key(name): value for name, value in given.items()})


def _key(name: str) -> str:
    return "token_audience" if name == "oidc-audience" else name.replace("-", "_")


def way(kind: AuthType, level: Level) -> Told:
    """The way *kind*, told on that level with all that it takes."""
    told = on(level, {name: text(name, level) for name in MARKS[kind]})
    set_up = IN_A_PROFILE if level is Level.PROFILE else IN_VARIABLES
    return told | set_up.get(kind, Told()) | Told(CI.get(kind, {}))


def scheme(kind: AuthType, level: Level) -> Scheme:
    """What the way *kind* is read as, if that level's texts are taken."""
    match kind:
        case AuthType.PAT:
            return Pat(text("token", level))
        case AuthType.OAUTH_M2M:
            return OAuthM2M(text("client-id", level), text("client-secret", level))
        case AuthType.AZURE_CLIENT_SECRET:
            return AzureClientSecret(
                client_id=text("azure-client-id", level),
                client_secret=text("azure-client-secret", level),
                tenant=text("azure-tenant-id", level),
            )
        case AuthType.GITHUB_OIDC_AZURE:
            return GitHubOidcAzure(
                identity=GitHub(REQUEST_URL, "request-token"),
                client_id=text("azure-client-id", level),
                tenant=text("azure-tenant-id", level),
            )
        case _:
            identity = IDENTITIES[kind]
            if kind is AuthType.ENV_OIDC and level is Level.PROFILE:
                identity = Variable("JOB_JWT", JWT)
            return Federation(identity=identity, client_id=text("client-id", level))


def profile_of(keys: Mapping[str, str], name: str = PROFILE) -> Profile:
    """The profile that a file with these *keys* has; none without keys."""
    if not keys:
        return NO_PROFILE
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    profile, problems = parse(f"[{name}]\n{lines}", name)
    assert problems == ()
    return profile


def signed(told: Told, host: str = AZURE, *, fork: bool = False) -> Access:
    """How the program would get in."""
    environ = {"INPUT_HOST": host, "INPUT_PIPELINE-ID": PIPELINE, **told.environ}
    return load([], environ, profile=profile_of(told.profile), fork=fork).access


def problems(
    told: Told, host: str = AZURE, *, fork: bool = False
) -> tuple[InputProblem, ...]:
    """All that it would refuse."""
    with pytest.raises(Misconfigured) as caught:
        signed(told, host, fork=fork)
    return caught.value.problems


def problem(told: Told, host: str = AZURE, *, fork: bool = False) -> InputProblem:
    """The one problem that it would show."""
    (only,) = problems(told, host, fork=fork)
    return only


def outcome(told: Told, host: str = AZURE) -> object:
    """The scheme, or all problems: for comparisons."""
    try:
        return signed(told, host).scheme
    except Misconfigured as refused:
        return refused.problems
