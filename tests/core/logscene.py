"""A log that is served in pages, and a logbook that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from dlt_action.core.calls import Call
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.logbook import Logbook
from dlt_action.core.model import Json, JsonObject, PipelineId, UpdateId
from dlt_action.core.steps import Script, Send
from dlt_action.core.trip import Trip
from tests.core.events import at
from tests.core.playbook import BEGAN

PAGE = 10
TOLD, METRICS = "level in ('INFO', 'WARN', 'ERROR')", "level in ('METRICS')"


def entry(number: int, seconds: float, level: str = "METRICS") -> JsonObject:
    """One event as the API shows it."""
    return {
        "id": f"e{number}",
        "timestamp": at(seconds).isoformat(),
        "level": level,
        "event_type": "flow_progress",
        "origin": {"update_id": "u1"},
    }


class Scene:
    """A log that is served in pages, and a logbook that reads it."""

    def __init__(self, *log: JsonObject) -> None:
        self.log = list(log)
        self.trip = Trip(began=BEGAN, deadline=BEGAN + 1e4, chance=lambda: 0.5)
        self.taken: list[str] = []
        self.asked: list[str] = []  # for which events each new read asked
        self.calls = 0
        self.received = 0  # events, however often
        self.page = PAGE
        # How far the clock of whoever answers is ahead; None: no answer tells it.
        self.ahead: float | None = None
        # How late each event becomes visible, by its number; None: all are there.
        self.late: Callable[[int], float] | None = None
        self.withins: list[float] = []
        self.takes = 0.2
        self.filters = True  # whether the levels that are asked for are kept to
        self.instead: Callable[[str], Outcome | None] = lambda _: None
        self.by_token = False  # whether the last call asked for a further page
        self.book = Logbook(
            self.trip, EventLog(PipelineId("p1"), UpdateId("u1")), self._take
        )
        self._found: list[JsonObject] = []

    def _take(self, events: list[Event]) -> None:
        self.taken += [event.event_id for event in events]

    def plays(self, script: Script[object]) -> Scene:
        """Play *script*, each of whose calls takes its time."""
        step = next(script, None)
        while step is not None:
            answer = None
            if isinstance(step, Send):
                self.withins.append(step.within)
                self.trip.at(self.trip.now + min(self.takes, step.within))
                answer = self._answer(step.call)
            else:
                self.trip.at(step.until)
            try:
                step = script.send(answer)
            except StopIteration:
                step = None
        return self

    def reads(self) -> Scene:
        """Read what is new."""
        return self.plays(self.book.read())

    def rests(self, seconds: float = 20.0) -> Scene:
        """Use a pause."""
        until = self.trip.now + seconds
        self.plays(self.book.use_pause(until))
        self.trip.at(max(until, self.trip.now))
        return self

    def settles(self, seconds: float = 10.0, *, whole: bool = True) -> Scene:
        """Read to the end."""
        return self.plays(self.book.settle(seconds, lambda: whole))

    def _answer(self, call: Call) -> Outcome:
        self.calls += 1
        query = dict(call.query)
        # A token tells where the page begins, and of what.
        begin, _, where = query.get("page_token", "0 ").partition(" ")
        where = query.get("filter", where)
        self.by_token = "page_token" in query
        if "filter" in query:
            self.asked.append(where)
        answer = self.instead(where)
        if answer is not None:
            return answer
        levels = (
            where if self.filters else re.sub(r" AND level in \([^)]*\)", "", where)
        )
        found = sorted(matching(self._visible(), levels), key=time_of)
        end = int(begin) + self.page
        page: list[Json] = [*found[int(begin) : end]]
        self.received += len(page)
        more: JsonObject = {"next_page_token": f"{end} {where}"}
        body = {"events": page, **(more if end < len(found) else {})}
        return Executed(body=body, at=self._date())

    def _date(self) -> datetime | None:
        if self.ahead is None:
            return None
        return at(self.seconds + self.ahead).replace(microsecond=0)

    @property
    def seconds(self) -> float:
        """Since the first event could be written."""
        return self.trip.now - BEGAN

    def _visible(self) -> list[JsonObject]:
        if self.late is None:
            return self.log
        late, now = self.late, at(self.seconds)
        return [
            one
            for number, one in enumerate(self.log)
            if time_of(one) + timedelta(seconds=late(number)) <= now
        ]

    def said(self, levels: str) -> int:
        """How many reads asked for these *levels*."""
        return sum(levels in where for where in self.asked)


def matching(log: list[JsonObject], where: str) -> list[JsonObject]:
    """The events for which the filter *where* holds."""
    since, until = bound(where, ">="), bound(where, "<")
    held = [
        one
        for one in log
        if (since is None or time_of(one) >= since)
        and (until is None or time_of(one) < until)
    ]
    if "level in" not in where:
        return held
    return [one for one in held if f"'{one['level']}'" in where]


def bound(where: str, sign: str) -> datetime | None:
    """The time that a filter has with that *sign*."""
    _, found, told = where.partition(f"timestamp {sign} '")
    return parsed(told.split("'")[0]) if found else None


def time_of(one: JsonObject) -> datetime:
    """When an event was written."""
    return parsed(str(one["timestamp"]))


@lru_cache(maxsize=50_000)
def parsed(stamp: str) -> datetime:
    """The time in a text."""
    return datetime.fromisoformat(stamp)
