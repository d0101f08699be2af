"""
What a CI offers its jobs: a token of its own issuer that says which job this is.

GitHub's is documented in "OpenID Connect reference", Azure DevOps' as "Oidctoken -
Create". The words of their refusals are as people have met them; no client should
depend on more than the status and, for a job that is "pending", those words.
"""

from __future__ import annotations

from dlt_action.standin.identity import (
    ADO_ACCESS_TOKEN,
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    REQUEST_TOKEN,
)
from dlt_action.standin.wire import Json, JsonObject, Refusal, Response, bearer
from dlt_action.standin.world import Call

GITHUB_PATH = "/_ci/github/idtoken"
# What a runner has in ACTIONS_ID_TOKEN_REQUEST_URL, behind the host: with its query.
GITHUB_QUERY = "api-version=2.0"
DEVOPS_VERSION = "7.2-preview.1"

# What GitHub tells of the job that SUBJECT is about.
JOB: JsonObject = {
    "repository": "acme/shop",
    "repository_id": "5550001",
    "repository_owner": "acme",
    "repository_owner_id": "7770001",
    "repository_visibility": "private",
    "ref": "refs/heads/main",
    "ref_type": "branch",
    "sha": "f10e2821bbbea527ea02200352313bc059445190",
    "environment": "production",
    "event_name": "push",
    "actor": "anna",
    "actor_id": "1234567",
    "workflow": "deploy",
    "workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
    "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
    "run_id": "9876543210",
    "run_number": "42",
    "run_attempt": "1",
    "runner_environment": "github-hosted",
    "head_ref": "",
    "base_ref": "",
}


class CiRefusal(Refusal):
    """A CI says no: its errors have nothing but a message."""

    def response(self, request_id: str) -> Response:
        """The answer; *request_id* has no place in it."""
        del request_id
        return Response.of({"message": self.message}, self.status)


def github(call: Call) -> Json:
    """GET of ACTIONS_ID_TOKEN_REQUEST_URL, with the audience."""
    identity = call.world.identity
    _let_in(call, REQUEST_TOKEN)
    if call.request.param("api-version") != "2.0":
        raise CiRefusal(400, 400, "No api-version was supplied for the request.")
    if identity.ci_pending > 0:
        identity.ci_pending -= 1
        says = "Can't issue ID_TOKEN for job in 'Pending' state"
        raise CiRefusal(403, 403, says)
    asked = call.request.param("audience")
    audience = "https://github.com/acme" if asked is None else asked
    claims = {**JOB, **identity.github_claims}
    made = identity.id_token(audience, claims=claims)
    return {"count": len(made), "value": made}


def azure_devops(call: Call) -> Json:
    """POST …/oidctoken of Azure DevOps; the audience is not for the job to choose."""
    _let_in(call, ADO_ACCESS_TOKEN)
    if call.request.param("api-version") != DEVOPS_VERSION:
        raise CiRefusal(400, 400, "No api-version was supplied for the request.")
    made = call.world.identity.id_token(
        AZURE_AUDIENCE, issuer=ADO_ISSUER, subject=ADO_SUBJECT, life=600
    )
    return {"oidcToken": made}


def _let_in(call: Call, secret: str) -> None:
    if bearer(call.request) != secret:
        raise CiRefusal(401, 401, "The request token is not valid.")
