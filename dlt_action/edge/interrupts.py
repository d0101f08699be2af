"""
Signals as interrupts of the one wait.

Of the three mechanisms - a handler that raises, a flag, a message - only the message
does not tear a write in half and is not overslept (PEP 475 resumes a sleep after a
handler returns). The handler puts a message into the queue on which the loop waits.

A runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that. The machines
take the first interrupt only, so the second does not restart the leaving. A terminal
that is closed sends SIGHUP; who is to outlive it (`nohup`) is started with it ignored.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from types import FrameType

from dlt_action.core.steps import Why

# Windows has no SIGHUP.
_WHY = {
    signal.Signals[why.name]: why
    for why in (Why.SIGHUP, Why.SIGINT, Why.SIGTERM)
    if why.name in signal.Signals.__members__
}


def listen(handle: Callable[[int, FrameType | None], None]) -> None:
    """Have *handle* called for each signal that asks us to leave."""
    for known, why in _WHY.items():
        if why is not Why.SIGHUP or signal.getsignal(known) is not signal.SIG_IGN:
            signal.signal(known, handle)


def install(interrupt: Callable[[Why], None], early: Iterable[int]) -> None:
    """Turn signals, and those that came *early*, into *interrupt* calls."""

    def handle(number: int, _frame: FrameType | None) -> None:
        interrupt(_WHY[signal.Signals(number)])

    listen(handle)
    for number in tuple(early):
        interrupt(_WHY[signal.Signals(number)])
