"""What is to be shown on the grid: each a ratio of ours to somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.grid.course import Cell
from benchmarks.grid.measure import Cost, ratios

MEDIANS = {"2 min": 120.0, "10 min": 600.0, "1 h": 3600.0}
FLOWS = (1, 3, 5, 20, 100)
SHORT_GAP = (0.0, 0.5)
FIXED, SDK, CLI = "fixed 5 s", "the SDK's waiter", "the CLI's loop"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a ratio may be."""

    other: str
    what: str  # calls, mean or p95
    most: float


def limits(cell: Cell) -> Iterator[Limit]:
    """Those of one cell of the grid."""
    yield Limit(FIXED, "mean", 1.0)
    yield Limit(FIXED, "p95", 1.0)
    if cell.gap == SHORT_GAP:
        return
    yield Limit(FIXED, "calls", 1.4 if cell.flows == 1 else 1.05)
    yield Limit(SDK, "mean", 0.35)
    yield Limit(SDK, "calls", 1.15 if cell.median >= MEDIANS["1 h"] else 1.4)
    yield Limit(CLI, "calls", 0.15)
    yield Limit(CLI, "mean", 1.5)


def held(
    cell: Cell, ours: Cost, others: Mapping[str, Cost]
) -> Iterator[tuple[Limit, float]]:
    """Each limit of *cell*, and the ratio that was found."""
    for limit in limits(cell):
        yield limit, ratios(ours, others[limit.other])[limit.what]
