"""
Where a place in the workspace is in the repository.

A path of the workspace (`/Workspace/Users/x/.bundle/shop/dev/files/src/orders.py`) ends
in a path of the repository. The longest such end that the checkout has is taken, and
only if nothing else has it: a wrong file is worse than none. What a bundle deployed, or
a Git folder holds, is known from the path: there, all that follows has to agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from dlt_action.core.model import Location
from dlt_action.core.record import Problem
from dlt_action.core.words import place
from dlt_action.lean import replace

LONGEST_PATH = 1000  # characters; what is longer is no file that anybody wrote
SOURCES = (".py", ".sql", ".ipynb", ".scala", ".r", ".R")

# Notebooks as source files: what the first line says, and what parts the cells.
_MARKS = {".py": "#", ".r": "#", ".R": "#", ".sql": "--", ".scala": "//"}
_BUNDLE_FILES = "files"


def names(path: str) -> frozenset[str]:
    """The names that a file of the checkout may have for *path* to be of it."""
    parts = _parts(path)
    return frozenset(_spellings(parts[-1])) if parts else frozenset()


def in_checkout(path: str, files: Iterable[str]) -> str | None:
    """The one of *files*, relative to the checkout, that *path* is; None if unsure."""
    parts = _parts(path)
    if not parts:
        return None
    least = _certain(parts)
    wanted = {(*parts[:-1], name) for name in _spellings(parts[-1])}
    best, found = 0, set[str]()
    for file in files:
        theirs = tuple(file.split("/"))
        common = max(_common(mine, theirs) for mine in wanted)
        if common < max(least, best):
            continue
        if common > best:
            best, found = common, set()
        found.add(file)
    return found.pop() if len(found) == 1 else None


def _parts(path: str) -> tuple[str, ...]:
    if len(path) > LONGEST_PATH or "\0" in path or "\\" in path:
        return ()
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    return () if ".." in parts else parts


def _spellings(name: str) -> tuple[str, ...]:
    # The workspace shows a notebook without the suffix that its file has.
    if name.endswith(SOURCES):
        return (name,)
    return (name, *(name + suffix for suffix in SOURCES))


def _common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    number = 0
    for one, other in zip(reversed(mine), reversed(theirs), strict=False):
        if one != other:
            break
        number += 1
    return number


def _certain(parts: tuple[str, ...]) -> int:
    """How many parts at the end of a path have to agree: the file's name at least."""
    if ".bundle" in parts:
        # …/.bundle/<bundle>/<target>/files/<path in the bundle>
        start = parts.index(".bundle") + 3
        if parts[start : start + 1] == (_BUNDLE_FILES,) and len(parts) > start + 1:
            return len(parts) - start - 1
    inner = parts[1:] if parts[0] == "Workspace" else parts
    if inner[:1] == ("Repos",) and len(inner) > 3:  # noqa: PLR2004 - Repos/who/repo/…
        return len(inner) - 3
    return 1


def line_in(location: Location, file: str, text: str) -> int | None:
    """The line of *file*, which holds *text*, for *location*; None if it has none."""
    lines = text.removesuffix("\n").split("\n")  # as editors count, form feeds or not
    if location.cell is None:
        return _within(location.line, 1, len(lines))
    if file.endswith(".ipynb"):
        return _cell_of_json(location.cell, text)
    first = _cell_of_source(location.cell, file, lines)
    if first is None:
        return None
    start, end = first
    line = 1 if location.line is None else location.line
    return _within(start + line - 1, start, end)


def _within(line: int | None, first: int, last: int) -> int | None:
    # Where the checkout is not what was deployed, a line may not exist. A file that
    # was found and a line that nobody told: its first one.
    if line is None:
        return first
    return line if first <= line <= last else None


def _cell_of_json(cell: int, text: str) -> int | None:
    # Lines of a cell are strings in JSON, and whoever reviews sees the notebook
    # rendered: the file is the place, and the message names cell and line.
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = document.get("cells") if isinstance(document, dict) else None
    known = isinstance(cells, list) and 1 <= cell <= len(cells)
    return 1 if known else None


def _cell_of_source(
    cell: int, file: str, lines: Sequence[str]
) -> tuple[int, int] | None:
    # The first cell begins with the file, each other one below the line that parts it
    # from the one before: so does Databricks' own extension for VS Code count.
    mark = next((_MARKS[end] for end in _MARKS if file.endswith(end)), "")
    if (
        not lines
        or not mark
        or lines[0].strip() != f"{mark} Databricks notebook source"
    ):
        return None
    parting = re.compile(re.escape(f"{mark} COMMAND ----------"))
    parts = [n for n, line in enumerate(lines, start=1) if parting.match(line)]
    starts = [1, *(number + 1 for number in parts)]
    ends = [*(number - 1 for number in parts), len(lines)]
    if not 1 <= cell <= len(starts):
        return None
    return starts[cell - 1], ends[cell - 1]


def told(problem: Problem) -> str:
    """Where *problem* is, in the repository if known; ``""`` where nobody knows."""
    where, source = problem.location, problem.source
    if source is None:
        return "" if where is None else place(where)
    if where is not None and where.cell is not None and source.path.endswith(".ipynb"):
        return place(replace(where, path=source.path))  # a cell is all there is to say
    return f"{source.path}:{source.line}"
