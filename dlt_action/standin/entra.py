"""
Microsoft Entra ID, as far as a service principal needs it: the v1 token endpoint.

It lives at another host (`identity.authority`); a test that cares leads that name
here. Answers and refusals are as many people have pasted them into issues: numbers are
texts, and every refusal has its AADSTS number.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dlt_action.standin import jwts
from dlt_action.standin.identity import TENANT, Policy
from dlt_action.standin.oauth import (
    NO_STORE,
    Form,
    OAuthRefusal,
    answered,
    read_form,
)
from dlt_action.standin.wire import JsonObject, Refusal, Response
from dlt_action.standin.world import Call

DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
MANAGEMENT = frozenset(
    {
        "https://management.core.windows.net/",
        "https://management.core.usgovcloudapi.net/",
        "https://management.core.chinacloudapi.cn/",
    }
)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def find_tenant(call: Call) -> Response:
    """GET /aad/auth: the browser is sent to sign in, and so told the tenant."""
    return _sent_on(call, "oauth2/authorize")


def find_tenant_v2(call: Call) -> Response:
    """GET /oidc/oauth2/v2.0/authorize: likewise; the SDK for Python looks here too."""
    return _sent_on(call, "oauth2/v2.0/authorize")


def _sent_on(call: Call, path: str) -> Response:
    identity, asked = call.world.identity, call.request
    if not identity.azure:
        says = f"No API found for '{asked.method} {asked.path}'"
        raise Refusal(404, "ENDPOINT_NOT_FOUND", says)
    query = f"client_id={DATABRICKS}&response_type=code+id_token&nonce=0"
    where = f"https://{identity.authority}/{TENANT}/{path}?{query}"
    return Response(302, {"location": where}, b"")


class EntraRefusal(OAuthRefusal):
    """Entra ID says no: a number beside the words."""

    def __init__(self, call: Call, number: int, code: str, says: str) -> None:
        """A 401 for who is not known, a 400 for what is not understood."""
        status = 401 if code == "invalid_client" else 400
        super().__init__(status, code, says)
        self._number = number
        self._authority = call.world.identity.authority
        self._now = call.world.clock()
        self._ids = [call.world.identity.unique("answer") for _ in range(2)]

    def response(self, request_id: str) -> Response:
        """The answer; *request_id* has no place in it."""
        del request_id
        when = f"{datetime.fromtimestamp(self._now, UTC):%Y-%m-%d %H:%M:%SZ}"
        trace, correlation = self._ids
        says = f"AADSTS{self._number}: {self.message} Trace ID: {trace}"
        body: JsonObject = {
            "error": self.code,
            "error_description": f"{says} Correlation ID: {correlation} "
            f"Timestamp: {when}",
            "error_codes": [self._number],
            "timestamp": when,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://{self._authority}/error?code={self._number}",
        }
        return Response.of(body, self.status).also(NO_STORE)


def token(call: Call) -> Response:
    """POST /{tenant}/oauth2/token."""
    form, tenant = read_form(call.request), call.ids["tenant"]
    if tenant != TENANT:
        says = f"Tenant '{tenant}' not found. Check to make sure you have the correct "
        raise EntraRefusal(call, 90002, "invalid_request", says + "tenant ID.")
    for name in ("grant_type", "client_id", "resource"):
        if name not in form:
            says = f"The request body must contain the following parameter: '{name}'."
            raise EntraRefusal(call, 900144, "invalid_request", says)
    if form["grant_type"] != "client_credentials":
        says = f"The app requested an unsupported grant type '{form['grant_type']}'."
        raise EntraRefusal(call, 70003, "unsupported_grant_type", says)
    client_id = _application(call, form)
    resource = form["resource"]
    if resource != DATABRICKS and resource not in MANAGEMENT:
        says = f"The resource principal named {resource} was not found in the tenant."
        raise EntraRefusal(call, 500011, "invalid_resource", says)
    return _issued(call, client_id, resource)


def _issued(call: Call, client_id: str, resource: str) -> Response:
    identity = call.world.identity
    now, life = int(identity.clock()), identity.token_life
    made = identity.access_token(
        f"https://sts.windows.net/{TENANT}/", client_id, resource, life
    )
    answer: JsonObject = {
        "token_type": "Bearer",
        "expires_in": str(life),
        "ext_expires_in": str(life),
        "expires_on": str(now + life),
        "not_before": str(now - 300),
        "resource": resource,
        "access_token": made,
    }
    return answered(identity, answer)


def _application(call: Call, form: Form) -> str:
    """Which application it is that has proved itself."""
    client_id, identity = form["client_id"], call.world.identity
    if client_id not in identity.applications:
        says = f"Application with identifier '{client_id}' was not found in the "
        raise EntraRefusal(call, 700016, "unauthorized_client", says + "directory.")
    if "client_assertion" in form:
        _check_assertion(call, form)
        return client_id
    if "client_secret" not in form:
        says = "The request body must contain the following parameter: "
        says += "'client_assertion' or 'client_secret'."
        raise EntraRefusal(call, 7000218, "invalid_client", says)
    if form["client_secret"] != identity.applications[client_id]:
        says = "Invalid client secret provided. Ensure the secret being sent in the "
        says += "request is the client secret value, not the client secret ID, for a "
        says += f"secret added to app '{client_id}'."
        raise EntraRefusal(call, 7000215, "invalid_client", says)
    return client_id


def _check_assertion(call: Call, form: Form) -> None:
    if form.get("client_assertion_type") != ASSERTION:
        says = f"client_assertion_type must be '{ASSERTION}'."
        raise EntraRefusal(call, 50027, "invalid_request", says)
    try:
        claims = jwts.verified(form["client_assertion"])
    except jwts.Untrue as error:
        says = f"Client assertion failed signature validation: {error}."
        raise EntraRefusal(call, 5002738, "invalid_client", says) from None
    ends = claims.get("exp")
    if not isinstance(ends, int | float) or ends <= call.world.clock():
        says = "Client assertion is not within its valid time range."
        raise EntraRefusal(call, 700024, "invalid_client", says)
    known = call.world.identity.azure_credentials
    mine = [each for each in known if each.client_id == form["client_id"]]
    _check_federated(call, claims, mine)


def _check_federated(call: Call, claims: JsonObject, known: list[Policy]) -> None:
    """Refuse what no federated credential has: with the number of what is wrong."""
    for number, what, claim in (
        (700211, "issuer", "iss"),
        (700213, "subject", "sub"),
        (700212, "audience", "aud"),
    ):
        said = claims.get(claim)
        known = [each for each in known if said in _expected(each)[claim]]
        if not known:
            says = "No matching federated identity record found for presented assertion"
            says += f" {what} '{said}'. Check your federated identity credential "
            says += "Subject, Audience and Issuer against the presented assertion."
            raise EntraRefusal(call, number, "invalid_client", says)


def _expected(policy: Policy) -> dict[str, tuple[str, ...]]:
    return {
        "iss": (policy.issuer,),
        "sub": (policy.subject,),
        "aud": policy.audiences,
    }
