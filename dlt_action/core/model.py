"""
The vocabulary: what the API talks about, in types.

The platform adds states, causes and kinds without notice, so every enumeration
here tolerates strangers: a word that we do not know becomes `UNRECOGNISED`, is
waited in or shown, and never crashed on or taken for success.

Names and meanings are those of the Pipelines REST API
(docs.databricks.com/api/workspace/pipelines: get, getupdate, listupdates).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NewType, TypeAlias

from dlt_action.lean import dataclass, field

PipelineId = NewType("PipelineId", str)
UpdateId = NewType("UpdateId", str)
RequestId = NewType("RequestId", str)
# Of a Databricks Job, and of one run of it or of one of its tasks: int64 on the wire,
# text here, because 2**53 is no limit for a text.
JobId = NewType("JobId", str)
RunId = NewType("RunId", str)

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

# Ids go into URLs, outputs and sentences: whatever else they may be, they hold
# nothing that means something there.
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def is_id(text: str) -> bool:
    """Whether *text* may be used as a pipeline or update id."""
    return _ID.fullmatch(text) is not None


class _Open(StrEnum):
    """A closed enumeration of an open set: strangers become `UNRECOGNISED`."""

    @classmethod
    def _missing_(cls, value: object) -> _Open:
        del value
        return cls["UNRECOGNISED"]


class UpdateState(_Open):
    """State of one update (`UpdateInfoState`)."""

    QUEUED = "QUEUED"
    CREATED = "CREATED"
    WAITING_FOR_RESOURCES = "WAITING_FOR_RESOURCES"
    INITIALIZING = "INITIALIZING"
    RESETTING = "RESETTING"
    SETTING_UP_TABLES = "SETTING_UP_TABLES"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def terminal(self) -> bool:
        """Whether the update has ended; a stranger has not."""
        return self in _TERMINAL


_TERMINAL = frozenset({UpdateState.COMPLETED, UpdateState.FAILED, UpdateState.CANCELED})


class PipelineState(_Open):
    """State of the pipeline itself; never the base of a verdict."""

    DELETED = "DELETED"
    DEPLOYING = "DEPLOYING"
    FAILED = "FAILED"
    IDLE = "IDLE"
    RECOVERING = "RECOVERING"
    RESETTING = "RESETTING"
    RUNNING = "RUNNING"
    STARTING = "STARTING"
    STOPPING = "STOPPING"
    UNRECOGNISED = "UNRECOGNISED"


class Cause(_Open):
    """What triggered an update (`UpdateInfo.cause`)."""

    API_CALL = "API_CALL"
    INFRASTRUCTURE_MAINTENANCE = "INFRASTRUCTURE_MAINTENANCE"
    JOB_TASK = "JOB_TASK"
    RETRY_ON_FAILURE = "RETRY_ON_FAILURE"
    SCHEMA_CHANGE = "SCHEMA_CHANGE"
    SERVICE_UPGRADE = "SERVICE_UPGRADE"
    USER_ACTION = "USER_ACTION"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def automatic(self) -> bool:
        """Whether the platform itself starts such an update, to go on with ours."""
        return self in _AUTOMATIC


_AUTOMATIC = frozenset(
    {
        Cause.RETRY_ON_FAILURE,
        Cause.SCHEMA_CHANGE,
        Cause.SERVICE_UPGRADE,
        Cause.INFRASTRUCTURE_MAINTENANCE,
    }
)


class FlowStatus(_Open):
    """Status of a flow (`flow_progress.status`); PLANNING is real, if undocumented."""

    QUEUED = "QUEUED"
    PLANNING = "PLANNING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    STOPPED = "STOPPED"
    IDLE = "IDLE"
    EXCLUDED = "EXCLUDED"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def ended(self) -> bool:
        """Whether the flow is done in this update (FAILED may still be retried)."""
        return self in _FLOW_ENDED


_FLOW_ENDED = frozenset(
    {
        FlowStatus.COMPLETED,
        FlowStatus.FAILED,
        FlowStatus.SKIPPED,
        FlowStatus.STOPPED,
        FlowStatus.EXCLUDED,
    }
)


class Level(_Open):
    """Level of an event; METRICS are the high-volume ones."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    METRICS = "METRICS"
    UNRECOGNISED = "UNRECOGNISED"


