"""
Why it failed: out of an event's chain of exceptions, what a person needs.

A chain runs from the wrapper to the cause and its messages hold stack traces, wrapped
wrappers and, for a violated expectation, the rows themselves. Rows can be personal
data and are cut here, before anything can print or store them.
"""

from __future__ import annotations

import re

from dlt_action.core import wire
from dlt_action.core.event import Event, Frame, Thrown
from dlt_action.core.model import Level, Location
from dlt_action.core.record import Problem
from dlt_action.core.text import one_line

MOST_DETAIL_LINES = 30
MOST_DETAIL_CHARACTERS = 4000

# "… Violated expectations: 'a'. Input data: '{…}'. Output record: '{…}'. Missing
# input data: false": everything from the first row on, since a row may hold quotes
# and whatever else seems to end it.
_ROWS = re.compile(r"(?:Input data|Output record)\s*:.*", re.DOTALL)

# Of a Python traceback: notebook frames name their cell, files do not.
_PYTHON_FRAME = re.compile(
    r'File "(?P<path>[^"\n]+)"'
    r"(?:, cell (?P<cell>[0-9]{1,6}))?, line (?P<line>[0-9]{1,9})"
)

_NOT_USERS = ("/site-packages/", "/dist-packages/", "/databricks/", "/lib/python")
_JVM = (".scala", ".java")
_ERROR_CLASS = re.compile(r"^\s*\[[A-Z][A-Z0-9_.]+\]")


def without_rows(text: str) -> str:
    """*text* without the rows that a violated expectation quotes."""
    return _ROWS.sub("(row data withheld)", text)


def tells_failure(event: Event) -> bool:
    """Whether *event* tells of something that failed, for good or for now."""
    if event.level not in (Level.ERROR, Level.WARN):
        return False
    flow = wire.text(wire.child(event.details, "flow_progress"), "status")
    update = wire.text(wire.child(event.details, "update_progress"), "state")
    return bool(event.chain) or "FAILED" in (flow, update)


def problem_of(event: Event) -> Problem:
    """What a person needs to know of a failure that *event* tells."""
    cause = _root(event.chain)
    message = without_rows(cause.message if cause is not None else event.message)
    location = event.location
    if location is None:
        location = _user_frame(event.chain)
    return Problem(
        at=event.at,
        flow=event.flow,
        headline=_headline(message, event),
        exception=_name(cause),
        detail=_detail(message),
        location=location,
        fatal=event.fatal,
    )


def _root(chain: tuple[Thrown, ...]) -> Thrown | None:
    # The innermost exception that has an error class says most; else the innermost
    # that says anything.
    telling = [thrown for thrown in chain if thrown.message.strip()]
    for thrown in reversed(telling):
        if thrown.error_class or _ERROR_CLASS.match(thrown.message):
            return thrown
    return telling[-1] if telling else None


def _name(cause: Thrown | None) -> str:
    if cause is None:
        return ""
    return one_line(cause.error_class or cause.class_name, limit=200)


def _headline(message: str, event: Event) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return one_line(without_rows(event.message), limit=500)
    if lines[0].startswith("Traceback"):
        # A traceback says what happened in its last line; a cut one (the log
        # truncates) ends in a source line, which is still better than the first.
        return one_line(lines[-1], limit=500)
    return one_line(lines[0], limit=500)


def _detail(message: str) -> str:
    lines = message.strip().splitlines()
    if len(lines) > MOST_DETAIL_LINES:
        left = len(lines) - MOST_DETAIL_LINES
        lines = [*lines[:MOST_DETAIL_LINES], f"… {left} more lines"]
    text = "\n".join(lines)
    if len(text) > MOST_DETAIL_CHARACTERS:
        return text[:MOST_DETAIL_CHARACTERS] + " …"
    return text


def _user_frame(chain: tuple[Thrown, ...]) -> Location | None:
    for thrown in reversed(chain):
        location = _in_traceback(without_rows(thrown.message))
        if location is None:
            location = _in_stack(thrown.frames)
        if location is not None:
            return location
    return None


def _in_traceback(message: str) -> Location | None:
    # The last call is the nearest to the error; the first user frame from there.
    for match in reversed(list(_PYTHON_FRAME.finditer(message))):
        path = match["path"]
        if not path.startswith("<") and not any(part in path for part in _NOT_USERS):
            cell = match["cell"]
            return Location(
                path=path,
                line=int(match["line"]),
                cell=int(cell) if cell is not None else None,
            )
    return None


def _in_stack(frames: tuple[Frame, ...]) -> Location | None:
    for frame in frames:
        users = frame.file and not frame.file.endswith(_JVM)
        if users and not any(part in frame.file for part in _NOT_USERS):
            return Location(path=frame.file, line=frame.line)
    return None
