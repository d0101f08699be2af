"""What inputs become: frozen, typed, complete, and no secret in its `repr`."""

from __future__ import annotations

from enum import StrEnum

from dlt_action.core.gate import NO_GATE, Gate
from dlt_action.core.model import PipelineId, UpdateId, UpdateRequest
from dlt_action.core.plan import (
    IfActive,
    LogLevel,
    OnAmbiguousStart,
    Parting,
    Trigger,
)
from dlt_action.core.signin.schemes import Scheme
from dlt_action.lean import dataclass, field


class WaitFor(StrEnum):
    """What the step waits for."""

    COMPLETED = "completed"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the workspace is and how to get in."""

    host: str  # origin: https://name[:port], no trailing slash
    scheme: Scheme  # how to sign in
    source: str  # the inputs or variables that say so
    aside: tuple[str, ...] = ()  # other ways that were set up, and not taken
    profile: str = ""  # of the Databricks CLI, where anything is from it
    secrets: tuple[str, ...] = field(default=(), repr=False)
    workspace_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaBundle:
    """More certificate authorities: a path to read, or the text; or neither."""

    path: str | None = None
    pem: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what; all in seconds."""

    timeout: float
    poll_ceiling: float | None  # None: adaptive
    follow_restarts: bool
    restart_grace: float
    outage_grace: float
    wait: bool
    wait_for: WaitFor
    settle_time: float
    queue_timeout: float  # infinite: off
    stall_timeout: float  # infinite: off


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How to behave towards other updates, and what to leave behind."""

    if_active: IfActive
    on_timeout: Parting
    on_cancel: Parting
    on_ambiguous_start: OnAmbiguousStart


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One pipeline, or one job: by its id, or else by its exact name."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """How updates are started, and how many at once."""

    trigger: Trigger
    job: Target | None  # with `Trigger.JOB`, and only then
    max_parallel: int
    fail_fast: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What to write and where."""

    summary: bool
    annotations: bool
    log_level: LogLevel
    report_dir: str | None  # relative to the workspace, validated


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a run needs to know."""

    access: Access
    pipelines: tuple[Target, ...]  # none where a job says which
    starting: Starting
    update_id: UpdateId | None  # or `LATEST`: to be followed, and nothing started
    request: UpdateRequest
    conduct: Conduct
    patience: Patience
    reporting: Reporting
    run_attempt: int = 1  # of the workflow run
    gate: Gate = NO_GATE  # the one of a file is read by who can read files

    @property
    def pipeline_id(self) -> PipelineId | None:
        """The id of the only pipeline, where an id was given."""
        ids = [one.id for one in self.pipelines]
        return PipelineId(ids[0]) if len(ids) == 1 and ids[0] is not None else None
