"""What the README says of all this: ratios, and only such as were found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import TIMES, grid, rounded_up

RAW = Path(__file__).with_name("results") / "raw.json"

_LATE = "Time until it knows of the end, on average"
_CALLS = "Calls"
_START = "Time from the start to the first request"
_SDK = "Databricks' SDK"
_RUN = "of a run of two minutes"

# What is told, of whom, and by which goal of which group.
_QUOTED = (
    (_LATE, f"{_SDK}, its own wait", "grid", "Mean delay, the SDK's waiter = 1"),
    (_LATE, "a look each five seconds", "grid", "Mean delay, fixed 5 s = 1: 3 to 100"),
    (_CALLS, "the Databricks CLI's loop", "grid", "Calls, the CLI's loop = 1"),
    (_START, _SDK, "start", "Start to first request, that of the SDK = 1"),
    (
        _START,
        "a script with `requests` and `tenacity`",
        "start",
        "Start to first request, that of requests + tenacity = 1",
    ),
    (f"Processor time {_RUN}", _SDK, "peers", "Processor time of a run of 120 s"),
    (f"Memory {_RUN}", _SDK, "peers", "Memory of a run of 120 s"),
)


def markdown() -> str:
    """The README's table; `ValueError` where what it quotes was not found."""
    raw = json.loads(RAW.read_text("utf-8"))
    rows = [
        (what, whose, f"{rounded_up(_found(raw, group, begins))} {TIMES}")
        for what, whose, group, begins in _QUOTED
    ]
    return grid(("", "beside", "at most"), rows)


def _found(raw: Mapping[str, Any], group: str, begins: str) -> float:
    (found,) = (
        goal["found"]
        for goal in raw["groups"][group]["goals"]
        if goal["said"].startswith(begins) and goal["found"] is not None
    )
    return float(found)
