"""
The state of the workspace: its clock, its pipelines, its manners.

One pipeline for every scenario, named like it, and three more for those who
look pipelines up by name: two that share a name, and one whose name ends with
another's, as development deployments of bundles do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import uuid5

from dlt_action.standin.eventlog import NAMESPACE, Pace
from dlt_action.standin.identity import USER, Identity
from dlt_action.standin.play import Pipeline, Run
from dlt_action.standin.scenarios import SCENARIOS, parts
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

    def populate(self, names: Iterable[str] | None) -> None:
        """Create the pipelines of the scenarios *names* (all when `None`)."""
        for name in SCENARIOS if names is None else names:
            self._create(name, name, name)
        for key, name in NAMESAKES:
            self._create(key, name, "success")

    def _create(self, key: str, name: str, scenario: str) -> None:
        made = str(uuid5(NAMESPACE, f"pipeline/{key}"))
        now = self.clock()
        self.pipelines[made] = Pipeline(SCENARIOS[scenario], name, made, self.pace, now)

    def present(self) -> list[Pipeline]:
        """The pipelines that the caller may see, brought up to now, by id."""
        now = self.clock()
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
        found = self.pipelines.get(pipeline_id)
        if found is None or permission in found.forbidden:
            says = f"User {caller} does not have {permission} permissions on pipeline"
            raise Refusal(403, "PERMISSION_DENIED", f"{says} {pipeline_id}.")
        if found.deleted:
            says = f"The specified pipeline {pipeline_id} was not found."
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", says)
        found.advance(self.clock())
        return found

    def listed(self, pipeline: Pipeline) -> list[Run]:
        """The updates that lists show, newest first: they may be behind."""
        latest = self.clock() - self.list_lag
        return [run for run in reversed(pipeline.runs) if run.created <= latest]

    def start(self, pipeline: Pipeline, asked: Asked) -> str:
        """Start an update of a pipeline that was brought up to now; its id."""
        busy = pipeline.busy
        if busy is not None:
            active = f"An active update '{busy.scene.update_id}' already exists"
            says = f"{active} for pipeline '{pipeline.pipeline_id}'"
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
