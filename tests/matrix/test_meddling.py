"""What other people do to the pipeline between two of our calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.standin import Fault, Request
from tests.matrix.program import Meddled, program
from tests.story.virtual import TOKEN, Stage


@pytest.fixture
def line() -> Meddled:
    return Meddled()


@pytest.fixture
def stage(tmp_path: Path, line: Meddled) -> Stage:
    return Stage(tmp_path, line)


def before_the_start(line: Meddled, act: Callable[[], object]) -> None:
    """Let *act* happen once, just before the first POST leaves."""
    acts = [act]

    def meddle(call: Call) -> None:
        if call.method is Method.POST and acts:
            acts.pop()()

    line.meddle = meddle


def at(line: Meddled, second: float, act: Callable[[], object]) -> None:
    """Let *act* happen once, before the first call after *second*."""
    acts = [act]

    def meddle(_: Call) -> None:
        if line.seconds >= second and acts:
            acts.pop()()

    line.meddle = meddle


def delete(stage: Stage, name: str) -> None:
    path = f"/api/2.0/pipelines/{stage.workspace.pipeline_id(name)}"
    stage.workspace.handle(
        Request("DELETE", path, (), {"Authorization": f"Bearer {TOKEN}"})
    )


def starts(stage: Stage) -> int:
    return sum(
        request.method == "POST" and request.path.endswith("/updates")
        for request in stage.workspace.requests
    )


def stops(stage: Stage) -> int:
    return sum(request.path.endswith("/stop") for request in stage.workspace.requests)


def test_a_pipeline_that_is_deleted_before_the_start_is_named_and_not_tried_again(
    stage: Stage, line: Meddled
) -> None:
    pipeline = stage.workspace.pipeline_id("success")
    before_the_start(line, lambda: delete(stage, "success"))

    ended = program(stage, "success")

    assert ended.verdict == (2, "misconfigured", "false"), ended.log
    assert pipeline in ended.outputs["error"]
    assert starts(stage) == 1


def test_a_right_that_is_taken_before_the_start_is_named_and_not_tried_again(
    stage: Stage, line: Meddled
) -> None:
    before_the_start(line, lambda: stage.workspace.forbid("success", "Run"))

    ended = program(stage, "success")

    assert ended.verdict == (3, "unauthorized", "false"), ended.log
    assert "Run permissions" in ended.log
    assert starts(stage) == 1


def test_a_list_that_stays_away_after_a_lost_start_leaves_the_start_unknown(
    stage: Stage, line: Meddled
) -> None:
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/updates$", after_effect=True, drop=True)
    )
    listing = Fault(method="GET", path_pattern="/updates$", times=9_999, status=503)
    before_the_start(line, lambda: stage.workspace.faults.append(listing))

    ended = program(stage, "success")

    assert ended.verdict == (8, "unknown-start", "false"), ended.log
    assert starts(stage) == 1
    assert stops(stage) == 0


def test_the_update_of_an_earlier_attempt_of_the_job_is_a_conflict_with_its_id(
    stage: Stage,
) -> None:
    earlier = stage.workspace.rival("success", cause="API_CALL")
    stage.line.seconds += 30

    ended = program(stage, "success")

    assert ended.verdict == (7, "conflict", "false")
    assert earlier in ended.outputs["reason"]
    assert "cause API_CALL" in ended.outputs["reason"]
    assert starts(stage) == 0


def test_a_pipeline_that_becomes_continuous_is_warned_about(
    stage: Stage, line: Meddled
) -> None:
    at(line, 50, lambda: stage.workspace.make_continuous("success"))

    ended = program(stage, "success")

    warnings = [text for text in ended.log.splitlines() if " warning: " in text]
    assert len([text for text in warnings if "continuous" in text]) == 1, ended.log
    assert ended.verdict == (0, "succeeded", "true")


def test_a_pipeline_that_is_renamed_in_the_middle_changes_no_verdict(
    stage: Stage, line: Meddled
) -> None:
    at(line, 50, lambda: stage.workspace.rename("success", "sales"))
    pipeline_id = stage.workspace.pipeline_id("success")

    ended = program(stage, "success")

    assert ended.verdict == (0, "succeeded", "true")
    assert ended.outputs["pipeline-id"] == pipeline_id


def test_access_that_comes_back_within_seconds_was_never_lost(
    stage: Stage, line: Meddled
) -> None:
    refusal = Fault(method="GET", path_pattern="/updates/", status=403, body=NO)
    at(line, 50, lambda: stage.workspace.faults.append(refusal))

    ended = program(stage, "success")

    assert ended.verdict == (0, "succeeded", "true")


NO = '{"error_code": "PERMISSION_DENIED", "message": "Invalid access token."}'


def test_a_pipeline_that_becomes_forbidden_is_lost_access_and_no_verdict(
    stage: Stage, line: Meddled
) -> None:
    at(line, 50, lambda: stage.workspace.forbid("success"))

    ended = program(stage, "success")

    assert ended.verdict == (3, "unauthorized", "false"), ended.log
    assert "may still be running" in ended.outputs["reason"]


def test_a_person_who_stops_our_update_ends_the_run_at_once(
    stage: Stage, line: Meddled
) -> None:
    at(line, 50, lambda: stage.workspace.person_stops("success"))

    ended = program(stage, "success")

    assert ended.verdict == (1, "canceled", "false")
    assert "canceled" in ended.outputs["reason"]
    assert line.seconds < 75  # nobody starts again what a person stopped
    assert stops(stage) == 0


def test_somebody_elses_update_after_ours_is_never_looked_at(
    stage: Stage, line: Meddled
) -> None:
    line.meddle = after_its_end(stage, line, "code-error")

    ended = program(stage, "code-error")

    assert ended.verdict == (1, "failed", "false")
    theirs = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id("code-error")
    ].runs[-1]
    assert theirs.scene.cause == "USER_ACTION"
    assert theirs.scene.update_id not in ended.everything


def after_its_end(stage: Stage, line: Meddled, name: str) -> Callable[[Call], None]:
    """Somebody starts another update as soon as ours has ended."""
    pipeline = stage.workspace.world.pipelines[stage.workspace.pipeline_id(name)]

    def meddle(_: Call) -> None:
        pipeline.advance(line.epoch())
        if len(pipeline.runs) == 1 and pipeline.busy is None:
            stage.workspace.rival(name)

    return meddle
