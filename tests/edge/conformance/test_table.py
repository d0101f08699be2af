"""That the table is what it claims to be."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.edge.conformance import broken, said
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.every import TABLE
from tests.edge.conformance.faults import Fault, Proof

CALLS = (Kind.FIND, Kind.LIST, Kind.START, Kind.LOOK, Kind.LOG, Kind.STOP)


def used(on: Kind) -> list[tuple[Fault, ...]]:
    """The faults of each row that belong to this call."""
    plans = (row.plan.get(on, ()) for row in TABLE)
    return [
        tuple(planned.fault for planned in plan if planned is not None)
        for plan in plans
    ]


def test_there_are_more_than_four_hundred_rows_and_no_two_are_the_same() -> None:
    assert len(TABLE) >= 400
    names = Counter(row.id for row in TABLE)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("on", CALLS)
def test_every_call_meets_faults_alone_and_one_after_the_other(on: Kind) -> None:
    met = used(on)
    alone = {faults[0] for faults in met if len(faults) == 1}
    assert alone >= {*broken.COMMON, *said.COMMON}
    assert sum(len(faults) in (2, 3) for faults in met) >= 40


def test_the_start_meets_every_fault_there_is() -> None:
    alone = {faults[0] for faults in used(Kind.START) if len(faults) == 1}
    assert alone >= {*broken.WIRE, *said.SAID}


def test_faults_are_enough_and_have_names_of_their_own() -> None:
    assert len(broken.WIRE) >= 40
    assert len(broken.COMMON) >= 23
    assert len(said.COMMON) >= 16
    assert len(said.RETRY_AFTER) >= 20
    every = (*broken.WIRE, *said.SAID, *said.asks_to_wait(429), *said.asks_to_wait(503))
    assert set(Counter(fault.name for fault in every).values()) == {1}


def test_no_start_is_planned_after_one_that_may_have_arrived() -> None:
    for row in TABLE:
        planned = [one for one in row.plan.get(Kind.START, ()) if one is not None]
        assert all(one.fault.proof is not Proof.LOST for one in planned[:-1]), row.id


def test_no_row_expects_two_starts_or_two_stops_that_work() -> None:
    assert all(row.starts <= 1 and row.stops <= 1 for row in TABLE)
