"""
A job run as a test tells it: what there is from which second on.

    scene = Scene()
    scene.task("load", starts=2, ends=60, result="SUCCESS")
    scene.update("u1", starts=3, states={4: "RUNNING", 50: "COMPLETED"})
    scene.ends(61, "SUCCESS")
    played = play(scene)

It is played by the real loop, with the machines that the run's machine begins. Time is
a number; the workspace answers within a tenth of a second.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TypeAlias, TypeVar

from dlt_action.core.calls import PIPELINES, Call
from dlt_action.core.event import Event
from dlt_action.core.jobs.calls import JOBS
from dlt_action.core.jobs.run import JobRun
from dlt_action.core.machine import Machine
from dlt_action.core.model import (
    JobId,
    Json,
    JsonObject,
    Level,
    Pipeline,
    PipelineId,
    PipelineState,
    RunId,
)
from dlt_action.core.news import News, Parted, RunStarted, Started, TookUp
from dlt_action.core.owed import Owed
from dlt_action.core.plan import JobPlan, PipelineTask, Plan
from dlt_action.core.record import Outcome
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.driving import drive
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Ticket
from tests.core.answers import json_of
from tests.core.events import NOON, flow, state, thrown
from tests.core.playbook import BEGAN, PLAN

RUN = RunId("77")
JOB = JobId("5")
SUBMIT, NOW = "POST submit", "POST run-now"
GET, OUTPUT, CANCEL = "GET run", "GET output", "POST cancel"
LISTED = "GET runs"
ROUND_TRIP = 0.1

Schedule: TypeAlias = dict[float, str]
Answering: TypeAlias = "Callable[[Scene, float], Reply | None]"
N = TypeVar("N", bound=News)


def task(key: str, pipeline: str | None = None) -> PipelineTask:
    """A Pipeline task, of the pipeline *key* if no other is said."""
    named = PipelineId(key if pipeline is None else pipeline)
    found = Pipeline(pipeline_id=named, name=f"{named}!", state=PipelineState.IDLE)
    return PipelineTask(key, found)


def plan_of(*tasks: PipelineTask, job: JobId | None = JOB, others: int = 0) -> Plan:
    """The plan for a job with these tasks; None: for a one-time run."""
    chosen = tasks if tasks else (task("load"),)
    asked = JobPlan(
        token="token-1", name="nightly", job_id=job, tasks=chosen, others=others
    )
    return replace(PLAN, pipeline=chosen[0].pipeline, job=asked)


ONE = plan_of()
SUBMITTED = plan_of(job=None)
TWO = plan_of(task("load"), task("serve"))


def good(body: JsonObject) -> Answer:
    """A 200."""
    return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())


def bad(status: int, message: str = "no", code: str = "") -> Answer:
    """A refusal."""
    body = {"error_code": code, "message": message}
    return Answer(
        status, {"content-type": "application/json"}, json.dumps(body).encode()
    )


LOST = Fault(FaultKind.READ_TIMEOUT)
AWAY = Fault(FaultKind.UNCONNECTED)
STARTED = good({"run_id": int(RUN), "number_in_job": int(RUN)})


def last(schedule: Mapping[float, str], second: float, before: str = "") -> str:
    """What *schedule* says at that *second*."""
    found = [at for at in schedule if at <= second]
    return schedule[max(found)] if found else before


@dataclass
class TaskScene:
    """One run of one task."""

    key: str
    run_id: int
    starts: float
    ends: float
    result: str
    kind: str
    attempt: int = 0
    message: str = ""
    phases: Schedule = field(default_factory=dict)
    since: float = 0.0  # when it is listed first

    def body(self, second: float) -> JsonObject:
        ended, began = second >= self.ends, second >= self.starts
        phase = last(self.phases, second, "RUNNING" if began else "BLOCKED")
        if ended:
            phase = "TERMINATED"
        state: JsonObject = {"life_cycle_state": phase, "state_message": self.message}
        if ended:
            state["result_state"] = self.result
        return {
            "run_id": self.run_id,
            "task_key": self.key,
            f"{self.kind}_task": {"what": "ever"},
            "attempt_number": self.attempt,
            "start_time": millis(self.starts) if began else 0,
            "end_time": millis(self.ends) if ended else 0,
            "state": state,
        }


@dataclass
class UpdateScene:
    """One update."""

    update_id: str
    pipeline: str
    starts: float
    states: Schedule
    cause: str
    events: tuple[Event, ...]
    shown: float  # when the list has it

    def body(self, second: float) -> JsonObject:
        return {
            "update_id": self.update_id,
            "state": last(self.states, second, "QUEUED"),
            "cause": self.cause,
            "creation_time": millis(self.starts),
        }


def millis(second: float) -> int:
    """The workspace's time at that *second*."""
    return round((NOON + timedelta(seconds=second)).timestamp() * 1000)


