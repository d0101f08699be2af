"""
How a scenario is written down: acts made of beats.

A *beat* is one event of the log, at an offset from the beginning of its update;
beats that carry a state also move the update into it. An *act* is one update,
a *scenario* is the first act and whatever the platform starts by itself after
it. Scripts are generators in order of time, so one that never ends is fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dlt_action.standin.wire import JsonObject

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The body of the POST that started an update, with the API's defaults."""

    full_refresh: bool = False
    validate_only: bool = False
    development: bool = False
    refresh_selection: tuple[str, ...] = ()
    full_refresh_selection: tuple[str, ...] = ()
    refresh_flow_selection: tuple[str, ...] = ()  # of Pipeline tasks alone
    reset_checkpoint_selection: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    cause: str = "API_CALL"

    @property
    def resets(self) -> bool:
        """Whether the update goes through RESETTING."""
        some = self.full_refresh or self.full_refresh_selection
        return bool(some or self.reset_checkpoint_selection)

    def selects(self, dataset: str) -> bool:
        """Whether the update refreshes *dataset*; no selection selects all."""
        tables = self.refresh_selection + self.full_refresh_selection
        chosen = tables + self.refresh_flow_selection
        bare = dataset.rsplit(".", 1)[-1]
        return not chosen or any(c in (dataset, bare) for c in chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One event, *at* seconds after its update began (at stretch 1)."""

    at: float
    event_type: str
    message: str
    level: str = "INFO"
    maturity: str = "STABLE"
    details: JsonObject = field(default_factory=dict)
    origin: JsonObject = field(default_factory=dict)
    error: JsonObject | None = None
    state: str | None = None  # the update is in this state from now on
    lag: float | None = None  # seconds until visible; drawn when None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a script may know of the update that it plays."""

    update_id: str
    request_id: str  # of the first update; its automatic retries share it
    pipeline_id: str
    pipeline_name: str
    spec: JsonObject
    asked: Asked
    cause: str
    failed_attempts: int = 0

    @property
    def short(self) -> str:
        """The first six digits of the update's id, as messages use them."""
        return self.update_id[:6]


Script: TypeAlias = Callable[[Scene], Iterable[Beat]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One update of a scenario; *gap* seconds after the one before ended."""

    script: Script
    cause: str = "API_CALL"
    gap: float = 0.0
    meanwhile: str = "RECOVERING"  # state of the pipeline during the gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """An update of somebody else's, and what the platform starts by itself after it."""

    acts: tuple[Act, ...]
    asked: Asked = field(default_factory=lambda: Asked(cause="USER_ACTION"))
    began: float = 60.0  # seconds before the workspace does


# What an update does once it is stopped, from that moment on: its scene, and the
# flows that were under way.
Stopping: TypeAlias = Callable[[Scene, Iterable[str]], Iterable[Beat]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One play: what happens after somebody starts an update of its pipeline."""

    name: str
    title: str
    expect: str  # the `result` that a follower should come to
    seconds: float  # about how long it takes at stretch 1
    acts: tuple[Act, ...]
    dry: Script  # what `validate_only` plays
    spec: JsonObject = field(default_factory=dict)
    again: tuple[Act, ...] = ()  # what all starts but the first play, if not the same
    before: Others | None = None  # there from the start
    ahead: Script | None = None  # started a moment before ours, which is queued behind
    stopping: Stopping | None = None  # `None`: CANCELED after 4 seconds
    rests_in: str = "IDLE"  # state of the pipeline after the last act
    serves_metrics: bool = True  # whether GET events shows what is of level METRICS
