"""The grid as a group of the benchmark: the product's machine beside all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.grid.cells import RUNS, STRESS, of_grid
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

_HEADER = (
    "",
    "calls",
    "calls, all",
    "in an hour",
    "mean s",
    "95 % s",
    "most s",
    "over s",
)
_NOTE = (
    "In virtual time, a round trip of 0.2 s. Calls: means, from the answered start to"
    " the answer of GET update that shows the end; all: with the log's rest and the"
    " confirming read; in an hour: the busiest of any run. Seconds: from the end to"
    " that answer; over: until the watch was."
)


def play(*, quick: bool) -> Group:
    """Play everybody on the whole grid, and ours where things are unusual."""
    tables: list[Table] = []
    found: list[tuple[Limit, float]] = []
    numbers: dict[str, Any] = {}
    with read_once():
        for name, median in MEDIANS.items():
            runs = RUNS[name] // QUICK if quick else RUNS[name]
            others = _others(Cell(median=median), runs)
            mine = {cell: _cost(cell, runs) for cell in of_grid(median)}
            for cell, costs in mine.items():
                found += held(cell, costs, others)
            rows = others | {_told(cell): costs for cell, costs in mine.items()}
            tables.append(_table(f"Medians of {name}, {runs} updates each", rows))
            numbers[name] = {row: asdict(costs) for row, costs in rows.items()}
        runs = RUNS["10 min"] // (QUICK if quick else 2)
        rows = {}
        for name, cell in STRESS.items():
            rows[f"ours, {name}"] = _cost(cell, runs)
            rows[f"{FIXED}, {name}"] = cost(PEERS[FIXED], cell, seed=SEED, runs=runs)
        tables.append(_table(f"Unusual updates, {runs} each", rows))
        numbers["unusual"] = {row: asdict(costs) for row, costs in rows.items()}
    return Group(tables, met(GOALS, worst(found)), numbers)


def _others(cell: Cell, runs: int) -> dict[str, Cost]:
    return {
        name: cost(strategy, cell, seed=SEED, runs=runs)
        for name, strategy in PEERS.items()
    }


def _cost(cell: Cell, runs: int) -> Cost:
    return cost(ours, cell, seed=SEED, runs=runs)


def _told(cell: Cell) -> str:
    flows = f"{cell.flows} flows" if cell.flows > 1 else "one flow"
    return f"ours, {flows}" + (", short gap" if cell.gap == SHORT_GAP else "")


def _table(title: str, rows: Mapping[str, Cost]) -> Table:
    return Table(
        _HEADER,
        [
            (
                name,
                found.calls,
                found.all_calls,
                found.busiest,
                found.mean,
                found.p95,
                found.worst,
                found.done,
            )
            for name, found in rows.items()
        ],
        title,
        _NOTE,
    )
