"""
Who is let in, and who that is.

A token is known by itself; what goes with it on Azure is checked as well: a management
token or a workspace's resource id that are sent must be right, and who is not yet in
the workspace must send both.
"""

from __future__ import annotations

from dlt_action.standin.entra import DATABRICKS, MANAGEMENT
from dlt_action.standin.identity import RESOURCE_ID, USER, Identity
from dlt_action.standin.wire import Json, Refusal, Request, Response, bearer
from dlt_action.standin.world import Call, World

MANAGEMENT_HEADER = "x-databricks-azure-sp-management-token"
RESOURCE_HEADER = "x-databricks-azure-workspace-resource-id"


class InvalidToken(Refusal):
    """The 403 of a token that is not known (any more), as several endpoints have it."""

    def __init__(self) -> None:
        """The status as an integer code, as pasted into many issues."""
        super().__init__(403, 403, "Invalid access token.")

    def response(self, request_id: str) -> Response:
        """The answer, which has no details and repeats itself in a header."""
        del request_id
        answer = Response.of({"error_code": 403, "message": self.message}, 403)
        return answer.also({"x-databricks-reason-phrase": self.message})


def admit(world: World, request: Request) -> str:
    """The principal who asks; raises `Refusal`."""
    token, identity = bearer(request), world.identity
    if world.token is None or token == world.token:
        return USER
    grant = None if token is None else identity.grant(token)
    if grant is None or grant.audience not in {None, DATABRICKS}:
        raise _rejected(identity)
    if grant.audience is not None:
        _check_azure(identity, request, grant.principal)
    return grant.principal


def _rejected(identity: Identity) -> Refusal:
    if identity.rejects_with == 403:  # noqa: PLR2004 -- a status
        return InvalidToken()
    # As several real endpoints do, with the status as an integer code.
    return Refusal(401, 401, "Credential was not sent or was not valid.")


def _check_azure(identity: Identity, request: Request, principal: str) -> None:
    if not identity.azure:
        raise _rejected(identity)
    management = request.header(MANAGEMENT_HEADER)
    resource = request.header(RESOURCE_HEADER)
    if management is not None:
        grant = identity.grant(management)
        if grant is None or grant.audience not in MANAGEMENT:
            raise Refusal(403, "PERMISSION_DENIED", "Invalid management access token.")
    # Resource ids of Azure are compared without case.
    if resource is not None and resource.lower() != RESOURCE_ID.lower():
        says = f"The workspace resource id {resource} is not this workspace's."
        raise Refusal(403, "PERMISSION_DENIED", says)
    if principal in identity.newcomers and None in {management, resource}:
        says = f"User {principal} is not a member of this workspace."
        raise Refusal(403, "PERMISSION_DENIED", says)


def me(call: Call) -> Json:
    """GET /api/2.0/preview/scim/v2/Me; a service principal is its application id."""
    name = call.caller.partition("@")[0]
    person = "@" in call.caller
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "4567890123456789" if person else "5678901234567890",
        "userName": call.caller,
        "displayName": name if person else "deployer",
        "active": True,
        "emails": [{"type": "work", "value": call.caller, "primary": True}]
        if person
        else [],
        "groups": [{"display": "users", "type": "direct", "value": "100200300"}],
    }
