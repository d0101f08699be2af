"""
Short names for the parts of a step: in front of lines of the log, and of folders.

Names are written by others, and need not differ. What stands in brackets has none of
its own, and a folder's name is of letters that every file system takes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from dlt_action.core.text import cut, one_line
from dlt_action.lean import dataclass

LONGEST_LABEL = 40  # characters: a line has to have room for what it tells
LONGEST_FOLDER = 60
_SHORT_ID = 8  # characters, as the workspace's own pages name things

_ONE_TIME = "dlt-action "
_LONGEST_NAME = 200

_ROUND = str.maketrans("[]", "()")
_NOT_OF_A_FOLDER = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a *name* (remote text, may be blank) and a unique *key*."""

    name: str
    key: str


def one_time(name: str, token: str) -> str:
    """What a one-time run for the pipeline of that *name* is called: by its *token*."""
    return f"{_ONE_TIME}{cut(name, _LONGEST_NAME)} {token[:_SHORT_ID]}"


def is_called_so(name: str, token: str) -> bool:
    """Whether a run of that *name* is the one that was started with *token*."""
    return name.startswith(_ONE_TIME) and name.endswith(f" {token[:_SHORT_ID]}")


def labels(parts: Sequence[Named]) -> tuple[str, ...]:
    """A label for each of *parts*, none like another."""
    names = [one_line(one.name).translate(_ROUND) for one in parts]
    shown = [cut(name, LONGEST_LABEL) for name in names]
    short = [one_line(one.key[:_SHORT_ID]).translate(_ROUND) for one in parts]
    longer = [
        f"{cut(name, LONGEST_LABEL - len(key) - 1)} {key}".strip()
        for name, key in zip(names, short, strict=True)
    ]
    whole = [cut(one_line(one.key).translate(_ROUND), LONGEST_LABEL) for one in parts]
    numbered = [f"part {number}" for number in range(1, len(parts) + 1)]
    return _first_that_differ((shown, longer, whole, numbered))


def folders(parts: Sequence[Named], taken: Collection[str] = ()) -> tuple[str, ...]:
    """The name of a folder for each of *parts*: none like another, nor *taken*."""
    names = [_NOT_OF_A_FOLDER.sub("-", one.name).strip("-._") for one in parts]
    shown = [name[:LONGEST_FOLDER] for name in names]
    keys = [_NOT_OF_A_FOLDER.sub("-", one.key).strip("-._") for one in parts]
    longer = [
        f"{name[: LONGEST_FOLDER - _SHORT_ID - 1]}-{key[:_SHORT_ID]}".strip("-._")
        for name, key in zip(names, keys, strict=True)
    ]
    numbered = [f"part-{number}" for number in range(1, len(parts) + 1)]
    short = [key[:LONGEST_FOLDER] for key in keys]
    return _first_that_differ((shown, longer, short, numbered), taken)


def _first_that_differ(
    choices: Sequence[Sequence[str]], taken: Collection[str] = ()
) -> tuple[str, ...]:
    """Of each part, the first choice that no other part has in any; else the last."""
    # What differs in capitals only is one folder on some systems, and one to the eye.
    seen = Counter(map(str.casefold, taken))
    for column in zip(*choices, strict=True):
        seen.update({one.casefold() for one in column})
    *first, last = choices
    return tuple(
        next((one for one in column if one and seen[one.casefold()] == 1), fallback)
        for *column, fallback in zip(*first, last, strict=True)
    )
