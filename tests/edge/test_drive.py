"""The one loop and the line, in virtual time: who is given up when."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted
from dlt_action.core.exchange import Outcome as Came
from dlt_action.core.machine import Machine, Scripted, Step
from dlt_action.core.model import Result
from dlt_action.core.news import Begun, Ended, News
from dlt_action.core.record import Outcome
from dlt_action.core.reply import Answer, FaultKind
from dlt_action.core.steps import Script, Send, Why
from dlt_action.core.trip import Trip
from dlt_action.driving import Terms, drive
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


class Waits(Scripted):
    """A machine that sends and ends so, or leaves when it is told to."""

    def __init__(
        self,
        result: Result = Result.SUCCEEDED,
        children: tuple[Scripted, ...] = (),
        calls: int = 1,
    ) -> None:
        self._calls = calls
        self.came: list[Came | None] = []
        self._result = result
        self._children = children
        trip = Trip(began=0.0, deadline=1e6, chance=lambda: 0.5)
        super().__init__(trip, self._play(trip))
        self.trip = trip

    def _play(self, trip: Trip) -> Script[Outcome]:
        if trip.interrupted is not None:
            return Outcome(result=Result.SKIPPED, reason="not begun")
        for child in self._children:
            self.spawn(child)
        for _ in range(self._calls):
            self.came.append((yield Send(call=READ, within=30.0)))
        if trip.interrupted is not None:
            return Outcome(result=Result.CANCELED, reason="left")
        return Outcome(result=self._result, reason="")


class Fails(Waits):
    """A machine with a bug: where it is asked, told, or interrupted."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def next_step(self, now: float) -> Step:
        if self._where == "asked":
            raise RuntimeError
        return super().next_step(now)

    def saw(self, outcome: Came, now: float) -> None:
        if self._where == "told":
            raise RuntimeError
        super().saw(outcome, now)

    def interrupt(self, why: Why, now: float) -> bool:
        if self._where == "interrupted":
            raise RuntimeError
        return super().interrupt(why, now)


def ended(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.result.value for outcome in outcomes]


def test_so_many_are_at_it_at_once_in_the_order_given() -> None:
    line = ScriptedLine(GOOD)
    runs = [Waits() for _ in range(5)]
    drive(runs, line, lambda *_: None, Terms(most=2))
    assert [at for at, *_ in line.calls] == [0.0, 0.0, 1.0, 1.0, 2.0]
    # Who waited for a turn counts from there.
    assert [run.trip.began for run in runs] == [0.0, 0.0, 1.0, 1.0, 2.0]


def test_a_failure_begins_no_other_and_tells_those_that_run_to_leave() -> None:
    line = ScriptedLine(GOOD)
    runs = [Waits(Result.FAILED), Waits(calls=2), Waits()]
    terms = Terms(most=2, fail_fast=True)
    assert ended(drive(runs, line, lambda *_: None, terms)) == [
        *("failed", "canceled", "skipped")
    ]
    assert [run.trip.interrupted for run in runs] == [
        *(None, Why.FAIL_FAST, Why.FAIL_FAST)
    ]
    assert len(line.calls) == 2


def test_without_fail_fast_all_others_go_on() -> None:
    line = ScriptedLine(GOOD)
    runs = [Waits(Result.FAILED), Waits(), Waits()]
    assert ended(drive(runs, line, lambda *_: None, Terms(most=1))) == [
        *("failed", "succeeded", "succeeded")
    ]


def test_a_signal_begins_those_that_wait_only_to_end_them() -> None:
    line = ScriptedLine(GOOD)
    line.arrives(0.5, Interrupted(Why.SIGTERM))
    runs = [Waits(), Waits(), Waits()]
    assert ended(drive(runs, line, lambda *_: None, Terms(most=1))) == [
        *("canceled", "skipped", "skipped")
    ]
    assert len(line.calls) == 1
    assert [run.trip.elapsed for run in runs[1:]] == [0.0, 0.0]


def test_each_end_is_told_when_it_comes() -> None:
    line, told = ScriptedLine(GOOD), []
    child = Waits()
    runs = [Waits(children=(child,)), Waits()]

    def tell(machine: Machine, news: News) -> None:
        told.append((machine, news))

    drive(runs, line, tell, Terms(most=1))
    ends = [machine for machine, news in told if isinstance(news, Ended)]
    assert [one for one in ends if one is not child] == runs
    begun = [machine for machine, news in told if isinstance(news, Begun)]
    assert begun == runs
    assert told[0][0] is runs[0]


