from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.hints import PAGES
from dlt_action.core.model import Location
from dlt_action.core.record import (
    GateRow,
    GateVerdict,
    Hint,
    InCheckout,
    Problem,
    Record,
)
from dlt_action.reports import annotations as report
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import (
    ASKED,
    FAILED_FLOWS,
    OUTCOMES,
    PAGE,
    PROBLEM,
    attempt,
    record_of,
)


def _of(name: str, **problem: object) -> list[report.Annotation]:
    changed = replace(PROBLEM, **problem)  # type: ignore[arg-type] # any field
    outcome = replace(OUTCOMES[name], problems=(changed,))
    return report.render(Record(ASKED, (outcome,)))


def test_the_verdict_comes_first_with_its_cause_and_the_page() -> None:
    first, *rest = report.render(record_of("failed"))
    assert first.title == "Update failed: orders_pipeline"
    assert first.message.splitlines()[:2] == [
        PROBLEM.headline,
        f"in flow {PROBLEM.flow} at /Workspace/Repos/shop/etl/orders.py:41",
    ]
    assert first.message.splitlines()[-1].startswith(PAGE)
    assert [(one.grade, one.title) for one in rest] == [("error", "Pipeline")]


def test_the_verdicts_of_all_pipelines_come_before_the_other_errors_of_one() -> None:
    failed = replace(OUTCOMES["failed"], problems=(PROBLEM,) * 12)
    record = Record(ASKED, (failed, replace(failed, pipeline_name="second")))
    titles = [found.title for found in report.render(record)[:3]]
    assert titles == [
        "Update failed: orders_pipeline",
        "Update failed: second",
        f"Flow {PROBLEM.flow}",
    ]


def test_of_a_thousand_flows_the_one_that_failed_is_annotated_and_no_skipped() -> None:
    skipped = replace(FAILED_FLOWS[0], name="main.sales.skipped")
    outcome = replace(OUTCOMES["failed"], problems=(PROBLEM,), flows=(skipped,) * 999)
    (found,) = report.render(Record(ASKED, (outcome,)))
    assert f"in flow {PROBLEM.flow} " in found.message
    assert "skipped" not in found.message


def test_who_canceled_is_told_before_that_it_was_canceled() -> None:
    last = replace(
        attempt(1, "CANCELED"), canceled_by="anna", cancellation_cause="USER_ACTION"
    )
    outcome = replace(OUTCOMES["canceled"], attempts=(last,), problems=(PROBLEM,))
    verdict, other = report.render(Record(ASKED, (outcome,)))
    assert verdict.message.splitlines()[0] == "canceled by anna (USER_ACTION)"
    assert (other.grade, other.title) == ("warning", f"Flow {PROBLEM.flow}")


def test_the_words_of_the_api_come_after_ours() -> None:
    (found,) = report.render(record_of("unauthorized"))
    lines = found.message.splitlines()
    assert lines[0].startswith("The workspace refused access")
    assert lines[1].startswith("HTTP 403 PERMISSION_DENIED")


def broken(rule: str, dataset: str, *, mandatory: bool = True) -> GateRow:
    return GateRow(
        rule=rule,
        dataset=dataset,
        verdict=GateVerdict.BREAKS,
        broken=True,
        mandatory=mandatory,
        measured="7",
    )


def test_each_rule_that_broke_the_gate_is_an_error_of_its_own_worst_first() -> None:
    rows = (
        broken("warn all rows >= 1", "mild", mandatory=False),
        *(broken("all rows >= 8", f"t{number}") for number in range(3)),
        broken("all rows >= 9", "t0"),
        *(broken("u* rows >= 9", f"u{number}") for number in range(2)),
        replace(broken("all rows >= 0", "t0"), broken=False),
    )
    outcome = replace(OUTCOMES["gate-failed"], gate=rows, problems=(PROBLEM,))
    first, *rest = report.render(Record(ASKED, (outcome,)))
    assert first.message.startswith("BROKEN t0: 7 (rule: all rows >= 8)")
    assert [(one.grade, one.title, one.message) for one in rest] == [
        (
            "error",
            "Quality gate: orders_pipeline",
            "BROKEN t0: 7 (rule: all rows >= 9)",
        ),
        (
            "error",
            "Quality gate: orders_pipeline",
            "BROKEN u0: 7 (rule: u* rows >= 9)\nThe rule broke for 1 more.",
        ),
    ]


