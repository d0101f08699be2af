"""Planted bugs of job runs: starting, following, canceling, owing."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dlt_action import cleanup, teller
from dlt_action.core import watch
from dlt_action.core.attempt import Following
from dlt_action.core.departure import Custody, Departure
from dlt_action.core.exchange import NotExecuted, Rejected
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import look as joblook
from dlt_action.core.jobs import start as jobstart
from dlt_action.core.jobs import startings as jobstartings
from dlt_action.core.jobs import states as jobstates
from dlt_action.core.jobs import watch as jobwatch
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.run import JobRun
from dlt_action.core.jobs.search import Search
from dlt_action.core.jobs.start import _Start
from dlt_action.core.jobs.states import RunState
from dlt_action.core.jobs.watch import RunWatch
from dlt_action.core.jobs.wire import TaskRun
from dlt_action.core.model import Update
from dlt_action.core.owed import Due, JobDue, Owed
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.world import Desk
from tests.sim.planting import Mutant, Plant


def _another_token() -> tuple[Plant, ...]:
    original = _Start._was_lost

    def lost(self: _Start, reason: str) -> Verdict | None:
        again = replace(self._job, token=f"{self._job.token}-again")
        self._call = jobcalls.start_run(again, self._plan.request)
        return original(self, reason)

    return (Plant(_Start, "_was_lost", lost),)


def _lost_is_a_refusal() -> tuple[Plant, ...]:
    def lost(self: _Start, reason: str) -> Verdict | None:
        never = NotExecuted(reason=reason)
        return jobstartings.no_start(self._plan, self._job, never, what="start it")

    return (Plant(_Start, "_was_lost", lost),)


def _repeats_what_was_refused() -> tuple[Plant, ...]:
    def refused(self: _Start, rejected: Rejected) -> Verdict | None:
        self._refusals += 1
        if self._refusals < jobstart.MOST_REFUSALS:
            return None
        what = self._call.what
        return jobstartings.no_start(self._plan, self._job, rejected, what=what)

    return (Plant(_Start, "_was_refused", refused),)


def _starts_before_it_goes() -> tuple[Plant, ...]:
    original = _Start._has_to_go

    def goes(self: _Start) -> Verdict | None:
        self._lost = self._lost or "it was not sent yet"
        return original(self)

    return (Plant(_Start, "_has_to_go", goes),)


def _token_is_not_kept() -> tuple[Plant, ...]:
    original = JobRun.owed

    def owed(self: JobRun) -> Owed:
        return replace(original(self), token="")

    return (Plant(JobRun, "owed", owed),)


def _run_is_kept_late() -> tuple[Plant, ...]:
    kept = tuple(
        one
        for one in teller._TO_BE_KEPT
        if one.__name__ not in ("RunStarted", "Parted")
    )
    return (Plant(teller, "_TO_BE_KEPT", kept),)


def _owes_nothing() -> tuple[Plant, ...]:
    return (Plant(JobRun, "_owes_a_cancel", lambda _: False),)


def _owes_for_ever() -> tuple[Plant, ...]:
    return (Plant(JobRun, "_owes_a_cancel", lambda _: True),)


def _leaves_it_running() -> tuple[Plant, ...]:
    return (Plant(Plan, "parting", lambda *_: Parting.LEAVE),)


def _cancels_what_is_to_be_left() -> tuple[Plant, ...]:
    return (Plant(Plan, "parting", lambda *_: Parting.STOP),)


def _cancels_after_a_last_look() -> tuple[Plant, ...]:
    original = RunWatch._round

    def round_(self: RunWatch) -> Script[Verdict | None]:
        if self._trip.interrupted is not None:
            yield from self._looker.look()
        return (yield from original(self))

    return (Plant(RunWatch, "_round", round_),)


def _stops_the_update() -> tuple[Plant, ...]:
    def departure(
        trip: Trip,
        plan: Plan,
        following: Following,
        *,
        ours: bool,
        custody: Custody | None = None,
    ) -> Departure:
        del custody
        return Departure(trip, plan, following, ours=ours or plan.job is not None)

    return (Plant(watch, "Departure", departure),)


def _good_unless_failed() -> tuple[Plant, ...]:
    def good(self: RunState) -> bool | None:
        return self.result != "FAILED" if self.ended else None

    return (Plant(RunState, "good", property(good)),)


def _terminating_is_the_end() -> tuple[Plant, ...]:
    ended = jobstates._ENDED | {"TERMINATING"}
    return (Plant(jobstates, "_ENDED", ended),)


def _half_is_all() -> tuple[Plant, ...]:
    return (Plant(jobwatch, "WITH_FAILURES", "nothing like this"),)


def _any_time() -> tuple[Plant, ...]:
    return (Plant(Search, "_is_of_its_time", lambda *_: True),)


def _any_cause() -> tuple[Plant, ...]:
    def candidates(self: Search, listed: Iterable[Update]) -> list[Update]:
        known = self._company.known | self._company.taken
        fresh = [one for one in listed if one.update_id not in known]
        return [one for one in fresh if self._is_of_its_time(one)][:1]

    return (Plant(Search, "_candidates", candidates),)


def _finds_no_update() -> tuple[Plant, ...]:
    return (Plant(Search, "_candidates", lambda *_: []),)


def _looks_in_a_hurry() -> tuple[Plant, ...]:
    return (Plant(RunWatch, "_pause", lambda _: 0.5),)


def _first_page_only() -> tuple[Plant, ...]:
    return (Plant(joblook, "MOST_PAGES", 0),)


def _first_try_counts() -> tuple[Plant, ...]:
    def latest(tasks: Iterable[TaskRun]) -> tuple[TaskRun, ...]:
        first: dict[str, TaskRun] = {}
        for task in tasks:
            first.setdefault(task.key, task)
        return tuple(first.values())

    return (Plant(jobwire, "_latest", latest),)


def _post_step_knows_no_runs() -> tuple[Plant, ...]:
    original = cleanup.dues_of

    def dues(state: Mapping[str, str], desk: Desk) -> tuple[Due | JobDue, ...]:
        found = original(state, desk)
        return tuple(one for one in found if isinstance(one, Due))

    return (Plant(cleanup, "dues_of", dues),)


OF_JOBS = (
    Mutant("starts a job run again with another token", _another_token),
    Mutant("says of a lost job run that nothing was started", _lost_is_a_refusal),
    Mutant("sends a start again that was refused", _repeats_what_was_refused),
    Mutant("starts a job run after a signal", _starts_before_it_goes),
    Mutant("uses a token that is not kept", _token_is_not_kept),
    Mutant("keeps the id of a job run late", _run_is_kept_late),
    Mutant("owes no job run", _owes_nothing),
    Mutant("owes a job run for ever", _owes_for_ever),
    Mutant("leaves every job run running", _leaves_it_running),
    Mutant("cancels what is to be left", _cancels_what_is_to_be_left),
    Mutant("looks once more before it cancels", _cancels_after_a_last_look),
    Mutant("stops the update of a task", _stops_the_update),
    Mutant("calls a job run good that did not fail", _good_unless_failed),
    Mutant("takes TERMINATING for the end", _terminating_is_the_end),
    Mutant("is silent on tasks that failed", _half_is_all),
    Mutant("takes an update from before the task for its", _any_time, 3700),
    Mutant("takes an update of any cause for a task's", _any_cause, 400),
    Mutant("finds no update of any task", _finds_no_update),
    Mutant("looks at a job run all the time", _looks_in_a_hurry),
    Mutant("reads the first page of tasks only", _first_page_only),
    Mutant("judges a task by its first try", _first_try_counts, 350),
    Mutant("forgets job runs in the post step", _post_step_knows_no_runs),
)


def _looks_written_differently() -> tuple[Plant, ...]:
    def good(self: RunState) -> bool | None:
        if not self.ended:
            return None
        return self.result == "SUCCESS" or self.result.startswith("SUCCESS_WITH_F")

    def latest(tasks: Iterable[TaskRun]) -> tuple[TaskRun, ...]:
        last: dict[str, TaskRun] = {}
        for task in tasks:
            if task.key in last and task.attempt < last[task.key].attempt:
                continue
            last[task.key] = task
        return tuple(last.values())

    return (
        Plant(RunState, "good", property(good)),
        Plant(jobwire, "_latest", latest),
        Plant(jobwatch, "SETTLE_PAUSE", float("4.5")),
    )


TWINS = (Mutant("a correct twin of looking at job runs", _looks_written_differently),)
