"""Whole runs of jobs and of one-time runs: the real story against the stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlt_action.core.steps import Why
from dlt_action.standin import SCENARIOS, Fault
from dlt_action.standin.jobs.runs import JobRun
from dlt_action.standin.scenarios.jobs import JOBS
from tests.story.virtual import HOST, Played, Stage, Tidied, count

RUN_NOW, SUBMIT, CANCEL = "/run-now", "/runs/submit", "/runs/cancel"
TRIGGERS = ("submit-run", "job")

RESULTS = {
    "SUCCESS": "succeeded",
    "SUCCESS_WITH_FAILURES": "failed",  # where a Pipeline task is what failed
    "FAILED": "failed",
    "CANCELED": "canceled",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "conflict",
}
# Somebody repairs it half a minute after its end, which nobody waits for.
REPAIRED_LATER = {"repaired": "failed"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, manners={"jobs": JOBS})


def play(stage: Stage, pipeline: str, trigger: str, *flags: str) -> Played:
    """Play *pipeline* by a one-time run, or by the job of its name."""
    if trigger == "submit-run":
        return stage.play(pipeline, "--trigger=submit-run", *flags)
    return stage.play(None, f"--job-id={stage.workspace.job_id(pipeline)}", *flags)


def outcome_of(played: Played) -> dict[str, Any]:
    outcome: dict[str, Any] = played.result["outcomes"][0]
    return outcome


def ours(stage: Stage, played: Played) -> JobRun:
    """Our job run, as the workspace has it now."""
    stage.workspace.world.settle()
    runs = stage.workspace.world.jobs.runs
    return runs[int(played.outputs["job-run-id"])]


def assert_ended(played: Played, result: str) -> None:
    """Code, outputs, summary and report agree on *result*; one run was started."""
    assert played.outputs["result"] == result, played.log
    assert outcome_of(played)["result"] == result
    assert played.outputs["ok"] == str(result == "succeeded").lower()
    assert played.outputs["reason"] in played.log
    assert played.summary.startswith("## ")
    assert played.sent("POST", RUN_NOW) + played.sent("POST", SUBMIT) == 1
    assert (played.starts, played.stops) == (0, 0)


# Jobs of several tasks


@pytest.mark.parametrize("name", sorted(JOBS))
def test_each_job_comes_to_the_end_that_it_promises(stage: Stage, name: str) -> None:
    played = play(stage, name, "job")

    wanted = REPAIRED_LATER.get(name, RESULTS[JOBS[name].expect])
    assert_ended(played, wanted)
    assert played.sent("POST", CANCEL) == 0


def test_several_pipelines_of_a_job_are_told_apart(stage: Stage) -> None:
    played = play(stage, "two-pipelines", "job")

    parts = outcome_of(played)["parts"]
    assert [part["task"] for part in parts] == ["bronze", "gold"]
    assert all(part["attempts"] for part in parts)
    assert "[bronze] state COMPLETED" in played.log
    assert "[gold] state COMPLETED" in played.log
    assert "task check (notebook): SUCCESS" in played.log


def test_the_one_that_fails_tells_its_own_root_cause(stage: Stage) -> None:
    played = play(stage, "side-by-side", "job")

    assert "NameError: name 'vaild_id' is not defined" in played.outputs["error"]
    assert "1 task failed (right)" in played.outputs["reason"]
    assert "Please refer to the logs" not in played.log
    assert "see run output" not in played.log


def test_a_retry_of_the_job_is_a_second_attempt(stage: Stage) -> None:
    played = play(stage, "task-retried", "job")

    attempts = json.loads(played.outputs["attempts"])
    states = [attempt["state"] for attempt in attempts]
    assert states == ["FAILED", "COMPLETED"]
    assert {attempt["cause"] for attempt in attempts} == {"JOB_TASK"}


def test_a_run_that_is_queued_says_why(stage: Stage) -> None:
    played = play(stage, "queued-run", "job")
    told = [line for line in played.lines if ": QUEUED" in line]
    assert len(told) == 1
    assert "(" in told[0]


def test_a_run_that_is_skipped_says_what_to_do(stage: Stage) -> None:
    played = play(stage, "runs-limited", "job")
    assert played.code == 7
    assert "another run of the job is active" in played.outputs["reason"]
    assert "queueing" in played.log
    assert played.seconds < 5


def test_a_notebook_that_fails_is_told_with_its_error(stage: Stage) -> None:
    played = play(stage, "notebook-fails", "job")
    assert "task report (notebook): FAILED: ZeroDivisionError" in played.log
    assert "1 task failed (report)" in played.outputs["reason"]
    assert played.outputs["state"] == "COMPLETED"  # of the update


def test_tasks_on_a_second_page_are_followed(stage: Stage) -> None:
    played = play(stage, "many-tasks", "job")
    assert played.outputs["state"] == "COMPLETED"


def test_a_job_is_found_by_its_name(stage: Stage) -> None:
    played = stage.play(None, "--job-name=two-pipelines")
    assert_ended(played, "succeeded")


def test_zeros_before_the_id_of_a_job_mean_nothing(stage: Stage) -> None:
    number = stage.workspace.job_id("two-pipelines")
    assert_ended(stage.play(None, f"--job-id=00{number}"), "succeeded")


@pytest.mark.parametrize("selection", ["refresh-selection", "full-refresh-selection"])
def test_names_of_one_pipeline_are_refused_where_the_job_updates_several(
    stage: Stage, selection: str
) -> None:
    played = play(stage, "two-pipelines", "job", f"--{selection}=orders")
    assert played.outputs["result"] == "misconfigured"
    assert played.outputs["reason"].startswith(
        f"{selection}: its names are those of one pipeline, and job "
    )
    assert played.sent("POST", RUN_NOW) == 0


def test_they_are_handed_to_the_job_of_one_pipeline(stage: Stage) -> None:
    played = play(stage, "queued-run", "job", "--refresh-selection=orders")
    assert played.sent("POST", RUN_NOW) == 1
    assert played.outputs["result"] != "misconfigured"


def test_a_job_that_is_not_there_starts_nothing(stage: Stage) -> None:
    played = stage.play(None, "--job-id=1")
    assert played.outputs["result"] == "misconfigured"
    assert played.sent("POST") == 0
    assert played.state["owed"] == "nothing"


# One pipeline, by either


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize(
    "name",
    [
        *("success", "code-error", "canceled", "retry-succeeds", "retry-fails"),
        *("schema-change", "service-upgrade", "late-end", "queued-behind"),
    ],
)
def test_a_pipeline_comes_to_the_same_end_as_without_a_job(
    stage: Stage, name: str, trigger: str
) -> None:
    played = play(stage, name, trigger)

    assert_ended(played, SCENARIOS[name].expect)
    updates = [run.scene.update_id for run in stage.runs(name)]
    attempts = json.loads(played.outputs["attempts"])
    assert [attempt["update_id"] for attempt in attempts] == updates[-len(attempts) :]
    assert outcome_of(played)["log_complete"]
    run = ours(stage, played)
    assert played.outputs["job-run-url"] == (
        f"{HOST}/jobs/{run.job_id}/runs/{run.run_id}"
    )


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_another_update_in_the_way_is_a_conflict(stage: Stage, trigger: str) -> None:
    played = play(stage, "already-active", trigger)
    assert_ended(played, "conflict")


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_gate_judges_the_update_of_a_job_run(stage: Stage, trigger: str) -> None:
    played = play(stage, "success", trigger, "--quality-gate=orders rows >= 1000000")
    assert_ended(played, "gate-failed")
    assert played.code == 5


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_what_is_asked_of_the_update_is_passed_on(stage: Stage, trigger: str) -> None:
    played = play(stage, "success", trigger, "--full-refresh=true")
    assert_ended(played, "succeeded")
    assert stage.runs("success")[-1].scene.asked.full_refresh


# Lost answers


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_start_whose_answer_is_lost_is_one_run_all_the_same(
    stage: Stage, trigger: str, *, after_effect: bool, drop: bool
) -> None:
    lost = Fault(
        method="POST",
        path_pattern="(submit|run-now)$",
        times=2,
        after_effect=after_effect,
        status=503,
        drop=drop,
    )
    stage.workspace.faults.append(lost)
    runs = stage.workspace.world.jobs.runs
    before = len(runs), len(stage.runs("success"))
    played = play(stage, "success", trigger)

    assert played.outputs["result"] == "succeeded", played.log
    after = len(runs), len(stage.runs("success"))
    assert after == (before[0] + 1, before[1] + 1)
    assert "which starts nothing twice" in played.log


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_signal_while_the_answer_is_lost_leaves_nothing_behind(
    stage: Stage, trigger: str
) -> None:
    stage.workspace.faults.append(
        Fault(
            method="POST",
            path_pattern="(submit|run-now)$",
            after_effect=True,
            drop=True,
        )
    )
    stage.line.interrupt_at(0.9, Why.SIGTERM)
    played = play(stage, "success", trigger)

    assert played.code == 143
    assert played.sent("POST", CANCEL) == 1
    assert ours(stage, played).end is not None


# Leaving


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_signal_cancels_the_run_and_what_it_has_started(
    stage: Stage, trigger: str
) -> None:
    stage.line.interrupt_at(50, Why.SIGTERM)
    played = play(stage, "success", trigger)

    assert played.code == 143
    assert (played.sent("POST", CANCEL), played.stops) == (1, 0)
    assert played.seconds <= 57
    stage.line.seconds += 60
    assert ours(stage, played).end is not None
    assert stage.runs("success")[-1].state == "CANCELED"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_timeout_cancels_the_run_and_sees_its_end(
    stage: Stage, trigger: str
) -> None:
    played = play(stage, "success", trigger, "--timeout=50s")

    assert_ended(played, "timed-out")
    assert played.sent("POST", CANCEL) == 1
    assert "was canceled" in played.outputs["reason"]
    assert played.state["owed"] == "nothing"
    assert played.outputs["state"] == "CANCELED"


def test_a_run_that_is_to_be_left_is_left(stage: Stage) -> None:
    flags = ("--timeout=50s", "--on-timeout=leave")
    played = play(stage, "success", "job", *flags)

    assert_ended(played, "timed-out")
    assert played.sent("POST", CANCEL) == 0
    stage.line.seconds += 100
    assert stage.runs("success")[-1].state == "COMPLETED"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_wait_false_starts_the_run_and_leaves(stage: Stage, trigger: str) -> None:
    played = play(stage, "success", trigger, "--wait=false")
    assert_ended(played, "started")
    assert played.code == 0
    assert played.state["owed"] == "nothing"
    assert ours(stage, played).end is None


# The post step


def canceled(tidied: Tidied) -> int:
    return count(tidied.requests, "POST", CANCEL)


@pytest.mark.parametrize("at", [1, 20, 50])
def test_the_run_that_a_killed_step_left_behind_is_canceled(
    stage: Stage, at: float
) -> None:
    stage.killed("success", "--trigger=submit-run", at=at)
    run = int(stage.state["run_id"])

    tidied = stage.tidy_up()

    assert tidied.code == 0, tidied.log
    assert (canceled(tidied), tidied.starts, tidied.stops) == (1, 0, 0)
    assert f"Job run {run} was canceled." in tidied.log
    assert stage.workspace.world.jobs.runs[run].end is not None


def test_a_run_that_has_ended_meanwhile_needs_no_cancel(stage: Stage) -> None:
    stage.killed("success", "--trigger=submit-run", at=50)
    stage.line.seconds += 200

    tidied = stage.tidy_up()

    assert (tidied.code, canceled(tidied)) == (0, 0)
    assert "there is nothing to cancel" in tidied.log


def test_a_step_that_ended_well_leaves_nothing_to_do(stage: Stage) -> None:
    play(stage, "success", "job")
    tidied = stage.tidy_up()
    assert tidied.requests == []


def test_a_one_time_run_has_no_tasks_to_tell_of(stage: Stage) -> None:
    played = play(stage, "retry-fails", "submit-run")
    assert "task update" not in played.log
    assert played.outputs["reason"].endswith(" failed.")
    assert f"page of job run {played.outputs['job-run-id']}: " in played.log


def test_a_pipeline_that_a_run_left_out_is_told_beside_its_success(
    stage: Stage,
) -> None:
    played = play(stage, "in-part", "job")
    reason = played.outputs["reason"]
    assert played.outputs["result"] == "succeeded"
    assert reason.endswith(" succeeded; 1 Pipeline task was left out (full).")
    assert "warning: " not in played.log
