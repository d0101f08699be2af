"""The program as a process, as a runner starts it, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dlt_action.standin import Server, Workspace, serve
from tests.oracles import runner

ENTRY = Path(__file__).resolve().parents[2] / "entrypoint.py"
POST = ENTRY.with_name("post.py")
CANARY = "dapi-canary-0123456789abcdef"
FILES = ("output", "summary", "state")
# Far longer than anything takes: for a machine with better things to do.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that is over, and the files of its step."""

    code: int
    raw: bytes
    err: bytes
    seconds: float
    folder: Path

    @property
    def log(self) -> str:
        return self.raw.decode()

    @property
    def commands(self) -> list[runner.Command]:
        # The runner obeys what is said on either stream.
        return runner.commands(self.raw) + runner.commands(self.err)

    @property
    def outputs(self) -> dict[str, str]:
        return runner.environment_file((self.folder / "output").read_bytes())

    @property
    def state(self) -> dict[str, str]:
        return runner.environment_file((self.folder / "state").read_bytes())

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()

    @property
    def verdict(self) -> tuple[int, str, str]:
        return self.code, self.outputs["result"], self.outputs["ok"]

    @property
    def everything(self) -> str:
        """All that was written anywhere, but for the masks: they *are* the secret."""
        masks = [line for line in self.log.splitlines() if "::add-mask::" not in line]
        files = [
            path.read_text(errors="replace")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        ]
        return "\n".join([*masks, self.err.decode(), *files])


class Program:
    """A process that runs."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder
        self._began = time.monotonic()

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE)
        seconds = time.monotonic() - self._began
        code = self.process.returncode
        empty = b""
        return Ended(code, out or empty, err or empty, seconds, self._folder)

    def signal(self, *numbers: signal.Signals) -> Ended:
        """Send signals, and wait for the end; `seconds` count from here."""
        self._began = time.monotonic()
        for number in numbers:
            self.process.send_signal(number)
        return self.end()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a runner sets for a step whose files lie in *folder*."""
    for name in (*FILES, "home", "checkout"):
        path = folder / name
        if name in FILES:
            path.touch()
        else:
            path.mkdir(exist_ok=True)
    coverage = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
    return {
        **coverage,
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(folder / "checkout"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_STATE": str(folder / "state"),
        "INPUT_TOKEN": CANARY,
        **more,
    }


def start(
    folder: Path,
    *argv: str,
    environ: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] = subprocess.PIPE,
    prefix: Iterable[str] = (),
) -> Program:
    """Start the program in *folder*; with *environ* instead of a runner's."""
    python = (*prefix, sys.executable, "-I", "-u", "-B", "-X", "utf8")
    process = subprocess.Popen(
        [*python, ENTRY, *argv],
        cwd=folder,
        env=environment(folder) if environ is None else environ,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )
    return Program(process, folder)


def post(
    folder: Path, state: Mapping[str, str], *argv: str, **variables: str
) -> Program:
    """Start the post step in *folder*, told the *state* as a runner tells it."""
    told = {f"STATE_{name}": value for name, value in state.items()}
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", "-B", "-X", "utf8", POST, *argv],
        cwd=folder,
        env={**environment(folder), **told, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Program(process, folder)


@dataclass(frozen=True, slots=True)
class Shop:
    """A served stand-in with the flags that lead to it."""

    workspace: Workspace
    server: Server

    def flags(self, scenario: str) -> tuple[str, str]:
        pipeline = self.workspace.pipeline_id(scenario)
        return f"--host={self.server.url}", f"--pipeline-id={pipeline}"

    def sent(self, method: str, ending: str = "") -> int:
        """How many requests of that kind came."""
        return sum(
            request.method == method and request.path.endswith(ending)
            for request in tuple(self.workspace.requests)
        )

    @property
    def starts(self) -> int:
        return self.sent("POST", "/updates")

    @property
    def stops(self) -> int:
        return self.sent("POST", "/stop")


@contextmanager
def shop(
    *, stretch: float = 0.01, cert: Path | None = None, key: Path | None = None
) -> Iterator[Shop]:
    """Serve a stand-in that opens to the canary, a hundred times as fast as life."""
    workspace = Workspace(
        clock=time.time, token=CANARY, stretch=stretch, log=lambda _: None
    )
    with serve(workspace, cert=cert, key=key) as server:
        yield Shop(workspace, server)


def until(happened: Callable[[], bool]) -> None:
    """Wait until something happened in another process."""
    give_up = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.02)  # there is nothing else to wait on
