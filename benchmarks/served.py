"""A stand-in of a workspace that notes when a request came, and over how many wires."""

from __future__ import annotations

import queue
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from time import monotonic
from typing import Any

import certifi

from dlt_action.standin import Request, Response, Scenario, Workspace, epoch_seconds
from dlt_action.standin.jobs.staging import pipeline_id
from dlt_action.standin.play import Pipeline
from dlt_action.standin.server import Listener, Server
from tests.edge.authority import Authority

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


@dataclass(frozen=True, slots=True)
class Trust:
    """What is shown, and what has to be believed for it."""

    shown: ssl.SSLContext
    authority: Path
    bundle: Path  # Mozilla's authorities, and that one: what a client has to read


def trust(folder: Path) -> Trust:
    """An authority of our own, in files of *folder*."""
    made = Authority(folder)
    authority, bundle = folder / "authority.pem", folder / "bundle.pem"
    authority.write_text(made.pem, "ascii")
    bundle.write_text(
        f"{Path(certifi.where()).read_text('utf-8')}\n{made.pem}", "utf-8"
    )
    return Trust(made.server(), authority, bundle)


@contextmanager
def watched(
    scenario: Scenario, believed: Trust | None = None
) -> Iterator[tuple[Watched, str]]:
    """A workspace that is served, over TLS if it can be *believed*; its address."""
    workspace = Watched(scenario)
    listener = _Counting(("127.0.0.1", 0), workspace)
    if believed is not None:
        listener.scheme = "https"
        listener.socket = believed.shown.wrap_socket(
            listener.socket, server_side=True, do_handshake_on_connect=False
        )
    with Server(listener) as server:
        yield workspace, server.url
