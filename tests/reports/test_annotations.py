from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.hints import PAGES
from dlt_action.core.model import Location
from dlt_action.core.record import Hint, InCheckout, Problem, Record
from dlt_action.reports import annotations as report
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import ASKED, OUTCOMES, PAGE, PROBLEM, record_of


def _of(name: str, **problem: object) -> list[report.Annotation]:
    changed = replace(PROBLEM, **problem)  # type: ignore[arg-type] # any field
    outcome = replace(OUTCOMES[name], problems=(changed,))
    return report.render(Record(ASKED, (outcome,)))


def test_the_verdict_comes_first_with_its_cause_and_the_page() -> None:
    first, *rest = report.render(record_of("failed"))
    assert first.title == "Update failed: orders_pipeline"
    assert first.message.splitlines()[1] == PROBLEM.headline
    assert first.message.splitlines()[-1].startswith(PAGE)
    assert [found.grade for found in rest] == ["error", "error"]


@pytest.mark.parametrize("name", ["succeeded", "running", "validated", "started"])
def test_a_run_that_went_well_is_not_annotated(name: str) -> None:
    assert report.render(record_of(name)) == []


def test_warnings_of_a_run_that_went_well_are() -> None:
    outcome = replace(OUTCOMES["succeeded"], warnings=("The log was late.",))
    (found,) = report.render(Record(ASKED, (outcome,)))
    assert (found.grade, found.message) == ("warning", "The log was late.")


def test_each_wrong_input_is_an_annotation_of_its_own() -> None:
    titles = [found.title for found in report.render(record_of("misconfigured"))]
    assert titles == [
        "Misconfigured: Pipeline update",
        "Input timeout",
        "Input validate_onyl",
    ]


@pytest.mark.parametrize(
    ("source", "file", "line"),
    [
        (InCheckout("etl/orders.py", 41), "etl/orders.py", 41),
        (InCheckout("etl/a\u202eb.py", 1), "etl/a\\u202eb.py", 1),
        (None, None, None),
    ],
)
def test_only_what_was_found_in_the_checkout_is_pointed_at(
    source: InCheckout | None, file: str | None, line: int | None
) -> None:
    found = _of("failed", location=Location(path="etl/x.py", line=7), source=source)[1]
    assert (found.file, found.line) == (file, line)


@pytest.mark.parametrize(
    "path", ["etl/orders.py", "/Workspace/x/orders.py", "../../etc/passwd", ""]
)
def test_a_place_in_the_workspace_alone_points_at_no_file(path: str) -> None:
    found = _of("failed", location=Location(path=path, line=41))[1]
    assert (found.file, found.line) == (None, None)


def test_the_hint_comes_before_the_detail_with_its_page() -> None:
    page = min(PAGES)
    found = _of("failed", hint=Hint("Do this.", page), detail="first\nsecond")[1]
    lines = found.message.splitlines()
    assert lines[0] == PROBLEM.headline
    assert lines[2:] == [f"Do this. {page}", "first", "second"]


def test_a_page_that_no_hint_of_ours_names_is_left_out() -> None:
    found = _of("failed", hint=Hint("Do this.", "https://evil.example/"))[1]
    assert "Do this." in found.message
    assert "evil" not in found.message


def test_a_detail_that_repeats_the_headline_is_left_out() -> None:
    found = _of("failed", detail=PROBLEM.headline + "\n", location=None)[1]
    assert found.message == PROBLEM.headline


def test_an_error_of_no_flow_is_the_pipeline_s() -> None:
    assert _of("failed", flow=None)[1].title == "Pipeline"


@pytest.mark.parametrize("text", EVERYTHING)
def test_titles_are_one_line_and_nothing_is_unseen(text: str) -> None:
    bad = Problem(
        at=None, flow=text, headline=text, detail="x", location=Location(path=text)
    )
    bad = replace(bad, hint=Hint(text, text), source=InCheckout(text, 1))
    outcome = replace(
        OUTCOMES["failed"], problems=(bad,), pipeline_name=text, warnings=(text,)
    )
    for found in report.render(Record(ASKED, (outcome,))):
        assert found.title.isprintable()
        assert all(line.isprintable() for line in found.message.split("\n"))
        assert found.file is None or found.file.isprintable()
