"""
Leaving a job run before its end: when a clock runs out, or a signal comes.

A run is canceled by its id, so nothing has to be proved before, as a stop of an update
needs it; and a cancel that is sent twice is the same cancel. It is asked for until it
was accepted. What the run had started, the Jobs service stops.
"""

from __future__ import annotations

from enum import Enum

from dlt_action.core.exchange import Ambiguous, Executed, Outcome, Rejected
from dlt_action.core.hanging import length_of, with_length
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.model import RunId
from dlt_action.core.news import Parted
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.steps import Script, Why
from dlt_action.core.trip import Trip
from dlt_action.core.words import duration

# Of a cancel that is refused: a permission that is missing does not come by asking.
MOST_REFUSALS = 2


class Cancel(Enum):
    """What came of asking for a cancel; the value completes a sentence."""

    NOT_ASKED = "no cancel was asked for"
    ACCEPTED = "its cancel was accepted"
    WAIVED = "it was left running, as asked"
    REFUSED = "its cancel was refused"
    UNANSWERED = "its cancel was asked for and not answered"
    NOT_SENT = "it could not be asked to cancel"

    @property
    def may_have_worked(self) -> bool:
        """Whether a run that is CANCELED now is so because of us."""
        return self in (Cancel.ACCEPTED, Cancel.UNANSWERED)


class Canceler:
    """Asks for the cancel of one job run."""

    def __init__(self, trip: Trip, run: RunId) -> None:
        """Cancel *run*, when asked to."""
        self._trip = trip
        self._run = run
        self._refusals = 0
        self.result = Cancel.NOT_ASKED
        self.refusal = ""  # remote text

    @property
    def due(self) -> bool:
        """Whether to ask (again)."""
        decided = self.result in (Cancel.ACCEPTED, Cancel.WAIVED)
        return not decided and not self.in_vain

    @property
    def in_vain(self) -> bool:
        """Whether the workspace refuses to cancel it, each time it is asked."""
        return self._refusals >= MOST_REFUSALS

    def ask(self) -> Script[None]:
        """Ask once."""
        trip = self._trip
        answer = yield from trip.send(jobcalls.cancel_run(self._run), after_signal=2.0)
        result = self._answered(answer)
        # Whatever a later try comes to, an earlier one may still have worked.
        if self.result is not Cancel.UNANSWERED or result is Cancel.ACCEPTED:
            self.result = result
        if self.result is Cancel.ACCEPTED:
            trip.tell(Parted(f"job run {self._run}: the cancel was accepted"))

    def _answered(self, answer: Outcome) -> Cancel:
        match answer:
            case Executed():
                return Cancel.ACCEPTED
            case Rejected():
                self._refusals += 1
                self.refusal = answer.reason
                return Cancel.REFUSED
            case Ambiguous():
                return Cancel.UNANSWERED
            case _:
                return Cancel.NOT_SENT


class Leaving:
    """What becomes of our job run when we leave it."""

    def __init__(self, trip: Trip, plan: Plan, run: RunId) -> None:
        """Leave *run* as *plan* says."""
        self._trip = trip
        self._plan = plan
        self._run = run
        self.canceler = Canceler(trip, run)
        trip.ours = True
        trip.lingers = plan.on_timeout is Parting.STOP

    @property
    def stays(self) -> bool:
        """Whether there is something to wait for: the end, or a cancel to show."""
        why = self._trip.interrupted
        return why is None or self._plan.parting(why) is Parting.STOP

    def told(self, why: Why) -> str:
        """Why it is left, as the beginning of a sentence."""
        return with_length(why, length_of(why, self._plan, self._trip))

    def part(self) -> Script[None]:
        """Cancel it, or leave it, as the interrupt asks for."""
        why, canceler = self._trip.interrupted, self.canceler
        if why is None or not canceler.due:
            return
        if self._plan.parting(why) is Parting.LEAVE:
            canceler.result = Cancel.WAIVED
            self._tell(why, "leaving it running")
            return
        if canceler.result is Cancel.NOT_ASKED:
            left = duration(self._trip.leave_by - self._trip.now)
            self._tell(why, f"canceling it, and watching it for {left} at most")
        yield from canceler.ask()

    def _tell(self, why: Why, what: str) -> None:
        self._trip.tell(Parted(f"{why.told}, job run {self._run}: {what}"))
