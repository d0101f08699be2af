"""
`comment.md`: what a pull request should show, for whoever posts it.

The verdict first and everything short: the step summary has the rest. No diagrams,
which a comment has no room for, and a marker that cannot be seen, by which a later
comment finds the one that it takes the place of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from dlt_action.core.jobs.rows import TaskRow
from dlt_action.core.markdown import code, inline, table
from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import (
    Asked,
    ExpectationRow,
    FlowRow,
    Outcome,
    Problem,
    Record,
)
from dlt_action.core.sources import told
from dlt_action.core.violations import violations
from dlt_action.core.words import count, duration, plural, share
from dlt_action.reports import gatetable
from dlt_action.reports.cause import cause_section, hint_of, skipped
from dlt_action.reports.jobtable import worst_tasks_first
from dlt_action.reports.links import link, prose
from dlt_action.reports.order import (
    canceled_by,
    ended_badly,
    pieces_of,
    problems,
    rows_of,
    said_of,
    speaks_http,
    worst_expectations_first,
    worst_flows_first,
    worst_outcomes_first,
)
from dlt_action.reports.overview import (
    called,
    heading_of_all,
    rest_of_verdict,
    table_of_all,
)
from dlt_action.reports.titles import MARKS, title_of

LONGEST = 60_000  # characters: a comment of GitHub's has room for 65,536
SHOWN_ROWS = 10
SHOWN_PROBLEMS = 5
SHOWN_LINES = 20  # to paste
_NAME = 80  # characters
_HEADLINE = 300
_NOT_OF_A_MARKER = re.compile(r"[^0-9A-Za-z_.]+|-{2,}")


def render(record: Record) -> str:
    """*record* as the Markdown of a comment."""
    pieces = pieces_of(worst_outcomes_first(record.outcomes))
    parts = []
    if len(record.outcomes) > 1:
        parts += [f"### {heading_of_all(record)}", rest_of_verdict(record)]
        parts.append(table_of_all(record, brief=True))
    if len(pieces) > 1:  # of what is well, the table tells enough
        bad = [one for one in pieces if ended_badly(one) or one.job is not None]
        pieces = [one for one in bad if one.result is not Result.SKIPPED]
    parts += [part for one in pieces for part in _outcome(one, record.asked)]
    parts = [part for part in parts if part]
    version = inline(record.asked.version, _NAME)
    last = f"<sub>dlt-action {version} · the step summary has all of it</sub>"
    return "\n\n".join(_fitting([_marker(record), *parts], last)) + "\n"


def _marker(record: Record) -> str:
    """Which pipeline the comment is about, in a comment that nobody sees."""
    ids = [_id_of(outcome) for outcome in record.outcomes[:SHOWN_ROWS]]
    more = len(record.outcomes) - SHOWN_ROWS
    if more > 0:
        ids.append(f"and {more} more")
    # Two hyphens, or a `>`, would end it.
    names = (_NOT_OF_A_MARKER.sub("-", one[:_NAME]).strip("-") for one in ids)
    return f"<!-- {' '.join(['dlt-action', *filter(None, names)])} -->"


def _id_of(outcome: Outcome) -> str:
    """The pipeline, or the job that updates several."""
    job = outcome.job
    if outcome.pipeline_id or job is None or job.job_id is None:
        return outcome.pipeline_id or ""
    return f"job-{job.job_id}"


def _fitting(parts: Sequence[str], last: str) -> Iterator[str]:
    """As many of *parts* as there is room for, and how many are left out."""
    room = LONGEST - len(last) - 100
    for number, part in enumerate(parts):
        room -= len(part) + 2
        if room < 0:
            yield f"_{plural(len(parts) - number, 'more part')} left out._"
            break
        yield part
    yield last


def _outcome(outcome: Outcome, asked: Asked) -> Iterable[str]:
    title = f"### {MARKS[outcome.result]} {title_of(outcome)}"
    name = code(called(outcome) or asked.pipeline, _NAME)
    parts = (
        f"{title}: {name}" if name else title,
        prose(outcome.reason, asked),
        *_causes(outcome),
        f"**What to do:** {prose(outcome.advice, asked)}" if outcome.advice else "",
        _pasted(outcome.paste),
        _inputs(outcome),
        "\n".join(f"* ⚠️ {prose(text, asked)}" for text in outcome.warnings[:5]),
        _facts(outcome, asked),
        _tasks(outcome),
        "" if outcome.task else _gate(outcome, asked),
        _flows(outcome),
        _expectations(outcome),
    )
    return (part for part in parts if part)


def _causes(outcome: Outcome) -> Iterator[str]:
    found = problems(outcome) if ended_badly(outcome) else ()
    if any(canceled_by(outcome)) or outcome.result is Result.GATE_FAILED:
        found = ()  # what failed in it is not why it ended so
        yield from cause_section(outcome)
    for problem in found[:SHOWN_PROBLEMS]:
        yield from _cause(problem)
    if len(found) > SHOWN_PROBLEMS:
        yield f"_{plural(len(found) - SHOWN_PROBLEMS, 'more error')}._"
    said = said_of(outcome)
    of_job = outcome.task or outcome.job is not None
    if said and not (of_job and found):
        label = "The API said" if speaks_http(said) else "Cause"
        yield f"**{label}:** {code(said, _HEADLINE)}"


def _cause(problem: Problem) -> Iterator[str]:
    words = [f"**Cause:** {code(problem.headline, _HEADLINE)}"]
    if problem.flow:
        words.append(f"in flow {code(problem.flow, _NAME)}")
    where = told(problem)
    if where:
        words.append(f"at {code(where, _NAME)}")
    yield " ".join(words)
    yield hint_of(problem, _HEADLINE)


def _pasted(text: str) -> str:
    """Lines to compare and to copy; a comment has no room for more than some."""
    lines = [code(line, _HEADLINE) for line in text.splitlines() if line.strip()]
    if len(lines) > SHOWN_LINES:
        more = plural(len(lines) - SHOWN_LINES, "more line")
        lines[SHOWN_LINES:] = [f"_{more}._"]
    return "<br>\n".join(lines)


def _inputs(outcome: Outcome) -> str:
    shown = outcome.input_problems[:SHOWN_ROWS]
    lines = [
        f"* {code(one.name, _NAME)}: {inline(one.what, _HEADLINE)}"
        f" {inline(one.remedy, _HEADLINE)}"
        for one in shown
    ]
    pasted = [_pasted(one.paste) for one in shown if one.paste.strip()]
    return "\n\n".join(["\n".join(lines), *pasted])


def _facts(outcome: Outcome, asked: Asked) -> str:
    last = outcome.attempts[-1] if outcome.attempts else None
    rows = rows_of(outcome)
    job = outcome.job
    facts = (
        link(f"job run {job.run_id}", job.url, asked) if job is not None else "",
        link(f"update {last.update_id}", last.url, asked) if last is not None else "",
        code(last.state_text, _NAME) if last is not None else "",
        f"{len(outcome.attempts)} attempts" if len(outcome.attempts) > 1 else "",
        duration(outcome.seconds) if outcome.seconds >= 1 else "",
        f"{plural(rows, 'row')} written" if rows is not None else "",
        _counted(outcome.flows),
    )
    return " · ".join(fact for fact in facts if fact)


def _tasks(outcome: Outcome) -> str:
    """The tasks of the job run that somebody has to look at."""
    tasks = () if outcome.job is None else outcome.job.tasks
    bad = worst_tasks_first([task for task in tasks if not task.ok])
    if not bad or len(tasks) <= 1:
        return ""
    return _titled("Tasks", ["Task", "State", "Message"], bad, _task)


def _task(task: TaskRow) -> Sequence[str]:
    message = code(task.message, _HEADLINE)
    return [code(task.key, _NAME), code(task.state, _NAME), message]


def _counted(flows: Sequence[FlowRow]) -> str:
    if not flows:
        return ""
    done = sum(flow.status is FlowStatus.COMPLETED for flow in flows)
    return f"{count(done)} of {plural(len(flows), 'flow')} completed"


def _gate(outcome: Outcome, asked: Asked) -> str:
    """What a person has to see of the gate, in the words of the step summary."""
    title = gatetable.gate_title(outcome, asked)
    if not title:
        return ""
    if not outcome.gate:
        return f"**{title}.** {gatetable.why_no_rows(outcome, asked)}"
    ordered = gatetable.worst_rows_first(outcome.gate)
    shown = [row for row in ordered if gatetable.loud(row)][:SHOWN_ROWS]
    parts = [f"**{title}**"]
    if shown:
        parts.append(table(gatetable.HEADER, [*map(gatetable.cells, shown)]))
    if len(ordered) > len(shown):
        more = "more " if shown else ""
        number = plural(len(ordered) - len(shown), f"{more}judgement")
        parts.append(f"_{number} in the step summary._")
    return "\n\n".join(parts)


def _flows(outcome: Outcome) -> str:
    """The flows that somebody has to look at; that all is well is told above."""
    why = skipped(outcome)
    well = {FlowStatus.COMPLETED, FlowStatus.IDLE, FlowStatus.EXCLUDED}
    if why:  # one line for them all
        well.add(FlowStatus.SKIPPED)
    bad = [flow for flow in outcome.flows if flow.status not in well or flow.failures]
    head = ["Flow", "Status", "Failed tries:"]
    listed = _titled("Flows", head, worst_flows_first(bad), _flow)
    return "\n\n".join(part for part in (listed, why) if part)


def _flow(flow: FlowRow) -> Sequence[str]:
    tries = str(flow.failures) if flow.failures else ""
    return [code(flow.name, _NAME), code(flow.status_text, _NAME), tries]


def _expectations(outcome: Outcome) -> str:
    """The expectations that records failed; those first that failed the update."""
    bad = worst_expectations_first(row for row in outcome.expectations if row.failed)
    head = ["Dataset", "Expectation", "Failed:", "Share failed:"]
    rows: Sequence[ExpectationRow | tuple[str, str]] = (*violations(outcome), *bad)
    return _titled("Expectations that records failed", head, rows, _expectation)


def _expectation(row: ExpectationRow | tuple[str, str]) -> Sequence[str]:
    if isinstance(row, tuple):
        dataset, name = row
        return [code(dataset, _NAME), code(name, _NAME), "violated", ""]
    return [
        code(row.dataset, _NAME),
        code(row.name, _NAME),
        count(row.failed),
        share(row.failed, row.passed + row.failed),
    ]


_Row = TypeVar("_Row")


def _titled(
    title: str,
    head: Sequence[str],
    rows: Sequence[_Row],
    cells: Callable[[_Row], Sequence[str]],
) -> str:
    if not rows:
        return ""
    shown = [cells(row) for row in rows[:SHOWN_ROWS]]
    parts = [f"**{title}**", table(head, shown)]
    if len(rows) > SHOWN_ROWS:
        parts.append(f"_{plural(len(rows) - SHOWN_ROWS, 'more row')}._")
    return "\n\n".join(parts)
