"""Reading what is new in the event log. Its failing is told once and ends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Rejected
from dlt_action.core.logtimes import OVERLAP, Reach
from dlt_action.core.news import Noted
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

# A page token that expired is worth a new read; a server that refuses each is not.
MOST_READS_AGAIN = 3

# A backlog is read in parts, so that the state, the clocks and signals get their turn.
MOST_PAGES_AT_ONCE = 40

# A clock that is beside these is none, and one that is near the end of all years has no
# next one.
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


class LogReader:
    """Reads the log of one update, page by page."""

    def __init__(
        self,
        trip: Trip,
        log: EventLog,
        take: Callable[[list[Event]], None],
        *,
        beside: LogReader | None = None,
    ) -> None:
        """
        Read *log*, and hand each page's new events to *take*.

        *beside*: who reads the rest of it, and tells when that cannot be done.
        """
        self.pages = 0  # that were answered
        self.taken = 0  # events that were new
        self._trip = trip
        self.log = log
        self._take = take
        self._told = beside is None
        self._failed = False
        self._not_before = trip.now  # as the workspace asks, and for the log alone
        # The clock of whoever answers, and when it was looked at.
        self.clock: tuple[datetime, float] | None = None
        if beside is not None:
            self.clock = beside.clock

    @property
    def _there(self) -> datetime | None:
        """What time it is where the log is; None: nobody said."""
        if self.clock is None:
            return None
        told, when = self.clock
        return told + timedelta(seconds=self._trip.now - when)

    def _look_at_the_clock(self, answer: Executed) -> None:
        told = answer.at
        known = told is not None and _FIRST_YEAR < told.year < _LAST_YEAR
        self.clock = (told, self._trip.now) if told is not None and known else None

    def read(  # noqa: PLR0913 - how far, and how long
        self,
        reach: Reach = Reach.RIPE,
        *,
        overlap: timedelta = OVERLAP,
        until: float = inf,
        within: float = inf,
        most: int = MOST_PAGES_AT_ONCE,
        quiet: bool = False,
    ) -> Script[int | None]:
        """
        Read what is new; how much, or None where that was not all there is.

        What the last read left comes first, and then nothing else. *most* pages at
        once, each of them *within* seconds; none is asked for after *until*. *quiet*:
        that it fails is not told, because the whole API may be away.
        """
        trip, log, before = self._trip, self.log, self._trip.interrupted
        if trip.now < self._not_before:
            return None
        fresh, pages, again = 0, 0, MOST_READS_AGAIN
        if before is not None:
            most = 1
        call = log.more() or log.read(reach, overlap, self._there)
        while True:
            answer = yield from trip.send(call, within=min(within, trip.call_seconds()))
            if isinstance(answer, Executed):
                fresh += self._took(answer)
                pages += 1
                if not log.is_left:
                    return fresh
                late = pages >= most or trip.now >= until
                if late or trip.interrupted is not before:
                    return None
                call = log.more() or log.read(reach, overlap, self._there)
            elif again and log.refused(answer):
                again -= 1
                call = log.read(reach, overlap, self._there)
            else:
                self._fails(answer, quiet=quiet)
                return None

    def _took(self, answer: Executed) -> int:
        """Take a page; how many of its events are new."""
        self._look_at_the_clock(answer)
        page, token = wire.events(answer.body), wire.next_page(answer.body)
        events = self.log.took(page, token, self._there)
        self._take(events)
        self.pages, self._failed = self.pages + 1, False
        self.taken += len(events)
        self._trip.beat()
        return len(events)

    def look_ahead(self) -> Script[None]:
        """Read what failed, whatever lies before it, or cannot be read."""
        if self._trip.now < self._not_before:
            return
        answer = yield from self._trip.send(self.log.newest_errors())
        if isinstance(answer, Executed):
            self._take(self.log.glimpsed(wire.events(answer.body)))

    def _fails(
        self, answer: NotExecuted | Ambiguous | Rejected, *, quiet: bool
    ) -> None:
        if not isinstance(answer, Rejected) and answer.wait_hint is not None:
            self._not_before = self._trip.now + answer.wait_hint
        self.log.drop_page()  # it may be the page that fails
        # While the API is away, who asks for the state says so; this is the log alone.
        trip = self._trip
        if quiet:
            return
        calm = not trip.away_for and trip.interrupted is None
        if self._told and not self._failed and calm:
            trip.tell(
                Noted(
                    f"the event log cannot be read; the watch goes on: {answer.reason}"
                )
            )
        self._failed = True
