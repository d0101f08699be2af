"""
Stopping our update, and nobody else's.

The API stops whatever update is active: there is no stop by id. So before every send
a read must prove that the active update is ours, by an id that came in the answer to
our own start. At most two sends that may arrive; what came of it is told as it is.
"""

from __future__ import annotations

from enum import Enum

from dlt_action.core import calls, wire
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Rejected
from dlt_action.core.model import Pipeline, PipelineId, UpdateId
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

MOST_SENDS = 2


class Stop(Enum):
    """What came of asking for a stop; the value completes a sentence."""

    NOT_ASKED = "no stop was asked for"
    ACCEPTED = "the stop was accepted"
    NOT_OURS = "it was not proven to be ours, so it was not stopped"
    NOT_ACTIVE = "it was not the active update any more, so nothing was stopped"
    REFUSED = "the stop was refused"
    UNANSWERED = "the stop was asked for and not answered"
    NOT_SENT = "it could not be asked to stop"

    @property
    def worth_a_try(self) -> bool:
        """Whether to ask (again): a list may be behind, and an API come back."""
        return self in (Stop.NOT_ASKED, Stop.NOT_ACTIVE, Stop.NOT_SENT)

    @property
    def may_have_worked(self) -> bool:
        """Whether an update that is CANCELED now is so because of us."""
        return self in (Stop.ACCEPTED, Stop.UNANSWERED)


def stop(trip: Trip, pipeline: PipelineId, ours: UpdateId) -> Script[Stop]:
    """Ask for a stop of *ours* while it is provably the active update."""
    sent = False
    for _ in range(MOST_SENDS):
        proof = yield from trip.send(calls.get_pipeline(pipeline))
        if not isinstance(proof, Executed):
            break
        if not _active(wire.pipeline(proof.body), ours):
            return Stop.UNANSWERED if sent else Stop.NOT_ACTIVE
        answer = yield from trip.send(calls.stop_pipeline(pipeline), after_signal=2.0)
        match answer:
            case Executed():
                return Stop.ACCEPTED
            case Rejected():
                return Stop.REFUSED
            case Ambiguous():
                sent = True
            case NotExecuted():
                pass
    return Stop.UNANSWERED if sent else Stop.NOT_SENT


def _active(seen: Pipeline | None, ours: UpdateId) -> bool:
    # An update that has ended is not active: a stop would meet whatever comes next.
    if seen is None or not seen.newest or seen.newest[0] != ours:
        return False
    return seen.newest_state is None or not seen.newest_state.terminal
