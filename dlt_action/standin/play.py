"""
Scenarios played in time: one pipeline, its updates and its event log.

Everything follows from what was asked and when: `advance(now)` takes in what
the script says happened by *now*, with the script's own times. How often
somebody looks therefore changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from dlt_action.standin.ending import stopped, under_way
from dlt_action.standin.eventlog import EventLog, Pace
from dlt_action.standin.script import TERMINAL, Act, Asked, Beat, Scenario, Scene
from dlt_action.standin.wire import Json, JsonObject

A_DAY = 86_400.0
NOT_YET = float("inf")

# What the pipeline is while its update is in a state; meanings as documented
# for PipelineState. Anything else counts as STARTING.
PIPELINE_STATES = {
    "QUEUED": "DEPLOYING",
    "CREATED": "DEPLOYING",
    "WAITING_FOR_RESOURCES": "DEPLOYING",
    "RESETTING": "RESETTING",
    "RUNNING": "RUNNING",
    "STOPPING": "STOPPING",
}


@dataclass(slots=True, kw_only=True)
class Run:
    """One update while it plays."""

    scene: Scene
    created: float
    beats: Iterator[Beat]
    epoch: float  # what the offsets of `beats` count from
    state: str = "CREATED"
    ended: float | None = None
    played: list[Beat] = field(default_factory=list)
    following: Beat | None = None

    def peek(self) -> Beat | None:
        """The next beat, left where it is."""
        if self.following is None:
            self.following = next(self.beats, None)
        return self.following

    def follow(self, beats: Iterator[Beat], epoch: float) -> None:
        """Forget what the script had in store and go on with *beats*."""
        self.beats, self.epoch, self.following = beats, epoch, None


class Pipeline:
    """One pipeline: the scenario that it plays, its updates, its log."""

    def __init__(
        self, scenario: Scenario, name: str, pipeline_id: str, pace: Pace, now: float
    ) -> None:
        """A pipeline that was created a day ago, and idles or is somebody's."""
        self.scenario = scenario
        self.name = name
        self.pace = pace
        self.pipeline_id = pipeline_id
        self.created = now
        self.deleted = False
        self.forbidden: frozenset[str] = frozenset()  # permissions taken away
        self.edited: dict[str, Json] = {}  # settings that somebody changed
        self.runs: list[Run] = []
        self.log = EventLog(pipeline_id, name, pace)
        self._acts: tuple[Act, ...] = ()
        created = Beat(
            at=0.0,
            event_type="user_action",
            message="User anna@example.com created the pipeline.",
            details={
                "user_action": {"user_name": "anna@example.com", "action": "CREATE"}
            },
        )
        self.log.write(None, created, now - A_DAY)
        if scenario.before is not None:
            others = scenario.before
            self._acts = others.acts[1:]
            self._begin(others.acts[0], others.asked, now - others.began * pace.stretch)

    @property
    def notebook(self) -> str:
        """The workspace path of its source."""
        return f"/Shared/pipelines/{self.name}"

    @property
    def spec(self) -> JsonObject:
        """The settings of the pipeline (`PipelineSpec`)."""
        return {
            "id": self.pipeline_id,
            "name": self.name,
            "catalog": "main",
            "schema": "sales",
            "serverless": True,
            "photon": True,
            "edition": "ADVANCED",
            "channel": "CURRENT",
            "continuous": False,
            "development": False,
            "libraries": [{"notebook": {"path": self.notebook}}],
            "configuration": {},
            **self.scenario.spec,
            **self.edited,
        }

    @property
    def active(self) -> Run | None:
        """The update that has not ended, if there is one; the first in a queue."""
        return next((run for run in self.runs[-2:] if run.ended is None), None)

    @property
    def busy(self) -> Run | None:
        """The update that keeps others from starting: one about to be retried too."""
        return self.runs[-1] if self._acts else self.active

    @property
    def due(self) -> float:
        """When something happens to it by itself again; infinity for never."""
        run = self.active
        if run is None:
            last = self.runs[-1].ended if self._acts else None
            return NOT_YET if last is None else last + self._stretched(self._acts[0])
        beat = run.peek()
        return NOT_YET if beat is None else run.epoch + beat.at * self.pace.stretch

    def _stretched(self, act: Act) -> float:
        return act.gap * self.pace.stretch

    @property
    def refusal(self) -> str | None:
        """Why an update cannot be started now."""
        if self.busy is None:
            return None
        active = f"An active update '{self.busy.scene.update_id}' already exists"
        return f"{active} for pipeline '{self.pipeline_id}'"

    @property
    def state(self) -> str:
        """The state of the pipeline itself (`PipelineState`)."""
        if self.active is not None:
            return PIPELINE_STATES.get(self.active.state, "STARTING")
        if self._acts:
            return self._acts[0].meanwhile
        failed = bool(self.runs) and self.runs[-1].state == "FAILED"
        return self.scenario.rests_in if failed else "IDLE"

    def start(self, asked: Asked, now: float) -> Run:
        """Begin a play of the scenario; its first update."""
        again = self.scenario.again if self.runs else ()
        acts = again or self.scenario.acts
        if asked.validate_only:
            acts = (Act(script=self.scenario.dry),)
        if asked.development:
            acts = tuple(a for a in acts if a.cause != "RETRY_ON_FAILURE")
        if self.scenario.ahead is None:
            self._acts = acts[1:]
            return self._begin(acts[0], asked, now)
        self._begin(Act(script=self.scenario.ahead), Asked(cause="USER_ACTION"), now)
        self.advance(now)
        self._acts = acts[1:]
        return self._queue(self._begin(acts[0], asked, now))

    def _queue(self, run: Run) -> Run:
        """Let *run* tell that it is there, and wait until the one before it ended."""
        while (beat := run.peek()) is not None and beat.at <= 0.0:
            run.following = None
            self._play(run, beat, run.epoch)
        run.epoch = NOT_YET
        return run

    def stop(self, now: float, cause: str = "USER_ACTION") -> None:
        """Cancel whatever is active; nothing if nothing is."""
        run = self.active
        if run is not None and run.state != "STOPPING":
            how = self.scenario.stopping
            stopping = partial(stopped, cause=cause) if how is None else how
            run.follow(iter(stopping(run.scene, under_way(run.played))), now)
            self._acts = ()

    def advance(self, now: float) -> None:
        """Take in everything that has happened by *now*."""
        while self._step(now):
            pass

    def _step(self, now: float) -> bool:
        when = self.due
        if when > now:
            return False
        run = self.active
        if run is None:
            self._succeed(when)
        elif (beat := run.peek()) is not None:
            run.following = None
            self._play(run, beat, when)
        return True

    def _succeed(self, when: float) -> None:
        last, act = self.runs[-1], self._acts[0]
        self._acts = self._acts[1:]
        self._begin(act, last.scene.asked, when, last)

    def _begin(
        self, act: Act, asked: Asked, begin: float, last: Run | None = None
    ) -> Run:
        retried = last is not None and act.cause == "RETRY_ON_FAILURE"
        before = 0 if last is None else last.scene.failed_attempts
        update_id = str(self.pace.name("update", self.pipeline_id, len(self.runs)))
        request_id = str(self.pace.name("request", update_id))
        scene = Scene(
            update_id=update_id,
            request_id=request_id if last is None else last.scene.request_id,
            pipeline_id=self.pipeline_id,
            pipeline_name=self.name,
            spec=self.spec,
            asked=asked,
            cause=asked.cause if last is None else act.cause,
            failed_attempts=before + 1 if retried else before,
        )
        run = Run(
            scene=scene, created=begin, epoch=begin, beats=iter(act.script(scene))
        )
        self.runs.append(run)
        return run

    def _play(self, run: Run, beat: Beat, when: float) -> None:
        if beat.state is not None:
            run.state = beat.state
            run.ended = when if beat.state in TERMINAL else None
            if run.ended is not None and self.runs[-1].epoch == NOT_YET:
                self.runs[-1].epoch = when
        run.played.append(beat)
        self.log.write(run.scene, beat, when)
