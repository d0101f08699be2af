"""
Starting one update: at most one start, whatever the network does.

There is no idempotency token on this call. A start whose answer was lost is never
sent again, only one that provably did not arrive; what cannot be decided is told as
`unknown-start` with the link to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import assert_never

from dlt_action.core import calls, wire
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Rejected,
)
from dlt_action.core.model import RequestId, Update, UpdateId, UpdateState
from dlt_action.core.plan import Plan
from dlt_action.core.steps import Script
from dlt_action.core.trip import CALL_SECONDS, Trip
from dlt_action.core.verdicts import (
    Verdict,
    conflict,
    interrupted_before_start,
    not_started,
    unknown_start,
)

# The text is the surest sign: the status code of a conflict is not documented
# (409 by all that is known). The id in it is a hint, to be confirmed by reading.
_CONFLICT = re.compile(r"An active update '(?P<id>[0-9A-Za-z-]{1,64})' already exists")

# A signal in the middle of the start waits this long for the answer: an update whose
# id we know can be stopped, one whose id we lost cannot.
SECONDS_FOR_A_START_AFTER_SIGNAL = 3.0


@dataclass(frozen=True, slots=True)
class Launched:
    """The update that our own start was answered with."""

    update_id: UpdateId
    request_id: RequestId | None


def launch(trip: Trip, plan: Plan) -> Script[Launched | Verdict]:
    """Start the update that *plan* asks for, or say why not."""
    baseline = yield from trip.insist(
        calls.list_updates(plan.pipeline.pipeline_id),
        grace=plan.start_grace,
        throttled=plan.throttle_grace,
    )
    if trip.interrupted is not None:
        return interrupted_before_start(trip.interrupted)
    if not isinstance(baseline, Executed):
        return not_started(baseline, what="list the updates")
    for update in wire.updates(baseline.body):
        # What has a state that we do not know may have ended years ago: then it is for
        # the API to refuse the start.
        unknown = update.state is UpdateState.UNRECOGNISED
        if not update.state.terminal and not unknown:
            return _conflict(trip, plan, update)
    return (yield from _start(trip, plan))


def _start(trip: Trip, plan: Plan) -> Script[Launched | Verdict]:
    call = calls.start_update(plan.pipeline.pipeline_id, plan.request)
    while True:
        # Not shortened by the timeout: there is time for a stop after it, but none of
        # an update whose id came too late.
        outcome = yield from trip.send(
            call, within=CALL_SECONDS, after_signal=SECONDS_FOR_A_START_AFTER_SIGNAL
        )
        match outcome:
            case Executed(body=body):
                trip.answered()
                return _launched(plan, body)
            case Ambiguous(reason=reason):
                return unknown_start(plan, reason)
            case Rejected():
                return (yield from _rejected(trip, plan, outcome))
            case NotExecuted():
                trip.unanswered(outcome, plan.start_grace)
                too_long = trip.away_for >= plan.start_grace
                too_busy = trip.throttled_for >= plan.throttle_grace
                if outcome.hopeless or too_long or too_busy:
                    return not_started(outcome, what=call.what)
            case _:
                assert_never(outcome)
        if trip.interrupted is None:
            yield from trip.nap(trip.back_off(outcome))
        if trip.interrupted is not None:
            return interrupted_before_start(trip.interrupted)


def _launched(plan: Plan, body: wire.Object) -> Launched | Verdict:
    found = wire.update_id(body)
    if found is None:
        return unknown_start(plan, "the answer has no update id")
    return Launched(found, wire.request_id(body))


def _rejected(trip: Trip, plan: Plan, rejected: Rejected) -> Script[Launched | Verdict]:
    named = _CONFLICT.search(rejected.message)
    if named is None and rejected.status != HTTPStatus.CONFLICT:
        return not_started(rejected, what="start the update")
    if named is None:
        return conflict(plan, None, said=rejected.reason)
    answer = yield from trip.send(
        calls.get_update(plan.pipeline.pipeline_id, UpdateId(named["id"]))
    )
    rival = None
    if isinstance(answer, Executed):
        rival = wire.update(wire.child(answer.body, "update"))
    if rival is None:
        return conflict(plan, UpdateId(named["id"]), said=rejected.reason)
    return _conflict(trip, plan, rival)


def _conflict(trip: Trip, plan: Plan, rival: Update) -> Verdict:
    age = None
    if rival.created is not None:
        age = (plan.wall(trip.now) - rival.created).total_seconds()
    return conflict(plan, rival.update_id, update=rival, age=age)
