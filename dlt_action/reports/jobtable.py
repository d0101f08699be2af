"""A job run in the reports: its page, its state, and a row for each of its tasks."""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.jobs.rows import JobRun, TaskRow
from dlt_action.core.markdown import code, inline
from dlt_action.core.record import Asked, Outcome
from dlt_action.core.words import duration
from dlt_action.reports.folding import folded_table
from dlt_action.reports.links import LONGEST_NAME, link, named
from dlt_action.reports.order import root_cause

SHOWN_ROWS = 20
FOLDED_ROWS = 100  # as many as a record holds
LONGEST_MESSAGE = 300  # characters

_HEADER = ["Task", "Kind", "State", "Attempts:", "Duration:", "Message"]


def tasks_section(outcome: Outcome, asked: Asked) -> str:
    """The tasks of the job run; ``""`` where its only one is told of in any case."""
    job = outcome.job
    if job is None or len(job.tasks) <= 1:
        return ""
    causes = {part.task: root_cause(part) for part in outcome.parts}
    rows = [
        _row(task, causes.get(task.key, ""), asked)
        for task in worst_tasks_first(job.tasks)
    ]
    listed = folded_table(_HEADER, rows, "task", shown=SHOWN_ROWS, folded=FOLDED_ROWS)
    return f"### Tasks\n\n{listed}"


def worst_tasks_first(tasks: Sequence[TaskRow]) -> list[TaskRow]:
    """*tasks*, those that failed first, then those of which nobody knows the end."""
    places = {False: 0, None: 1, True: 2}
    return sorted(tasks, key=lambda task: places[task.ok])


def run_link(job: JobRun, asked: Asked) -> str:
    """The run, leading to its page."""
    return link(str(job.run_id), job.url, asked)


def _row(task: TaskRow, cause: str, asked: Asked) -> Sequence[str]:
    """A row; why its update failed says more than what the Jobs service says of it."""
    name = link(task.key, task.url, asked) if task.url else named(task.key)
    state = code(task.state, LONGEST_NAME)
    return [
        name,
        inline(task.kind, LONGEST_NAME),
        f"{MARKS[task.ok]}&nbsp;{state}" if state else "",
        str(task.attempts) if task.attempts > 1 else "",
        "" if task.seconds is None else duration(task.seconds),
        "" if task.ok else code(cause or task.message, LONGEST_MESSAGE),
    ]


MARKS = {True: "✅", False: "❌", None: "❔"}
