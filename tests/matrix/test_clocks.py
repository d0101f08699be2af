"""Clocks that jump, that are wrong, and time that passes while nobody looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.standin import Fault
from tests.matrix.program import Ended, Meddled, program
from tests.story.virtual import Stage

A_DAY = 86_400.0
TEN_MINUTES = 600.0
# What a run says that does not depend on the time of day.
SAME = ("result", "ok", "reason", "state", "update-id", "rows-written", "flows-failed")


def folder(above: Path, name: str) -> Path:
    made = above / name
    made.mkdir()
    return made


def same(one: Ended, other: Ended) -> bool:
    names = [name for name in SAME if name in one.outputs]
    return [one.outputs[n] for n in names] == [other.outputs[n] for n in names]


@pytest.mark.parametrize("by", [A_DAY, -A_DAY, 1.5, -1.5])
@pytest.mark.parametrize("scenario", ["slow-resources", "retry-succeeds"])
def test_a_clock_on_the_wall_that_jumps_changes_nothing(
    tmp_path: Path, scenario: str, by: float
) -> None:
    calm = Stage(folder(tmp_path, "calm"))
    jumpy = Stage(folder(tmp_path, "jumpy"))

    undisturbed = program(calm, scenario, "--timeout=1h")
    ended = program(
        jumpy, scenario, "--timeout=1h", jump=lambda second: by if second > 50 else 0.0
    )

    assert ended.code == undisturbed.code == 0
    assert same(ended, undisturbed)
    assert jumpy.line.seconds == calm.line.seconds
    assert [(at, call.path) for at, call in jumpy.line.calls] == [
        (at, call.path) for at, call in calm.line.calls
    ]


@pytest.mark.parametrize("skew", [TEN_MINUTES, -TEN_MINUTES])
@pytest.mark.parametrize("scenario", ["success", "retry-succeeds", "late-end"])
def test_a_workspace_whose_clock_is_wrong_is_followed_all_the_same(
    tmp_path: Path, scenario: str, skew: float
) -> None:
    right = Stage(folder(tmp_path, "right"))
    wrong = Stage(folder(tmp_path, "wrong"), Meddled(skew=skew))

    undisturbed = program(right, scenario)
    ended = program(wrong, scenario)

    assert ended.code == undisturbed.code == 0
    assert same(ended, undisturbed)


@pytest.mark.parametrize("skew", [TEN_MINUTES, -TEN_MINUTES])
def test_a_lost_start_is_found_by_the_clock_of_the_workspace(
    tmp_path: Path, skew: float
) -> None:
    stage = Stage(tmp_path, Meddled(skew=skew))
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/updates$", after_effect=True, drop=True)
    )

    ended = program(stage, "success")

    assert ended.verdict == (0, "succeeded", "true"), ended.log
    assert ended.outputs["attribution"] == "inferred"


def test_without_a_date_minutes_of_skew_still_find_a_lost_start(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Meddled(skew=300), manners={"dated": False})
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/updates$", after_effect=True, status=502)
    )

    ended = program(stage, "success")

    assert ended.outputs["attribution"] == "inferred", ended.log
    assert ended.code == 0


def suspends(stage: Stage, seconds: float) -> None:
    """The machine is paused for *seconds* before the twentieth call."""

    def pause(_: Call) -> None:
        if len(stage.line.calls) == 20:
            stage.line.seconds += seconds

    assert isinstance(stage.line, Meddled)
    stage.line.meddle = pause


def test_half_an_hour_in_which_the_machine_was_paused_is_gone_on_from(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, Meddled())
    suspends(stage, 1_800)

    ended = program(stage, "slow-resources", "--outage-grace=5m")

    assert ended.verdict == (0, "succeeded", "true"), ended.log
    assert stage.line.seconds > 1_800


def test_a_pause_counts_towards_the_timeout(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Meddled())
    suspends(stage, 1_800)

    ended = program(stage, "continuous", "--timeout=20m", "--wait-for=running")

    assert ended.outputs["result"] in ("running", "timed-out")
    posts = [call for _, call in stage.line.calls if call.method is Method.POST]
    assert len(posts) == 1 + (ended.code == 6)
