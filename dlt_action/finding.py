"""
What is to be started: all pipelines are looked up before anything is.

Where one of several cannot be updated, none is: what was asked for cannot come of it,
and a person wants to know of all problems at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.labels import one_time
from dlt_action.core.model import Pipeline, PipelineId
from dlt_action.core.plan import JobPlan, PipelineTask, Plan, Trigger
from dlt_action.core.record import Outcome
from dlt_action.core.verdicts import (
    Verdict,
    continuous,
    interrupted_before_start,
    no_job_task,
    others_misfit,
)
from dlt_action.edge.workspace import Leave, Workspace
from dlt_action.lean import replace
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings, Target, WaitFor
from dlt_action.world import World

_TASK = "update"  # the only one of a one-time run


def find(
    settings: Settings, world: World
) -> tuple[tuple[Plan, ...], tuple[Outcome, ...]]:
    """The plans for all that is asked for; or what came of it, and no plan."""
    workspace = Workspace(
        world.line,
        world.chance,
        deadline=world.began + settings.patience.timeout,
        tell=world.desk.writer.say,
    )
    job = settings.starting.job
    if job is not None:
        from dlt_action.jobfinding import find_job  # noqa: PLC0415 - few run a job

        return find_job(job, settings, world, workspace)
    targets = settings.pipelines
    found = _found(targets, workspace)
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


def _found(targets: Sequence[Target], workspace: Workspace) -> list[Pipeline | Verdict]:
    try:
        return workspace.find_all([(_id_of(one), one.name) for one in targets])
    except Leave as leave:
        return [interrupted_before_start(leave.why, leave.cause)] * len(targets)


def _id_of(target: Target) -> PipelineId | None:
    return None if target.id is None else PipelineId(target.id)


def _unfit(found: Pipeline | Verdict, settings: Settings) -> Verdict | None:
    """Why it cannot be updated as asked; None where it can."""
    if isinstance(found, Verdict):
        return found
    several = len(settings.pipelines) > 1
    if found.continuous and settings.starting.trigger is Trigger.SUBMIT_RUN:
        return no_job_task(several=several)
    waits = settings.patience.wait and settings.patience.wait_for is WaitFor.COMPLETED
    starts = settings.update_id is None  # what was started before may have ended
    ends = settings.request.validate_only or not found.continuous
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
