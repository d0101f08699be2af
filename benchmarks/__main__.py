"""
Play the groups of cases, one after the other, and write down what they found.

    python -m benchmarks                  all, into benchmarks/results
    python -m benchmarks peers --quick    one, to look whether it plays

A machine that does something else meanwhile spoils it. 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks import grid, log, machine, peers, start
from benchmarks.report import Group, Playable, as_json, section, write

RESULTS = Path(__file__).with_name("results")

# In the order in which they are played and told. To add one: a module, and its line.
GROUPS: Mapping[str, Playable] = {
    "grid": grid,
    "log": log,
    "start": start,
    "peers": peers,
}


def main(argv: list[str]) -> int:
    """Play the groups that are named, or all; these are written down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("group", nargs="*", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="whether it plays at all")
    asked = parser.parse_args(argv)
    if strange := set(asked.group) - GROUPS.keys():
        parser.error(f"no such group: {', '.join(sorted(strange))}")
    raw: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine.described(),
        "groups": {},
    }
    for name in asked.group or GROUPS:
        raw["groups"][name] = found = played(GROUPS[name], quick=asked.quick)
        print(f"{section(found)}\n\n({name}: {found['seconds']} s)\n", flush=True)
    if not asked.group and not asked.quick:
        write(raw, RESULTS)
    missed = [
        f"{name}: {goal['said']}"
        for name, group in raw["groups"].items()
        for goal in group["goals"]
        if goal["holds"] is False
    ]
    for goal in missed:
        print(f"MISSED {goal}")
    return 1 if missed or any(group["broke"] for group in raw["groups"].values()) else 0


def played(group: Playable, *, quick: bool) -> dict[str, Any]:
    """What a group found, as it is written down; where it breaks, that it did."""
    began = monotonic()
    try:
        found, broke = group.play(quick=quick), False
    except Exception as error:  # noqa: BLE001 - the others have taken minutes
        traceback.print_exc()
        found = Group(goals=group.GOALS, skipped=f"it broke ({type(error).__name__})")
        broke = True
    took = {"seconds": round(monotonic() - began), "broke": broke}
    return {**as_json(group.TITLE, found), **took}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
