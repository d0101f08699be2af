"""
Reading a bearer token: what cannot go into a header is refused before it gets there.

A token that was copied with quotes, a byte-order mark or a line break fails as 401 or
as an exception that shows it. So the first character that no bearer token can hold is
named by its position; the value is never repeated.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime

from dlt_action.settings.formats import Unfit

# `b64token` of RFC 6750 §2.1; Databricks' `dapi…` tokens and JWTs are such.
_TOKEN = re.compile(r"[0-9A-Za-z._~+/-]+=*")
_JWT_PARTS = 3  # header, claims, signature

_KINDS = (
    ("\ufeff", "a byte-order mark"),
    ("\r\n", "a line break"),
    (" \t\u00a0", "a blank"),
    ("\"'`", "a quotation mark"),
    (
        "\u2018\u2019\u201c\u201d\u00ab\u00bb\u201e\u201a",
        "a typographic quotation mark",
    ),
)


def token(text: str) -> str:
    """Read a bearer token; raise `Unfit` without any part of it."""
    start = _TOKEN.match(text)
    at = 0 if start is None else start.end()
    if at == len(text):
        return text
    what = f"Character {at + 1} of {len(text)} is {_called(text[at])}."
    if text[:7].lower() == "bearer ":
        raise Unfit(what, "Leave out the word Bearer.")
    if text.startswith(("${", "$(", "{{")):
        raise Unfit(what, "It looks like a variable that nobody filled in.")
    raise Unfit(what, "Store the token alone, as Databricks showed it.")


def expires_at(text: str) -> datetime | None:
    """Return when a JWT ends (`exp`, RFC 7519 §4.1.4); None for any other token."""
    parts = text.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(base64.urlsafe_b64decode(padded))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        OSError,
        RecursionError,
    ):
        return None  # not for us to judge: the server will


def _called(character: str) -> str:
    """Name the kind of a character that no token holds."""
    for characters, words in _KINDS:
        if character in characters:
            return words
    if character.isascii():
        return "one that no bearer token holds"
    return "one outside ASCII"
