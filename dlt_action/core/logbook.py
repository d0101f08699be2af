"""
The log of one update, as it is read while the update is followed.

What people wait for is read after each look at the state. Where METRICS events make a
log longer than a page, they would keep the looks waiting: these are read in the pauses,
by a cursor of their own, so that little of them is left at the end. There, whoever
needs their numbers waits for them, for as long as pages bring something new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from dlt_action.core.event import EPOCH, Event
from dlt_action.core.eventlog import MOST_PAGES, PAGE_SIZES, EventLog
from dlt_action.core.logreader import LogReader
from dlt_action.core.logtimes import LONG_OVERLAP, OVERLAP, Reach
from dlt_action.core.news import Noted
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

SETTLE_PAUSE = 1.0
SETTLE_AT_MOST = 300.0  # however much there is to read

# So long after the log shows the end it may still become visible what came before it,
# in seconds: several write one log, and other readers of it re-read 5 s.
LATE = 6.0

# Nobody waits for METRICS events; but at the end, little is to be left of them.
METRICS_EVERY = 60.0
METRICS_EVERY_WHERE_MANY = 10.0  # where a read brought a page of them
METRICS_LONG_OVERLAP = timedelta(minutes=1)

# A page that is on its way may end a little after the pause, and not much.
SHORTEST_PAUSE = 1.0
LONGEST_CALL = 10.0

MOST_TRIES = 3  # of METRICS events alone, before they are read with the rest


class Logbook:
    """Reads the log of one update, and knows how much of it was read."""

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
        self._long_told = False
        self.complete = False  # after the end, each cursor came to the end of the log

    def read(self, *, quiet: bool = False) -> Script[int | None]:
        """
        Read what is new; how much, or None where that was not all there is.

        *quiet*: that it fails is not told.
        """
        return (yield from self._story.read(quiet=quiet))

    def peek(self) -> Script[int | None]:
        """Read what a dense log leaves to the next read, too, for the sake of now."""
        return (yield from self._story.read(Reach.PEEK))

    @property
    def behind(self) -> bool:
        """Whether the last read was left before its end."""
        return self._log.is_left

    @property
    def trails(self) -> bool:
        """Whether the last read told nothing of the last seconds."""
        return self._log.trails

    def use_pause(self, until: float) -> Script[int | None]:
        """Read METRICS events of a log that is swamped by them, *until* then."""
        trip, known, now = self._trip, self._metrics, self._trip.now
        if not self._log.swamped or self._tries >= MOST_TRIES:
            return 0
        if trip.interrupted is not None or trip.away_for or trip.throttled_for:
            return 0
        due = now >= self._due or (known is not None and known.log.is_left)
        if not due or until - now < SHORTEST_PAUSE:
            return 0
        return (yield from self._read_metrics(until))

    def catch_up(self) -> Script[int | None]:
        """Read METRICS events, which may be all that an update tells for a while."""
        if self._metrics is None:
            return 0
        return (yield from self._read_metrics(self._trip.now))

    def _read_metrics(self, until: float) -> Script[int | None]:
        reader = self._metrics
        if reader is None:
            apart = self._log.of_metrics()
            reader = LogReader(self._trip, apart, self._take, beside=self._story)
        began, before = self._trip.now, reader.taken
        fresh = yield from reader.read(
            until=until, within=LONGEST_CALL, most=MOST_PAGES
        )
        many = self._metrics is None or reader.taken - before >= PAGE_SIZES[0]
        self._due = began + (METRICS_EVERY_WHERE_MANY if many else METRICS_EVERY)
        if self._metrics is None and reader.pages:
            self._log.without_metrics()
            self._metrics = reader
        self._tries = 0 if reader.pages else self._tries + 1
        return fresh

    def settle(
        self,
        seconds: float,
        whole: Callable[[], bool],
        lacks: Callable[[], bool] = lambda: False,
        *,
        late: float = 0.0,
    ) -> Script[None]:
        """
        Read on after the end, until it is *whole* and one more read brings nothing new.

        For so many *seconds*; but as long as there are pages that lead further, for
        minutes. Where it is whole and *lacks* something, that is waited for as well;
        and what may be *late*, for so many seconds. A signal in the middle ends it. Of
        a log that is longer than that, what failed is read at least.
        """
        trip, hurried = self._trip, self._trip.hurried
        until = trip.now + seconds
        latest = until if hurried else trip.now + SETTLE_AT_MOST
        rest = _Rest(trip, whole, lacks, late)
        cursors = [_Settling(self._story, LONG_OVERLAP, rest)]
        if self._metrics is not None:
            cursors.append(_Settling(self._metrics, METRICS_LONG_OVERLAP, rest))
        rested = trip.now + SETTLE_PAUSE
        if self._metrics is not None and self._metrics.log.trails and not hurried:
            yield from self._read_metrics(latest)
            until = trip.now + seconds
        while trip.now < min(max(until, rest.sure_at), latest) and not trip.out_of_time:
            yield from trip.nap(max(rested, rest.sure_at) - trip.now)
            rested = trip.now + SETTLE_PAUSE
            if trip.hurried is hurried:
                yield from self._read_on(cursors, latest)
            rest.mind()
            self.complete = all(cursor.came_through for cursor in cursors)
            if trip.hurried is not hurried or all(cursor.over for cursor in cursors):
                return
            if any(cursor.goes_on for cursor in cursors):
                self._say_that_it_is_long()
                until = trip.now + seconds
        if not self.complete and not trip.hurried:
            yield from self._story.look_ahead()

    def _read_on(self, cursors: Sequence[_Settling], latest: float) -> Script[None]:
        hurried = self._trip.hurried
        for cursor in cursors:
            if self._trip.hurried is hurried:
                yield from cursor.read(latest)
        if any(cursor.doubts for cursor in cursors):
            for cursor in cursors:
                cursor.doubt()

    def _say_that_it_is_long(self) -> None:
        if not self._long_told:
            self._trip.tell(Noted("reading the rest of the event log"))
        self._long_told = True


class _Rest:
    """What is to be read of a log after its end."""

    def __init__(
        self,
        trip: Trip,
        whole: Callable[[], bool],
        lacks: Callable[[], bool],
        late: float,
    ) -> None:
        """See `Logbook.settle`."""
        self.whole = whole
        self._trip = trip
        self._lacks = lacks
        self._late = late
        self.sure_at = 0.0  # from when on nothing of it is late, once it is whole
        self.mind()

    def mind(self) -> None:
        """Keep when it was whole."""
        if not self.sure_at and self.whole():
            self.sure_at = self._trip.now + self._late

    @property
    def is_read(self) -> bool:
        """Whether all of it was read by now, and nothing of it is late any more."""
        sure = self.whole() and self._trip.now >= self.sure_at
        return sure and not self._lacks()


class _Settling:
    """One cursor's way to the end of a log."""

    def __init__(self, reader: LogReader, overlap: timedelta, rest: _Rest) -> None:
        """Read with *reader*, and once so far back, until all the *rest* is read."""
        self._reader = reader
        self._overlap = overlap
        self._rest = rest
        # What was taken when this read began, and whether that was all; None: it began
        # before the end of the update.
        self._began: tuple[int, bool] | None = None
        self._reach = Reach.END
        self._doubted = False
        self.doubts = False  # something was late, so more may be
        self.came_through = False  # a read that began after the end came to its own
        self.over = False  # so did one of a whole log, which brought nothing new
        self.goes_on = False  # there is more to read, and it leads further

    def doubt(self) -> None:
        """Read all of the last minutes once more, however many events that are."""
        self._reach, self._overlap = Reach.THOROUGH, LONG_OVERLAP
        self._doubted, self.doubts, self.over = True, False, False

    def read(self, until: float) -> Script[None]:
        """Read on; what is left of a read comes first."""
        reader, before = self._reader, EPOCH
        if self.over:
            return
        if reader.log.is_left:
            before = reader.log.reached
        else:
            self._began = reader.taken, self._rest.is_read
        fresh = yield from reader.read(self._reach, overlap=self._overlap, until=until)
        if fresh is not None and self._began is not None:
            self._reach, self._overlap = Reach.AGAIN, OVERLAP
            self.doubts = reader.log.was_late and not self._doubted
            self.came_through = self._rest.whole()
            self.over = reader.log.repeats and self._began == (reader.taken, True)
        self.goes_on = reader.log.is_left and reader.log.reached > before
