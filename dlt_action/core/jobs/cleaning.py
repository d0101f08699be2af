"""
Canceling one job run that was left behind, by its id: as a machine.

It can start nothing. What the run has started, the Jobs service stops; that the run has
ended is proved by reading it.
"""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core.cleaning import SECONDS_IN_ALL
from dlt_action.core.jobs.cancel import Cancel, Canceler
from dlt_action.core.jobs.look import RunLooker
from dlt_action.core.jobs.wire import JobRunSeen
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result, RunId
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import PAUSE_AFTER_TIMEOUT, Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import replace

_LOOK = "Look at the run's page and cancel it there if it should not run."


class JobCleaning(Scripted):
    """The machine that cancels one job run."""

    def __init__(self, plan: Plan, run: RunId, *, chance: Callable[[], float]) -> None:
        """Cancel *run*, with the patience of *plan*; *chance* as for a run."""
        deadline = plan.began + SECONDS_IN_ALL
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, Canceling(trip, plan, run).script())


class Canceling:
    """The cancel of one job run that was left behind, watched until it has ended."""

    def __init__(self, trip: Trip, plan: Plan, run: RunId) -> None:
        """Cancel *run*, with the patience of *plan*."""
        self._trip = trip
        self._run = run
        self._looker = RunLooker(trip, run, grace=plan.outage_grace)
        self._canceler = Canceler(trip, run)

    def _heartbeat(self) -> Heartbeat:
        waiting = f"waiting for job run {self._run} to end"
        return Heartbeat(state=waiting, elapsed=self._trip.elapsed)

    def script(self) -> Script[Outcome]:
        """Cancel it; what came of that."""
        trip, canceler = self._trip, self._canceler
        trip.heart = self._heartbeat
        while trip.interrupted is None:
            seen = yield from self._looker.look()
            if isinstance(seen, Verdict):
                return self._hindered(seen).outcome()
            if seen is not None and seen.state.ended:
                again = yield from self._looker.look()
                # Somebody may repair it, and it goes on.
                if isinstance(again, JobRunSeen) and again.state.ended:
                    return self._ended(again).outcome()
            elif canceler.due and trip.interrupted is None:
                yield from self._ask()
            if canceler.in_vain:
                break
            yield from trip.nap(PAUSE_AFTER_TIMEOUT)
        return self._left().outcome()

    def _ask(self) -> Script[None]:
        before = self._canceler.result
        yield from self._canceler.ask()
        result, refusal = self._canceler.result, self._canceler.refusal
        told = result is Cancel.ACCEPTED  # by whoever asked
        if result is not before and not told:
            why = f" ({refusal})" if refusal else ""
            self._trip.tell(Noted(f"job run {self._run}: {result.value}{why}"))

    def _ended(self, seen: JobRunSeen) -> Verdict:
        canceled = seen.state.result == "CANCELED"
        how = "has ended: there is nothing to cancel."
        if canceled and self._canceler.result.may_have_worked:
            how = "was canceled."
        return Verdict(result=Result.SUCCEEDED, reason=f"Job run {self._run} {how}")

    def _hindered(self, verdict: Verdict) -> Verdict:
        """*verdict*, which is in the words of who follows, in those of a cancel."""
        run, told = self._run, self._canceler.result.value
        reason = f"Job run {run} cannot be read and may still be running: {told}."
        if verdict.result is Result.GONE:
            reason = f"There is no job run {run}: {told}."
        advice = verdict.advice if verdict.signing_in else _LOOK
        return replace(verdict, reason=reason, advice=advice)

    def _left(self) -> Verdict:
        why, canceler, last = self._trip.interrupted, self._canceler, self._looker.last
        told = "The time for it is over"
        if canceler.in_vain:
            told = "It cannot be canceled from here"
        elif why is not None and why.is_signal:
            told = why.told
        state = ""
        if last is not None and last.state.known:
            state = f", and it was {last.state.phase} at the last look"
        hurried = why is not None and why.is_signal
        return Verdict(
            result=Result.INTERRUPTED if hurried else Result.TIMED_OUT,
            reason=f"{told}. Job run {self._run} may still be running:"
            f" {canceler.result.value}{state}.",
            advice=_LOOK,
            server_said=canceler.refusal,
            signal=None if why is None else why.signal,
        )
