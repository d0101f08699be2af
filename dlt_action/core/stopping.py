"""
Stopping our update, and nobody else's.

The API stops whatever update is active: there is no stop by id. So before every send
a read must prove that the active update is ours, by an id that came in the answer to
our own start. At most two sends that may arrive, the second only after the first had
time to show; what came of it is told as it is.
"""

from __future__ import annotations

from enum import Enum

from dlt_action.core import calls, wire
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Outcome
from dlt_action.core.model import Pipeline, PipelineId, UpdateId, UpdateState
from dlt_action.core.news import Parted, StopAccepted
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.words import duration

MOST_SENDS = 2

# What a stop that arrived takes to show in the state, and what a signal leaves of that.
SECONDS_TO_SHOW = 10.0
SECONDS_TO_SHOW_AFTER_SIGNAL = 1.5


class Stop(Enum):
    """What came of asking for a stop; the value completes a sentence."""

    NOT_ASKED = "no stop was asked for"
    ACCEPTED = "the stop was accepted"
    NOT_OURS = "it is not known to be started by this step, so it was not stopped"
    WAIVED = "it was left running, as asked"
    NOT_ACTIVE = "it was not shown as the active one, so nothing was stopped"
    REFUSED = "the stop was refused"
    UNANSWERED = "the stop was asked for and not answered"
    NOT_SENT = "it could not be asked to stop"

    @property
    def may_have_worked(self) -> bool:
        """Whether an update that is CANCELED now is so because of us."""
        return self in (Stop.ACCEPTED, Stop.UNANSWERED)


_DECIDED = frozenset({Stop.ACCEPTED, Stop.NOT_OURS, Stop.WAIVED})


class Stopper:
    """Asks for the stop of one update."""

    def __init__(self, trip: Trip, pipeline: PipelineId, ours: UpdateId | None) -> None:
        """Stop *ours*, when asked to; None: nothing here may be stopped."""
        self._trip = trip
        self._pipeline = pipeline
        self._ours = ours
        self._sends = 0
        self._not_before = trip.now
        self.result = Stop.NOT_OURS if ours is None else Stop.NOT_ASKED
        self.refusal = ""  # remote text

    @property
    def due(self) -> bool:
        """Whether to ask (again): a list may be behind, an answer may be lost."""
        early = self._trip.now < self._not_before
        if early or self.result in _DECIDED:
            return False
        return self._sends < MOST_SENDS

    @property
    def in_vain(self) -> bool:
        """Whether the workspace refuses to stop it, each time it is asked."""
        return self.result is Stop.REFUSED and self._sends >= MOST_SENDS

    def waive(self) -> None:
        """Leave it running, unless its stop is already on the way."""
        if self.result is Stop.NOT_ASKED:
            self.result = Stop.WAIVED
            self._part("leaving it running")

    def ask(self) -> Script[None]:
        """Ask once, if a read proves that ours is the active update."""
        if self.result is Stop.NOT_ASKED:
            left = duration(self._trip.leave_by - self._trip.now)
            self._part(f"stopping it, and watching it for {left} at most")
        result = yield from self._ask()
        # Whatever a later try comes to, an earlier one may still have worked.
        if self.result is not Stop.UNANSWERED or result is Stop.ACCEPTED:
            self.result = result
        if self.result is Stop.ACCEPTED and self._ours is not None:
            self._trip.tell(StopAccepted(self._ours))

    def _part(self, what: str) -> None:
        why = self._trip.interrupted
        if why is not None:
            self._trip.tell(Parted(f"{why.told}, update {self._ours}: {what}"))

    def _ask(self) -> Script[Stop]:
        proof = yield from self._trip.send(calls.get_pipeline(self._pipeline))
        if not isinstance(proof, Executed):
            return Stop.NOT_SENT
        if not _active(wire.pipeline(proof.body), self._ours):
            return Stop.NOT_ACTIVE
        answer = yield from self._trip.send(
            calls.stop_pipeline(self._pipeline), after_signal=2.0
        )
        return self._answered(answer)

    def _answered(self, answer: Outcome) -> Stop:
        if isinstance(answer, Executed):
            return Stop.ACCEPTED
        if isinstance(answer, NotExecuted):
            hint = answer.wait_hint
            self._not_before = self._trip.now + (0.0 if hint is None else hint)
            return Stop.NOT_SENT
        hurried = self._trip.hurried
        wait = SECONDS_TO_SHOW_AFTER_SIGNAL if hurried else SECONDS_TO_SHOW
        self._sends, self._not_before = self._sends + 1, self._trip.now + wait
        if isinstance(answer, Ambiguous):
            return Stop.UNANSWERED
        self.refusal = answer.reason
        return Stop.REFUSED


def _active(seen: Pipeline | None, ours: UpdateId | None) -> bool:
    # An update that has ended is not active: a stop would meet whatever comes next. And
    # one that is queued behind another is not the one that a stop would meet.
    if seen is None or not seen.newest or seen.newest[0] != ours:
        return False
    state, *older = seen.newest_states
    known = (one for one in older if one is not UpdateState.UNRECOGNISED)
    return not state.terminal and all(one.terminal for one in known)
