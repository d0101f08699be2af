"""
`junit.xml`: a suite for each pipeline, for whatever shows test results.

The elements and attributes are those of Jenkins' schema (junit-10.xsd of its xUnit
plugin), which the others read as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dlt_action.core.model import Result
from dlt_action.core.record import Outcome, Record
from dlt_action.core.text import cut, one_line, visible
from dlt_action.reports.cases import Case, Kind, cases_of
from dlt_action.reports.order import ended_badly, pieces_of, rows_of
from dlt_action.reports.overview import called

LONGEST_NAME = 300  # characters
LONGEST_MESSAGE = 500
LONGEST_TEXT = 4000

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def render(record: Record) -> str:
    """*record* as JUnit's XML."""
    suites = [
        (one, cases_of(one, green=_is_green(one, outcome, record)))
        for outcome in record.outcomes
        for one in pieces_of([outcome])
    ]
    every = [case for _, cases in suites for case in cases]
    seconds = sum(outcome.seconds for outcome in record.outcomes)
    head = f'name="dlt-action" time="{_seconds(seconds)}"{_counts(every)}'
    body = "".join(_suite(outcome, cases) for outcome, cases in suites)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {head}>\n{body}</testsuites>\n"
    )


def _is_green(piece: Outcome, outcome: Outcome, record: Record) -> bool:
    """Whether a *piece* of an *outcome* is no reason for the record to be red."""
    # What did not begin did so for the sake of something else, which is red.
    waived = piece.result is Result.SKIPPED and piece is not record.worst
    return waived or not ended_badly(outcome)


def _suite(outcome: Outcome, cases: Sequence[Case]) -> str:
    name = called(outcome) or "pipeline"
    if outcome.task:
        name = f"{name} (task {outcome.task})"
    began = next((one.created for one in outcome.attempts if one.created), None)
    stamp = f' timestamp="{_stamp(began)}"' if began is not None else ""
    body = "".join(map(_element, cases))
    return (
        f'<testsuite name="{_attribute(name)}"{_counts(cases)}{_skipped(cases)}'
        f' time="{_seconds(outcome.seconds)}"{stamp}>\n'
        f"{_properties(outcome)}{body}</testsuite>\n"
    )


def _properties(outcome: Outcome) -> str:
    facts = (
        ("result", outcome.result.value),
        ("reason", outcome.reason),
        ("pipeline-id", outcome.pipeline_id),
        ("job-run-id", None if outcome.job is None else outcome.job.run_id),
        ("update-id", outcome.update_id),
        ("update-url", outcome.update_url),
        ("state", outcome.state),
        ("rows-written", _optional(rows_of(outcome))),
        ("gate-result", outcome.gate_result.value),
    )
    rows = "".join(
        f'<property name="{name}" value="{_attribute(value, LONGEST_MESSAGE)}"/>\n'
        for name, value in facts
        if value
    )
    return f"<properties>\n{rows}</properties>\n"


def _element(case: Case) -> str:
    time = "" if case.seconds is None else f' time="{_seconds(case.seconds)}"'
    head = f'classname="{_attribute(case.group)}" name="{_attribute(case.name)}"{time}'
    parts = []
    if case.kind is not None:
        message = _attribute(case.message, LONGEST_MESSAGE)
        parts.append(
            f'<{case.kind} message="{message}">{_text(case.text)}</{case.kind}>'
        )
    if case.out:
        parts.append(f"<system-out>{_text(case.out)}</system-out>")
    if not parts:
        return f"<testcase {head}/>\n"
    body = "\n".join(parts)
    return f"<testcase {head}>\n{body}\n</testcase>\n"


def _counts(cases: Sequence[Case]) -> str:
    kinds = [case.kind for case in cases]
    return (
        f' tests="{len(cases)}" failures="{kinds.count(Kind.FAILURE)}"'
        f' errors="{kinds.count(Kind.ERROR)}"'
    )


def _skipped(cases: Sequence[Case]) -> str:
    return f' skipped="{sum(case.kind is Kind.SKIPPED for case in cases)}"'


def _attribute(text: str, limit: int = LONGEST_NAME) -> str:
    return _text(one_line(text, limit))


def _text(text: str) -> str:
    """*text* as characters that XML 1.0 allows, none of which is read as markup."""
    # What cannot be seen is spelled out: what XML forbids is a part of that.
    return cut(visible(text), LONGEST_TEXT).translate(_ESCAPES)


def _seconds(seconds: float) -> str:
    return f"{max(seconds, 0.0):.3f}"


def _stamp(at: datetime) -> str:
    # Readers know no zone here; it is UTC everywhere else as well.
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _optional(number: int | None) -> str:
    return "" if number is None else str(number)
