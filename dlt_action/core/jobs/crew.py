"""Those who follow the updates of a job run's Pipeline tasks, one machine for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from dlt_action.core.jobs.search import Company
from dlt_action.core.jobs.task import TaskWatch
from dlt_action.core.jobs.wire import JobRunSeen, TaskIdentity, TaskRun
from dlt_action.core.machine import Machine
from dlt_action.core.plan import JobPlan, Plan
from dlt_action.core.steps import Why
from dlt_action.lean import replace


class Crew:
    """The machines beside the one that follows the job run."""

    def __init__(
        self,
        plan: Plan,
        job: JobPlan,
        company: Company,
        spawn: Callable[[Machine], None],
    ) -> None:
        """Nobody yet; who is needed is begun by *spawn*."""
        self._plan = plan
        self._tasks = {task.key: task for task in job.tasks}
        self._company = company
        self._spawn = spawn
        self.watches: dict[str, TaskWatch] = {}  # by task_key
        self._dropped: dict[str, TaskIdentity] = {}  # likewise, the last one
        self.in_vain: Counter[str] = Counter()  # likewise, runs that started nothing

    def saw(self, run: JobRunSeen, now: float) -> None:
        """Take how the *run* is: a task that has begun has somebody to follow it."""
        for seen in run.tasks:
            watch, task = self.watches.get(seen.key), self._tasks.get(seen.key)
            if watch is not None and not watch.dropped:
                watch.tell_of(seen)
            elif task is not None and self._is_new(seen):
                plan = replace(self._plan, pipeline=task.pipeline, until_running=False)
                fresh = TaskWatch(task, plan, self._company, seen, now)
                if watch is not None:
                    fresh.comes_after(watch)
                self.watches[task.key] = fresh
                self._spawn(fresh)

    def _is_new(self, seen: TaskRun) -> bool:
        return seen.began and self._dropped.get(seen.key) != seen.identity

    @property
    def rest(self) -> bool:
        """Whether all of them have nothing to do."""
        return all(watch.rests for watch in self.watches.values())

    @property
    def settles(self) -> bool:
        """Whether one still reads the log of an update that has ended."""
        return any(one.settles and not one.rests for one in self.watches.values())

    @property
    def speaks(self) -> bool:
        """Whether one tells how far its update is."""
        watches = self.watches.values()
        return any(one.watch is not None and not one.rests for one in watches)

    @property
    def rang(self) -> Why | None:
        """A clock that ran out for one of their updates."""
        rang = (watch.rang for watch in self.watches.values())
        return next((why for why in rang if why is not None), None)

    def follows(self, key: str) -> bool:
        """Whether an update of that task is known, whose log tells what goes wrong."""
        watch = self.watches.get(key)
        return watch is not None and watch.watch is not None and not watch.missed

    def drop(self, run: TaskRun) -> None:
        """Follow nothing of that *run* of a task: it has started no update."""
        self._dropped[run.key] = run.identity
        self.in_vain[run.key] += 1
        watch = self.watches.get(run.key)
        if watch is not None:
            watch.drop(run.identity)

    def conclude(self) -> list[str]:
        """Take that the run has ended, and nobody is waited for; what to warn of."""
        return [text for one in self.watches.values() if (text := one.conclude())]

    def interrupt(self, why: Why, now: float) -> None:
        """Tell them that it is time to leave."""
        for watch in self.watches.values():
            watch.interrupt(why, now)

    def close(self, *, closed: bool = True) -> None:
        """Tell them that the job run has ended, or that it goes on after all."""
        for watch in self.watches.values():
            watch.close(closed=closed)
