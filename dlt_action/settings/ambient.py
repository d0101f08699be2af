"""
The identity that a CI gives to its jobs, and what to write where it gives none.

Addresses that the CI names get the job's own token, so they too must match one
expression completely, as they were written, before anything parses them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dlt_action.core.addresses import is_address
from dlt_action.core.signin.bearer import TOKEN
from dlt_action.core.signin.identities import (
    AzureDevOps,
    File,
    GitHub,
    Identity,
    Variable,
)
from dlt_action.core.signin.kinds import AuthType
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass
from dlt_action.settings.profile import Profile
from dlt_action.settings.reading import Rank

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

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """An identity that is there, or what is wrong with it, and where it is from."""

    kind: AuthType
    rank: Rank
    source: str
    identity: Identity | InputProblem


def told(environ: Mapping[str, str]) -> Iterator[Offer]:
    """The identities that somebody has set up for Databricks in variables."""
    naming = environ.get(NAMING, "").strip()
    if naming or environ.get(TOKEN_VARIABLE, "").strip():
        name = naming or TOKEN_VARIABLE
        # What is no name of a variable may be a token in the wrong place.
        source = name if name in environ else NAMING
        identity = _variable(name, environ)
        yield Offer(AuthType.ENV_OIDC, Rank.VARIABLE, source, identity)
    for variable in FILES:
        path = environ.get(variable, "").strip()
        if path:
            yield Offer(AuthType.FILE_OIDC, Rank.VARIABLE, variable, File(path))
            return


def told_by(profile: Profile, environ: Mapping[str, str]) -> Iterator[Offer]:
    """The identities that a profile names."""
    name = profile.variables.get(NAMING, "").strip()
    if name:
        identity = _variable(name, environ)
        yield Offer(AuthType.ENV_OIDC, Rank.PROFILE, profile.source, identity)
    path = profile.variables.get(FILES[0], "").strip()
    if path:
        yield Offer(AuthType.FILE_OIDC, Rank.PROFILE, profile.source, File(path))


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
    by_github = github(environ)
    if by_github is not None:
        source = "OIDC of GitHub Actions"
        yield Offer(AuthType.GITHUB_OIDC, Rank.AMBIENT, source, by_github)
    if all(environ.get(name) for name in _AZURE_DEVOPS.values()):
        kind, source = AuthType.AZURE_DEVOPS_OIDC, "OIDC of Azure DevOps"
        yield Offer(kind, Rank.AMBIENT, source, _azure_devops(environ))


def github(environ: Mapping[str, str]) -> GitHub | InputProblem | None:
    """The identity of a job of GitHub Actions; None: it may not have one."""
    url, token = environ.get(URL, ""), environ.get(REQUEST, "")
    if not url or not token:
        return None
    if not is_address(url) or not TOKEN.fullmatch(token):
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
    if not is_address(parts["collection"]):
        what = "It is not as Azure DevOps sets it."
        return InputProblem(_AZURE_DEVOPS["collection"], what, "Leave it as it is.")
    return AzureDevOps(access_token=token, **parts)
