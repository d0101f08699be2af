"""Jobs with several Pipeline tasks in a whole step: the log, the files, the outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlt_action.core.owed import debts_in
from dlt_action.core.steps import Why
from tests.story.virtual import Away, Played, Stage


def stage_of(folder: Path, *jobs: str) -> Stage:
    return Stage(folder, manners={"jobs": list(jobs)})


def play(stage: Stage, job: str, *flags: str) -> Played:
    return stage.play(None, f"--job-id={stage.workspace.job_id(job)}", *flags)


def test_each_task_has_its_lines_its_event_log_and_its_result(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, "side-by-side")
    played = play(stage, "side-by-side")

    assert played.code == 1
    results = json.loads(played.outputs["results"])
    assert [(one["task"], one["result"]) for one in results] == [
        *(("right", "failed"), ("left", "succeeded"))
    ]
    assert "[right] FAILED update PYTHON.NAME_ERROR" in played.log
    assert "[left] the platform went on with update" in played.log
    assert "job run " in played.log
    folders = {path.parent.name for path in tmp_path.glob("reports/*/events.ndjson")}
    assert folders == {"left", "right"}
    assert played.outputs["error"].startswith("NameError")
    assert "### Tasks" in played.summary
    assert {one.stop for one in debts_in(played.state)} == {False}


def test_a_job_with_one_pipeline_task_is_told_without_a_prefix(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, "notebook-fails")
    played = play(stage, "notebook-fails")

    assert "[dlt]" not in played.log
    assert (tmp_path / "reports/events.ndjson").exists()
    assert "ZeroDivisionError" in played.outputs["error"]
    assert played.outputs["state"] == "COMPLETED"
    assert len(json.loads(played.outputs["results"])) == 1


@pytest.mark.parametrize("given", ["--job-id=4711", "--job-name=no such job"])
def test_a_job_that_is_not_there_starts_nothing(tmp_path: Path, given: str) -> None:
    stage = stage_of(tmp_path, "side-by-side")
    played = stage.play(None, given)

    assert played.code == 2
    assert played.sent("POST") == 0
    assert played.state["owed"] == "nothing"


def test_a_signal_while_the_job_is_looked_up_is_an_end(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, "side-by-side")
    stage.line.away.append(Away(0, 20))
    stage.line.interrupt_at(3, Why.SIGTERM)
    played = play(stage, "side-by-side")

    assert (played.code, played.sent("POST")) == (143, 0)
