"""Answers that are lost, starts that land late, and others who start at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.standin import Fault
from tests.matrix.program import Ended, Meddled, program
from tests.story.virtual import Stage


def lost(*, after_effect: bool) -> Fault:
    return Fault(
        method="POST", path_pattern="/updates$", drop=True, after_effect=after_effect
    )


def posts(stage: Stage, ending: str) -> int:
    return sum(
        request.method == "POST" and request.path.endswith(ending)
        for request in stage.workspace.requests
    )


def later(stage: Stage, seconds: float) -> None:
    """What we sent lands *seconds* after it was sent: as an update of an API call."""
    line = stage.line
    assert isinstance(line, Meddled)
    sent: list[float] = []

    def meddle(call: Call) -> None:
        if call.method is Method.POST:
            sent.append(line.seconds)
        elif len(sent) == 1 and line.seconds >= sent[0] + seconds:
            stage.workspace.rival("success", cause="API_CALL")
            sent.append(line.seconds)

    line.meddle = meddle


def assert_started_once_and_nothing_stopped(stage: Stage, ended: Ended) -> None:
    assert posts(stage, "/updates") == 1
    assert posts(stage, "/stop") == 0
    assert ended.outputs["attribution"] != "confirmed"


@pytest.mark.parametrize("seconds", [3.0, 8.0, 30.0, 59.0, 90.0, 600.0])
def test_a_start_that_lands_late_is_never_sent_again(
    tmp_path: Path, seconds: float
) -> None:
    stage = Stage(tmp_path, Meddled())
    stage.workspace.faults.append(lost(after_effect=False))
    later(stage, seconds)

    ended = program(stage, "success", "--timeout=30m")

    assert_started_once_and_nothing_stopped(stage, ended)
    assert ended.outputs["result"] in ("succeeded", "unknown-start"), ended.log
    assert "othing was started" not in ended.everything


@pytest.mark.parametrize("lag", [0.0, 4.0, 15.0, 45.0])
def test_a_start_whose_answer_is_lost_is_found_in_a_list_that_lags(
    tmp_path: Path, lag: float
) -> None:
    stage = Stage(tmp_path, manners={"list_lag": lag})
    stage.workspace.faults.append(lost(after_effect=True))

    ended = program(stage, "success")

    assert_started_once_and_nothing_stopped(stage, ended)
    assert ended.verdict == (0, "succeeded", "true"), ended.log
    assert ended.outputs["attribution"] == "inferred"


def test_a_start_that_never_landed_is_unknown_and_said_to_be_safe_once_idle(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    stage.workspace.faults.append(lost(after_effect=False))

    ended = program(stage, "success")

    assert_started_once_and_nothing_stopped(stage, ended)
    assert ended.verdict == (8, "unknown-start", "false")
    assert stage.line.seconds >= 60
    assert "idle" in ended.log.lower()


def test_a_rival_of_the_same_moment_is_at_most_inferred_and_never_stopped(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, Meddled())
    stage.workspace.faults.append(lost(after_effect=False))
    later(stage, 0.0)

    ended = program(stage, "success", "--timeout=100s")

    assert_started_once_and_nothing_stopped(stage, ended)


def test_a_timeout_of_an_inferred_update_stops_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.workspace.faults.append(lost(after_effect=True))

    ended = program(stage, "slow-resources", "--timeout=5m")

    assert_started_once_and_nothing_stopped(stage, ended)
    assert ended.verdict == (6, "timed-out", "false")
    assert "may still be running" in ended.outputs["reason"]


def test_two_updates_that_may_be_ours_are_none(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Meddled())
    stage.workspace.faults.append(lost(after_effect=True))
    line = stage.line
    assert isinstance(line, Meddled)
    pipeline = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id("code-error")
    ]

    def meddle(_: Call) -> None:
        # A person who is quick: stopped, and started again by a script of hers.
        if len(pipeline.runs) == 1:
            stage.workspace.person_stops("code-error")
            line.seconds += 4.1
            stage.workspace.rival("code-error", cause="API_CALL")

    line.meddle = meddle

    ended = program(stage, "code-error")

    assert posts(stage, "/stop") == 0
    assert posts(stage, "/updates") == 1
    assert ended.verdict == (8, "unknown-start", "false"), ended.log


@pytest.mark.parametrize("flags", [("--timeout=30s",), ("--queue-timeout=30s",)])
def test_an_update_in_front_of_ours_in_the_queue_is_not_stopped(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    stage = Stage(tmp_path)

    ended = program(stage, "queued-behind", *flags)

    theirs, _ = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id("queued-behind")
    ].runs
    assert ended.code == 6, ended.log
    assert theirs.scene.cause == "USER_ACTION"
    assert "STOPPING" not in {beat.state for beat in theirs.played}
