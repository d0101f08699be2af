"""How far the update is that is followed, and how long it still takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dlt_action.core import eta
from dlt_action.core.attempt import Following
from dlt_action.core.eta import Left, Past
from dlt_action.core.lastgood import LookBack
from dlt_action.core.model import FlowStatus, Update, UpdateState
from dlt_action.core.news import Heartbeat, Running
from dlt_action.core.plan import Plan
from dlt_action.core.trip import Trip

# No log is written later: a clock that says so is wrong, and can hardly be added to.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
MOST_NAMED = 3  # flows that run longest


class Progress:
    """
    Since when the update runs, in our time.

    The log tells that by another clock than ours. So it is our clock that says how long
    ago we saw it; only for what ran before we came, the two have to be compared.
    """

    def __init__(
        self, trip: Trip, plan: Plan, behind: LookBack, *, attached: bool
    ) -> None:
        """
        Nothing was seen to run yet, and what lies *behind* is known to a look back.

        *attached*: it may have begun before we came.
        """
        self._trip = trip
        self._behind = behind
        self._plan = plan
        self._attached = attached
        self._turned = trip.now  # when we began to follow it
        self._running: float | None = None  # since when it was seen to run

    def turn(self) -> None:
        """Begin anew, with the next attempt."""
        self._turned, self._running = self._trip.now, None

    def saw(self, update: Update) -> None:
        """Take a state that was read."""
        self._behind.saw(update)

    def reached(self, phase: UpdateState) -> None:
        """Take how far it is now."""
        if phase is UpdateState.RUNNING and self._running is None:
            self._running = self._trip.now

    def beat(self, following: Following, silent: float | None = None) -> Heartbeat:
        """How far it is; *silent* for so long where nothing has changed since."""
        tally, past = following.tally, self._behind.past
        return Heartbeat(
            state=following.phase.value,
            flows=tally.flow_counts(),
            rows=tally.rows_written(),
            elapsed=self._trip.elapsed,
            left=None if past is None else self._left(following, past),
            longest=() if silent is None else self.longest(following),
            silent=0.0 if silent is None else silent,
        )

    def longest(self, following: Following) -> tuple[Running, ...]:
        """The flows that run longest, as far as the log tells when they began."""
        flows = following.tally.flows()
        running = [one for one in flows if one.status is FlowStatus.RUNNING]
        running.sort(key=lambda one: _LATEST if one.began is None else one.began)
        now = self._by_log(following)
        return tuple(
            Running(
                one.name,
                None
                if now is None or one.began is None
                else max((now - one.began).total_seconds(), 0.0),
            )
            for one in running[:MOST_NAMED]
        )

    def _by_log(self, following: Following) -> datetime | None:
        """What the clock of the log says now, as far as that can be told."""
        began = following.tally.since(UpdateState.RUNNING)
        if self._running is None or began is None or began >= _LATEST:
            return None
        return began + timedelta(seconds=self._since(self._running, began))

    def _left(self, following: Following, past: Past) -> Left | None:
        last, tally = following.last, following.tally
        if last is None or following.phase is not UpdateState.RUNNING:
            return None
        if self._running is None:
            return None
        spent = self._since(self._running, tally.since(UpdateState.RUNNING))
        if past.queue:
            spent = self._since(self._turned, last.created)
        by_log = self._by_log(following)
        return eta.left(past, tally.flows(), spent=spent, now=by_log)

    def _since(self, seen: float, told: datetime | None) -> float:
        """Seconds since something was *seen*, by the log's or the API's word *told*."""
        now = self._trip.now
        if told is None or not self._attached:
            return now - seen
        return max(now - seen, (self._plan.wall(now) - told).total_seconds())
