"""What there is in the model workspace: updates, chains of them, and its traits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

PIPELINE = "p-0f1e2d3c"
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})


class Who(Enum):
    """Who started an update, or asked for a stop."""

    US = "us"
    OTHER = "other"


class Obeys(Enum):
    """What a stop does to an update."""

    YES = "stops"
    NEVER = "ignores it"
    COMPLETES = "completes anyway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One update of a chain: how it goes if nobody interferes."""

    steps: tuple[tuple[str, float], ...]  # state as JSON, and the seconds in it
    end: str
    cause: str = ""  # of a restart; the first leg has its chain's
    gap: float = 0.0  # seconds after the end of the leg before
    announced: bool = True  # in that gap the pipeline says that it is recovering
    obeys: Obeys = Obeys.YES
    stop_seconds: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What is asked of an update."""

    full_refresh: bool = False
    validate_only: bool = False
    selection: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False, slots=True, kw_only=True)
class Chain:
    """An update and its automatic successors."""

    who: Who
    cause: str
    legs: tuple[Leg, ...]
    flags: Flags
    request_id: str
    updates: list[Update] = field(default_factory=list)
    pending: bool = False  # a restart is going to come
    over: bool = False
    ended_by: Who | None = None  # whose stop ended it

    @property
    def last(self) -> Update:
        return self.updates[-1]


@dataclass(eq=False, slots=True, kw_only=True)
class Update:
    """One update."""

    update_id: str
    number: int  # in the order of their beginning
    chain: Chain
    leg: Leg
    cause: str
    created: float  # virtual time
    visible: float
    state: str = ""  # as JSON
    history: list[tuple[float, str]] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    asked_to_stop: bool = False  # and obeys
    heard_a_stop: bool = False

    @property
    def word(self) -> str:
        return self.state.strip('"')

    @property
    def ended(self) -> bool:
        return self.word in TERMINAL


@dataclass(frozen=True, slots=True)
class StopSeen:
    """A stop that the workspace executed."""

    at: float
    who: Who
    hit: Update | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How this workspace is, the whole run long."""

    skew: float = 0.0  # seconds that the server's clock is ahead
    dated: bool = True  # answers have a Date header
    list_lag: float = 0.0
    pipeline_lags: bool = False
    log_lag: float = 1.0
    request_ids: bool = True
    tells_parameters: bool = True
    conflict_status: int = 409
    shows_failed: bool = False
    older: int = 2  # updates from before
    age: float = 86400.0  # of the oldest of them
    retries: int | None = None
    continuous: bool = False
