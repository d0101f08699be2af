"""
Tokens: what can be one, what a JWT says of itself, and how long one is used.

A JWT is only read, never believed: whoever gets it verifies it. Its claims serve for
words, and for a life that is shorter than the answer said.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping

from dlt_action.core.model import Json

# `b64token` of RFC 6750, 2.1; Databricks' `dapi…` tokens and JWTs are such.
TOKEN = re.compile(r"[0-9A-Za-z._~+/-]+=*")

# Nobody told how long it lives: the shortest that is documented anywhere, 5 minutes.
UNTOLD_SECONDS = 300.0
LONGEST_SECONDS = 86_400.0  # whoever says more is mistaken

# Azure refuses tokens that end within 30 s, so the SDKs give them up 40 s early.
MARGIN_SECONDS = 40.0
MOST_AHEAD_SECONDS = 1200.0

_JWT_PARTS = 3  # header, claims, signature
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)


def claims(token: str) -> Mapping[str, Json]:
    """What a JWT says (RFC 7519); nothing for any other token."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def moment(value: Json) -> float | None:
    """A NumericDate of a JWT as seconds since 1970; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None  # noqa: PLR2004 - year 33658


def seconds_of(expires_in: Json, token: str) -> float:
    """
    How long *token* lives, by its answer's *expires_in* and by its own claims.

    The field is optional (RFC 6749, 5.1), and Entra writes it as text. What is no
    number of seconds counts as not told.
    """
    told = [UNTOLD_SECONDS] if (read := _seconds(expires_in)) is None else [read]
    own = claims(token)
    ends, began = moment(own.get("exp")), moment(own.get("iat"))
    if ends is not None and began is not None and ends > began:
        told.append(ends - began)  # by its own clock alone: ours may be wrong
    return min(told)


def _seconds(value: Json) -> float | None:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(min(value, LONGEST_SECONDS)) if value > 0 else None


def stale_after(seconds: float) -> float:
    """Seconds after which a token that lives so long is renewed: half, or more."""
    return seconds - min(seconds / 2, MOST_AHEAD_SECONDS)


def over_after(seconds: float) -> float:
    """Seconds after which it is not used any more."""
    return max(seconds - MARGIN_SECONDS, seconds / 2)
