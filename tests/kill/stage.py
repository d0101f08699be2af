"""
A workspace that can be halted: in the middle of a call, and in time.

The stand-in plays at the speed of life, so nothing happens in it while a test looks;
time jumps where a play says so. Before a call is carried out, or after it, it may be
held until the test lets go: then it is answered, dropped, or never answered.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from dlt_action.standin import Workspace
from dlt_action.standin.faults import Dropped, Fault
from dlt_action.standin.play import Pipeline, Run
from dlt_action.standin.wire import Request, Response
from tests.cli.program import CANARY
from tests.edge.wires import Peer, Wire
from tests.kill.launcher import label

# More than any stop takes here, and less than what is active goes on for.
A_WHILE = 60.0


class Then(Enum):
    """What becomes of a call that was held."""

    ANSWER = "answered"
    DROP = "dropped"
    SILENCE = "never-answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Hold the *nth* call of a name; carried out before, if *done*."""

    call: str
    nth: int = 1
    done: bool = False
    then: Then = Then.ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is played, and where time jumps by how many seconds."""

    scenario: str
    beside: tuple[str, ...] = ()  # scenarios of other pipelines
    jumps: Mapping[str, float] = field(default_factory=dict)  # before "GET-update 1"
    faults: Callable[[], list[Fault]] = list


class Stage:
    """A served workspace that plays one scene."""

    def __init__(self, scene: Scene, hold: Hold | None) -> None:
        """Play *scene*, and *hold* one call; a context manager."""
        self.held = threading.Event()
        self.settled = threading.Event()  # what was held is carried out, or lost
        self.silent = False  # nothing that comes from now on is answered
        self._release = threading.Event()
        self._hold = hold
        self._jumps = dict(scene.jumps)
        self._skew = 0.0
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.workspace = Workspace(
            clock=self._clock,
            scenarios=[scene.scenario, *scene.beside],
            token=CANARY,
            log=lambda _: None,
        )
        self.workspace.faults = scene.faults()
        self.pipeline_id = self.workspace.pipeline_id(scene.scenario)
        self.foreign = {run.scene.update_id for run in self.runs}
        self._wire = Wire(self._serve)
        self.url = self._wire.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        self._wire.__exit__(kind, error, trace)

    def release(self) -> None:
        """Let go of the call that is held."""
        self._release.set()

    def count(self, call: str) -> int:
        """How many calls of that name came."""
        with self._lock:
            return self._times[call]

    def pass_time(self, seconds: float) -> None:
        """Play what happens in so many seconds."""
        with self._lock:
            self._skew += seconds
            self._pipeline.advance(self._clock())

    @property
    def _pipeline(self) -> Pipeline:
        return self.workspace.world.pipelines[self.pipeline_id]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every update there was, oldest first."""
        return tuple(self._pipeline.runs)

    @property
    def goes_on(self) -> bool:
        """Whether the platform is about to start another update by itself."""
        return self._pipeline.busy is not None and self._pipeline.active is None

    def _clock(self) -> float:
        return time.time() + self._skew

    def _serve(self, peer: Peer) -> None:
        with suppress(Dropped):
            while raw := peer.read():
                if self.silent:
                    peer.hang()
                    return
                peer.send(_raw(self._answer(_request(raw), peer), self._clock()))

    def _answer(self, request: Request, peer: Peer) -> Response:
        call = label(request.method, request.path)
        with self._lock:
            self._times[call] += 1
            nth = self._times[call]
            self._skew += self._jumps.pop(f"{call} {nth}", 0.0)
        hold = self._hold
        if hold is None or (hold.call, hold.nth) != (call, nth):
            return self._carry_out(request, call)
        response = self._carry_out(request, call) if hold.done else None
        self.held.set()
        self._release.wait()
        if response is None and hold.then is Then.ANSWER:
            response = self._carry_out(request, call)
        self.settled.set()
        if hold.then is Then.SILENCE:
            peer.hang()
        if response is None or hold.then is not Then.ANSWER:
            raise Dropped
        return response

    def _carry_out(self, request: Request, call: str) -> Response:
        with self._lock:
            response = self.workspace.handle(request)
            if call == "POST-stop":
                self._skew += A_WHILE
        return response


def _request(raw: bytes) -> Request:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    split = urlsplit(target)
    pairs = (line.partition(":") for line in rest)
    headers = {name: value.strip() for name, _, value in pairs}
    query = tuple(parse_qsl(split.query, keep_blank_values=True))
    return Request(method, split.path, query, headers, body)


def _raw(response: Response, now: float) -> bytes:
    told = {
        "Date": formatdate(now, usegmt=True),
        "Content-Length": str(len(response.body)),
        **response.headers,
    }
    lines = (f"{name}: {value}" for name, value in told.items())
    head = "\r\n".join((f"HTTP/1.1 {response.status} -", *lines, "", ""))
    return head.encode("latin-1") + response.body
