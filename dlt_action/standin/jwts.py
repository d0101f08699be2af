"""
Signed tokens (JWT, RFC 7519), as far as a stand-in needs them.

The real ones are signed with RSA, and who reads them asks the issuer for its public
key. Nothing that a client does depends on that: here an issuer signs with a key that
follows from its name, which the standard library can do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from dlt_action.standin.wire import JsonObject


class Untrue(Exception):
    """It is no JWT, or none that its issuer has signed."""


def sign(issuer: str, claims: JsonObject) -> str:
    """A token of *claims*, signed by *issuer*; an `iss` among *claims* forges one."""
    head = _pack({"alg": "HS256", "typ": "JWT", "kid": "stand-in"})
    signed = f"{head}.{_pack({'iss': issuer, **claims})}"
    return f"{signed}.{_seal(issuer, signed)}"


def verified(token: str) -> JsonObject:
    """The claims of a token that its issuer has signed; raises `Untrue`."""
    claims = read(token)
    signed, _, seal = token.rpartition(".")
    if not hmac.compare_digest(seal, _seal(str(claims.get("iss")), signed)):
        raise Untrue("the signature is not the issuer's")
    return claims


def read(token: str) -> JsonObject:
    """The claims of a token, whoever signed it; raises `Untrue`."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 -- head, claims, signature
        raise Untrue("it has not three parts")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise Untrue("its claims cannot be read") from None
    if not isinstance(found, dict):
        raise Untrue("its claims are no object")
    return found


def _pack(part: JsonObject) -> str:
    return _text(json.dumps(part, separators=(",", ":")).encode())


def _seal(issuer: str, signed: str) -> str:
    key = hashlib.sha256(f"stand-in {issuer}".encode()).digest()
    return _text(hmac.new(key, signed.encode(), hashlib.sha256).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
