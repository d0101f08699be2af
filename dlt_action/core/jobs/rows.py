"""What the reports may know of a job run."""

from __future__ import annotations

from dlt_action.core.model import JobId, RunId
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task of a job run, as its last attempt is. All texts are remote."""

    key: str  # task_key
    kind: str = ""  # "pipeline", "notebook", …; "" where it is not known
    state: str = ""  # its result once it has one, else its life-cycle state
    message: str = ""
    url: str = ""  # its run's page
    attempts: int = 1
    seconds: float | None = None
    ok: bool | None = None  # None: not ended, or left out on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The run of a Databricks Job, or the one-time run, that started the update."""

    run_id: RunId
    url: str | None = None
    job_id: JobId | None = None  # None: a one-time run
    name: str = ""  # remote text
    state: str = ""  # its result once it has one, else its life-cycle state
    message: str = ""  # remote text
    tasks: tuple[TaskRow, ...] = ()
