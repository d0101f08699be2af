"""Reading the state of one update: the only authority on how it is."""

from __future__ import annotations

from dlt_action.core import calls, endings, wire
from dlt_action.core.attempt import Following
from dlt_action.core.exchange import Executed, Rejected
from dlt_action.core.model import JsonObject, Update, UpdateId
from dlt_action.core.plan import Plan
from dlt_action.core.refusals import Refusals
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict


class Looker:
    """Looks at updates, and knows when looking has become pointless."""

    def __init__(self, trip: Trip, plan: Plan) -> None:
        """Look with the patience of *plan*."""
        self._trip = trip
        self._plan = plan
        self._refusals = Refusals()

    def look(self, at: Following) -> Script[Update | Verdict | None]:
        """The update as it is; None without an answer; a verdict when there is none."""
        trip, ours, grace = self._trip, at.update_id, self._plan.outage_grace
        throttles = trip.throttles
        answer = yield from trip.insist(
            calls.get_update(at.pipeline, ours),
            grace=grace,
            usable=lambda body: _seen(body, ours) is not None,
        )
        if trip.throttles > throttles:
            self._refusals.clear()  # who asked for patience did not refuse meanwhile
        match answer:
            case Executed(body=body):
                self._refusals.clear()
                return _seen(body, ours)
            case Rejected():
                return self._refusals.take(answer, ours, trip.now, grace)
            case _ if trip.away_for >= grace and trip.interrupted is None:
                return endings.away(ours, at.state, trip.away_for, answer.reason)
            case _:
                return None


def _seen(body: JsonObject, ours: UpdateId) -> Update | None:
    seen = wire.update(wire.child(body, "update"))
    return seen if seen is not None and seen.update_id == ours else None
