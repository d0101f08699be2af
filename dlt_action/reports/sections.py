"""The parts of the step summary that list things: errors, attempts, flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dlt_action.core.markdown import code, details, table
from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import (
    Asked,
    Attempt,
    FlowRow,
    Outcome,
    Problem,
)
from dlt_action.core.words import count, duration, plural
from dlt_action.reports.cause import (
    LONGEST_HEADLINE,
    explained,
    hint_of,
    moment,
    text_of,
    where_and_when,
)
from dlt_action.reports.folding import folded_table, left_out
from dlt_action.reports.links import LONGEST_NAME, named, short_link
from dlt_action.reports.order import (
    problems,
    worst_flows_first,
)
from dlt_action.reports.titles import FLOW_MARKS

SHOWN_ERRORS = 3
SHOWN_ROWS = 20
MOST_STATUSES = 12
FOLDED_ROWS = 120  # with names as long and as hostile as can be, still below 1 MB

_AS_LAST_TOLD = "_As last told: the event log was not read to its end._"


def errors_section(outcome: Outcome) -> str:
    """Each error with its place and text; the cause has been told already."""
    cause = explained(outcome)
    found = outcome.problems if cause is None else problems(outcome)[1:]
    parts = [_problem(problem) for problem in found[:SHOWN_ERRORS]]
    folded = found[SHOWN_ERRORS:]
    if folded:
        body = "\n\n".join(map(_problem, folded))
        parts.append(details(plural(len(folded), "more error"), body))
    if outcome.problems_omitted:
        parts.append(left_out(outcome.problems_omitted, "error"))
    if not parts:
        return ""
    title = "Errors on the way" if cause is None else "More errors"
    return "\n\n".join([f"### {title}", *parts])


def _problem(problem: Problem) -> str:
    headline = code(problem.headline, LONGEST_HEADLINE) or "(no message)"
    where, hint, text = where_and_when(problem), hint_of(problem), text_of(problem)
    parts = (f"**{headline}**", where, hint, text)
    return "\n\n".join(part for part in parts if part)


def attempts_section(outcome: Outcome, asked: Asked) -> str:
    """Every update that was followed, where the platform went on with another."""
    attempts = outcome.attempts
    if len(attempts) <= 1:
        return ""
    header = ["#:", "Update", "Started by", "State", "Began", "Duration:", "Cause"]
    rows = [
        _attempt(number, attempt, asked, _because(attempts, number))
        for number, attempt in enumerate(attempts, start=1)
    ]
    return f"### Attempts\n\n{table(header, rows)}"


def _attempt(
    number: int, attempt: Attempt, asked: Asked, because: str
) -> Sequence[str]:
    return [
        str(number),
        short_link(attempt.update_id, attempt.url, asked),
        code(attempt.cause_text, LONGEST_NAME),
        code(attempt.state_text, LONGEST_NAME),
        moment(attempt.created),
        _between(attempt.created, attempt.ended),
        because,
    ]


def _because(attempts: Sequence[Attempt], number: int) -> str:
    """Why it ended so; the same reason is not told again in each row."""
    reason = _reason(attempts[number - 1])
    same = 1 + next(n for n, one in enumerate(attempts) if _reason(one) == reason)
    return f"as attempt {same}" if reason and same < number else reason


def _reason(attempt: Attempt) -> str:
    first = attempt.problems[0].headline if attempt.problems else ""
    return code(first or attempt.cancellation_cause, LONGEST_NAME)


def flows_section(outcome: Outcome) -> str:
    """The flows of the last attempt, with what they wrote and how long they took."""
    if not outcome.flows or outcome.result is Result.VALIDATED:
        return ""  # of a dry run, no flow ran
    header = ["Flow", "Status", "Rows:", "Upserted:", "Deleted:", "Dropped:"]
    header += ["Duration:", "Failed tries:"]
    ordered = worst_flows_first(outcome.flows)
    counted = _statuses(ordered)
    if counted:  # what was skipped has nothing to tell, and would fill all the rows
        ordered.sort(key=lambda flow: flow.status is FlowStatus.SKIPPED)
    rows = [_flow(flow) for flow in ordered]
    note = "" if outcome.log_complete else _AS_LAST_TOLD
    parts = ["### Flows", note, counted, folded(header, rows, "flow")]
    return "\n\n".join(part for part in parts if part)


def _statuses(ordered: Sequence[FlowRow]) -> str:
    """How many flows are of each status, where a table does not show it at a glance."""
    if len(ordered) <= SHOWN_ROWS:
        return ""
    counted = list(Counter(flow.status_text for flow in ordered).items())
    if len(counted) == 1:
        status = code(counted[0][0], LONGEST_NAME)
        return f"{plural(len(ordered), 'flow')}, all {status}"
    words = [
        f"{count(number)} {code(text, LONGEST_NAME)}"
        for text, number in counted[:MOST_STATUSES]
    ]
    others = sum(number for _, number in counted[MOST_STATUSES:])
    if others:
        words.append(f"{count(others)} other")
    return f"{plural(len(ordered), 'flow')}: {' · '.join(words)}"


def _flow(flow: FlowRow) -> Sequence[str]:
    return [
        named(flow.name),
        f"{FLOW_MARKS[flow.status]}&nbsp;{code(flow.status_text, LONGEST_NAME)}",
        _number(flow.rows),
        _number(flow.upserted),
        _number(flow.deleted),
        _number(flow.dropped),
        "" if flow.seconds is None else duration(flow.seconds),
        _number(flow.failures) if flow.failures else "",
    ]


def folded(header: Sequence[str], rows: Sequence[Sequence[str]], noun: str) -> str:
    """A table of *rows*, as long as one of a summary may be; each is a *noun*."""
    return folded_table(header, rows, noun, shown=SHOWN_ROWS, folded=FOLDED_ROWS)


def _number(number: int | None) -> str:
    return "" if number is None else count(number)


def _between(began: datetime | None, ended: datetime | None) -> str:
    if began is None or ended is None:
        return ""
    return duration((ended - began).total_seconds())
