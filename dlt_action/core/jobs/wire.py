"""
JSON of the Jobs API → what we need of it; tolerant, as `core.wire` is.

Ids are int64 on the wire and text here. A task's key is given by its author: it may go
into a sentence of ours only if it is what the documentation allows for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from dlt_action.core import wire
from dlt_action.core.event import EPOCH
from dlt_action.core.jobs.states import RunState, state_of
from dlt_action.core.model import JobId, PipelineId, RunId, is_id
from dlt_action.lean import dataclass

_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_KEY = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)

PIPELINE_TASK = "pipeline_task"
_TASK = "_task"


def is_number(text: str) -> bool:
    """Whether *text* may be used as the id of a job or of a run."""
    return _NUMBER.fullmatch(text) is not None and 0 < int(text) < wire.INT64


def is_key(text: str) -> bool:
    """Whether *text* is a task key as the documentation has them."""
    return _KEY.fullmatch(text) is not None


def _id(source: wire.Object, key: str) -> str | None:
    number = wire.number(source, key)
    return str(number) if number is not None and number > 0 else None


def run_id(source: wire.Object) -> RunId | None:
    """The id of the run in *source*, if it is one."""
    found = _id(source, "run_id")
    return None if found is None else RunId(found)


def job_id(source: wire.Object) -> JobId | None:
    """The id of the job in *source*, if it is one."""
    found = _id(source, "job_id")
    return None if found is None else JobId(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask:
    """One task of a job's settings."""

    key: str  # remote text
    pipeline_id: PipelineId | None  # None: another kind of task


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A page of a job."""

    job_id: JobId
    name: str  # remote text
    tasks: tuple[JobTask, ...] = ()


def job(body: wire.Object) -> Job | None:
    """A job, as GET jobs/get and the list tell it; None without a usable id."""
    found = job_id(body)
    if found is None:
        return None
    settings = wire.child(body, "settings")
    tasks = (*wire.children(settings, "tasks"), *wire.children(body, "tasks"))
    return Job(
        job_id=found,
        name=wire.text(settings, "name"),
        tasks=tuple(
            JobTask(key=wire.text(task, "task_key"), pipeline_id=_pipeline(task))
            for task in tasks
        ),
    )


def _pipeline(task: wire.Object) -> PipelineId | None:
    found = wire.text(wire.child(task, PIPELINE_TASK), "pipeline_id")
    return PipelineId(found) if is_id(found) else None


def jobs(body: wire.Object) -> tuple[Job, ...]:
    """The jobs of a page of the list."""
    read = (job(item) for item in wire.children(body, "jobs"))
    return tuple(item for item in read if item is not None)


TaskIdentity: TypeAlias = "tuple[RunId | None, int]"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One run of one task: a retry or a repair makes another one."""

    run_id: RunId | None
    key: str  # remote text
    kind: str  # "pipeline", "notebook", …; "" where it is not known
    state: RunState
    attempt: int = 0
    start: datetime | None = None  # None: not begun
    end: datetime | None = None

    @property
    def identity(self) -> TaskIdentity:
        """What tells it from the task's other runs."""
        return self.run_id, self.attempt

    @property
    def seconds(self) -> float | None:
        """How long it took, once that is known."""
        if self.start is None or self.end is None:
            return None
        return max((self.end - self.start).total_seconds(), 0.0)

    @property
    def began(self) -> bool:
        """Whether it does, or did, something."""
        return self.start is not None and not (
            self.state.never_ran or self.state.phase in ("BLOCKED", "QUEUED", "WAITING")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunSeen:
    """A job run, as it was read."""

    run_id: RunId
    state: RunState
    job_id: JobId | None = None
    tasks: tuple[TaskRun, ...] = ()  # the last run of each, in the job's order


def run(body: wire.Object, more: Iterable[wire.Object] = ()) -> JobRunSeen | None:
    """A job run, of its first page and those with *more* tasks; None without an id."""
    found = run_id(body)
    if found is None:
        return None
    pages = (body, *more)
    tasks = [_task(task) for page in pages for task in wire.children(page, "tasks")]
    return JobRunSeen(
        run_id=found,
        state=state_of(body),
        job_id=job_id(body),
        tasks=_latest(tasks),
    )


def _task(source: wire.Object) -> TaskRun:
    kinds = (key for key in source if key.endswith(_TASK) and wire.child(source, key))
    number = wire.number(source, "attempt_number")
    return TaskRun(
        run_id=run_id(source),
        key=wire.text(source, "task_key"),
        kind=next(kinds, "").removesuffix(_TASK),
        state=state_of(source),
        attempt=0 if number is None else max(number, 0),
        start=_moment(source, "start_time"),
        end=_moment(source, "end_time"),
    )


def _moment(source: wire.Object, key: str) -> datetime | None:
    # 0 is what has not happened yet.
    found = wire.moment(source.get(key))
    return found if found is not None and found > EPOCH else None


def _latest(tasks: Iterable[TaskRun]) -> tuple[TaskRun, ...]:
    """The last run of each task: a retried one may be listed with all its tries."""
    last: dict[str, TaskRun] = {}
    for task in tasks:
        known = last.get(task.key)
        if known is None or task.attempt >= known.attempt:
            last[task.key] = task
    return tuple(last.values())


def output_error(body: wire.Object) -> str:
    """The error that GET runs/get-output tells; remote text."""
    return wire.text(body, "error")
