"""
Nothing to sign in with: what to write, by where we run.

After pypa's trusted publishing, the best error texts of the field: they name the
cause, and give the lines to paste.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from dlt_action.core.signin.kinds import AuthType
from dlt_action.errors import InputProblem
from dlt_action.settings import access

PERMISSIONS = "permissions:\n  contents: read\n  id-token: write"
NOT_FROM_FORKS = (
    "if: >-\n"
    "  github.event_name != 'pull_request' ||\n"
    "  github.event.pull_request.head.repo.full_name == github.repository"
)
NOT_FROM_DEPENDABOT = "if: github.event.pull_request.user.login != 'dependabot[bot]'"

_FROM_A_FORK = (
    "This pull request comes from a fork, whose jobs GitHub gives neither an identity"
    " token nor secrets: they run strangers' code."
)
_FROM_DEPENDABOT = (
    "Dependabot started this: its jobs may only read unless `permissions` says more,"
    " and have Dependabot's secrets instead of the repository's."
)
_INPUTS = {
    AuthType.PAT: "`token`",
    AuthType.OAUTH_M2M: "`client-id` and `client-secret`",
    AuthType.ENV_OIDC: "the variable DATABRICKS_OIDC_TOKEN (or"
    " DATABRICKS_OIDC_TOKEN_ENV, with the name of another one)",
    AuthType.FILE_OIDC: "the variable DATABRICKS_OIDC_TOKEN_FILEPATH",
    AuthType.AZURE_CLIENT_SECRET: "`azure-client-id` and `azure-client-secret`",
    AuthType.AZURE_DEVOPS_OIDC: "a job of Azure DevOps",
    AuthType.GITHUB_OIDC: "a job of GitHub Actions with `id-token: write`",
    AuthType.GITHUB_OIDC_AZURE: "`azure-client-id`, and a job of GitHub Actions with"
    " `id-token: write`",
}


def nothing(environ: Mapping[str, str], *, fork: bool) -> InputProblem:
    """Nothing at all is set up."""
    name = access.TOKEN.name
    denied = _denied(name, environ, fork=fork)
    if denied is not None:
        return denied
    if _on_github(environ):
        return InputProblem(
            name,
            "There is nothing to sign in with.",
            "Without a stored secret: set `client-id`, and let the job ask for its"
            " identity (a reusable workflow: the job that calls it, too). Or set"
            " `token`, or `client-id` and `client-secret`; a secret that does not exist"
            " is empty.",
            paste=PERMISSIONS,
        )
    return InputProblem(
        name,
        "There is nothing to sign in with.",
        "Set `client-id` and an identity token of your CI (DATABRICKS_OIDC_TOKEN), or"
        " `client-id` and `client-secret`, or `token`; each has a variable"
        " (DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET, DATABRICKS_TOKEN).",
    )


def no_identity(
    name: str,
    environ: Mapping[str, str],
    *,
    fork: bool,
    but: str = "It stands alone,",
) -> InputProblem:
    """The input *name* needs an identity to go with it, and there is none."""
    denied = _denied(name, environ, fork=fork)
    if denied is not None:
        return denied
    if environ.get("ACT") == "true":
        what = f"{but} and act gives jobs no identity token."
        return InputProblem(name, what, "Use `token` here.")
    if _on_github(environ):
        return InputProblem(
            name,
            f"{but} and this job may not ask GitHub for its identity.",
            "Give the job the permission (a reusable workflow: the job that calls it,"
            " too):",
            paste=PERMISSIONS,
        )
    return InputProblem(
        name,
        "It stands alone: neither a secret nor an identity token goes with it.",
        "Set the secret, or let the CI put its identity token into"
        " DATABRICKS_OIDC_TOKEN.",
    )


def no_azure_secret(environ: Mapping[str, str], *, fork: bool) -> InputProblem:
    """`azure-client-id` stands alone, and this is no job that GitHub vouches for."""
    name = access.AZURE_CLIENT_ID.name
    if _on_github(environ):
        return no_identity(name, environ, fork=fork)
    what = "It stands alone: neither a secret nor an identity of GitHub goes with it."
    return InputProblem(name, what, "Set `azure-client-secret`.")


def not_set_up(
    kind: AuthType, environ: Mapping[str, str], *, fork: bool
) -> InputProblem:
    """`auth-type` names a way for which something is missing."""
    by_github = kind in (AuthType.GITHUB_OIDC, AuthType.GITHUB_OIDC_AZURE)
    if by_github and _on_github(environ) and not environ.get(_URL):
        asked_for = f"`{kind}` was asked for,"
        return no_identity(access.AUTH_TYPE.name, environ, fork=fork, but=asked_for)
    what = f"`{kind}` was asked for, and is not set up."
    return InputProblem(access.AUTH_TYPE.name, what, f"It needs {_INPUTS[kind]}.")


_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"


def is_from_a_fork(event: str | None, repository: str) -> bool:
    """Whether the *event* (JSON) is of a pull request from another repository."""
    try:
        head = json.loads(event if event is not None else "")["pull_request"]["head"]
        repo = head["repo"]  # null once the fork was deleted
        return repo is None or bool(repo["full_name"] != repository)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _on_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true"


def _denied(
    name: str, environ: Mapping[str, str], *, fork: bool
) -> InputProblem | None:
    if fork:
        remedy = "Leave these pull requests out, in the job or the step:"
        return InputProblem(name, _FROM_A_FORK, remedy, paste=NOT_FROM_FORKS)
    if _on_github(environ) and environ.get("GITHUB_ACTOR") == "dependabot[bot]":
        remedy = "Give the job the permission, or leave Dependabot out:"
        return InputProblem(
            name,
            _FROM_DEPENDABOT,
            remedy,
            paste=f"{PERMISSIONS}\n\n{NOT_FROM_DEPENDABOT}",
        )
    return None
