"""Reading the fields of a request body; a 400 for a value that is not of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dlt_action.standin.wire import Json, JsonObject, Refusal, invalid, truth

Names: TypeAlias = tuple[str, ...]


def _bad(name: str) -> Refusal:
    return invalid(f"Could not parse request object: bad value of '{name}'.")


def knows(body: JsonObject, known: frozenset[str]) -> None:
    """A 400 for a field that the API does not have."""
    for name in body:
        if name not in known:
            raise invalid(f"Could not parse request object: unknown field '{name}'.")


def text(body: JsonObject, name: str, unsaid: str | None = None) -> str:
    """A text; one without *unsaid* has to be there."""
    found = body.get(name)
    if found is None:
        if unsaid is None:
            raise invalid(f"Missing required field: {name}")
        return unsaid
    if not isinstance(found, str):
        raise _bad(name)
    return found


def whole(found: Json, name: str) -> int:
    """A whole number, which JSON of the API may also write as text."""
    if isinstance(found, str) and found.lstrip("-").isascii():
        digits = found.removeprefix("-")
        if digits.isdigit():
            return int(found)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise _bad(name)


def number(body: JsonObject, name: str, unsaid: int | None = None) -> int:
    """A whole number; one without *unsaid* has to be there."""
    found = body.get(name)
    if found is None:
        if unsaid is None:
            raise invalid(f"Missing required field: {name}")
        return unsaid
    return whole(found, name)


def flag(body: JsonObject, name: str, *, unsaid: bool = False) -> bool:
    """Yes or no."""
    found = body.get(name)
    if found is None:
        return unsaid
    said = truth(found)
    if said is None:
        raise _bad(name)
    return said


def obj(body: JsonObject, name: str) -> JsonObject:
    """An object; empty where there is none."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _bad(name)
    return found


def objects(body: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """A list of objects; empty where there is none."""
    found = body.get(name)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise _bad(name)
    listed = tuple(item for item in found if isinstance(item, Mapping))
    if len(listed) < len(found):
        raise _bad(name)
    return listed


def names(body: JsonObject, name: str) -> Names:
    """A list of texts; empty where there is none."""
    found = body.get(name)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise _bad(name)
    listed = tuple(item for item in found if isinstance(item, str))
    if len(listed) < len(found):
        raise _bad(name)
    return listed


def name_map(body: JsonObject, name: str) -> dict[str, str]:
    """Texts by name; empty where there are none."""
    found = obj(body, name)
    listed = {key: value for key, value in found.items() if isinstance(value, str)}
    if len(listed) < len(found):
        raise _bad(name)
    return listed
