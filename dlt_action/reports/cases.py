"""
What a run was made of, as test cases: passed, failed, or somewhere between.

Cases are the updates that were followed, the flows of the last one, its expectations
and the rules of the gate. They are red exactly where the run is: a flow that recovered,
an update that the platform started again, records that failed an expectation which no
mandatory rule judges, count as skipped, which readers show in yellow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from dlt_action.core.flows import plain_name
from dlt_action.core.model import FlowStatus, Result, UpdateState
from dlt_action.core.record import (
    Attempt,
    ExpectationRow,
    FlowRow,
    GateRow,
    GateVerdict,
    Outcome,
    Problem,
)
from dlt_action.core.text import cut, one_line
from dlt_action.core.violations import violations
from dlt_action.core.words import count, place, plural, share
from dlt_action.lean import dataclass, replace
from dlt_action.reports.order import (
    ended_badly,
    ended_by_its_errors,
    root_cause,
    worst_expectations_first,
    worst_flows_first,
)

MOST_CASES = 2000  # of a kind: as many flows as a tally tells apart
_SHOWN_PROBLEMS = 3
_LONGEST_PART = 200  # characters of a message


class Kind(StrEnum):
    """What is said of a case that did not simply pass: the element's name."""

    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One case; texts are remote, all of them."""

    group: str
    name: str
    kind: Kind | None = None
    message: str = ""
    text: str = ""
    seconds: float | None = None
    out: str = ""


def cases_of(outcome: Outcome, *, green: bool = False) -> list[Case]:
    """
    The cases of *outcome*; where it ended badly, at least one is red.

    Of a part of a *green* run, none is.
    """
    cases = [
        *_tasks(outcome),
        *_attempts(outcome),
        *_some(_flow(row, outcome) for row in worst_flows_first(outcome.flows)),
        *_some(_expectations(outcome)),
        *_some(map(_rule, outcome.gate)),
    ]
    if ended_badly(outcome) and not any(case.kind is Kind.FAILURE for case in cases):
        cases = [_the_run(outcome), *cases]
    well = green or not ended_badly(outcome)
    return [_yellow(case) for case in cases] if well else cases


def _yellow(case: Case) -> Case:
    """*case*, which is no reason to be red."""
    return case if case.kind is None else replace(case, kind=Kind.SKIPPED)


def _some(cases: Iterable[Case]) -> Iterator[Case]:
    """The first of *cases*, and how many more there are."""
    left = 0
    group = ""
    for number, case in enumerate(cases):
        group = case.group
        if number < MOST_CASES:
            yield case
        else:
            left += 1
    if left:
        yield Case(group, f"{plural(left, 'more case')} left out", Kind.SKIPPED)


_KINDS = {
    Result.FAILED: Kind.FAILURE,
    Result.CANCELED: Kind.FAILURE,
    Result.GATE_FAILED: Kind.FAILURE,
}


def _the_run(outcome: Outcome) -> Case:
    """What ended badly though the update, as far as it is known, did not."""
    kind = _KINDS.get(outcome.result, Kind.ERROR)
    return Case(
        "run",
        outcome.result.value,
        kind,
        outcome.reason,
        "\n".join(part for part in (root_cause(outcome), outcome.advice) if part),
    )


def _tasks(outcome: Outcome) -> Iterator[Case]:
    """The tasks of the job run, where it has more than the one that is told of."""
    tasks = () if outcome.job is None else outcome.job.tasks
    for task in tasks if len(tasks) > 1 else ():
        kind = None
        if not task.ok:
            kind = Kind.SKIPPED if task.ok is None else Kind.FAILURE
        message = ": ".join(part for part in (task.state, task.message) if part)
        shown = message if kind is not None else ""
        yield Case("tasks", task.key, kind, shown, seconds=task.seconds, out=task.url)


def _attempts(outcome: Outcome) -> Iterator[Case]:
    for number, attempt in enumerate(outcome.attempts, start=1):
        last = number == len(outcome.attempts)
        kind, message = _of_state(attempt, last=last)
        text = _told(attempt.problems[:_SHOWN_PROBLEMS]) if kind is not None else ""
        if kind is Kind.FAILURE and (not text or not ended_by_its_errors(outcome)):
            text = "\n\n".join(part for part in (outcome.reason, text) if part)
        ends = (attempt.created, attempt.ended)
        yield Case(
            "updates",
            f"attempt {number}: {attempt.update_id}",
            kind,
            message,
            text,
            seconds=_between(*ends),
            out=attempt.url,
        )


def _of_state(attempt: Attempt, *, last: bool) -> tuple[Kind | None, str]:
    if attempt.state is UpdateState.COMPLETED:
        return None, ""
    ended = _ended(attempt)
    if not last:
        return Kind.SKIPPED, f"{ended}; the platform went on"
    if attempt.state in (UpdateState.FAILED, UpdateState.CANCELED):
        return Kind.FAILURE, ended
    return Kind.SKIPPED, f"{attempt.state_text} at the last look"


def _ended(attempt: Attempt) -> str:
    """The state, and who or what canceled the update."""
    if attempt.state is not UpdateState.CANCELED:
        return attempt.state_text
    who, why = one_line(attempt.canceled_by), one_line(attempt.cancellation_cause)
    by = f" by {cut(who, _LONGEST_PART)}" if who else ""
    return attempt.state_text + by + (f" ({cut(why, _LONGEST_PART)})" if why else "")


_WELL = (FlowStatus.COMPLETED, FlowStatus.IDLE)


def _flow(flow: FlowRow, outcome: Outcome) -> Case:
    kind, message, text = None, "", ""
    if flow.status is FlowStatus.FAILED:
        mine = [
            one for one in outcome.problems if plain_name(one.flow or "") == flow.name
        ]
        kind = Kind.FAILURE
        message = mine[0].headline if mine else flow.status_text
        # Readers show the message, or the text, or both: it begins with what failed,
        # as a stack trace does, and is left out where it says nothing more.
        full = _told(mine[:_SHOWN_PROBLEMS])
        text = full if full != message else ""
    elif flow.status not in _WELL and outcome.result is not Result.RUNNING:
        kind, message = Kind.SKIPPED, flow.status_text
    numbers = (
        ("rows", flow.rows),
        ("upserted", flow.upserted),
        ("deleted", flow.deleted),
        ("dropped", flow.dropped),
        ("failed tries", flow.failures if flow.failures else None),
    )
    told = (f"{name}: {number}" for name, number in numbers if number is not None)
    return Case(
        "flows", flow.name, kind, message, text, flow.seconds, out="\n".join(told)
    )


def _expectations(outcome: Outcome) -> Iterator[Case]:
    """Each expectation once: readers take two cases of one name for one case."""
    broke = violations(outcome)
    for dataset, name in broke:
        yield _violation(dataset, name)
    for row in worst_expectations_first(outcome.expectations):
        if (row.dataset, row.name) not in broke:
            yield _expectation(row)


def _violation(dataset: str, name: str) -> Case:
    """An expectation that fails the update: all that is known is that it did."""
    message = "violated: the flow failed by it, and the log tells no number"
    return Case(f"expectations.{dataset}", name, Kind.FAILURE, message)


def _expectation(row: ExpectationRow) -> Case:
    whole = row.passed + row.failed
    numbers = f"{count(row.failed)} of {plural(whole, 'record')} failed"
    return Case(
        f"expectations.{row.dataset}",
        row.name,
        Kind.SKIPPED if row.failed else None,
        f"{numbers} ({share(row.failed, whole)})" if row.failed else "",
        out=f"passed: {row.passed}\nfailed: {row.failed}",
    )


_UNJUDGED = (
    GateVerdict.NO_DATA,
    GateVerdict.NO_BASELINE,
    GateVerdict.NOT_JUDGED,
    GateVerdict.NOT_AVAILABLE,
)


def _rule(row: GateRow) -> Case:
    kind = None
    if row.broken:
        kind = Kind.FAILURE if row.mandatory else Kind.SKIPPED
    elif row.verdict in _UNJUDGED:
        kind = Kind.SKIPPED
    facts = "; ".join(part for part in (row.measured, row.reason) if part)
    return Case(
        "gate",
        f"{row.rule} - {row.subject}" if row.subject else row.rule,
        kind,
        f"{row.verdict.value}{facts and f': {facts}'}" if kind is not None else "",
        out=row.measured,
    )


def _told(problems: Sequence[Problem]) -> str:
    return "\n\n".join(
        "\n".join(
            part
            for part in (
                problem.headline,
                "" if problem.location is None else f"at {place(problem.location)}",
                _more(problem),
                f"hint: {problem.hint.text}" if problem.hint is not None else "",
            )
            if part
        )
        for problem in problems
    )


def _more(problem: Problem) -> str:
    """What the detail says beyond the headline, which it mostly begins with."""
    first, _, rest = problem.detail.partition("\n")
    same = one_line(first) == problem.headline
    return rest if same else problem.detail


def _between(began: datetime | None, ended: datetime | None) -> float | None:
    return None if began is None or ended is None else (ended - began).total_seconds()
