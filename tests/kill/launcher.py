"""
Starts the program as `entrypoint.py` does, tells what it passes, and halts it there.

It changes nothing of the program: the interpreter itself reports calls and returns
(`sys.setprofile`) and imports (`sys.meta_path`), and what the launcher makes of them
is a name, such as `before POST-updates 1`, sent to whoever started it. At the names
that it was given it then waits for a word. A signal handler still runs meanwhile.

    python -I -u -B -X utf8 launcher.py SOCKET SCRIPT NAME[,NAME...] [argument...]

A name is *when what how-often*. The whens: `before` and `after` a function, `amid` a
file that is open; `sending` and `read` are those of the thread that holds the
connection; `in` is told and never halted at, for a signal in the middle of a wait.
"""

from __future__ import annotations

import re
import runpy
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from types import FrameType
from typing import Any, TypeAlias

API = "/api/2.0/pipelines"
IMPORTS = frozenset({"dlt_action.cli", "requests", "dlt_action.core.watch"})
# Imported last. To watch all that is called before it costs a tenth of a second.
WATCHED_FROM = "dlt_action.story"


def label(method: str, path: str) -> str:
    """A short name of a request: `GET-update`, `POST-stop`, ..."""
    match path.removeprefix(API).strip("/").split("/"):
        case [""]:
            kind = "pipelines"
        case [_]:
            kind = "pipeline"
        case [_, what]:
            kind = what
        case _:
            kind = "update"
    return f"{method}-{kind}"


def starved(process: str) -> str:
    """Nanoseconds in which the main thread of *process* wanted a CPU and got none."""
    try:
        return Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return "0"  # a kernel that does not count it


_VALUE = re.compile(rb"^(\S+)<<(\S+)\n(.*)\n\2$", re.MULTILINE)


def said(record: bytes) -> str:
    """What a record for the runner's files says: `-stop-update`, `-succeeded`, ..."""
    values = {  # of several debts, those that are written are much the same
        re.sub(rb"_\d+$", b"", name): value.decode()
        for name, _, value in _VALUE.findall(record)
    }
    word = values.get(b"owed", values.get(b"result", ""))
    update = values.get(b"update_id", values.get(b"update-id", ""))
    return f"-{word}{'-update' if update else ''}" if word else ""


class Telling:
    """Tells names in the order in which they happen, and halts at some."""

    def __init__(self, ear: socket.socket, halts: Sequence[str]) -> None:
        self._ear = ear
        self._halts = list(halts)
        self._times: Counter[str] = Counter()

    def tell(self, when: str, what: str) -> None:
        self._times[f"{when} {what}"] += 1
        name = f"{when} {what} {self._times[f'{when} {what}']}"
        halts = self._halts[:1] == [name]
        if halts:
            del self._halts[0]
        with suppress(OSError):  # nobody listens any more
            self._ear.send(name.encode())
            if halts and when != "in":
                self._ear.recv(16)


class Imports:
    """Sees which modules are looked for, and finds none."""

    def __init__(self, telling: Telling, watch: Callable[[], None]) -> None:
        self._telling = telling
        self._watch = watch

    def find_spec(self, name: str, *_: object) -> None:
        if name == WATCHED_FROM:
            self._watch()
        if name in IMPORTS:
            self._telling.tell("before", f"import-{name}")


WHENS = {"call": "before", "return": "after"}  # not those of C functions
Seen: TypeAlias = Callable[[FrameType, str, Any], None]


