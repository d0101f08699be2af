"""Continuous pipelines: started, or restarted after a deploy, and then looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.standin import Fault
from tests.story.virtual import Stage

RUNNING = "--wait-for=running"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_it_is_a_success_once_it_has_run_for_the_settle_time(stage: Stage) -> None:
    played = stage.play("continuous", RUNNING, "--settle-time=2m")

    assert (played.code, played.outputs["result"]) == (0, "running")
    assert played.outputs["ok"] == "true"
    (run,) = stage.runs("continuous")
    assert run.state == "RUNNING"  # it is left so
    assert 160 < played.seconds < 180
    assert played.state["owed"] == "nothing"


def test_a_deploy_restarts_it_and_then_looks_at_the_new_one(stage: Stage) -> None:
    theirs = stage.workspace.rival("continuous")
    stage.line.seconds += 3600

    played = stage.play("continuous", RUNNING, "--if-active=replace")

    old, new = stage.runs("continuous")
    assert (old.scene.update_id, old.state) == (theirs, "CANCELED")
    assert (new.scene.update_id, new.state) == (played.outputs["update-id"], "RUNNING")
    assert (played.code, played.starts, played.stops) == (0, 1, 1)
    assert played.outputs["attribution"] == "confirmed"


@pytest.mark.parametrize("policy", ["fail", "wait"])
def test_one_that_runs_already_sends_nobody_into_a_wait_without_end(
    stage: Stage, policy: str
) -> None:
    stage.workspace.rival("continuous")
    stage.line.seconds += 3600

    played = stage.play("continuous", RUNNING, f"--if-active={policy}")

    assert (played.code, played.outputs["result"]) == (7, "conflict")
    assert played.seconds - 3600 < 5
    assert "<code>replace</code> (stop it, then start it with what" in played.summary


@pytest.mark.parametrize("flags", [(), ("--wait=false",)])
def test_no_job_run_is_made_of_it_which_could_only_fail(
    stage: Stage, flags: tuple[str, ...]
) -> None:
    played = stage.play("continuous", "--trigger=submit-run", *flags)

    assert (played.code, played.outputs["result"]) == (2, "misconfigured")
    assert played.sent("POST") == 0
    assert "Leave <code>trigger</code> out" in played.summary


def test_one_that_somebody_stops_meanwhile_is_no_success(stage: Stage) -> None:
    stage.line.at(70, lambda: stage.workspace.person_stops("continuous"))

    played = stage.play("continuous", RUNNING)

    assert (played.code, played.outputs["result"]) == (1, "canceled")


def test_it_is_not_called_healthy_while_its_log_cannot_be_read(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(method="GET", path_pattern="/events$", times=200, status=503)
    )

    played = stage.play("continuous", RUNNING, "--timeout=10m")

    assert played.outputs["result"] == "timed-out"
    assert stage.runs("continuous")[0].state == "CANCELED"


def test_several_may_be_restarted_in_one_step(stage: Stage) -> None:
    stage.workspace.rival("continuous")
    ids = ",".join(map(stage.workspace.pipeline_id, ("continuous", "slow-resources")))

    played = stage.play(
        None, f"--pipeline-id={ids}", RUNNING, "--if-active=replace", "--timeout=40m"
    )

    assert (played.code, played.stops) == (0, 1)
    assert played.log.count("stayed healthy") >= 2
