"""
Leaving our update before its end: when a clock runs out, or a signal comes.

`on-timeout` and `on-cancel` say whether it is stopped or left running. What is not
known to be ours is neither: there is nothing to wait for then but one last look.
What a job run has started is left as its run is, which somebody else sees to.
"""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core.attempt import Following
from dlt_action.core.model import UpdateState
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.steps import Script
from dlt_action.core.stopping import Stop, Stopper
from dlt_action.core.trip import Trip
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Custody:
    """Who sees to an update that a job run has started: whoever follows the run."""

    stays: Callable[[], bool]  # whether we stay, once interrupted, to see its end
    over: Callable[[], bool]  # whether nothing can follow its end any more
    before: tuple[Following, ...] = ()  # earlier attempts of the same task


class Departure:
    """What becomes of one update when we leave it."""

    def __init__(
        self,
        trip: Trip,
        plan: Plan,
        following: Following,
        *,
        ours: bool,
        custody: Custody | None = None,
    ) -> None:
        """Leave *following*, which may be stopped only if it is *ours*."""
        self._custody = custody
        self._trip = trip
        self._plan = plan
        self._following = following
        trip.ours = ours or custody is not None
        trip.lingers = trip.ours and plan.on_timeout is Parting.STOP
        self.stopper = Stopper(
            trip, following.pipeline, following.update_id if ours else None
        )

    @property
    def stays(self) -> bool:
        """Whether there is something to wait for: the end, or a stop to show."""
        why = self._trip.interrupted
        if why is not None and self._custody is not None:
            return self._custody.stays()
        if why is None or self.stopper.result in (Stop.NOT_OURS, Stop.WAIVED):
            return why is None
        return (
            self.stopper.result is not Stop.NOT_ASKED
            or self._plan.parting(why) is Parting.STOP
        )

    def part(self) -> Script[None]:
        """Stop it, or leave it, as the interrupt asks for; once."""
        why = self._trip.interrupted
        if why is None:
            return
        if self._plan.parting(why) is Parting.LEAVE:
            self.stopper.waive()
        if self._is_due:
            yield from self.stopper.ask()

    @property
    def _is_due(self) -> bool:
        # A stop that was not answered has arrived after all where it shows.
        state = self._following.state
        shows = state is UpdateState.STOPPING or state.terminal
        lost = self.stopper.result is Stop.UNANSWERED
        return self.stopper.due and not (lost and shows)
