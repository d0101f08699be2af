"""Reports beside their golden files; `--update-golden` writes those again."""

import json
from pathlib import Path

import pytest

from dlt_action.core.model import Result
from dlt_action.reports import (
    annotations,
    comment,
    jsonreport,
    junit,
    outputs,
    summary,
)
from tests.golden import Same
from tests.reports.records import OUTCOMES, record_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def same(request: pytest.FixtureRequest) -> Same:
    return Same(GOLDEN, update=bool(request.config.getoption("--update-golden")))


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_summary_is_as_it_was_agreed(name: str, same: Same) -> None:
    same(f"{name}.md", summary.render(record_of(name)))


@pytest.mark.parametrize("name", OUTCOMES)
def test_outputs_and_annotations_are_as_they_were_agreed(name: str, same: Same) -> None:
    record = record_of(name)
    shown = {
        "outputs": outputs.render(record),
        "annotations": [
            {
                "grade": found.grade,
                "title": found.title,
                "message": found.message.split("\n"),
                "file": found.file,
                "line": found.line,
            }
            for found in annotations.render(record)
        ],
    }
    same(f"{name}.json", json.dumps(shown, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", ["failed", "succeeded-after-retry"])
def test_result_json_is_as_it_was_agreed(name: str, same: Same) -> None:
    same(f"{name}.result.json", jsonreport.render(record_of(name)))


@pytest.mark.parametrize("name", ["failed", "gate-failed", "succeeded"])
def test_comment_and_test_cases_are_as_they_were_agreed(name: str, same: Same) -> None:
    same(f"{name}.comment.md", comment.render(record_of(name)))
    same(f"{name}.junit.xml", junit.render(record_of(name)))


def test_every_result_has_a_golden_file() -> None:
    assert {outcome.result for outcome in OUTCOMES.values()} == set(Result)


def test_no_golden_file_is_left_over() -> None:
    names = {path.name.partition(".")[0] for path in GOLDEN.iterdir()}
    assert names == set(OUTCOMES)