class Attribution(StrEnum):
    """How we know that the update we follow is the one we asked for."""

    CONFIRMED = "confirmed"  # its id came in the 2xx answer to our own POST
    INFERRED = "inferred"  # the answer was lost; nothing else fits
    ATTACHED = "attached"  # somebody else's, followed on request


class Kind(StrEnum):
    """What is asked of an update, in the words of the product."""

    REFRESH = "refresh"
    SELECTION = "refresh of a selection"
    FULL_REFRESH = "FULL REFRESH"
    FULL_SELECTION = "FULL REFRESH of a selection"
    VALIDATE = "validate only"

    @property
    def resets(self) -> bool:
        """Whether it resets tables and computes them again."""
        return self in (Kind.FULL_REFRESH, Kind.FULL_SELECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """What to ask of StartUpdate; *extra* are fields that have no input yet."""

    full_refresh: bool = False
    refresh_selection: tuple[str, ...] = ()
    full_refresh_selection: tuple[str, ...] = ()
    reset_checkpoint_selection: tuple[str, ...] = ()
    validate_only: bool = False
    development: bool | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The kind of refresh, for people."""
        if self.validate_only:
            return Kind.VALIDATE
        if self.full_refresh:
            return Kind.FULL_REFRESH
        if self.full_refresh_selection:
            return Kind.FULL_SELECTION
        if self.refresh_selection:
            return Kind.SELECTION
        return Kind.REFRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One update as GET update or the list tells it."""

    update_id: UpdateId
    state: UpdateState
    state_text: str  # as the API spelled it: an unknown one is shown, not hidden
    cause: Cause = Cause.UNRECOGNISED
    cause_text: str = ""
    created: datetime | None = None
    full_refresh: bool = False
    validate_only: bool = False
    refresh_selection: tuple[str, ...] = ()
    full_refresh_selection: tuple[str, ...] = ()
    parameters: Mapping[str, str] | None = None  # None: not told
    endless: bool = False  # runs in continuous mode
    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One pipeline as GET pipeline tells it."""

    pipeline_id: PipelineId
    name: str
    state: PipelineState
    continuous: bool = False
    retries_configured: int | None = None  # pipelines.numUpdateRetryAttempts
    newest: tuple[UpdateId, ...] = ()  # latest_updates, newest first
    newest_states: tuple[UpdateState, ...] = ()  # of `newest`, one each


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where in the source something went wrong, as a workspace path."""

    path: str
    line: int | None = None
    cell: int | None = None  # notebook cell, 1-based; `line` then counts in it


class Result(StrEnum):
    """How a run ended: the `result` output. Order: worst first (interface)."""

    INTERNAL_ERROR = "internal-error"
    UNAUTHORIZED = "unauthorized"
    UNKNOWN_START = "unknown-start"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    INTERRUPTED = "interrupted"
    TIMED_OUT = "timed-out"
    CONFLICT = "conflict"
    FAILED = "failed"
    CANCELED = "canceled"
    GATE_FAILED = "gate-failed"
    MISCONFIGURED = "misconfigured"
    SKIPPED = "skipped"
    STARTED = "started"
    VALIDATED = "validated"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UNFINISHED = "unfinished"  # what a killed step leaves behind

    @property
    def ok(self) -> bool:
        """Whether a deploy may go on."""
        return self in (Result.SUCCEEDED, Result.RUNNING)


EXIT_CODES: Mapping[Result, int] = {
    Result.SUCCEEDED: 0,
    Result.RUNNING: 0,
    Result.VALIDATED: 0,
    Result.STARTED: 0,
    Result.FAILED: 1,
    Result.CANCELED: 1,
    Result.MISCONFIGURED: 2,
    Result.UNAUTHORIZED: 3,
    Result.UNREACHABLE: 4,
    Result.GONE: 4,
    Result.GATE_FAILED: 5,
    Result.TIMED_OUT: 6,
    Result.CONFLICT: 7,
    Result.UNKNOWN_START: 8,
    Result.SKIPPED: 9,
    Result.INTERNAL_ERROR: 70,
    Result.INTERRUPTED: 130,  # of SIGINT: see Outcome.exit_code
}
