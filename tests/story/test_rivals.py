"""Another update is active: what `if-active` makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.steps import Why
from dlt_action.standin import Fault
from dlt_action.standin.ending import for_ever
from tests.story.virtual import HOST, Away, Played, Stage

BUSY = ("busy-for-a-while", "busy-with-retry", "twin-active")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def states(stage: Stage, pipeline: str) -> list[tuple[str, str]]:
    """Cause and state of every update, oldest first."""
    return [(run.scene.cause, run.state) for run in stage.runs(pipeline)]


def assert_conflict(played: Played) -> None:
    assert (played.code, played.outputs["result"]) == (7, "conflict"), played.log
    assert "Nothing was started." in played.outputs["reason"]
    assert played.outputs["update-id"] == ""
    assert played.state["owed"] == "nothing"


# fail


@pytest.mark.parametrize("pipeline", BUSY)
def test_fail_is_a_conflict_that_names_the_rival_its_age_and_the_other_policies(
    stage: Stage, pipeline: str
) -> None:
    rival = stage.runs(pipeline)[0].scene

    played = stage.play(pipeline)

    assert_conflict(played)
    assert (played.starts, played.stops) == (0, 0)
    for fact in (rival.update_id, f"cause {rival.cause}", "state RUNNING", "01:00 old"):
        assert fact in played.outputs["reason"]
    assert f"{HOST}/pipelines/{rival.pipeline_id}/updates/{rival.update_id}" in (
        played.log
    )
    assert "`wait`, `attach` (follow that one), `replace`" in played.log
    assert rival.update_id in played.summary


def test_a_second_attempt_of_the_workflow_is_told_what_the_first_may_have_left(
    stage: Stage,
) -> None:
    rival = stage.runs("twin-active")[0].scene.update_id
    stage.environ["GITHUB_RUN_ATTEMPT"] = "2"

    played = stage.play("twin-active")

    assert_conflict(played)
    assert f"an earlier one may have started update {rival}" in played.log


# wait


def test_wait_starts_only_after_the_rival_has_ended(stage: Stage) -> None:
    played = stage.play("busy-for-a-while", "--if-active=wait")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert (played.starts, played.stops) == (1, 0)
    theirs, ours = stage.runs("busy-for-a-while")
    assert theirs.ended is not None
    assert ours.created >= theirs.ended
    assert played.outputs["update-id"] == ours.scene.update_id
    assert played.outputs["attribution"] == "confirmed"
    assert "waiting for update" in played.log


@pytest.mark.parametrize("at", [0.0, 20.0])
def test_wait_waits_for_the_rivals_retry_too(stage: Stage, at: float) -> None:
    stage.line.seconds = at  # at 20 it has failed, and the retry is yet to begin

    played = stage.play("busy-with-retry", "--if-active=wait")

    assert played.code == 0
    assert played.stops == 0
    assert states(stage, "busy-with-retry") == [
        ("USER_ACTION", "FAILED"),
        ("RETRY_ON_FAILURE", "COMPLETED"),
        ("API_CALL", "COMPLETED"),
    ]
    assert played.starts == 1 + (at > 0)  # one that was refused, in the gap


@pytest.mark.parametrize("policy", ["fail", "attach", "replace"])
def test_one_that_is_stopping_is_waited_for_whatever_the_policy(
    stage: Stage, policy: str
) -> None:
    played = stage.play("busy-stopping", f"--if-active={policy}")

    assert played.code == 0
    assert (played.starts, played.stops) == (1, 0)
    assert played.outputs["attribution"] == "confirmed"


def test_one_that_comes_while_another_was_waited_for_is_waited_for_too(
    stage: Stage,
) -> None:
    name = "busy-for-a-while"
    come: list[str] = []

    def comes(call: Call) -> None:
        if call.method is Method.POST and not come:
            come.append(stage.workspace.rival(name))

    stage.line.before = comes

    played = stage.play(name, "--if-active=wait")

    assert (played.code, played.starts, played.stops) == (0, 2, 0)
    assert [run.state for run in stage.runs(name)] == ["COMPLETED"] * 3


def test_an_api_that_stays_away_while_waiting_says_that_nothing_was_started(
    stage: Stage,
) -> None:
    stage.line.away.append(Away(30, 1e6))

    played = stage.play("already-active", "--if-active=wait", "--outage-grace=5m")

    assert (played.code, played.outputs["result"]) == (4, "unreachable")
    assert "nothing was started" in played.outputs["reason"]
    assert played.state["owed"] == "nothing"


def test_waiting_counts_against_the_timeout_and_starts_nothing(stage: Stage) -> None:
    played = stage.play("already-active", "--if-active=wait", "--timeout=5m")

    assert (played.code, played.outputs["result"]) == (6, "timed-out")
    assert "Nothing was started" in played.outputs["reason"]
    assert (played.starts, played.stops) == (0, 0)
    assert 300 <= played.seconds < 330
    assert played.state["owed"] == "nothing"


@pytest.mark.parametrize("policy", ["wait", "replace"])
def test_a_signal_while_waiting_leaves_at_once_and_starts_nothing(
    stage: Stage, policy: str
) -> None:
    pipeline = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id("already-active")
    ]
    pipeline.scenario = replace(pipeline.scenario, stopping=for_ever)
    stage.line.interrupt_at(60, Why.SIGTERM)

    played = stage.play("already-active", f"--if-active={policy}")

    assert (played.code, played.outputs["result"]) == (143, "interrupted")
    assert "Nothing was started" in played.outputs["reason"]
    assert played.starts == 0
    assert played.stops == int(policy == "replace")
    assert played.seconds < 66.5
    assert played.state["owed"] == "nothing"


def test_while_waiting_a_line_comes_every_minute(stage: Stage) -> None:
    played = stage.play("already-active", "--if-active=wait", "--timeout=10m")

    beats = [line for line in played.lines if "waiting for update" in line]
    assert 9 <= len(beats) <= 12


# attach


@pytest.mark.parametrize("pipeline", BUSY)
def test_attach_follows_the_rival_to_its_end_and_starts_nothing(
    stage: Stage, pipeline: str
) -> None:
    played = stage.play(pipeline, "--if-active=attach")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert (played.starts, played.stops) == (0, 0)
    assert played.outputs["attribution"] == "attached"
    last = stage.runs(pipeline)[-1]
    assert played.outputs["update-id"] == last.scene.update_id
    assert played.state["owed"] == "nothing"


@pytest.mark.parametrize(
    ("flag", "difference"),
    [
        ("--full-refresh", "it is not a full refresh"),
        ("--validate-only", "it is not a dry run"),
        ("--refresh-selection=main.sales.orders", "it refreshes other tables"),
        ("--full-refresh-selection=main.sales.orders", "it resets other tables"),
        ("--parameters=day=1", "its parameters are others"),
        ("--development=true", "whether it has the same development is not told"),
    ],
)
def test_attach_to_an_update_of_another_kind_is_a_conflict_that_names_why(
    stage: Stage, flag: str, difference: str
) -> None:
    played = stage.play("twin-active", "--if-active=attach", flag)

    assert_conflict(played)
    assert difference in played.outputs["reason"]
    assert (played.starts, played.stops) == (0, 0)


@pytest.mark.parametrize("leave", ["timeout", "signal"])
def test_what_is_attached_is_never_stopped(stage: Stage, leave: str) -> None:
    if leave == "signal":
        stage.line.interrupt_at(40, Why.SIGINT)

    played = stage.play("twin-active", "--if-active=attach", "--timeout=1m")

    assert (played.code, played.outputs["result"]) == (
        (130, "interrupted") if leave == "signal" else (6, "timed-out")
    )
    assert (played.starts, played.stops) == (0, 0)
    assert "not known to be started by this step" in played.outputs["reason"]
    assert played.state["owed"] == "nothing"
    assert stage.runs("twin-active")[0].state == "RUNNING"


# replace


@pytest.mark.parametrize("pipeline", BUSY)
def test_replace_stops_the_rival_once_and_starts_after_its_end(
    stage: Stage, pipeline: str
) -> None:
    played = stage.play(pipeline, "--if-active=replace")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert (played.starts, played.stops) == (1, 1)
    theirs, ours = stage.runs(pipeline)
    assert (theirs.state, ours.state) == ("CANCELED", "COMPLETED")
    assert theirs.ended is not None
    assert ours.created >= theirs.ended
    assert played.outputs["attribution"] == "confirmed"


def test_replace_in_the_gap_before_a_retry_stops_the_retry(stage: Stage) -> None:
    stage.line.seconds = 20

    played = stage.play("busy-with-retry", "--if-active=replace")

    assert played.code == 0
    assert played.stops == 1
    assert states(stage, "busy-with-retry") == [
        ("USER_ACTION", "FAILED"),
        ("RETRY_ON_FAILURE", "CANCELED"),
        ("API_CALL", "COMPLETED"),
    ]


def test_a_rival_that_does_not_care_for_the_stop_is_a_conflict(stage: Stage) -> None:
    pipeline = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id("already-active")
    ]
    pipeline.scenario = replace(pipeline.scenario, stopping=for_ever)

    played = stage.play("already-active", "--if-active=replace")

    assert_conflict(played)
    assert (played.starts, played.stops) == (0, 1)
    assert "did not end within 05:00" in played.outputs["reason"]
    assert 300 <= played.seconds < 330


def test_a_stop_of_a_rival_that_is_refused_is_told_in_the_words_of_the_workspace(
    stage: Stage,
) -> None:
    stage.workspace.forbid("already-active", "Run")

    played = stage.play("already-active", "--if-active=replace")

    assert_conflict(played)
    assert 1 <= played.stops <= 2
    assert "stop was refused" in played.outputs["reason"]
    assert "PERMISSION_DENIED" in played.log
    assert played.seconds < 60  # nothing would come of waiting


def test_who_leaves_while_a_rival_is_replaced_owns_up_to_the_stop(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(3, Why.SIGTERM)

    played = stage.play("busy-for-a-while", "--if-active=replace")

    rival = stage.runs("busy-for-a-while")[0].scene.update_id
    assert (played.code, played.stops) == (143, 1)
    reason = played.outputs["reason"]
    assert "Nothing was started." in reason
    assert f"Another update, {rival}, was asked to stop." in reason


def test_who_comes_after_the_replaced_one_is_a_conflict_and_not_stopped(
    stage: Stage,
) -> None:
    name = "busy-for-a-while"

    def comes(call: Call) -> None:
        if call.method is Method.POST and call.path.endswith("/updates"):
            stage.workspace.rival(name)

    stage.line.before = comes

    played = stage.play(name, "--if-active=replace")

    assert_conflict(played)
    assert (played.starts, played.stops) == (1, 1)
    assert stage.runs(name)[0].state == "CANCELED"
    assert stage.runs(name)[1].ended is None
    assert "began after the one that was replaced" in played.outputs["reason"]


def test_a_rival_that_ends_between_proof_and_stop_takes_nobody_with_it(
    stage: Stage,
) -> None:
    # It ended and somebody else's began, just before the proof is read.
    name, come = "busy-for-a-while", []

    def comes(call: Call) -> None:
        if call.method is Method.GET and call.path.endswith(
            stage.workspace.pipeline_id(name)
        ):
            come.append(call)
            if len(come) == 2:  # the first was `find`'s
                stage.line.seconds = 120
                stage.workspace.rival(name)

    stage.line.before = comes

    played = stage.play(name, "--if-active=replace")

    assert_conflict(played)
    assert played.stops == 0
    assert stage.runs(name)[1].ended is None


@pytest.mark.parametrize("policy", ["wait", "attach", "replace"])
def test_a_rival_that_only_the_refusal_names_is_dealt_with_likewise(
    stage: Stage, policy: str
) -> None:
    path = f"{stage.workspace.pipeline_id('busy-for-a-while')}/updates$"
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern=path,
            status=200,
            headers={"content-type": "application/json"},
            body="{}",
        )
    )

    played = stage.play("busy-for-a-while", f"--if-active={policy}")

    assert (played.code, played.outputs["result"]) == (0, "succeeded"), played.log
    assert played.starts == (1 if policy == "attach" else 2)
    assert played.stops == int(policy == "replace")
