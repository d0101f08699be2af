"""Taking up an update that somebody else started: `update-id`."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from dlt_action.core import calls, wire
from dlt_action.core.calls import Call
from dlt_action.core.exchange import Executed, NotExecuted, Outcome, Rejected
from dlt_action.core.launched import Launched
from dlt_action.core.model import Attribution, JsonObject, UpdateId
from dlt_action.core.plan import LATEST, Plan
from dlt_action.core.reply import FaultKind
from dlt_action.core.startings import (
    no_such_update,
    no_update_yet,
    not_to_be_had,
)
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, interrupted_before_start


def take_up(trip: Trip, plan: Plan, wanted: UpdateId) -> Script[Launched | Verdict]:
    """Take up the update *wanted*, or the newest."""
    if wanted == LATEST:
        newest = yield from _newest(trip, plan)
        if isinstance(newest, Verdict):
            return newest
        wanted = newest
    call = calls.get_update(plan.pipeline.pipeline_id, wanted)
    answer = yield from _read(
        trip, plan, call, lambda body: wire.update_read(body, wanted) is not None
    )
    if isinstance(answer, Rejected) and answer.status == HTTPStatus.NOT_FOUND:
        return no_such_update(wanted, answer)
    if not isinstance(answer, Executed):
        return _hindered(trip, plan, answer, call)
    found = wire.update_read(answer.body, wanted)
    assert found is not None  # noqa: S101 - else it is not usable
    return Launched(
        update_id=found.update_id,
        request_id=found.request_id,
        attribution=Attribution.ATTACHED,
        seen=found,
    )


def _newest(trip: Trip, plan: Plan) -> Script[UpdateId | Verdict]:
    call = calls.list_updates(plan.pipeline.pipeline_id)
    answer = yield from _read(trip, plan, call)
    if not isinstance(answer, Executed):
        return _hindered(trip, plan, answer, call)
    ids = [update.update_id for update in wire.updates(answer.body)]
    # The list may be behind what the pipeline showed a moment ago: to follow the update
    # before the newest would answer with last night's success.
    shown = plan.pipeline.newest[:1]
    newest = ids[:1] if set(shown) <= set(ids) else shown
    return newest[0] if newest else no_update_yet()


def _read(
    trip: Trip,
    plan: Plan,
    call: Call,
    usable: Callable[[JsonObject], bool] = lambda _: True,
) -> Script[Outcome]:
    outcome = yield from trip.insist(
        call, grace=plan.start_grace, throttled=plan.throttle_grace, usable=usable
    )
    # What came too late to be used is not used.
    late = trip.interrupted is not None
    return NotExecuted(reason=FaultKind.ABANDONED.value) if late else outcome


def _hindered(trip: Trip, plan: Plan, outcome: Outcome, call: Call) -> Verdict:
    if trip.interrupted is not None:
        return interrupted_before_start(trip.interrupted)
    return not_to_be_had(plan, outcome, what=call.what)
