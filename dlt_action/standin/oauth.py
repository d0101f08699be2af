"""
The workspace's token endpoint: POST /oidc/v1/token.

Documented are the two grants, their fields and the answer (Databricks, "Authorize
service principal access with OAuth" and "Authenticate with an identity provider
token"). That a wrong secret is a 401 `invalid_client` with these words is reported by
many. Every other refusal is inferred from RFC 6749 and RFC 8693, which such an endpoint
follows; so is the strictness about what was sent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl

from dlt_action.standin import jwts
from dlt_action.standin.identity import TOKEN_ENDPOINT, Identity, Policy
from dlt_action.standin.wire import JsonObject, Refusal, Request, Response, origin
from dlt_action.standin.world import Call

SCOPE = "all-apis"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
FORM = "application/x-www-form-urlencoded"

Form: TypeAlias = Mapping[str, str]


class OAuthRefusal(Refusal):
    """A token endpoint says no, in the shape of RFC 6749, section 5.2."""

    def response(self, request_id: str) -> Response:
        """The answer; *request_id* has no place in it."""
        del request_id
        body: JsonObject = {"error": self.code, "error_description": self.message}
        return Response.of(body, self.status).also(NO_STORE)


NO_STORE = {"cache-control": "no-store"}


def malformed(what: str) -> OAuthRefusal:
    """A 400 for a request that is none."""
    return OAuthRefusal(400, "invalid_request", what)


def read_form(request: Request) -> Form:
    """The fields of a form; each once, as RFC 6749, section 3.2, has it."""
    sent = request.header("content-type")
    if sent is None or sent.split(";")[0].strip().lower() != FORM:
        raise malformed(f"Content-Type must be {FORM}")
    try:
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True)
    except ValueError:
        raise malformed("The body is no form") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise malformed("A parameter was sent more than once")
    return form


def token(call: Call) -> Response:
    """POST /oidc/v1/token."""
    form = read_form(call.request)
    grant = form.get("grant_type")
    if grant is None:
        raise malformed("grant_type is missing")
    if grant not in {"client_credentials", EXCHANGE}:
        raise OAuthRefusal(400, "unsupported_grant_type", f"{grant} is not supported")
    if form.get("scope") != SCOPE:
        raise OAuthRefusal(400, "invalid_scope", f"scope must be {SCOPE}")
    identity = call.world.identity
    if grant == "client_credentials":
        return _issued(call, _by_secret(call), identity.token_life)
    return _issued(call, *_exchanged(call, form))


def _issued(call: Call, principal: str, life: float) -> Response:
    identity = call.world.identity
    issuer = f"{origin(call.request)}/oidc"
    answer: JsonObject = {
        "access_token": identity.access_token(issuer, principal, None, life),
        "scope": SCOPE,
        "token_type": "Bearer",
        "expires_in": int(life),
    }
    return answered(identity, answer)


def answered(identity: Identity, answer: JsonObject) -> Response:
    """A token's answer, unless a test wants another one."""
    change = identity.token_answer
    return Response.of(answer if change is None else change(answer)).also(NO_STORE)


def _by_secret(call: Call) -> str:
    found = _basic(call.request)
    if found is None:
        raise _nobody()
    client_id, secret = found
    if call.world.identity.principals.get(client_id) != secret:
        raise _nobody()
    return client_id


def _nobody() -> OAuthRefusal:
    return OAuthRefusal(401, "invalid_client", "Client authentication failed")


def _basic(request: Request) -> tuple[str, str] | None:
    """User and password of HTTP Basic; `None` if they are not there or not legible."""
    sent = request.header("authorization")
    scheme, _, packed = ("" if sent is None else sent).partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(packed, validate=True).decode()
    except ValueError:
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


def _exchanged(call: Call, form: Form) -> tuple[str, float]:
    """Who has sent a token of another issuer, and for how long."""
    # Federation has no secret: whoever sends one has mixed up two ways to sign in.
    if call.request.header("authorization") is not None or "client_secret" in form:
        raise malformed("A token exchange is not authenticated by the client")
    if form.get("subject_token_type") != JWT:
        raise malformed(f"subject_token_type must be {JWT}")
    identity = call.world.identity
    refuse = identity.policy_refusal
    try:
        claims = jwts.verified(form.get("subject_token", ""))
    except jwts.Untrue as error:
        raise OAuthRefusal(*refuse, f"subject_token is invalid: {error}") from None
    now, ends = identity.clock(), claims.get("exp")
    if not isinstance(ends, int | float) or ends <= now:
        raise OAuthRefusal(*refuse, "subject_token is invalid: it has expired")
    client_id = form.get("client_id")
    own = f"{origin(call.request)}/oidc/v1/token"
    policy = matching(identity.policies, claims, client_id, own)
    if policy is None:
        says = "No federation policy matches subject_token: " + json.dumps(
            {name: claims.get(name) for name in ("iss", "aud", "sub")}
        )
        raise OAuthRefusal(*refuse, says)
    principal = policy.principal if client_id is None else client_id
    life: float = identity.token_life
    return principal, min(life, ends - now) if identity.follows_id_token else life


def matching(
    policies: list[Policy], claims: JsonObject, client_id: str | None, own: str
) -> Policy | None:
    """The policy that takes a token of *claims*, at the token endpoint *own*."""
    heard = claims.get("aud")
    meant = set(heard) if isinstance(heard, list) else {heard}

    def takes(policy: Policy) -> bool:
        wanted = {own if each == TOKEN_ENDPOINT else each for each in policy.audiences}
        return (
            (policy.issuer, policy.subject) == (claims.get("iss"), claims.get("sub"))
            and policy.client_id == client_id
            and not wanted.isdisjoint(meant)
        )

    return next((policy for policy in policies if takes(policy)), None)
