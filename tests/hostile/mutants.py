"""
Answers that are almost right: one thing less, another thing, a thing elsewhere.

What an API may do to a field without telling anybody, done to each field at any depth.
No replacement is a number that could be taken for nothing, and none is the one word
that means success: where a mutant shows either, it was not told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dlt_action.core.model import Json, JsonObject

Path = tuple[str | int, ...]


def _deep(levels: int) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = {"x": [value]}
    return value


WORDS: tuple[Json, ...] = ("", "x", "UNHEARD_OF", "\ud800", "\0", "long " * 20_000)
NUMBERS: tuple[Json, ...] = (
    *(7, -7, 7.5, "7", "-7", "7.5", "1e3", " 7", "\u0667", True, False),
    *(2**63, -(2**63), 10**4200, "9" * 30, 1e300, float("inf"), float("nan")),
)
SHAPES: list[Json] = [
    None,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"x": None},
    ["x"],
    [7],
    {"x": {"x": {}}},
    {"COMPLETED": "COMPLETED"},
    ["COMPLETED"],
    {"state": ["COMPLETED"]},
    _deep(150),
]
REPLACEMENTS = (*WORDS, *NUMBERS, *SHAPES)

# What may happen to a value that is there.
CHANGES: tuple[Callable[[Json], Json], ...] = (
    lambda value: [value],
    lambda value: [value, value],
    lambda value: {"value": value},
    json.dumps,
    lambda value: value[::-1] if isinstance(value, str | list) else [value, None],
)
RENAMED: tuple[Callable[[str], str], ...] = (
    lambda key: f"{key}_v2",
    lambda key: key.upper(),
    lambda key: "".join(part.capitalize() for part in key.split("_")),
    lambda _: "",
)

# How many mutants a place has; one in a list has none that is renamed.
KINDS_OF_MUTANTS = 1 + len(REPLACEMENTS) + len(CHANGES)


def paths(value: Json, here: Path = ()) -> Iterator[Path]:
    """Where each thing in *value* is, at any depth; lists by their first two."""
    pairs: Sequence[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value[:2]))
    for key, item in pairs:
        yield (*here, key)
        yield from paths(item, (*here, key))


def at(value: Json, path: Path) -> Json:
    """What is at *path* in *value*."""
    found: Any = value
    for key in path:
        found = found[key]
    result: Json = found
    return result


def put(value: Json, path: Path, change: Callable[[Any, Any], None]) -> Json:
    """A copy of *value* in which *change* was done to what holds the end of *path*."""
    holder: Any = value
    copy: Any = dict(holder) if isinstance(holder, dict) else list(holder)
    if len(path) == 1:
        change(copy, path[0])
    else:
        copy[path[0]] = put(copy[path[0]], path[1:], change)
    result: Json = copy
    return result


def _replacing(item: Json) -> Callable[[Any, Any], None]:
    def change(holder: Any, key: Any) -> None:  # noqa: ANN401 - a list or an object
        holder[key] = item

    return change


def _renaming(rename: Callable[[str], str]) -> Callable[[Any, Any], None]:
    def change(holder: Any, key: Any) -> None:  # noqa: ANN401 - likewise
        item = holder.pop(key)
        if isinstance(holder, dict):
            holder[rename(key)] = item

    return change


def _dropping(holder: Any, key: Any) -> None:  # noqa: ANN401 - likewise
    del holder[key]


def mutants_at(value: Json, path: Path) -> Iterator[Json]:
    """*value*, changed at *path* in every way."""
    yield put(value, path, _dropping)
    was = at(value, path)
    for item in (*REPLACEMENTS, *(change(was) for change in CHANGES)):
        yield put(value, path, _replacing(item))
    if isinstance(path[-1], str):
        for rename in RENAMED:
            yield put(value, path, _renaming(rename))


def mutants(value: JsonObject) -> Iterator[JsonObject]:
    """*value*, changed in one place, in every place and way."""
    for path in paths(value):
        for mutant in mutants_at(value, path):
            assert isinstance(mutant, dict)
            yield mutant
