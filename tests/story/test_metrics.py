"""METRICS events by the thousand, where the API serves them and where it does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.steps import Why
from dlt_action.standin.scenarios.metrics import BATCHES, UPDATE_ENDS
from tests.story.virtual import Played, Stage

METRICS = "level in ('METRICS')"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, manners={"page_size": 200})


def asks_for_metrics(call: Call) -> bool:
    return METRICS in dict(call.query).get("filter", "")


def row(played: Played, name: str) -> dict[str, Any]:
    """The row of the flow *name* in result.json."""
    flows: list[dict[str, Any]] = played.result["outcomes"][0]["flows"]
    return next(flow for flow in flows if flow["name"].endswith(name))


def test_where_they_are_served_all_of_them_are_counted(stage: Stage) -> None:
    played = stage.play("metrics", "--quality-gate=raw_readings rows == 3000")

    assert played.outputs["ok"] == "true"
    assert row(played, "raw_readings")["rows"] == BATCHES


def test_they_are_read_in_pauses_and_little_is_left_at_the_end(stage: Stage) -> None:
    played = stage.play("metrics")

    asked = [at for at, call in stage.line.calls if asks_for_metrics(call)]
    during = [at for at in asked if at < UPDATE_ENDS]
    assert during
    # Of 3,000 not one is new at the end, but for what the last minute brought.
    ended = max(at for at, call in stage.line.calls if call.what == "read the update")
    assert ended - UPDATE_ENDS < 15.0
    assert played.result["outcomes"][0]["events_read"] > BATCHES


def test_the_looks_at_the_state_do_not_wait_for_them(stage: Stage) -> None:
    stage.play("metrics")

    began = min(at for at, call in stage.line.calls if asks_for_metrics(call))
    between: Counter[int] = Counter()
    looks = 0
    for at, call in stage.line.calls:
        if call.what == "read the update":
            looks += 1
        elif began < at < UPDATE_ENDS and not dict(call.query).get("order_by"):
            between[looks] += 1  # a page after the first
    assert looks > 10
    assert max(between.values()) <= 4


def test_where_they_are_not_served_nobody_asks_for_them(stage: Stage) -> None:
    played = stage.play("metrics-kept")

    assert not any(asks_for_metrics(call) for _, call in stage.line.calls)
    assert row(played, "raw_readings")["rows"] is None
    assert played.outputs["ok"] == "true"


def test_what_is_not_served_is_not_available_to_the_gate(stage: Stage) -> None:
    played = stage.play("metrics-kept", "--quality-gate=raw_readings rows == 3000")

    assert (played.code, played.outputs["gate-result"]) == (5, "failed")
    assert "not available" in played.outputs["gate"]


def test_a_signal_while_they_are_read_stops_the_update_at_once(stage: Stage) -> None:
    heard: list[float] = []

    def signal_once(call: Call) -> None:
        if asks_for_metrics(call) and not heard:
            heard.append(stage.line.seconds)
            stage.line.interrupt_at(stage.line.seconds + 0.1, Why.SIGTERM)

    stage.line.before = signal_once
    played = stage.play("metrics")

    assert heard
    assert played.stops == 1
    assert played.seconds - heard[0] < 7.0
    assert "was stopped and is CANCELED" in played.outputs["reason"]


def test_metrics_alone_are_no_silence(stage: Stage) -> None:
    # Nothing else is told from the 70th to the 105th second.
    played = stage.play("metrics", "--stall-timeout=30s")

    assert played.outputs["result"] == "succeeded"
