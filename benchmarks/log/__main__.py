"""
How fast events are read, and in how much memory: `make bench`.

Nothing in here is a test: a machine that does something else at the same time is slower
by half. Times are those of a processor; of many laps it is the one that is faster than
nine of ten. Even so they are not the same twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.benchmark.cases import CASES

_ROW = "{:<9}{:>10}  {:<28}{:>12}  {:<12}{}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a number is to be."""

    said: str
    holds: Callable[[float], bool]


def _at_least(least: float) -> Target:
    return Target(f"≥ {least:,}", lambda found: found >= least)


def _at_most(most: float) -> Target:
    return Target(f"≤ {most:,}", lambda found: found <= most)


# By case and by what was found; the numbers that have none are there to be known.
TARGETS: Mapping[tuple[str, str], Target] = {
    ("fold", "events folded a second"): _at_least(40_000),
    ("follow", "other receptions per event"): _at_most(1.02),
    ("follow", "events not folded once"): _at_most(0),
    ("follow", "MB of memory"): _at_most(96),
    ("follow", "MB more than for few events"): _at_most(16),
    ("record", "events recorded a second"): _at_least(30_000),
    ("report", "seconds of a processor"): _at_most(5),
    ("several", "exit code"): _at_most(0),
    ("several", "of them more than alone"): _at_most(0),
    ("several", "MB more than before"): _at_most(64),
    ("report", "MB of memory"): _at_most(128),
}


def main(argv: list[str]) -> int:
    """Play all cases, or the one that is named; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmark")
    parser.add_argument("case", nargs="?", choices=CASES)
    parser.add_argument("--events", type=int, default=1_000_000, help="of a long log")
    parser.add_argument("--few", type=int, default=10_000, help="of a short one")
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.play:
        print(json.dumps(dict(CASES[asked.case](asked.events))))
        return 0
    some = min(asked.events, 100_000)
    sizes = dict.fromkeys(CASES, some) | {"follow": asked.events}
    sizes["several"] = min(asked.events, 10_000)  # 200 of each, of as many flows
    missed = 0
    for case in CASES if asked.case is None else [asked.case]:
        found = _played(case, sizes[case])
        if case == "follow":
            few = _played(case, asked.few)["MB of memory"]
            found["MB more than for few events"] = found["MB of memory"] - few
        missed += _told(case, sizes[case], found)
    return 1 if missed else 0


def _played(case: str, events: int) -> dict[str, float]:
    """What a process of its own found."""
    words = [sys.executable, "-m", "tools.benchmark", case, "--play"]
    done = subprocess.run(  # noqa: S603 - words of our own
        [*words, "--events", str(events)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _told(case: str, events: int, found: Mapping[str, float]) -> int:
    """Tell what was *found*; how many targets it misses."""
    missed = 0
    for what, number in found.items():
        target = TARGETS.get((case, what))
        wrong = target is not None and not target.holds(number)
        missed += wrong
        shown = f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
        said = "" if target is None else target.said
        print(_ROW.format(case, f"{events:,}", what, shown, said, "MISSED" * wrong))
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
