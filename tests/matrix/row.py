"""
A row of the fault matrix: what goes wrong, what a person gets, who holds us to it.

A row without a test names the later piece of work that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

JOBS = "starts through Jobs"
SPEED = "speed"
LATER = frozenset({JOBS, SPEED})

# How many rows each part has.
PARTS = {"A": 23, "B": 26, "C": 9, "D": 16, "E": 13, "F": 9}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: where it stands, what it is, what the user gets, and who says so."""

    id: str
    fault: str
    gets: str
    tests: tuple[str, ...] = ()
    open: str = ""
