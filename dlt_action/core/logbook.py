"""
The log of one update, as it is read while the update is followed.

What people wait for is read after each look at the state. Where METRICS events make a
log longer than a page, they would keep the looks waiting: these are read in the pauses,
by a cursor of their own, so that little of them is left at the end. There, whoever
needs their numbers waits for them, for as long as pages bring something new.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from dlt_action.core.event import EPOCH, Event
from dlt_action.core.eventlog import LONG_OVERLAP, OVERLAP, EventLog
from dlt_action.core.logreader import LogReader
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

SETTLE_PAUSE = 1.0
SETTLE_AT_MOST = 300.0  # however much there is to read

# Each read of METRICS events asks for half a minute again: not too often.
METRICS_EVERY = 60.0
METRICS_LONG_OVERLAP = timedelta(minutes=1)

# A page that is on its way may end a little after the pause, and not much.
SHORTEST_PAUSE = 1.0
LONGEST_CALL = 10.0

MOST_TRIES = 3  # of METRICS events alone, before they are read with the rest


class Logbook:
    """Reads the log of one update, and says how much of it was read."""

    def __init__(
        self, trip: Trip, log: EventLog, take: Callable[[list[Event]], None]
    ) -> None:
        """Read *log*, and hand each page's new events to *take*."""
        self._trip = trip
        self._log = log
        self._take = take
        self._story = LogReader(trip, log, take)
        self._metrics: LogReader | None = None
        self._due = trip.now  # when METRICS events are worth a read
        self._tries = 0
        self.lacks_metrics = False  # what is known of them is not all

    def read(self) -> Script[int | None]:
        """Read what is new; how much, or None where that was not all there is."""
        return (yield from self._story.read())

    def use_pause(self, until: float) -> Script[None]:
        """Read METRICS events of a log that is swamped by them, *until* then."""
        trip = self._trip
        if not self._log.swamped or self._tries >= MOST_TRIES:
            return
        if trip.interrupted is not None or trip.away_for or trip.throttled_for:
            return
        known, now = self._metrics, trip.now
        due = now >= self._due or (known is not None and known.behind)
        if not due or until - now < SHORTEST_PAUSE:
            return
        self._due = now + METRICS_EVERY
        if known is None:
            yield from self._part_the_log(until)
        else:
            yield from known.read(until=until)

    def _part_the_log(self, until: float) -> Script[None]:
        """Read METRICS events apart from now on, if that can be asked for."""
        apart = LogReader(
            self._trip,
            self._log.of_metrics(),
            self._take,
            within=LONGEST_CALL,
            told=False,
        )
        yield from apart.read(until=until)
        if apart.pages == 0:
            self._tries += 1
            return
        self._log.without_metrics()
        self._metrics, self.lacks_metrics = apart, True

    def settle(self, seconds: float, whole: Callable[[], bool]) -> Script[None]:
        """
        Read on after the end, until it is *whole* and one more read brings nothing new.

        For so many *seconds*; but as long as there are pages that lead further, for
        minutes. A signal in the middle ends it. Of a log that is longer than that, what
        failed is read at least.
        """
        trip, hurried = self._trip, self._trip.hurried
        until = trip.now + seconds
        latest = until if hurried else trip.now + SETTLE_AT_MOST
        parts = [_Settling(self._story, LONG_OVERLAP, whole)]
        if self._metrics is not None:
            parts.append(_Settling(self._metrics, METRICS_LONG_OVERLAP, lambda: True))
        while trip.now < min(until, latest) and trip.hurried is hurried:
            if trip.out_of_time:
                return
            yield from trip.nap(SETTLE_PAUSE)
            for part in parts:
                yield from part.read()
            self.lacks_metrics = not all(part.came_through for part in parts[1:])
            if all(part.over for part in parts):
                return
            if any(part.goes_on for part in parts):
                until = trip.now + seconds
        if self._story.behind and not trip.hurried:
            yield from self._story.look_ahead()


class _Settling:
    """One cursor's way to the end of the log."""

    def __init__(
        self, reader: LogReader, overlap: timedelta, whole: Callable[[], bool]
    ) -> None:
        """Read with *reader*, and once so far back, until it is *whole*."""
        self._reader = reader
        self._overlap = overlap
        self._whole = whole
        self._known: int | None = None  # what was, when a read was begun after the end
        self.came_through = False  # a read that was begun after the end
        self.over = False  # it is whole, and the last read brought nothing new
        self.goes_on = False  # there is more to read, and it leads further

    def read(self) -> Script[None]:
        """Read on; what is left of a read comes first."""
        reader = self._reader
        if self.over:
            return
        before = EPOCH
        if reader.behind:
            before = reader.reached
            fresh = yield from reader.read()
        else:
            self._known = reader.taken
            fresh = yield from reader.read(self._overlap)
            self._overlap = OVERLAP
        if fresh is not None and self._known is not None:
            self.came_through = True
            self.over = reader.taken == self._known and self._whole()
        self.goes_on = reader.behind and reader.reached > before
