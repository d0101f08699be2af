"""
What is to be started: all pipelines are looked up before anything is.

Where one of several cannot be updated, none is: what was asked for cannot come of it,
and a person wants to know of all problems at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlt_action.core.calls import selection_of
from dlt_action.core.jobs.startings import names_of_one
from dlt_action.core.labels import one_time
from dlt_action.core.model import JobId, Pipeline, PipelineId
from dlt_action.core.plan import JobPlan, PipelineTask, Plan, Trigger
from dlt_action.core.record import Outcome
from dlt_action.core.verdicts import (
    Verdict,
    continuous,
    interrupted_before_start,
    others_misfit,
)
from dlt_action.edge.jobs import FoundJob, Jobs
from dlt_action.edge.workspace import Leave, Workspace
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings, Target, WaitFor
from dlt_action.world import World

_TASK = "update"  # the only one of a one-time run


def find(
    settings: Settings, world: World
) -> tuple[tuple[Plan, ...], tuple[Outcome, ...]]:
    """The plans for all that is asked for; or what came of it, and no plan."""
    job = settings.starting.job
    if job is not None:
        return _find_job(job, settings, world)
    targets = settings.pipelines
    found = _found(targets, settings, world)
    verdicts = [_unfit(one, settings) for one in found]
    if not any(verdicts):
        pipelines = [one for one in found if isinstance(one, Pipeline)]
        return tuple(_plan(one, settings, world) for one in pipelines), ()
    others = others_misfit(sum(one is not None for one in verdicts), len(found))
    seconds = world.line.now() - world.began
    ended = (
        replace(_nothing_started(*each), seconds=seconds)
        for each in zip(
            targets, found, (one or others for one in verdicts), strict=True
        )
    )
    return (), tuple(ended)


def _workspace(settings: Settings, world: World) -> Workspace:
    return Workspace(
        world.line,
        world.chance,
        deadline=world.began + settings.patience.timeout,
        tell=world.desk.writer.say,
    )


def _find_job(
    job: Target, settings: Settings, world: World
) -> tuple[tuple[Plan, ...], tuple[Outcome, ...]]:
    found: FoundJob | Verdict
    try:
        jobs = Jobs(_workspace(settings, world))
        found = jobs.find(None if job.id is None else JobId(job.id), job.name)
    except Leave as leave:
        found = interrupted_before_start(leave.why)
    if isinstance(found, FoundJob):
        found = _misfit(found, settings) or found
    if isinstance(found, Verdict):
        seconds = world.line.now() - world.began
        return (), (replace(found.outcome(), seconds=seconds),)
    plan = planned(
        settings,
        found.tasks[0].pipeline,
        began=world.began,
        began_at=world.began_at,
        job=found.plan(world.token()),
    )
    return (plan,), ()


def _misfit(job: FoundJob, settings: Settings) -> Verdict | None:
    """Why *job* cannot be run as asked; None where it can."""
    selections = selection_of(settings.request)
    pipelines = len({task.pipeline.pipeline_id for task in job.tasks})
    # The Jobs API hands the names to all of its Pipeline tasks.
    misfits = selections and pipelines > 1
    return names_of_one(selections, job.job_id, pipelines) if misfits else None


def _found(
    targets: Sequence[Target], settings: Settings, world: World
) -> list[Pipeline | Verdict]:
    workspace = _workspace(settings, world)
    try:
        return workspace.find_all([(_id_of(one), one.name) for one in targets])
    except Leave as leave:
        return [interrupted_before_start(leave.why)] * len(targets)


def _id_of(target: Target) -> PipelineId | None:
    return None if target.id is None else PipelineId(target.id)


def _unfit(found: Pipeline | Verdict, settings: Settings) -> Verdict | None:
    """Why it cannot be updated as asked; None where it can."""
    if isinstance(found, Verdict):
        return found
    waits = settings.patience.wait and settings.patience.wait_for is WaitFor.COMPLETED
    starts = settings.update_id is None  # what was started before may have ended
    ends = settings.request.validate_only or not found.continuous
    several = len(settings.pipelines) > 1
    return continuous(several=several) if waits and starts and not ends else None


def _plan(pipeline: Pipeline, settings: Settings, world: World) -> Plan:
    job = None
    if settings.starting.trigger is Trigger.SUBMIT_RUN:
        job = _one_time(pipeline, world.token())
    return planned(
        settings, pipeline, began=world.began, began_at=world.began_at, job=job
    )


def _one_time(pipeline: Pipeline, token: str) -> JobPlan:
    return JobPlan(
        token=token,
        name=one_time(pipeline.name, token),  # one's page is told from another's
        tasks=(PipelineTask(_TASK, pipeline),),
    )


def _nothing_started(
    target: Target, found: Pipeline | Verdict, verdict: Verdict
) -> Outcome:
    """What came of one when there was nothing to start, and so nothing is owed."""
    known, name = _id_of(target), target.name
    if isinstance(found, Pipeline):
        known, name = found.pipeline_id, found.name
    return replace(verdict.outcome(), pipeline_id=known, pipeline_name=name)
