"""What a machine has to tell while it runs: facts, for somebody else to word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from dlt_action.core.eta import Left
from dlt_action.core.event import Event
from dlt_action.core.model import Attribution, Cause, FlowStatus, RunId, UpdateId
from dlt_action.core.record import Outcome, Problem
from dlt_action.lean import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """We have an update. To be on disk before anything is said about it."""

    update_id: UpdateId
    url: str
    attribution: Attribution
    by_task: bool = False  # a task of our job run has started it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """We have a job run. To be on disk before anything is said about it."""

    run_id: RunId
    url: str | None  # None: its page is not known yet


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """A task of our job run failed. All texts are remote."""

    key: str
    state: str
    said: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TookUp:
    """The platform started a successor of our update, and we follow that now."""

    update_id: UpdateId
    url: str
    cause: Cause
    predecessor: UpdateId


@dataclass(frozen=True, slots=True)
class StateSeen:
    """The update entered a state (as the API spells it)."""

    update_id: UpdateId
    state: str
    at: datetime | None  # None: seen by asking, the log did not tell


@dataclass(frozen=True, slots=True)
class Logged:
    """A new event of the update's log."""

    event: Event


@dataclass(frozen=True, slots=True)
class Failing:
    """Something failed: a flow's try, or the update."""

    problem: Problem
    final: bool  # False: it is tried again inside the update


@dataclass(frozen=True, slots=True)
class Running:
    """A flow that runs, and for how many seconds, where that can be told."""

    flow: str  # remote text
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Still here: how far the update is, and since when (seconds)."""

    state: str
    flows: Mapping[FlowStatus, int] = field(default_factory=dict)
    rows: int | None = None
    elapsed: float
    left: Left | None = None  # what it still takes, where that can be told
    # Where nothing has changed since the last line:
    longest: tuple[Running, ...] = ()  # of the flows that run, the longest first
    silent: float = 0.0  # seconds since state or log told anything


@dataclass(frozen=True, slots=True)
class OutageBegan:
    """The API does not answer; why, and for how many seconds that is borne."""

    reason: str
    patience: float


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """The API answers again, after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line; it may quote remote text."""

    text: str


@dataclass(frozen=True, slots=True)
class LooksPlainly:
    """Nothing says how near the end is, so it is looked for each so many seconds."""

    every: float
    flows: int  # that the log tells of
    behind: bool  # whether what it tells is old


@dataclass(frozen=True, slots=True)
class Warned:
    """Something worth a warning, in our words; it goes into the summary too."""

    text: str


@dataclass(frozen=True, slots=True)
class Parted:
    """We have to leave our update, and what becomes of it. To be on disk first."""

    text: str


@dataclass(frozen=True, slots=True)
class StopAccepted:
    """The stop was accepted. To be on disk: no restart follows such an end."""

    update_id: UpdateId


@dataclass(frozen=True, slots=True)
class Begun:
    """The machine begins. To be on disk: from now on it may owe something."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The machine has come to its end, so."""

    outcome: Outcome


News: TypeAlias = (
    Started
    | RunStarted
    | TaskFailed
    | TookUp
    | StateSeen
    | Logged
    | Failing
    | Heartbeat
    | OutageBegan
    | OutageEnded
    | Noted
    | LooksPlainly
    | Parted
    | StopAccepted
    | Warned
    | Begun
    | Ended
)
