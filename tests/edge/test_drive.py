"""The one loop and the line, in virtual time: who is given up when."""

from __future__ import annotations

from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted
from dlt_action.core.exchange import Outcome as Came
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result
from dlt_action.core.record import Outcome
from dlt_action.core.reply import Answer, FaultKind
from dlt_action.core.steps import Script, Send, Why
from dlt_action.core.trip import Trip
from dlt_action.driving import drive
from dlt_action.edge.line import Arrived, Interrupted, Ticket
from tests.edge.lines import ScriptedLine
from tests.edge.senders import READ

GOOD = Answer(200, {"content-type": "application/json"}, b"{}")
GIVEN_UP = Ambiguous(reason=FaultKind.ABANDONED.value)


class Sends(Scripted):
    """A machine that sends, with so much patience after a signal each time."""

    def __init__(self, *after_signal: float) -> None:
        self.came: list[Came | None] = []
        trip = Trip(began=0.0, deadline=1e6, chance=lambda: 0.5)
        super().__init__(trip, self._sends(after_signal))

    def _sends(self, patience: tuple[float, ...]) -> Script[Outcome]:
        for after_signal in patience:
            step = Send(call=READ, within=30.0, after_signal=after_signal)
            self.came.append((yield step))
        return Outcome(result=Result.SUCCEEDED, reason="")


def test_a_call_without_an_answer_is_given_up_after_its_time() -> None:
    line, machine = ScriptedLine(None, GOOD), Sends(0.0, 0.0)
    drive([machine], line, lambda *_: None)
    assert machine.came == [GIVEN_UP, Executed(body={})]
    assert [at for at, *_ in line.calls] == [0.0, 30.0]


def test_a_signal_gives_up_a_call_at_once() -> None:
    line, machine = ScriptedLine(None, GOOD), Sends(0.0, 0.0)
    line.arrives(5.0, Interrupted(Why.SIGINT))
    drive([machine], line, lambda *_: None)
    assert [at for at, *_ in line.calls] == [0.0, 5.0]


def test_a_call_that_is_worth_it_has_a_little_longer() -> None:
    line, machine = ScriptedLine(None, GOOD), Sends(3.0, 0.0)
    line.arrives(5.0, Interrupted(Why.SIGINT))
    drive([machine], line, lambda *_: None)
    assert [at for at, *_ in line.calls] == [0.0, 8.0]


def test_a_signal_does_not_lengthen_the_time_of_a_call() -> None:
    line, machine = ScriptedLine(None, GOOD), Sends(3.0, 0.0)
    line.arrives(29.0, Interrupted(Why.SIGINT))
    drive([machine], line, lambda *_: None)
    assert [at for at, *_ in line.calls] == [0.0, 30.0]


def test_a_second_signal_gives_up_no_call_that_serves_the_leaving() -> None:
    line, machine = ScriptedLine(None, GOOD, takes=2.0), Sends(0.0, 0.0)
    line.arrives(5.0, Interrupted(Why.SIGINT))
    line.arrives(6.0, Interrupted(Why.SIGTERM))
    drive([machine], line, lambda *_: None)
    assert machine.came == [GIVEN_UP, Executed(body={})]
    assert line.now() == 7.0


def test_a_late_reply_is_not_that_to_the_next_call() -> None:
    refused = Answer(429, {}, b"")
    line, machine = ScriptedLine(None, refused, takes=2.0), Sends(0.0, 0.0)
    line.arrives(31.0, Arrived(Ticket(1), GOOD))
    drive([machine], line, lambda *_: None)
    assert machine.came[0] == GIVEN_UP
    assert isinstance(machine.came[1], NotExecuted)


def test_every_run_comes_to_its_own_end() -> None:
    line = ScriptedLine(GOOD)
    one, two = Sends(0.0), Sends(0.0, 0.0, 0.0)
    outcomes = drive([one, two], line, lambda *_: None)
    assert [outcome.result for outcome in outcomes] == [Result.SUCCEEDED] * 2
    assert (len(one.came), len(two.came)) == (1, 3)
