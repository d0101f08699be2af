"""
Fifty pipelines of one step, for an hour of virtual time: the real story, no network.

Each has a log of its own, which grows as the hour passes; calls take as long as they do
over a network, and all pipelines are at it at the same time.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path

from benchmarks.log.scripted import BEGAN, UPDATE, ScriptedLog
from benchmarks.log.served import ServedLog
from dlt_action.core.calls import Call, Method
from dlt_action.core.reply import Answer
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

    def __init__(self, pipelines: int, events: int) -> None:
        """Serve so many *pipelines*, with logs of so many *events* each."""
        self.names = [f"{number:08d}-aaaa" for number in range(pipelines)]
        log = ScriptedLog(events, events / HOUR)  # the same for all, and kept once
        self._logs = {name: ServedLog(log) for name in self.names}
        self._began: dict[str, float] = {}
        self._due: list[tuple[float, int, Arrived]] = []
        self._now = 0.0
        self.sent = 0

    def now(self) -> float:
        """See `Line`."""
        return self._now

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self.sent += 1
        ticket, due = Ticket(self.sent), self._now + min(PER_CALL, within)
        body = json.dumps(self._answer(call)) if "/events" not in call.path else ""
        page = body.encode() if body else self._page(call)
        reply = Answer(200, {"content-type": "application/json"}, page)
        heapq.heappush(self._due, (due, self.sent, Arrived(ticket, reply)))
        return ticket

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
        over = self._now - self._began[name] >= HOUR + 5.0
        state = "COMPLETED" if over else "RUNNING"
        return {"update": {"update_id": UPDATE, "state": state, "cause": "API_CALL"}}

    def _page(self, call: Call) -> bytes:
        name = call.path.split("/")[-2]
        return self._logs[name].page(dict(call.query), self._now - self._began[name])


def play(pipelines: int, events: int, folder: Path) -> tuple[int, Fleet]:
    """Play the whole step; its exit code."""
    fleet = Fleet(pipelines, events)
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
