"""Which updates are played, and how many of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from benchmarks.grid.course import Cell, Log
from benchmarks.grid.goals import FLOWS, MEDIANS, SHORT_GAP

# As many as there is time for: one of an hour takes as long as ten of two minutes. By
# chance a mean of them is off by 5 to 10 %.
RUNS = {"2 min": 400, "10 min": 300, "1 h": 150}
SHORT_GAPS = 1.0  # as many where the gap is short
OF_OTHERS = 6  # times as many for their delays
UNUSUAL = 50

_TEN = Cell(median=MEDIANS["10 min"])

# Where something is not as it usually is; 10 min and 20 flows if not said otherwise.
UNUSUALLY: Mapping[str, Cell] = {
    "the last good update is known": replace(_TEN, known=True),
    "one in five fails early": replace(_TEN, early=0.2),
    "the log is 2 s behind": replace(_TEN, behind=2.0),
    "the log is 10 s behind": replace(_TEN, behind=10.0),
    "the log cannot be read": replace(_TEN, log=Log.UNREADABLE),
    "no flow is told of": replace(_TEN, log=Log.NO_FLOWS),
    "its flows never complete": replace(_TEN, log=Log.ENDLESS),
    "of 30 s": replace(_TEN, median=30.0),
    "of 5 min": replace(_TEN, median=300.0),
    "of 3 h": replace(_TEN, median=3 * 3600.0),
}


def of_grid(median: float) -> Iterator[Cell]:
    """The cells of one median."""
    usual = Cell(median=median)
    for gap in (usual.gap, SHORT_GAP):
        for number in FLOWS:
            yield replace(usual, flows=number, gap=gap)
