"""The first and the last lines of the log."""

from __future__ import annotations

from dlt_action.core.plan import Plan
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.telling import failure
from dlt_action.core.text import one_line
from dlt_action.core.words import duration
from dlt_action.reports.order import problems, root_cause, speaks_http


def opening(asked: Asked) -> str:
    """What is about to be done, where and as whom; a full refresh first of all."""
    lines = [f"dlt-action {asked.version} · {asked.host} · {asked.sign_in}"]
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
    timeout = asked.timeout_seconds
    clock = ""
    if timeout is not None and plan.wait:
        clock = f" · timeout {duration(timeout)}"
    lines.append(f"waits for: {asked.waits_for}{clock}")
    lines.append(plan.links.pipeline(pipeline.pipeline_id))
    return "\n".join(lines)


def closing(record: Record) -> str:
    """Verdict, cause and link: the lines that people scroll to."""
    return "\n".join(line for one in record.outcomes for line in _lines(one))


def _lines(outcome: Outcome) -> list[str]:
    lines = [f"{outcome.result.value}: {outcome.reason}"]
    lines.extend(f"{problem}" for problem in outcome.input_problems)
    if outcome.server_said:
        said = one_line(outcome.server_said, limit=700)
        lines.append(f"{'the API' if speaks_http(said) else 'cause'}: {said}")
    found = problems(outcome)
    if found and root_cause(outcome) == one_line(found[0].headline):
        lines.append(failure(found[0]))
    lines.extend(line for line in outcome.advice.splitlines() if line)
    link = outcome.update_url if outcome.update_url else outcome.pipeline_url
    return [*lines, link] if link else lines
