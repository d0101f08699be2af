"""That the table is what it claims to be."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.edge.conformance.asked import Kind
from tests.edge.conformance.broken import WIRE
from tests.edge.conformance.every import TABLE
from tests.edge.conformance.faults import Fault, Proof
from tests.edge.conformance.said import RETRY_AFTER, SAID, asks_to_wait

CALLS = (Kind.FIND, Kind.LIST, Kind.START, Kind.LOOK, Kind.LOG, Kind.STOP)
WIRE_NAMES = {fault.name for fault in WIRE}


def used(on: Kind) -> list[tuple[Fault, ...]]:
    """The faults of each row that belong to this call."""
    plans = (row.plan.get(on, ()) for row in TABLE)
    return [
        tuple(planned.fault for planned in plan if planned is not None)
        for plan in plans
    ]


def test_there_are_more_than_four_hundred_rows_and_no_two_are_the_same() -> None:
    assert len(TABLE) >= 400
    repeated = {
        name: n for name, n in Counter(row.id for row in TABLE).items() if n > 1
    }
    assert repeated == {}


@pytest.mark.parametrize("on", CALLS)
def test_every_call_meets_every_fault_alone(on: Kind) -> None:
    alone = {faults[0].name for faults in used(on) if len(faults) == 1}
    assert {fault.name for fault in (*WIRE, *SAID)} <= alone


@pytest.mark.parametrize("on", CALLS)
def test_every_call_meets_faults_in_a_row(on: Kind) -> None:
    assert sum(len(faults) in (2, 3) for faults in used(on)) >= 40


def test_faults_are_enough_and_are_told_apart() -> None:
    names = Counter(fault.name for fault in (*WIRE, *SAID, *asks_to_wait(429)))
    assert set(names.values()) == {1}
    assert len(WIRE) >= 40
    assert len(SAID) - len(WIRE_NAMES & names.keys()) >= 0
    assert len(RETRY_AFTER) >= 20


def test_no_start_is_planned_after_one_that_may_have_arrived() -> None:
    for row in TABLE:
        planned = [one for one in row.plan.get(Kind.START, ()) if one is not None]
        assert all(one.fault.proof is not Proof.LOST for one in planned[:-1]), row.id


def test_no_row_expects_two_starts_or_two_that_stop() -> None:
    assert all(row.starts <= 1 for row in TABLE)
    assert all(row.stops <= 1 for row in TABLE)
