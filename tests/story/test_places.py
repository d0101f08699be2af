"""An error in the workspace is shown at its file and line in the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles import runner
from tests.story.virtual import Stage

CELL = "\n# COMMAND ----------\n"
NOTEBOOK = "# Databricks notebook source\nimport dlt" + CELL + "x = 1" + CELL + "\n" * 9


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def write(stage: Stage, name: str) -> None:
    path = stage.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NOTEBOOK, encoding="utf-8")


def places(log: str) -> set[tuple[str, str]]:
    """File and line of every annotation in *log* that has one."""
    properties = [dict(command.properties) for command in runner.commands(log.encode())]
    return {(one["file"], one["line"]) for one in properties if "file" in one}


def test_the_cell_of_a_notebook_is_shown_in_its_file(stage: Stage) -> None:
    write(stage, "pipelines/shop.py")
    played = stage.play("code-error", "--report-dir=reports")

    assert places(played.log) == {("pipelines/shop.py", "12")}
    assert "at <code>pipelines/shop.py:12</code>" in played.summary
    assert "/Workspace/Shared/pipelines/shop, cell 3, line 7" in played.summary


def test_of_two_files_neither_is_shown(stage: Stage) -> None:
    write(stage, "a/shop.py")
    write(stage, "b/shop.py")
    played = stage.play("code-error")

    assert places(played.log) == set()
    assert "at <code>/Workspace/Shared/pipelines/shop, cell 3" in played.summary


def test_the_log_says_what_usually_helps_below_the_failure_and_at_its_end(
    stage: Stage,
) -> None:
    played = stage.play("expectation-failed")

    said = [line for line in played.log.splitlines() if "Records broke" in line]
    below, last = (line for line in said if not line.startswith("::"))
    assert below.endswith("ldp/expectations")
    assert last == played.log.splitlines()[-2]
    assert "https:" not in last
