"""Inputs with structure: `parameters` and `request-json`. Values are never repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Never, TypeAlias

from dlt_action.core.model import Json, JsonObject
from dlt_action.settings.formats import Unfit, shown

_Pairs: TypeAlias = "list[tuple[str, Json]]"

# Fields of StartUpdate that have an input of their own, named like it.
FIELDS_WITH_INPUT = (
    "full_refresh",
    "refresh_selection",
    "full_refresh_selection",
    "reset_checkpoint_selection",
    "validate_only",
    "development",
    "parameters",
)

_OBJECT = 'Write one JSON object, such as `{"name": "value"}`.'
_LINES = 'Write `key=value` lines, or a JSON object of strings: `{"key": "value"}`.'


def parameters(text: str) -> Mapping[str, str]:
    """Read `key=value` lines, or a JSON object whose values are strings."""
    if not text.startswith("{"):
        return _lines(text)
    found = {}
    for key, value in _json_object(text, _LINES).items():
        if not isinstance(value, str):
            what = f"The value of {shown(key)} is not a string."
            raise Unfit(what, "Put it in double quotes.")
        found[_key(key)] = value
    return found


def request_fields(text: str) -> JsonObject:
    """Read extra fields of StartUpdate; those that have an input are refused."""
    fields = _json_object(text, _OBJECT)
    for field in fields:
        plain = _plain(field)
        for known in FIELDS_WITH_INPUT:
            if plain == _plain(known):
                name = known.replace("_", "-")
                raise Unfit(f"`{known}` has an input.", f"Use `{name}`.")
        if plain == "cause":
            # Ours is told from other updates, after a lost answer, by its cause.
            raise Unfit("`cause` is recorded by the server.", "Leave it out.")
    return fields


def _plain(field: str) -> str:
    """Return *field* without case and marks: protobuf's JSON knows `fullRefresh`."""
    return field.replace("_", "").replace("-", "").lower()


def _lines(text: str) -> dict[str, str]:
    """Read `key=value` lines; blank lines are left out."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise Unfit(f"Line {number} holds no `=`.", _LINES)
        key = _key(key.strip())
        if key in found:
            raise Unfit(f"It gives {shown(key)} twice.", "Keep one of them.")
        found[key] = value.strip()
    return found


def _key(key: str) -> str:
    """Refuse a key that is empty or holds blanks or control characters."""
    if key and key.isprintable() and " " not in key:
        return key
    raise Unfit("A key is empty or holds a blank.", _LINES)


def _json_object(text: str, remedy: str) -> JsonObject:
    """Read one JSON object (RFC 8259) in which no name comes twice."""
    try:
        found = json.loads(text, object_pairs_hook=_distinct, parse_constant=_constant)
    except json.JSONDecodeError as error:
        what = f"It is not JSON (line {error.lineno}, column {error.colno})."
        raise Unfit(what, remedy) from None
    except (RecursionError, ValueError):
        # Python's own limits: the depth, and the digits of a number.
        what = "It is nested too deeply, or holds a number that is too long."
        raise Unfit(what, remedy) from None
    if isinstance(found, dict):
        return found
    raise Unfit("It is JSON, but not an object.", remedy)


def _distinct(pairs: _Pairs) -> JsonObject:
    """Build an object; Python alone would keep the last of two in silence."""
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise Unfit(f"It gives {shown(key)} twice.", "Keep one of them.")
        found[key] = value
    return found


def _constant(word: str) -> Never:
    """Refuse what Python reads but JSON does not have: NaN and the infinities."""
    raise Unfit(f"`{word}` is not JSON.", "Write a number.")
