"""The tasks of runs, played in time: which one starts, what it does, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count
from typing import TypeAlias

from dlt_action.standin.jobs import rules, runs, work
from dlt_action.standin.jobs.agenda import Agenda
from dlt_action.standin.jobs.runs import Attempt, End, JobRun, Round
from dlt_action.standin.jobs.spec import ALWAYS
from dlt_action.standin.play import Pipeline

# Seconds, at stretch 1. From a request, or the end of what a task depends on, to the
# start of a task; from there to its work, as is the creation of its update; from the
# end of that to the task's; from the end of the last task to the run's.
SETTLES, STARTS, NOTICES, CLOSES = 0.4, 1.3, 1.6, 0.8
STOPS = 3.0  # until a task that is no Pipeline task has stopped
RETRIES = 1.5  # from a failed attempt to the next one
MOST_DIGITS = 10**15  # of ids: JavaScript reads them without loss

WORKFLOW = "WORKFLOW_CANCELLATION"

# Called when all tasks of a run have ended.
Closes: TypeAlias = Callable[[JobRun, Round, float], None]


class Tasks:
    """The attempts of all tasks of all runs."""

    def __init__(
        self, agenda: Agenda, pipelines: Mapping[str, Pipeline], closes: Closes
    ) -> None:
        """No runs yet."""
        self.attempts: dict[int, tuple[JobRun, Attempt]] = {}
        self.notebooks = dict(work.NOTEBOOKS)
        self._agenda = agenda
        self._pipelines = pipelines
        self._closes = closes
        self._count = count()

    def new_id(self, *what: object) -> int:
        """An id that nothing else has."""
        return self._agenda.pace.name(*what, next(self._count)).int % MOST_DIGITS

    def attempt(self, run: JobRun, keys: Iterable[str]) -> None:
        """Another attempt of each of these tasks, or the first."""
        tasks = {task.key: task for task in run.settings.tasks}
        for key in keys:
            before = run.latest.get(key)
            run_id = self.new_id("run")
            attempt = Attempt(
                run_id=run_id,
                task=tasks[key],
                number=0 if before is None else before.number + 1,
                original=run_id if before is None else before.original,
                repair=max(len(run.rounds) - 1, 0),
            )
            run.latest[key] = attempt
            run.attempts.append(attempt)
            self.attempts[run_id] = run, attempt

    def decide(self, run: JobRun, now: float) -> None:
        """Start what may start; close the run when there is nothing left to do."""
        if run.over:
            return
        if run.leaving is None:
            run.life = "RUNNING"
            while any(self._consider(run, a, now) for a in self._blocked(run)):
                pass
        if run.settled:
            self._agenda.after(now, CLOSES, partial(self._closes, run, run.rounds[-1]))

    @staticmethod
    def _blocked(run: JobRun) -> list[Attempt]:
        return [a for a in run.latest.values() if a.life == "BLOCKED"]

    def _consider(self, run: JobRun, attempt: Attempt, now: float) -> bool:
        """Start a blocked task or end it without; whether there was something to do."""
        task = attempt.task
        if task.disabled or not run.runs_task(task.key):
            found: bool | End = runs.DISABLED
        else:
            found = rules.startable(task, run.latest)
        if found is True:
            self._prepare(run, attempt, now)
        elif isinstance(found, End):
            attempt.life, attempt.end, attempt.ended = found.life, found, now
        return found is not False

    def _prepare(self, run: JobRun, attempt: Attempt, now: float) -> None:
        if attempt.over:
            return
        attempt.life, attempt.started = "PENDING", now
        self._agenda.after(now, STARTS, partial(self._work, run, attempt))

    def _work(self, run: JobRun, attempt: Attempt, now: float) -> None:
        if attempt.life != "PENDING":
            return
        attempt.life, attempt.began = "RUNNING", now
        if attempt.task.timeout > 0:
            end = runs.timed_out(attempt.task.timeout)
            late = partial(self.leave, run, attempt, end)
            self._agenda.at(now + attempt.task.timeout, late)
        match attempt.task.kind:
            case "pipeline_task":
                self._update(run, attempt, now)
            case "condition_task":
                holds = rules.holds(attempt.task, run)
                attempt.outcome = None if holds is None else str(holds).lower()
                end = runs.SUCCESS if holds is not None else runs.failed()
                self._end(run, attempt, end, now)
            case _:
                does = work.played(attempt, self.notebooks)
                attempt.output = does.output
                ends = partial(self._end, run, attempt, does.end)
                self._agenda.after(now, does.seconds, ends)

    def _update(self, run: JobRun, attempt: Attempt, now: float) -> None:
        try:
            pipeline = work.start_update(attempt, run, self._pipelines, now)
        except work.Unstarted as told:
            attempt.output = {"error": told.end.says}
            self._end(run, attempt, told.end, now)
            return
        attempt.pipeline = pipeline

        def look(at: float) -> bool:
            if attempt.leaving is not None:
                pipeline.stop(at, WORKFLOW)  # also what was started again meanwhile
            if pipeline.busy is not None:
                return False
            attempt.pipeline = None  # what is active from now on is somebody else's
            end = work.ended(attempt, pipeline.runs[-1].state)
            self._agenda.after(at, NOTICES, partial(self._end, run, attempt, end))
            return True

        self._agenda.follow(pipeline, look)

    def _end(self, run: JobRun, attempt: Attempt, end: End, now: float) -> None:
        if attempt.over:
            return
        attempt.life, attempt.end, attempt.ended = end.life, end, now
        if self._is_retried(run, attempt, end):
            self.attempt(run, [attempt.task.key])
            again = run.latest[attempt.task.key]
            again.life = "WAITING_FOR_RETRY"
            since = now if attempt.started is None else attempt.started
            soonest = now + RETRIES * self._agenda.pace.stretch
            go = partial(self._prepare, run, again)
            self._agenda.at(max(soonest, since + attempt.task.retry_interval), go)
        self._agenda.after(now, SETTLES, partial(self.decide, run))

    @staticmethod
    def _is_retried(run: JobRun, attempt: Attempt, end: End) -> bool:
        task = attempt.task
        failed = end.result == "FAILED"
        late = end.result == "TIMEDOUT" and task.retry_on_timeout
        tried = sum(
            a.task.key == task.key and a.repair == attempt.repair for a in run.attempts
        )
        left = task.max_retries == ALWAYS or tried <= task.max_retries
        return (failed or late) and left and run.leaving is None

    def leave(self, run: JobRun, attempt: Attempt, end: End, now: float) -> None:
        """Stop an attempt, which takes its time and ends as *end*."""
        if attempt.over or attempt.leaving is not None:
            return
        if attempt.life != "RUNNING":
            self._end(run, attempt, end, now)
            return
        attempt.life, attempt.leaving = "TERMINATING", end
        attempt.output = {}
        if attempt.pipeline is None:
            self._agenda.after(now, STOPS, partial(self._end, run, attempt, end))
        else:
            attempt.pipeline.stop(now, WORKFLOW)
            self._agenda.look(now)
