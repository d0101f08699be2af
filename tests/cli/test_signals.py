"""A runner that cancels a step: how the program leaves, and what it leaves behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Ended, Program, Shop, shop, start, until
from tests.edge.wires import Peer, Wire

# The runner's own patience until it kills, and a little less for ours.
SECONDS = 7.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)
BOTH = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: str(number.name))


@pytest.fixture
def served() -> Iterator[Shop]:
    # As fast as the others, an update would end before it could be stopped.
    with shop(stretch=0.05) as opened:
        yield opened


def interrupted(ended: Ended, number: signal.Signals) -> None:
    assert ended.verdict == (128 + number, "interrupted", "false")
    assert ended.seconds <= SECONDS
    assert ended.err == b""


def following(folder: Path, served: Shop, scenario: str, *flags: str) -> Program:
    """A program that has begun to follow its update."""
    program = start(folder, *served.flags(scenario), "--poll-interval=1s", *flags)
    until(lambda: served.starts == 1 and served.sent("GET", "/events") > 0)
    return program


@BOTH
def test_while_it_follows_a_signal_stops_the_update(
    tmp_path: Path, served: Shop, number: signal.Signals
) -> None:
    ended = following(tmp_path, served, "slow-resources").signal(number)
    interrupted(ended, number)
    assert served.stops == 1
    assert f"{number.name} was received" in ended.outputs["reason"]
    assert "was stopped and is CANCELED" in ended.outputs["reason"]
    assert ended.outputs["update-id"]


def test_a_second_signal_does_not_begin_again(tmp_path: Path, served: Shop) -> None:
    program = following(tmp_path, served, "slow-resources")
    ended = program.signal(signal.SIGINT, signal.SIGTERM, signal.SIGINT)
    assert ended.code in (130, 143)  # two at once have no order
    assert ended.seconds <= SECONDS
    assert served.stops == 1


@BOTH
def test_before_the_start_a_signal_starts_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    def never(peer: Peer) -> None:
        peer.read()
        peer.hang()

    with Wire(never) as wire:
        program = start(tmp_path, f"--host={wire.url}", "--pipeline-id=x")
        until(lambda: len(wire.requests) == 1)
        ended = program.signal(number)
        interrupted(ended, number)
        assert ended.seconds < 2
        assert "Nothing was started" in ended.outputs["reason"]
        assert len(wire.requests) == 1


@BOTH
def test_a_signal_at_the_very_beginning_is_not_lost(
    tmp_path: Path, number: signal.Signals
) -> None:
    # The handlers are the first thing that it installs; then it looks for SSLKEYLOGFILE
    # and imports for a third of a second.
    with shop() as opened:
        program = start(tmp_path, *opened.flags("success"))
        status = Path(f"/proc/{program.process.pid}/status")
        bit = 1 << (number - 1)
        until(lambda: bool(_caught(status) & bit))
        interrupted(program.signal(number), number)
        assert opened.starts == 0


def _caught(status: Path) -> int:
    """The signals that a process has handlers for, as a bit mask."""
    lines = status.read_text().splitlines()
    return int(next(line for line in lines if line.startswith("SigCgt")).split()[1], 16)


def test_while_the_start_is_unanswered_a_signal_waits_a_little_for_its_answer(
    tmp_path: Path,
) -> None:
    def silent_start(peer: Peer) -> None:
        while request := peer.read():
            if request.startswith(b"POST"):
                peer.hang()
            elif b"/updates" in request:
                peer.answer(b'{"updates": []}')
            else:
                peer.answer(b'{"pipeline_id": "x", "name": "x", "state": "IDLE"}')

    with Wire(silent_start) as wire:
        program = start(tmp_path, f"--host={wire.url}", "--pipeline-id=x")
        until(lambda: any(r.startswith(b"POST") for r in wire.requests))
        ended = program.signal(signal.SIGTERM)
        assert ended.seconds <= SECONDS
        assert ended.verdict == (8, "unknown-start", "false")
        assert sum(r.startswith(b"POST") for r in wire.requests) == 1


def test_a_kill_leaves_the_id_of_the_update_behind(
    tmp_path: Path, served: Shop
) -> None:
    ended = following(tmp_path, served, "slow-resources").signal(signal.SIGKILL)
    assert ended.code == -signal.SIGKILL
    assert ended.outputs["result"] == "unfinished"
    assert ended.outputs["ok"] == "false"
    assert ended.outputs["update-id"]


@BOTH
def test_the_stand_in_ends_with_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    program = start(tmp_path, "standin")
    status = Path(f"/proc/{program.process.pid}/status")
    until(lambda: bool(_caught(status) & (1 << (number - 1))))
    ended = program.signal(number)
    assert (ended.code, ended.err) == (0, b"")


def test_one_signal_ends_the_whole_demo(tmp_path: Path) -> None:
    program = start(tmp_path, "demo")
    assert program.process.stdout is not None
    for line in program.process.stdout:
        if b"started:" in line:
            break
    ended = program.signal(signal.SIGINT)
    assert ended.code == 130
    assert ended.seconds <= SECONDS
    assert b"=== retry-fails" not in ended.raw
