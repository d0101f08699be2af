"""
Updates that are followed in virtual time: the real machines, no network.

Each has a log of its own, which grows as time passes; calls take as long as they do
over a network, and all pipelines are at it at the same time.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from email.utils import formatdate
from math import inf
from pathlib import Path

from benchmarks.log.scripted import BEGAN, UPDATE, ScriptedLog
from benchmarks.log.served import ServedLog
from dlt_action.core.calls import Call, Method
from dlt_action.core.event import Event
from dlt_action.core.machine import Machine
from dlt_action.core.model import Pipeline, PipelineId, PipelineState, UpdateRequest
from dlt_action.core.news import Logged, News
from dlt_action.core.plan import Links, Plan
from dlt_action.core.reply import Answer
from dlt_action.core.run import Run
from dlt_action.driving import drive
from dlt_action.edge.ci.kept import Kept
from dlt_action.edge.line import Arrival, Arrived, Ticket
from dlt_action.edge.writer import Writer
from dlt_action.settings.load import load
from dlt_action.story import run
from dlt_action.world import Desk, World

PIPELINES = 50
HOUR = 3600.0
PER_CALL = 0.2  # seconds
_SURROUNDINGS = {"DATABRICKS_HOST": "https://x.cloud.databricks.com"}


class Fleet:
    """A `Line` to a workspace in which each pipeline has one update."""

    def __init__(self, pipelines: int, log: ScriptedLog) -> None:
        """Serve so many *pipelines*, each of which writes that *log*, kept once."""
        self.names = [f"{number:08d}-aaaa" for number in range(pipelines)]
        self.logs = {name: ServedLog(log) for name in self.names}
        self._seconds = log.seconds
        self._began: dict[str, float] = {}
        self._due: list[tuple[float, int, Arrived]] = []
        self._now = 0.0
        self.sent = 0
        self.told: dict[str, float] = {}  # when each end was told, seconds

    def now(self) -> float:
        """See `Line`."""
        return self._now

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self.sent += 1
        ticket, due = Ticket(self.sent), self._now + min(PER_CALL, within)
        arrived = Arrived(ticket, self.answer(call))
        heapq.heappush(self._due, (due, self.sent, arrived))
        return ticket

    def answer(self, call: Call) -> Answer:
        """What the workspace says now."""
        a_page = call.path.endswith("/events")
        body = self._page(call) if a_page else json.dumps(self._answer(call)).encode()
        date = formatdate((BEGAN + self._for(call)).timestamp(), usegmt=True)
        headers = {"content-type": "application/json", "date": date}
        return Answer(200, headers, body)

    def wait(self, until: float) -> Arrival | None:
        """See `Line`."""
        if not self._due or self._due[0][0] > until:
            self._now = max(self._now, until)
            return None
        due, _, arrived = heapq.heappop(self._due)
        self._now = max(self._now, due)
        return arrived

    def _answer(self, call: Call) -> Mapping[str, object]:
        _, _, rest = call.path.partition("/pipelines/")
        name, _, what = rest.partition("/")
        if call.method is Method.POST:
            self._began[name] = self._now
            return {"update_id": UPDATE, "request_id": UPDATE}
        if what == "updates":
            return {}
        if not what:
            return {"pipeline_id": name, "name": f"orders {name}", "state": "IDLE"}
        over = self.seconds(name) >= self._seconds
        if over:
            self.told.setdefault(name, self.seconds(name) + PER_CALL)
        state = "COMPLETED" if over else "RUNNING"
        return {"update": {"update_id": UPDATE, "state": state, "cause": "API_CALL"}}

    def _page(self, call: Call) -> bytes:
        name = call.path.split("/")[-2]
        return self.logs[name].page(dict(call.query), self.seconds(name))

    def seconds(self, name: str) -> float:
        """How long ago the update of that pipeline began."""
        return self._now - self._began.get(name, self._now)

    def _for(self, call: Call) -> timedelta:
        _, _, rest = call.path.partition("/pipelines/")
        return timedelta(seconds=self.seconds(rest.partition("/")[0]))


def follow(
    log: ScriptedLog, tell: Callable[[Event], None], chance: float = 0.5
) -> tuple[int, Fleet]:
    """Start and follow one update that writes *log*; its exit code."""
    fleet = Fleet(1, log)
    (name,) = fleet.names
    plan = Plan(
        pipeline=Pipeline(
            pipeline_id=PipelineId(name), name="orders", state=PipelineState.IDLE
        ),
        request=UpdateRequest(),
        links=Links("https://x.cloud.databricks.com"),
        began=0.0,
        began_at=BEGAN,
    )

    def told(_: Machine, news: News) -> None:
        if isinstance(news, Logged):
            tell(news.event)

    one = Run(plan, deadline=inf, chance=lambda: chance)
    (outcome,) = drive([one], fleet, told)
    return outcome.exit_code, fleet


def play(pipelines: int, events: int, folder: Path) -> tuple[int, Fleet]:
    """Play a whole step, for an hour; its exit code."""
    fleet = Fleet(pipelines, ScriptedLog(events, events / HOUR))
    writer = Writer(None, clock=None, github=False)
    flags = [
        f"--pipeline-id={','.join(fleet.names)}",
        f"--max-parallel={pipelines}",
        "--report-dir=reports",
    ]
    world = World(
        line=fleet,
        desk=Desk(Kept(writer), writer, folder),
        wall=lambda: BEGAN.astimezone(UTC) + timedelta(seconds=fleet.now()),
        chance=lambda: 0.5,
        began=0.0,
        token=lambda: "none",
    )
    environ = {**_SURROUNDINGS, "DATABRICKS_TOKEN": "dapi"}
    return run(load(flags, environ), world), fleet
