"""
What to ask the event log next, and which of the answers are new.

Three facts about the log make the obvious cursor lose events: they become visible
late and out of order, several share one millisecond, and a page token may not travel
with a filter. So each read starts an overlap before the newest event that we have
seen, follows page tokens alone, and hands out each event id once. Ids older than the
overlap are forgotten: memory is bounded by the rate of events, not by their number.

METRICS events are "high-volume" and may or may not be served (schema of the event log).
A log that is swamped by them is read by two cursors: what people wait for, and those.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from http import HTTPStatus

from dlt_action.core.calls import Call, list_events
from dlt_action.core.event import EPOCH, Event
from dlt_action.core.exchange import Ambiguous, Outcome, Rejected
from dlt_action.core.model import Level, PipelineId, UpdateId

# Other readers of this log re-read 5 s; this leaves room for a driver whose clock is
# behind the control plane's.
OVERLAP = timedelta(seconds=30)

# The last read begins so far back: what is later than that, nobody misses.
LONG_OVERLAP = timedelta(minutes=5)

# So many of the newest events may have a clock that is ahead, by however much, before
# anything is missed: the overlap is counted from the one before them.
AHEAD = 20

# Documented maximum first. Older clients never dared more than 250.
PAGE_SIZES = (1000, 250, 100, 25)

# Ids are kept by the minute of their event's own time, which is the same whenever it is
# read again. Of an id, 61 bits that nobody can choose are enough to know it by: of the
# 15,000 events of a busy minute, two look the same with a chance of 5 in 100 billion.
_MINUTE = timedelta(minutes=1)

# The filter knows no "not"; so a log with a level that nobody knows is never parted.
_TOLD = " AND level in ('INFO', 'WARN', 'ERROR')"
_ERRORS = " AND level in ('ERROR')"
_METRICS = " AND level in ('METRICS')"

# A read this long is a server that pages in a circle.
MOST_PAGES = 2000


class EventLog:
    """The log of one update, read from the beginning, each event once."""

    def __init__(self, pipeline: PipelineId, update: UpdateId) -> None:
        """Begin before the first event of *update*."""
        self.swamped = False  # whether METRICS events make it longer than a page
        self.reached = EPOCH  # the newest time that this read was told
        self._odd = False  # whether an event is of no level that we know
        self._metrics: bool | None = None  # METRICS only, or none; None: all levels
        self._pipeline = pipeline
        self._update = update
        self._newest: list[datetime] = []  # a heap of the newest, at most AHEAD + 1
        self._seen: dict[int, set[int]] = {}
        self._sizes: tuple[int, ...] = PAGE_SIZES
        self._token: str | None = None
        self._tokens: set[str] = set()

    def read(self, overlap: timedelta = OVERLAP) -> Call:
        """The call that begins a new read, at most `LONG_OVERLAP` back."""
        self._token = None
        self._tokens = set()
        self.reached = EPOCH
        return list_events(
            self._pipeline, where=self._where(overlap), page_size=self._sizes[0]
        )

    def _where(self, overlap: timedelta) -> str:
        ours = f"update_id = '{self._update}'"
        if self._metrics is not None:
            ours += _METRICS if self._metrics else _TOLD
        since = self._horizon(overlap)
        return ours if since is None else ours + _since(since)

    def _horizon(self, overlap: timedelta) -> datetime | None:
        if len(self._newest) <= AHEAD:
            return None
        # An event that says it is from the year 1 must not ask for the year 0.
        return max(self._newest[0], EPOCH + overlap) - overlap

    def drop_page(self) -> None:
        """Forget where the last read was left: the next begins anew."""
        self._token = None

    def newest_errors(self) -> Call:
        """A look ahead, to be `glimpsed`: what failed after what was read so far."""
        ours = f"update_id = '{self._update}'"
        where = ours + _ERRORS + _since(self.reached)
        return list_events(
            self._pipeline, where=where, page_size=self._sizes[0], newest_first=True
        )

    def of_metrics(self) -> EventLog:
        """The METRICS events alone, from where this one is."""
        other = EventLog(self._pipeline, self._update)
        other._metrics, other._sizes = True, self._sizes
        other._newest = [*self._newest]
        other._seen = {minute: {*ids} for minute, ids in self._seen.items()}
        return other

    def without_metrics(self) -> None:
        """Leave the METRICS events to somebody else, from the next read on."""
        self._metrics = False
        self.drop_page()

    def more(self) -> Call | None:
        """The call for the next page of this read, or None at its end."""
        if self._token is None:
            return None
        return list_events(
            self._pipeline, page_token=self._token, page_size=self._sizes[0]
        )

    def took(self, events: Iterable[Event], next_token: str | None) -> list[Event]:
        """Take a page; the events that are ours and new, oldest first."""
        circular = next_token in self._tokens or len(self._tokens) >= MOST_PAGES
        self._token = None if circular else next_token
        if next_token is not None:
            self._tokens.add(next_token)
        page = [event for event in events if self._is_ours(event)]
        fresh = self._new(page)
        self.reached = max([self.reached, *(event.at for event in page)])
        self._advance(fresh)
        levels = {event.level for event in fresh}
        self._odd = self._odd or Level.UNRECOGNISED in levels
        longer = next_token is not None and Level.METRICS in levels
        self.swamped = (self.swamped or longer) and not self._odd
        return fresh

    def _is_ours(self, event: Event) -> bool:
        # Who asks for a part is not told that everybody keeps to it.
        metrics = event.level is Level.METRICS
        of_ours = event.update_id in (None, self._update)
        return of_ours and self._metrics in (None, metrics)

    def glimpsed(self, events: Iterable[Event]) -> list[Event]:
        """Take events that are ahead of the read: those that are ours and new."""
        return self._new(event for event in events if self._is_ours(event))

    def _new(self, events: Iterable[Event]) -> list[Event]:
        fresh: list[Event] = []
        for event in events:
            known = self._seen.setdefault(_minute(event.at), set())
            mark = hash(event.event_id)
            if mark not in known:
                known.add(mark)
                fresh.append(event)
        return sorted(fresh, key=lambda event: (event.at, event.sequence))

    def _advance(self, fresh: list[Event]) -> None:
        for event in fresh:
            heappush(self._newest, event.at)
            if len(self._newest) > AHEAD + 1:
                heappop(self._newest)
        horizon = self._horizon(LONG_OVERLAP)
        if horizon is not None:
            # A millisecond more than is asked for, because the filter cuts to those.
            oldest = _minute(horizon - timedelta(milliseconds=1))
            for minute in [known for known in self._seen if known < oldest]:
                del self._seen[minute]

    def refused(self, answer: Outcome) -> bool:
        """
        Take an answer that is not a page: drop the page token, or ask for less.

        Returns whether it is worth beginning a new read.
        """
        too_large = isinstance(answer, Ambiguous) and answer.oversized
        if not too_large and not (
            isinstance(answer, Rejected) and answer.status == HTTPStatus.BAD_REQUEST
        ):
            return False
        if self._token is not None and not too_large:
            self._token = None
            return True
        smaller = self._sizes[1:]
        self._sizes = smaller or self._sizes
        return bool(smaller)


def _since(moment: datetime) -> str:
    # Milliseconds, cut and not rounded: never later than it is.
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}"
    return f" AND timestamp >= '{stamp}Z'"


def _minute(at: datetime) -> int:
    return (at - EPOCH) // _MINUTE
