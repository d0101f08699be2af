"""
Why it failed: out of an event's chain of exceptions, what a person needs.

A chain runs from the wrapper to the cause and its messages hold stack traces, wrapped
wrappers and, for a violated expectation, the rows themselves, which are withheld first
of all (`core.rows`).
"""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.core import trimming, wire
from dlt_action.core.event import Event, Frame, Thrown
from dlt_action.core.hints import hint_of
from dlt_action.core.model import Level, Location
from dlt_action.core.record import Hint, Problem
from dlt_action.core.rows import without_rows
from dlt_action.core.text import one_line
from dlt_action.core.violations import listed
from dlt_action.lean import replace

_JVM = (".scala", ".java")
_OTHER_MESSAGES = 10  # of the chain, which are searched for what may help


def tells_failure(event: Event) -> bool:
    """Whether *event* tells of something that failed, for good or for now."""
    if event.level not in (Level.ERROR, Level.WARN):
        return False
    flow = wire.text(wire.child(event.details, "flow_progress"), "status")
    update = wire.text(wire.child(event.details, "update_progress"), "state")
    # A flow that is skipped tells again why the one before it failed.
    return flow != "SKIPPED" and (bool(event.chain) or "FAILED" in (flow, update))


def problem_of(event: Event) -> Problem:
    """What a person needs to know of a failure that *event* tells."""
    cause = _root(event.chain)
    message = without_rows(cause.message if cause is not None else event.message)
    line = trimming.telling_line(message) or without_rows(event.message)
    headline = one_line(trimming.headline(line), limit=500)
    name = _name(cause, line)
    return Problem(
        at=event.at,
        flow=event.flow,
        headline=headline,
        exception=name,
        detail=trimming.detail(message),
        location=_location(event, message),
        fatal=event.fatal,
        hint=_hint(event, name, f"{headline}\n{message}"),
        violated=listed(_messages(message, event.chain)),
    )


def _root(chain: tuple[Thrown, ...]) -> Thrown | None:
    # The innermost exception that has an error class says most; else the innermost
    # that says anything.
    telling = [thrown for thrown in chain if thrown.message.strip()]
    for thrown in reversed(telling):
        if thrown.error_class or _class_said(thrown.message):
            return thrown
    return telling[-1] if telling else None


def _class_said(message: str) -> str:
    return trimming.error_class(trimming.unwrapped(trimming.telling_line(message))[1])


def _name(cause: Thrown | None, line: str) -> str:
    wrapper, said = trimming.unwrapped(line)
    name = trimming.error_class(said)
    if not name and cause is not None:
        name = cause.error_class or wrapper or cause.class_name
    return one_line(name, limit=200)


def _hint(event: Event, name: str, message: str) -> Hint | None:
    # The cause has the first word; a wrapper may still know the class of it.
    hint = hint_of((name,), message)
    if hint is not None:
        return hint
    for thrown in list(reversed(event.chain))[:_OTHER_MESSAGES]:
        said = f"{thrown.class_name}\n{without_rows(thrown.message)}"
        hint = hint_of((thrown.error_class, _class_said(said)), said)
        if hint is not None:
            return hint
    return None


def _messages(message: str, chain: tuple[Thrown, ...]) -> Iterator[str]:
    yield message
    for thrown in list(reversed(chain))[:_OTHER_MESSAGES]:
        yield without_rows(thrown.message)


def _location(event: Event, message: str) -> Location | None:
    location = event.location
    if location is None:
        location = _user_frame(event.chain)
    if location is None or location.line is not None:
        return location
    # A position in a query is one in the file only where the file is SQL.
    if not location.path.lower().endswith(".sql"):
        return location
    return replace(location, line=trimming.position(message))


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
    frames = trimming.PYTHON_FRAME.finditer(message[: trimming.MOST_READ])
    for match in reversed(list(frames)):
        path = match["path"] or match["path2"]
        if trimming.is_users(path):
            cell = match["cell"]
            return Location(
                path=path,
                line=int(match["line"] or match["line2"]),
                cell=int(cell) if cell is not None else None,
            )
    return None


def _in_stack(frames: tuple[Frame, ...]) -> Location | None:
    for frame in frames:
        users = frame.file and not frame.file.endswith(_JVM)
        if users and trimming.is_users(frame.file):
            return Location(path=frame.file, line=frame.line)
    return None
