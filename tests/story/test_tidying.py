"""The post step: what a killed run left behind is stopped, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dlt_action.core.steps import Why
from dlt_action.standin import Fault
from tests.story.virtual import HOST, Away, Stage, Tidied


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def assert_did_nothing(tidied: Tidied) -> None:
    assert tidied.code == 0
    assert tidied.requests == []


def assert_stopped_nothing(tidied: Tidied) -> None:
    assert tidied.code == 0, tidied.log
    assert (tidied.starts, tidied.stops) == (0, 0)


def owing(stage: Stage, pipeline: str, update: str) -> Mapping[str, str]:
    """The state of a run that started *update*."""
    return {
        "owed": "stop",
        "pipeline_id": stage.workspace.pipeline_id(pipeline),
        "update_id": update,
    }


# What is stopped


def test_the_update_of_a_run_that_was_killed_is_stopped_and_watched_to_its_end(
    stage: Stage,
) -> None:
    stage.killed("success", at=50)

    tidied = stage.tidy_up()

    (ours,) = stage.runs("success")
    assert tidied.code == 0
    assert (tidied.starts, tidied.stops) == (0, 1)
    assert ours.state == "CANCELED"
    update, pipeline = ours.scene.update_id, ours.scene.pipeline_id
    assert f"{HOST}/pipelines/{pipeline}/updates/{update}" in tidied.log
    assert f"Update {update} was stopped and is CANCELED." in tidied.log


@pytest.mark.parametrize("later", [0, 10, 30])
def test_the_retry_of_an_update_that_failed_is_stopped_when_it_comes(
    stage: Stage, later: int
) -> None:
    # Killed between two attempts; the second begins at 92.
    stage.killed("retry-succeeds", at=75)
    assert stage.state["update_id"] == stage.runs("retry-succeeds")[0].scene.update_id
    stage.line.seconds += later

    tidied = stage.tidy_up()

    first, second = stage.runs("retry-succeeds")
    assert tidied.code == 0
    assert (tidied.starts, tidied.stops) == (0, 1)
    assert (first.state, second.state) == ("FAILED", "CANCELED")
    assert f"Update {second.scene.update_id} was stopped" in tidied.log


def test_the_retry_that_was_already_taken_up_is_stopped(stage: Stage) -> None:
    stage.killed("retry-succeeds", at=150)

    tidied = stage.tidy_up()

    assert (tidied.code, tidied.stops) == (0, 1)
    assert stage.runs("retry-succeeds")[1].state == "CANCELED"


@pytest.mark.parametrize("pipeline", ["schema-change", "service-upgrade"])
def test_what_the_platform_goes_on_with_is_stopped_too(
    stage: Stage, pipeline: str
) -> None:
    stage.killed(pipeline, at=40)
    first = stage.runs(pipeline)[0]
    stage.line.seconds = 61 if pipeline == "schema-change" else 68

    tidied = stage.tidy_up()

    assert first.state == "CANCELED"
    assert (tidied.code, tidied.stops) == (0, 1)
    assert stage.runs(pipeline)[-1].state == "CANCELED"


def test_what_a_timeout_could_not_end_is_tried_once_more(stage: Stage) -> None:
    played = stage.play("stop-ignored", "--timeout=50s")
    assert played.state["owed"] == "stop"

    tidied = stage.tidy_up()

    # It is STOPPING: asking again would tell the workspace nothing new.
    assert tidied.stops == 0
    assert tidied.code == 6
    assert "may still be running" in tidied.log
    assert "::warning title=An update may have been left behind::" in tidied.log
    assert tidied.seconds < 240 + 30


def test_the_retry_that_a_signal_left_no_time_for_is_stopped(stage: Stage) -> None:
    stage.line.interrupt_at(80, Why.SIGTERM)
    played = stage.play("retry-succeeds")
    assert (played.code, played.stops) == (143, 0)

    tidied = stage.tidy_up()

    assert (tidied.code, tidied.stops) == (0, 1)
    assert stage.runs("retry-succeeds")[1].state == "CANCELED"


def test_a_lost_answer_to_the_stop_is_not_taken_for_a_refusal(stage: Stage) -> None:
    stage.killed("success", at=50)
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/stop$", after_effect=True, drop=True)
    )

    tidied = stage.tidy_up()

    assert (tidied.code, tidied.stops) == (0, 1)
    assert stage.runs("success")[0].state == "CANCELED"


def test_a_throttled_stop_is_sent_again(stage: Stage) -> None:
    stage.killed("success", at=50)
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/stop$", times=2, status=429)
    )

    tidied = stage.tidy_up()

    assert tidied.code == 0
    assert stage.runs("success")[0].state == "CANCELED"


def test_an_api_that_is_away_for_a_moment_is_waited_for(stage: Stage) -> None:
    stage.killed("slow-resources", at=50)
    stage.line.away.append(Away(50, 80))

    tidied = stage.tidy_up()

    assert (tidied.code, tidied.stops) == (0, 1)


def test_a_queue_is_waited_in_rather_than_stop_whoever_is_ahead(stage: Stage) -> None:
    stage.killed("queued-behind", at=20)

    tidied = stage.tidy_up()

    theirs, ours = stage.runs("queued-behind")
    assert tidied.code == 0
    assert (theirs.state, ours.state) == ("COMPLETED", "CANCELED")
    assert tidied.stops == 1


# What it cannot do, and says


def test_an_api_that_stays_away_is_told_before_the_runner_loses_patience(
    stage: Stage,
) -> None:
    stage.killed("slow-resources", at=50)
    stage.line.away.append(Away(50, 1e6))

    tidied = stage.tidy_up()

    assert tidied.code == 4
    assert "may still be running" in tidied.log
    assert tidied.seconds < 240


def test_a_stop_that_is_refused_is_told_in_the_words_of_the_workspace(
    stage: Stage,
) -> None:
    stage.killed("slow-resources", at=50)
    stage.workspace.forbid("slow-resources", "Run")

    tidied = stage.tidy_up()

    assert tidied.code != 0
    assert 1 <= tidied.stops <= 2
    assert "the stop was refused" in tidied.log
    assert "PERMISSION_DENIED" in tidied.log
    assert tidied.seconds < 240 + 30


@pytest.mark.parametrize(("why", "code"), [(Why.SIGINT, 130), (Why.SIGTERM, 143)])
def test_a_signal_in_the_post_step_leaves_in_time(
    stage: Stage, why: Why, code: int
) -> None:
    stage.killed("stop-ignored", at=50)
    stage.line.interrupt_at(60, why)

    tidied = stage.tidy_up()

    assert tidied.code == code
    assert tidied.seconds < 10 + 6.5
    assert "may still be running" in tidied.log


# What it leaves alone


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"owed": "nothing"},
        {"owed": ""},
        {"owed": "STOP", "pipeline_id": "p", "update_id": "u"},
        {"owed": "start", "pipeline_id": "p", "update_id": "u"},
        {"pipeline_id": "p", "update_id": "u"},
        {"owed": "stop", "update_id": "u"},
        {"owed": "stop", "pipeline_id": "p"},
        {"owed": "stop", "pipeline_id": "../x", "update_id": "u"},
        {"owed": "stop", "pipeline_id": "p", "update_id": "../x"},
        {"owed": "stop", "pipeline_id": "p", "update_id": "u\n"},
        {"owed": "stop", "pipeline_id": "p", "update_id": "u/stop"},
        {"owed": "stop", "pipeline_id": "p?x", "update_id": "u"},
        {"owed": "stop", "pipeline_id": "p", "update_id": "%2e%2e"},
        {"owed": "stop", "pipeline_id": "p", "update_id": "u" * 65},
    ],
)
def test_a_state_that_names_no_update_to_be_stopped_is_left_alone(
    stage: Stage, state: Mapping[str, str]
) -> None:
    assert_did_nothing(stage.tidy_up(state))


def test_a_run_that_was_killed_before_it_knew_of_an_update_is_told(
    stage: Stage,
) -> None:
    stage.killed("success", at=0.5)

    tidied = stage.tidy_up()

    assert_did_nothing(tidied)
    assert "::warning title=An update may have been left behind::" in tidied.log


@pytest.mark.parametrize(
    ("pipeline", "flags"),
    [
        ("success", ()),
        ("code-error", ()),
        ("already-active", ()),
        ("success", ("--wait=false",)),
        ("slow-resources", ("--timeout=5m", "--on-timeout=leave")),
        ("slow-resources", ("--timeout=5m",)),
        ("twin-active", ("--if-active=attach",)),
        ("busy-for-a-while", ("--update-id=latest",)),
    ],
)
def test_after_a_run_that_came_to_its_end_nothing_is_done(
    stage: Stage, pipeline: str, flags: tuple[str, ...]
) -> None:
    # As where a later step of the job failed, for which the post step runs as well.
    stage.play(pipeline, *flags)

    tidied = stage.tidy_up()

    assert_did_nothing(tidied)
    assert "Nothing is left to do" in tidied.log


@pytest.mark.parametrize(
    ("pipeline", "flag", "lost"),
    [
        ("success", "--wait=false", False),
        ("slow-resources", "--on-cancel=leave", False),
        ("twin-active", "--if-active=attach", False),
        ("busy-for-a-while", "--update-id=latest", False),
        ("already-active", "--if-active=wait", False),
        ("slow-resources", "--if-active=fail", True),
    ],
)
def test_what_a_killed_run_had_no_right_to_stop_is_not_stopped_after_it(
    stage: Stage, pipeline: str, flag: str, *, lost: bool
) -> None:
    if lost:
        stage.workspace.faults.append(
            Fault(
                method="POST", path_pattern="/updates$", after_effect=True, status=503
            )
        )
    if flag == "--wait=false":
        stage.play(pipeline, flag)
    else:
        stage.killed(pipeline, flag, at=30)

    assert_did_nothing(stage.tidy_up())
    assert stage.runs(pipeline)[0].ended is None


def test_a_rival_that_was_to_be_replaced_is_not_the_post_steps(stage: Stage) -> None:
    stage.killed("already-active", "--if-active=replace", at=0.5)

    assert_did_nothing(stage.tidy_up())
    assert stage.runs("already-active")[0].state == "RUNNING"


@pytest.mark.parametrize("ended", ["COMPLETED", "FAILED", "CANCELED"])
def test_an_update_that_has_ended_meanwhile_is_told_so(
    stage: Stage, ended: str
) -> None:
    pipeline = {"COMPLETED": "success", "FAILED": "code-error", "CANCELED": "canceled"}
    stage.killed(pipeline[ended], at=25)
    stage.line.seconds = 300

    tidied = stage.tidy_up()

    assert_stopped_nothing(tidied)
    assert stage.runs(pipeline[ended])[0].state == ended
    assert f"has ended ({ended})" in tidied.log


@pytest.mark.parametrize("cause", ["USER_ACTION", "API_CALL", "JOB_TASK"])
def test_somebody_elses_update_that_is_active_by_now_is_not_stopped(
    stage: Stage, cause: str
) -> None:
    stage.killed("success", at=50)
    stage.line.seconds = 300
    theirs = stage.workspace.rival("success", cause=cause)

    tidied = stage.tidy_up()

    assert_stopped_nothing(tidied)
    last = stage.runs("success")[-1]
    assert (last.scene.update_id, last.ended) == (theirs, None)


def test_somebody_elses_update_that_begins_between_proof_and_look_is_not_stopped(
    stage: Stage,
) -> None:
    stage.killed("success", at=50)
    asked = []

    def comes(call: object) -> None:
        asked.append(call)
        if len(asked) == 2:  # after the look, before the proof
            stage.line.seconds = 100
            stage.workspace.rival("success")

    stage.line.before = comes

    tidied = stage.tidy_up()

    assert_stopped_nothing(tidied)
    assert stage.runs("success")[-1].ended is None


def test_an_update_of_a_pipeline_that_was_deleted_is_no_cause_for_a_stop(
    stage: Stage,
) -> None:
    stage.killed("success", at=50)
    pipeline = stage.workspace.pipeline_id("success")
    stage.workspace.world.pipelines[pipeline].deleted = True

    tidied = stage.tidy_up()

    assert (tidied.starts, tidied.stops) == (0, 0)
    assert tidied.code == 4


def test_the_inputs_of_the_main_step_decide_nothing_any_more(stage: Stage) -> None:
    # A workflow gives the post step the same ones.
    stage.killed("success", at=50)

    tidied = stage.tidy_up(
        None, "--if-active=replace", "--full-refresh", "--timeout=1m"
    )

    assert (tidied.starts, tidied.stops) == (0, 1)
    assert tidied.code == 0


def test_an_update_of_another_pipeline_is_not_found_and_not_stopped(
    stage: Stage,
) -> None:
    stage.killed("success", at=50)
    update = stage.state["update_id"]

    tidied = stage.tidy_up(owing(stage, "already-active", update))

    assert (tidied.starts, tidied.stops) == (0, 0)
    assert tidied.code != 0
    assert stage.runs("already-active")[0].state == "RUNNING"
