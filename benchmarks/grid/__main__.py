"""
Play the product's machine on the grid, or a schedule to try, beside the others.

    python -m benchmarks.grid --machine                the machine
    python -m benchmarks.grid                          the schedule in schedule.py
    python -m benchmarks.grid --flows 20 --set last=0.02 --set last_low=2.5
    python -m benchmarks.grid --schedule module:function     one of your own
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.grid.cells import of_grid
from benchmarks.grid.course import Cell
from benchmarks.grid.following import Schedule, scheduled
from benchmarks.grid.goals import FLOWS, MEDIANS, held
from benchmarks.grid.measure import Cost, cost
from benchmarks.grid.ours import ours as machine
from benchmarks.grid.peers import PEERS
from benchmarks.grid.schedule import Constants, schedule

_HEAD = f"{'':<24}{'calls':>8}{'mean':>7}{'p95':>7}{'worst':>7}{'per h':>7}"


def main(argv: list[str]) -> int:
    """Print one table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid")
    parser.add_argument("--schedule", help="module:function, of a Seen and a Random")
    parser.add_argument("--machine", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--flows", type=int, nargs="*", default=FLOWS)
    parser.add_argument("--median", nargs="*", default=list(MEDIANS))
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    tried = scheduled(_schedule(asked.schedule, asked.set))
    play = machine if asked.machine else tried
    missed = 0
    for name in asked.median:
        usual = Cell(median=MEDIANS[name])
        others = {
            peer: cost(strategy, usual, seed=asked.seed, runs=asked.runs)
            for peer, strategy in PEERS.items()
        }
        print(f"\n{name}\n{_HEAD}  misses")
        for peer, found in others.items():
            print(_row(peer, found))
        for cell in of_grid(usual.median):
            if cell.flows not in asked.flows:
                continue
            found = cost(play, cell, seed=asked.seed, runs=asked.runs)
            bad = [
                f"{limit.what} {ratio:.2f} > {limit.most} x {limit.other}"
                for limit, ratio in held(cell, found, others)
                if ratio > limit.most
            ]
            missed += len(bad)
            gap = "{:g}-{:g} s".format(*cell.gap)
            print(_row(f"ours, {cell.flows} flows, {gap}", found), *bad, sep="  ")
    return 1 if missed else 0


def _schedule(named: str | None, constants: list[str]) -> Schedule:
    if named is not None:
        module, _, name = named.partition(":")
        found: Schedule = getattr(import_module(module), name)
        return found
    pairs = (pair.partition("=") for pair in constants)
    return schedule(Constants(**{name: float(value) for name, _, value in pairs}))


def _row(name: str, found: Cost) -> str:
    return (
        f"{name:<24}{found.calls:8.1f}{found.mean:7.2f}{found.p95:7.2f}"
        f"{found.worst:7.1f}{found.busiest:7}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
