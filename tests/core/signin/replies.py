"""What those who sign people in answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from dlt_action.core.model import Json
from dlt_action.core.reply import Answer

HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
ACCOUNT = "e2f1a0b9-0000-4000-8000-00000000abcd"
TOKEN_URL = f"{HOST}/oidc/v1/token"

NO_HEADERS: Mapping[str, str] = {}


def answer(
    status: int, body: object, headers: Mapping[str, str] = NO_HEADERS
) -> Answer:
    """An answer in JSON."""
    kind = {"content-type": "application/json"}
    return Answer(status, {**kind, **headers}, json.dumps(body).encode())


def html(status: int, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """A page for people."""
    return Answer(status, {"content-type": "text/html", **headers}, b"<html>no</html>")


def granted(token: Json, **more: Json) -> Answer:
    """The answer of a token endpoint, RFC 6749, 5.1."""
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
    return answer(200, {**body, **more})


def refused(status: int, error: str, description: str = "no") -> Answer:
    """A refusal of a token endpoint, RFC 6749, 5.2."""
    return answer(status, {"error": error, "error_description": description})


def config(**more: Json) -> Answer:
    """`/.well-known/databricks-config` of a workspace."""
    body = {
        "oidc_endpoint": f"{HOST}/oidc",
        "account_id": ACCOUNT,
        "workspace_id": "1234567890123456",
    }
    return answer(200, {**body, **more})


def oauth(url: Json = TOKEN_URL) -> Answer:
    """`/.well-known/oauth-authorization-server`."""
    return answer(200, {"issuer": f"{HOST}/oidc", "token_endpoint": url})


def jwt(**claims: Json) -> str:
    """A JWT that says *claims*; nobody here verifies the signature."""
    return ".".join(map(_part, ({"alg": "RS256", "typ": "JWT"}, claims, {"sig": 1})))


def _part(value: object) -> str:
    raw = json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


CONFIG, OAUTH = config(), oauth()
