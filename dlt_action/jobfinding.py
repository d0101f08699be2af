"""Which job is to be run, and which pipelines its tasks update."""

from __future__ import annotations

from dlt_action.core.calls import selection_of
from dlt_action.core.jobs.startings import names_of_one
from dlt_action.core.model import JobId
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.verdicts import Verdict, interrupted_before_start
from dlt_action.edge.jobs import FoundJob, Jobs
from dlt_action.edge.workspace import Leave, Workspace
from dlt_action.lean import replace
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings, Target
from dlt_action.world import World


def find_job(
    job: Target, settings: Settings, world: World, workspace: Workspace
) -> tuple[tuple[Plan, ...], tuple[Outcome, ...]]:
    """The plan to run *job*; or what came of it, and no plan."""
    found: FoundJob | Verdict
    try:
        jobs = Jobs(workspace)
        found = jobs.find(None if job.id is None else JobId(job.id), job.name)
    except Leave as leave:
        found = interrupted_before_start(leave.why, leave.cause)
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
