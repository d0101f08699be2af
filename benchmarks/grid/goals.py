"""What is to be shown on the grid: ratios of ours to somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf, isinf

from benchmarks.grid.course import Cell
from benchmarks.grid.measure import Cost, ratios
from benchmarks.report import Goal

MEDIANS = {"2 min": 120.0, "10 min": 600.0, "1 h": 3600.0}
FLOWS = (1, 3, 5, 20, 100)
SHORT_GAP = (0.0, 0.5)
FIXED, SDK, CLI = "fixed 5 s", "the SDK's waiter", "the CLI's loop"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a ratio may be, in some cells."""

    what: str  # calls, mean, p95 or over
    other: str
    where: str
    most: float  # infinite: it is told, and no goal
    holds_in: Callable[[Cell], bool]

    @property
    def said(self) -> str:
        """The goal, for people."""
        return f"{_WHAT[self.what]}, {self.other} = 1: {self.where}"

    def ratio(self, ours: Cost, others: Mapping[str, Cost]) -> float:
        """What was found."""
        return ratios(ours, others[self.other])[self.what]


_WHAT = {
    "calls": "Calls",
    "mean": "Mean delay",
    "p95": "Delay of 95 %",
    "over": "Mean delay and the rest",
}


def _usual(cell: Cell) -> bool:
    return cell.gap != SHORT_GAP


def _some(cell: Cell) -> bool:
    return _usual(cell) and cell.flows > 1


def _one(cell: Cell) -> bool:
    return _usual(cell) and cell.flows == 1


def _many(cell: Cell) -> bool:
    return _usual(cell) and cell.flows >= 5  # noqa: PLR2004 - as the goal says


def _three(cell: Cell) -> bool:
    return _usual(cell) and not _many(cell) and not _one(cell)


def _short(cell: Cell) -> bool:
    return not _usual(cell)


def _many_of_an_hour(cell: Cell) -> bool:
    return _many(cell) and cell.median >= MEDIANS["1 h"]


def _many_of_minutes(cell: Cell) -> bool:
    return _many(cell) and not _many_of_an_hour(cell)


_SOME, _ONE, _MANY = "3 to 100 flows", "one flow", "5 to 100 flows"
_SHORT = "ends ≤ 0.5 s after its last flow"
_THREE = "3 flows"

LIMITS = (
    Limit("mean", FIXED, _SOME, 1.0, _some),
    Limit("p95", FIXED, _SOME, 1.0, _some),
    Limit("calls", FIXED, _SOME, 1.05, _some),
    Limit("mean", FIXED, _ONE, 1.0, _one),
    Limit("p95", FIXED, _ONE, 1.0, _one),
    Limit("calls", FIXED, _ONE, 1.4, _one),
    Limit("mean", FIXED, _SHORT, 1.0, _short),
    Limit("p95", FIXED, _SHORT, 1.0, _short),
    Limit("mean", SDK, _MANY, 0.35, _many),
    Limit("calls", SDK, f"{_MANY}, 2 and 10 min", 1.4, _many_of_minutes),
    Limit("calls", SDK, f"{_MANY}, 1 h", 1.15, _many_of_an_hour),
    Limit("mean", CLI, _MANY, 1.5, _many),
    Limit("calls", CLI, _MANY, 0.15, _many),
    # What is less flattering, and where no goal is; why, says the page.
    Limit("over", FIXED, _SOME, inf, _some),
    Limit("over", FIXED, _ONE, inf, _one),
    Limit("mean", SDK, _ONE, inf, _one),
    Limit("calls", SDK, _ONE, inf, _one),
    Limit("mean", CLI, _ONE, inf, _one),
    Limit("calls", CLI, _ONE, inf, _one),
    Limit("mean", SDK, _THREE, inf, _three),
    Limit("calls", SDK, _THREE, inf, _three),
    Limit("mean", CLI, _THREE, inf, _three),
    Limit("calls", CLI, _THREE, inf, _three),
    Limit("mean", SDK, _SHORT, inf, _short),
    Limit("mean", CLI, _SHORT, inf, _short),
)
GOALS = tuple(
    Goal(limit.said, None if isinf(limit.most) else limit.most) for limit in LIMITS
)


def held(
    cell: Cell, ours: Cost, others: Mapping[str, Cost]
) -> Iterator[tuple[Limit, float]]:
    """Each limit of *cell*, and the ratio that was found."""
    for limit in LIMITS:
        if limit.holds_in(cell):
            yield limit, limit.ratio(ours, others)


def worst(found: Iterable[tuple[Limit, float]]) -> Mapping[str, float]:
    """The worst of each ratio, by the goal."""
    most: dict[str, float] = {}
    for limit, ratio in found:
        most[limit.said] = max(ratio, most.get(limit.said, ratio))
    return most
