"""
The outputs of the step: what the jobs that follow can decide on.

All names are always there, so that a later writing replaces an earlier one whole.
Sizes are bounded, because a job's outputs are at most 1 MB and the runner drops what is
more; a list that is too long loses its least important entries and ends in a count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dlt_action.core.jobs.rows import JobRun
from dlt_action.core.model import JsonObject, Result
from dlt_action.core.record import (
    Attempt,
    ExpectationRow,
    GateRow,
    Outcome,
    Record,
)
from dlt_action.core.text import ELLIPSIS, cut, cut_bytes, one_line
from dlt_action.lean import replace
from dlt_action.reports.gatetable import result_of, worst_result, worst_rows_first
from dlt_action.reports.links import checked
from dlt_action.reports.order import (
    root_cause,
    rows_of,
    worst_expectations_first,
    worst_outcomes_first,
)

LONGEST_TEXT = 4 * 1024  # bytes
LONGEST_JSON = 32 * 1024  # bytes; ASCII, so characters too
LONGEST_COUNT = len('{"more": 1000000}]')
LONGEST_TEXTS = (1000, 200, 60)  # characters of a text in `results`

_UNFINISHED = (
    "The step ended before it could say how the update ended;"
    " the update may still be running."
)


def render(record: Record) -> dict[str, str]:
    """All outputs for *record*; singular ones are those of its worst outcome."""
    outcome = record.worst
    lead, job = outcome.lead, outcome.job
    seconds = outcome.seconds if record.seconds is None else record.seconds
    values = {
        "result": outcome.result.value,
        "ok": str(outcome.result.ok).lower(),
        "reason": outcome.reason,
        "state": lead.state,
        "pipeline-id": lead.pipeline_id,
        "pipeline-name": lead.pipeline_name,
        "update-id": lead.update_id,
        "update-url": checked(lead.update_url, record.asked),
        "job-run-id": None if job is None else job.run_id,
        "job-run-url": None if job is None else checked(job.url, record.asked),
        "attempts": _attempts(lead, record),
        "attribution": lead.attribution,
        "duration-seconds": str(round(seconds)),
        "rows-written": _total_rows(record.outcomes),
        "expectations": _expectations(lead.expectations),
        "gate": _gate(record.outcomes),
        "gate-result": worst_result(record.outcomes, record.asked),
        "error": _error(record),
        "results": results_of(record),
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
    if name in ("attempts", "expectations", "gate", "results"):
        return value  # bounded already; a cut would leave broken JSON
    return cut_bytes(one_line(value), LONGEST_TEXT)


def _error(record: Record) -> str:
    """The cause of the worst; where it has none, that of the worst that failed."""
    failed = (Result.FAILED, Result.GATE_FAILED)
    worst, *others = worst_outcomes_first(record.outcomes)
    causes = map(root_cause, (one for one in others if one.result in failed))
    return root_cause(worst) or next(filter(None, causes), "")


def _total_rows(outcomes: Sequence[Outcome]) -> str | None:
    known = [rows for rows in map(rows_of, outcomes) if rows is not None]
    return str(sum(known)) if known else None


def results_of(record: Record) -> str:
    """What came of each pipeline, the worst first, as a JSON list."""
    pieces = [
        (one, part)
        for one in worst_outcomes_first(record.outcomes)
        for part in (worst_outcomes_first(one.parts) or [one])
    ]
    texts = [
        bounded_json([_result(one, part, record, longest) for one, part in pieces])
        for longest in LONGEST_TEXTS
    ]
    # Shorter texts are better than fewer pipelines.
    whole = (text for text in texts if '{"more"' not in text[-LONGEST_COUNT:])
    return next(whole, texts[-1])


def _result(
    outcome: Outcome, part: Outcome, record: Record, longest: int
) -> JsonObject:
    job = outcome.job
    rows = part.rows_written
    return {
        "pipeline_id": part.pipeline_id,
        "pipeline_name": cut(one_line(part.pipeline_name or ""), longest),
        "result": part.result.value,
        "ok": part.result.ok,
        "reason": _cut(part.reason, longest),
        "update_id": part.update_id,
        "update_url": checked(part.update_url, record.asked),
        "state": part.state,
        "gate_result": result_of(part, record.asked).value,
        "rows_written": rows,
        "duration_seconds": round(part.seconds),
        "error": _cut(root_cause(part), longest),
        "task": cut(one_line(part.task or _only_task(job)), longest),
        "job_run_id": None if job is None else job.run_id,
        "job_run_url": None if job is None else checked(job.url, record.asked),
    }


def _cut(text: str, longest: int) -> str:
    """*text*, cut between words, here and where it was cut before."""
    # The writer knows half a secret by the sign of the cut, which JSON spells out.
    line = one_line(text)
    if len(line) > longest:
        line = line[: longest - 1] + ELLIPSIS
    *cut_off, rest = line.split(ELLIPSIS)
    whole = [f"{one.rpartition(' ')[0]} {ELLIPSIS}".lstrip() for one in cut_off]
    return "".join((*whole, rest))


def _only_task(job: JobRun | None) -> str:
    """The key of a Pipeline task that is the only one; "" where nobody knows."""
    tasks = () if job is None else job.tasks
    keys = [task.key for task in tasks if task.kind == "pipeline"]
    return keys[0] if len(keys) == 1 else ""


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
