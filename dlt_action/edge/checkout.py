"""
Looking for files in the checkout: an untrusted tree of any size.

No link is followed out of the checkout; nor within, but that of a file which a person
named. The walk ends at a number of entries; what it found until then may not be all
there is, so it counts for nothing.
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from dlt_action.core.model import Location
from dlt_action.core.record import InCheckout, Outcome, Problem, Record
from dlt_action.core.signin.steps import Text
from dlt_action.core.sources import in_checkout, line_in, names
from dlt_action.core.text import cut
from dlt_action.edge.auth.courier import read_text
from dlt_action.lean import replace

MOST_ENTRIES = 100_000  # of folders; listing them takes half a second
DEEPEST = 60  # folders in each other
LONGEST_PATH = 200  # characters that are repeated
LARGEST_FILE = 2_000_000  # bytes; code is smaller
_ENCODING = "utf-8-sig"
codecs.lookup(_ENCODING)  # an import: none comes once an update may be running
# Copies, and what nobody wrote; hidden folders (.git, .venv, .databricks) are such too.
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


def with_sources(record: Record, root: Path) -> Record:
    """*record*, with the place in the checkout at *root* of each problem in it."""
    problems = [problem for one in record.outcomes for problem in _all_of(one)]
    places = {problem.location for problem in problems}
    known = located(root, [place for place in places if place is not None])
    if not known:
        return record

    def told(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        return tuple(
            problem
            if problem.location is None
            else replace(problem, source=known.get(problem.location))
            for problem in problems
        )

    def all_told(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        return tuple(
            replace(
                outcome,
                problems=told(outcome.problems),
                attempts=tuple(
                    replace(attempt, problems=told(attempt.problems))
                    for attempt in outcome.attempts
                ),
                parts=all_told(outcome.parts),
            )
            for outcome in outcomes
        )

    return replace(record, outcomes=all_told(record.outcomes))


def _all_of(outcome: Outcome) -> Iterator[Problem]:
    yield from outcome.problems
    for attempt in outcome.attempts:
        yield from attempt.problems
    for part in outcome.parts:
        yield from _all_of(part)


def located(
    root: Path, locations: Collection[Location], most: int = MOST_ENTRIES
) -> dict[Location, InCheckout]:
    """Which *locations* are in the checkout at *root*, and where."""
    wanted = frozenset(name for place in locations for name in names(place.path))
    if not wanted:
        return {}
    files = listed(root, wanted, most)
    found = {}
    for location in set(locations):
        place = _place(root, location, files)
        if place is not None:
            found[location] = place
    return found


def _place(root: Path, location: Location, files: Iterable[str]) -> InCheckout | None:
    file = in_checkout(location.path, files)
    text = None if file is None else text_of(root, file)
    if file is None or text is None:
        return None
    line = line_in(location, file, text)
    return None if line is None else InCheckout(file, line)


def listed(
    root: Path, wanted: Collection[str], most: int = MOST_ENTRIES
) -> tuple[str, ...]:
    """Files below *root* with a *wanted* name, relative to it; none if not all seen."""
    found: list[str] = []
    folders = [("", 0)]
    left = most
    while folders:
        folder, depth = folders.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = list(islice(listing, left + 1))
        except OSError:
            return ()
        left -= len(entries)
        if left < 0 or depth > DEEPEST:
            return ()
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if _worth_a_look(entry):
                folders.append((path, depth + 1))
            elif entry.name in wanted and entry.is_file(follow_symlinks=False):
                found.append(path)
    return tuple(sorted(found))


def _worth_a_look(entry: os.DirEntry[str]) -> bool:
    copied = entry.name.startswith(".") or entry.name in _SKIPPED
    return not copied and entry.is_dir(follow_symlinks=False)


def named(root: Path, name: str, most: int) -> Text:
    """
    The text of the file that a person *name*d, in the checkout or anywhere else.

    Its links lead where they do, but none leads out of the checkout: what is in there
    may be a stranger's.
    """
    path = os.path.normpath(root / name)
    if Path(path).is_relative_to(os.path.normpath(root)):
        return inside(root, name, most)
    return read_text(path, most, _only_a_file)


def inside(root: Path, name: str, most: int) -> Text:
    """The text of the file in the checkout that a person *name*d, likewise."""
    found = _inside(root, name, most)
    named = f"`{cut(name, LONGEST_PATH)}`: {found.cause}"
    return replace(found, cause=named) if found.cause else found


def _inside(root: Path, name: str, most: int) -> Text:
    try:
        base = root.resolve(strict=True)
        path = (base / name).resolve()
        if not path.is_relative_to(base):
            return Text(cause="a link leads out of the checkout")
        if path.is_dir():
            return Text(cause="it is a folder")
        if not path.exists():
            return Text(cause="there is no such file")
    except (OSError, RuntimeError):  # RuntimeError: before 3.13, of a loop of links
        return Text(cause="its path leads nowhere")
    return read_text(str(path), most, _only_a_file)


def _only_a_file(path: str, flags: int) -> int:
    """Open *path* if it is a file: a pipe would keep us waiting, a device for ever."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "it is not a file")


def text_of(root: Path, file: str) -> str | None:
    """The text of *file* below *root*; None if it cannot be read."""
    try:
        if not (root / file).resolve().is_relative_to(root.resolve()):
            return None
        # A pipe that somebody put there would keep us waiting.
        handle = os.open(root / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return _content(handle)
        finally:
            os.close(handle)
    except (OSError, RuntimeError, ValueError):  # RuntimeError: of a link loop
        return None


def _content(handle: int) -> str | None:
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_FILE:
        return None
    with open(handle, "rb", closefd=False) as file:
        return file.read(LARGEST_FILE).decode(_ENCODING, "replace")
