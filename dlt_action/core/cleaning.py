"""
Stopping one update that was left behind, and its automatic restarts: as a machine.

It can start nothing. It stops only what a read proved to be the update that was named,
or a restart of it; whatever else is active is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from dlt_action.core.endings import shown
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result, Update, UpdateId
from dlt_action.core.model import UpdateState as S
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.vigil import End, Errand, Vigil
from dlt_action.lean import replace

# The runner ends a canceled job about 285 s after it began to; what takes longer would
# be torn off without a word.
SECONDS_IN_ALL = 240.0
# How long a restart may still appear. Measured ones took 2 s, and up to 3 min.
SECONDS_FOR_A_RESTART = 90.0
# An API that is away for so long is not coming back in the time that there is.
SECONDS_OF_OUTAGE = 60.0


class Cleaning(Scripted):
    """The machine that stops one update."""

    def __init__(
        self,
        plan: Plan,
        update: UpdateId,
        *,
        asked: bool = False,
        chance: Callable[[], float],
    ) -> None:
        """
        Stop *update* of the pipeline of *plan*; *chance* as for a run.

        *asked*: its stop was accepted before, so that its end is no restart.
        """
        self._plan = plan
        self._asked = asked
        self._update = update
        deadline = plan.began + SECONDS_IN_ALL
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, self._play(trip))

    def _play(self, trip: Trip) -> Script[Outcome]:
        named = Update(update_id=self._update, state=S.UNRECOGNISED, state_text="")
        errand = Errand(
            longest_gap=SECONDS_FOR_A_RESTART,
            stop=True,
            asked=self._asked,
        )
        vigil = Vigil(trip, self._plan, named, errand)
        end = yield from vigil.script()
        if isinstance(end, Verdict):
            return _hindered(vigil, end).outcome()
        return _verdict(trip, vigil, end).outcome()


def _hindered(vigil: Vigil, verdict: Verdict) -> Verdict:
    """*verdict*, which is in the words of somebody who follows, in those of a stop."""
    update, told = vigil.update_id, vigil.told_of_its_stop
    match verdict.result:
        case Result.GONE:
            reason = f"There is no update {update} of this pipeline: {told}."
            advice = "Compare the ids. Somebody may have deleted the pipeline."
        case Result.UNAUTHORIZED:
            reason = (
                f"No access to update {update}, which may still be running: {told}."
            )
            advice = "Give the principal that signs in the permission CAN RUN."
            if verdict.signing_in:
                reason = (
                    f"Could not sign in, and update {update} may still be running:"
                    f" {told}."
                )
                advice = verdict.advice
        case _:
            reason = f"Update {update} cannot be read and may still be running: {told}."
            advice = "Look at the update's page and stop it there if it should not run."
    return replace(verdict, reason=reason, advice=advice)


def _verdict(trip: Trip, vigil: Vigil, end: End) -> Verdict:
    update, state = vigil.update_id, vigil.current_state.value
    stopped = vigil.stopper.result.may_have_worked and vigil.current_state is S.CANCELED
    if end is End.OVER and stopped:
        return Verdict(
            result=Result.SUCCEEDED,
            reason=f"Update {update} was stopped and is {state}.",
        )
    if end is End.OVER:
        return Verdict(
            result=Result.SUCCEEDED,
            reason=f"Update {update} has ended ({state}): there is nothing to stop.",
        )
    return _left(trip, vigil, end)


def _left(trip: Trip, vigil: Vigil, end: End) -> Verdict:
    why = trip.interrupted
    match end:
        case End.INTERRUPTED if why is not None and why.is_signal:
            result, told = Result.INTERRUPTED, why.told
        case End.STILL_ACTIVE if vigil.stopper.in_vain:
            result, told = Result.TIMED_OUT, "It cannot be stopped from here"
        case End.INTERRUPTED | End.STILL_ACTIVE | End.OVER:  # by its own time
            result, told = Result.TIMED_OUT, "The time for it is over"
        case _:
            assert_never(end)
    if vigil.current_state.terminal:
        return Verdict(
            result=result,
            reason=f"{told}. Update {vigil.update_id} has ended"
            f" ({vigil.current_state.value}), and the platform may start it again.",
            advice="Look at the pipeline's page and stop what should not run.",
            signal=None if why is None else why.signal,
        )
    return Verdict(
        result=result,
        reason=f"{told}. Update {vigil.update_id} may still be running:"
        f" {vigil.told_of_its_stop}, and it was {shown(vigil.current_state)} at the"
        " last look.",
        advice="Look at the update's page and stop it there if it should not run.",
        server_said=vigil.stopper.refusal,
        signal=None if why is None else why.signal,
    )
