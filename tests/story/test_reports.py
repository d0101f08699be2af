"""What lies in `report-dir` after a run, and what `dlt-action report` makes of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from dlt_action.edge.recorder import EVENTS
from dlt_action.edge.writer import Writer
from dlt_action.offline import report
from dlt_action.publishing import FILES
from dlt_action.standin import SCENARIOS
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
    events = [json.loads(line) for line in (folder / EVENTS).read_text().splitlines()]
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
