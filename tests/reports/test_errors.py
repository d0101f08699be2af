"""Why it ended so, in the step summary: place, hint, text, what was skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dlt_action.core.hints import PAGES
from dlt_action.core.model import FlowStatus, Location, Result
from dlt_action.core.record import (
    FlowRow,
    Hint,
    InCheckout,
    Outcome,
    Problem,
    Record,
)
from dlt_action.reports import annotations as report
from dlt_action.reports.cause import SHOWN_LINES, cause_section, rest_of
from dlt_action.reports.cause import skipped as skipped_of
from dlt_action.reports.links import documented
from dlt_action.reports.sections import errors_section
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import ASKED, OUTCOMES, PROBLEM
from tests.reports.test_summary import _foreign

PAGE = min(PAGES)
WORKSPACE = Location(path="/Workspace/Users/x/etl/orders", line=5, cell=2)


def failed(*problems: Problem, flows: Sequence[FlowRow] = ()) -> Outcome:
    return replace(
        OUTCOMES["failed"],
        problems=problems,
        problems_omitted=0,
        flows=tuple(flows),
    )


def row(name: str, status: FlowStatus) -> FlowRow:
    return FlowRow(name=name, status=status, status_text=status.value)


def cause(*problems: Problem, flows: Sequence[FlowRow] = ()) -> str:
    """What a person reads first."""
    return "\n\n".join(cause_section(failed(*problems, flows=flows)))


# -- the cause --


def test_the_cause_is_told_with_its_place_its_hint_and_the_rest_of_its_text() -> None:
    hint = Hint("Do `this`.", PAGE)
    assert cause(replace(PROBLEM, hint=hint)) == (
        "**Cause:** <code>&#91;DIVIDE_BY_ZERO&#93; Division by zero.</code><br>\n"
        "flow <code>main.sales.orders</code>"
        " · at <code>/Workspace/Repos/shop/etl/orders.py:41</code>"
        " · exception <code>org.apache.spark.SparkArithmeticException</code>"
        " · time 2026-11-22 12:00:00\n\n"
        f"**What usually helps:** Do &#96;this&#96;. [Documentation]({PAGE})\n\n"
        "```text\n== SQL (line 3) ==\n  SELECT 1/0\n```"
    )


def test_an_error_of_which_only_the_headline_is_known_is_one_line() -> None:
    bare = Problem(at=None, flow=None, headline="Out of memory.", detail="")
    assert cause(bare).rstrip() == "**Cause:** <code>Out of memory.</code>"


@pytest.mark.parametrize(
    ("headline", "detail", "rest"),
    [
        ("A.", "A.", ""),
        ("A.", "A.\n\n  b\n", "  b"),
        ("A.", "A. B.", "A. B."),  # not a word of it is cut
        ("A.", "C.\nA.", "C.\nA."),
        ("", "C.", "C."),
    ],
)
def test_only_a_whole_line_that_is_the_headline_is_left_out(
    headline: str, detail: str, rest: str
) -> None:
    problem = Problem(at=None, flow=None, headline=headline, detail=detail)
    assert rest_of(problem) == rest


def test_an_exception_that_the_headline_names_is_not_told_again() -> None:
    named = replace(PROBLEM, exception="DIVIDE_BY_ZERO")
    assert "exception" not in cause(named)


def test_a_long_text_is_folded_away() -> None:
    lines = "\n".join(f"line {n}" for n in range(SHOWN_LINES + 1))
    told = cause(replace(PROBLEM, detail=lines))
    assert f"<summary>The error's text, {SHOWN_LINES + 1} lines</summary>" in told
    assert "<details>" not in cause(replace(PROBLEM, detail=lines.partition("\n")[2]))


@pytest.mark.parametrize("result", [Result.TIMED_OUT, Result.UNREACHABLE])
def test_an_error_that_did_not_end_the_run_is_no_cause(result: Result) -> None:
    outcome = replace(failed(PROBLEM), result=result)
    assert list(cause_section(outcome)) == []
    assert errors_section(outcome).startswith("### Errors on the way\n")


def test_of_several_errors_the_others_are_told_below() -> None:
    second = replace(PROBLEM, headline="Second.", detail="")
    outcome = replace(failed(PROBLEM, second), problems_omitted=3)
    below = errors_section(outcome)
    assert below.startswith("### More errors\n\n**<code>Second.</code>**\n\n")
    assert PROBLEM.detail not in below
    assert below.endswith("_3 more errors not listed._")
    assert errors_section(failed(PROBLEM)) == ""


# -- errors --


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/", f"{PAGE}/..", f"{PAGE})[x](http://e", "x"]
)
def test_only_pages_that_our_hints_name_are_linked(url: str) -> None:
    assert documented(url) == ""
    shown = cause(replace(PROBLEM, hint=Hint("Do this.", url)))
    assert "**What usually helps:** Do this.\n" in shown
    assert "](" not in shown


def test_every_page_of_a_hint_is_linked() -> None:
    assert {documented(page) for page in PAGES} == set(PAGES)


def test_a_known_file_is_told_before_the_place_in_the_workspace() -> None:
    source = InCheckout("etl/orders.py", 17)
    shown = cause(replace(PROBLEM, location=WORKSPACE, source=source))
    assert (
        " · at <code>etl/orders.py:17</code> · in the workspace"
        " <code>/Workspace/Users/x/etl/orders, cell 2, line 5</code> · "
    ) in shown


def test_a_file_is_told_even_where_the_workspace_is_not() -> None:
    source = InCheckout("etl/orders.py", 17)
    shown = cause(replace(PROBLEM, location=None, source=source))
    assert "at <code>etl/orders.py:17</code>" in shown
    assert "in the workspace" not in shown


def test_a_cell_of_a_notebook_in_json_is_told_as_a_cell() -> None:
    source = InCheckout("etl/orders.ipynb", 1)
    shown = cause(replace(PROBLEM, location=WORKSPACE, source=source))
    assert "at <code>etl/orders.ipynb, cell 2, line 5</code>" in shown


@pytest.mark.parametrize(
    ("failures", "skipped", "said"),
    [
        (["a"], ["b"], "1 flow was skipped because <code>a</code> failed."),
        (["a"], ["b", "c"], "2 flows were skipped because <code>a</code> failed."),
        (["a", "b"], ["c"], "1 flow was skipped because 2 flows failed."),
    ],
)
def test_skipped_flows_are_one_line(
    failures: list[str], skipped: list[str], said: str
) -> None:
    flows = [row(name, FlowStatus.FAILED) for name in failures]
    flows += [row(name, FlowStatus.SKIPPED) for name in skipped]
    assert skipped_of(failed(PROBLEM, flows=flows)) == said


@pytest.mark.parametrize("status", [FlowStatus.FAILED, FlowStatus.SKIPPED])
def test_flows_that_only_failed_or_only_were_skipped_explain_nothing(
    status: FlowStatus,
) -> None:
    assert skipped_of(failed(PROBLEM, flows=[row("a", status)])) == ""


def test_what_recovered_before_a_gate_failed_is_no_error_of_the_run() -> None:
    outcome = replace(OUTCOMES["gate-failed"], problems=(PROBLEM,))
    assert errors_section(outcome).startswith("### Errors on the way\n")
    titles = [found.title for found in report.render(Record(ASKED, (outcome,)))]
    assert f"Flow {PROBLEM.flow}" not in titles


@pytest.mark.parametrize("text", EVERYTHING)
def test_neither_hint_nor_file_becomes_a_link_or_an_element(text: str) -> None:
    bad = replace(PROBLEM, hint=Hint(text, text), source=InCheckout(text, 1))
    flows = [row(text, FlowStatus.FAILED), row(text, FlowStatus.SKIPPED)]
    outcome = failed(bad, bad, flows=flows)
    shown = (*cause_section(outcome), skipped_of(outcome), errors_section(outcome))
    assert _foreign("\n\n".join(shown)) == []
