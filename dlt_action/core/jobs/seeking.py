"""
Looking for a one-time run whose start was not answered, and canceling it: as a machine.

Its name ends in a part of the token that it was started with, which nobody else knows.
A service that takes its time may begin it only after somebody has looked, so it is
looked for again for a minute; and what was not found by then may still begin, which is
said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dlt_action.core import wire
from dlt_action.core.cleaning import SECONDS_IN_ALL
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Rejected
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.cleaning import Canceling
from dlt_action.core.labels import is_called_so
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result, RunId
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.pace import until_the_next
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict

# When to look, in seconds; the rest of the time is for canceling what is found.
LOOKS = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
# How long one look may take, of many pages or while the API is away.
SECONDS_TO_INSIST = 30.0
MOST_PAGES = 20
# A permission that is missing does not come by asking.
MOST_REFUSALS = 2

_Unanswered: TypeAlias = NotExecuted | Ambiguous | Rejected


class JobSeeking(Scripted):
    """The machine that looks for one run, and cancels it."""

    def __init__(self, plan: Plan, token: str, *, chance: Callable[[], float]) -> None:
        """Look for the run that was started with *token*; *chance* as for a run."""
        self._plan = plan
        self._token = token
        self._refusals = 0
        deadline = plan.began + SECONDS_IN_ALL
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        trip.heart = self._heartbeat
        super().__init__(trip, self._play(trip))

    def _heartbeat(self) -> Heartbeat:
        state = "looking for a one-time run whose start was not answered"
        return Heartbeat(state=state, elapsed=self._trip.elapsed)

    def _play(self, trip: Trip) -> Script[Outcome]:
        while True:
            found = yield from self._look(trip)
            if isinstance(found, str):
                trip.tell(Noted(f"the one-time run that was asked for is {found}"))
                return (yield from Canceling(trip, self._plan, found).script())
            if trip.interrupted is not None:
                return self._cut_short().outcome()
            pause = until_the_next(LOOKS, trip.elapsed)
            if found is not None and (pause is None or self._is_final(found)):
                return self._unlisted(found.reason).outcome()
            if pause is None:
                return self._not_found()
            yield from trip.nap(pause)

    def _look(self, trip: Trip) -> Script[RunId | _Unanswered | None]:
        """The run; None where none is listed; what came in the place of a list."""
        call = jobcalls.list_one_time_runs()
        for _ in range(MOST_PAGES):
            answer = yield from trip.insist(call, grace=SECONDS_TO_INSIST)
            if not isinstance(answer, Executed):
                return answer
            for run in wire.children(answer.body, "runs"):
                found = jobwire.run_id(run)
                ours = is_called_so(wire.text(run, "run_name"), self._token)
                if ours and found is not None:
                    return found
            page = wire.next_page(answer.body)
            late = trip.elapsed >= LOOKS[-1] + SECONDS_TO_INSIST
            if page is None or late or trip.interrupted is not None:
                break
            call = jobcalls.list_one_time_runs(page)
        return None

    def _is_final(self, answer: _Unanswered) -> bool:
        """Whether another look would be answered no better."""
        if isinstance(answer, Rejected):
            self._refusals += 1
            return self._refusals >= MOST_REFUSALS
        return isinstance(answer, NotExecuted) and answer.hopeless

    def _not_found(self) -> Outcome:
        reason = "The one-time run that was asked for was not active"
        reason += f" in the {LOOKS[-1]:.0f} s in which it was looked for."
        warning = f"{reason} It may still begin. {where_to_look(self._token)}"
        return Outcome(result=Result.SUCCEEDED, reason=reason, warnings=(warning,))

    def _cut_short(self) -> Verdict:
        why = self._trip.interrupted
        assert why is not None  # noqa: S101 - that is what is asked
        return Verdict(
            result=Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT,
            reason=f"{why.told} while a one-time run of this step was looked for: it"
            " may be running, or may still begin.",
            advice=where_to_look(self._token),
            signal=why.signal,
        )

    def _unlisted(self, said: str) -> Verdict:
        return Verdict(
            result=Result.UNREACHABLE,
            reason="The runs could not be listed: a one-time run of this step may be"
            " running, or may still begin.",
            advice=where_to_look(self._token),
            server_said=said,
        )


def where_to_look(token: str) -> str:
    """What a person does about the run that was started with *token*."""
    return (
        f"Look for a run on the page Job runs whose name ends in {token[:8]}, and"
        " cancel it there if it should not run."
    )
