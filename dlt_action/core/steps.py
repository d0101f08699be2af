"""What a script may ask of its caller, and why it may be told to leave."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeVar

from dlt_action.core.calls import Call
from dlt_action.core.exchange import Outcome

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
    """Why a machine is interrupted: a clock, or a signal with its number."""

    TIMEOUT = 0
    SIGINT = 2
    SIGTERM = 15

    @property
    def told(self) -> str:
        """What happened, as the beginning of a sentence."""
        if self is Why.TIMEOUT:
            return "The timeout passed"
        return f"{self.name} was received"

    @property
    def signal(self) -> int | None:
        """The signal's number; None for a time-out."""
        return None if self is Why.TIMEOUT else self.value


Script: TypeAlias = Generator[Send | Wait, Outcome | None, T]