def test_of_a_hundred_broken_rules_as_many_are_annotated_as_a_runner_shows() -> None:
    rows = tuple(broken(f"all rows >= {number}", "t") for number in range(100))
    outcome = replace(OUTCOMES["gate-failed"], gate=rows)
    assert len(report.render(Record(ASKED, (outcome,)))) == report.MOST_SHOWN


@pytest.mark.parametrize("text", EVERYTHING)
def test_names_and_rules_of_a_gate_are_one_line(text: str) -> None:
    rows = (broken("a", "b"), broken(text, text))
    outcome = replace(OUTCOMES["gate-failed"], gate=rows)
    *_, found = report.render(Record(ASKED, (outcome,)))
    assert found.title.isprintable()
    assert found.message.isprintable()


def test_an_error_that_did_not_end_the_run_is_only_a_warning() -> None:
    outcome = replace(OUTCOMES["timed-out"], problems=(PROBLEM,), warnings=())
    assert [found.grade for found in report.render(Record(ASKED, (outcome,)))] == [
        "error",
        "warning",
    ]


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
        f"Misconfigured: {ASKED.pipeline}",
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
    found = _of("failed", location=Location(path="etl/x.py", line=7), source=source)[0]
    assert (found.file, found.line) == (file, line)


@pytest.mark.parametrize(
    "path", ["etl/orders.py", "/Workspace/x/orders.py", "../../etc/passwd", ""]
)
def test_a_place_in_the_workspace_alone_points_at_no_file(path: str) -> None:
    found = _of("failed", location=Location(path=path, line=41))[0]
    assert (found.file, found.line) == (None, None)


def test_the_hint_comes_before_the_detail_with_its_page() -> None:
    page = min(PAGES)
    found = _of("failed", hint=Hint("Do this.", page), detail="first\nsecond")[0]
    lines = found.message.splitlines()
    assert lines[0] == PROBLEM.headline
    assert lines[2:5] == [f"Do this. {page}", "first", "second"]


def test_a_page_that_no_hint_of_ours_names_is_left_out() -> None:
    found = _of("failed", hint=Hint("Do this.", "https://evil.example/"))[0]
    assert "Do this." in found.message
    assert "evil" not in found.message


def test_a_detail_that_repeats_the_headline_is_left_out() -> None:
    found = _of("failed", detail=PROBLEM.headline + "\n", location=None)[0]
    assert found.message.count(PROBLEM.headline) == 1


def test_an_error_of_no_flow_is_the_pipeline_s() -> None:
    bare = replace(PROBLEM, flow=None)
    outcome = replace(OUTCOMES["failed"], problems=(PROBLEM, bare))
    assert report.render(Record(ASKED, (outcome,)))[1].title == "Pipeline"


@pytest.mark.parametrize("text", EVERYTHING)
def test_titles_are_one_line_and_nothing_is_unseen(text: str) -> None:
    bad = Problem(
        at=None, flow=text, headline=text, detail="x", location=Location(path=text)
    )
    bad = replace(bad, hint=Hint(text, text), source=InCheckout(text, 1))
    outcome = replace(
        OUTCOMES["failed"], problems=(bad, bad), pipeline_name=text, warnings=(text,)
    )
    for found in report.render(Record(ASKED, (outcome,))):
        assert found.title.isprintable()
        assert all(line.isprintable() for line in found.message.split("\n"))
        assert found.file is None or found.file.isprintable()