class Scene:
    """A workspace with one job run."""

    def __init__(self) -> None:
        self.phases: Schedule = {0.0: "PENDING", 1.0: "RUNNING"}
        self.state: dict[float, JsonObject] = {}  # more of it
        self.end = 1e9
        self.result = ""
        self.tasks: list[TaskScene] = []
        self.updates: list[UpdateScene] = []
        self.outputs: dict[int, str] = {}
        self.answers: dict[str, list[Reply | None]] = {}  # before the usual ones
        self.always: dict[str, Answering] = {}  # instead of the usual ones
        self.cancels_after: float | None = None  # a cancel
        self.asked: list[tuple[float, str, Call]] = []
        self._ids = count(101)

    def task(  # noqa: PLR0913 - a scene is told by keywords
        self,
        key: str = "load",
        *,
        starts: float = 2.0,
        ends: float = 1e9,
        result: str = "SUCCESS",
        kind: str = "pipeline",
        attempt: int = 0,
        message: str = "",
        since: float = 0.0,
        phases: Schedule | None = None,
    ) -> int:
        """A task's run; its id."""
        made = TaskScene(
            key=key,
            run_id=next(self._ids),
            starts=starts,
            ends=ends,
            result=result,
            kind=kind,
            attempt=attempt,
            message=message,
            since=since,
            phases={} if phases is None else phases,
        )
        self.tasks.append(made)
        return made.run_id

    def update(  # noqa: PLR0913 - likewise
        self,
        update_id: str = "u1",
        *,
        pipeline: str = "load",
        starts: float = 3.0,
        states: Schedule | None = None,
        cause: str = "JOB_TASK",
        events: Iterable[Event] = (),
        shown: float | None = None,
    ) -> None:
        """An update of a pipeline."""
        told = {4.0: "RUNNING"} if states is None else states
        seen = starts if shown is None else shown
        made = UpdateScene(
            update_id, pipeline, starts, told, cause, tuple(events), seen
        )
        self.updates.append(made)

    def ends(self, second: float, result: str, phase: str = "TERMINATED") -> None:
        """The run ends so."""
        self.end, self.result = second, result
        before = {at: one for at, one in self.phases.items() if at < second}
        self.phases = {**before, second: phase}

    # How it answers.

    def answer(self, call: Call, second: float) -> Reply | None:
        name = name_of(call)
        self.asked.append((second, name, call))
        if self.answers.get(name):
            return self.answers[name].pop(0)
        if name in self.always:
            return self.always[name](self, second)
        return self.usual(call, second)

    def usual(self, call: Call, second: float) -> Reply:
        """What it answers if nothing else was said."""
        name, query = name_of(call), dict(call.query)
        if name in (SUBMIT, NOW):
            return STARTED
        if name == GET:
            return good(self.run(second))
        if name == OUTPUT:
            said = self.outputs.get(int(query["run_id"]), "")
            return good({"error": said} if said else {})
        if name == CANCEL:
            if self.cancels_after is not None and self.end > second:
                self.cancel_at(second + self.cancels_after)
            return good({})
        return self._of_a_pipeline(name, call, second)

    def cancel_at(self, second: float) -> None:
        """All that runs is canceled at that *second*."""
        self.ends(second, "CANCELED")
        for one in self.tasks:
            if one.ends > second:
                one.ends, one.result = second, "CANCELED"
        for update in self.updates:
            if last(update.states, second) not in ("COMPLETED", "FAILED"):
                update.states[second] = "CANCELED"

    def run(self, second: float) -> JsonObject:
        """The answer to GET runs/get."""
        phase = last(self.phases, second)
        state: JsonObject = {"life_cycle_state": phase}
        if second >= self.end and phase in ("TERMINATED", "SKIPPED", "INTERNAL_ERROR"):
            state["result_state"] = self.result
        for at, more in sorted(self.state.items()):
            if at <= second:
                state.update(more)
        tasks: list[Json] = [
            one.body(second) for one in self.tasks if one.since <= second
        ]
        return {
            "run_id": int(RUN),
            "job_id": int(JOB),
            "run_name": "nightly",
            "state": state,
            "tasks": tasks,
        }

    def _of_a_pipeline(self, name: str, call: Call, second: float) -> Reply:
        _, _, path = call.path.partition(f"{PIPELINES}/")
        pipeline, _, rest = path.partition("/")
        assert call.method.value == "GET", f"not by hand: {name}"
        mine = [one for one in self.updates if one.pipeline == pipeline]
        mine = [one for one in mine if one.shown <= second]
        mine.sort(key=lambda one: -one.starts)
        if rest == "updates":
            return good({"updates": [one.body(second) for one in mine]})
        if rest == "events":
            return good({"events": _events(mine, dict(call.query), second)})
        if rest.startswith("updates/"):
            named = (one for one in mine if rest.endswith(f"/{one.update_id}"))
            one = next(named, None)
            return bad(404) if one is None else good({"update": one.body(second)})
        newest: list[Json] = [one.body(second) for one in mine]
        body: JsonObject = {"pipeline_id": pipeline, "latest_updates": newest}
        return good({**body, "state": "IDLE"})


