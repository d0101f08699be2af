"""
A whole run in virtual time: the real story against the stand-in, without a socket.

The line plays the network: a call takes a fifth of a second, and may be made to fail
in a window of time. Nothing sleeps; an hour passes in the time that its calls take.
The post step is played after it, by the same clock, from the state that the run left.
"""

from __future__ import annotations

import heapq
import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dlt_action.cleanup import clean_up
from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.edge.ci import Dialect, choose
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Ticket
from dlt_action.edge.writer import Writer
from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from dlt_action.standin import Dropped, Request, Workspace
from dlt_action.standin.play import Run
from dlt_action.story import run
from dlt_action.world import Desk, World
from tests.oracles import runner

EPOCH = 1_790_000_000.0
TOKEN = "dapi-standin"
HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
ROUND_TRIP = 0.2


class Killed(BaseException):
    """The process is gone, in the middle of whatever it did."""


@dataclass(frozen=True)
class Away:
    """The API cannot be reached from one moment to another (seconds)."""

    since: float
    until: float
    kind: FaultKind = FaultKind.UNCONNECTED


class Stream(io.StringIO):
    """A log that somebody listens to."""

    def __init__(self, listener: Callable[[str], None]) -> None:
        super().__init__()
        self._listener = listener

    def write(self, text: str) -> int:
        self._listener(text)
        return super().write(text)


