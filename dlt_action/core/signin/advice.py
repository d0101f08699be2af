"""
The words of every sign-in that fails: what it was, and what to write.

After pypa's trusted publishing: each failure names its cause, gives the text to paste,
and shows the claims that have to be compared. Claims are public statements of who a
job is; a token, or any part of one, is never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Json
from dlt_action.core.reply import SignInProblem
from dlt_action.core.signin.steps import Ask
from dlt_action.core.text import one_line

_DOCS = "docs/signing-in.md"
Claims = Mapping[str, Json]
MOST_AUDIENCES = 5  # of a token, to be repeated
LONGEST_CLAIM = 300  # characters


def no_github_identity(rejected: Rejected) -> SignInProblem:
    """GitHub answered, and gave no token."""
    return SignInProblem(
        what=f"GitHub gave this job no identity token (HTTP {rejected.status}).",
        advice="The job needs `permissions: id-token: write`. A job that has ended, or"
        " was canceled for long, gets none any more.",
        said=rejected.reason,
    )


def no_azure_devops_identity(rejected: Rejected) -> SignInProblem:
    """Azure DevOps answered, and gave no token."""
    return SignInProblem(
        what=f"Azure DevOps gave this job no identity token (HTTP {rejected.status}).",
        advice="Map the job's own token in the step: `env:` with `SYSTEM_ACCESSTOKEN:"
        " $(System.AccessToken)`. It ends with the job.",
        said=rejected.reason,
    )


def unreadable_file(cause: str) -> SignInProblem:
    """The file of an identity token cannot be read; *cause* is the system's word."""
    return SignInProblem(
        what="The file with the identity token could not be read.",
        advice="DATABRICKS_OIDC_TOKEN_FILEPATH is a path inside of the container: mount"
        " the file, or hand the token over in DATABRICKS_OIDC_TOKEN.",
        said=cause,
    )


def no_token_in_file() -> SignInProblem:
    """What the file holds is no token."""
    return SignInProblem(
        what="The file with the identity token does not hold a token.",
        advice="It must hold the JWT alone: no name before it, no quotes.",
    )


def secret_refused(client: str) -> Callable[[Rejected], SignInProblem]:
    """The workspace did not take an OAuth secret."""

    def explain(rejected: Rejected) -> SignInProblem:
        return SignInProblem(
            what="The workspace did not accept the service principal's id and secret"
            f" (HTTP {rejected.status}).",
            advice=f"client-id must be the application id (here {one_line(client, 100)}"
            "), and client-secret an OAuth secret of that service principal, neither"
            " deleted nor expired (two years at most). The service principal must be"
            " assigned to this workspace.",
            said=rejected.reason,
        )

    return explain


def exchange_refused(
    told: Claims, audience: str | None, client: str | None
) -> Callable[[Rejected], SignInProblem]:
    """
    The workspace did not take an identity token that says *told*.

    *audience* is what it was asked for, None where the CI alone decides that.
    """

    def explain(rejected: Rejected) -> SignInProblem:
        return SignInProblem(
            what="The workspace did not accept the identity token"
            f" (HTTP {rejected.status}): no federation policy fits it, or it has"
            " ended.",
            advice=f"{_whose_policy(client)} Compare what the token says with it,"
            f" letter by letter. More: {_DOCS}",
            said=rejected.reason,
            paste="\n".join((*_compared(told, audience), *_policy(told, audience))),
        )

    return explain


def _whose_policy(client: str | None) -> str:
    if client is not None:
        return (
            "The service principal with the application id"
            f" {one_line(client, limit=100)} needs a federation policy of its own."
        )
    return (
        "client-id was not given, so only a policy of the whole account counts: set"
        " client-id to the application id of a service principal that has a policy."
    )


_NAMES = (("issuer (iss)", "iss"), ("subject (sub)", "sub"), ("audience (aud)", "aud"))


def _compared(told: Claims, audience: str | None = None) -> list[str]:
    lines = [f"{name}: {_shown(told.get(claim))}" for name, claim in _NAMES]
    other = other_subject(told)
    if other is not None:
        lines.append(f"the subject in GitHub's other format: {other}")
    if audience is not None and audience not in _heard(told):
        lines.append(f"audience that was asked for: {one_line(audience, limit=300)}")
    return lines


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return one_line(text, limit=LONGEST_CLAIM)


def _heard(told: Claims) -> list[Json]:
    found = told.get("aud")
    return list(found) if isinstance(found, list) else [found]


