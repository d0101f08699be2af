"""What is told of a job run while it runs: its states, and those of its tasks."""

from __future__ import annotations

from collections import Counter

from dlt_action.core.jobs.endings import explained
from dlt_action.core.jobs.states import RunState
from dlt_action.core.jobs.wire import JobRunSeen, TaskIdentity, TaskRun
from dlt_action.core.model import RunId
from dlt_action.core.news import Heartbeat, Noted, TaskFailed
from dlt_action.core.plan import Links
from dlt_action.core.text import cut
from dlt_action.core.trip import Trip
from dlt_action.core.words import plural
from dlt_action.lean import dataclass

# Of state changes of tasks: a job may have a thousand. Those that fail are told all.
MOST_LINES = 500
MANY = 10  # of tasks in one state, seen at one look
LONGEST_ERROR = 2000
LONGEST_REASON = 300
LONGEST_KEY = 100
LONGEST_WORD = 60
# A job has at most 1,000.
MOST_TASKS = 2000

# What every task is in before its turn comes.
_DULL = frozenset({"BLOCKED", "PENDING", "WAITING"})


@dataclass(slots=True)
class _Known:
    """What was told of a task last."""

    identity: TaskIdentity | None = None
    shown: str = ""
    runs: int = 0  # that there were of it


class Chronicle:
    """Tells of one job run, each thing once, and knows what there was."""

    def __init__(self, trip: Trip, links: Links, run: RunId, *, located: bool) -> None:
        """
        Tell of *run*; its page is told already, where that is *located*.

        Else it is a one-time run, whose only task tells nothing that the run does not.
        """
        self._trip = trip
        self._links = links
        self._run = run
        self._located = located
        self._tells_tasks = located
        self._last: JobRunSeen | None = None
        self._known: dict[str, _Known] = {}  # by task_key
        self.changes = 0  # that were seen, of the run and of its tasks
        self._told = True  # how the run is
        self._lines = 0
        self._errors: dict[str, tuple[TaskIdentity, str]] = {}
        trip.heart = self._heartbeat

    def attempts(self, task: TaskRun) -> int:
        """How many runs *task* has had so far."""
        known = self._known.get(task.key)
        return max(0 if known is None else known.runs, task.attempt + 1)

    def error(self, task: TaskRun) -> str:
        """What went wrong in *task*, as far as it is known; remote text."""
        identity, said = self._errors.get(task.key, (None, ""))
        return said if identity == task.identity and said else task.state.message

    def saw(self, seen: JobRunSeen) -> list[TaskRun]:
        """Tell of what is new; the tasks that have failed since the last time."""
        before, self._last = self._last, seen
        if not self._located and seen.job_id is not None:
            self._located = True
            page = self._links.run(seen.job_id, self._run)
            self._note(f"page of job run {self._run}: {page}")
        if before is None or before.state.shown != seen.state.shown:
            self.changes += 1
            self._told = False
        if not seen.state.ended:  # else it is told last, after all its tasks
            self.tell()
        fresh: list[TaskRun] = []
        failed = [task for task in seen.tasks if self._saw_task(task, fresh)]
        self._tell_tasks(fresh)
        return failed

    def tell(self) -> None:
        """Tell how the run is, where that has changed."""
        if self._last is not None and not self._told:
            self._told = True
            self._tell_run(self._last.state)

    def _tell_run(self, state: RunState) -> None:
        reason = ""
        if state.queue_reason and state.waits:
            reason = f" ({cut(state.queue_reason, LONGEST_REASON)})"
        elif not state.known:
            reason = " (a state that this version does not know; waiting in it)"
        # What an end means, is told as the verdict.
        shown = cut(state.shown, LONGEST_WORD) if state.ended else _plain(state)
        self._note(f"job run {self._run}: {shown}{reason}")

    def _saw_task(self, task: TaskRun, fresh: list[TaskRun]) -> bool:
        """Whether *task* has just failed; else it is *fresh* if it is to be told."""
        known, shown = self._known.get(task.key), task.state.shown
        if known is None:
            if len(self._known) >= MOST_TASKS:
                return False
            known = self._known[task.key] = _Known()
        if known.identity == task.identity and known.shown == shown:
            return False
        self.changes += 1
        known.runs += known.identity != task.identity
        known.identity, known.shown = task.identity, shown
        bad = task.state.good is False and not task.state.never_ran
        if bad and task.state.result != "CANCELED":
            return True
        if task.state.phase not in _DULL and self._tells_tasks:
            fresh.append(task)
        return False

    def _tell_tasks(self, fresh: list[TaskRun]) -> None:
        """Tell of each that is new; of many alike, but for Pipeline tasks, at once."""
        alike = Counter(_plain(task.state) for task in fresh if _is_other(task))
        for task in fresh:
            if not _is_other(task) or alike[_plain(task.state)] < MANY:
                self._tell_task(task)
        for state, many in alike.items():
            if many >= MANY:
                self._note(f"{many} other tasks: {state}")

    def _tell_task(self, task: TaskRun) -> None:
        self._lines += 1
        if self._lines == MOST_LINES:
            self._note("further states of tasks are not told, but for those that fail")
        if self._lines >= MOST_LINES:
            return
        kind = f" ({cut(task.kind, LONGEST_WORD)})" if task.kind else ""
        again = f", attempt {task.attempt + 1}" if task.attempt else ""
        who = f"task {cut(task.key, LONGEST_KEY)}{kind}{again}"
        self._note(f"{who}: {_plain(task.state)}")

    def failed(self, task: TaskRun, said: str | None) -> None:
        """Tell that *task* failed, and what its output *said*; None: others know."""
        if said is not None:
            self._errors[task.key] = task.identity, cut(said, LONGEST_ERROR)
        why = "" if said is None else self.error(task)
        if why or self._tells_tasks:
            failed = TaskFailed(task.key, task.state.shown, why, task.kind)
            self._trip.tell(failed)

    def repaired(self) -> None:
        """Tell that a run that had ended goes on."""
        self._note(f"job run {self._run} goes on: somebody repairs it")

    def _note(self, text: str) -> None:
        self._trip.tell(Noted(text))

    def _heartbeat(self) -> Heartbeat:
        state = f"job run {self._run}"
        if self._last is not None:
            tasks = self._last.tasks
            ended = sum(task.state.ended for task in tasks)
            known = self._last.state.known
            state += f" {self._last.state.phase if known else 'in an unknown state'}"
            state += f" · {ended} of {plural(len(tasks), 'task')} ended"
        return Heartbeat(state=state, elapsed=self._trip.elapsed)


def _is_other(task: TaskRun) -> bool:
    """Whether *task* is not one that this step is about."""
    return task.kind != "pipeline"


def _plain(state: RunState) -> str:
    """A state with what it means, where that is not plain by itself."""
    shown, meaning = cut(state.shown, LONGEST_WORD), explained(state)
    return f"{shown}, {meaning}" if meaning else shown