class VirtualLine:
    """A `Line` whose time passes only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls: list[tuple[float, Call]] = []
        self.away: list[Away] = []
        self.workspace: Workspace | None = None
        self.before: Callable[[Call], None] = lambda _: None  # each call leaves
        self.mute: Callable[[Call], bool] = lambda _: False  # whether it is answered
        self._killed_at: float | None = None
        self._tickets = itertools.count(1)
        self._order = itertools.count()
        self._due: list[tuple[float, int, Arrival | Callable[[], None]]] = []

    def begin(self, settings: Settings, desk: Desk) -> None:
        """A process begins that was given *settings*, and tells at *desk*."""

    def end(self) -> None:
        """It has ended."""

    def epoch(self) -> float:
        return EPOCH + self.seconds

    def now(self) -> float:
        return self.seconds

    def interrupt_at(self, second: float, why: Why) -> None:
        heapq.heappush(self._due, (second, next(self._order), Interrupted(why)))

    def at(self, second: float, do: Callable[[], None]) -> None:
        """Plan what happens in the world, or on threads of the program."""
        heapq.heappush(self._due, (second, next(self._order), do))

    def kill_at(self, second: float) -> None:
        """Raise `Killed` out of the wait in which that second comes."""
        self._killed_at = second

    def send(self, call: Call, within: float) -> Ticket:
        self.before(call)
        ticket = Ticket(next(self._tickets))
        self.calls.append((self.seconds, call))
        reply = None if self.mute(call) else self._reply(call)
        if reply is not None:
            due = self.seconds + min(ROUND_TRIP, within)
            heapq.heappush(self._due, (due, next(self._order), Arrived(ticket, reply)))
        return ticket

    def wait(self, until: float) -> Arrival | None:
        assert until < 1e9, "nobody would ever wake up"
        while True:
            comes = min(until, self._due[0][0]) if self._due else until
            if self._killed_at is not None and comes >= self._killed_at:
                self.seconds, self._killed_at = max(self.seconds, self._killed_at), None
                self._due.clear()
                raise Killed
            self.seconds = max(self.seconds, comes)
            if not self._due or self._due[0][0] > until:
                return None
            _, _, happens = heapq.heappop(self._due)
            if isinstance(happens, Arrived | Interrupted):
                return happens
            happens()

    def _reply(self, call: Call) -> Reply | None:
        return self.answer(call, {"Authorization": f"Bearer {TOKEN}"})

    def answer(self, call: Call, headers: Mapping[str, str]) -> Reply:
        """What comes of a *call* that leaves now, with these *headers*."""
        for away in self.away:
            if away.since <= self.seconds < away.until:
                return Fault(away.kind)
        body = b"" if call.body is None else json.dumps(call.body).encode()
        return self.handled(
            Request(call.method.value, call.path, call.query, headers, body)
        )

    def handled(self, request: Request) -> Reply:
        """What the workspace answers now."""
        assert self.workspace is not None
        try:
            response = self.workspace.handle(request)
        except Dropped:
            return Fault(FaultKind.BROKEN)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, response.body)


def count(requests: Sequence[Request], method: str, ending: str = "") -> int:
    """How many of *requests* are of that kind."""
    return sum(
        request.method == method and request.path.endswith(ending)
        for request in requests
    )


@dataclass
class Played:
    """What a person, a workflow and a workspace saw of a run."""

    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    result: dict[str, Any]
    line: VirtualLine
    workspace: Workspace

    @property
    def lines(self) -> list[str]:
        return self.log.splitlines()

    @property
    def seconds(self) -> float:
        return self.line.seconds

    def sent(self, method: str, ending: str = "") -> int:
        """How many requests of that kind the workspace saw."""
        return count(self.workspace.requests, method, ending)

    @property
    def starts(self) -> int:
        return self.sent("POST", "/updates")

    @property
    def stops(self) -> int:
        return self.sent("POST", "/stop")


@dataclass
class Tidied:
    """What a person and a workspace saw of a post step."""

    code: int
    log: str
    seconds: float  # that it took
    requests: Sequence[Request]  # its own

    @property
    def starts(self) -> int:
        return count(self.requests, "POST", "/updates")

    @property
    def stops(self) -> int:
        return count(self.requests, "POST", "/stop")


@dataclass
class Stage:
    """The world before a run; change it, then `play`."""

    folder: Path
    line: VirtualLine = field(default_factory=VirtualLine)
    manners: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    # Between the story and the CI that it runs in.
    dialect: Callable[[Dialect], Dialect] = lambda ci: ci
    # Told all that is written to the log, just before it is.
    listener: Callable[[str], None] = lambda _: None
    workspace: Workspace = field(init=False)
    _tokens: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.workspace = Workspace(
            clock=self.line.epoch, token=TOKEN, log=lambda _: None, **self.manners
        )
        self.line.workspace = self.workspace
        for name in ("output", "summary", "state"):
            (self.folder / name).touch()

    def _environ(self) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_STATE": str(self.folder / "state"),
            "DATABRICKS_HOST": HOST,
            "DATABRICKS_TOKEN": TOKEN,
            **self.environ,
        }

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs, as they are now."""
        return runner.environment_file((self.folder / "output").read_bytes())

    @property
    def state(self) -> dict[str, str]:
        """What a post step would be told, now."""
        return runner.environment_file((self.folder / "state").read_bytes())

    def runs(self, pipeline: str) -> list[Run]:
        """Every update that there was, oldest first."""
        found = self.workspace.world.pipelines[self.workspace.pipeline_id(pipeline)]
        found.advance(self.line.epoch())
        return found.runs

    def play(self, pipeline: str | None, *flags: str) -> Played:
        """Run against *pipeline* (a scenario's name), or as the flags say."""
        code, log = self.run(pipeline, *flags)
        return Played(
            code=code,
            log=log,
            outputs=self.outputs,
            state=self.state,
            summary=(self.folder / "summary").read_text(),
            result=json.loads((self.folder / "reports/result.json").read_text()),
            line=self.line,
            workspace=self.workspace,
        )

    def run(self, pipeline: str | None, *flags: str) -> tuple[int, str]:
        """The same; the exit code and the log."""
        stream = Stream(self.listener)
        chosen = [*flags, "--report-dir=reports"]
        if pipeline is not None:
            chosen.append(f"--pipeline-id={self.workspace.pipeline_id(pipeline)}")
        settings, world = load(chosen, self._environ()), self._world(stream)
        self.line.begin(settings, world.desk)
        try:
            return run(settings, world), stream.getvalue()
        finally:
            self.line.end()

    def killed(self, pipeline: str, *flags: str, at: float) -> None:
        """Run, and be killed in the middle."""
        self.line.kill_at(at)
        try:
            self.run(pipeline, *flags)
        except Killed:
            return
        raise AssertionError("it ended before it could be killed")

    def tidy_up(self, state: Mapping[str, str] | None = None, *flags: str) -> Tidied:
        """The post step, told what the run left, or *state*."""
        told = self.state if state is None else state
        stream, began = Stream(self.listener), self.line.seconds
        before = len(self.workspace.requests)
        chosen = ["--pipeline-name=success", *flags]
        settings, world = load(chosen, self._environ()), self._world(stream)
        self.line.begin(settings, world.desk)
        try:
            code = clean_up(settings, told, world)
        finally:
            self.line.end()
        return Tidied(
            code,
            stream.getvalue(),
            self.line.seconds - began,
            self.workspace.requests[before:],
        )

    def _world(self, stream: io.StringIO) -> World:
        writer = Writer(stream, clock=self._wall, github=True)
        ci = self.dialect(choose(self._environ(), writer))
        return World(
            line=self.line,
            desk=Desk(ci, writer, self.folder),
            wall=self._wall,
            chance=lambda: 0.5,
            began=self.line.seconds,
            token=lambda: f"token-{next(self._tokens)}",
        )

    def _wall(self) -> datetime:
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + timedelta(seconds=self.line.epoch())
