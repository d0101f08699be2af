"""All jobs of a workspace, and their runs played in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from dlt_action.standin.eventlog import Pace
from dlt_action.standin.jobs import rules, runs
from dlt_action.standin.jobs.agenda import Agenda
from dlt_action.standin.jobs.runs import Attempt, End, Job, JobRun, Order, Round
from dlt_action.standin.jobs.spec import Settings
from dlt_action.standin.jobs.tasks import SETTLES, Tasks
from dlt_action.standin.play import Pipeline


class Jobs:
    """Everything of the Jobs API that handlers read and change."""

    def __init__(self, pipelines: Mapping[str, Pipeline], pace: Pace) -> None:
        """No jobs yet."""
        self.jobs: dict[int, Job] = {}
        self.runs: dict[int, JobRun] = {}
        self.tokens: dict[tuple[str, str], int] = {}
        self._agenda = Agenda(pace)
        self.tasks = Tasks(self._agenda, pipelines, self._close)

    def advance(self, now: float) -> None:
        """Take in everything that has happened by *now*."""
        self._agenda.advance(now)

    def create(self, settings: Settings, now: float, job_id: int | None = None) -> Job:
        """A new job."""
        made = self.tasks.new_id("job") if job_id is None else job_id
        self.jobs[made] = Job(job_id=made, settings=settings, created=now)
        return self.jobs[made]

    def launch(
        self, settings: Settings, job: Job | None, order: Order, now: float
    ) -> JobRun:
        """A new run, at once, queued or skipped."""
        one_time = job is None
        run = JobRun(
            run_id=self.tasks.new_id("run"),
            job_id=self.tasks.new_id("job") if job is None else job.job_id,
            one_time=one_time,
            settings=settings,
            creator=order.caller,
            created=now,
            parameters={**settings.parameters, **order.parameters},
            given=order.given,
            only=order.only,
        )
        self.runs[run.run_id] = run
        self.tasks.attempt(run, [task.key for task in settings.tasks])
        queued = settings.queued if order.queued is None else order.queued
        if one_time or self._running(run.job_id, but=run) < settings.most:
            self._begin(run, now)
            if job is not None and job.canceled is not None:
                self._agenda.after(now, job.canceled, partial(self.cancel, run))
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

    def _begin(self, run: JobRun, now: float) -> None:
        if run.over:
            return
        run.life, run.started = "PENDING", now
        run.rounds.append(Round(repair_id=0, started=now))
        self._set_off(run, now)

    def _set_off(self, run: JobRun, now: float) -> None:
        self._agenda.after(now, SETTLES, partial(self.tasks.decide, run))
        if run.settings.timeout > 0:
            late = partial(self._expire, run, run.rounds[-1])
            self._agenda.at(now + run.settings.timeout, late)

    def repair(self, run: JobRun, keys: Iterable[str], order: Order, now: float) -> int:
        """Run tasks of a run again that has ended; the id of the repair."""
        repair_id = self.tasks.new_id("repair")
        run.given, run.parameters = order.given, {**run.parameters, **order.parameters}
        run.life, run.end, run.ended, run.leaving = "PENDING", None, None, None
        run.rounds.append(Round(repair_id=repair_id, started=now))
        self.tasks.attempt(run, keys)
        self._set_off(run, now)
        return repair_id

    def cancel(self, run: JobRun, now: float) -> None:
        """Somebody cancels a run, which takes its time."""
        self._stop(run, runs.CANCELED, now)

    def cancel_task(self, run: JobRun, attempt: Attempt, now: float) -> None:
        """Somebody cancels one task of a run."""
        self.tasks.leave(run, attempt, runs.CANCELED, now)

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
            self.tasks.leave(run, attempt, runs.CANCELED, now)
        self._agenda.after(now, SETTLES, partial(self.tasks.decide, run))

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
