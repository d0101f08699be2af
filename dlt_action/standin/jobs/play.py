"""All jobs of a workspace, and their runs played in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import count

from dlt_action.standin.eventlog import Pace
from dlt_action.standin.jobs import rules, runs, work
from dlt_action.standin.jobs.agenda import Agenda
from dlt_action.standin.jobs.runs import Attempt, End, Job, JobRun, Order, Round
from dlt_action.standin.jobs.spec import ALWAYS, Settings
from dlt_action.standin.play import Pipeline

# Seconds, at stretch 1. From a request, or the end of what a task depends on, to the
# start of a task; from there to its work, as is the creation of its update; from the
# end of that to the task's; from the end of the last task to the run's.
SETTLES, STARTS, NOTICES, CLOSES = 0.4, 1.3, 1.6, 0.8
STOPS = 3.0  # until a task that is no Pipeline task has stopped
RETRIES = 1.5  # from a failed attempt to the next one
MOST_DIGITS = 10**15  # of ids: JavaScript reads them without loss

WORKFLOW = "WORKFLOW_CANCELLATION"


class Jobs:
    """Everything of the Jobs API that handlers read and change."""

    def __init__(self, pipelines: Mapping[str, Pipeline], pace: Pace) -> None:
        """No jobs yet."""
        self.jobs: dict[int, Job] = {}
        self.runs: dict[int, JobRun] = {}
        self.attempts: dict[int, tuple[JobRun, Attempt]] = {}
        self.tokens: dict[tuple[str, str], int] = {}
        self.notebooks = dict(work.NOTEBOOKS)
        self._pipelines = pipelines
        self._agenda = Agenda(pace)
        self._count = count()

    def advance(self, now: float) -> None:
        """Take in everything that has happened by *now*."""
        self._agenda.advance(now)

    def new_id(self, *what: object) -> int:
        """An id that nothing else has."""
        return self._agenda.pace.name(*what, next(self._count)).int % MOST_DIGITS

    def create(self, settings: Settings, now: float, job_id: int | None = None) -> Job:
        """A new job."""
        made = self.new_id("job") if job_id is None else job_id
        self.jobs[made] = Job(job_id=made, settings=settings, created=now)
        return self.jobs[made]

    def launch(
        self, settings: Settings, job: Job | None, order: Order, now: float
    ) -> JobRun:
        """A new run, at once, queued or skipped."""
        one_time = job is None
        run = JobRun(
            run_id=self.new_id("run"),
            job_id=self.new_id("job") if job is None else job.job_id,
            one_time=one_time,
            settings=settings,
            creator=order.caller,
            created=now,
            parameters={**settings.parameters, **order.parameters},
            given=order.given,
            only=order.only,
        )
        self.runs[run.run_id] = run
        self._attempt_all(run, [task.key for task in settings.tasks])
        queued = settings.queued if order.queued is None else order.queued
        if one_time or self._running(run.job_id, but=run) < settings.most:
            self._begin(run, now)
        elif queued and settings.most > 0:
            run.life = "QUEUED"
        else:
            self._finish(run, runs.skipped(settings.most), now)
        return run

    def _running(self, job_id: int, but: JobRun) -> int:
        return sum(
            run.job_id == job_id and not run.over and run.started is not None
            for run in self.runs.values()
            if run is not but
        )

    def _attempt_all(self, run: JobRun, keys: Iterable[str]) -> None:
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

    def _begin(self, run: JobRun, now: float) -> None:
        if run.over:
            return
        run.life, run.started = "PENDING", now
        run.rounds.append(Round(repair_id=0, started=now))
        self._set_off(run, now)

    def _set_off(self, run: JobRun, now: float) -> None:
        self._agenda.after(now, SETTLES, partial(self._decide, run))
        if run.settings.timeout > 0:
            late = partial(self._expire, run, run.rounds[-1])
            self._agenda.after(now, run.settings.timeout, late)

    def repair(self, run: JobRun, keys: Iterable[str], order: Order, now: float) -> int:
        """Run tasks of a run again that has ended; the id of the repair."""
        repair_id = self.new_id("repair")
        run.given, run.parameters = order.given, {**run.parameters, **order.parameters}
        run.life, run.end, run.ended, run.leaving = "PENDING", None, None, None
        run.rounds.append(Round(repair_id=repair_id, started=now))
        self._attempt_all(run, keys)
        self._set_off(run, now)
        return repair_id

    def _decide(self, run: JobRun, now: float) -> None:
        if run.over:
            return
        if run.leaving is None:
            run.life = "RUNNING"
            while any(self._consider(run, a, now) for a in self._blocked(run)):
                pass
        if run.settled:
            self._agenda.after(now, CLOSES, partial(self._close, run, run.rounds[-1]))

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
            late = partial(self._leave, run, attempt, end)
            self._agenda.after(now, attempt.task.timeout, late)
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
            end = work.ended(attempt, pipeline.runs[-1].state)
            self._agenda.after(at, NOTICES, partial(self._end, run, attempt, end))
            return True

        self._agenda.follow(pipeline, look)

    def _end(self, run: JobRun, attempt: Attempt, end: End, now: float) -> None:
        if attempt.over:
            return
        attempt.life, attempt.end, attempt.ended = end.life, end, now
        if self._is_retried(run, attempt, end):
            self._attempt_all(run, [attempt.task.key])
            again = run.latest[attempt.task.key]
            again.life = "WAITING_FOR_RETRY"
            since = now if attempt.started is None else attempt.started
            waits = (
                attempt.task.retry_interval - (now - since) / self._agenda.pace.stretch
            )
            go = partial(self._prepare, run, again)
            self._agenda.after(now, max(RETRIES, waits), go)
        self._agenda.after(now, SETTLES, partial(self._decide, run))

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

    def cancel(self, run: JobRun, now: float) -> None:
        """Somebody cancels a run, which takes its time."""
        self._stop(run, runs.CANCELED, now)

    def cancel_task(self, run: JobRun, attempt: Attempt, now: float) -> None:
        """Somebody cancels one task of a run."""
        self._leave(run, attempt, runs.CANCELED, now)

    def _expire(self, run: JobRun, round_: Round, now: float) -> None:
        if run.rounds[-1] is round_:
            self._stop(run, runs.timed_out(run.settings.timeout), now)

    def _stop(self, run: JobRun, end: End, now: float) -> None:
        if run.over or run.leaving is not None:
            return
        if run.started is None:
            self._finish(run, end, now)
            return
        run.life, run.leaving = "TERMINATING", end
        for attempt in list(run.latest.values()):
            self._leave(run, attempt, runs.CANCELED, now)
        self._agenda.after(now, SETTLES, partial(self._decide, run))

    def _leave(self, run: JobRun, attempt: Attempt, end: End, now: float) -> None:
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

    def _close(self, run: JobRun, round_: Round, now: float) -> None:
        if run.over or run.rounds[-1] is not round_ or not run.settled:
            return
        round_.end, round_.ended = rules.concluded(run), now
        self._finish(run, round_.end, now)
        self._hand_on(run, now)

    def _hand_on(self, run: JobRun, now: float) -> None:
        """Somebody may repair what failed; who waited may begin."""
        job = self.jobs.get(run.job_id)
        again = rules.unsuccessful(run) if len(run.rounds) == 1 else ()
        if again and job is not None and job.repaired is not None:
            order = Order(given=run.given)

            def repair(at: float) -> None:
                if run.over and len(run.rounds) == 1:
                    self.repair(run, again, order, at)

            self._agenda.after(now, job.repaired, repair)
        waiting = (
            other
            for other in self.runs.values()
            if other.job_id == run.job_id and other.life == "QUEUED"
        )
        if (following := next(waiting, None)) is not None:
            following.life = "PENDING"
            self._begin(following, now)

    @staticmethod
    def _finish(run: JobRun, end: End, now: float) -> None:
        run.life, run.end, run.ended = end.life, end, now
        for attempt in run.latest.values():
            if not attempt.over:
                attempt.life, attempt.end, attempt.ended = end.life, end, now
