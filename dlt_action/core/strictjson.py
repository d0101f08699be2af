"""JSON as the API writes it, and nothing that only looks like it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

from dlt_action.core.model import Json, JsonObject


def json_object(headers: Mapping[str, str], body: bytes) -> JsonObject | None:
    """
    The body as a JSON object, or None where it is anything else.

    Stricter than `json.loads`: the content type must say JSON, NaN is refused, and
    so are duplicate keys: of `{"state": "FAILED", "state": "COMPLETED"}` Python
    would keep the last.
    """
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _without_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "duplicate key"
        raise ValueError(message)
    return found


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
