"""A stand-in of a workspace that notes when a request came, and over how many wires."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket
from time import monotonic
from typing import Any

from dlt_action.standin import Request, Response, Scenario, Workspace, epoch_seconds
from dlt_action.standin.jobs.staging import pipeline_id
from dlt_action.standin.play import Pipeline
from dlt_action.standin.server import Listener, Server

# As large as the API's: what the stand-in has by default is there to be inconvenient.
PAGE = 1000
TOKEN = "dapi0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing but this

_EPOCH = epoch_seconds() - monotonic()


def now() -> float:
    """Seconds since 1970, by a clock that nobody sets: differences can be believed."""
    return _EPOCH + monotonic()


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, and what was answered."""

    at: float
    request: Request
    response: Response


class Watched(Workspace):
    """A workspace of one pipeline, for one client."""

    def __init__(self, scenario: Scenario) -> None:
        """Play *scenario* once an update is started."""
        super().__init__(
            clock=now, scenarios=(), token=TOKEN, page_size=PAGE, log=lambda _: None
        )
        self.seen: list[Seen] = []
        self.first: queue.SimpleQueue[float] = queue.SimpleQueue()  # of the API's
        self.opened = 0  # connections
        made = pipeline_id(scenario.name)
        self.pipeline = Pipeline(scenario, scenario.name, made, self.world.pace, now())
        self.world.pipelines[made] = self.pipeline

    def handle(self, request: Request) -> Response:
        """Answer as a workspace does."""
        at = now()
        response = super().handle(request)
        self.seen.append(Seen(at, request, response))
        # What a client asks about the host alone is not yet what it is for.
        if request.path.startswith("/api/"):
            self.first.put(at)
        return response


class _Counting(Listener):
    workspace: Watched

    def get_request(self) -> tuple[socket, Any]:
        """Count it."""
        found = super().get_request()
        self.workspace.opened += 1
        return found


@contextmanager
def watched(scenario: Scenario) -> Iterator[tuple[Watched, str]]:
    """A workspace that is served, and its address."""
    workspace = Watched(scenario)
    with Server(_Counting(("127.0.0.1", 0), workspace)) as server:
        yield workspace, server.url
