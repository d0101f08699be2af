"""
The state of the workspace: its clock, its pipelines, its manners.

One pipeline for every scenario, named like it, and three more for those who
look pipelines up by name: two that share a name, and one whose name ends with
another's, as development deployments of bundles do. Each has a job of its name
that updates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dlt_action.standin.eventlog import Pace
from dlt_action.standin.identity import USER, Identity
from dlt_action.standin.jobs import staging
from dlt_action.standin.jobs.play import Jobs
from dlt_action.standin.jobs.runs import Job
from dlt_action.standin.play import Pipeline, Run
from dlt_action.standin.scenarios import SCENARIOS, parts
from dlt_action.standin.scenarios.jobs import JOBS
from dlt_action.standin.script import Asked
from dlt_action.standin.wire import Refusal, Request

TWINS = "twins"
NAMESAKES = (
    ("twins", TWINS),
    ("twins-2", TWINS),
    ("dev-success", "[dev anna] success"),
)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that handlers read and change."""

    clock: Callable[[], float]
    pace: Pace
    identity: Identity
    token: str | None
    page_size: int
    conflict: tuple[int, str]
    list_lag: float
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """The jobs of these pipelines."""
        self.jobs = Jobs(self.pipelines, self.pace)

    def settle(self) -> float:
        """Bring all jobs up to now, which is told: they start and stop updates."""
        now = self.clock()
        self.jobs.advance(now)
        return now

    def populate(self, names: Iterable[str] | None, jobs: Iterable[str]) -> None:
        """Create the pipelines of the scenarios *names* (all when `None`); *jobs*."""
        for name in SCENARIOS if names is None else names:
            self._create(name, name, name)
        for key, name in NAMESAKES:
            self._create(key, name, "success")
        now = self.clock()
        for play in map(JOBS.__getitem__, jobs):
            for pipeline in staging.pipelines(play, self.pace, now):
                self.pipelines[pipeline.pipeline_id] = pipeline
            staging.put_up(self.jobs, play, self.pace, now)

    def _create(self, key: str, name: str, scenario: str) -> None:
        made, now = staging.pipeline_id(key), self.clock()
        self.pipelines[made] = Pipeline(SCENARIOS[scenario], name, made, self.pace, now)
        staging.put_up_job(self.jobs, key, name, made, now)

    def present(self) -> list[Pipeline]:
        """The pipelines that the caller may see, brought up to now, by id."""
        now = self.settle()
        found = [
            p
            for p in self.pipelines.values()
            if not p.deleted and "View" not in p.forbidden
        ]
        for pipeline in found:
            pipeline.advance(now)
        return sorted(found, key=lambda pipeline: pipeline.pipeline_id)

    def pipeline(self, pipeline_id: str, permission: str, caller: str) -> Pipeline:
        """
        One pipeline, brought up to now.

        An id that never existed is refused with a 403 that names *permission* and
        *caller*, like one that the caller may not see; only a deleted one is a 404.
        """
        now = self.settle()
        found = self.pipelines.get(pipeline_id)
        if found is None or permission in found.forbidden:
            says = f"User {caller} does not have {permission} permissions on pipeline"
            raise Refusal(403, "PERMISSION_DENIED", f"{says} {pipeline_id}.")
        if found.deleted:
            says = f"The specified pipeline {pipeline_id} was not found."
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", says)
        found.advance(now)
        return found

    def job(self, job_id: int, permission: str, caller: str) -> Job:
        """One job, everything brought up to now; a 400 for one that is not there."""
        self.settle()
        found = self.jobs.jobs.get(job_id)
        if found is None or found.deleted:
            says = f"Job {job_id} does not exist."
            raise Refusal(400, "INVALID_PARAMETER_VALUE", says)
        if permission in found.forbidden:
            raise self.not_permitted(job_id, permission, caller)
        return found

    @staticmethod
    def not_permitted(job_id: int, permission: str, caller: str) -> Refusal:
        """What somebody is told who may not do that to a job."""
        some = " or ".join(dict.fromkeys((permission, "Manage Run", "Owner", "Admin")))
        says = f'User "{caller}" does not have {some} permissions on job {job_id}'
        return Refusal(403, "PERMISSION_DENIED", says)

    def listed(self, pipeline: Pipeline) -> list[Run]:
        """The updates that lists show, newest first: they may be behind."""
        latest = self.clock() - self.list_lag
        return [run for run in reversed(pipeline.runs) if run.created <= latest]

    def start(self, pipeline: Pipeline, asked: Asked) -> str:
        """Start an update of a pipeline that was brought up to now; its id."""
        if (says := pipeline.refusal) is not None:
            raise Refusal(*self.conflict, says)
        run = pipeline.start(asked, self.clock())
        pipeline.advance(self.clock())
        return run.scene.update_id

    def stop(self, pipeline: Pipeline) -> None:
        """A person stops what is active: like the API's, but the log tells who."""
        active, now = pipeline.active, self.clock()
        if active is not None:
            said = parts.user_action(0.0, parts.ANNA, "STOP")
            pipeline.log.write(active.scene, said, now)
        pipeline.stop(now)
        pipeline.advance(now)


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets: the request, the ids in its path, who asks, the world."""

    world: World
    request: Request
    ids: dict[str, str]
    caller: str = USER

    def pipeline(self, permission: str = "View") -> Pipeline:
        """The pipeline that the path names."""
        return self.world.pipeline(self.ids["pipeline_id"], permission, self.caller)
