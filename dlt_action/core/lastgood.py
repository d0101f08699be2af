"""
The last good update, to compare with: the newest COMPLETED one of the same kind.

It is a courtesy, so it costs no time and no more than a few calls, in a pause between
two looks that is long enough for them, and none once anything goes wrong. What
cannot be had is silently absent. Only who has to judge by it (`finish`) insists on it,
and reads a log that is longer than that to its end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime
from typing import TypeAlias

from dlt_action.core import calls, wire
from dlt_action.core.calls import Call
from dlt_action.core.eta import Past
from dlt_action.core.event import Event
from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.likeness import told_apart
from dlt_action.core.model import JsonObject, Update, UpdateId, UpdateRequest
from dlt_action.core.model import UpdateState as S
from dlt_action.core.plan import Plan
from dlt_action.core.record import FlowRow, LastGood
from dlt_action.core.steps import Script
from dlt_action.core.tally import Tally
from dlt_action.core.trip import SECONDS_AFTER_429, Trip

MOST_CALLS = 5
MOST_LISTS = 2  # pages of 25 updates
MOST_TO_JUDGE = 200  # of a thousand events each, a page: longer logs are swamped

# A page of a thousand events takes its time; a pause that is shorter than this is left
# alone. So an update that is over in a minute costs no call at all.
SHORTEST_CALL = 2.5
LONGEST_CALL = 10.0

# Nobody knows how long these last, and it may be over at the next look.
_ENDING = frozenset({S.STOPPING, S.COMPLETED, S.FAILED, S.CANCELED, S.UNRECOGNISED})

# Yields a call, and is sent the body of its answer.
_Reading: TypeAlias = Generator[Call, JsonObject, None]


class LookBack:
    """Looks for the last good update, a call at a time; the first trouble ends it."""

    def __init__(self, trip: Trip, plan: Plan) -> None:
        """Look back from the update of *plan*."""
        self.found: LastGood | None = None
        self.past: Past | None = None
        self._trip = trip
        self._plan = plan
        self._pipeline = plan.pipeline.pipeline_id
        self._ours: set[UpdateId] = set()
        self._like: Update | None = None
        self._over = plan.until_running  # nobody waits for an end
        self._failed = False  # over, because something went wrong
        self._left_off = False  # over, because there was more than was to be asked
        self._most = MOST_CALLS
        self._sent = 0
        self._reading: _Reading | None = None
        self._next: Call | None = None

    def saw(self, ours: Update) -> None:
        """Take a look at the update that is followed: what it is like."""
        self._ours.add(ours.update_id)
        self._like = ours
        if ours.endless:
            self._over = True

    def rest(self, until: float) -> Script[None]:
        """Wait until then, or an interrupt; in a long wait, ask meanwhile."""
        trip, before = self._trip, self._trip.interrupted
        yield from self._use_pause(until)
        if trip.interrupted is before:
            yield from trip.nap(until - trip.now)

    def _use_pause(self, until: float) -> Script[None]:
        trip = self._trip
        # Who was asked to slow down waits for so long before anything is sent.
        end = min(until, trip.deadline) - SECONDS_AFTER_429
        while (like := self._worth_asking()) and end - trip.now >= SHORTEST_CALL:
            call, within = self._call(like), min(end - trip.now, LONGEST_CALL)
            self._take_answer((yield from trip.send(call, within=within)))

    def _worth_asking(self) -> Update | None:
        """What the update that is looked for has to be like; None: not now."""
        trip, like = self._trip, self._like
        if self._over or trip.interrupted is not None or trip.away_for:
            return None
        if like is None or like.state in _ENDING or trip.throttled_for:
            return None
        return like

    def finish(self) -> Script[None]:
        """
        Ask for all that is still to be known, because somebody has to judge by it.

        So it is insisted on, what was given up before is tried again, and a long log is
        read on from where it was left.
        """
        trip, plan, like = self._trip, self._plan, self._like
        self._most = MOST_TO_JUDGE
        if self._failed:
            self._over, self._reading, self._sent = False, None, 0
        elif self._left_off and self._sent < self._most:
            self._over = False
        while like is not None and not self._over and trip.interrupted is None:
            answer = yield from trip.insist(
                self._call(like), grace=plan.start_grace, throttled=plan.throttle_grace
            )
            self._take_answer(answer)
            trip.beat()

    def _call(self, like: Update) -> Call:
        if self._reading is None:
            self._reading = self._read(like)
            self._next = next(self._reading)
        self._sent += 1
        assert self._next is not None  # noqa: S101 - it is over without a next call
        return self._next

    def _take_answer(self, answer: Outcome) -> None:
        assert self._reading is not None  # noqa: S101 - it was asked for
        if not isinstance(answer, Executed):
            self._over = self._failed = True
            return
        try:
            self._next = self._reading.send(answer.body)
        except StopIteration:
            self._over, self._left_off = True, False
            return
        self._over = self._left_off = self._sent >= self._most

    def _read(self, like: Update) -> _Reading:
        token: str | None = None
        for _ in range(MOST_LISTS):
            body = yield calls.list_updates(self._pipeline, token)
            for update in wire.updates(body):
                if self._is_good(update, like):
                    yield from self._read_log(update)
                    return
            token = wire.next_page(body)
            if token is None:
                return

    def _is_good(self, update: Update, like: Update) -> bool:
        return (
            update.state is S.COMPLETED
            and update.update_id not in self._ours
            and not _came_after(update, like)
            and not told_apart(_request_of(like), update)
        )

    def _read_log(self, update: Update) -> _Reading:
        """Read its log from the end, which tells most."""
        tally, seen = Tally(), set[int]()
        where = f"update_id = '{update.update_id}'"
        call = calls.list_events(self._pipeline, where=where, newest_first=True)
        while True:
            body = yield call
            for event in reversed(wire.events(body)):
                if _is_new(event, update, seen):
                    tally.fold(event)
            token = wire.next_page(body)
            self._take(update, tally, whole=token is None)
            if token is None:
                return
            call = calls.list_events(self._pipeline, page_token=token)

    def _take(self, update: Update, tally: Tally, *, whole: bool) -> None:
        """Keep what is known; of half a log only how long it all took."""
        ended, running = tally.ended_at(), tally.since(S.RUNNING)
        seconds = None
        if ended is not None and update.created is not None:
            seconds = (ended - update.created).total_seconds()
        flows = tally.flows() if whole else ()
        self.found = LastGood(
            update_id=update.update_id,
            url=self._plan.links.update(self._pipeline, update.update_id),
            seconds=seconds,
            rows_written=tally.rows_written() if whole else None,
            flows=flows,
            expectations=tally.expectations() if whole else (),
            log_complete=whole,
        )
        if whole and ended is not None and running is not None:
            self.past = _past(flows, running, ended)
        elif seconds is not None:
            self.past = Past(seconds, queue=True)


def _past(flows: Iterable[FlowRow], running: datetime, ended: datetime) -> Past:
    total = (ended - running).total_seconds()

    def second(at: datetime) -> float:
        return min(max((at - running).total_seconds(), 0.0), max(total, 0.0))

    timed = {
        row.name: (second(row.began), second(row.ended))
        for row in flows
        if row.began is not None and row.ended is not None and row.began <= row.ended
    }
    return Past(total, timed)


def _came_after(update: Update, like: Update) -> bool:
    """Whether *update* is later than one that ended before somebody asked for it."""
    if update.created is None or like.created is None:
        return False
    return update.created > like.created


def _is_new(event: Event, update: Update, seen: set[int]) -> bool:
    mark = hash(event.event_id)  # no two are alike by chance
    new = mark not in seen
    seen.add(mark)
    return new and event.update_id in (None, update.update_id)


def _request_of(update: Update) -> UpdateRequest:
    """The request that would have started *update*, as far as the API tells."""
    return UpdateRequest(
        full_refresh=update.full_refresh,
        validate_only=update.validate_only,
        refresh_selection=update.refresh_selection,
        full_refresh_selection=update.full_refresh_selection,
        parameters={} if update.parameters is None else update.parameters,
    )
