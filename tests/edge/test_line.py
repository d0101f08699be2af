from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.edge.line import (
    SECONDS_TO_SEND,
    Arrived,
    Exchange,
    Interrupted,
    Switchboard,
)
from tests.edge.senders import READ, START

GOOD = Answer(200, {}, b"{}")
SOON = 5.0  # what is to happen happens at once; this is for a busy machine


def good(_: Call, _within: float) -> Reply:
    return GOOD


def board(exchange: Exchange) -> Switchboard:
    return Switchboard(lambda: exchange, clock=time.monotonic)


def arrival(line: Switchboard) -> object:
    return line.wait(line.now() + SOON)


def test_a_reply_arrives_under_the_ticket_of_its_call() -> None:
    line = board(good)
    first = line.send(READ, 1.0)
    assert arrival(line) == Arrived(first, GOOD)
    second = line.send(READ, 1.0)
    assert arrival(line) == Arrived(second, GOOD)
    assert first != second


def test_the_exchange_is_told_the_call_and_its_time() -> None:
    told: list[tuple[Call, float]] = []

    def listening(call: Call, within: float) -> Reply:
        told.append((call, within))
        return GOOD

    line = board(listening)
    line.send(START, 12.5)
    arrival(line)
    assert told == [(START, 12.5)]


def test_nothing_arrives_before_its_time_and_then_the_wait_is_over() -> None:
    line = board(good)
    began = time.monotonic()
    assert line.wait(line.now() + 0.05) is None
    assert 0.05 <= time.monotonic() - began < SOON


def test_a_moment_that_is_past_is_not_waited_for() -> None:
    assert board(good).wait(float("-inf")) is None


def test_a_signal_ends_a_wait_without_end() -> None:
    line = board(good)
    threading.Timer(0.02, line.interrupt, [Why.SIGTERM]).start()
    assert line.wait(float("inf")) == Interrupted(Why.SIGTERM)


def test_what_came_first_is_taken_first() -> None:
    line = board(good)
    line.interrupt(Why.SIGINT)
    ticket = line.send(READ, 1.0)
    assert arrival(line) == Interrupted(Why.SIGINT)
    assert arrival(line) == Arrived(ticket, GOOD)


def counting(exchange: Exchange) -> tuple[Callable[[], Exchange], list[Exchange]]:
    made: list[Exchange] = []

    def make() -> Exchange:
        made.append(exchange)
        return exchange

    return make, made


def test_one_after_the_other_calls_share_a_worker_and_its_connection() -> None:
    make, made = counting(good)
    line = Switchboard(make, clock=time.monotonic)
    for _ in range(5):
        line.send(READ, 1.0)
        arrival(line)
    assert len(made) == 1


def test_a_call_that_hangs_holds_up_no_other() -> None:
    released = threading.Event()

    def hanging(call: Call, _within: float) -> Reply:
        if call is START:
            released.wait(SOON)
        return GOOD

    make, made = counting(hanging)
    line = Switchboard(make, clock=time.monotonic)
    stuck = line.send(START, 1.0)
    for _ in range(3):
        ticket = line.send(READ, 1.0)
        assert arrival(line) == Arrived(ticket, GOOD)
    assert len(made) == 2
    released.set()
    assert arrival(line) == Arrived(stuck, GOOD)


def test_a_bug_in_the_exchange_is_a_broken_call_and_no_silence() -> None:
    def buggy(_: Call, _within: float) -> Reply:
        raise ZeroDivisionError("the text may hold anything")

    line = board(buggy)
    for _ in range(2):
        ticket = line.send(READ, 1.0)
        fault = Fault(FaultKind.BROKEN, "ZeroDivisionError")
        assert arrival(line) == Arrived(ticket, fault)


def test_the_time_is_that_of_the_clock_that_was_handed_in() -> None:
    assert Switchboard(lambda: good, clock=lambda: 42.0).now() == 42.0


def test_what_is_to_be_done_meanwhile_is_done_once_in_a_wait_that_lasts() -> None:
    done: list[float] = []
    line = Switchboard(
        lambda: good, clock=time.monotonic, meanwhile=lambda: done.append(line.now())
    )
    began = line.now()
    assert line.wait(began + 0.1) is None
    assert line.now() >= began + 0.1
    assert line.wait(line.now() + 0.1) is None
    assert len(done) == 1
    assert done[0] >= began + SECONDS_TO_SEND


def test_what_came_while_it_was_done_is_not_lost() -> None:
    line = Switchboard(
        lambda: good,
        clock=time.monotonic,
        meanwhile=lambda: line.interrupt(Why.SIGTERM),
    )
    assert line.wait(line.now() + 3600) == Interrupted(Why.SIGTERM)


def test_nothing_is_done_meanwhile_where_there_is_a_signal_already() -> None:
    done: list[None] = []
    line = Switchboard(
        lambda: good, clock=time.monotonic, meanwhile=lambda: done.append(None)
    )
    line.interrupt(Why.SIGINT)
    assert arrival(line) == Interrupted(Why.SIGINT)
    assert done == []
