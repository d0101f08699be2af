"""What a run is to do, decided before it begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from math import inf

from dlt_action.core.gate import NO_GATE, Gate
from dlt_action.core.model import (
    JobId,
    Pipeline,
    PipelineId,
    RunId,
    UpdateId,
    UpdateRequest,
)
from dlt_action.core.pace import START_GRACE, THROTTLE_GRACE
from dlt_action.core.steps import Why
from dlt_action.lean import dataclass, field

# As `update-id`: the newest there is.
LATEST = UpdateId("latest")


class Trigger(StrEnum):
    """How an update is started."""

    UPDATE = "update"  # by the Pipelines API
    SUBMIT_RUN = "submit-run"  # by a one-time job run with a Pipeline task
    JOB = "job"  # by a run of an existing Databricks Job


class IfActive(StrEnum):
    """What to do where another update is active."""

    FAIL = "fail"
    WAIT = "wait"
    ATTACH = "attach"
    REPLACE = "replace"


class Parting(StrEnum):
    """What becomes of our update when we have to leave it."""

    STOP = "stop"
    LEAVE = "leave"


class OnAmbiguousStart(StrEnum):
    """What to do with an update that is only inferred to be ours."""

    ADOPT = "adopt"
    FAIL = "fail"


class LogLevel(StrEnum):
    """How much the log tells, least first."""

    QUIET = "quiet"
    PROGRESS = "progress"
    EVENTS = "events"
    DEBUG = "debug"


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of the workspace's user interface."""

    host: str
    workspace_id: str | None = None

    def pipeline(self, pipeline: PipelineId) -> str:
        """The pipeline's page."""
        return f"{self.host}/pipelines/{pipeline}{self._query()}"

    def update(self, pipeline: PipelineId, update: UpdateId) -> str:
        """The update's page."""
        return f"{self.host}/pipelines/{pipeline}/updates/{update}{self._query()}"

    def job(self, job: JobId) -> str:
        """The job's page."""
        return f"{self.host}/jobs/{job}{self._query()}"

    def run(self, job: JobId, run: RunId) -> str:
        """The page of a job run or a task's; one-time runs have a job id too."""
        return f"{self.host}/jobs/{job}/runs/{run}{self._query()}"

    def _query(self) -> str:
        # A host that serves several workspaces cannot find the page without it.
        return "" if self.workspace_id is None else f"?w={self.workspace_id}"


@dataclass(frozen=True, slots=True)
class PipelineTask:
    """A Pipeline task of a job, and the pipeline that it updates."""

    key: str  # task_key: remote text
    pipeline: Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """A start by the Jobs API: of an existing job, or of a one-time run."""

    token: str = field(repr=False)  # idempotency_token: random, one for each start
    name: str  # the job's (remote text), or the one that the one-time run gets
    job_id: JobId | None = None  # None: a one-time run
    tasks: tuple[PipelineTask, ...]  # of a one-time run: one
    others: int = 0  # tasks of other kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One pipeline's part of the step; all durations in seconds."""

    pipeline: Pipeline
    request: UpdateRequest
    links: Links
    principal: str = ""  # who signs in, as far as it is known
    # The wall clock at the monotonic time `began`: to say how old something is.
    began: float
    began_at: datetime
    wait: bool = True
    until_running: bool = False
    settle_time: float = 60.0
    poll_ceiling: float | None = None
    follow_restarts: bool = True
    restart_grace: float = 45.0
    outage_grace: float = 900.0
    queue_timeout: float = inf
    stall_timeout: float = inf
    if_active: IfActive = IfActive.FAIL
    on_timeout: Parting = Parting.STOP
    on_cancel: Parting = Parting.STOP
    on_ambiguous_start: OnAmbiguousStart = OnAmbiguousStart.ADOPT
    # Somebody else's update, or `LATEST`, to be followed in place of one of ours.
    take_up: UpdateId | None = None
    # The how-manieth attempt of its workflow run this is.
    run_attempt: int = 1
    # What a COMPLETED update has to be like.
    gate: Gate = NO_GATE
    # The start is the Jobs API's; `pipeline` is then that of its first Pipeline task.
    job: JobPlan | None = None

    # No fields: these are the same for every plan.
    start_grace = START_GRACE
    throttle_grace = THROTTLE_GRACE

    def parting(self, why: Why | None) -> Parting:
        """What becomes of what is ours when we leave for that reason; None: killed."""
        if why is Why.FAIL_FAST:
            return Parting.STOP
        on_a_clock = why is not None and not why.is_signal
        return self.on_timeout if on_a_clock else self.on_cancel

    def wall(self, now: float) -> datetime:
        """The wall clock at the monotonic time *now*."""
        return self.began_at + timedelta(seconds=now - self.began)
