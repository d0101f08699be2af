"""Taking up an update that somebody else started: `update-id`."""

from __future__ import annotations

from dlt_action.core import calls, wire
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
    pipeline = plan.pipeline.pipeline_id
    latest = wanted == LATEST
    call = (
        calls.list_updates(pipeline) if latest else calls.get_update(pipeline, wanted)
    )

    def read(body: JsonObject) -> Update | None:
        if latest:
            return next(iter(wire.updates(body)), None)
        return wire.update(wire.child(body, "update"))

    answer = yield from trip.insist(
        call,
        grace=plan.start_grace,
        throttled=plan.throttle_grace,
        usable=lambda body: latest or read(body) is not None,
    )
    if trip.interrupted is not None:
        return interrupted_before_start(trip.interrupted)
    if not isinstance(answer, Executed):
        return not_started(answer, what=call.what)
    found = read(answer.body)
    if found is None:
        return no_update_yet()
    return Launched(
        update_id=found.update_id,
        request_id=found.request_id,
        attribution=Attribution.ATTACHED,
        seen=found,
    )
