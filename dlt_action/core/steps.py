"""What a script may ask of its caller, and why it may be told to leave."""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum
from typing import TypeAlias, TypeVar

from dlt_action.core.calls import Call
from dlt_action.core.exchange import Outcome
from dlt_action.lean import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Exchange *call* within so many seconds; a signal gives it a little more."""

    call: Call
    within: float
    after_signal: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until then (monotonic seconds), or until an interrupt."""

    until: float


class Why(Enum):
    """Why a machine is interrupted: a clock, a failure, a signal or the caller."""

    TIMEOUT = "timeout"
    QUEUE_TIMEOUT = "queue-timeout"
    STALL_TIMEOUT = "stall-timeout"
    FAIL_FAST = "fail-fast"
    CALLER = "caller"  # the program that calls the Python API
    SIGHUP = 1
    SIGINT = 2
    SIGTERM = 15

    @property
    def told(self) -> str:
        """What happened, as the beginning of a sentence."""
        if self is Why.FAIL_FAST:
            return "Another pipeline of this step did not succeed (fail-fast)"
        if self is Why.CALLER:
            return "The program that called it is leaving"
        if self.signal is None:
            return f"The {self.value} passed"
        return f"The step was canceled ({self.name})"

    @property
    def is_clock(self) -> bool:
        """Whether a clock ran out, which can be given more time."""
        return self in (Why.TIMEOUT, Why.QUEUE_TIMEOUT, Why.STALL_TIMEOUT)

    @property
    def signal(self) -> int | None:
        """The signal's number; None where it is none."""
        return self.value if isinstance(self.value, int) else None

    @property
    def is_signal(self) -> bool:
        """Whether somebody is waiting for us to be gone."""
        return self is Why.CALLER or self.signal is not None


Script: TypeAlias = Generator[Send | Wait, Outcome | None, T]
