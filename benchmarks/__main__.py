"""
Play the groups of cases, one after the other, and write down what they found.

    python -m benchmarks                  all, into benchmarks/results
    python -m benchmarks peers            one, and nothing is written down
    python -m benchmarks peers --keep     unless one says so

A machine that does something else meanwhile spoils it. 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks import connections, grid, image, log, machine, memory, peers, start
from benchmarks.report import Group, Playable, as_json, section, write

RESULTS = Path(__file__).with_name("results")

# In the order in which they are played and told. To add one: a module, and its line.
GROUPS: Mapping[str, Playable] = {
    "grid": grid,
    "connections": connections,
    "log": log,
    "memory": memory,
    "start": start,
    "image": image,
    "peers": peers,
}


def main(argv: list[str]) -> int:
    """Play the groups that are named, or all; these are written down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("group", nargs="*", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="whether it plays at all")
    parser.add_argument("--keep", action="store_true", help="write down one as well")
    asked = parser.parse_args(argv)
    if strange := set(asked.group) - GROUPS.keys():
        parser.error(f"no such group: {', '.join(sorted(strange))}")
    found = {}
    for name in asked.group or GROUPS:
        found[name] = played(GROUPS[name], quick=asked.quick)
        print(f"{section(found[name])}\n", flush=True)
    if not asked.quick and (asked.keep or not asked.group):
        write(beside_the_others(found), RESULTS)
        print("The README quotes it once tools/update_docs.py has been run.")
    missed = [
        f"{name}: {goal['said']}"
        for name, group in found.items()
        for goal in group["goals"]
        if goal["holds"] is False
    ]
    for goal in missed:
        print(f"MISSED {goal}")
    return 1 if missed or any(group["broke"] for group in found.values()) else 0


def beside_the_others(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, with what is written down of the other groups."""
    here, last = machine.described(), RESULTS / "raw.json"
    before: dict[str, Any] = (
        json.loads(last.read_text("utf-8")) if last.exists() else {}
    )
    # What was found on another machine is not told as if it were of this one.
    others = before["groups"] if before.get("machine") == here else {}
    all_of_them = {**others, **found}
    groups = {name: all_of_them[name] for name in GROUPS if name in all_of_them}
    return {"machine": here, "groups": groups}


def played(group: Playable, *, quick: bool) -> dict[str, Any]:
    """What a group found, as it is written down; where it breaks, that it did."""
    about = {"date": datetime.now(UTC).date().isoformat(), "load": machine.load()}
    began = monotonic()
    try:
        found, broke = group.play(quick=quick), False
    except Exception as error:  # noqa: BLE001 - the others have taken minutes
        traceback.print_exc()
        found = Group(goals=group.GOALS, skipped=f"it broke ({type(error).__name__})")
        broke = True
    about |= {"seconds": round(monotonic() - began), "broke": broke}
    return {**as_json(group.TITLE, found), **about}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
