"""What the log is told before the start, and at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from dlt_action.core.model import Result
from dlt_action.core.plan import IfActive, JobPlan, Plan
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.telling import failure
from dlt_action.core.text import cut, one_line, visible
from dlt_action.core.words import count, duration, plural
from dlt_action.lean import replace
from dlt_action.reports.gatetable import gate_cause, gate_lines
from dlt_action.reports.order import (
    canceled_by,
    ended_badly,
    pages_of,
    problems,
    root_cause,
    said_of,
    speaks_http,
    worst_outcomes_first,
)
from dlt_action.reports.overview import (
    culprit_of,
    follows,
    how_it_ended,
    labels_of,
    verdict_of_all,
)

MOST_LISTED = 100
LONGEST_CAUSE = 300  # characters, in the line of one of several
MOST_TOLD = 20  # of those that are not the worst


def introduction(
    asked: Asked, plans: Sequence[Plan], *, at_once: int = 1, fail_fast: bool = False
) -> str:
    """The pipelines, what is asked of them, and with how much patience."""
    plan = plans[0]
    job = plan.job
    if job is not None and job.job_id is not None:
        lines = [*_job(job, plan, asked)]
    elif len(plans) == 1:
        by_job = () if job is None else ("by a one-time job run (submit-run)",)
        lines = [" · ".join((_called(plan), asked.kind, *by_job))]
    else:
        facts = (asked.kind, f"{min(at_once, len(plans))} at the same time")
        ends = ("fail-fast",) if fail_fast else ()
        many = plural(len(plans), "pipeline")
        lines = [" · ".join((many, *facts, *ends)), *_listed(plans)]
    if asked.selection:
        lines.append(f"selection: {one_line(', '.join(asked.selection), limit=1000)}")
    if asked.rules:
        lines.append(f"quality gate: {plural(asked.rules, 'rule')}")
    lines.append(" · ".join((f"waits for: {asked.waits_for}", *_terms(asked, plan))))
    if len(plans) == 1 and (job is None or job.job_id is None):
        lines.append(plan.links.pipeline(plan.pipeline.pipeline_id))
    return "\n".join(lines)


def _job(job: JobPlan, plan: Plan, asked: Asked) -> Iterator[str]:
    """The job, and which task updates which pipeline."""
    tasks = [plural(len(job.tasks), "Pipeline task")]
    if job.others:
        tasks.append(plural(job.others, "other task"))
    facts = (f"job {one_line(job.name, limit=200)} ({job.job_id})", asked.kind, *tasks)
    page = "" if job.job_id is None else f": {plan.links.job(job.job_id)}"
    yield " · ".join(facts) + page
    for task in job.tasks[:MOST_LISTED]:
        name = _called(replace(plan, pipeline=task.pipeline))
        link = plan.links.pipeline(task.pipeline.pipeline_id)
        yield f"task {one_line(task.key, limit=100)}: {name}: {link}"
    if len(job.tasks) > MOST_LISTED:
        yield plural(len(job.tasks) - MOST_LISTED, "more task")


def _called(plan: Plan) -> str:
    pipeline = plan.pipeline
    return f"pipeline {one_line(pipeline.name, limit=200)} ({pipeline.pipeline_id})"


def _listed(plans: Sequence[Plan]) -> Iterator[str]:
    """Each pipeline and its page, as long as a person reads on."""
    for plan in plans[:MOST_LISTED]:
        link = plan.links.pipeline(plan.pipeline.pipeline_id)
        yield f"{_called(plan)}: {link}"
    if len(plans) > MOST_LISTED:
        yield plural(len(plans) - MOST_LISTED, "more pipeline")


def _terms(asked: Asked, plan: Plan) -> Iterator[str]:
    """The clocks, and how to meet another update."""
    waits = plan.wait or plan.if_active in (IfActive.WAIT, IfActive.REPLACE)
    clocks = (
        ("timeout", asked.timeout_seconds if waits else None),
        ("queue-timeout", plan.queue_timeout),
        ("stall-timeout", plan.stall_timeout),
    )
    for name, seconds in clocks:
        if seconds is not None and seconds < inf:
            yield f"{name} {duration(seconds)}"
    if plan.take_up is None and plan.job is None:
        yield f"if another update is active: {plan.if_active.value}"


def closing(record: Record) -> str:
    """Verdict, cause and link: the lines that people scroll to."""
    if len(record.outcomes) == 1:
        return "\n".join(line for one in record.outcomes for line in _lines(one))
    return "\n".join(_of_all(record))


def _of_all(record: Record) -> Iterator[str]:
    """All at a glance, those that did not do as asked, and the worst at length."""
    names, worst = labels_of(record), record.worst
    bad = [one for one in worst_outcomes_first(record.outcomes) if ended_badly(one)]
    others = [one for one in bad if one is not worst]
    yield f"{verdict_of_all(record)}."
    if len(others) > MOST_TOLD:
        yield f"{count(len(others) - MOST_TOLD)} more did not do as asked"
    culprit = culprit_of(record)
    who = f"{names[id(culprit)]} {how_it_ended(culprit)}" if culprit else ""
    for one in reversed(others[:MOST_TOLD]):
        why = _for_its_sake(one, who) if who and follows(one) else _why(one)
        yield f"[{names[id(one)]}] {one.result.value}: {why}"
    for one in _with_pages(record)[:MOST_LISTED]:
        yield f"[{names[id(one)]}] {pages_of(one)[-1]}"
    for line in _lines(worst, alone=False):
        yield f"[{names[id(worst)]}] {line}"


def _with_pages(record: Record) -> list[Outcome]:
    """The job runs that go on without us: nothing else says where they are."""
    return [
        one
        for one in record.outcomes
        if one.result is Result.STARTED
        and one.job is not None
        and one is not record.worst
        and pages_of(one)
    ]


def _why(outcome: Outcome) -> str:
    """Why it did not do as asked, in one line."""
    cause, reason = root_cause(outcome), one_line(outcome.reason)
    if not cause:
        return reason
    if outcome.result not in (Result.FAILED, Result.GATE_FAILED):
        return f"{reason} {cut(cause, LONGEST_CAUSE)}"
    tries = len(outcome.lead.attempts)
    return cut(cause, LONGEST_CAUSE) + (f" · {tries} attempts" if tries > 1 else "")


def _for_its_sake(outcome: Outcome, culprit: str) -> str:
    """Why it did not go on, where it is known for whose sake."""
    fast = " (fail-fast)" if outcome.failed_fast else ""
    # Its own first sentence says that it was another one.
    rest = one_line(outcome.reason).partition(". ")[2]
    return f"{culprit}{fast}. {rest}".rstrip()


def _lines(outcome: Outcome, *, alone: bool = True) -> list[str]:
    advice = [line for line in outcome.advice.splitlines() if line]
    gate = gate_cause(outcome)
    # What can be read on is told first: the verdict, its cause and the page come last.
    # Of one among several, the verdict says who it is about.
    early = advice if gate and alone else []
    lines = [*gate_lines(outcome), *early]
    lines.append(f"{outcome.result.value}: {outcome.reason}")
    for problem in outcome.input_problems:
        lines.append(f"{problem}")
        lines.extend(f"    {line}" for line in problem.paste.splitlines())
    said = one_line(said_of(outcome), limit=700)
    if said:
        lines.append(f"{'the API' if speaks_http(said) else 'cause'}: {said}")
    lines.extend([gate] if gate else [*_canceled(outcome), *_failure(outcome)])
    lines.extend([] if early else advice)
    lines.extend(f"    {line}" for line in visible(outcome.paste).splitlines())
    return [*lines, *pages_of(outcome)]


def _failure(outcome: Outcome) -> Iterator[str]:
    """The error that ended it, at its place, and what usually helps against it."""
    found = problems(outcome.lead)
    if not found or root_cause(outcome) != one_line(found[0].headline):
        return
    hint = found[0].hint
    helps = "" if hint is None else f" · what usually helps: {one_line(hint.text)}"
    yield f"{failure(found[0])}{helps}"


def _canceled(outcome: Outcome) -> Iterator[str]:
    """Who canceled the last update, and why, as far as its log tells."""
    who, why = canceled_by(outcome.lead)
    if who or why:
        by = f" by {who}" if who else ""
        yield f"canceled{by}" + (f" ({why})" if why else "")
