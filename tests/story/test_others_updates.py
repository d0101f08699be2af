"""`update-id`: follow and judge what somebody else started; start and stop nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlt_action.core.steps import Why
from dlt_action.errors import Misconfigured
from tests.story.virtual import Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def assert_only_followed(played: Played) -> None:
    assert (played.starts, played.stops) == (0, 0)
    assert played.state["owed"] == "nothing"


@pytest.mark.parametrize("latest", [True, False])
def test_an_update_that_runs_is_followed_to_its_end(
    stage: Stage, *, latest: bool
) -> None:
    theirs = stage.runs("busy-for-a-while")[0].scene.update_id

    played = stage.play(
        "busy-for-a-while", f"--update-id={'latest' if latest else theirs}"
    )

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert played.outputs["update-id"] == theirs
    assert played.outputs["attribution"] == "attached"
    assert json.loads(played.outputs["attempts"])[0]["cause"] == "USER_ACTION"
    assert_only_followed(played)


def test_the_first_of_a_chain_is_followed_through_its_retry(stage: Stage) -> None:
    first = stage.runs("busy-with-retry")[0].scene.update_id

    played = stage.play("busy-with-retry", f"--update-id={first}")

    assert played.code == 0
    states = [one["state"] for one in json.loads(played.outputs["attempts"])]
    assert states == ["FAILED", "COMPLETED"]
    assert_only_followed(played)


@pytest.mark.parametrize("latest", [True, False])
def test_one_that_ended_long_ago_is_judged_all_the_same(
    stage: Stage, *, latest: bool
) -> None:
    theirs = stage.workspace.rival("code-error")
    stage.line.seconds = 3600

    played = stage.play("code-error", f"--update-id={'latest' if latest else theirs}")

    assert (played.code, played.outputs["result"]) == (1, "failed")
    assert played.outputs["update-id"] == theirs
    assert "line 7" in played.log
    assert_only_followed(played)


def test_of_a_chain_that_ended_long_ago_the_last_is_judged(stage: Stage) -> None:
    stage.line.seconds = 3600
    first, last = stage.runs("busy-with-retry")

    played = stage.play("busy-with-retry", f"--update-id={first.scene.update_id}")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert played.outputs["update-id"] == last.scene.update_id


def test_a_dry_run_of_somebody_else_opens_no_gate(stage: Stage) -> None:
    stage.workspace.rival("success", validate_only=True)

    played = stage.play("success", "--update-id=latest")

    assert (played.outputs["result"], played.outputs["ok"]) == ("validated", "false")
    assert_only_followed(played)


def test_a_pipeline_without_any_update_has_no_latest(stage: Stage) -> None:
    played = stage.play("success", "--update-id=latest")

    assert (played.code, played.outputs["result"]) == (2, "misconfigured")
    assert "has no update yet" in played.outputs["reason"]
    assert_only_followed(played)


def test_an_id_that_the_pipeline_does_not_know_is_misconfigured(stage: Stage) -> None:
    played = stage.play("success", "--update-id=00000000-0000-4000-8000-000000000000")

    assert (played.code, played.outputs["result"]) == (2, "misconfigured")
    assert "was not found" in played.log
    assert "has no update 00000000" in played.outputs["reason"]
    # The pipeline is there, and its id is not what is wrong.
    assert "pipeline is not there" not in played.log
    assert_only_followed(played)


@pytest.mark.parametrize("signal", [True, False])
def test_it_is_not_stopped_on_leaving(stage: Stage, *, signal: bool) -> None:
    if signal:
        stage.line.interrupt_at(30, Why.SIGTERM)

    played = stage.play("already-active", "--update-id=latest", "--timeout=1m")

    assert played.outputs["result"] == ("interrupted" if signal else "timed-out")
    assert "so it was not stopped" in played.outputs["reason"]
    assert stage.runs("already-active")[0].state == "RUNNING"
    assert_only_followed(played)


def test_a_signal_at_once_says_that_nothing_was_started(stage: Stage) -> None:
    stage.line.interrupt_at(0.3, Why.SIGINT)

    played = stage.play("already-active", "--update-id=latest")

    assert played.code == 130
    assert_only_followed(played)


def test_the_kind_that_is_told_is_that_something_is_followed(stage: Stage) -> None:
    played = stage.play("already-active", "--update-id=latest", "--timeout=1m")

    assert "follow the latest update" in played.log.splitlines()[1]


@pytest.mark.parametrize(
    "flag",
    ["--full-refresh", "--if-active=wait", "--on-timeout=stop", "--on-cancel=stop"],
)
def test_it_goes_with_nothing_that_asks_for_a_start_or_a_stop(
    stage: Stage, flag: str
) -> None:
    with pytest.raises(Misconfigured):
        stage.play("success", "--update-id=latest", flag)
