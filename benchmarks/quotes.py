"""What the README says of all this: ratios, and only such as were found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import TIMES, grid, rounded_up

RAW = Path(__file__).with_name("results") / "raw.json"

# By group and goal: what it is called for those who have no time, and beside what.
_QUOTED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("start", "Start to first request, that of requests + tenacity = 1"): (
        "From the start to the first request",
        "a script with `requests` and `tenacity`",
    ),
    ("start", "Start to first request, that of the SDK = 1"): (
        "From the start to the first request",
        "Databricks' SDK",
    ),
    ("peers", "Processor time of a run of 120 s, that of the SDK = 1"): (
        "Processor time of a run of two minutes",
        "Databricks' SDK",
    ),
    ("peers", "Memory of a run of 120 s, that of the SDK = 1"): (
        "Memory of it",
        "Databricks' SDK",
    ),
}


def markdown() -> str:
    """The README's table; `KeyError` where what it quotes was not found."""
    raw = json.loads(RAW.read_text("utf-8"))
    rows = [
        (what, f"{rounded_up(_found(raw, *where))} {TIMES} {beside}")
        for where, (what, beside) in _QUOTED.items()
    ]
    return grid(("", "beside others"), rows)


def _found(raw: Mapping[str, Any], group: str, said: str) -> float:
    goals = {goal["said"]: goal["found"] for goal in raw["groups"][group]["goals"]}
    if goals[said] is None:
        raise KeyError(said)
    return float(goals[said])
