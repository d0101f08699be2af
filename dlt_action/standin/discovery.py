"""What a workspace tells anybody who asks, before any sign-in."""

from __future__ import annotations

from dlt_action.standin.eventlog import ORG_ID
from dlt_action.standin.identity import ACCOUNT_ID
from dlt_action.standin.wire import Json, JsonObject, Refusal, origin
from dlt_action.standin.world import Call


def config(call: Call) -> Json:
    """GET /.well-known/databricks-config: where and what this workspace is."""
    identity = call.world.identity
    if not identity.config_served:
        raise _absent(call)
    said = identity.oidc_endpoint
    found: JsonObject = {
        "oidc_endpoint": f"{origin(call.request)}/oidc" if said is None else said,
        "account_id": ACCOUNT_ID,
        "workspace_id": str(ORG_ID),
        "cloud": identity.cloud,
        "host_type": "workspace",
    }
    if not identity.audiences:
        return found
    return {**found, "token_federation_default_oidc_audiences": identity.audiences}


def authorization_server(call: Call) -> Json:
    """GET /oidc/.well-known/oauth-authorization-server: RFC 8414."""
    identity = call.world.identity
    if not identity.oauth_served:
        raise _absent(call)
    issuer = f"{origin(call.request)}/oidc"
    said = identity.token_endpoint
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/v1/authorize",
        "token_endpoint": f"{issuer}/v1/token" if said is None else said,
        "jwks_uri": f"{issuer}/jwks.json",
        "scopes_supported": ["all-apis", "email", "offline_access", "openid"],
        "response_types_supported": ["code", "id_token"],
        "grant_types_supported": ["client_credentials", "authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
    }


def _absent(call: Call) -> Refusal:
    says = f"No API found for '{call.request.method} {call.request.path}'"
    return Refusal(404, "ENDPOINT_NOT_FOUND", says)
