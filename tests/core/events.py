"""Events as a test needs them: what matters is said, the rest is ordinary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dlt_action.core.event import Event, Thrown
from dlt_action.core.model import Json, JsonObject, Level, UpdateId

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """The time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def event(
    kind: str,
    details: JsonObject,
    seconds: float = 0.0,
    *,
    flow: str | None = None,
    level: Level = Level.INFO,
) -> Event:
    """An event of *kind* with the *details* of its kind."""
    return Event(
        event_id=f"{kind}/{flow}/{seconds}/{details}",
        at=at(seconds),
        event_type=kind,
        level=level,
        message=f"{kind} of {flow}",
        update_id=UpdateId("u1"),
        flow=flow,
        details={kind: details},
    )


def state(name: str, seconds: float = 0.0, **more: Json) -> Event:
    """The update entered a state."""
    return event("update_progress", {"state": name, **more}, seconds)


def flow(
    name: str, status: str, seconds: float = 0.0, more: JsonObject | None = None
) -> Event:
    """A flow made progress; *more* are its metrics and its quality."""
    details: JsonObject = {"status": status, **({} if more is None else more)}
    return event("flow_progress", details, seconds, flow=name)


def thrown(message: str, error_class: str = "", class_name: str = "") -> Thrown:
    """One exception of a chain."""
    return Thrown(class_name=class_name, error_class=error_class, message=message)
