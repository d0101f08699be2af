"""
Why it ended so: what a person reads first, and reads once.

A broken rule with its number, who canceled it, or the error with its place, what
usually helps, and its text. Whatever is told here is not told again below.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dlt_action.core.markdown import block, code, details, inline
from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import GateRow, Outcome, Problem
from dlt_action.core.sources import told
from dlt_action.core.words import count, place, plural
from dlt_action.reports.gatetable import worst_rows_first
from dlt_action.reports.links import LONGEST_NAME, documented
from dlt_action.reports.order import canceled_by, ended_by_its_errors, problems

LONGEST_HEADLINE = 500  # characters
LONGEST_DETAIL = 4000
SHOWN_LINES = 15  # of an error's text; more of them are folded away


def cause_section(outcome: Outcome) -> Iterator[str]:
    """Why it ended so, the most useful line first; nothing where all is well."""
    broken = [row for row in worst_rows_first(outcome.gate) if row.mandatory]
    broken = [row for row in broken if row.broken]
    first = explained(outcome)
    if outcome.result is Result.GATE_FAILED and broken:
        yield f"**Cause:** {_broken(broken)}"
    elif any(canceled_by(outcome)):
        yield _canceled(*canceled_by(outcome))
    elif first is not None:
        headline = code(first.headline, LONGEST_HEADLINE) or "(no message)"
        where = where_and_when(first)
        yield f"**Cause:** {headline}" + (f"<br>\n{where}" if where else "")
        yield hint_of(first)
        yield text_of(first)


def _canceled(who: str, why: str) -> str:
    shown = code(why)
    if not who:
        return f"**Canceled:** {shown}"
    return f"**Canceled by** {code(who)}" + (f" ({shown})" if shown else "")


def explained(outcome: Outcome) -> Problem | None:
    """The error that is told as the cause; None where none is."""
    if not ended_by_its_errors(outcome) or any(canceled_by(outcome)):
        return None
    return next(iter(problems(outcome)), None)


def _broken(rows: list[GateRow]) -> str:
    first = rows[0]
    facts = (
        f"{code(first.subject, LONGEST_NAME)} breaks {code(first.rule, LONGEST_NAME)}",
        inline(first.measured, LONGEST_NAME) or inline(first.verdict.value),
        inline(first.reason, LONGEST_NAME),
        f"{count(len(rows) - 1)} more below" if len(rows) > 1 else "",
    )
    return " · ".join(fact for fact in facts if fact)


def where_and_when(problem: Problem) -> str:
    """The flow, the exception, the place and the time, as far as they are known."""
    named = problem.exception.strip() in problem.headline
    facts = (
        ("flow", code(problem.flow or "", LONGEST_NAME)),
        ("at", code(told(problem), LONGEST_NAME)),
        ("in the workspace", _deployed(problem)),
        ("exception", "" if named else code(problem.exception, LONGEST_NAME)),
        ("time", moment(problem.at)),
    )
    return " · ".join(f"{label} {value}" for label, value in facts if value)


def _deployed(problem: Problem) -> str:
    where = None if problem.source is None else problem.location
    return "" if where is None else code(place(where), LONGEST_NAME)


def hint_of(problem: Problem, limit: int | None = None) -> str:
    """What usually helps, with its page; ``""`` where nobody knows."""
    hint = problem.hint
    if hint is None:
        return ""
    page = documented(hint.url)
    more = f" [Documentation]({page})" if page else ""
    return f"**What usually helps:** {inline(hint.text, limit)}{more}"


def text_of(problem: Problem) -> str:
    """The error's text as a block, without the line that became the headline."""
    text = rest_of(problem)
    if not text:
        return ""
    shown = block(text, LONGEST_DETAIL)
    lines = text.count("\n") + 1
    if lines <= SHOWN_LINES:
        return shown
    return details(f"The error's text, {plural(lines, 'line')}", shown)


def rest_of(problem: Problem) -> str:
    """The text of *problem* without the headline that it most often begins with."""
    text = problem.detail.strip()
    first, _, rest = text.partition("\n")
    return rest.strip("\r\n") if first.strip() == problem.headline.strip() else text


def moment(at: datetime | None) -> str:
    """*at* for people; ``""`` where nobody knows."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def skipped(outcome: Outcome) -> str:
    """How many flows were skipped because others failed."""
    # They have nothing to tell of their own: one line for them all.
    number = sum(flow.status is FlowStatus.SKIPPED for flow in outcome.flows)
    failed = [flow for flow in outcome.flows if flow.status is FlowStatus.FAILED]
    if not number or not failed:
        return ""
    one = f"{code(failed[0].name, LONGEST_NAME)} failed"
    why = one if len(failed) == 1 else f"{plural(len(failed), 'flow')} failed"
    were = "was" if number == 1 else "were"
    return f"{plural(number, 'flow')} {were} skipped because {why}."
