"""How many connections a run takes, and which calls: over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from dlt_action.standin import CLIENT_ID, CLIENT_SECRET, JOBS, Workspace
from dlt_action.standin.server import Listener, Server
from tests.cli.program import CANARY, Ended, environment, start

# The reads before the start share one; the start opens another, which is kept.
OF_A_RUN = 2
FOREVER = 60.0


class Door(Listener):
    """Counts who comes in."""

    def __init__(self, workspace: Workspace, idle: float, *, keeps: bool) -> None:
        """Close a connection on which nothing is said for *idle* seconds."""
        super().__init__(("127.0.0.1", 0), workspace)
        self.opened = 0
        version = "HTTP/1.1" if keeps else "HTTP/1.0"
        manners = {"timeout": idle, "protocol_version": version}
        handler: Any = self.RequestHandlerClass
        self.RequestHandlerClass = type("Handler", (handler,), manners)

    def get_request(self) -> tuple[socket, Any]:
        """Count it."""
        self.opened += 1
        return super().get_request()


class Place:
    """A served workspace, and the program run against it."""

    def __init__(self, workspace: Workspace, door: Door, url: str) -> None:
        self.workspace = workspace
        self.door = door
        self._url = url

    def runs(self, folder: Path, *names: str, **variables: str) -> Ended:
        """Update the pipelines of these *names*; words with dashes are flags."""
        pipelines = [name for name in names if not name.startswith("-")]
        flags = [name for name in names if name.startswith("-")]
        if pipelines:
            ids = ",".join(map(self.workspace.pipeline_id, pipelines))
            flags.append(f"--pipeline-id={ids}")
        environ = environment(folder, **variables)
        return start(folder, f"--host={self._url}", *flags, environ=environ).end()

    @property
    def asked(self) -> list[str]:
        """The method and the last word of each request."""
        return [
            f"{one.method} {one.path.rpartition('/')[2]}"
            for one in self.workspace.requests
        ]


@contextmanager
def place(
    *, stretch: float = 0.02, idle: float = FOREVER, keeps: bool = True
) -> Iterator[Place]:
    """Serve a workspace fifty times as fast as life."""
    workspace = Workspace(
        clock=time.time,
        token=CANARY,
        stretch=stretch,
        page_size=1000,
        jobs=JOBS,
        log=lambda _: None,
    )
    door = Door(workspace, idle, keeps=keeps)
    with Server(door) as server:
        yield Place(workspace, door, server.url)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace in which a pipeline was updated by one run."""
    with place() as served:
        assert served.runs(tmp_path_factory.mktemp("plain"), "success").code == 0
        return served


def test_a_run_takes_two_connections(plain: Place) -> None:
    assert plain.door.opened == OF_A_RUN


def test_every_call_offers_to_take_a_packed_answer(plain: Place) -> None:
    for request in plain.workspace.requests:
        assert "gzip" in str(request.header("accept-encoding"))


def test_the_calls_of_a_run_are_these(plain: Place) -> None:
    workspace, asked = plain.workspace, plain.asked
    pipeline = workspace.pipeline_id("success")
    # What is to be started, and what was there before: after a lost answer only the
    # difference tells whether there is an update of ours.
    assert asked[:3] == [f"GET {pipeline}", "GET updates", "POST updates"]
    # Its state and its log; and at the end of both, each once more: it is the verdict.
    state, log = f"GET {workspace.requests[3].path.rpartition('/')[2]}", "GET events"
    assert set(asked[3:]) == {state, log}
    assert asked[3] == state
    assert asked[-2:] == [log, state]


def test_to_sign_in_at_the_workspace_takes_none_of_its_own(tmp_path: Path) -> None:
    secret = {"INPUT_TOKEN": "", "INPUT_CLIENT-SECRET": CLIENT_SECRET}
    with place() as served:
        ended = served.runs(tmp_path, "success", f"--client-id={CLIENT_ID}", **secret)
        assert ended.code == 0
        assert "POST token" in served.asked
        assert served.door.opened == OF_A_RUN


def test_a_job_run_takes_one_more_for_each_call_at_the_same_time(
    tmp_path: Path,
) -> None:
    with place() as served:
        assert served.runs(tmp_path, "success", "--trigger=submit-run").code == 0
        assert served.door.opened <= OF_A_RUN + 1


def test_several_pipelines_take_no_more_than_one_after_the_other(
    tmp_path: Path,
) -> None:
    names = ("success", "many-flows", "streaming-expectations")
    with place() as served:
        assert served.runs(tmp_path, *names).code == 0
        assert served.door.opened <= OF_A_RUN * len(names)


def test_a_connection_that_was_closed_while_it_was_idle_is_made_anew_in_silence(
    tmp_path: Path,
) -> None:
    with place(idle=0.3) as served:
        ended = served.runs(tmp_path, "success")
        assert ended.verdict == (0, "succeeded", "true")
        assert served.door.opened > OF_A_RUN
    assert not any(word in ended.log for word in ("warning", "away", "again"))


def test_a_workspace_that_keeps_no_connection_is_one_as_well(tmp_path: Path) -> None:
    with place(keeps=False) as served:
        ended = served.runs(tmp_path, "success")
        assert ended.verdict == (0, "succeeded", "true")
        assert served.door.opened == len(served.asked)
        assert served.asked.count("POST updates") == 1
    assert not any(word in ended.log for word in ("warning", "away", "again"))
