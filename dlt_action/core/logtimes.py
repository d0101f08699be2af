"""
From when on to ask for events, by the times of those that were read.

The usual read begins an overlap before the newest events, because some become visible
late. Of a dense log an overlap would be pages. There a read leaves to the next one what
is not ripe, that is, what something may still become visible beside: so nothing is
asked for twice, and what is told is some seconds old. Where little comes, nothing is
left: it costs little to ask for it twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from heapq import heappush, heapreplace, nlargest

from dlt_action.core.event import EPOCH

# Other readers of this log re-read 5 s; this leaves room for a driver whose clock is
# behind the control plane's.
OVERLAP = timedelta(seconds=30)

# The last read begins so far back: what is later than that, nobody misses.
LONG_OVERLAP = timedelta(minutes=5)

# So many of the newest events may have a clock that is ahead, by however much, before
# anything is missed: the overlap is counted from the one before them.
AHEAD = 20

# A log is dense where more than so many events lie in the overlap: that is some twenty
# a second, which few updates write.
MOST_AGAIN = 500

# Of a log that is no longer than a page, an overlap is less: no log to be called
# dense, whose story trails.
SHORT = 1000

# When events of a dense log are ripe, by the clock of whoever answers: what becomes
# visible within the overlap is read, as of any other log.
RIPE_AFTER = OVERLAP

# So many of the newest events the last read asks for again, or for its overlap, where
# that is less. If one of them is new, it is the overlap.
MOST_AT_THE_END = 300

_KEPT = MOST_AGAIN + AHEAD + 1
_TICK = timedelta(milliseconds=1)


class Reach(Enum):
    """How far a read goes."""

    RIPE = auto()  # of a dense log, as far as it is ripe
    PEEK = auto()  # to the end, and what is not ripe is read again
    END = auto()  # to the end
    AGAIN = auto()  # so too, and the newest once more
    THOROUGH = auto()  # so too, and all of an overlap, however many that are


class LogTimes:
    """The times of the newest events that were read, and how far all were."""

    def __init__(self) -> None:
        """Begin with none."""
        self._newest: list[datetime] = []  # a heap, of so many at most
        self._many = 0  # events, in all
        self._read_until: datetime | None = None  # what is older was read
        self.forgets = EPOCH  # what is older is not asked for any more
        self._ripe_until: datetime | None = None  # nothing older was to come any more
        self._doubtful = False  # whether this read shows that one before missed some

    def copy(self) -> LogTimes:
        """The same, for another reader of the log."""
        other = LogTimes()
        other._newest, other._many = [*self._newest], self._many
        other._read_until, other._ripe_until = self._read_until, self._ripe_until
        other.forgets = self.forgets
        return other

    def add(self, at: datetime) -> None:
        """Take the time of one event, once."""
        self._many += 1
        if len(self._newest) < _KEPT:
            heappush(self._newest, at)
        elif at > self._newest[0]:
            heapreplace(self._newest, at)

    @property
    def is_dense(self) -> bool:
        """Whether an overlap is too many events to be asked for again."""
        since = self.before_newest(OVERLAP)
        if since is None or self._many < SHORT:
            return False
        return sum(since <= at for at in self._newest) > MOST_AGAIN

    @property
    def is_known(self) -> bool:
        """Whether it is known how far all was read: else no clock was told."""
        return self._read_until is not None

    def before_newest(self, overlap: timedelta) -> datetime | None:
        """So long before the newest events; None: before all."""
        if len(self._newest) <= AHEAD:
            return None
        newest = nlargest(AHEAD + 1, self._newest)[-1]
        # An event that says it is from the year 1 must not ask for the year 0.
        return max(newest, EPOCH + overlap) - overlap

    def begin(
        self, reach: Reach, overlap: timedelta, now: datetime | None, *, dense: bool
    ) -> tuple[datetime | None, datetime | None]:
        """
        From when on to ask for events, and before when; None: that is left open.

        *now*: by the clock of whoever answers, where that is known.
        """
        since, left = self.before_newest(overlap), self._read_until
        if since is None or reach is Reach.THOROUGH:
            return since, None
        if reach is not Reach.RIPE and len(self._newest) == _KEPT:
            since = max(since, self._newest[0])
        if left is None or not dense or now is None:
            return since, None
        if reach is Reach.AGAIN:
            newest = nlargest(MOST_AT_THE_END, self._newest)[-1]
            return min(max(since, newest), left), None
        if reach in (Reach.END, Reach.PEEK):
            return left, None
        return left, _cut(max(now - RIPE_AFTER, left + _TICK))

    def is_late(self, at: datetime) -> bool:
        """Whether an event of that time, if it is new, should have been read before."""
        return self._ripe_until is not None and at < self._ripe_until

    def was_late(self) -> None:
        """Take that there was one: there may be more, so that much is read again."""
        self._doubtful = True

    def came_to_the_end(
        self, reach: Reach, asked_at: datetime, before: datetime | None
    ) -> None:
        """Take that all was read that was *asked* for, *before* then."""
        goes_on = reach in (Reach.RIPE, Reach.PEEK)
        ripe = asked_at - RIPE_AFTER if goes_on else asked_at
        self._ripe_until = ripe if before is None else before
        until = self._advance(self._ripe_until)
        if self._doubtful:
            self._read_until = max(until - OVERLAP, self.forgets)
        self._doubtful = False

    def came_to(self, at: datetime, asked_at: datetime) -> bool:
        """
        Take that a read that was *asked* for came to that time, and not to its end.

        Returns whether what is ripe lies further on.
        """
        ripe = asked_at - RIPE_AFTER
        self._advance(min(at, ripe))
        return at < ripe

    def _advance(self, until: datetime) -> datetime:
        # Whatever a clock says: what is newer than all events was not read.
        until = max(min(until, max(self._newest, default=EPOCH)), EPOCH + OVERLAP)
        if self._read_until is not None:
            until = max(self._read_until, until)
        self._read_until = until
        return until

    def forget(self) -> datetime:
        """Before when no event is asked for any more, whatever fails or is late."""
        oldest = self.before_newest(LONG_OVERLAP)
        if oldest is not None and self._read_until is not None:
            # A read that fails begins there again, and one that was late before it.
            oldest = min(oldest, self._read_until - OVERLAP)
        self.forgets = max(self.forgets, oldest or EPOCH)
        return self.forgets


def _cut(moment: datetime) -> datetime:
    """*moment* as a filter has it: to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
