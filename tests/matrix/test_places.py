"""Odd places to run in: a terminal, nowhere to write, and a process that is paused."""

from __future__ import annotations

import os
import pty
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.program import Ended, Shop, environment, shop, start, until

QUIET = "--log-level=quiet"
# Not even root can write there.
NOWHERE = "/proc/nowhere"


def words(log: bytes, url: str) -> list[str]:
    """The lines of a log without times and addresses."""
    text = log.decode().replace("\r\n", "\n").replace(url, "HOST")
    text = re.sub(r"request id [0-9a-f-]+", "request id", text)
    return re.sub(r"(?m)^\d\d:\d\d:\d\d ", "", text).splitlines()


def plainly(folder: Path, flags: tuple[str, ...]) -> tuple[Ended, bytes]:
    ended = start(folder, *flags).end()
    return ended, ended.raw


def nowhere_to_write(folder: Path, flags: tuple[str, ...]) -> tuple[Ended, bytes]:
    """No home, no temporary folder, a checkout that cannot be written to."""
    places = dict.fromkeys(("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME"), NOWHERE)
    environ = environment(folder, **places, GITHUB_WORKSPACE="/proc")
    ended = start(folder, *flags, environ=environ).end()
    return ended, ended.raw


def in_an_odd_locale(folder: Path, flags: tuple[str, ...]) -> tuple[Ended, bytes]:
    odd = {"LC_ALL": "C", "LANG": "C", "LANGUAGE": "xx", "TZ": "Pacific/Chatham"}
    ended = start(folder, *flags, environ=environment(folder, **odd)).end()
    return ended, ended.raw


def at_a_terminal(folder: Path, flags: tuple[str, ...]) -> tuple[Ended, bytes]:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as reading:
        with os.fdopen(theirs, "wb", buffering=0) as writing:
            program = start(folder, *flags, stdout=writing)
        log = b""
        try:
            while piece := reading.read(4096):
                log += piece
        except OSError:  # how Linux says that nobody holds the other end any more
            pass
    return program.end(), log


PLACES: Mapping[str, Callable[[Path, tuple[str, ...]], tuple[Ended, bytes]]] = {
    place.__name__: place
    for place in (nowhere_to_write, in_an_odd_locale, at_a_terminal)
}


@pytest.mark.parametrize("name", PLACES)
def test_the_place_changes_neither_a_word_nor_the_verdict(
    tmp_path: Path, name: str
) -> None:
    said = []
    for number, place in enumerate((plainly, PLACES[name])):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        with shop() as served:
            flags = (*served.flags("code-error"), QUIET, "--poll-interval=1s")
            ended, log = place(folder, flags)
            said.append(words(log, served.server.url))
            assert ended.verdict == (1, "failed", "false")
            assert ended.err == b""
            assert "vaild_id" in ended.summary

    assert said[0] == said[1]
    assert len(said[0]) > 5


def ended_meanwhile(served: Shop) -> bool:
    """Whether the update of `success` is over, by the clock of the workspace."""
    (update,) = next(
        pipeline.runs
        for pipeline in served.workspace.world.present()
        if pipeline.name == "success"
    )
    return update.ended is not None


def test_a_process_that_was_paused_goes_on(tmp_path: Path) -> None:
    with shop(stretch=0.02) as served:
        program = start(tmp_path, *served.flags("success"), "--poll-interval=1s")
        until(lambda: served.starts == 1)
        program.process.send_signal(signal.SIGSTOP)
        asked = len(served.workspace.requests)
        until(lambda: ended_meanwhile(served))
        # It is paused indeed: no more than what was on its way.
        assert len(served.workspace.requests) <= asked + 1
        program.process.send_signal(signal.SIGCONT)
        ended = program.end()
    assert ended.verdict == (0, "succeeded", "true")
    assert served.starts == 1