def _events(
    updates: list[UpdateScene], query: Mapping[str, str], second: float
) -> list[Json]:
    until = NOON + timedelta(seconds=second)
    where = query.get("filter", "")
    found: list[Json] = []
    for one in updates:
        if one.update_id in where:
            found += [json_of(e, one.update_id) for e in one.events if e.at <= until]
    return found


_NAMES = {
    "/runs/submit": SUBMIT,
    "/run-now": NOW,
    "/runs/get": GET,
    "/runs/get-output": OUTPUT,
    "/runs/cancel": CANCEL,
    "/runs/list": LISTED,
}


def name_of(call: Call) -> str:
    """What a call is called in a test; of a pipeline, method and path."""
    if call.path.startswith(JOBS):
        return _NAMES[call.path.removeprefix(JOBS)]
    return f"{call.method.value} {call.path.removeprefix(f'{PIPELINES}/')}"


class SceneLine:
    """The line to a scene, in virtual time."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._now = BEGAN
        self._due: list[tuple[float, int, Arrival]] = []
        self._order = count()

    def interrupt_at(self, second: float, why: Why) -> None:
        self._push(BEGAN + second, Interrupted(why))

    def now(self) -> float:
        return self._now

    def send(self, call: Call, within: float) -> Ticket:
        assert within > 0
        ticket = Ticket(next(self._order))
        reply = self._scene.answer(call, self._now - BEGAN)
        if reply is not None:
            self._push(self._now + ROUND_TRIP, Arrived(ticket, reply))
        return ticket

    def _push(self, moment: float, arrival: Arrival) -> None:
        heapq.heappush(self._due, (moment, next(self._order), arrival))

    def wait(self, until: float) -> Arrival | None:
        assert until < 1e8, "nobody would ever wake up"
        if not self._due or self._due[0][0] > until:
            self._now = max(self._now, until)
            return None
        moment, _, arrival = heapq.heappop(self._due)
        self._now = max(self._now, moment)
        return arrival


@dataclass
class Played:
    """What came of a run, and what was asked and told meanwhile."""

    outcome: Outcome
    owed: Owed
    seconds: float
    news: list[News]
    asked: list[tuple[float, str, Call]]
    # What was owed, and known, each time that something was told.
    debts: list[tuple[News, Owed]]

    def told(self, kind: type[N]) -> list[N]:
        """The news of one *kind*."""
        return [one for one in self.news if isinstance(one, kind)]

    def count(self, name: str) -> int:
        """How often it was asked for *name*."""
        return sum(asked == name for _, asked, _ in self.asked)

    def first(self, name: str) -> Call:
        """The first call of that *name*."""
        return next(call for _, asked, call in self.asked if asked == name)

    def seconds_of(self, name: str) -> list[float]:
        """When it was asked for."""
        return [at for at, asked, _ in self.asked if asked == name]


def play(
    scene: Scene,
    plan: Plan = ONE,
    *,
    timeout: float = 19_800.0,
    interrupts: Mapping[float, Why] | None = None,
) -> Played:
    """Play *scene* to its end."""
    line = SceneLine(scene)
    for second, why in (interrupts or {}).items():
        line.interrupt_at(second, why)
    run = JobRun(plan, deadline=BEGAN + timeout, chance=lambda: 0.5)
    news: list[News] = []
    debts: list[tuple[News, Owed]] = []

    def tell(_: Machine, one: News) -> None:
        if isinstance(one, RunStarted | Started | TookUp | Parted):
            run.so_far()  # what is kept of it, as the story does
        news.append(one)
        debts.append((one, run.owed()))

    (outcome,) = drive([run], line, tell)
    return Played(
        outcome=outcome,
        owed=run.owed(),
        seconds=line.now() - BEGAN,
        news=news,
        asked=scene.asked,
        debts=debts,
    )


def broken(said: str, second: float, name: str = "orders") -> Event:
    """A flow fails for good."""
    failed = flow(name, "FAILED", second)
    return replace(failed, level=Level.ERROR, chain=(thrown(said),))


def succeeding(scene: Scene, key: str = "load", update: str = "u1") -> None:
    """A Pipeline task from second 2 to 60, whose update completes at 50."""
    scene.task(key, ends=60)
    scene.update(
        update,
        pipeline=key,
        states={4: "RUNNING", 50: "COMPLETED"},
        events=[state("RUNNING", 4), state("COMPLETED", 50)],
    )


def failing(scene: Scene, key: str = "load", update: str = "u1") -> None:
    """The same; the update fails at 50."""
    scene.task(key, ends=60, result="FAILED", message="Workload failed")
    scene.update(
        update,
        pipeline=key,
        states={4: "RUNNING", 50: "FAILED"},
        events=[
            state("RUNNING", 4),
            broken(f"no column in {key}", 45),
            state("FAILED", 50),
        ],
    )


def play_together(
    first: Scene, second: Scene
) -> tuple[tuple[Outcome, ...], list[tuple[float, str]]]:
    """Play two runs in one loop: of the tasks `load` and `serve`; who asked when."""

    class Both(Scene):
        def answer(self, call: Call, second_: float) -> Reply | None:
            of_second = "serve" in call.path or call.query == (("run_id", "78"),)
            if call.body is not None and call.body.get("job_id") == 6:
                return good({"run_id": 78})
            scene = second if of_second else first
            reply = scene.answer(call, second_)
            if of_second and name_of(call) == GET:
                return good({**scene.run(second_), "run_id": 78})
            return reply

    line = SceneLine(Both())
    plans = (plan_of(task("load")), plan_of(task("serve"), job=JobId("6")))
    runs = [JobRun(p, deadline=BEGAN + 1e4, chance=lambda: 0.5) for p in plans]
    outcomes = drive(runs, line, lambda *_: None)
    asked = sorted((at, name) for at, name, _ in (*first.asked, *second.asked))
    return outcomes, asked
