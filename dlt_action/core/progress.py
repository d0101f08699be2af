"""How far the update is that is followed, and how long it still takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dlt_action.core import eta
from dlt_action.core.attempt import Following
from dlt_action.core.eta import Left, Past
from dlt_action.core.lastgood import LookBack
from dlt_action.core.model import Update, UpdateState
from dlt_action.core.news import Heartbeat
from dlt_action.core.plan import Plan
from dlt_action.core.trip import Trip

# No log is written later: a clock that says so is wrong, and can hardly be added to.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


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

    def beat(self, following: Following) -> Heartbeat:
        """How far it is."""
        tally, past = following.tally, self._behind.past
        return Heartbeat(
            state=following.phase.value,
            flows=tally.flow_counts(),
            rows=tally.rows_written(),
            elapsed=self._trip.elapsed,
            left=None if past is None else self._left(following, past),
        )

    def _left(self, following: Following, past: Past) -> Left | None:
        last, tally = following.last, following.tally
        if last is None or following.phase is not UpdateState.RUNNING:
            return None
        if self._running is None:
            return None
        began = tally.since(UpdateState.RUNNING)
        runs_for = spent = self._since(self._running, began)
        if past.queue:
            spent = self._since(self._turned, last.created)
        by_log = None
        if began is not None and began < _LATEST:
            by_log = began + timedelta(seconds=runs_for)
        return eta.left(past, tally.flows(), spent=spent, now=by_log)

    def _since(self, seen: float, told: datetime | None) -> float:
        """Seconds since something was *seen*, by the log's or the API's word *told*."""
        now = self._trip.now
        if told is None or not self._attached:
            return now - seen
        return max(now - seen, (self._plan.wall(now) - told).total_seconds())
