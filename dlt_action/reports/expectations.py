"""
The expectations in the step summary: what failed a flow first, then the worst.

An expectation that fails the update leaves no numbers; that it was violated is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.ledger import Ledger
from dlt_action.core.markdown import details, table
from dlt_action.core.model import Result
from dlt_action.core.record import ExpectationRow, Outcome
from dlt_action.core.violations import violations
from dlt_action.core.words import count, plural, share
from dlt_action.reports.folding import left_out
from dlt_action.reports.links import named
from dlt_action.reports.order import dropped_by_dataset, worst_expectations_first
from dlt_action.reports.sections import SHOWN_ROWS, folded

_HEADER = (
    "Dataset",
    "Expectation",
    "If it fails",
    "Passed:",
    "Failed:",
    "Share failed:",
    "Dropped from dataset:",
)
_ACTIONS = {
    "ALLOW": "the record is kept",
    "DROP": "the record is dropped",
    "FAIL": "the update fails",
}


def expectations_section(outcome: Outcome) -> str:
    """The expectations of the last attempt, the worst first."""
    violated = violations(outcome)
    silent = _silent(outcome, violated) if _is_over(outcome) else []
    dropped = dropped_by_dataset(outcome.flows)
    rows = [_violation(dataset, name) for dataset, name in violated]
    rows += [
        _expectation(row, dropped.get(row.dataset))
        for row in worst_expectations_first(outcome.expectations)
    ]
    parts = [
        folded(_HEADER, rows, "expectation") if rows else "",
        _without_numbers(silent) if silent else "",
    ]
    shown = [part for part in parts if part]
    return "\n\n".join(["### Expectations", *shown]) if shown else ""


def _violation(dataset: str, name: str) -> Sequence[str]:
    cells = ("", "", "violated", "", "")
    return [named(dataset), f"❌&nbsp;{named(name)}", *cells]


def _expectation(row: ExpectationRow, dropped: int | None) -> Sequence[str]:
    mark = "⚠️" if row.failed else "✅"
    return [
        named(row.dataset),
        f"{mark}&nbsp;{named(row.name)}",
        _ACTIONS.get(row.action, ""),
        count(row.passed),
        count(row.failed),
        share(row.failed, row.passed + row.failed),
        "" if dropped is None else count(dropped),
    ]


def _is_over(outcome: Outcome) -> bool:
    """Whether all that the log will tell of numbers is told, and was read."""
    last = outcome.attempts[-1] if outcome.attempts else None
    known = last is None or last.state.terminal
    return known and outcome.log_complete and outcome.result is not Result.VALIDATED


def _silent(
    outcome: Outcome, violated: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Expectations that are declared, and of which nothing is known."""
    # One event may spell a dataset in another way than the next.
    ledger = Ledger(outcome.flows, outcome.datasets, outcome.expectations)
    key = ledger.names.key
    told = {(key(dataset), name) for dataset, name in violated}
    declared = dict.fromkeys(key(dataset.name) for dataset in outcome.datasets)
    return [
        (ledger.names.shown[one], name, action)
        for one in declared
        for name, action in ledger[one].declared.items()
        if name not in ledger[one].counted and (one, name) not in told
    ]


def _without_numbers(found: Sequence[tuple[str, str, str]]) -> str:
    rows = [
        [
            named(dataset),
            named(name),
            _ACTIONS.get(action, ""),
        ]
        for dataset, name, action in found[:SHOWN_ROWS]
    ]
    title = f"{plural(len(found), 'expectation')} without numbers in the event log"
    parts = [table(["Dataset", "Expectation", "If it fails"], rows)]
    if len(found) > SHOWN_ROWS:
        parts.append(left_out(len(found) - SHOWN_ROWS, "expectation"))
    return details(title, "\n\n".join(parts))
