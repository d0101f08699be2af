from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import DatasetRow, FlowRow, Outcome, Problem
from dlt_action.core.rootcause import problem_of
from dlt_action.core.violations import MOST_NAMES, listed, violations
from tests.core.events import event, thrown

SAID = (
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'f' failed to meet the expectation."
    " Violated expectations: '{}'. Input data: '{{1}}'. Missing input data: false"
)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (SAID.format("a, b"), "a, b"),
        (SAID.format("it's"), "it's"),
        ("Violated expectations: 'a'.", "a"),
        ("Violated expectations: 'a'", "a"),
        ("Violated expectations: 'a'. (row data withheld)", "a"),
        ("Violated expectation: 'a'. Output record: 'b'.", "a"),
        ("Violated expectations: ''.", ""),
        ("Violated expectations: 'cut of", ""),
        ("boom", ""),
    ],
)
def test_a_message_lists_what_was_violated(message: str, names: str) -> None:
    assert listed(["nothing", message, SAID.format("later")][:2]) == names


def test_the_list_is_found_wherever_it_stands_in_the_chain() -> None:
    failed = event("flow_progress", {"status": "FAILED"}, flow="m.s.f")
    chain = (thrown(SAID.format("a, b")), thrown("boom", "SOME_CLASS"))
    problem = problem_of(replace(failed, chain=chain))
    assert (problem.headline, problem.violated) == ("boom", "a, b")
    assert problem_of(replace(failed, chain=chain[1:])).violated == ""


def failing(violated: str, flow: str | None = "`m`.s.f") -> Problem:
    return Problem(at=None, flow=flow, headline="x", violated=violated)


FAILED = FlowRow(
    name="m.s.f", status=FlowStatus.FAILED, status_text="FAILED", output="m.s.orders"
)
OUTCOME = Outcome(
    result=Result.FAILED,
    reason="",
    flows=(FAILED, replace(FAILED, name="m.s.g", output="")),
    datasets=(
        DatasetRow(name="orders", declared=("a", "a, b", "b", "it's 5, or more")),
    ),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a", ["a"]),
        ("b, a", ["b", "a"]),
        ("a, b", ["a, b"]),
        ("a, b, b", ["a, b", "b"]),
        ("it's 5, or more, a", ["it's 5, or more", "a"]),
        ("a, stranger, b", ["a", "stranger", "b"]),
        ("abc", ["abc"]),
        (", a", ["a"]),
        ("a, a", ["a"]),
    ],
)
def test_names_with_commas_are_those_that_are_declared(
    text: str, names: list[str]
) -> None:
    found = violations(replace(OUTCOME, problems=(failing(text),)))
    assert found == tuple(("m.s.orders", name) for name in names)


@pytest.mark.parametrize(
    ("flow", "dataset"),
    [("m.s.f", "m.s.orders"), ("m.s.g", "m.s.g")],
)
def test_the_dataset_is_what_the_flow_writes(flow: str, dataset: str) -> None:
    found = violations(replace(OUTCOME, problems=(failing("a", flow),)))
    assert found == ((dataset, "a"),)


@pytest.mark.parametrize("flow", ["gone", None])
def test_of_a_flow_that_is_not_known_nothing_is_told(flow: str | None) -> None:
    assert violations(replace(OUTCOME, problems=(failing("a", flow),))) == ()


def test_a_flow_that_recovered_violates_nothing() -> None:
    well = replace(FAILED, status=FlowStatus.COMPLETED)
    outcome = replace(OUTCOME, flows=(well,), problems=(failing("a"),))
    assert violations(outcome) == ()
    assert violations(OUTCOME) == ()


def test_names_are_bounded() -> None:
    many = ", ".join(str(number) for number in range(MOST_NAMES * 2))
    found = violations(replace(OUTCOME, problems=(failing(many),)))
    assert len(found) == MOST_NAMES


@given(st.text(), st.lists(st.text()))
def test_any_list_is_parted(text: str, declared: list[str]) -> None:
    row = DatasetRow(name="m.s.orders", declared=tuple(declared))
    outcome = replace(OUTCOME, datasets=(row,), problems=(failing(text),))
    assert all(name for _, name in violations(outcome))
