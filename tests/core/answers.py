"""What a workspace answers, as outcomes of exchanges."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dlt_action.core.event import Event
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Rejected
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.reply import FaultKind
from tests.core.events import state as state_event

U1, U2, U3 = "u1", "u2", "u3"

AWAY = NotExecuted(reason=FaultKind.UNCONNECTED.value)
LOST = Ambiguous(reason=FaultKind.READ_TIMEOUT.value)
ABANDONED = Ambiguous(reason=FaultKind.ABANDONED.value)
BROKEN = Ambiguous(reason="HTTP 503 with text/html", status=503)
HOPELESS = NotExecuted(reason=FaultKind.UNTRUSTED.value, hopeless=True)
STOPPED = Executed(body={})


def dated(answer: Executed, at: datetime) -> Executed:
    """*answer* with the workspace's time in it: the header Date."""
    return replace(answer, at=at)


def busy(with_update: str) -> Rejected:
    """The refusal of a start because *with_update* is active."""
    message = f"An active update '{with_update}' already exists for pipeline 'p1'."
    return refused(409, message)


def throttled(hint: float | None = None) -> NotExecuted:
    """HTTP 429."""
    return NotExecuted(reason="HTTP 429", wait_hint=hint, throttled=True)


def refused(status: int, message: str = "no", code: str | None = None) -> Rejected:
    """A 4xx that says why."""
    return Rejected(status=status, error_code=code, message=message)


def info(update: str, state: str, cause: str = "API_CALL", **more: Json) -> JsonObject:
    """One update as the API describes it."""
    return {"update_id": update, "state": state, "cause": cause, **more}


def update(name: str, state: str, cause: str = "API_CALL", **more: Json) -> Executed:
    """The answer to GET update."""
    return Executed(body={"update": info(name, state, cause, **more)})


def updates(*newest_first: JsonObject, token: str | None = None) -> Executed:
    """A page of the list of updates."""
    listed: list[Json] = list(newest_first)
    body: JsonObject = {"updates": listed}
    return Executed(body=body if token is None else {**body, "next_page_token": token})


def started(name: str) -> Executed:
    """The answer to a start."""
    return Executed(body={"update_id": name})


def pipeline(newest: str, state: str = "RUNNING", *older: JsonObject) -> Executed:
    """The answer to GET pipeline."""
    latest: list[Json] = [{"update_id": newest, "state": "RUNNING"}, *older]
    return Executed(
        body={"pipeline_id": "p1", "state": state, "latest_updates": latest}
    )


def json_of(event: Event, update: str = U1) -> JsonObject:
    """*event* as the API sends it."""
    return {
        "id": event.event_id,
        "timestamp": event.at.isoformat(),
        "event_type": event.event_type,
        "level": event.level.value,
        "message": event.message,
        "origin": {"update_id": update, "flow_name": event.flow},
        "details": dict(event.details),
        "error": {
            "exceptions": [
                {"message": one.message, "error_class": one.error_class}
                for one in event.chain
            ]
        },
    }


def events(*found: Event, update: str = U1, token: str | None = None) -> Executed:
    """A page of the event log."""
    body: JsonObject = {"events": [json_of(one, update) for one in found]}
    return Executed(body=body if token is None else {**body, "next_page_token": token})


def log_of(*states: str, update: str = U1) -> Executed:
    """A log that tells these states, a second each."""
    told = [state_event(name, second) for second, name in enumerate(states)]
    return events(*told, update=update)
