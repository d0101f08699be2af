"""How often a whole run asks, and how soon it acts on a signal."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.steps import Why
from dlt_action.standin.faults import Fault
from tests.story.virtual import ROUND_TRIP, Stage

HOUR = 3600
MOST_AN_HOUR = 360
ENOUGH = 1_000_000


def staged(folder: Path) -> Stage:
    """A stage in a new *folder*."""
    folder.mkdir()
    return Stage(folder)


def first_start(stage: Stage) -> int:
    """How many calls are made before the start."""
    methods = [call.method for _, call in stage.line.calls]
    return methods.index(Method.POST)


def test_a_start_by_id_takes_two_reads_and_one_by_name_one_more(tmp_path: Path) -> None:
    stage = staged(tmp_path / "id")
    stage.play("success")
    assert first_start(stage) == 2
    stage = staged(tmp_path / "name")
    stage.play(None, "--pipeline-name=retry-succeeds")
    assert first_start(stage) == 3


@pytest.mark.parametrize("hint", [None, "1"])
def test_a_storm_of_429_is_answered_with_few_calls(
    tmp_path: Path, hint: str | None
) -> None:
    stage = Stage(tmp_path)
    headers = {} if hint is None else {"Retry-After": hint}
    for method in ("GET", "POST"):
        stage.workspace.faults.append(
            Fault(
                method=method,
                path_pattern=".*",
                times=ENOUGH,
                status=429,
                headers=headers,
                from_second=2 * HOUR,
                until_second=4 * HOUR,
            )
        )

    played = stage.play("goes-silent", "--timeout=6h")

    assert played.outputs["result"] == "timed-out"
    assert played.seconds >= 6 * HOUR
    times = [at for at, _ in played.line.calls]
    storm = [at for at in times if 2 * HOUR <= at < 4 * HOUR]
    assert max(Counter(int(at // HOUR) for at in storm).values()) <= MOST_AN_HOUR
    gaps = [after - before for before, after in pairwise(storm)]
    assert min(gaps) >= 0.5
    assert stage.workspace.faults[0].seen > 2  # it was in the way


@pytest.mark.parametrize("tenths", range(0, 45, 3))
def test_after_a_signal_the_stop_is_the_second_call(
    tmp_path: Path, tenths: int
) -> None:
    stage, second = Stage(tmp_path), 60 + tenths / 10
    stage.line.interrupt_at(second, Why.SIGTERM)

    played = stage.play("success")

    assert played.stops == 1
    after = [(at, call.what) for at, call in played.line.calls if at >= second]
    assert [what for _, what in after[:2]] == ["read the pipeline", "stop the update"]
    assert after[1][0] - second <= 2 * ROUND_TRIP
    assert played.outputs["result"] == "interrupted"


@pytest.mark.parametrize("tenths", range(3, 40, 4))
def test_a_signal_while_the_log_settles_loses_no_success(
    tmp_path: Path, tenths: int
) -> None:
    calls = staged(tmp_path / "whole").play("late-end").line.calls
    seen = [at for at, call in calls if call.what == "read the update"]
    stage = staged(tmp_path / "cut")
    stage.line.interrupt_at(seen[-2] + tenths / 10, Why.SIGINT)

    played = stage.play("late-end")

    assert played.outputs["result"] == "succeeded"
    assert played.stops == 0
    assert played.state["owed"] == "nothing"
