"""The quality gate as data: what its rules measure, compare and want."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING

from dlt_action.lean import dataclass

if TYPE_CHECKING:  # long to import, and most runs have no rules
    from fractions import Fraction

EXAMPLE = "main.sales.orders:valid_id failed <= 0.5%"


class Metric(StrEnum):
    """What a rule measures."""

    FAILED = "failed"
    PASSED = "passed"
    DROPPED = "dropped"
    ROWS = "rows"

    @property
    def of_expectations(self) -> bool:
        """Whether expectations have it; else datasets do."""
        return self in (Metric.FAILED, Metric.PASSED)


class Unit(StrEnum):
    """What the value of a rule counts."""

    RECORDS = ""
    PERCENT = "%"
    OF_LAST = "% of last"


OPS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": le,
    "<": lt,
    "==": eq,
    ">=": ge,
    ">": gt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, read."""

    text: str  # as it was written, without its comment
    mandatory: bool
    dataset: str  # a name or a glob, without quotes
    expectation: str = "*"  # likewise; of no meaning for what datasets have
    metric: Metric
    op: str  # of `OPS`
    value: Fraction  # records, or percent
    unit: Unit = Unit.RECORDS


@dataclass(frozen=True, slots=True)
class Gate:
    """All rules, in the order in which they were written."""

    rules: tuple[Rule, ...] = ()
    # Whether other pipelines are judged by it too: a name that means nothing here may
    # mean something there, and what is meant by none is told in the end (`together`).
    shared: bool = False

    @property
    def needs_last(self) -> bool:
        """Whether any rule compares with the last good update."""
        return any(rule.unit is Unit.OF_LAST for rule in self.rules)


NO_GATE = Gate()
