"""What the reports may know of a job run: its tasks, and the updates that they made."""

from __future__ import annotations

from collections.abc import Mapping

from dlt_action.core import endings
from dlt_action.core.jobs import endings as jobendings
from dlt_action.core.jobs.crew import Crew
from dlt_action.core.jobs.rows import JobRun, TaskRow
from dlt_action.core.jobs.task import TaskWatch
from dlt_action.core.jobs.telling import Chronicle
from dlt_action.core.jobs.wire import JobRunSeen, TaskRun, is_key
from dlt_action.core.launch import CONFLICT
from dlt_action.core.model import Result, RunId
from dlt_action.core.plan import JobPlan, PipelineTask, Plan
from dlt_action.core.record import GateResult, Outcome
from dlt_action.core.rows import without_rows
from dlt_action.core.run import outcome_of
from dlt_action.core.text import cut, one_line
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.words import plural
from dlt_action.lean import dataclass, replace

MOST_TASKS = 100  # in a record
LONGEST_TEXT = 1000  # characters of what a task, or the run, says
LONGEST_WORD = 100  # of a key or a state
LONGEST_SAID = 700  # of them, beside a verdict

# On purpose: neither good nor bad.
LEFT_OUT = frozenset({"EXCLUDED", "DISABLED"})
_LEFT = frozenset({Result.INTERRUPTED, Result.TIMED_OUT, Result.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """All that is known of a job run."""

    plan: Plan
    job: JobPlan
    trip: Trip
    run_id: RunId
    seen: JobRunSeen | None  # as it was read last
    crew: Crew
    chronicle: Chronicle
    tasks: Mapping[str, TaskRun]  # the last run of each, by its key

    @property
    def failed(self) -> list[TaskRun]:
        """The tasks that failed by themselves."""
        return [
            task
            for task in self.tasks.values()
            if task.state.good is False
            and not task.state.never_ran
            and task.state.result != "CANCELED"
        ]

    def said(self, by_the_run: str) -> str:
        """What is worth quoting of a run that failed; remote text."""
        if any(self.cause(task.key) for task in self.failed):
            return ""  # the event log tells it, in better words
        errors = (self.chronicle.error(task) for task in self.failed)
        found = one_line(without_rows(next(filter(None, errors), "")), LONGEST_SAID)
        return found if found else by_the_run

    @property
    def met_another(self) -> bool:
        """Whether it failed because other updates of its pipelines are active."""
        return bool(self.failed) and all(map(self.is_in_vain, self.failed))

    @property
    def started_nothing(self) -> bool:
        """Whether it is sure that no Pipeline task has started an update."""
        # An earlier try of a task may have started one before the last met another.
        return all(
            task.state.never_ran
            or (
                self.is_in_vain(task)
                and self.crew.in_vain[task.key] == self.chronicle.attempts(task)
            )
            for task in self.own
        )

    def is_in_vain(self, task: TaskRun) -> bool:
        """Whether a *task* of ours failed because another update was active."""
        # The text is the surest sign, as it is where updates are started by hand.
        ours = any(one.key == task.key for one in self.job.tasks)
        return ours and CONFLICT.search(self.chronicle.error(task)) is not None

    @property
    def own(self) -> list[TaskRun]:
        """The Pipeline tasks, as far as the run has them."""
        found = (self.tasks.get(task.key) for task in self.job.tasks)
        return [task for task in found if task is not None]

    @property
    def not_updated(self) -> list[str]:
        """The keys of Pipeline tasks that did not succeed, as in `names_of_failed`."""
        bad = (
            task
            for task in self.own
            if task.state.good is False and task.state.result not in LEFT_OUT
        )
        return [_name_of(task) for task in bad]

    @property
    def left_out(self) -> list[str]:
        """The keys of Pipeline tasks that never ran, as in `names_of_failed`."""
        return [_name_of(task) for task in self.own if task.state.never_ran]

    @property
    def updated_nothing(self) -> bool:
        """Whether no Pipeline task ran at all."""
        return all(task.state.never_ran for task in self.own)

    def cause(self, key: str) -> str:
        """What the event log tells of why a task failed; remote text."""
        watch = self.crew.watches.get(key)
        known = None if watch is None else watch.watch
        problems = () if known is None else known.current.tally.problems()
        return problems[0].headline if problems else ""

    @property
    def names_of_failed(self) -> list[str]:
        """Their keys, "" where one may not stand in a sentence of ours."""
        return [_name_of(task) for task in self.failed]


def _name_of(task: TaskRun) -> str:
    return task.key if is_key(task.key) else ""


def outcome_of_run(tale: Tale, verdict: Verdict) -> Outcome:
    """The outcome of a job run that ended in *verdict*."""
    row = _row(tale)
    if len(tale.job.tasks) == 1:
        return replace(_only(tale, tale.job.tasks[0], verdict), job=row)
    parts = tuple(_part(tale, task, verdict) for task in tale.job.tasks)
    rows = [part.rows_written for part in parts]
    told = [number for number in rows if number is not None]
    trip = tale.trip
    return replace(
        verdict.outcome(),
        seconds=round(trip.elapsed, 3),
        gate_result=_not_judged(tale.plan),
        warnings=tuple(trip.warnings),
        signal=trip.interrupted.signal if trip.interrupted is not None else None,
        rows_written=sum(told) if len(told) == len(rows) else None,
        events_read=sum(part.events_read for part in parts),
        log_complete=all(part.log_complete for part in parts),
        job=row,
        parts=parts,
    )


def _not_judged(plan: Plan) -> GateResult:
    return GateResult.NOT_JUDGED if plan.gate.rules else GateResult.NONE


def _only(tale: Tale, task: PipelineTask, verdict: Verdict) -> Outcome:
    """The outcome of a run with one Pipeline task: its pipeline's."""
    watch = tale.crew.watches.get(task.key)
    updates = None if watch is None else watch.watch
    outcome = outcome_of(verdict, tale.plan, tale.trip, updates)
    more = () if watch is None else tuple(watch.trip.warnings)
    return replace(outcome, warnings=(*outcome.warnings, *more))


def _part(tale: Tale, task: PipelineTask, verdict: Verdict) -> Outcome:
    """The outcome of one of several Pipeline tasks."""
    watch, last = tale.crew.watches.get(task.key), tale.tasks.get(task.key)
    own = _verdict_of(task, last, watch, verdict)
    if last is not None and last.state.good is False:
        said = cut(without_rows(tale.chronicle.error(last)), LONGEST_TEXT)
        own = replace(own, server_said=said)
    plan = replace(tale.plan, pipeline=task.pipeline)
    updates = None if watch is None else watch.watch
    outcome = outcome_of(own, plan, tale.trip, updates)
    seconds = None if last is None else last.seconds
    return replace(
        outcome,
        task=task.key,
        seconds=0.0 if seconds is None else seconds,
        gate_result=GateResult.NONE,
        warnings=() if watch is None else tuple(watch.trip.warnings),
    )


def _verdict_of(
    task: PipelineTask, last: TaskRun | None, watch: TaskWatch | None, run: Verdict
) -> Verdict:
    """What came of one task, where the job run came to the verdict *run*."""
    who = f"Task {task.key}" if is_key(task.key) else "The task"
    if last is not None and last.state.ended:
        return jobendings.task_ended(who, last.state)
    if watch is not None and watch.watch is not None and watch.settles:
        current = watch.watch.current
        return endings.ended(
            current.update_id,
            current.state,
            attempts=len(watch.watch.before) + 1,
            validate_only=False,
            may_go_on=True,
        )
    if run.result.ok:
        return Verdict(result=Result.UNFINISHED, reason=f"{who}: the run had it not.")
    if run.result in _LEFT:
        reason = f"{who} had not ended when this step had to go."
        return Verdict(result=run.result, reason=reason, failed_fast=run.failed_fast)
    return Verdict(result=run.result, reason=f"{who}: its end is not known.")


def _row(tale: Tale) -> JobRun:
    seen, job, links = tale.seen, tale.job, tale.plan.links
    job_id = job.job_id if seen is None or seen.job_id is None else seen.job_id
    tasks = () if seen is None else seen.tasks
    kept = _kept(tasks)
    said = "" if seen is None else seen.state.message
    if len(kept) < len(tasks):
        more = plural(len(tasks) - len(kept), "more task")
        said = f"{said} ({more})" if said else more
    return JobRun(
        run_id=tale.run_id,
        url=None if job_id is None else links.run(job_id, tale.run_id),
        job_id=job.job_id,
        name=cut(job.name, LONGEST_TEXT),
        state="" if seen is None else cut(seen.state.shown, LONGEST_WORD),
        message=cut(without_rows(said), LONGEST_TEXT),
        tasks=tuple(_task_row(tale, task) for task in kept),
    )


def _kept(tasks: tuple[TaskRun, ...]) -> list[TaskRun]:
    """As many as a record holds, those that failed above all; in the job's order."""
    places = range(len(tasks))
    worst = sorted(places, key=lambda at: tasks[at].state.good is not False)
    return [tasks[at] for at in sorted(worst[:MOST_TASKS])]


def _task_row(tale: Tale, task: TaskRun) -> TaskRow:
    seen = tale.seen
    url = ""
    if task.run_id is not None and seen is not None and seen.job_id is not None:
        url = tale.plan.links.run(seen.job_id, task.run_id)
    failed = task.state.good is False
    said = task.state.message
    if failed:
        cause = tale.cause(task.key)
        said = cause if cause else tale.chronicle.error(task)
    return TaskRow(
        key=cut(task.key, LONGEST_WORD),
        kind=cut(task.kind, LONGEST_WORD),
        state=cut(task.state.shown, LONGEST_WORD),
        message=cut(without_rows(said), LONGEST_TEXT),
        url=url,
        attempts=tale.chronicle.attempts(task),
        seconds=task.seconds,
        ok=None if task.state.result in LEFT_OUT else task.state.good,
    )
