"""What a person should see first: the order of everything that a report lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlt_action.core.model import FlowStatus
from dlt_action.core.record import ExpectationRow, FlowRow, Outcome, Problem
from dlt_action.core.text import one_line

_FLOWS_WORST_FIRST = (
    FlowStatus.FAILED,
    FlowStatus.UNRECOGNISED,
    FlowStatus.STOPPED,
    FlowStatus.SKIPPED,
    FlowStatus.RUNNING,
    FlowStatus.STARTING,
    FlowStatus.PLANNING,
    FlowStatus.QUEUED,
    FlowStatus.IDLE,
    FlowStatus.COMPLETED,
    FlowStatus.EXCLUDED,
)


def worst_flows_first(flows: Iterable[FlowRow]) -> list[FlowRow]:
    """*flows*, failed ones first; the slowest first among those of one status."""
    return sorted(
        flows,
        key=lambda flow: (
            _FLOWS_WORST_FIRST.index(flow.status),
            -(flow.seconds if flow.seconds is not None else -1.0),
            flow.name,
        ),
    )


def worst_expectations_first(rows: Iterable[ExpectationRow]) -> list[ExpectationRow]:
    """*rows*, the largest share of failed records first."""
    return sorted(
        rows,
        key=lambda row: (
            -row.failed / max(row.failed + row.passed, 1),
            -row.failed,
            row.dataset,
            row.name,
        ),
    )


def problems(outcome: Outcome) -> Iterator[Problem]:
    """The problems of *outcome*'s last attempt; of the one before, if it has none."""
    if outcome.problems:
        yield from outcome.problems
        return
    for attempt in reversed(outcome.attempts):
        if attempt.problems:
            yield from attempt.problems
            return


def root_cause(outcome: Outcome) -> str:
    """Why it did not end well, as one line of remote text; ``""`` where it did."""
    if outcome.result.ok:
        return ""
    for problem in problems(outcome):
        return one_line(problem.headline)
    return one_line(outcome.server_said)
