"""
A runner that cancels a step: how the program leaves, and what it leaves behind.

Much of the leaving happens at once, because most of it is waiting; not all of it: a
beginning is work, and too many of them at once would look slow.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from dlt_action.standin import Fault
from tests.cli.program import Ended, Program, Shop, shop, start, until
from tests.edge.wires import Peer, Wire

# A runner kills 10 s after the first signal.
SECONDS = 7.0
AT_ONCE = 6

HUP, INT, TERM, KILL = signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Left:
    """A process that was told to leave, and what the workspace saw of it."""

    ended: Ended
    starts: int = 0
    stops: int = 0


def listens(program: Program) -> bool:
    """Whether it has a handler for SIGTERM, which Python itself does not install."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) & (1 << (TERM - 1)))


def following(
    *numbers: signal.Signals, prefix: Sequence[str] = ()
) -> Callable[[Path], Left]:
    """Send *numbers* to a program that follows its update."""

    def play(folder: Path) -> Left:
        # As fast as elsewhere, the update would end before it could be stopped.
        with shop(stretch=0.05) as served:
            flags = (*served.flags("slow-resources"), "--poll-interval=1s")
            program = start(folder, *flags, prefix=prefix)
            until(lambda: served.starts == 1 and served.sent("GET", "/events") > 0)
            ended = program.signal(*numbers)
            return Left(ended, served.starts, served.stops)

    return play


def at_the_very_beginning(number: signal.Signals) -> Callable[[Path], Left]:
    """Send *number* while the program still imports what it needs."""

    def play(folder: Path) -> Left:
        with shop() as served:
            program = start(folder, *served.flags("success"))
            until(lambda: listens(program))
            return Left(program.signal(number), served.starts, served.stops)

    return play


def before_the_start(number: signal.Signals) -> Callable[[Path], Left]:
    """Send *number* while the workspace is silent about the pipeline."""

    def silent(peer: Peer) -> None:
        peer.read()
        peer.hang()

    def play(folder: Path) -> Left:
        with Wire(silent) as wire:
            program = start(folder, f"--host={wire.url}", "--pipeline-id=x")
            until(lambda: len(wire.requests) == 1)
            ended = program.signal(number)
            return Left(ended, starts=posts(wire))

    return play


def unanswered_start(folder: Path) -> Left:
    """Send SIGTERM while the workspace is silent about the start."""

    def silent(peer: Peer) -> None:
        while request := peer.read():
            if request.startswith(b"POST"):
                peer.hang()
            elif b"/updates" in request:
                peer.answer(b'{"updates": []}')
            else:
                peer.answer(b'{"pipeline_id": "x", "name": "x", "state": "IDLE"}')

    with Wire(silent) as wire:
        program = start(folder, f"--host={wire.url}", "--pipeline-id=x")
        until(lambda: posts(wire) == 1)
        ended = program.signal(TERM)
        return Left(ended, starts=posts(wire) - stops(wire), stops=stops(wire))


def waiting_for_a_rival(policy: str) -> Callable[[Path], Left]:
    """Send SIGINT while another update is waited for."""

    def play(folder: Path) -> Left:
        with shop(stretch=0.05) as served:
            flags = (*served.flags("already-active"), f"--if-active={policy}")
            program = start(folder, *flags)
            until(lambda: served.sent("GET", "/updates") > 0 and looks(served) > 1)
            return Left(program.signal(INT), served.starts, served.stops)

    return play


def looks(served: Shop) -> int:
    """How often the update that was there first was read."""
    pipeline = served.workspace.pipeline_id("already-active")
    rival = served.workspace.world.pipelines[pipeline].runs[0].scene.update_id
    return served.sent("GET", f"/updates/{rival}")


def reconciling(*, after_effect: bool) -> Callable[[Path], Left]:
    """Send SIGINT while the update of a start whose answer was lost is looked for."""

    def play(folder: Path) -> Left:
        with shop(stretch=1.0) as served:
            served.workspace.faults.append(
                Fault(
                    method="POST",
                    path_pattern="/updates$",
                    after_effect=after_effect,
                    drop=True,
                )
            )
            program = start(folder, *served.flags("success"))
            until(lambda: served.starts == 1 and served.sent("GET", "/updates") > 1)
            return Left(program.signal(INT), served.starts, served.stops)

    return play


def posts(wire: Wire) -> int:
    return sum(request.startswith(b"POST") for request in wire.requests)


def stops(wire: Wire) -> int:
    return sum(b"/stop " in request for request in wire.requests)


def whole_demo(folder: Path) -> Left:
    """Send SIGINT in the first scenario of the demo."""
    program = start(folder, "demo")
    assert program.process.stdout is not None
    for line in program.process.stdout:
        if b"started:" in line:
            break
    return Left(program.signal(INT))


def standin(number: signal.Signals) -> Callable[[Path], Left]:
    """Send *number* to the stand-in while it still imports what it needs."""

    def play(folder: Path) -> Left:
        program = start(folder, "standin")
        until(lambda: listens(program))
        return Left(program.signal(number))

    return play


