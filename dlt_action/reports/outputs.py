"""
The outputs of the step: what the jobs that follow can decide on.

All names are always there, so that a later writing replaces an earlier one whole.
Sizes are bounded, because a job's outputs are at most 1 MB and the runner drops what is
more; a list that is too long loses its least important entries and ends in a count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dlt_action.core.model import JsonObject, Result
from dlt_action.core.record import (
    Attempt,
    ExpectationRow,
    GateRow,
    Outcome,
    Record,
)
from dlt_action.core.text import cut_bytes, one_line
from dlt_action.reports.gatetable import worst_result, worst_rows_first
from dlt_action.reports.links import checked
from dlt_action.reports.order import root_cause, worst_expectations_first

LONGEST_TEXT = 4 * 1024  # bytes
LONGEST_JSON = 32 * 1024  # bytes; ASCII, so characters too

_UNFINISHED = (
    "The step ended before it could say how the update ended;"
    " the update may still be running."
)


def render(record: Record) -> dict[str, str]:
    """All outputs for *record*; singular ones are those of its worst outcome."""
    outcome = record.worst
    values = {
        "result": outcome.result.value,
        "ok": str(outcome.result.ok).lower(),
        "reason": outcome.reason,
        "state": outcome.state,
        "pipeline-id": outcome.pipeline_id,
        "pipeline-name": outcome.pipeline_name,
        "update-id": outcome.update_id,
        "update-url": checked(outcome.update_url, record.asked),
        "attempts": _attempts(outcome, record),
        "attribution": outcome.attribution,
        "duration-seconds": str(round(outcome.seconds)),
        "rows-written": _total_rows(record.outcomes),
        "expectations": _expectations(outcome.expectations),
        "gate": _gate(record.outcomes),
        "gate-result": worst_result(record.outcomes, record.asked),
        "error": root_cause(outcome),
        "report-dir": record.asked.report_dir,
    }
    return {name: _short(name, value) for name, value in values.items()}


def unfinished(record: Record) -> dict[str, str]:
    """
    The outputs for the meantime: what a step that is killed leaves behind.

    What *record* knows already (pipeline, update) is in them, and never a verdict.
    """
    known = record.outcomes or (Outcome(result=Result.UNFINISHED, reason=""),)
    meantime = (
        replace(outcome, result=Result.UNFINISHED, reason=_UNFINISHED)
        for outcome in known
    )
    return render(replace(record, outcomes=tuple(meantime)))


def _short(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if name in ("attempts", "expectations", "gate"):
        return value  # bounded already; a cut would leave broken JSON
    return cut_bytes(one_line(value), LONGEST_TEXT)


def _total_rows(outcomes: Sequence[Outcome]) -> str | None:
    known = [one.rows_written for one in outcomes if one.rows_written is not None]
    return str(sum(known)) if known else None


def _attempts(outcome: Outcome, record: Record) -> str:
    newest_first = [_attempt(attempt, record) for attempt in reversed(outcome.attempts)]
    return bounded_json(newest_first, reverse=True)


def _attempt(attempt: Attempt, record: Record) -> JsonObject:
    return {
        "update_id": attempt.update_id,
        "update_url": checked(attempt.url, record.asked),
        "state": one_line(attempt.state_text),
        "cause": one_line(attempt.cause_text),
    }


def _expectations(rows: Sequence[ExpectationRow]) -> str:
    return bounded_json([_expectation(row) for row in worst_expectations_first(rows)])


def _expectation(row: ExpectationRow) -> JsonObject:
    return {
        "dataset": one_line(row.dataset),
        "name": one_line(row.name),
        "passed": row.passed,
        "failed": row.failed,
    }


def _gate(outcomes: Sequence[Outcome]) -> str:
    rows = worst_rows_first(row for one in outcomes for row in one.gate)
    return bounded_json([_gate_row(row) for row in rows])


def _gate_row(row: GateRow) -> JsonObject:
    return {
        "rule": one_line(row.rule),
        "dataset": one_line(row.dataset),
        "expectation": one_line(row.expectation),
        "verdict": row.verdict.value,
        "broken": row.broken,
        "mandatory": row.mandatory,
        "measured": row.measured,
        "reason": row.reason,
    }


def bounded_json(
    entries: Sequence[Mapping[str, object]], *, reverse: bool = False
) -> str:
    """
    *entries*, most important first, as a JSON list of at most `LONGEST_JSON` bytes.

    What is left out is counted in a last entry ``{"more": N}``. With *reverse* the
    list that comes out runs the other way, and the count comes first.
    """
    kept: list[str] = []
    room = LONGEST_JSON - len('[{"more": 1000000}]')
    for entry in entries:
        text = json.dumps(entry, separators=(",", ":"))
        room -= len(text) + 1
        if room < 0:
            kept.append(json.dumps({"more": len(entries) - len(kept)}))
            break
        kept.append(text)
    if reverse:
        kept.reverse()
    return f"[{','.join(kept)}]"
