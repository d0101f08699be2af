"""
The identity that a CI gives to its jobs, and what to write where it gives none.

Addresses that the CI names get the job's own token, so they too must match one
expression completely, as they were written, before anything parses them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dlt_action.core.signin.bearer import TOKEN
from dlt_action.core.signin.identities import (
    AzureDevOps,
    File,
    GitHub,
    Identity,
    Variable,
)
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.zones import LABEL
from dlt_action.errors import InputProblem

URL, REQUEST = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
TOKEN_VARIABLE = "DATABRICKS_OIDC_TOKEN"  # noqa: S105 - a variable's name
NAMING = "DATABRICKS_OIDC_TOKEN_ENV"
FILES = ("DATABRICKS_OIDC_TOKEN_FILEPATH", "DATABRICKS_OIDC_TOKEN_FILE")
ACCESS_TOKEN = "SYSTEM_ACCESSTOKEN"  # noqa: S105 - likewise
_AZURE_DEVOPS = {
    "collection": "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
    "project": "SYSTEM_TEAMPROJECTID",
    "hub": "SYSTEM_HOSTTYPE",
    "plan": "SYSTEM_PLANID",
    "job": "SYSTEM_JOBID",
}

_ADDRESS = re.compile(
    rf"(?:https://{LABEL}(?:\.{LABEL})*|http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{{1,5}})?"
    r"/[A-Za-z0-9._~/%=&?:+,;!*()-]*",
    re.ASCII | re.IGNORECASE,
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """An identity that is there, or what is wrong with it, and where it is from."""

    kind: AuthType
    source: str
    identity: Identity | InputProblem


def told(environ: Mapping[str, str]) -> Iterator[Offer]:
    """The identities that somebody has set up for Databricks."""
    name = environ.get(NAMING, "").strip() or TOKEN_VARIABLE
    if environ.get(NAMING, "").strip() or environ.get(TOKEN_VARIABLE, "").strip():
        yield Offer(AuthType.ENV_OIDC, name, _variable(name, environ))
    for variable in FILES:
        path = environ.get(variable, "").strip()
        if path:
            yield Offer(AuthType.FILE_OIDC, variable, File(path))
            return


def _variable(name: str, environ: Mapping[str, str]) -> Identity | InputProblem:
    if not _VARIABLE.fullmatch(name):
        remedy = f"Write the name of a variable, or set {TOKEN_VARIABLE}."
        return InputProblem(NAMING, "It is not the name of a variable.", remedy)
    token = environ.get(name, "").strip()
    if not token:
        what = "The variable that it names is not set, or empty."
        return InputProblem(NAMING, what, "Let the CI put the identity token there.")
    if not TOKEN.fullmatch(token):
        what = "It holds something that no token holds."
        return InputProblem(name, what, "It must hold the JWT alone.")
    return Variable(name, token)


def offered(environ: Mapping[str, str]) -> Iterator[Offer]:
    """The identities that the CI offers to every job that may have one."""
    if environ.get(URL) and environ.get(REQUEST):
        yield Offer(AuthType.GITHUB_OIDC, "OIDC of GitHub Actions", github(environ))
    if all(environ.get(name) for name in _AZURE_DEVOPS.values()):
        source = "OIDC of Azure DevOps"
        yield Offer(AuthType.AZURE_DEVOPS_OIDC, source, _azure_devops(environ))


def github(environ: Mapping[str, str]) -> GitHub | InputProblem:
    """The identity of a job of GitHub Actions."""
    url, token = environ.get(URL, ""), environ.get(REQUEST, "")
    if not _ADDRESS.fullmatch(url) or not TOKEN.fullmatch(token):
        what = "It is not as GitHub's runner sets it."
        return InputProblem(URL, what, "Leave it as it is: do not set it in `env`.")
    return GitHub(url, token)


def _azure_devops(environ: Mapping[str, str]) -> Identity | InputProblem:
    token = environ.get(ACCESS_TOKEN, "").strip()
    if not TOKEN.fullmatch(token) or token.startswith("$("):
        return InputProblem(
            ACCESS_TOKEN,
            "Azure DevOps gives it to a step only if the step asks for it.",
            "Map it in the step:",
            paste="env:\n  SYSTEM_ACCESSTOKEN: $(System.AccessToken)",
        )
    parts = {field: environ[name] for field, name in _AZURE_DEVOPS.items()}
    parts["collection"] = parts["collection"].rstrip("/") + "/"
    if not _ADDRESS.fullmatch(parts["collection"]):
        what = "It is not as Azure DevOps sets it."
        return InputProblem(_AZURE_DEVOPS["collection"], what, "Leave it as it is.")
    return AzureDevOps(access_token=token, **parts)
