"""The first and the last lines of the log."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from dlt_action.core.model import UpdateState
from dlt_action.core.plan import IfActive, Plan
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.telling import failure
from dlt_action.core.text import one_line, visible
from dlt_action.core.words import duration, plural
from dlt_action.reports.gatetable import gate_lines
from dlt_action.reports.order import problems, root_cause, speaks_http


def opening(asked: Asked) -> str:
    """What is about to be done, where and as whom; a full refresh first of all."""
    lines = [f"dlt-action {asked.version} · {asked.host} · {asked.sign_in}"]
    if asked.left_aside:
        lines.append(f"sign-in left aside: {', '.join(asked.left_aside)}")
    if asked.resets:
        what = "the tables named below" if asked.selection else "EVERY table"
        lines.insert(0, f"{asked.kind}: {what} will be reset and recomputed")
    return "\n".join(lines)


def introduction(asked: Asked, plan: Plan) -> str:
    """The pipeline, what is asked of it, and with how much patience."""
    pipeline = plan.pipeline
    name = one_line(pipeline.name, limit=200)
    lines = [f"pipeline {name} ({pipeline.pipeline_id}) · {asked.kind}"]
    if asked.selection:
        lines.append(f"selection: {one_line(', '.join(asked.selection), limit=1000)}")
    if asked.rules:
        lines.append(f"quality gate: {plural(asked.rules, 'rule')}")
    lines.append(" · ".join((f"waits for: {asked.waits_for}", *_terms(asked, plan))))
    lines.append(plan.links.pipeline(pipeline.pipeline_id))
    return "\n".join(lines)


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
    if plan.take_up is None:
        yield f"if another update is active: {plan.if_active.value}"


def closing(record: Record) -> str:
    """Verdict, cause and link: the lines that people scroll to."""
    return "\n".join(line for one in record.outcomes for line in _lines(one))


def _lines(outcome: Outcome) -> list[str]:
    lines = [*gate_lines(outcome), f"{outcome.result.value}: {outcome.reason}"]
    for problem in outcome.input_problems:
        lines.append(f"{problem}")
        lines.extend(f"    {line}" for line in problem.paste.splitlines())
    if outcome.server_said:
        said = one_line(outcome.server_said, limit=700)
        lines.append(f"{'the API' if speaks_http(said) else 'cause'}: {said}")
    lines.extend(_canceled(outcome))
    found = problems(outcome)
    if found and root_cause(outcome) == one_line(found[0].headline):
        lines.append(failure(found[0]))
    lines.extend(line for line in outcome.advice.splitlines() if line)
    lines.extend(f"    {line}" for line in visible(outcome.paste).splitlines())
    link = outcome.update_url if outcome.update_url else outcome.pipeline_url
    return [*lines, link] if link else lines


def _canceled(outcome: Outcome) -> Iterator[str]:
    """Who canceled the last update, and why, as far as its log tells."""
    last = outcome.attempts[-1] if outcome.attempts else None
    if last is None or last.state is not UpdateState.CANCELED:
        return
    who = one_line(last.canceled_by, limit=200)
    why = one_line(last.cancellation_cause, limit=100)
    if who or why:
        by = f" by {who}" if who else ""
        yield f"canceled{by}" + (f" ({why})" if why else "")