def _policy(told: Claims, audience: str | None) -> list[str]:
    """A command that makes a policy which fits, where it can be made of the claims."""
    heard = _heard(told) if audience is None else [audience]
    parts = told.get("iss"), told.get("sub"), *heard
    if not 0 < len(heard) <= MOST_AUDIENCES or not all(map(_whole, parts)):
        return []  # a policy that looks right and is not would be worse than none
    issuer, subject, *audiences = parts
    policy: Json = {
        "oidc_policy": {
            "issuer": issuer,
            "audiences": list(audiences),
            "subject": subject,
        }
    }
    # A branch's name may hold a quote, and this is for pasting into a shell.
    quoted = json.dumps(policy).replace("'", r"\u0027")
    command = "databricks account service-principal-federation-policy create"
    return ["", "a policy that fits:", f"{command} NUMERIC_ID --json '{quoted}'"]


def _whole(value: Json) -> bool:
    return isinstance(value, str) and value != "" and value == _shown(value)


_SUBJECT = re.compile(
    r"repo:(?P<owner>[^/:@]+)(?:@(?P<owner_id>\d+))?"
    r"/(?P<name>[^:@]+)(?:@(?P<id>\d+))?(?P<rest>:.*)"
)


def other_subject(told: Claims) -> str | None:
    """
    A subject of GitHub in its other format: with the ids in it, or without.

    New repositories have immutable subjects, `repo:OWNER@ID/NAME@ID:…`, and older ones
    may opt in (docs.github.com/actions/reference/security/oidc).
    """
    subject = told.get("sub")
    found = _SUBJECT.fullmatch(subject) if isinstance(subject, str) else None
    if found is None:
        return None
    owner, name, rest = found["owner"], found["name"], found["rest"]
    if found["id"] is not None:
        return one_line(f"repo:{owner}/{name}{rest}", limit=300)
    ids = told.get("repository_owner_id"), told.get("repository_id")
    if not all(isinstance(one, str) and one.isdigit() for one in ids):
        return None
    return one_line(f"repo:{owner}@{ids[0]}/{name}@{ids[1]}{rest}", limit=300)


# What Entra's codes mean (learn.microsoft.com/entra/identity-platform/
# reference-error-codes). The first that is found counts.
_ENTRA = (
    ("AADSTS7000215", ("azure-client-secret is not the secret's *value*: the portal"
     " shows the value once, and the secret's id for ever.")),
    ("AADSTS7000222", "The client secret has expired: make a new one."),
    ("AADSTS700016", ("There is no such application in this tenant: check"
     " azure-client-id and azure-tenant-id.")),
    ("AADSTS90002", "There is no such tenant: check azure-tenant-id."),
    ("AADSTS700213", "No federated credential of the application fits the token."),
    ("AADSTS70021", "No federated credential of the application fits the token."),
    ("AADSTS700024", "The identity token has ended, or the clocks differ."),
)  # fmt: skip


def entra_refused(
    client: str, tenant: str, told: Claims | None = None
) -> Callable[[Rejected], SignInProblem]:
    """Entra ID gave no token; *told* are the claims of the identity token, if any."""

    def explain(rejected: Rejected) -> SignInProblem:
        hints = (text for code, text in _ENTRA if code in rejected.message)
        hint = next(hints, "Check the application and what it may do.")
        federated = "" if told is None else " Compare its federated credential."
        return SignInProblem(
            what=f"Entra ID gave no token (HTTP {rejected.status}).",
            advice=f"{hint} It was application {one_line(client, 100)} in tenant"
            f" {one_line(tenant, 100)}.{federated}",
            said=rejected.reason,
            paste="" if told is None else "\n".join(_compared(told)),
        )

    return explain


def odd_token(ask: Ask) -> SignInProblem:
    """A token that is not used as bearer tokens are."""
    return SignInProblem(
        what=f"Could not {ask.what}: the answer's token is not a bearer token.",
        advice="Check host; something else may answer in its place.",
    )


def foreign_endpoint() -> SignInProblem:
    """The workspace names an address that may be given no secret."""
    return SignInProblem(
        what="The workspace names a token endpoint that is neither its own nor in"
        " Databricks' DNS zones; it was given nothing.",
        advice="Check host. A gateway that stands before a workspace must pass its"
        " documents on with its own address in them.",
    )


def no_tenant() -> SignInProblem:
    """The workspace does not lead to Entra ID."""
    return SignInProblem(
        what="The workspace does not say which Entra tenant it belongs to.",
        advice="Set azure-tenant-id (and ARM_ENVIRONMENT for a cloud other than the"
        " public one).",
    )
