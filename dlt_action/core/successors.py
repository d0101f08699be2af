"""Waiting for the platform to go on with an update that ended badly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from dlt_action.core import calls, endings, wire
from dlt_action.core.attempt import Following
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Rejected,
    of_a_read,
)
from dlt_action.core.model import PipelineState, Update
from dlt_action.core.news import Noted
from dlt_action.core.pace import back_off, look_again_after
from dlt_action.core.plan import Plan
from dlt_action.core.refusals import Refusals
from dlt_action.core.steps import Script
from dlt_action.core.succession import ANNOUNCED_GRACE, Search, grace, stirs, successor
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.words import duration

PAUSE = 5.0

# Ours is among the newest; a list that hides it behind more pages will not tell.
MOST_PAGES = 20


class Successors:
    """The search for the successor of one update."""

    def __init__(
        self,
        trip: Trip,
        plan: Plan,
        ours: Following,
        before: Iterable[Following],
        *,
        stays: Callable[[], bool],
    ) -> None:
        """
        Search for what follows *ours*, which has just ended; *before* are older.

        *stays* says whether an interrupt leaves something to wait for: a successor
        that is to be stopped.
        """
        self.certain = False  # whether nothing follows, once none was found
        # Who knows whether anything can follow: a job's task lasts until nothing can.
        self.over: Callable[[], bool] | None = None
        self._stays = stays
        self._known = {one.update_id for one in (*before, ours)}
        self._trip = trip
        self._plan = plan
        self._ours = ours
        self._no_list = Refusals()
        self._no_pipeline = Refusals()
        self._silent_since: dict[str, float] = {}  # by who keeps silent
        self._newer = False  # whether the pipeline shows an update after ours
        self._throttles = 0  # in a row, of the pipeline
        self._rest = 0.0  # seconds that they ask for
        self._state: PipelineState | None = None  # the last that was told
        self._stirred: float | None = None  # when it last said that it is at work

    def wait(self, longest: float = inf) -> Script[Update | Verdict | None]:
        """
        The successor; None when none comes; a verdict when we cannot know.

        It is waited for no longer than *longest* seconds, whatever is announced.
        """
        trip, ended_at = self._trip, self._trip.now
        self._tell(min(self._plan.restart_grace, longest))
        while True:
            # The state first: what it announces is then still ahead of the search.
            state = yield from self._pipeline_state()
            found = yield from self._search()
            if isinstance(found, Update | Verdict):
                return found
            if isinstance(state, Verdict):
                return state
            self._state = self._state if state is None else state
            left = self._give_up_at(ended_at) - trip.now
            # Only answers can say that nothing comes: an outage says nothing.
            silent = state is None or found is not Search.NOTHING_YET
            over = left <= 0 and not silent if self.over is None else self.over()
            self.certain = found is Search.BROKEN or over
            if self.certain or trip.out_of_time or trip.now >= ended_at + longest:
                return None
            if trip.interrupted is not None and not self._stays():
                return None
            pause = self._pause(min(left, ended_at + longest - trip.now))
            if self.over is not None and trip.interrupted is None:
                pause = max(pause, look_again_after(trip.now - ended_at, ceiling=None))
            yield from trip.nap(pause)

    def _tell(self, at_least: float) -> None:
        until = f"{duration(at_least)} for an automatic restart by the platform, longer"
        until += " if it announces one"
        if self.over is not None:
            until = "for an automatic restart by the platform, or the end of its task"
        ours = self._ours
        self._trip.tell(
            Noted(f"update {ours.update_id} is {ours.state.value}: waiting {until}")
        )

    def _give_up_at(self, ended_at: float) -> float:
        restart, now = self._plan.restart_grace, self._trip.now
        if stirs(self._state) and now < ended_at + ANNOUNCED_GRACE:
            # What it was about may be over, and the lists still be behind.
            self._stirred = now
        until = ended_at + grace(self._state, restart)
        if self._stirred is not None:
            until = max(until, self._stirred + restart)
        return until

    def _pause(self, left: float) -> float:
        if self._trip.interrupted is not None:
            return self._trip.leaving_pause
        return max(min(PAUSE, left) if left > 0 else PAUSE, self._rest)

    def _search(self) -> Script[Update | Search | Verdict]:
        token: str | None = None
        newer: list[Update] = []
        found: Update | Search = Search.NOT_REACHED
        for _ in range(MOST_PAGES):
            answer = yield from self._trip.insist(
                calls.list_updates(self._plan.pipeline.pipeline_id, token),
                grace=self._plan.outage_grace,
            )
            if not isinstance(answer, Executed):
                verdict = self._unanswered(answer, self._no_list)
                return Search.UNANSWERED if verdict is None else verdict
            self._no_list.clear()
            newer.extend(wire.updates(answer.body))
            found = successor(self._ours.update_id, newer, self._ours.request)
            token = wire.next_page(answer.body)
            if found is not Search.NOT_REACHED or token is None:
                break
        return self._believed(found)

    def _believed(self, found: Update | Search) -> Update | Search | Verdict:
        # A list that does not show ours, or not what the pipeline shows, is behind.
        behind = found is Search.NOTHING_YET and self._newer
        if found is not Search.NOT_REACHED and not behind:
            self._silent_since.pop("list", None)
            return found
        verdict = self._silent("list", "the list of updates does not show the newest")
        return Search.UNANSWERED if verdict is None else verdict

    def _pipeline_state(self) -> Script[PipelineState | Verdict | None]:
        # Asked once: while it keeps silent, the list may still show the successor.
        pipeline = self._plan.pipeline.pipeline_id
        answer = of_a_read(
            (yield from self._trip.send(calls.get_pipeline(pipeline))),
            lambda body: (
                wire.pipeline(body) is not None
                and not wire.is_of_another(body, pipeline)
            ),
        )
        match answer:
            case Executed(body=body):
                self._no_pipeline.clear()
                self._throttles, self._rest = 0, 0.0
                self._silent_since.pop("pipeline", None)
                seen = wire.pipeline(body)
                newest = () if seen is None else seen.newest[:1]
                self._newer = any(update not in self._known for update in newest)
                return None if seen is None else seen.state
            case Rejected():
                return self._unanswered(answer, self._no_pipeline)
            case NotExecuted(throttled=True):
                self._silent_since.pop("pipeline", None)  # who says so is there
                self._slow_down(answer)
                return None
            case _:
                return self._silent("pipeline", answer.reason)

    def _slow_down(self, answer: NotExecuted) -> None:
        self._throttles += 1
        chance = self._trip.chance()
        self._rest = back_off(self._throttles, hint=answer.wait_hint, chance=chance)

    def _silent(self, who: str, reason: str) -> Verdict | None:
        now, ours = self._trip.now, self._ours
        lasted = now - self._silent_since.setdefault(who, now)
        if lasted < self._plan.outage_grace or self._trip.interrupted is not None:
            return None
        return endings.away(ours.update_id, ours.state, lasted, reason)

    def _unanswered(
        self, answer: NotExecuted | Ambiguous | Rejected, refusals: Refusals
    ) -> Verdict | None:
        ours, trip, limit = self._ours, self._trip, self._plan.outage_grace
        if isinstance(answer, Rejected):
            return refusals.take(answer, ours.update_id, trip.now, limit)
        if trip.away_for >= limit and trip.interrupted is None:
            return endings.away(
                ours.update_id, ours.state, trip.away_for, answer.reason
            )
        return None
