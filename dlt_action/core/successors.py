"""Waiting for the platform to go on with an update that ended badly."""

from __future__ import annotations

from dlt_action.core import calls, verdicts, wire
from dlt_action.core.attempt import Following
from dlt_action.core.exchange import Executed, Outcome, Rejected
from dlt_action.core.model import PipelineState, Update
from dlt_action.core.news import Noted
from dlt_action.core.plan import Plan
from dlt_action.core.refusals import Refusals
from dlt_action.core.steps import Script
from dlt_action.core.succession import Search, grace, successor
from dlt_action.core.trip import LEAVING_PAUSE, Trip
from dlt_action.core.verdicts import Verdict

PAUSE = 5.0

# Ours is among the newest; a list that hides it behind more pages will not tell.
MOST_PAGES = 20


class Successors:
    """The search for the successor of one update."""

    def __init__(self, trip: Trip, plan: Plan, ours: Following) -> None:
        """Search for the successor of *ours*, which has just ended."""
        self._trip = trip
        self._plan = plan
        self._ours = ours
        self._refusals = Refusals()

    def wait(self) -> Script[Update | Verdict | None]:
        """The successor; None when none comes; a verdict when we cannot know."""
        trip, ended_at = self._trip, self._trip.now
        trip.tell(
            Noted(
                f"update {self._ours.update_id} is {self._ours.state.value}: waiting"
                " for an automatic restart by the platform"
            )
        )
        while True:
            # The state first: what it announces is then still ahead of the search.
            state = yield from self._pipeline_state()
            found = yield from self._search()
            if isinstance(found, Update | Verdict):
                return found
            if found is Search.BROKEN:
                return None
            left = ended_at + grace(state, self._plan.restart_grace) - trip.now
            if left <= 0 or trip.out_of_time:
                return None
            pause = PAUSE if trip.interrupted is None else LEAVING_PAUSE
            yield from trip.nap(min(pause, left))

    def _search(self) -> Script[Update | Search | Verdict]:
        token: str | None = None
        newer: list[Update] = []
        for _ in range(MOST_PAGES):
            answer = yield from self._trip.insist(
                calls.list_updates(self._plan.pipeline.pipeline_id, token),
                grace=self._plan.outage_grace,
            )
            if not isinstance(answer, Executed):
                return self._unanswered(answer)
            self._refusals.clear()
            newer.extend(wire.updates(answer.body))
            found = successor(self._ours.update_id, newer, self._ours.request)
            token = wire.next_page(answer.body)
            if found is not Search.NOT_REACHED or token is None:
                return found
        return Search.NOT_REACHED

    def _unanswered(self, answer: Outcome) -> Search | Verdict:
        ours, trip, limit = self._ours, self._trip, self._plan.outage_grace
        if isinstance(answer, Rejected):
            verdict = self._refusals.take(answer, ours.update_id, trip.now, limit)
            return Search.NOTHING_YET if verdict is None else verdict
        if trip.away_for >= limit and not isinstance(answer, Executed):
            return verdicts.away(ours.update_id, trip.away_for, answer.reason)
        return Search.NOTHING_YET

    def _pipeline_state(self) -> Script[PipelineState | None]:
        answer = yield from self._trip.send(
            calls.get_pipeline(self._plan.pipeline.pipeline_id)
        )
        if not isinstance(answer, Executed):
            return None
        seen = wire.pipeline(answer.body)
        return None if seen is None else seen.state
