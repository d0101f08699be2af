"""The parts of the step summary that list things: errors, attempts, flows, checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dlt_action.core.markdown import block, code, details, inline, table
from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import (
    Asked,
    Attempt,
    ExpectationRow,
    FlowRow,
    Outcome,
    Problem,
)
from dlt_action.core.sources import told
from dlt_action.core.words import count, duration, place, plural, share
from dlt_action.reports.folding import folded_table, left_out
from dlt_action.reports.links import LONGEST_NAME, documented, link
from dlt_action.reports.order import (
    dropped_by_dataset,
    ended_badly,
    problems,
    worst_expectations_first,
    worst_flows_first,
)
from dlt_action.reports.titles import FLOW_MARKS

SHOWN_ERRORS = 3
SHOWN_ROWS = 30
MOST_STATUSES = 12
FOLDED_ROWS = 120  # with names as long and as hostile as can be, still below 1 MB
LONGEST_HEADLINE = 500  # characters
LONGEST_DETAIL = 4000


def errors_section(outcome: Outcome) -> str:
    """Each error with its place and text, unless the cause above says it all."""
    # Where a gate fails, the update completed: what failed in it recovered.
    bad = ended_badly(outcome) and outcome.result is not Result.GATE_FAILED
    found = problems(outcome) if bad else outcome.problems
    skipped = _skipped(outcome)
    bare = bad and len(found) == 1 and _problem(found[0]).count("\n") == 0
    if not found or bare:
        return skipped
    title = "### Errors" if bad else "### Errors on the way"
    parts = [title, *(_problem(problem) for problem in found[:SHOWN_ERRORS])]
    folded = found[SHOWN_ERRORS:]
    if folded:
        body = "\n\n".join(_problem(problem) for problem in folded)
        parts.append(details(plural(len(folded), "more error"), body))
    if outcome.problems_omitted:
        parts.append(left_out(outcome.problems_omitted, "error"))
    return "\n\n".join([*parts, skipped] if skipped else parts)


def _skipped(outcome: Outcome) -> str:
    # They have nothing to tell of their own: one line for them all.
    number = sum(flow.status is FlowStatus.SKIPPED for flow in outcome.flows)
    failed = [flow for flow in outcome.flows if flow.status is FlowStatus.FAILED]
    if not number or not failed:
        return ""
    one = f"{code(failed[0].name, LONGEST_NAME)} failed"
    why = one if len(failed) == 1 else f"{plural(len(failed), 'flow')} failed"
    were = "was" if number == 1 else "were"
    return f"{plural(number, 'flow')} {were} skipped because {why}."


def _problem(problem: Problem) -> str:
    facts = [
        ("flow", code(problem.flow or "", LONGEST_NAME)),
        ("exception", code(problem.exception, LONGEST_NAME)),
        ("at", located(problem)),
        ("in the workspace", _deployed(problem)),
        ("time", _time(problem.at)),
    ]
    line = " · ".join(f"{label} {value}" for label, value in facts if value)
    headline = code(problem.headline, LONGEST_HEADLINE) or "(no message)"
    parts = [f"**{headline}**", line, _hint(problem)]
    if problem.detail.strip() not in ("", problem.headline.strip()):
        parts.append(block(problem.detail, LONGEST_DETAIL))
    return "\n\n".join(part for part in parts if part)


def _hint(problem: Problem) -> str:
    hint = problem.hint
    if hint is None:
        return ""
    page = documented(hint.url)
    more = f" [Documentation]({page})" if page else ""
    return f"**What usually helps:** {inline(hint.text)}{more}"


def located(problem: Problem) -> str:
    """Where *problem* is, as code; ``""`` where nobody knows."""
    return code(told(problem), LONGEST_NAME)


def _deployed(problem: Problem) -> str:
    where = None if problem.source is None else problem.location
    return "" if where is None else code(place(where), LONGEST_NAME)


def attempts_section(outcome: Outcome, asked: Asked) -> str:
    """Every update that was followed, where the platform went on with another."""
    if len(outcome.attempts) <= 1:
        return ""
    header = ["#:", "Update", "Cause", "State", "Began", "Duration:", "Error"]
    rows = [
        _attempt(number, attempt, asked)
        for number, attempt in enumerate(outcome.attempts, start=1)
    ]
    return f"### Attempts\n\n{table(header, rows)}"


def _attempt(number: int, attempt: Attempt, asked: Asked) -> Sequence[str]:
    first = attempt.problems[0].headline if attempt.problems else ""
    return [
        str(number),
        link(attempt.update_id, attempt.url, asked),
        code(attempt.cause_text, LONGEST_NAME),
        code(attempt.state_text, LONGEST_NAME),
        _time(attempt.created),
        _between(attempt.created, attempt.ended),
        code(first, LONGEST_NAME),
    ]


def flows_section(outcome: Outcome) -> str:
    """The flows of the last attempt, with what they wrote and how long they took."""
    if not outcome.flows:
        return ""
    header = ["Flow", "Status", "Rows:", "Upserted:", "Deleted:", "Dropped:"]
    header += ["Duration:", "Failed tries:"]
    ordered = worst_flows_first(outcome.flows)
    rows = [_flow(flow) for flow in ordered]
    parts = ["### Flows", _statuses(ordered), _folded(header, rows, "flow")]
    return "\n\n".join(part for part in parts if part)


def _statuses(ordered: Sequence[FlowRow]) -> str:
    """How many flows are of each status, where a table does not show it at a glance."""
    if len(ordered) <= SHOWN_ROWS:
        return ""
    counted = list(Counter(flow.status_text for flow in ordered).items())
    words = [
        f"{count(number)} {code(text, LONGEST_NAME)}"
        for text, number in counted[:MOST_STATUSES]
    ]
    others = sum(number for _, number in counted[MOST_STATUSES:])
    if others:
        words.append(f"{count(others)} other")
    return f"{plural(len(ordered), 'flow')}: {' · '.join(words)}"


def _flow(flow: FlowRow) -> Sequence[str]:
    mark = FLOW_MARKS.get(flow.status, "")
    return [
        code(flow.name, LONGEST_NAME),
        f"{mark}{code(flow.status_text, LONGEST_NAME)}",
        _number(flow.rows),
        _number(flow.upserted),
        _number(flow.deleted),
        _number(flow.dropped),
        "" if flow.seconds is None else duration(flow.seconds),
        _number(flow.failures) if flow.failures else "",
    ]


def expectations_section(outcome: Outcome) -> str:
    """The expectations of the last attempt, the most violated one first."""
    silent = _silent(outcome)
    if not outcome.expectations and not silent:
        return ""
    parts = ["### Expectations"]
    if outcome.expectations:
        header = ["Dataset", "Expectation", "Passed:", "Failed:", "Share failed:"]
        header.append("Dropped from dataset:")
        dropped = dropped_by_dataset(outcome.flows)
        ordered = worst_expectations_first(outcome.expectations)
        rows = [_expectation(row, dropped.get(row.dataset)) for row in ordered]
        parts.append(_folded(header, rows, "expectation"))
    if silent:
        parts.append(_without_numbers(silent))
    return "\n\n".join(parts)


def _expectation(row: ExpectationRow, dropped: int | None) -> Sequence[str]:
    mark = "⚠️ " if row.failed else "✅ "
    return [
        code(row.dataset, LONGEST_NAME),
        f"{mark}{code(row.name, LONGEST_NAME)}",
        count(row.passed),
        count(row.failed),
        share(row.failed, row.passed + row.failed),
        _number(dropped),
    ]


def _silent(outcome: Outcome) -> list[tuple[str, str]]:
    """Expectations that are declared, and of which the log tells no number."""
    told = {(row.dataset, row.name) for row in outcome.expectations}
    declared = (
        (dataset.name, name)
        for dataset in outcome.datasets
        for name in dataset.declared
    )
    return [pair for pair in dict.fromkeys(declared) if pair not in told]


def _without_numbers(pairs: Sequence[tuple[str, str]]) -> str:
    rows = [
        [code(dataset, LONGEST_NAME), code(name, LONGEST_NAME)]
        for dataset, name in pairs[:SHOWN_ROWS]
    ]
    title = f"{plural(len(pairs), 'expectation')} without numbers in the event log"
    parts = [table(["Dataset", "Expectation"], rows)]
    if len(pairs) > SHOWN_ROWS:
        parts.append(left_out(len(pairs) - SHOWN_ROWS, "expectation"))
    return details(title, "\n\n".join(parts))


def _folded(header: Sequence[str], rows: Sequence[Sequence[str]], noun: str) -> str:
    return folded_table(header, rows, noun, shown=SHOWN_ROWS, folded=FOLDED_ROWS)


def _number(number: int | None) -> str:
    return "" if number is None else count(number)


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def _between(began: datetime | None, ended: datetime | None) -> str:
    if began is None or ended is None:
        return ""
    return duration((ended - began).total_seconds())
