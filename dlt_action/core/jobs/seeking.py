"""
Looking for a one-time run whose start was not answered in time: as a machine.

Its name ends in a part of the token that it was started with, which nobody else knows.
It only reads; what it finds is canceled by its id, by `core.jobs.cleaning`.
"""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core import wire
from dlt_action.core.cleaning import SECONDS_IN_ALL
from dlt_action.core.exchange import Executed
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.labels import is_called_so
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result, RunId
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip

# The rest of the time is for canceling what is found.
SECONDS_TO_SEEK = 30.0
MOST_PAGES = 20


class JobSeeking(Scripted):
    """The machine that looks for one run."""

    def __init__(self, plan: Plan, token: str, *, chance: Callable[[], float]) -> None:
        """Look for the run that was started with *token*; *chance* as for a run."""
        self._token = token
        self.found: RunId | None = None
        deadline = plan.began + SECONDS_IN_ALL
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, self._play(trip))

    def _play(self, trip: Trip) -> Script[Outcome]:
        call = jobcalls.list_one_time_runs()
        for _ in range(MOST_PAGES):
            answer = yield from trip.insist(call, grace=SECONDS_TO_SEEK)
            if not isinstance(answer, Executed):
                return self._unknown(answer.reason)
            for run in wire.children(answer.body, "runs"):
                if is_called_so(wire.text(run, "run_name"), self._token):
                    self.found = jobwire.run_id(run)
            page = wire.next_page(answer.body)
            if self.found is not None or page is None:
                break
            call = jobcalls.list_one_time_runs(page)
        told = f"is {self.found}" if self.found is not None else "is not active"
        return Outcome(
            result=Result.SUCCEEDED,
            reason=f"The one-time run that was asked for {told}.",
        )

    def _unknown(self, said: str) -> Outcome:
        return Outcome(
            result=Result.UNREACHABLE,
            reason="The runs could not be listed: a one-time run of this step may be"
            " running.",
            advice="Look for a run on the page Job runs whose name ends in"
            f" {self._token[:8]}, and cancel it there if it should not run.",
            server_said=said,
        )
