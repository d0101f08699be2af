"""Jobs, their runs while they play, and the attempts of the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlt_action.standin.identity import USER
from dlt_action.standin.jobs.spec import Settings, Task
from dlt_action.standin.play import Pipeline
from dlt_action.standin.wire import JsonObject

OVER = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
FAILED_IN = "Workload failed, see run output for details"


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, in the words of `state` and in those of `status`."""

    life: str
    result: str
    code: str
    type: str
    says: str = ""


SUCCESS = End("TERMINATED", "SUCCESS", "SUCCESS", "SUCCESS")
SUCCESS_WITH_FAILURES = End(
    "TERMINATED", "SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES", "SUCCESS"
)
CANCELED = End("TERMINATED", "CANCELED", "USER_CANCELED", "SUCCESS", "Run cancelled.")
UPSTREAM_FAILED = End(
    "SKIPPED", "UPSTREAM_FAILED", "SKIPPED", "CLIENT_ERROR", "An upstream task failed."
)
UPSTREAM_CANCELED = End(
    "SKIPPED",
    "UPSTREAM_CANCELED",
    "SKIPPED",
    "CLIENT_ERROR",
    "An upstream task was canceled.",
)
EXCLUDED = End(
    "SKIPPED",
    "EXCLUDED",
    "SKIPPED",
    "SUCCESS",
    "The run was skipped because the necessary conditions were not met.",
)
DISABLED = End(
    "SKIPPED", "DISABLED", "DISABLED", "SUCCESS", "The run was disabled by the user."
)


def failed(
    says: str = FAILED_IN,
    code: str = "RUN_EXECUTION_ERROR",
    life: str = "TERMINATED",
) -> End:
    """It FAILED, with what `state_message` says."""
    return End(life, "FAILED", code, "CLIENT_ERROR", says)


def timed_out(seconds: float) -> End:
    """The platform ended it."""
    says = f"Run timed out: it took longer than {seconds:g} seconds."
    return End("TERMINATED", "TIMEDOUT", "CANCELED", "CLIENT_ERROR", says)


def skipped(most: int) -> End:
    """Too many others were running."""
    says = f"Skipped due to reaching maximum concurrent runs of {most}."
    code = "MAX_CONCURRENT_RUNS_EXCEEDED"
    return End("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", code, "CLIENT_ERROR", says)


@dataclass(slots=True, kw_only=True, eq=False)
class Attempt:
    """One run of one task: each retry and each repair is another one."""

    run_id: int
    task: Task
    number: int
    original: int
    repair: int  # 0 is the run itself
    life: str = "BLOCKED"
    started: float | None = None
    began: float | None = None  # its work, after the set-up
    ended: float | None = None
    end: End | None = None
    leaving: End | None = None  # what it will have ended as, once it has stopped
    pipeline: Pipeline | None = None  # that it follows
    outcome: str | None = None  # of a condition
    resolved: Mapping[str, str] = field(default_factory=dict)
    output: JsonObject = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.end is not None


@dataclass(slots=True, kw_only=True)
class Round:
    """The original run (0), or a repair of it, as `repair_history` tells it."""

    repair_id: int
    started: float
    ended: float | None = None
    end: End | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class JobRun:
    """One run of a job, or a one-time run."""

    run_id: int
    job_id: int
    one_time: bool
    settings: Settings
    creator: str
    created: float
    parameters: Mapping[str, str]
    given: JsonObject = field(default_factory=dict)  # overriding parameters of tasks
    only: frozenset[str] | None = None
    life: str = "PENDING"
    started: float | None = None  # `None` as long as it is queued
    ended: float | None = None
    end: End | None = None
    leaving: End | None = None
    deleted: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    latest: dict[str, Attempt] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether it has ended (a repair may begin it again)."""
        return self.end is not None

    @property
    def settled(self) -> bool:
        """Whether no task has anything more to do."""
        return all(attempt.over for attempt in self.latest.values())

    def runs_task(self, key: str) -> bool:
        """Whether it is to run that task at all."""
        return self.only is None or key in self.only


@dataclass(slots=True, kw_only=True)
class Job:
    """A job: what its runs do."""

    job_id: int
    settings: Settings
    created: float
    creator: str = USER
    deleted: bool = False
    forbidden: frozenset[str] = frozenset()  # permissions taken away
    key: str = ""  # of the scenario that it plays
    repaired: float | None = None  # seconds after a run failed, somebody repairs it
    canceled: float | None = None  # seconds after a run began, somebody cancels it


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a request for a run says beside the job."""

    caller: str = USER
    parameters: Mapping[str, str] = field(default_factory=dict)
    given: JsonObject = field(default_factory=dict)
    only: frozenset[str] | None = None
    queued: bool | None = None
