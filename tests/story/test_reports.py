"""What lies in `report-dir` after a run, and what `dlt-action report` makes of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from dlt_action.core.recording import NOTE
from dlt_action.core.steps import Why
from dlt_action.edge.recorder import EVENTS
from dlt_action.edge.writer import Writer
from dlt_action.offline import report
from dlt_action.publishing import FILES
from dlt_action.standin import SCENARIOS, Fault
from tests.story.virtual import Stage
from tools import result_schema

VALID = Draft202012Validator(json.loads(result_schema.PATH.read_text("utf-8")))
# What the log alone tells the same as the run did.
TOLD_BY_THE_LOG = ("succeeded", "failed", "canceled", "validated")


def flags(name: str) -> list[str]:
    endless = SCENARIOS[name].spec.get("continuous") is True
    return ["--wait-for=running", "--timeout=1h"] if endless else ["--timeout=1h"]


def outcome(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text())
    VALID.validate(found)
    first: dict[str, Any] = found["outcomes"][0]
    return first


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / EVENTS).read_text().splitlines()]


def whole(told: dict[str, Any]) -> bool:
    """Whether the update ended, and its log was read to the end."""
    return bool(told["log_complete"] and told["attempts"][-1]["ended"])


def in_any_order(value: Any) -> Any:  # noqa: ANN401 - of any field
    """A list sorted: what comes late in a run has its place in a file."""
    return sorted(value, key=str) if isinstance(value, list) else value


@pytest.mark.parametrize("name", SCENARIOS)
def test_reports_of_every_scenario_are_valid_and_can_be_made_again(
    name: str, tmp_path: Path
) -> None:
    Stage(tmp_path).play(name, *flags(name))
    folder, again = tmp_path / "reports", tmp_path / "again"
    assert {each.name for each in folder.iterdir()} >= set(FILES)
    ET.fromstring((folder / "junit.xml").read_text())  # noqa: S314 - ours
    told = outcome(folder)
    if not told["attempts"]:
        return
    events = lines(folder)
    if not whole(told):
        assert list(events.pop()) == [NOTE]
    assert len({each["id"] for each in events}) == len(events) == told["events_read"]
    if told["result"] not in TOLD_BY_THE_LOG or not told["attempts"][-1]["ended"]:
        return
    quiet = Writer(io.StringIO(), clock=None, github=False)
    code = report([str(folder / EVENTS), f"--report-dir={again}"], quiet)
    retold = outcome(again)
    same = ("result", "pipeline_id", "flows", "datasets", "expectations", "problems")
    for key in (*same, "problems_omitted", "rows_written", "events_read"):
        assert in_any_order(retold[key]) == in_any_order(told[key]), key
    assert [each["update_id"] for each in retold["attempts"]] == [
        each["update_id"] for each in told["attempts"]
    ]
    assert code == (0 if told["result"] in ("succeeded", "validated") else 1)


def test_a_step_that_is_killed_leaves_the_events_that_it_had(tmp_path: Path) -> None:
    Stage(tmp_path).killed("success", at=60.0)
    lines = (tmp_path / "reports" / EVENTS).read_text().splitlines()
    assert len(lines) > 3
    assert all("update_id" in json.loads(line)["origin"] for line in lines)


def log_fails(stage: Stage) -> None:
    fault = Fault(method="GET", path_pattern="/events$", times=10_000)
    stage.line.at(60.0, lambda: stage.workspace.faults.append(fault))


def is_cut_short(stage: Stage) -> None:
    stage.line.interrupt_at(60.0, Why.SIGTERM)


def is_left_alone(stage: Stage) -> None:
    del stage


@pytest.mark.parametrize(
    ("happens", "flag", "says_so"),
    [
        (is_left_alone, "--wait=true", False),
        (log_fails, "--wait=true", True),
        (is_cut_short, "--on-cancel=leave", True),
        (is_left_alone, "--timeout=1m", True),
    ],
)
def test_a_log_that_the_run_did_not_read_to_its_end_says_so_itself(
    tmp_path: Path, happens: Callable[[Stage], None], flag: str, *, says_so: bool
) -> None:
    stage = Stage(tmp_path)
    happens(stage)
    stage.play("success", flag, *["--on-timeout=leave"] * flag.startswith("--timeout"))
    *events, last = lines(tmp_path / "reports")
    assert (list(last) == [NOTE]) is says_so
    assert not any(NOTE in event for event in events)


def test_expectations_that_failed_the_update_are_told_by_their_names(
    tmp_path: Path,
) -> None:
    Stage(tmp_path).play("expectation-failed")
    folder = tmp_path / "reports"
    suite = ET.fromstring((folder / "junit.xml").read_text())  # noqa: S314 - ours
    red = {
        (case.get("classname", ""), case.get("name"))
        for case in suite.iter("testcase")
        if case.find("failure") is not None
    }
    names = {name for group, name in red if group.endswith("main.sales.orders")}
    assert names == {"valid id", "positive amount"}
    (problem, *_) = outcome(folder)["problems"]
    assert problem["violated"] == "valid id, positive amount"
    for each in folder.iterdir():
        assert "jane.doe" not in each.read_text()
        assert "DE8937" not in each.read_text()
