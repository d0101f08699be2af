"""Whatever becomes of the log, the exit code is the verdict's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import CANARY, Shop, environment, shop, start
from tests.edge.wires import Peer, Wire


@pytest.fixture(scope="module")
def served() -> Iterator[Shop]:
    with shop() as opened:
        yield opened


def test_a_full_disk_under_the_log_changes_nothing(
    tmp_path: Path, served: Shop
) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = start(tmp_path, *served.flags("already-active"), stdout=full).end()
    assert ended.verdict == (7, "conflict", "false")
    assert ended.err == b""


def test_a_reader_that_is_gone_changes_nothing(tmp_path: Path, served: Shop) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = start(tmp_path, *served.flags("already-active"), stdout=writing)
    os.close(writing)
    ended = program.end()
    assert ended.verdict == (7, "conflict", "false")
    assert ended.err == b""


def test_a_log_that_was_never_open_changes_nothing(
    tmp_path: Path, served: Shop
) -> None:
    shell = ("/bin/sh", "-c", 'exec "$@" >&-', "sh")
    ended = start(tmp_path, *served.flags("already-active"), prefix=shell).end()
    assert ended.verdict == (7, "conflict", "false")
    assert ended.err == b""


def test_an_odd_locale_does_not_cut_words_short(tmp_path: Path, served: Shop) -> None:
    environ = environment(tmp_path, LC_ALL="C", LANG="C", TZ="Asia/Kathmandu")
    host, _ = served.flags("success")
    flags = (host, "--pipeline-name=Größe")
    ended = start(tmp_path, *flags, environ=environ).end()
    assert ended.verdict == (2, "misconfigured", "false")
    assert ended.outputs["pipeline-name"] == "Größe"
    assert "Größe" in ended.summary


def test_outputs_that_vanish_in_the_middle_fail_the_step_at_its_end(
    tmp_path: Path,
) -> None:
    update = b'{"update_id": "u", "state": "COMPLETED", "cause": "API_CALL"}'
    end = (
        b'{"id": "e", "event_type": "update_progress", "level": "INFO", "message": "",'
        b' "timestamp": "2026-11-22T12:00:00.000Z", "origin": {"update_id": "u"},'
        b' "details": {"update_progress": {"state": "COMPLETED"}}}'
    )

    def script(peer: Peer) -> None:
        while request := peer.read():
            if request.startswith(b"POST"):
                (tmp_path / "output").unlink()
                peer.answer(b'{"update_id": "u"}')
            elif b"/updates/u " in request:
                peer.answer(b'{"update": %s}' % update)
            elif b"/updates?" in request:
                peer.answer(b'{"updates": []}')
            elif b"/events" in request:
                peer.answer(b'{"events": [%s]}' % end)
            else:
                peer.answer(b'{"pipeline_id": "x", "name": "x", "state": "IDLE"}')

    with Wire(script) as wire:
        flags = (f"--host={wire.url}", "--pipeline-id=x", "--timeout=20s")
        ended = start(tmp_path, *flags).end()
    assert ended.code == 74
    assert "warning: GITHUB_OUTPUT could not be written" in ended.log
    assert "error: GITHUB_OUTPUT could not be written" in ended.log
    assert "succeeded: Update u completed." in ended.log
    assert "Update u completed." in ended.summary


def test_a_bug_of_ours_is_told_as_one(tmp_path: Path) -> None:
    # Nobody starts in a folder that is not there, so nobody has thought of it.
    environ = environment(tmp_path, RUNNER_DEBUG="1", GITHUB_WORKSPACE="")
    (tmp_path / "gone").mkdir()
    shell = ("/bin/sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh")
    ended = start(tmp_path, environ=environ, prefix=shell).end()
    assert ended.code == 70
    assert "a bug in dlt-action (FileNotFoundError)" in ended.log
    assert CANARY not in ended.everything
    assert ended.err == b""


def test_installed_it_is_the_same_program(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("dlt-action")
    done = subprocess.run(
        [program, "--version"],
        env=environment(tmp_path),
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == start(tmp_path, "--version").end().log
