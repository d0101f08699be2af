"""
Starting one update: at most one start, whatever the network does.

There is no idempotency token on this call. A start whose answer was lost is never
sent again, only one that provably did not arrive; whether there is an update of ours
is then found out by reading (`reconcile`). Where another update is active, the policy
`if-active` decides (`rivals`); once that is over, all begins anew.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import chain, repeat
from typing import assert_never

from dlt_action.core import calls, wire
from dlt_action.core.baseline import Baseline, baseline_of
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Rejected,
)
from dlt_action.core.launched import Launched
from dlt_action.core.model import Update, UpdateId
from dlt_action.core.plan import Plan
from dlt_action.core.reconcile import Lost, Reconcile, Window
from dlt_action.core.rivals import Refused, Rivals
from dlt_action.core.startings import not_to_be_had
from dlt_action.core.steps import Script
from dlt_action.core.takeup import take_up
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, interrupted_before_start, why_unanswered
from dlt_action.lean import dataclass

# The text is the surest sign: the status code of a conflict is not documented
# (409 by all that is known). The id in it is a hint, to be confirmed by reading.
CONFLICT = re.compile(r"An active update '(?P<id>[0-9A-Za-z-]{1,64})' already exists")

# A signal in the middle of the start waits this long for the answer: an update whose
# id we know can be stopped, one whose id we lost cannot.
SECONDS_FOR_A_START_AFTER_SIGNAL = 3.0


def launch(trip: Trip, plan: Plan) -> Script[Launched | Verdict]:
    """Start the update that *plan* asks for, or take one up, or say why not."""
    if plan.take_up is not None:
        return (yield from take_up(trip, plan, plan.take_up))
    rivals = Rivals(trip, plan)
    launched = yield from _start_past(rivals, trip, plan)
    return rivals.owned_up(launched) if isinstance(launched, Verdict) else launched


def _start_past(rivals: Rivals, trip: Trip, plan: Plan) -> Script[Launched | Verdict]:
    """Start, past all *rivals*."""
    # Who has waited for another update has seen that the API is there.
    graces = chain([plan.start_grace], repeat(plan.outage_grace))
    while True:
        if trip.interrupted is not None:
            return interrupted_before_start(trip.interrupted)
        grace = next(graces)
        baseline = yield from _read_baseline(trip, plan, grace)
        if isinstance(baseline, Verdict):
            return baseline
        rival: Update | UpdateId | None = baseline.active
        said = ""
        if rival is None:
            started = yield from _Start(trip, plan, baseline, grace).script()
            if not isinstance(started, Refused):
                return started
            rival, said = (yield from rivals.named(started)), started.said
        settled = yield from rivals.meet(rival, said)
        if settled is not None:
            return settled


def _read_baseline(trip: Trip, plan: Plan, grace: float) -> Script[Baseline | Verdict]:
    answer = yield from trip.insist(
        calls.list_updates(plan.pipeline.pipeline_id),
        grace=grace,
        throttled=plan.throttle_grace,
    )
    if trip.interrupted is not None:
        return interrupted_before_start(trip.interrupted, why_unanswered(answer))
    if not isinstance(answer, Executed):
        return not_to_be_had(plan, answer, what="list the updates")
    return baseline_of(answer, plan.wall(trip.now), plan.pipeline.newest)


@dataclass(slots=True)
class _Start:
    """One start: sent again only after it provably did not arrive."""

    trip: Trip
    plan: Plan
    baseline: Baseline
    grace: float

    def script(self) -> Script[Launched | Verdict | Refused]:
        trip, plan = self.trip, self.plan
        call = calls.start_update(plan.pipeline.pipeline_id, plan.request)
        while True:
            sent = trip.now
            # Not shortened by the timeout: there is time for a stop after it, but none
            # of an update whose id came too late.
            outcome = yield from trip.send(
                call,
                within=calls.CALL_SECONDS,
                after_signal=SECONDS_FOR_A_START_AFTER_SIGNAL,
            )
            match outcome:
                case Executed(body=body):
                    trip.answered()
                    return (yield from self._answered(body, sent))
                case Ambiguous(reason=reason):
                    return (yield from self._lost(reason, sent))
                case Rejected():
                    trip.answered()
                    return _rejected(outcome, plan)
                case NotExecuted():
                    trip.unanswered(outcome, self.grace)
                    if trip.is_pointless(outcome, self.grace, plan.throttle_grace):
                        return not_to_be_had(plan, outcome, what=call.what)
                case _:
                    assert_never(outcome)
            if trip.interrupted is None:
                yield from trip.nap(trip.back_off(outcome))
            if trip.interrupted is not None:
                return interrupted_before_start(trip.interrupted)

    def _answered(self, body: wire.Object, sent: float) -> Script[Launched | Verdict]:
        found = wire.update_id(body)
        if found is None:
            return (yield from self._lost("the answer has no update id", sent))
        return Launched(update_id=found, request_id=wire.request_id(body))

    def _lost(self, reason: str, sent: float) -> Script[Launched | Verdict]:
        trip, plan, before = self.trip, self.plan, self.baseline
        trip.start_lost = True
        window = Window(plan.wall(sent), plan.wall(trip.now), before.ahead)
        lost = Lost(before.known, window, reason)
        return (yield from Reconcile(trip, plan, lost).script())


def _rejected(rejected: Rejected, plan: Plan) -> Verdict | Refused:
    named = CONFLICT.search(rejected.message)
    if named is None and rejected.status != HTTPStatus.CONFLICT:
        return not_to_be_had(plan, rejected, what="start the update")
    rival = None if named is None else UpdateId(named["id"])
    return Refused(rival, rejected.reason)
