from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import ExpectationRow, FlowRow, GateVerdict, Outcome, Record
from dlt_action.reports import junit
from dlt_action.reports.cases import MOST_CASES
from dlt_action.reports.order import ended_badly
from tests.oracles.hostile import EVERYTHING
from tests.reports.hostile_records import FULL, GATE, hostile
from tests.reports.records import (
    ASKED,
    OUTCOMES,
    PAGE,
    PROBLEM,
    attempt,
    outcome,
    record_of,
)

# What Jenkins' schema knows of each element: its attributes, and what may be in it.
KNOWN = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "time"},
        {"failure", "error", "skipped", "system-out"},
    ),
    "failure": ({"message"}, set()),
    "error": ({"message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}
TIME = re.compile(r"\d+\.\d{3}")
# XML 1.0, the production Char.
LEGAL = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def parsed(record: Record) -> ET.Element:
    """The report on *record*, read by somebody else's reader."""
    text = junit.render(record)
    assert LEGAL.fullmatch(text)
    return ET.fromstring(text.encode())  # noqa: S314 - likewise


def of(outcome: Outcome) -> ET.Element:
    return parsed(Record(ASKED, (outcome,)))


def cases(root: ET.Element) -> list[tuple[str, str, str]]:
    """Group, name and kind of each case."""
    return [
        (
            case.attrib["classname"],
            case.attrib["name"],
            next((each.tag for each in case if each.tag != "system-out"), "passed"),
        )
        for case in root.iter("testcase")
    ]


def assert_as_the_schema_says(root: ET.Element) -> None:
    for element in root.iter():
        attributes, children = KNOWN[element.tag]
        assert set(element.attrib) <= attributes
        assert REQUIRED.get(element.tag, set()) <= set(element.attrib)
        assert {child.tag for child in element} <= children
        assert TIME.fullmatch(element.attrib.get("time", "0.000"))
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
        for name, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[name]) == len(list(suite.iter(tag)))
    for suite in root.iter("testsuite"):
        assert int(suite.attrib["skipped"]) == len(list(suite.iter("skipped")))


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_ending_is_as_the_schema_says_and_its_counts_add_up(name: str) -> None:
    assert_as_the_schema_says(parsed(record_of(name)))


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_suite_is_red_exactly_where_the_run_is(name: str) -> None:
    root = parsed(record_of(name))
    red = int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0
    assert red is ended_badly(OUTCOMES[name])


@pytest.mark.parametrize("result", list(Result))
def test_it_is_so_whatever_the_log_tells_of_flows_and_rules(result: Result) -> None:
    root = of(replace(FULL, result=result))
    red = int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0
    assert red is ended_badly(replace(FULL, result=result))
    assert_as_the_schema_says(root)


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_texts_are_texts(text: str) -> None:
    clean, spoilt = parsed(hostile("x")), parsed(hostile(text))
    shape = [element.tag for element in clean.iter()]
    missing = {"property", "system-out"}  # left out where there is nothing to say
    assert [tag for tag in shape if tag not in missing] == [
        element.tag for element in spoilt.iter() if element.tag not in missing
    ]
    assert_as_the_schema_says(spoilt)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_at_all_can_be_read_back(text: str) -> None:
    assert_as_the_schema_says(parsed(hostile(text)))


def test_attempts_flows_expectations_and_rules_are_cases() -> None:
    assert cases(of(FULL)) == [
        ("updates", f"attempt 1: {FULL.attempts[0].update_id}", "skipped"),
        ("updates", f"attempt 2: {FULL.attempts[1].update_id}", "failure"),
        ("flows", "main.sales.orders", "failure"),
        ("flows", "main.sales.new", "skipped"),
        ("flows", "main.sales.customers", "skipped"),
        ("flows", "main.sales.customers", "passed"),
        ("flows", "main.sales.orders", "passed"),
        ("expectations.main.sales.orders", "amount", "skipped"),
        ("expectations.main.sales.orders", "valid id", "passed"),
        ("gate", f"{GATE[0].rule} - main.sales.orders:amount", "failure"),
        ("gate", f"{GATE[1].rule} - main.sales.orders", "skipped"),
        ("gate", f"{GATE[2].rule} - main.sales.orders", "skipped"),
        ("gate", f"{GATE[3].rule} - main.sales.orders", "passed"),
    ]


def test_a_failed_flow_tells_why_and_where() -> None:
    (failed,) = (
        case
        for case in of(FULL).iter("testcase")
        if case[0].tag == "failure" and case.attrib["classname"] == "flows"
    )
    assert failed[0].attrib["message"] == "[DIVIDE_BY_ZERO] Division by zero."
    assert "at a.py, cell 2, line 3" in (failed[0].text or "")
    assert (failed[1].text or "").splitlines() == ["rows: 0", "failed tries: 2"]
    assert failed.attrib["time"] == "3.000"


def texts(outcome: Outcome, group: str) -> list[tuple[str, str]]:
    """Message and text of what did not simply pass in *group*."""
    return [
        (each.attrib["message"], each.text or "")
        for case in of(outcome).iter("testcase")
        for each in case
        if case.attrib["classname"] == group and each.tag != "system-out"
    ]


def test_the_text_of_a_failure_begins_with_what_failed_and_tells_it_once() -> None:
    head = "[DIVIDE_BY_ZERO] Division by zero."
    ours = replace(PROBLEM, detail=f"  {head}\n== SQL (line 3) ==")
    last = replace(FULL.attempts[-1], problems=(ours,))
    told = replace(FULL, attempts=(last,), problems=(ours,))
    for _, text in (*texts(told, "updates"), texts(told, "flows")[0]):
        assert text.splitlines() == [
            head,
            "at /Workspace/Repos/shop/etl/orders.py:41",
            "== SQL (line 3) ==",
        ]


def test_a_text_that_would_only_repeat_the_message_is_left_out() -> None:
    bare = replace(PROBLEM, detail=PROBLEM.headline, location=None)
    told = replace(FULL, problems=(bare,))
    assert texts(told, "flows")[0] == (PROBLEM.headline, "")


def test_a_detail_that_begins_otherwise_is_told_whole() -> None:
    other = replace(PROBLEM, detail="Caused by: a\nb", location=None)
    _, text = texts(replace(FULL, problems=(other,)), "flows")[0]
    assert text.splitlines() == [PROBLEM.headline, "Caused by: a", "b"]


@pytest.mark.parametrize(
    ("who", "why", "message"),
    [
        (
            "anna@example.com",
            "USER_ACTION",
            "CANCELED by anna@example.com (USER_ACTION)",
        ),
        ("", "SERVICE_UPGRADE", "CANCELED (SERVICE_UPGRADE)"),
        ("anna\n", "", "CANCELED by anna"),
        ("", "", "CANCELED"),
    ],
)
def test_a_canceled_update_says_by_whom_and_why(
    who: str, why: str, message: str
) -> None:
    canceled = replace(attempt(1, "CANCELED"), canceled_by=who, cancellation_cause=why)
    ended = replace(OUTCOMES["canceled"], attempts=(canceled,))
    assert texts(ended, "updates") == [(message, ended.reason)]
    again = replace(ended, attempts=(canceled, attempt(2, "COMPLETED")))
    assert texts(again, "updates") == [(f"{message}; the platform went on", "")]


@pytest.mark.parametrize("name", ["timed-out", "interrupted"])
def test_an_update_that_we_stopped_says_why_we_did(name: str) -> None:
    stopped = replace(attempt(1, "CANCELED"), problems=(PROBLEM,))
    ended = replace(OUTCOMES[name], attempts=(stopped,))
    ((message, text),) = texts(ended, "updates")
    assert message == "CANCELED"
    assert text.startswith(f"{ended.reason}\n\n{PROBLEM.headline}\n")


@pytest.mark.parametrize(
    ("measured", "reason", "message"),
    [
        (
            "412",
            "the last one has no number",
            "no baseline: 412; the last one has no number",
        ),
        ("", "nothing to compare with", "no baseline: nothing to compare with"),
        ("", "", "no baseline"),
    ],
)
def test_a_verdict_is_told_with_one_colon(
    measured: str, reason: str, message: str
) -> None:
    row = replace(
        GATE[0],
        verdict=GateVerdict.NO_BASELINE,
        broken=False,
        measured=measured,
        reason=reason,
    )
    assert texts(replace(FULL, gate=(row,)), "gate") == [(message, "")]


def test_a_flow_is_known_by_its_name_without_backticks() -> None:
    (problem, *_) = FULL.problems
    spelled = replace(problem, flow="`main`.`sales`.`orders`")
    root = of(replace(FULL, problems=(spelled,)))
    messages = [each.attrib["message"] for each in root.iter("failure")]
    assert problem.headline in messages


def test_a_flow_that_nobody_explains_failed_is_failed_all_the_same() -> None:
    root = of(replace(FULL, problems=()))
    assert ("flows", "main.sales.orders", "failure") in cases(root)


def test_what_is_not_the_update_s_fault_is_an_error_of_the_run() -> None:
    root = parsed(record_of("conflict"))
    assert cases(root) == [("run", "conflict", "error")]
    (error,) = root.iter("error")
    assert error.attrib["message"] == OUTCOMES["conflict"].reason
    assert "HTTP 409" in (error.text or "")


def test_a_gate_that_broke_though_no_row_says_so_is_a_failure_of_the_run() -> None:
    bare = outcome(Result.GATE_FAILED, "1 rule broke.", attempt(1, "COMPLETED"))
    first, second = cases(of(bare))
    assert first == ("run", "gate-failed", "failure")
    assert second[2] == "passed"


def test_an_update_that_still_runs_is_neither_red_nor_green() -> None:
    assert [case[2] for case in cases(parsed(record_of("running")))] == ["skipped"]


def test_flows_of_a_pipeline_that_is_to_run_on_are_well_when_they_run() -> None:
    flow = FlowRow(name="f", status=FlowStatus.RUNNING, status_text="RUNNING")
    ran = replace(OUTCOMES["running"], flows=(flow,))
    assert cases(of(ran))[-1] == ("flows", "f", "passed")
    late = replace(OUTCOMES["timed-out"], flows=(flow,))
    assert cases(of(late))[-1] == ("flows", "f", "skipped")


def test_the_suite_says_which_update_it_is_about() -> None:
    (suite,) = parsed(record_of("succeeded")).iter("testsuite")
    assert suite.attrib["name"] == "orders_pipeline"
    assert suite.attrib["timestamp"] == "2026-11-22T12:00:00"
    told = {
        each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")
    }
    assert told["result"] == "succeeded"
    assert told["update-url"].startswith(PAGE)
    assert told["rows-written"] == "1234567"


def test_a_time_is_told_in_utc() -> None:
    east = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    spoilt = replace(attempt(1, "COMPLETED"), created=east, ended=None)
    (suite,) = of(replace(OUTCOMES["succeeded"], attempts=(spoilt,))).iter("testsuite")
    assert suite.attrib["timestamp"] == f"{east.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    (update, *_) = suite.iter("testcase")
    assert "time" not in update.attrib


def test_what_is_too_much_is_counted() -> None:
    rows = tuple(
        ExpectationRow(dataset="d", name=f"e{number}", passed=1, failed=0)
        for number in range(MOST_CASES + 7)
    )
    root = of(replace(OUTCOMES["canceled"], expectations=rows))
    found = cases(root)
    assert len(found) == 1 + MOST_CASES + 1
    assert found[-1] == ("expectations.d", "7 more cases left out", "skipped")


def test_several_pipelines_are_several_suites() -> None:
    both = Record(ASKED, (OUTCOMES["failed"], OUTCOMES["succeeded"]))
    root = parsed(both)
    assert len(list(root.iter("testsuite"))) == 2
    assert_as_the_schema_says(root)
