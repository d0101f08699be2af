"""Names of a selection that are no dataset: who is told of them, and what is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.datasets import MOST_DATASETS
from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.model import (
    Cause,
    FlowStatus,
    Result,
    Update,
    UpdateId,
    UpdateRequest,
    UpdateState,
)
from dlt_action.core.record import Attempt, DatasetRow, FlowRow, Outcome
from dlt_action.core.retelling import beside
from dlt_action.core.selection import ran_nothing, selected, unknown
from tests.core.events import NOON

UPDATE = Update(
    update_id=UpdateId("u1"), state=UpdateState.COMPLETED, state_text="COMPLETED"
)
LAST = Attempt(
    update_id=UpdateId("u1"),
    url="",
    state=UpdateState.COMPLETED,
    state_text="COMPLETED",
    cause=Cause.API_CALL,
    cause_text="API_CALL",
)


def flow(name: str, status: FlowStatus = FlowStatus.COMPLETED) -> FlowRow:
    return FlowRow(name=name, status=status, status_text=status.value)


SHOP = Outcome(
    result=Result.SUCCEEDED,
    reason="",
    attempts=(LAST,),
    flows=(flow("main.sales.orders"), flow("feed", FlowStatus.EXCLUDED)),
    views=(flow("clean"),),
    datasets=(
        DatasetRow(name="main.sales.orders"),
        DatasetRow(name="main.sales.customers"),
        DatasetRow(name="main.bronze.customers"),
    ),
)
LEFT_OUT = replace(SHOP, flows=(flow("main.sales.orders", FlowStatus.EXCLUDED),))


def warned(*names: str, outcome: Outcome = SHOP) -> list[str]:
    return [*unknown(outcome, None, UpdateRequest(refresh_selection=names))]


def test_the_selection_is_what_the_update_says_else_what_was_asked() -> None:
    asked = UpdateRequest(refresh_selection=("a",), full_refresh_selection=("b",))
    assert selected(None, asked) == ("a", "b")
    assert selected(UPDATE, asked) == ("a", "b")
    assert selected(replace(UPDATE, refresh_selection=("c",)), asked) == ("c",)
    assert selected(UPDATE, UpdateRequest()) == ()


def test_a_name_that_is_no_dataset_is_told_with_the_one_that_is_meant() -> None:
    (told,) = warned("main.sales.ordres")
    assert told == (
        "refresh-selection: `main.sales.ordres` is no dataset of this pipeline; did you"
        " mean `main.sales.orders`? It was not refreshed."
    )
    (told,) = unknown(SHOP, UPDATE, UpdateRequest(full_refresh_selection=("nosuch",)))
    assert told == (
        "full-refresh-selection: `nosuch` is no dataset of this pipeline."
        " It was not refreshed."
    )


@pytest.mark.parametrize(
    "name", ["orders", "`Sales`.ORDERS", "main.sales.orders", "feed", "main.s.clean"]
)
def test_a_name_that_means_something_is_nothing_to_warn_of(name: str) -> None:
    assert warned(name) == []


def test_a_name_that_means_two_datasets_is_none_that_nobody_knows() -> None:
    assert warned("customers") == []


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("customer", "main.bronze.customers"),
        ("main.sales.cutsomers", "main.sales.customers"),
        ("dev.sales.orders", "main.sales.orders"),
        ("oders", "main.sales.orders"),
        ("orderss", "main.sales.orders"),
    ],
)
def test_what_is_meant_is_what_is_called_so_or_nearly_so(
    wrong: str, meant: str
) -> None:
    (told,) = warned(wrong)
    assert f"did you mean `{meant}`?" in told


@pytest.mark.parametrize("name", ["main.sales.other", "ord", "xrdexs", "", "main"])
def test_what_is_like_nothing_gets_no_suggestion(name: str) -> None:
    (told,) = warned(name)
    assert "did you mean" not in told


def test_many_names_are_counted_and_each_is_told_once() -> None:
    told = warned("a1", "a1", "b1", "c1", "d1")
    assert len(told) == 4
    assert told[-1] == (
        "refresh-selection: 1 more name is no dataset of this pipeline."
    )
    assert "2 more names are no datasets" in warned("a1", "b1", "c1", "d1", "e1")[-1]


def test_no_name_ends_its_line_or_its_quotation_marks() -> None:
    (told,) = warned("a`b\n::error::c" + 300 * "x")
    assert told.count("`") == 2
    assert "\n" not in told
    assert len(told) < 300


@pytest.mark.parametrize(
    "outcome",
    [
        replace(SHOP, log_complete=False),
        replace(SHOP, datasets=()),
        replace(SHOP, attempts=()),
        replace(SHOP, attempts=(replace(LAST, state=UpdateState.FAILED),)),
        replace(SHOP, flows=(*SHOP.flows, flow(MORE_FLOWS))),
        replace(SHOP, datasets=SHOP.datasets * MOST_DATASETS),
    ],
)
def test_a_log_that_does_not_name_all_there_is_accuses_nobody(outcome: Outcome) -> None:
    assert warned("nosuch", outcome=outcome) == []
    assert not ran_nothing(replace(outcome, flows=LEFT_OUT.flows + outcome.flows[2:]))


def test_that_no_flow_ran_is_known_where_none_began_and_none_wrote() -> None:
    assert not ran_nothing(SHOP)
    assert ran_nothing(LEFT_OUT)
    (left,) = LEFT_OUT.flows
    began, wrote = replace(left, began=NOON), replace(left, upserted=0)
    at_work = flow("main.sales.orders", FlowStatus.STOPPED)
    for one in (began, wrote, at_work):
        assert not ran_nothing(replace(SHOP, flows=(left, one)))


def test_of_a_saved_log_the_same_is_said_beside_the_selection() -> None:
    asked = UpdateRequest(refresh_selection=("orders", "nosuch"))
    told = beside(asked, SHOP)
    assert told.reason == SHOP.reason
    assert len(told.warnings) == 1
    left = beside(UpdateRequest(refresh_selection=("orders",)), LEFT_OUT)
    assert left.reason.endswith("nothing was refreshed.")
    assert beside(UpdateRequest(), LEFT_OUT) is LEFT_OUT
