"""Reading one job run, with all its tasks: the only authority on how it is."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from dlt_action.core import wire
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
)
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import endings as jobendings
from dlt_action.core.jobs import startings as jobstartings
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.wire import JobRunSeen
from dlt_action.core.model import JsonObject, RunId
from dlt_action.core.refusals import Refusals
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import replace

# A job has at most 1,000 tasks, and a page 100 of them.
MOST_PAGES = 20


class RunLooker:
    """Looks at a job run, and knows when looking has become pointless."""

    def __init__(self, trip: Trip, run: RunId, *, grace: float) -> None:
        """Look at *run*; an API that stays away is borne for *grace* seconds."""
        self._trip = trip
        self._run = run
        self._grace = grace
        self._refusals = Refusals()
        self.last: JobRunSeen | None = None
        self.pages = 1  # that the last look took

    def look(self) -> Script[JobRunSeen | Verdict | None]:
        """The run as it is; None without an answer; a verdict when there is none."""
        trip = self._trip
        throttles = trip.throttles
        first = yield from self._page(None)
        if trip.throttles > throttles:
            self._refusals.clear()  # who asked for patience did not refuse meanwhile
        if not isinstance(first, Executed):
            return self._without_answer(first)
        more: list[JsonObject] = []
        token = wire.next_page(first.body)
        while token is not None and len(more) < MOST_PAGES:
            page = yield from self._page(token)
            if not isinstance(page, Executed):
                return self._without_answer(page)
            more.append(page.body)
            token = wire.next_page(page.body)
        self._refusals.clear()
        self.pages = len(more) + 1
        return self.take(first.body, more)

    def take(
        self, first: JsonObject, more: Sequence[JsonObject] = ()
    ) -> JobRunSeen | None:
        """Take an answer; the run that it tells of, if that is ours."""
        if jobwire.run_id(first) == self._run:
            self.last = jobwire.run(first, more)
        return self.last

    def _page(self, token: str | None) -> Script[Outcome]:
        run = self._run
        return (
            yield from self._trip.insist(
                jobcalls.get_run(run, token),
                grace=self._grace,
                usable=lambda body: jobwire.run_id(body) == run,
            )
        )

    def _without_answer(
        self, answer: NotExecuted | Ambiguous | Rejected
    ) -> Verdict | None:
        trip, state = self._trip, None if self.last is None else self.last.state
        if isinstance(answer, Rejected):
            return self._refused(answer)
        if trip.away_for >= self._grace and trip.interrupted is None:
            return jobendings.away(self._run, state, trip.away_for, answer.reason)
        return None

    def _refused(self, rejected: Rejected) -> Verdict | None:
        told = rejected
        if jobstartings.is_missing(rejected):
            told = replace(rejected, status=HTTPStatus.NOT_FOUND)
        belief = self._refusals.believed(told, self._trip.now, self._grace)
        if belief is None:
            return None
        lasted = self._refusals.lasted(self._trip.now)
        return jobendings.not_followed(self._run, belief, rejected, lasted)