class Calls:
    """Makes names of the calls and returns of some functions."""

    def __init__(self, telling: Telling) -> None:
        self._tell = telling.tell
        self._waited_for: dict[object, str] = {}  # by ticket
        self._last = "nothing"
        self._peeks = False
        self._file = ""
        edge = "dlt_action.edge"
        self._watched: dict[tuple[str, str], Seen] = {
            (f"{edge}.line", "Switchboard.send"): self._send,
            (f"{edge}.line", "Switchboard.wait"): self._wait,
            (f"{edge}.sender", "Sender.__call__"): self._exchange,
            (f"{edge}.ci.github", "_append"): self._append,
            (f"{edge}.ci.github", "_write_whole"): self._within_file,
            (f"{edge}.files", "_write"): self._write,
            (f"{edge}.files", "_give"): self._within_file,
            (f"{edge}.interrupts", "install"): self._plain("install"),
            (f"{edge}.writer", "Writer.close"): self._plain("close"),
            ("dlt_action.settings.load", "load"): self._plain("load"),
            ("dlt_action.publishing", "publish"): self._plain("publish"),
            ("dlt_action.cli", "main"): self._plain("main"),
            ("threading", "_shutdown"): self._shutdown,
        }
        self._names = frozenset(name for _, name in self._watched)

    def watch(self) -> None:
        threading.setprofile(self._see)
        sys.setprofile(self._see)

    def _see(self, frame: FrameType, event: str, value: object) -> None:
        if frame.f_code.co_qualname not in self._names:
            return
        when = WHENS.get(event)
        module = str(frame.f_globals.get("__name__"))
        seen = self._watched.get((module, frame.f_code.co_qualname))
        if seen is not None and when is not None:
            seen(frame, when, value)

    def _plain(self, what: str) -> Seen:
        return lambda _, when, __: self._tell(when, what)

    def _shutdown(self, _: FrameType, when: str, __: object) -> None:
        self._tell(when, "shutdown")
        if when == "after":
            self._tell("starved", starved("self"))

    def _send(self, frame: FrameType, when: str, ticket: object) -> None:
        call = frame.f_locals["call"]
        if when == "before":
            self._tell("before", label(call.method, call.path))
        else:
            self._waited_for[ticket] = label(call.method, call.path)

    def _exchange(self, frame: FrameType, when: str, reply: object) -> None:
        call = frame.f_locals["call"]
        what = label(call.method, call.path)
        if when == "before":
            self._tell("sending", what)
        else:
            self._tell("got", f"{what}={getattr(reply, 'status', 'nothing')}")
            self._tell("read", what)

    def _wait(self, frame: FrameType, when: str, arrival: Any) -> None:  # noqa: ANN401 - a class of the program
        if when == "before":
            self._peeks = frame.f_locals["until"] <= frame.f_locals["self"].now()
        nap = f"{'peek' if self._peeks else 'nap'}-after-{self._last}"
        if when == "before":
            if not self._waited_for:
                self._tell("before", nap)
                self._tell("in", nap)
        elif hasattr(arrival, "why"):
            self._tell("took", f"{arrival.why.name}")
        elif arrival is not None:
            self._last = self._waited_for.pop(arrival.ticket, self._last)
            self._tell("after", self._last)
        elif not self._waited_for:
            self._tell("after", nap)

    def _append(self, frame: FrameType, when: str, _: object) -> None:
        if when == "before":
            name = PurePath(frame.f_locals["path"]).name
            self._file = f"write-{name}{said(frame.f_locals['record'])}"
        self._tell(when, self._file)

    def _write(self, frame: FrameType, when: str, _: object) -> None:
        self._file = f"write-{frame.f_locals['path'].name}"
        self._tell(when, self._file)

    def _within_file(self, frame: FrameType, when: str, _: object) -> None:
        caller = frame.f_back.f_code.co_name if frame.f_back is not None else ""
        if when == "before" and caller in ("_append", "_write"):
            self._tell("amid", self._file)


def launch(address: str, script: str, halts: str, *argv: str) -> None:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ear.connect(address)
    telling = Telling(ear, halts.split(",") if halts else ())
    finder: Any = Imports(telling, Calls(telling).watch)
    sys.meta_path.insert(0, finder)
    sys.argv = [script, *argv]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    launch(*sys.argv[1:])
