"""
The program as the first process of a namespace, watched and killed from outside.

A container's first process is treated differently by the kernel: what it does not
handle is dropped. Root, or a user who may be root in a namespace of their own, gets the
real thing; `FIRST` says what this machine can do.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

# Compiled here once, and not by hundreds of processes that write no bytecode.
import dlt_action.cli  # noqa: F401 - see above
from tests.cli.program import ENTRY, PATIENCE, Ended
from tests.kill.launcher import starved

POST = ENTRY.with_name("post.py")
LAUNCHER = Path(__file__).with_name("launcher.py")
PYTHON = (sys.executable, "-I", "-u", "-B", "-X", "utf8")
_ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
_WAYS = (_ALONE, (*_ALONE, "--user", "--map-root-user"))


@cache
def first() -> tuple[str, ...]:
    """What to put in front of a command so that it is the first process; or nothing."""
    for way in _WAYS:
        asked = (*way, *PYTHON, "-c", "import os; print(os.getpid())")
        try:
            tried = subprocess.run(asked, capture_output=True, check=False, timeout=9)
        except (OSError, subprocess.TimeoutExpired):
            return ()
        if tried.stdout == b"1\n":
            return way
    return ()


def post(folder: Path, environ: Mapping[str, str]) -> Ended:
    """The post step, from beginning to end."""
    began = time.monotonic()
    ran = subprocess.run(
        [*PYTHON, POST],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    seconds = time.monotonic() - began
    return Ended(ran.returncode, ran.stdout, ran.stderr, seconds, folder)


class Watched:
    """The program while it runs, and what the launcher tells of it."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str], halts: Sequence[str]
    ) -> None:
        """Start it in *folder*, to be halted at *halts* one after the other."""
        self.journal: list[str] = []  # what it told, and what it was sent
        self.times: list[float] = []  # when
        self._told = threading.Condition()
        self._starved: int | None = None
        self._folder = folder
        self._nest = TemporaryDirectory(prefix="kill-")  # pytest's are too long
        address = f"{self._nest.name}/ear"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(address)
        listener.listen(1)
        listener.settimeout(PATIENCE)
        with listener, (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*first(), *PYTHON, LAUNCHER, address, ENTRY, ",".join(halts)],
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            self._mouth, _ = listener.accept()
        self._pid = _peer(self._mouth)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()  # and with it what it started
        self._process.wait()
        self._listener.join()
        self._mouth.close()
        self._nest.cleanup()

    def _listen(self) -> None:
        while True:
            try:
                name = self._mouth.recv(4096).decode()
            except OSError:  # killed
                name = ""
            self._note(name or "over")
            if not name:
                return

    def _note(self, name: str) -> None:
        with self._told:
            self.journal.append(name)
            self.times.append(time.monotonic())
            self._told.notify_all()

    def gets_to(self, name: str, within: float = PATIENCE) -> bool:
        """Wait until it gets to the point of that name; whether it does."""
        with self._told:
            self._told.wait_for(
                lambda: name in self.journal or "over" in self.journal, within
            )
            return name in self.journal

    def go_on(self) -> None:
        """Let it go on from where it was halted."""
        with suppress(OSError):  # it is dead
            self._mouth.send(b"go")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, as somebody outside of its namespace."""
        if self._starved is None:
            self._starved = int(starved(str(self._pid)))
        self._note(f"signal {number.name}")
        os.kill(self._pid, number)

    def gone_within(self, seconds: float) -> bool:
        """Whether it is over in so many seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def starved(self) -> float:
        """Seconds since the first signal in which it got no CPU, though it wanted."""
        told = [name.split()[1] for name in self.journal if name.startswith("starved")]
        before = 0 if self._starved is None else self._starved
        return (int(told[0]) - before) / 1e9 if told else 0.0

    def end(self, since: float) -> Ended:
        """Wait for its end; `seconds` count from *since* (monotonic)."""
        code = self._process.wait(PATIENCE)
        seconds = time.monotonic() - since
        self._listener.join()
        said = (self._folder / "log").read_bytes()
        return Ended(code, said, b"", seconds, self._folder)


def _peer(mouth: socket.socket) -> int:
    # The kernel tells who is there by the number that *we* would call it by.
    told = mouth.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid, _, _ = struct.unpack("3i", told)
    return int(pid)
