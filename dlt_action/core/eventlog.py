"""
What to ask the event log next, and which of the answers are new.

Three facts about the log make the obvious cursor lose events: they become visible
late and out of order, several share one millisecond, and a page token may not travel
with a filter. So each read starts an overlap before the newest event that we have
seen, follows page tokens alone, and hands out each event id once; `logtimes` says when
that is done in another way. Ids older than what a read may begin at are
forgotten: memory is bounded by the rate of events, not by their number.

METRICS events are "high-volume" and may or may not be served (schema of the event log).
A log that is swamped by them is read by two cursors: what people wait for, and those.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus

from dlt_action.core.calls import Call, list_events
from dlt_action.core.event import EPOCH, Event
from dlt_action.core.exchange import Ambiguous, Outcome, Rejected
from dlt_action.core.logtimes import OVERLAP, LogTimes, Reach
from dlt_action.core.model import Level, PipelineId, UpdateId

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

# Of a dense log, a read leaves what is not ripe where the one before it brought more
# events than that.
LITTLE = 40
NARROW = timedelta(seconds=1)  # from where to where it asks: too little to tell

# A read this long is a server that pages in a circle.
MOST_PAGES = 2000


class EventLog:
    """The log of one update, read from the beginning, each event once."""

    def __init__(self, pipeline: PipelineId, update: UpdateId) -> None:
        """Begin before the first event of *update*."""
        self.swamped = False  # whether METRICS events make it longer than a page
        self.reached = EPOCH  # the newest time that this read was told
        self.trails = False  # whether this read leaves what is not ripe
        self.repeats = False  # whether it asks for what was read before, too
        self.was_late = False  # whether it found what one before it should have
        self._odd = False  # whether an event is of no level that we know
        self._metrics: bool | None = None  # METRICS only, or none; None: all levels
        self._pipeline = pipeline
        self._update = update
        self._times = LogTimes()
        self._reach = Reach.RIPE
        self._asked_at: datetime | None = None  # by the clock of whoever answers
        self._before: datetime | None = None  # which events this read asks for
        self._may_bound = True  # whether it may ask so
        self._brought = 0  # events that it was told, new or not
        self._is_narrow = False  # whether hardly any could be ripe
        self._goes_on = False  # whether it was left, to go on with one that is bounded
        self._seen: dict[int, set[int]] = {}
        self._sizes: tuple[int, ...] = PAGE_SIZES
        self._token: str | None = None
        self._tokens: set[str] = set()

    def read(
        self,
        reach: Reach = Reach.RIPE,
        overlap: timedelta = OVERLAP,
        now: datetime | None = None,
    ) -> Call:
        """
        The call that begins a new read, at most `LONG_OVERLAP` back.

        *now*: by the clock of whoever answers, where that is known.
        """
        many = self._is_narrow or self._brought > LITTLE
        if not self._goes_on:
            self._brought = 0
        self.drop_page()
        self._tokens = set()
        self.reached = EPOCH
        self._reach, self._asked_at, self.was_late = reach, now, False
        since, before = self._times.begin(reach, overlap, now, dense=self.is_dense)
        self._before = before if self._may_bound and many else None
        self.trails = self._before is not None
        wide = self._before is None or since is None or self._before - since >= NARROW
        self._is_narrow = not wide
        on = reach in (Reach.RIPE, Reach.END) and self._times.is_known
        self.repeats = not (on and self.is_dense)
        return list_events(
            self._pipeline, where=self._where(since), page_size=self._sizes[0]
        )

    def _where(self, since: datetime | None) -> str:
        ours = f"update_id = '{self._update}'"
        if self._metrics is not None:
            ours += _METRICS if self._metrics else _TOLD
        ours += "" if since is None else _since(since)
        return ours if self._before is None else ours + _before(self._before)

    @property
    def is_dense(self) -> bool:
        """Whether it is read without an overlap: parted logs are, for they are long."""
        return self._metrics is not None or self._times.is_dense

    def drop_page(self) -> None:
        """Forget where the last read was left: the next begins anew."""
        self._token, self._goes_on = None, False

    @property
    def is_left(self) -> bool:
        """Whether this read was not at its end: there are pages, or another read."""
        return self._token is not None or self._goes_on

    def newest_errors(self) -> Call:
        """A look ahead, to be `glimpsed`: what failed after what was read so far."""
        ours = f"update_id = '{self._update}'"
        where = ours + _ERRORS + _since(max(self.reached, self._times.forgets))
        return list_events(
            self._pipeline, where=where, page_size=self._sizes[0], newest_first=True
        )

    def of_metrics(self) -> EventLog:
        """The METRICS events alone, from where this one is."""
        other = EventLog(self._pipeline, self._update)
        other._metrics, other._sizes = True, self._sizes
        other._brought = self._brought
        other._times = self._times.copy()
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

    def took(
        self,
        events: Iterable[Event],
        next_token: str | None,
        now: datetime | None = None,
    ) -> list[Event]:
        """
        Take a page; the events that are ours and new, oldest first.

        *now*: by the clock of whoever answered, where that is known.
        """
        circular = next_token in self._tokens or len(self._tokens) >= MOST_PAGES
        self._token = None if circular else next_token
        if next_token is not None:
            self._tokens.add(next_token)
        page = [event for event in events if self._is_ours(event)]
        fresh = self._new(page)
        self._brought += len(page)
        self.reached = max([self.reached, *(event.at for event in page)])
        self._advance(fresh)
        levels = {event.level for event in fresh}
        self._odd = self._odd or Level.UNRECOGNISED in levels
        longer = next_token is not None and Level.METRICS in levels
        self.swamped = (self.swamped or longer) and not self._odd
        self._mind_what_is_ripe(now if self._asked_at is None else self._asked_at)
        return fresh

    def _mind_what_is_ripe(self, asked_at: datetime | None) -> None:
        """Leave what is not, in a dense log; keep how far each page came."""
        if asked_at is None:
            return
        if self._token is None:
            self._times.came_to_the_end(self._reach, asked_at, self._before)
            return
        more = self._times.came_to(self.reached, asked_at)
        open_end = self._before is None and self._reach is Reach.RIPE
        if open_end and self.is_dense and self._may_bound:
            self._token, self.trails, self._goes_on = None, True, more

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
        times = self._times
        for event in fresh:
            times.add(event.at)
        if fresh and times.is_late(fresh[0].at):
            self.was_late = True
            times.was_late()
        # A millisecond more than is asked for, because the filter cuts to those.
        oldest = _minute(times.forget() - timedelta(milliseconds=1))
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
        if self._before is not None and not too_large:
            self._may_bound = False
            return True
        smaller = self._sizes[1:]
        self._sizes = smaller or self._sizes
        return bool(smaller)


def _since(moment: datetime) -> str:
    return f" AND timestamp >= '{_stamp(moment)}'"


def _before(moment: datetime) -> str:
    return f" AND timestamp < '{_stamp(moment)}'"


def _stamp(moment: datetime) -> str:
    # Milliseconds, cut and not rounded: never later than it is.
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.")
    return f"{stamp}{moment.microsecond // 1000:03}Z"


def _minute(at: datetime) -> int:
    return (at - EPOCH) // _MINUTE
