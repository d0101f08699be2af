"""Reading what is new in the event log. Its failing is told once and ends nothing."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.exchange import Executed
from dlt_action.core.news import Noted
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

# A page token that expired is worth a new read; a server that refuses each is not.
MOST_READS_AGAIN = 3


class LogReader:
    """Reads the log of one update, page by page."""

    def __init__(
        self, trip: Trip, log: EventLog, take: Callable[[list[Event]], None]
    ) -> None:
        """Read *log*, and hand each page's new events to *take*."""
        self._trip = trip
        self._log = log
        self._take = take
        self._failed = False

    def read(self) -> Script[int | None]:
        """Read all that is new; how much, or None where the log did not answer."""
        log, fresh, again = self._log, 0, MOST_READS_AGAIN
        call = log.read()
        while True:
            answer = yield from self._trip.send(call)
            if isinstance(answer, Executed):
                events = log.took(wire.events(answer.body), wire.next_page(answer.body))
                self._take(events)
                fresh += len(events)
                following = log.more()
                if following is None or self._trip.out_of_time:
                    self._failed = False
                    return fresh
                call = following
            elif again and log.refused(answer):
                again -= 1
                call = log.read()
            else:
                self._fails(answer.reason)
                return None

    def _fails(self, reason: str) -> None:
        # While the API is away, who asks for the state says so; this is the log alone.
        trip = self._trip
        if not self._failed and not trip.away_for and not trip.out_of_time:
            trip.tell(
                Noted(f"the event log cannot be read; the watch goes on: {reason}")
            )
        self._failed = True
