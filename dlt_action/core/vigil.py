"""
Waiting for an update to be over, without judging it.

It is somebody else's that is in the way, or one that is only to be stopped. Over means
that nothing follows: its automatic restarts are waited for as well, and stopped where
it is to be stopped, each only after a read proved that it is the active one. Nothing
is read but the states.
"""

from __future__ import annotations

from enum import Enum
from math import inf

from dlt_action.core import succession
from dlt_action.core.attempt import Following
from dlt_action.core.looking import Looker
from dlt_action.core.model import Update, UpdateId
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.pace import look_again_after
from dlt_action.core.plan import Plan
from dlt_action.core.steps import Script
from dlt_action.core.stopping import Stop, Stopper
from dlt_action.core.successors import Successors
from dlt_action.core.trip import PAUSE_AFTER_TIMEOUT, Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import dataclass


class End(Enum):
    """How a vigil ended, if not by a verdict."""

    OVER = "over, and nothing follows"
    STILL_ACTIVE = "still active when the time was over, or its stop was refused"
    INTERRUPTED = "a signal or the timeout came"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a vigil is for; all in seconds."""

    limit: float = inf  # for all of it
    longest_gap: float = inf  # in which a successor may appear
    stop: bool = False  # what is waited for is stopped
    asked: bool = False  # whether the first one's stop was accepted before


class Vigil:
    """The vigil over one update and its successors."""

    def __init__(self, trip: Trip, plan: Plan, update: Update, errand: Errand) -> None:
        """Wait for *update*, as *errand* says."""
        self._trip = trip
        self._plan = plan
        self._looker = Looker(trip, plan)
        self._began = trip.now
        self._errand = errand
        self._current = Following(
            plan.pipeline.pipeline_id,
            update.update_id,
            update.cause,
            retries=0,
            request_id=update.request_id,
            last=update,
        )
        self._before: list[Following] = []
        self.stopper: Stopper = self._stopper_of(self._current)
        self._told: list[str] = []

    @property
    def update_id(self) -> UpdateId:
        """The update that is waited for now, or was at the end."""
        return self._current.update_id

    @property
    def last(self) -> Update | None:
        """How it was when it was last read."""
        return self._current.last

    @property
    def current_state(self) -> S:
        """Its state, as it was last read."""
        return self._current.state

    @property
    def seen_over(self) -> frozenset[UpdateId]:
        """The updates that have ended, of those that were waited for."""
        chain = (*self._before, self._current)
        return frozenset(one.update_id for one in chain if one.state.terminal)

    @property
    def told_of_its_stop(self) -> str:
        """What came of stopping it, to complete a sentence."""
        result = self.stopper.result
        if result is not Stop.NOT_ASKED:
            return str(result.value)
        asked = self._errand.asked and not self._before
        return "its stop was accepted before" if asked else "it was not asked to stop"

    def script(self) -> Script[Verdict | End]:
        """Wait to the end."""
        heart, self._trip.heart = self._trip.heart, self._heartbeat
        end = yield from self._wait()
        self._trip.heart = heart
        return end

    def _wait(self) -> Script[Verdict | End]:
        trip = self._trip
        while trip.interrupted is None:
            seen = yield from self._looker.look(self._current)
            if isinstance(seen, Verdict):
                return seen
            if trip.interrupted is not None:
                break
            if seen is not None:
                end = yield from self._take(seen)
                if end is not None:
                    return end
            left = self._began + self._errand.limit - trip.now
            if left <= 0:
                return End.STILL_ACTIVE
            if trip.interrupted is None:
                yield from trip.nap(min(self._pause(), left))
        return End.INTERRUPTED

    def _take(self, seen: Update) -> Script[Verdict | End | None]:
        self._current.last = seen
        self._tell(seen.state_text)
        if not seen.state.terminal:
            if self._errand.stop and seen.state is not S.STOPPING and self.stopper.due:
                yield from self.stopper.ask()
                refusal = f" ({self.stopper.refusal})" if self.stopper.refusal else ""
                if self.stopper.result is not Stop.ACCEPTED:  # that is told already
                    self._tell(self.stopper.result.value + refusal)
            return End.STILL_ACTIVE if self.stopper.in_vain else None
        again = yield from self._looker.look(self._current)
        if isinstance(again, Verdict):
            return again
        if again is None or again.state is not seen.state:
            return None
        if self._final(seen):
            return End.OVER
        return (yield from self._go_on())

    def _tell(self, what: str) -> None:
        if what not in self._told:  # each once
            self._told.append(what)
            self._trip.tell(Noted(f"update {self.update_id}: {what}"))

    def _final(self, seen: Update) -> bool:
        if seen.state is S.COMPLETED:
            return True
        asked = self._errand.asked and not self._before
        if seen.state is S.CANCELED and (asked or self.stopper.result is Stop.ACCEPTED):
            return True
        return succession.is_final(
            succession.Ended(
                state=seen.state,
                validate_only=seen.validate_only,
                development=None,
                retries_configured=self._plan.pipeline.retries_configured,
                failed_attempts=self._current.retries,
                cancellation_cause="",  # only its log tells
            )
        )

    def _go_on(self) -> Script[Verdict | End | None]:
        search = Successors(
            self._trip, self._plan, self._current, self._before, stays=lambda: False
        )
        left = self._began + self._errand.limit - self._trip.now
        found = yield from search.wait(longest=min(self._errand.longest_gap, left))
        if isinstance(found, Verdict):
            return found
        if found is None and self._trip.interrupted is not None:
            return End.INTERRUPTED
        if found is None:
            return End.OVER if search.certain else End.STILL_ACTIVE
        self._before.append(self._current)
        self._current = self._current.followed_by(found)
        self.stopper = self._stopper_of(self._current)
        self._told = []
        self._trip.tell(
            Noted(
                f"the platform went on with update {found.update_id}"
                f" ({found.cause.value})"
            )
        )
        return None

    def _stopper_of(self, following: Following) -> Stopper:
        ours = following.update_id if self._errand.stop else None
        return Stopper(self._trip, following.pipeline, ours)

    def _pause(self) -> float:
        if self._errand.stop:
            return PAUSE_AFTER_TIMEOUT
        elapsed = self._trip.now - self._began
        return look_again_after(elapsed, ceiling=self._plan.poll_ceiling)

    def _heartbeat(self) -> Heartbeat:
        state = self._current.state
        known = state is not S.UNRECOGNISED
        last = state.value if known else "not known yet"
        waiting = f"waiting for update {self.update_id} ({last})"
        return Heartbeat(state=waiting, elapsed=self._trip.elapsed)
