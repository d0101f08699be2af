"""The error block of the step summary: place, hint, what was skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dlt_action.core.hints import PAGES
from dlt_action.core.model import FlowStatus, Location
from dlt_action.core.record import (
    FlowRow,
    Hint,
    InCheckout,
    Outcome,
    Problem,
    Record,
)
from dlt_action.reports import annotations as report
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


def test_a_hint_stands_below_the_error_and_leads_to_its_page() -> None:
    shown = errors_section(failed(replace(PROBLEM, hint=Hint("Do `this`.", PAGE))))
    said = "**What usually helps:** Do &#96;this&#96;."
    assert f"{said} [Documentation]({PAGE})" in shown


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/", f"{PAGE}/..", f"{PAGE})[x](http://e", "x"]
)
def test_only_pages_that_our_hints_name_are_linked(url: str) -> None:
    assert documented(url) == ""
    shown = errors_section(failed(replace(PROBLEM, hint=Hint("Do this.", url))))
    assert "**What usually helps:** Do this.\n" in shown
    assert "](" not in shown


def test_every_page_of_a_hint_is_linked() -> None:
    assert {documented(page) for page in PAGES} == set(PAGES)


def test_a_known_file_is_told_before_the_place_in_the_workspace() -> None:
    source = InCheckout("etl/orders.py", 17)
    shown = errors_section(failed(replace(PROBLEM, location=WORKSPACE, source=source)))
    assert (
        " · at <code>etl/orders.py:17</code> · in the workspace"
        " <code>/Workspace/Users/x/etl/orders, cell 2, line 5</code> · "
    ) in shown


def test_a_file_is_told_even_where_the_workspace_is_not() -> None:
    source = InCheckout("etl/orders.py", 17)
    shown = errors_section(failed(replace(PROBLEM, location=None, source=source)))
    assert "at <code>etl/orders.py:17</code>" in shown
    assert "in the workspace" not in shown


def test_a_cell_of_a_notebook_in_json_is_told_as_a_cell() -> None:
    source = InCheckout("etl/orders.ipynb", 1)
    shown = errors_section(failed(replace(PROBLEM, location=WORKSPACE, source=source)))
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
    assert errors_section(failed(PROBLEM, flows=flows)).endswith(f"\n\n{said}")
    bare = Problem(at=None, flow=None, headline="Out of memory.")
    assert errors_section(failed(bare, flows=flows)) == said


@pytest.mark.parametrize("status", [FlowStatus.FAILED, FlowStatus.SKIPPED])
def test_flows_that_only_failed_or_only_were_skipped_explain_nothing(
    status: FlowStatus,
) -> None:
    assert "skipped" not in errors_section(failed(PROBLEM, flows=[row("a", status)]))


def test_what_recovered_before_a_gate_failed_is_no_error_of_the_run() -> None:
    outcome = replace(OUTCOMES["gate-failed"], problems=(PROBLEM,))
    assert errors_section(outcome).startswith("### Errors on the way\n")
    titles = [found.title for found in report.render(Record(ASKED, (outcome,)))]
    assert f"Flow {PROBLEM.flow}" not in titles


@pytest.mark.parametrize("text", EVERYTHING)
def test_neither_hint_nor_file_becomes_a_link_or_an_element(text: str) -> None:
    bad = replace(PROBLEM, hint=Hint(text, text), source=InCheckout(text, 1))
    flows = [row(text, FlowStatus.FAILED), row(text, FlowStatus.SKIPPED)]
    assert _foreign(errors_section(failed(bad, flows=flows))) == []
