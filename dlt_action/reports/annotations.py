"""
Annotations: the few things that are worth a place beside the code or above the log.

A runner shows ten of a kind and drops the rest, so the most useful come first: the
verdict, then the errors, then warnings. A run that went well has nothing to annotate
but its warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dlt_action.core.model import Result
from dlt_action.core.record import Asked, Grade, Outcome, Problem, Record
from dlt_action.core.sources import told
from dlt_action.core.text import cut, one_line, visible
from dlt_action.reports.links import checked, documented
from dlt_action.reports.order import (
    ended_badly,
    problems,
    root_cause,
    worst_outcomes_first,
)
from dlt_action.reports.titles import TITLES

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
    outcomes = worst_outcomes_first(record.outcomes)
    found = [
        annotation
        for outcome in outcomes
        for annotation in (*_verdict(outcome, record.asked), *_errors(outcome))
    ]
    return found + [
        Annotation(grade="warning", title=_name(outcome), message=visible(text))
        for outcome in outcomes
        for text in outcome.warnings
    ]


def _name(outcome: Outcome) -> str:
    name = outcome.pipeline_name
    return "Pipeline update" if name is None else one_line(name, 100)


def _verdict(outcome: Outcome, asked: Asked) -> Iterator[Annotation]:
    if not ended_badly(outcome):
        return
    cause = "" if outcome.input_problems else root_cause(outcome)
    page = checked(outcome.update_url or outcome.pipeline_url, asked)
    said = cut(cause, LONGEST_DETAIL)
    lines = (outcome.reason, said, outcome.advice, outcome.paste, page)
    yield Annotation(
        grade="error",
        title=f"{TITLES[outcome.result]}: {_name(outcome)}",
        message=visible("\n".join(line for line in lines if line)),
    )
    for problem in outcome.input_problems:
        yield Annotation(
            grade="error",
            title=f"Input {one_line(problem.name)}",
            message=visible(
                f"{problem.what} {problem.remedy}\n{problem.paste}".rstrip()
            ),
        )


def _errors(outcome: Outcome) -> Iterator[Annotation]:
    # Where a gate fails, the update completed: what failed in it recovered.
    if ended_badly(outcome) and outcome.result is not Result.GATE_FAILED:
        yield from (_error(problem) for problem in problems(outcome))


def _error(problem: Problem) -> Annotation:
    where, source = told(problem), problem.source
    # Most details begin with the line that became the headline.
    rest = problem.detail.strip().removeprefix(problem.headline.strip()).strip("\n")
    lines = [
        problem.headline,
        f"at {where}" if where else "",
        _hint(problem),
        cut(rest, LONGEST_DETAIL),
    ]
    return Annotation(
        grade="error",
        title=one_line(f"Flow {problem.flow}" if problem.flow else "Pipeline", 100),
        message=visible("\n".join(line for line in lines if line)),
        # A path of the workspace is no file of the checkout until it was found there.
        file=None if source is None else one_line(source.path),
        line=None if source is None else source.line,
    )


def _hint(problem: Problem) -> str:
    hint = problem.hint
    return "" if hint is None else f"{hint.text} {documented(hint.url)}".rstrip()
