from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from dlt_action.core.reply import Answer
from dlt_action.core.steps import Why
from dlt_action.edge.interrupts import install
from dlt_action.edge.line import Interrupted, Switchboard

ALL = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in ALL]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def test_each_signal_is_an_interrupt_of_its_name() -> None:
    heard: list[Why] = []
    install(heard.append, ())
    for number in ALL:
        signal.raise_signal(number)
    assert heard == [Why.SIGHUP, Why.SIGINT, Why.SIGTERM]


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heard: list[Why] = []
    install(heard.append, ())
    signal.raise_signal(signal.SIGHUP)
    assert heard == []


def test_signals_that_came_early_are_not_lost() -> None:
    heard: list[Why] = []
    install(heard.append, [signal.SIGTERM, signal.SIGINT])
    assert heard == [Why.SIGTERM, Why.SIGINT]


def test_a_signal_ends_the_wait_of_the_line() -> None:
    line = Switchboard(lambda: lambda *_: Answer(200, {}, b""), clock=time.monotonic)
    install(line.interrupt, ())
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.02, signal.pthread_kill, [main, signal.SIGTERM]).start()
    assert line.wait(line.now() + 5) == Interrupted(Why.SIGTERM)


def test_a_signal_does_not_end_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    install(lambda _: None, ())
    signal.raise_signal(signal.SIGTERM)
    assert capsys.readouterr() == ("", "")
