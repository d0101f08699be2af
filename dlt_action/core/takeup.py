"""Taking up an update that somebody else started: `update-id`."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core import calls, wire
from dlt_action.core.calls import Call
from dlt_action.core.exchange import Executed
from dlt_action.core.launched import Launched
from dlt_action.core.model import Attribution, JsonObject, Update, UpdateId
from dlt_action.core.plan import LATEST, Plan
from dlt_action.core.startings import no_update_yet
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, interrupted_before_start, not_started


def take_up(trip: Trip, plan: Plan, wanted: UpdateId) -> Script[Launched | Verdict]:
    """Take up the update *wanted*, or the newest."""
    if wanted == LATEST:
        newest = yield from _newest(trip, plan)
        if isinstance(newest, Verdict):
            return newest
        wanted = newest
    call = calls.get_update(plan.pipeline.pipeline_id, wanted)
    read = yield from _read(trip, plan, call, lambda body: _update(body) is not None)
    if isinstance(read, Verdict):
        return read
    found = _update(read)
    assert found is not None  # noqa: S101 - else it is not usable
    return Launched(
        update_id=found.update_id,
        request_id=found.request_id,
        attribution=Attribution.ATTACHED,
        seen=found,
    )


def _newest(trip: Trip, plan: Plan) -> Script[UpdateId | Verdict]:
    listed = yield from _read(trip, plan, calls.list_updates(plan.pipeline.pipeline_id))
    if isinstance(listed, Verdict):
        return listed
    ids = [update.update_id for update in wire.updates(listed)]
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
) -> Script[JsonObject | Verdict]:
    answer = yield from trip.insist(
        call, grace=plan.start_grace, throttled=plan.throttle_grace, usable=usable
    )
    if trip.interrupted is not None:
        return interrupted_before_start(trip.interrupted)
    if not isinstance(answer, Executed):
        return not_started(answer, what=call.what)
    return answer.body


def _update(body: JsonObject) -> Update | None:
    return wire.update(wire.child(body, "update"))
