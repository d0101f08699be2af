"""The grid as a group of the benchmark: the product's machine beside all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.grid.about import ABOUT
from benchmarks.grid.cells import (
    OF_OTHERS,
    RUNS,
    SHORT_GAPS,
    UNUSUAL,
    UNUSUALLY,
    of_grid,
)
from benchmarks.grid.course import Cell
from benchmarks.grid.goals import (
    FIXED,
    GOALS,
    MEDIANS,
    SHORT_GAP,
    Limit,
    held,
    worst,
)
from benchmarks.grid.measure import Cost, cost
from benchmarks.grid.ours import ours, read_once
from benchmarks.grid.peers import PEERS
from benchmarks.report import Group, Table, met

TITLE = "When the end is seen, and for how many calls"
SEED = 7
QUICK = 20  # times fewer

_OURS = "ours"
_HEADER = (
    "",
    "updates",
    "calls",
    "calls, all",
    "in an hour",
    "mean s",
    "95 % s",
    "most s",
    "rest s",
    "over s",
)


@dataclass(frozen=True, slots=True)
class Job:
    """So many updates of a cell, followed by somebody."""

    who: str
    cell: Cell
    runs: int

    @property
    def told(self) -> str:
        """Its row of a table."""
        if self.who != _OURS:
            return self.who
        flows = f"{self.cell.flows} flows" if self.cell.flows > 1 else "one flow"
        return f"ours, {flows}" + (", short gap" if self.cell.gap == SHORT_GAP else "")

    def play(self) -> Cost:
        """Play it, in whatever process."""
        if self.who != _OURS:
            delays, peer = OF_OTHERS * self.runs, PEERS[self.who]
            return cost(peer, self.cell, seed=SEED, runs=self.runs, delays=delays)
        with read_once():
            return cost(ours, self.cell, seed=SEED, runs=self.runs)


def play(*, quick: bool) -> Group:
    """Play everybody on the whole grid, and ours where things are unusual."""
    fewer = QUICK if quick else 1
    grid = {name: [*_jobs(name, RUNS[name] // fewer)] for name in MEDIANS}
    unusual = [
        (f"{who}, {what}", Job(who, cell, UNUSUAL // fewer))
        for what, cell in UNUSUALLY.items()
        for who in (_OURS, FIXED)
    ]
    jobs = [job for some in grid.values() for job in some]
    costs = _played([*jobs, *(job for _, job in unusual)])
    rows = {name: {job.told: costs[job] for job in some} for name, some in grid.items()}
    found = [
        pair
        for name, some in grid.items()
        for job in some
        if job.who == _OURS
        for pair in held(job.cell, costs[job], rows[name])
    ]
    rows["unusual updates"] = {told: costs[job] for told, job in unusual}
    return _group(rows, found)


def _jobs(name: str, runs: int) -> Iterable[Job]:
    yield from (Job(peer, Cell(median=MEDIANS[name]), runs) for peer in PEERS)
    for cell in of_grid(MEDIANS[name]):
        fewer = SHORT_GAPS if cell.gap == SHORT_GAP else 1
        yield Job(_OURS, cell, int(runs * fewer))


def _played(jobs: Iterable[Job]) -> Mapping[Job, Cost]:
    """On all processors; what takes long first, so that nobody waits for it."""
    jobs = sorted(jobs, key=lambda job: job.cell.median * job.runs, reverse=True)
    with ProcessPoolExecutor() as pool:
        return dict(zip(jobs, pool.map(Job.play, jobs), strict=True))


def _group(
    rows: Mapping[str, Mapping[str, Cost]], found: Iterable[tuple[Limit, float]]
) -> Group:
    numbers: dict[str, Any] = {
        name: {told: asdict(found) for told, found in some.items()}
        for name, some in rows.items()
    }
    tables = [_table(name, some) for name, some in rows.items()]
    return Group(tables, met(GOALS, worst(found)), about=ABOUT, numbers=numbers)


def _table(name: str, rows: Mapping[str, Cost]) -> Table:
    title = f"Median of {name}"
    if name not in MEDIANS:
        title = f"{name.capitalize()}: median of 10 min and 20 flows, if not said"
    return Table(
        _HEADER,
        [
            (
                told,
                found.runs,
                found.calls,
                found.all_calls,
                found.busiest,
                found.mean,
                found.p95,
                found.worst,
                found.rest,
                found.done,
            )
            for told, found in rows.items()
        ],
        title,
    )
