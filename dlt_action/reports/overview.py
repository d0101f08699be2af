"""Several pipelines at a glance: one verdict for all; a row for each, worst first."""

from __future__ import annotations

from dlt_action.core.labels import Named, labels
from dlt_action.core.markdown import code, inline, table
from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.record import Asked, GateResult, Outcome, Record
from dlt_action.core.text import one_line
from dlt_action.core.words import count, duration, plural
from dlt_action.reports.folding import folded_table
from dlt_action.reports.gatetable import result_of
from dlt_action.reports.links import named, short_link
from dlt_action.reports.order import ended_badly, root_cause, worst_outcomes_first
from dlt_action.reports.titles import MARKS

SHOWN_ROWS = 50
FOLDED_ROWS = 200
LONGEST_CAUSE = 200  # characters
MOST_NAMED = 5  # in one sentence

_HEADER = ["Pipeline", "Result", "Update", "Duration:", "Rows:", "Gate", "Cause"]


def verdict_of_all(record: Record) -> str:
    """How many did as asked, in words of ours: `2 of 3 pipelines succeeded`."""
    outcomes = record.outcomes
    well = [one for one in outcomes if EXIT_CODES[one.result] == 0]
    results = {one.result for one in well}
    word = _DONE.get(results.pop(), "succeeded") if len(results) == 1 else "succeeded"
    if len(well) == len(outcomes):
        return f"All {plural(len(outcomes), 'pipeline')} {word}"
    many = count(len(well)) if well else "None"
    return f"{many} of {plural(len(outcomes), 'pipeline')} {word}"


_DONE = {
    Result.STARTED: "started",
    Result.RUNNING: "are running",
    Result.VALIDATED: "passed the dry run",
}


def labels_of(record: Record) -> dict[int, str]:
    """What each outcome is called in the log, by the identity of the outcome."""
    parts = [
        Named(one.pipeline_name or "", one.pipeline_id or f"part {number}")
        for number, one in enumerate(record.outcomes)
    ]
    return dict(zip(map(id, record.outcomes), labels(parts), strict=True))


def heading_of_all(record: Record) -> str:
    """The first line of a report on several pipelines."""
    return f"{MARKS[record.worst.result]} {verdict_of_all(record)}"


def rest_of_verdict(record: Record) -> str:
    """Which did not do as asked, and how they ended; Markdown, ``""`` where all did."""
    bad = [one for one in worst_outcomes_first(record.outcomes) if ended_badly(one)]
    told = [
        f"{code(called(one), LONGEST_CAUSE)} {inline(one.result.value)}"
        for one in bad[:MOST_NAMED]
    ]
    if len(bad) > MOST_NAMED:
        told.append(f"{count(len(bad) - MOST_NAMED)} more")
    return f"{', '.join(told)}." if told else ""


def called(outcome: Outcome) -> str:
    """What an outcome is of, as far as it is known; remote text."""
    job = outcome.job
    if job is not None and job.job_id is not None:  # a one-time run is its pipeline's
        return job.name
    return outcome.pipeline_name or outcome.pipeline_id or ""


def table_of_all(record: Record, *, brief: bool = False) -> str:
    """A row for each pipeline, the worst first; *brief*: no more than fit a comment."""
    rows = [_row(one, record.asked) for one in worst_outcomes_first(record.outcomes)]
    if not brief:
        shown, folded = SHOWN_ROWS, FOLDED_ROWS
        return folded_table(_HEADER, rows, "pipeline", shown=shown, folded=folded)
    text = table(_HEADER, rows[:_BRIEF])
    more = len(rows) - _BRIEF
    return f"{text}\n\n_{plural(more, 'more pipeline')}._" if more > 0 else text


_BRIEF = 20


def _row(outcome: Outcome, asked: Asked) -> list[str]:
    update = outcome.lead.update_id
    url = outcome.lead.update_url
    return [
        named(called(outcome)),
        f"{MARKS[outcome.result]}&nbsp;{inline(outcome.result.value)}",
        "" if update is None else short_link(update, url, asked),
        duration(outcome.seconds) if outcome.seconds >= 1 else "",
        "" if outcome.rows_written is None else count(outcome.rows_written),
        _gate(outcome, asked),
        _cause(outcome),
    ]


def _gate(outcome: Outcome, asked: Asked) -> str:
    found = result_of(outcome, asked)
    return "" if found is GateResult.NONE else inline(found.value)


def _cause(outcome: Outcome) -> str:
    cause = root_cause(outcome)
    if cause:
        return code(cause, LONGEST_CAUSE)
    told = one_line(outcome.reason) if ended_badly(outcome) else ""
    return inline(told, LONGEST_CAUSE)
