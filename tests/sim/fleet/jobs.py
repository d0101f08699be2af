"""
The Jobs service of the model workspace, in virtual time.

Written from the API's documentation, as `tests.sim.world` is: a token makes one run,
whoever sends it again is told that one; a Pipeline task updates its pipeline, and fails
where another update is in its way; a cancel ends what the run has started.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.sim.agenda import Agenda
from tests.sim.fleet.plots import RunPlot, TaskPlot
from tests.sim.model import Chain, Flags, Who
from tests.sim.world import World

ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
GOOD = frozenset({"SUCCESS", "SUCCESS_WITH_FAILURES"})
AFTER = {"CANCELED": "UPSTREAM_CANCELED", "UPSTREAM_CANCELED": "UPSTREAM_CANCELED"}
REFUSED = "An active update 'u-1' already exists for pipeline 'p-1'."


@dataclass(eq=False, slots=True, kw_only=True)
class TaskRun:
    """One try of one task."""

    run_id: int
    plot: TaskPlot
    attempt: int
    phase: str = "BLOCKED"
    result: str = ""
    message: str = ""
    start: float | None = None
    end: float | None = None
    chain: Chain | None = None  # the update that it has begun, and its restarts

    @property
    def ended(self) -> bool:
        return self.phase in ENDED


@dataclass(eq=False, slots=True, kw_only=True)
class Run:
    """One run of a job, or a one-time run."""

    run_id: int
    job_id: int
    who: Who
    token: str
    plot: RunPlot
    flags: Flags
    begun: float
    name: str = ""
    tasks: list[TaskRun] = field(default_factory=list)  # the last try of each
    tries: list[TaskRun] = field(default_factory=list)  # in the order of beginning
    history: list[tuple[float, str, str]] = field(default_factory=list)
    canceled: bool = False
    winds_up: bool = False
    canceled_by: list[tuple[float, Who]] = field(default_factory=list)
    repairs: int = 0
    end: float | None = None

    @property
    def phase(self) -> str:
        return self.history[-1][1]

    @property
    def result(self) -> str:
        return self.history[-1][2]

    @property
    def ended(self) -> bool:
        return self.phase in ENDED

    def at(self, when: float) -> tuple[str, str]:
        """How it was then: its phase and its result."""
        then = [one for one in self.history if one[0] <= when]
        return then[-1][1:] if then else ("", "")

    @property
    def chains(self) -> list[Chain]:
        return [task.chain for task in self.tries if task.chain is not None]


class Jobs:
    """All job runs of a workspace."""

    def __init__(self, agenda: Agenda, worlds: Sequence[World]) -> None:
        """Run tasks of the pipelines of *worlds*."""
        self._agenda = agenda
        self._worlds = worlds
        self._ids = itertools.count(700_001)
        self.runs: list[Run] = []
        self.note: Callable[[str], None] = lambda _: None
        for world in worlds:
            world.when_over.append(self._over)

    def start(
        self, who: Who, token: str, plot: RunPlot, flags: Flags, job_id: int
    ) -> Run:
        """Start a run; or tell the one that *token* has started."""
        for run in self.runs:
            if token and run.token == token:
                return run
        now = self._agenda.now
        run = Run(
            run_id=next(self._ids),
            job_id=job_id,
            who=who,
            token=token,
            plot=plot,
            flags=flags,
            begun=now,
        )
        self.runs.append(run)
        run.tasks = [self._try(run, task, 0) for task in plot.tasks]
        if plot.skipped:
            for task in run.tasks:
                task.phase, task.result = "SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED"
            run.end = now
            self._set(run, "SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED")
            return run
        self._set(run, "QUEUED" if plot.queued else "PENDING")
        self._agenda.at(now + plot.queued, partial(self._begin, run))
        return run

    def run(self, run_id: int) -> Run | None:
        """The run of that id."""
        return next((run for run in self.runs if run.run_id == run_id), None)

    def cancel(self, run: Run, who: Who) -> None:
        """Cancel a run; it ends a little later, if it does."""
        now = self._agenda.now
        self.note(f"a cancel by {who.value} of run {run.run_id}")
        run.canceled_by.append((now, who))
        if run.ended or run.canceled or run.plot.deaf:
            return
        run.canceled = True
        self._agenda.at(now + run.plot.cancel_lag, partial(self._wind_up, run))

    def lost(self, world: World) -> None:
        """A pipeline was deleted, and what ran with it."""
        for run in self.runs:
            for task in run.tasks:
                number = task.plot.pipeline
                if number is None or self._worlds[number] is not world or task.ended:
                    continue
                if task.chain is not None:
                    self._end_task(run, task, "FAILED", "the pipeline was deleted")

    def _try(self, run: Run, plot: TaskPlot, attempt: int) -> TaskRun:
        task = TaskRun(run_id=next(self._ids), plot=plot, attempt=attempt)
        run.tries.append(task)
        return task

    def _set(self, run: Run, phase: str, result: str = "") -> None:
        run.history.append((self._agenda.now, phase, result))
        self.note(f"run {run.run_id} ({run.who.value}) is {phase} {result}")

    def _begin(self, run: Run) -> None:
        if not (run.ended or run.canceled):
            self._set(run, "RUNNING")
            self._go(run)

    def _go(self, run: Run) -> None:
        """Begin what can begin; end what has nothing left to do."""
        if run.ended:
            return
        for task in run.tasks:
            if task.phase == "BLOCKED" and not run.canceled:
                self._unblock(run, task)
        if all(task.ended for task in run.tasks):
            now = self._agenda.now
            self._agenda.at(now + run.plot.tail, partial(self._finish, run))

    def _unblock(self, run: Run, task: TaskRun) -> None:
        before = [run.tasks[number] for number in task.plot.after]
        bad = [one for one in before if one.ended and one.result not in GOOD]
        if bad:
            task.phase = "TERMINATED"
            task.result = AFTER.get(bad[0].result, "UPSTREAM_FAILED")
        elif all(one.ended for one in before):
            now = self._agenda.now
            task.phase, task.start = "PENDING", now
            self._agenda.at(now + task.plot.waits, partial(self._work, run, task))

    def _work(self, run: Run, task: TaskRun) -> None:
        if task.ended or run.winds_up:
            return
        now, plot = self._agenda.now, task.plot
        task.phase = "RUNNING"
        self.note(f"task {plot.key} of run {run.run_id} runs, try {task.attempt}")
        if plot.pipeline is None:
            end = plot.ends[min(task.attempt, len(plot.ends) - 1)]
            end_it = partial(self._end_task, run, task, end)
            self._agenda.at(now + plot.seconds, end_it)
            return
        legs = plot.tries[min(task.attempt, len(plot.tries) - 1)]
        world = self._worlds[plot.pipeline]
        begun = world.start(run.who, "JOB_TASK", legs, run.flags)
        if begun is None:
            self._end_task(run, task, "FAILED", REFUSED)
        else:
            task.chain = begun.chain

    def _over(self, chain: Chain) -> None:
        """An update is over, and nothing follows: sooner or later its task is too."""
        for run in self.runs:
            for task in run.tasks:
                if task.chain is chain and not task.ended:
                    when = self._agenda.now + task.plot.notices
                    self._agenda.at(when, partial(self._noticed, run, task, chain))

    def _noticed(self, run: Run, task: TaskRun, chain: Chain) -> None:
        word = chain.last.word
        result = "SUCCESS" if word == "COMPLETED" else "FAILED"
        if word == "CANCELED" and run.canceled:
            result = "CANCELED"
        self._end_task(run, task, result, f"the update is {word}")

    def _end_task(
        self, run: Run, task: TaskRun, result: str, message: str = ""
    ) -> None:
        if task.ended:
            return
        now = self._agenda.now
        failed = result == "FAILED" and run.plot.internal
        task.phase = "INTERNAL_ERROR" if failed else "TERMINATED"
        task.result, task.message, task.end = result, message, now
        self.note(f"task {task.plot.key} of run {run.run_id} is {result}")
        if result == "FAILED" and task.attempt < task.plot.retries and not run.canceled:
            number = run.tasks.index(task)
            again = run.tasks[number] = self._try(run, task.plot, task.attempt + 1)
            again.phase = "WAITING_FOR_RETRY"
            self._agenda.at(now + task.plot.gap, partial(self._again, run, again))
        self._go(run)

    def _again(self, run: Run, task: TaskRun) -> None:
        if task.ended or run.canceled:
            return
        now = self._agenda.now
        task.phase, task.start = "PENDING", now
        self._agenda.at(now + task.plot.waits, partial(self._work, run, task))

    def _wind_up(self, run: Run) -> None:
        """A cancel takes effect."""
        if run.ended:
            return
        run.winds_up = True
        self._set(run, "TERMINATING")
        for task in run.tasks:
            if task.ended:
                continue
            if task.chain is None or task.plot.pipeline is None:
                task.phase, task.result = "TERMINATED", "CANCELED"
                task.end = None if task.start is None else self._agenda.now
            else:
                self._worlds[task.plot.pipeline].cancel(task.chain)
        self._go(run)

    def _finish(self, run: Run) -> None:
        if run.ended or not all(task.ended for task in run.tasks):
            return
        results = {task.result for task in run.tasks}
        run.end = self._agenda.now
        if results == {"SUCCESS"}:
            result = "SUCCESS"
        elif run.canceled:
            result = "CANCELED"
        elif run.plot.partly and "SUCCESS" in results:
            result = "SUCCESS_WITH_FAILURES"
        else:
            result = "FAILED"
        internal = result == "FAILED" and run.plot.internal
        self._set(run, "INTERNAL_ERROR" if internal else "TERMINATED", result)
        wait = run.plot.repaired
        if result == "FAILED" and wait is not None and not run.repairs:
            self._agenda.at(run.end + wait, partial(self._repair, run))

    def _repair(self, run: Run) -> None:
        """Somebody runs again what has failed."""
        run.repairs += 1
        run.end = None
        self._set(run, "RUNNING")
        for number, task in enumerate(run.tasks):
            if task.result != "SUCCESS":
                again = self._try(run, task.plot, task.attempt + 1)
                run.tasks[number] = again
        self._go(run)
