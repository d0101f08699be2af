"""
Annotations: the few things that are worth a place beside the code or above the log.

A runner shows ten of a kind and drops the rest, so the most useful come first: the
verdicts, each with its cause at file and line, then the other errors, then warnings. A
run that went well has nothing to annotate but its warnings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from dlt_action.core.model import Result
from dlt_action.core.record import Asked, GateRow, Outcome, Problem, Record
from dlt_action.core.sources import told
from dlt_action.core.text import Grade, cut, one_line, visible
from dlt_action.lean import dataclass
from dlt_action.reports.cause import explained, rest_of
from dlt_action.reports.gatetable import broken_line, gate_cause, worst_rows_first
from dlt_action.reports.links import checked, documented
from dlt_action.reports.order import (
    ended_badly,
    pages_of,
    pieces_of,
    problems,
    root_cause,
    worst_outcomes_first,
)
from dlt_action.reports.overview import called
from dlt_action.reports.titles import title_of

# Ended by what is in the pipeline or its data, and not by how it was run.
_OF_THE_DATA = frozenset({Result.FAILED, Result.CANCELED, Result.GATE_FAILED})
MOST_SHOWN = 10  # of a kind, by a runner
LONGEST_DETAIL = 1000  # characters: an annotation is read above the log, not instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One thing to show outside of the log; texts may hold remote text."""

    grade: Grade
    title: str
    message: str
    file: str | None = None  # relative to the checkout
    line: int | None = None


def render(record: Record) -> list[Annotation]:
    """The annotations for *record*, most useful first."""
    outcomes = pieces_of(worst_outcomes_first(record.outcomes))
    if len(outcomes) > 1:  # what was not begun is so for the sake of another
        outcomes = [one for one in outcomes if one.result is not Result.SKIPPED]
    told = _but_twins(outcomes)
    found = [one for outcome in told for one in _verdict(outcome, record.asked)]
    found += [one for outcome in outcomes for one in _others(outcome, record.asked)]
    found += [
        Annotation(
            grade="warning", title=_name(outcome, record.asked), message=visible(text)
        )
        for outcome in outcomes
        for text in outcome.warnings
    ]
    return found if len(record.outcomes) == 1 else _bounded(found)


def _but_twins(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """*outcomes* but those whose gate failed by just what failed another's."""
    # A rule that matches nothing in any pipeline of the step breaks in all of them.
    seen: set[str] = set()
    for outcome in outcomes:
        cause = gate_cause(outcome)
        if not cause or cause not in seen:
            yield outcome
        seen.add(cause)


def _bounded(found: Sequence[Annotation]) -> list[Annotation]:
    """Of each kind as many as are shown; those of many pipelines would fill the log."""
    seen: Counter[Grade] = Counter()
    kept = []
    for one in found:
        seen[one.grade] += 1
        if seen[one.grade] <= MOST_SHOWN:
            kept.append(one)
    return kept


def _name(outcome: Outcome, asked: Asked) -> str:
    return one_line(called(outcome) or asked.pipeline, 100) or "Pipeline update"


def _verdict(outcome: Outcome, asked: Asked) -> Iterator[Annotation]:
    """How it ended and why, at the place of the error that ended it."""
    if not ended_badly(outcome):
        return
    cause = explained(outcome)
    said = "" if outcome.input_problems else cut(root_cause(outcome), LONGEST_DETAIL)
    why = (said,) if cause is None else tuple(_told(cause))
    verdict = (outcome.reason,)
    title = f"{title_of(outcome)}: {_name(outcome, asked)}"
    # What ended it is more than that it did; elsewhere the words of the API come last.
    first = (*why, *verdict) if outcome.result in _OF_THE_DATA else (*verdict, *why)
    pages = (checked(page, asked) for page in pages_of(outcome))
    texts: tuple[str, ...] = (*first, outcome.advice, outcome.paste, *pages)
    yield _annotation("error", title, texts, cause)
    for problem in outcome.input_problems:
        texts = (f"{problem.what} {problem.remedy}", problem.paste)
        yield _annotation("error", f"Input {one_line(problem.name)}", texts)


def _others(outcome: Outcome, asked: Asked) -> Iterator[Annotation]:
    """All errors but the one that the verdict tells."""
    if not ended_badly(outcome):
        return
    # Where a gate fails, the update completed: what failed in it recovered.
    if outcome.result is Result.GATE_FAILED:
        yield from _rules(outcome, asked)
        return
    cause = explained(outcome)
    for problem in outcome.problems if cause is None else problems(outcome)[1:]:
        title = one_line(f"Flow {problem.flow}" if problem.flow else "Pipeline", 100)
        # What is not known to have ended it may have recovered.
        grade: Grade = "warning" if cause is None else "error"
        yield _annotation(grade, title, tuple(_told(problem)), problem)


def _rules(outcome: Outcome, asked: Asked) -> Iterator[Annotation]:
    """The rules that broke the gate, but the one that the verdict tells."""
    rules: dict[str, list[GateRow]] = {}
    for row in worst_rows_first(outcome.gate):
        if row.broken and row.mandatory:
            rules.setdefault(row.rule, []).append(row)
    for worst, *others in islice(rules.values(), 1, MOST_SHOWN):
        more = f"The rule broke for {len(others):,} more." if others else ""
        texts = (broken_line(worst), more)
        yield _annotation("error", f"Quality gate: {_name(outcome, asked)}", texts)


def _told(problem: Problem) -> Iterator[str]:
    yield problem.headline
    flow, where = one_line(problem.flow or "", 100), told(problem)
    facts = (f"in flow {flow}" if flow else "", f"at {where}" if where else "")
    yield " ".join(fact for fact in facts if fact)
    yield _hint(problem)
    yield cut(rest_of(problem), LONGEST_DETAIL)


def _annotation(
    grade: Grade, title: str, texts: Sequence[str], problem: Problem | None = None
) -> Annotation:
    # A path of the workspace is no file of the checkout until it was found there.
    source = None if problem is None else problem.source
    return Annotation(
        grade=grade,
        title=title,
        message=visible("\n".join(text.rstrip() for text in texts if text.strip())),
        file=None if source is None else one_line(source.path),
        line=None if source is None else source.line,
    )


def _hint(problem: Problem) -> str:
    hint = problem.hint
    return "" if hint is None else f"{hint.text} {documented(hint.url)}".rstrip()
