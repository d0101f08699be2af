"""However long a log is, what is kept of it is not; and each event counts once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType

from dlt_action.core.attempt import Following
from dlt_action.core.event import Event
from dlt_action.core.eventlog import PAGE_SIZES
from dlt_action.core.model import Cause, Level, PipelineId, UpdateId
from tests.core.events import NOON

EVENTS = 100_000
PER_SECOND = 50
FLOWS = 200
PAGE = PAGE_SIZES[0]
AGAIN = PAGE // 5  # of each page, which was on the one before

SHARED = type | ModuleType | FunctionType | BuiltinFunctionType


def event(number: int) -> Event:
    """One of the events: a batch, and every now and then a failure or a new state."""
    flow, kind = f"flow {number % FLOWS}", "flow_progress"
    failed = number % 997 == 0
    told = "INITIALIZING" if number == 0 else "RUNNING"
    if number % 1999 == 0:
        kind = "update_progress"
    return Event(
        event_id=f"{number:036}",
        at=NOON + timedelta(seconds=number / PER_SECOND),
        event_type=kind,
        level=Level.WARN if failed else Level.METRICS,
        message=f"{number} of {flow}",
        sequence=number,
        update_id=UpdateId("u1"),
        flow=flow,
        details={
            kind: {
                "status": "FAILED" if failed else "RUNNING",
                "state": told,
                "metrics": {"num_output_rows": 1, "backlog_bytes": number},
                "data_quality": {
                    "dropped_records": 1,
                    "expectations": [
                        {"name": "e", "passed_records": 3, "failed_records": 1}
                    ],
                },
            }
        },
        raw={"id": f"{number:036}"},
    )


def pages(events: Iterator[Event]) -> Iterator[list[Event]]:
    """Pages, each of which begins with what the one before ended with."""
    last: list[Event] = []
    while fresh := list(islice(events, PAGE - len(last))):
        yield [*last, *fresh]
        last = fresh[-AGAIN:]


def kept(root: object) -> int:
    """How many objects are kept alive by *root* alone, as far as anybody can tell."""
    seen, todo = {id(root): root}, [root]
    while todo:
        for other in gc.get_referents(todo.pop()):
            if id(other) not in seen and not isinstance(other, SHARED):
                seen[id(other)] = other
                todo.append(other)
    return len(seen)


def test_of_a_hundred_thousand_events_each_is_folded_once_and_none_is_kept() -> None:
    ours = Following(PipelineId("p"), UpdateId("u1"), Cause.API_CALL, retries=0)
    ours.log.read()
    received, sizes, events = 0, [], map(event, range(EVENTS))
    for number, page in enumerate(pages(events)):
        received += len(page)
        ours.took(ours.log.took(page, f"{number}"))
        if number % 40 == 39:
            sizes.append(kept(ours))

    batches = EVENTS - len(range(0, EVENTS, 1999))
    assert received > 1.2 * EVENTS
    assert ours.tally.events == EVENTS
    assert ours.tally.rows_written() == batches
    checked = ours.tally.expectations()
    assert sum(row.passed for row in checked) == 3 * batches
    # Ids of some minutes and sums of the flows: less than the events, and no more of
    # it after all of them than after half.
    assert sizes[-1] < EVENTS // 2
    assert sizes[-1] < 1.05 * sizes[len(sizes) // 2 - 1]
