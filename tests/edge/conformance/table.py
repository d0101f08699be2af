"""
The rows of the table: a call, what happens to it, and what has to come of that.

What is expected is worked out here from what the faults prove, by rules that are
written down once for each call; nothing of it is asked of the code that is tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlt_action.core.model import Attribution
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Manners
from tests.edge.conformance.faults import Fault, Planned, Plans, Proof

# 0.75 of 2, 4, 8, … up to 30 seconds: chance is fixed in the middle.
BACK_OFF = (1.5, 3.0, 6.0, 12.0, 22.5, 22.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    on: Kind
    name: str
    plan: Plans
    came: str  # the result
    seen: Mapping[Kind, int]  # requests that the server read, others none
    pauses: tuple[float, ...]
    unseen: Mapping[Kind, int] = field(default_factory=dict)  # sent, and not read
    starts: int = 1  # updates that the workspace started
    stops: int = 0
    attribution: Attribution | None = None
    manners: Manners = field(default_factory=Manners)
    timeout: float = 10_000.0
    signal_at: float | None = None
    adopts: bool = True

    @property
    def id(self) -> str:
        """The name in a test's report."""
        return f"{self.on}-{self.name}"


def read(plan: Sequence[Planned]) -> int:
    """How many of the requests with these faults are read by the server."""
    return sum(planned.fault.seen for planned in plan)


def unread(plan: Sequence[Planned]) -> int:
    """How many of them are not."""
    return len(plan) - read(plan)


def wait(fault: Fault, failures: int) -> float:
    """The pause after so many failures in a row, of which *fault* is the last."""
    own = BACK_OFF[failures - 1]
    return own if fault.hint is None else max(own, fault.hint)


def tries(plan: Sequence[Planned]) -> tuple[float, ...]:
    """The pauses after faults that are all worth another try."""
    return tuple(wait(one.fault, number) for number, one in enumerate(plan, 1))


def passing(fault: Fault) -> bool:
    """Whether a read that met *fault* is worth another try."""
    return fault.proof in (Proof.UNSENT, Proof.LOST, Proof.THROTTLED)


def refusal(fault: Fault) -> str:
    """How a refusal before the start ends."""
    return "unauthorized" if fault.status in (401, 403) else "misconfigured"
