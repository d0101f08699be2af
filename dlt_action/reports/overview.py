"""Several pipelines at a glance: one verdict for all; a row for each, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dlt_action.core.labels import Named, labels
from dlt_action.core.markdown import code, inline, table
from dlt_action.core.model import Result
from dlt_action.core.record import Asked, GateResult, Outcome, Record
from dlt_action.core.text import one_line
from dlt_action.core.words import count, duration, plural
from dlt_action.reports.folding import folded_table
from dlt_action.reports.gatetable import result_of
from dlt_action.reports.links import LONGEST_NAME, named, short_link
from dlt_action.reports.order import (
    ended_badly,
    root_cause,
    rows_of,
    worst_outcomes_first,
)
from dlt_action.reports.titles import MARKS

SHOWN_ROWS = 50
FOLDED_ROWS = 200
LONGEST_CAUSE = 200  # characters
MOST_NAMED = 5  # in one sentence

_HEADER = ["Pipeline", "Result", "Update", "Duration:", "Rows:", "Gate", "Cause"]


def verdict_of_all(record: Record) -> str:
    """How many did not do as asked, or that all did: `2 of 3 pipelines failed`."""
    outcomes = record.outcomes
    whole = plural(len(outcomes), "pipeline")
    bad = Counter(map(_how, filter(ended_badly, outcomes)))
    if not bad:
        results = {one.result for one in outcomes}
        only = results.pop() if len(results) == 1 else Result.SUCCEEDED
        return f"All {whole} {_DONE.get(only, 'succeeded')}"
    # What failed first, as a person would say it; then what it took with it.
    (worst, many), *others = sorted(bad.items(), key=lambda item: _HOW.index(item[0]))
    told = [f"{count(many)} of {whole} {_said(worst, many)}"]
    told += [f"{count(number)} {_said(how, number)}" for how, number in others]
    return ", ".join(told)


def _how(outcome: Outcome) -> tuple[str, str]:
    fast = outcome.failed_fast and outcome.result is Result.CANCELED
    return _STOPPED if fast else _ENDS[outcome.result]


def _said(how: tuple[str, str], many: int) -> str:
    one, several = how
    return one if many == 1 else several


def _were(what: str) -> tuple[str, str]:
    return f"was {what}", f"were {what}"


def _did(what: str) -> tuple[str, str]:
    return what, what


# Of one, and of several. In the order in which they are told: what failed comes first.
_ENDS: Mapping[Result, tuple[str, str]] = {
    Result.FAILED: _did("failed"),
    Result.GATE_FAILED: _did("broke the quality gate"),
    Result.TIMED_OUT: _did("timed out"),
    Result.MISCONFIGURED: ("is misconfigured", "are misconfigured"),
    Result.INTERNAL_ERROR: _did("met a bug of dlt-action"),
    Result.UNAUTHORIZED: _were("not authorized"),
    Result.UNREACHABLE: _were("out of reach"),
    Result.GONE: _did("disappeared"),
    Result.UNKNOWN_START: _did("may have been started"),
    Result.CANCELED: _were("canceled"),
    Result.CONFLICT: _were("busy with another update"),
    Result.INTERRUPTED: _were("interrupted"),
    Result.SKIPPED: _were("not started"),
    Result.UNFINISHED: _did("did not finish"),
    Result.STARTED: _were("started"),
    Result.VALIDATED: _did("passed the dry run"),
    Result.RUNNING: ("is running", "are running"),
    Result.SUCCEEDED: _did("succeeded"),
}
_STOPPED = _were("stopped for it (fail-fast)")
_HOW = [*_ENDS.values()]
_HOW.insert(_HOW.index(_ENDS[Result.SKIPPED]), _STOPPED)


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
    marks = {MARKS[one.result] for one in record.outcomes}
    # Where something failed, that is what counts, whatever decides on the exit code.
    mark = _FAILED if _FAILED in marks else MARKS[record.worst.result]
    return f"{mark} {verdict_of_all(record)}"


_FAILED = MARKS[Result.FAILED]


def how_it_ended(outcome: Outcome) -> str:
    """It, as the rest of a sentence about one pipeline: `failed`, `is running`."""
    return _said(_how(outcome), 1)


def culprit_of(record: Record) -> Outcome | None:
    """For whose sake others did not go on, or were not begun; None: not known."""
    found = [one for one in record.outcomes if ended_badly(one) and not follows(one)]
    return found[0] if len(found) == 1 else None


def follows(outcome: Outcome) -> bool:
    """Whether *outcome* is so for the sake of another pipeline of the step."""
    return outcome.failed_fast or outcome.result is Result.SKIPPED


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
    names, culprit = _names(record), culprit_of(record)
    because = ""
    if culprit is not None:
        who = code(names[id(culprit)], LONGEST_NAME)
        because = f"{who} {how_it_ended(culprit)}"
    rows = [
        _row(one, names[id(one)], because if follows(one) else "", record.asked)
        for one in worst_outcomes_first(record.outcomes)
    ]
    if not brief:
        shown, folded = SHOWN_ROWS, FOLDED_ROWS
        return folded_table(_HEADER, rows, "pipeline", shown=shown, folded=folded)
    text = table(_HEADER, rows[:_BRIEF])
    more = len(rows) - _BRIEF
    return f"{text}\n\n_{plural(more, 'more pipeline')}._" if more > 0 else text


_BRIEF = 20


def _row(outcome: Outcome, name: str, because: str, asked: Asked) -> list[str]:
    update = outcome.lead.update_id
    url = outcome.lead.update_url
    rows = rows_of(outcome)
    return [
        named(name),
        f"{MARKS[outcome.result]}&nbsp;{inline(outcome.result.value)}",
        "" if update is None else short_link(update, url, asked),
        duration(outcome.seconds) if outcome.seconds >= 1 else "",
        "" if rows is None else count(rows),
        _gate(outcome, asked),
        because or _cause(outcome),
    ]


def _names(record: Record) -> dict[int, str]:
    """What each is called; of twins what the log calls them."""
    names = {id(one): called(one) for one in record.outcomes}
    many, told_apart = Counter(names.values()), labels_of(record)
    return {
        key: name if many[name] == 1 else told_apart[key] for key, name in names.items()
    }


def _gate(outcome: Outcome, asked: Asked) -> str:
    found = result_of(outcome, asked)
    return "" if found is GateResult.NONE else inline(found.value)


def _cause(outcome: Outcome) -> str:
    cause = root_cause(outcome)
    if cause:
        return code(cause, LONGEST_CAUSE)
    told = one_line(outcome.reason) if ended_badly(outcome) else ""
    return inline(told, LONGEST_CAUSE)
