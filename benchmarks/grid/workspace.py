"""
The least of a workspace that the product's machine can follow an update in.

Answers are those of the Pipelines API as it is documented, without HTTP around them,
because a grid is a million calls. It is asked by the calls of `dlt_action.core.calls`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.grid.course import Course, Flow, Log
from dlt_action.core.calls import Call
from dlt_action.core.exchange import Executed, Outcome, Rejected
from dlt_action.core.model import Json, JsonObject

PIPELINE = "8199cd89-e2f5-4169-a6aa-656a24c8886d"
UPDATE = "4518bfc6-f9d6-4a17-8038-1ad43f74c6da"
PAST = "0b6c1d0a-6d2c-4e57-8e6c-3a2f6a1d7f10"
BEGAN = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = 86400.0
MOST = 1000  # events of a page

_OURS = re.compile(r"update_id = '([^']*)'")
_SINCE = re.compile(r"timestamp >= '([^']*)'")
_BEFORE = re.compile(r"timestamp < '([^']*)'")
_LAST = "9999"  # later than any timestamp
_EVERY = 60.0  # seconds between two events of a flow that never ends

_REFUSED = Rejected(
    status=403, error_code="PERMISSION_DENIED", message="no log for you"
)


class Workspace:
    """One pipeline, whose update goes as *course* says."""

    def __init__(self, course: Course) -> None:
        """Begin with the start of the update."""
        self._course = course
        self._tapes = {UPDATE: Tape(course, UPDATE, 0.0)}
        self._pages: dict[str, list[Json]] = {}
        if course.past is not None:
            self._tapes[PAST] = Tape(course.past, PAST, -DAY)

    def answer(self, call: Call, at: float) -> Outcome:
        """What it answers at that moment."""
        _, _, kind = call.path.removeprefix("/api/2.0/pipelines/").partition("/")
        if kind == "events" and self._course.log is Log.UNREADABLE:
            return _REFUSED
        return Executed(body=self._body(kind, dict(call.query), at), at=_date(at))

    def _body(self, kind: str, query: dict[str, str], at: float) -> JsonObject:
        if kind == "events":
            return self._events(query, at)
        if kind == "updates":
            return {"updates": [*self._updates(at)]}
        if kind.startswith("updates/"):
            return {"update": self._update(at)}
        return self._pipeline(at)

    def ended(self, call: Call, at: float) -> bool:
        """Whether the answer to *call* is that the update has ended."""
        return call.path.endswith(UPDATE) and at >= self._course.end

    def _update(self, at: float) -> JsonObject:
        return _info(UPDATE, self._course.state(at), 0.0)

    def _updates(self, at: float) -> Iterator[JsonObject]:
        yield self._update(at)
        if self._course.past is not None:
            yield _info(PAST, "COMPLETED", -DAY)

    def _pipeline(self, at: float) -> JsonObject:
        update = self._update(at)
        newest: JsonObject = {"update_id": UPDATE, "state": update["state"]}
        running = at < self._course.end
        return {
            "pipeline_id": PIPELINE,
            "name": "orders",
            "state": "RUNNING" if running else "IDLE",
            "latest_updates": [newest],
        }

    def _events(self, query: dict[str, str], at: float) -> JsonObject:
        token = query.get("page_token")
        found = self._asked(query, at) if token is None else self._pages.pop(token)
        body: JsonObject = {"events": found[:MOST]}
        if len(found) > MOST:
            token = str(len(self._pages))
            self._pages[token] = found[MOST:]
            body["next_page_token"] = token
        return body

    def _asked(self, query: dict[str, str], at: float) -> list[Json]:
        asked = query["filter"]
        ours, since = _OURS.search(asked), _SINCE.search(asked)
        before = _BEFORE.search(asked)
        assert ours is not None  # noqa: S101 - the product always asks so
        found = self._tapes[ours[1]].shown(
            at,
            "" if since is None else since[1],
            _LAST if before is None else before[1],
        )
        return found[::-1] if query["order_by"].endswith("desc") else found


class Tape:
    """The log of one update, oldest event first."""

    def __init__(self, course: Course, update: str, began: float) -> None:
        """Record all of *course*, which began so many seconds after ours."""
        told = sorted(_told(course), key=lambda event: event[0])
        self._behind = course.behind
        self._moments = [began + at for at, _ in told]
        self._stamps = [_stamp(at) for at in self._moments]
        self._bodies: list[Json] = [
            _event(number, stamp, update, body)
            for number, (stamp, (_, body)) in enumerate(
                zip(self._stamps, told, strict=True)
            )
        ]

    def shown(self, at: float, since: str, before: str) -> list[Json]:
        """The events that can be seen then, between two timestamps."""
        seen = bisect_right(self._moments, at - self._behind)
        first, last = (
            bisect_left(self._stamps, since),
            bisect_left(self._stamps, before),
        )
        return self._bodies[first : min(seen, last)]


def _told(course: Course) -> Iterator[tuple[float, JsonObject]]:
    """What the log tells of an update: when, type and details of each event."""
    yield 0.0, {"create_update": {"cause": "API_CALL"}}
    for at, state in course.states:
        yield at, {"update_progress": {"state": state}}
    if course.log is Log.NO_FLOWS:
        return
    if course.running < course.end:
        for number in range(course.planned):
            yield course.running, _flow("flow_definition", number, flow_type="APPEND")
            yield course.running, _flow("flow_progress", number, status="QUEUED")
    for number, flow in enumerate(course.flows):
        for at, status in _statuses(course, flow):
            yield at, _flow("flow_progress", number, status=status)


def _statuses(course: Course, flow: Flow) -> Iterator[tuple[float, str]]:
    yield flow.began, "STARTING"
    yield flow.began, "RUNNING"
    if course.log is Log.ENDLESS:
        for turn in range(1, int((course.end - flow.began) / _EVERY) + 1):
            yield flow.began + turn * _EVERY, "RUNNING"
    elif flow.ended < course.end:
        yield flow.ended, "COMPLETED"
    else:
        yield course.end, "FAILED"


def _flow(kind: str, number: int, **details: Json) -> JsonObject:
    return {kind: {**details}, "flow": f"flow_{number}"}


def _event(number: int, stamp: str, update: str, body: JsonObject) -> JsonObject:
    origin: JsonObject = {"pipeline_id": PIPELINE, "update_id": update}
    details = {**body}
    if (flow := details.pop("flow", None)) is not None:
        origin["flow_name"] = flow
    kind = next(iter(details))
    return {
        "id": f"{update[:4]}-{number}",
        "sequence": {"control_plane_seq_no": number},
        "timestamp": stamp,
        "level": "INFO",
        "event_type": kind,
        "message": kind,
        "origin": origin,
        "details": details,
    }


def _info(update: str, state: str, began: float) -> JsonObject:
    created = int((BEGAN.timestamp() + began) * 1000)
    return {
        "pipeline_id": PIPELINE,
        "update_id": update,
        "state": state,
        "cause": "API_CALL",
        "creation_time": created,
    }


def _date(at: float) -> datetime:
    return (BEGAN + timedelta(seconds=at)).replace(microsecond=0)


def _stamp(at: float) -> str:
    moment = BEGAN + timedelta(seconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
