"""What no timeout of a socket bounds: an answer that comes drop by drop."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.exchange import Ambiguous, Executed
from dlt_action.core.exchange import Outcome as Came
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script, Send
from dlt_action.core.trip import Trip
from dlt_action.driving import drive
from dlt_action.edge.line import Switchboard
from tests.edge.senders import sender
from tests.edge.wires import Peer, Wire

WITHIN = 0.3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Long: "


def call(path: str) -> Call:
    return Call(what="look", method=Method.GET, path=path)


def dripping(peer: Peer) -> None:
    while request := peer.read():
        if b"/head" in request:
            peer.drip(HEAD + b"x" * 500, 0.02)
        elif b"/hang" in request:
            peer.hang()
        else:
            peer.answer()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(dripping) as served:
        yield served


class Calls(Scripted):
    """A machine that sends one call after the other."""

    def __init__(self, *paths: str) -> None:
        self.came: list[tuple[Came | None, float]] = []
        never = time.monotonic() + 3600
        trip = Trip(began=time.monotonic(), deadline=never, chance=lambda: 0.5)
        super().__init__(trip, self._calls(paths))

    def _calls(self, paths: tuple[str, ...]) -> Script[Outcome]:
        for path in paths:
            began = time.monotonic()
            outcome = yield Send(call=call(path), within=WITHIN)
            self.came.append((outcome, time.monotonic() - began))
        return Outcome(result=Result.SUCCEEDED, reason="")


@pytest.mark.parametrize("path", ["/head", "/hang"])
def test_a_call_is_given_up_in_time_and_the_next_one_has_a_worker(
    wire: Wire, path: str
) -> None:
    line = Switchboard(lambda: sender(wire.url), clock=time.monotonic)
    machine = Calls("/good", path, "/good", path, "/good")
    drive([machine], line, lambda *_: None)
    outcomes = [type(outcome) for outcome, _ in machine.came]
    assert outcomes == [Executed, Ambiguous, Executed, Ambiguous, Executed]
    assert max(seconds for _, seconds in machine.came) < WITHIN + 1


def test_a_late_answer_is_not_taken_for_that_of_another_call(wire: Wire) -> None:
    line = Switchboard(lambda: sender(wire.url), clock=time.monotonic)
    machine = Calls("/head", "/hang")
    drive([machine], line, lambda *_: None)
    assert [type(outcome) for outcome, _ in machine.came] == [Ambiguous, Ambiguous]


def test_one_that_drips_does_not_hold_up_another_run(wire: Wire) -> None:
    line = Switchboard(lambda: sender(wire.url), clock=time.monotonic)
    slow, quick = Calls("/head"), Calls("/good", "/good", "/good")
    drive([slow, quick], line, lambda *_: None)
    assert sum(seconds for _, seconds in quick.came) < WITHIN