SCENES: Mapping[str, Callable[[Path], Left]] = {
    "following INT": following(INT),
    "following TERM": following(TERM),
    "following HUP": following(HUP),
    "outliving HUP": following(HUP, TERM, prefix=("nohup",)),
    "following INT TERM INT": following(INT, TERM, INT),
    "following KILL": following(KILL),
    "beginning HUP": at_the_very_beginning(HUP),
    "beginning INT": at_the_very_beginning(INT),
    "beginning TERM": at_the_very_beginning(TERM),
    "before INT": before_the_start(INT),
    "before TERM": before_the_start(TERM),
    "unanswered": unanswered_start,
    "waiting": waiting_for_a_rival("wait"),
    "lost": reconciling(after_effect=True),
    "lost for good": reconciling(after_effect=False),
    "demo": whole_demo,
    "standin INT": standin(INT),
    "standin TERM": standin(TERM),
}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Left]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        playing = {
            name: pool.submit(play, tmp_path_factory.mktemp(name.replace(" ", "-")))
            for name, play in SCENES.items()
        }
        yield {name: future.result() for name, future in playing.items()}


def test_while_it_follows_a_signal_stops_the_update_once(
    left: Mapping[str, Left],
) -> None:
    for number in (HUP, INT, TERM):
        scene = left[f"following {number.name.removeprefix('SIG')}"]
        assert scene.ended.verdict == (128 + number, "interrupted", "false")
        assert scene.stops == 1
        reason = scene.ended.outputs["reason"]
        assert reason.startswith(f"The step was canceled ({number.name}). ")
        assert "was stopped and is CANCELED" in reason
        assert scene.ended.outputs["update-id"] in reason


def test_who_was_started_to_outlive_its_terminal_does(left: Mapping[str, Left]) -> None:
    scene = left["outliving HUP"]
    assert scene.ended.verdict == (128 + TERM, "interrupted", "false")


def test_further_signals_do_not_begin_the_leaving_again(
    left: Mapping[str, Left],
) -> None:
    scene = left["following INT TERM INT"]
    assert scene.ended.code in (130, 143)  # what comes at once has no order
    assert scene.ended.outputs["result"] == "interrupted"
    assert scene.stops == 1


def test_a_kill_leaves_the_id_of_the_update_and_no_verdict(
    left: Mapping[str, Left],
) -> None:
    scene = left["following KILL"]
    assert scene.ended.verdict == (-KILL, "unfinished", "false")
    assert scene.ended.outputs["update-id"]


def test_before_the_start_a_signal_starts_nothing(left: Mapping[str, Left]) -> None:
    scenes = [("beginning", HUP), *product(("beginning", "before"), (INT, TERM))]
    for moment, number in scenes:
        scene = left[f"{moment} {number.name.removeprefix('SIG')}"]
        assert scene.ended.verdict == (128 + number, "interrupted", "false")
        assert "Nothing was started" in scene.ended.outputs["reason"]
        assert scene.starts == 0


def test_a_start_that_is_not_answered_in_time_is_told_to_be_unknown(
    left: Mapping[str, Left],
) -> None:
    scene = left["unanswered"]
    assert scene.ended.verdict == (143, "interrupted", "false")
    reason = scene.ended.outputs["reason"]
    assert "the answer to the start was lost: an update may be running" in reason
    assert (scene.starts, scene.stops) == (1, 0)


def test_while_it_waits_for_a_rival_a_signal_starts_and_stops_nothing(
    left: Mapping[str, Left],
) -> None:
    scene = left["waiting"]
    assert scene.ended.verdict == (130, "interrupted", "false")
    assert "Nothing was started" in scene.ended.outputs["reason"]
    assert (scene.starts, scene.stops) == (0, 0)
    assert scene.ended.state["owed"] == "nothing"


def test_while_a_lost_start_is_looked_for_a_signal_adopts_and_stops_nothing(
    left: Mapping[str, Left],
) -> None:
    for name in ("lost", "lost for good"):
        scene = left[name]
        assert scene.ended.verdict == (130, "interrupted", "false")
        assert "an update may be running" in scene.ended.outputs["reason"]
        assert scene.ended.outputs["update-id"] == ""
        assert (scene.starts, scene.stops) == (1, 0)


def test_one_signal_ends_the_whole_demo(left: Mapping[str, Left]) -> None:
    assert left["demo"].ended.code == 130
    assert b"=== retry-fails" not in left["demo"].ended.raw


def test_the_stand_in_ends_well_even_if_it_has_hardly_begun(
    left: Mapping[str, Left],
) -> None:
    assert {left["standin INT"].ended.code, left["standin TERM"].ended.code} == {0}


def test_whoever_leaves_is_gone_before_the_runner_kills(
    left: Mapping[str, Left],
) -> None:
    assert max(scene.ended.seconds for scene in left.values()) <= SECONDS
    assert {scene.ended.err for scene in left.values()} == {b""}
