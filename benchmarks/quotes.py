"""What the README says of all this: ratios, and only such as were found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import TIMES, grid, rounded_up

RAW = Path(__file__).with_name("results") / "raw.json"

_LATE = "Time until it knows of the end, on average"
_OVER = "Time until the step is over, on average"
_CALLS = "Calls until then"
_START = "Time from the start to the first request"
_SDK = "Databricks' SDK"
_RUN = "of a run of two minutes"

_WAIT = f"{_SDK}, its own wait"
_EACH = "a look each five seconds"
_CLI = "the Databricks CLI's loop"
_SCRIPT = "a script with `requests` and `tenacity`"
_PROCESSOR, _MEMORY = f"Processor time {_RUN}", f"Memory {_RUN}"

# What is told, of whom, and by which goal of which group. Who is better than we are is
# told as well.
QUOTED = (
    (_LATE, _WAIT, "grid", "Mean delay, the SDK's waiter = 1: 5 to 100 flows"),
    (_LATE, _EACH, "grid", "Mean delay, fixed 5 s = 1: 3 to 100 flows"),
    (_LATE, _CLI, "grid", "Mean delay, the CLI's loop = 1: 5 to 100 flows"),
    (
        _CALLS,
        _WAIT,
        "grid",
        "Calls, the SDK's waiter = 1: 5 to 100 flows, 2 and 10 min",
    ),
    (_CALLS, _EACH, "grid", "Calls, fixed 5 s = 1: 3 to 100 flows"),
    (_CALLS, _CLI, "grid", "Calls, the CLI's loop = 1: 5 to 100 flows"),
    (_OVER, _EACH, "grid", "Mean delay and the rest, fixed 5 s = 1: 3 to 100 flows"),
    (_START, _SDK, "start", "Start to first request, that of the SDK = 1"),
    (
        _START,
        _SCRIPT,
        "start",
        "Start to first request, that of requests + tenacity = 1",
    ),
    (
        _PROCESSOR,
        _SDK,
        "peers",
        "Processor time of a run of 120 s, that of the SDK = 1",
    ),
    (
        _PROCESSOR,
        _SCRIPT,
        "peers",
        "Processor time of a run of 120 s, that of requests + tenacity = 1",
    ),
    (_MEMORY, _SDK, "peers", "Memory of a run of 120 s, that of the SDK = 1"),
    (
        _MEMORY,
        _SCRIPT,
        "peers",
        "Memory of a run of 120 s, that of requests + tenacity = 1",
    ),
)


def markdown() -> str:
    """The README's table; `ValueError` where what it quotes was not found."""
    raw = json.loads(RAW.read_text("utf-8"))
    rows = [
        (what, whose, f"{rounded_up(_found(raw, group, said))} {TIMES}")
        for what, whose, group, said in QUOTED
    ]
    return grid(("", "beside", "at most"), rows)


def _found(raw: Mapping[str, Any], group: str, said: str) -> float:
    (found,) = (
        goal["found"]
        for goal in raw["groups"][group]["goals"]
        if goal["said"] == said and goal["found"] is not None
    )
    return float(found)