def test_an_end_that_cannot_be_told_stands() -> None:
    runs, bugs = [Waits(Result.FAILED), Waits()], []

    def tell(_: Machine, news: News) -> None:
        if isinstance(news, Ended):
            raise RuntimeError  # noqa: TRY004 - it is a bug, of no certain kind

    def crashed(machine: Machine, _: Exception) -> Outcome:
        bugs.append(machine)
        return Outcome(result=Result.INTERNAL_ERROR, reason="")

    outcomes = drive(runs, ScriptedLine(GOOD), tell, Terms(crashed=crashed))
    assert ended(outcomes) == ["failed", "succeeded"]
    assert bugs == runs


@pytest.mark.parametrize("where", ["asked", "told", "interrupted"])
def test_a_bug_in_one_machine_ends_that_one_only(where: str) -> None:
    line, bugs = ScriptedLine(GOOD), []
    runs = [Waits(), Fails(where), Waits()]
    if where == "interrupted":
        line.arrives(0.5, Interrupted(Why.SIGTERM))

    def crashed(machine: Machine, error: Exception) -> Outcome:
        bugs.append((machine, type(error)))
        return Outcome(result=Result.INTERNAL_ERROR, reason="")

    first, second, third = drive(runs, line, lambda *_: None, Terms(crashed=crashed))
    assert second.result is Result.INTERNAL_ERROR
    assert bugs == [(runs[1], RuntimeError)]
    assert Result.INTERNAL_ERROR not in (first.result, third.result)


def test_a_bug_in_what_was_spawned_is_an_end_of_who_spawned_it() -> None:
    line = ScriptedLine(GOOD)
    runs = [Waits(children=(Fails("asked"), Waits())), Waits()]
    terms = Terms(crashed=lambda *_: Outcome(result=Result.INTERNAL_ERROR, reason=""))
    outcomes = drive(runs, line, lambda *_: None, terms)
    assert ended(outcomes) == ["internal-error", "succeeded"]


@pytest.mark.parametrize("where", ["asked", "told"])
def test_where_nobody_takes_a_bug_it_is_raised(where: str) -> None:
    with pytest.raises(RuntimeError):
        drive([Waits(), Fails(where)], ScriptedLine(GOOD), lambda *_: None)


def test_what_was_spawned_ends_with_who_spawned_it() -> None:
    line = ScriptedLine(GOOD, GOOD, None)
    child = Sends(0.0, 0.0)
    drive([Waits(children=(child,))], line, lambda *_: None)
    assert line.now() == 1.0
    assert child.came == [Executed(body={})]


class Cut(ScriptedLine):
    """A line on which an interrupt comes right after the first reply."""

    def __init__(self, why: Why) -> None:
        super().__init__(GOOD, takes=1.0)
        self._why = why

    def send(self, call: Call, within: float) -> Ticket:
        ticket = super().send(call, within)
        if len(self.calls) == 1:
            self.arrives(1.0, Interrupted(self._why))
        return ticket


class Parent(Scripted):
    """A machine that spawns another one as soon as it is answered."""

    def __init__(self) -> None:
        self.child = Sends(0.0)
        trip = Trip(began=0.0, deadline=1e6, chance=lambda: 0.5)
        super().__init__(trip, self._spawns())

    def _spawns(self) -> Script[Outcome]:
        yield Send(call=READ, within=30.0)
        self.spawn(self.child)
        yield Send(call=READ, within=30.0)
        yield from self._trip.nap(5.0)
        return Outcome(result=Result.SUCCEEDED, reason="")


@pytest.mark.parametrize("why", [Why.SIGTERM, Why.FAIL_FAST])
def test_a_machine_that_is_about_to_be_spawned_as_a_signal_comes_plays(
    why: Why,
) -> None:
    parent = Parent()
    line = Cut(why)
    heard: list[Why] = []
    usual = parent.child.interrupt

    def interrupt(why: Why, now: float) -> bool:
        heard.append(why)
        return usual(why, now)

    parent.child.interrupt = interrupt  # type: ignore[method-assign] # to listen
    drive([parent], line, lambda *_: None)
    assert len(parent.child.came) == 1
    assert heard == [why]
