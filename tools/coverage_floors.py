"""
Hold a coverage report against the floors of pyproject.toml.

    coverage_floors.py REPORT.json

Coverage itself knows one floor for everything; here the rooms that decide and that
render need all of their branches, and the rest less.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Covered:
    """How many lines and branches there are, and how many of them ran."""

    ran: int
    all: int

    @property
    def percent(self) -> float:
        """Nothing of nothing is covered: a room that is not there is no room."""
        return 100.0 * self.ran / self.all if self.all else 0.0

    def __add__(self, other: Covered) -> Covered:
        """Join two counts."""
        return Covered(self.ran + other.ran, self.all + other.all)


def of_file(summary: dict[str, Any]) -> Covered:
    """Lines and branches of one file, from its *summary* in the report."""
    return Covered(
        summary["covered_lines"] + summary["covered_branches"],
        summary["num_statements"] + summary["num_branches"],
    )


def measure(files: dict[str, Any], under: str) -> Covered:
    """Everything in the folder *under*; all of it where that is "total"."""
    return sum(
        (
            of_file(entry["summary"])
            for name, entry in files.items()
            if under == "total" or Path(name).is_relative_to(under)
        ),
        Covered(0, 0),
    )


def main(report: Path) -> int:
    """Print each floor with what was reached, and return 1 if one was missed."""
    files = json.loads(report.read_text())["files"]
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    missed = 0
    for under, floor in config["tool"]["dlt-action"]["coverage"].items():
        covered = measure(files, under)
        holds = covered.percent >= floor
        missed += not holds
        print(
            f"{'ok    ' if holds else 'MISSED'} {under:<24} "
            f"{covered.percent:6.2f} % of {covered.all}, at least {floor} %"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
