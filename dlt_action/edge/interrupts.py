"""
Signals as interrupts of the one wait.

Of the three mechanisms - a handler that raises, a flag, a message - only the message
does not tear a write in half and is not overslept (PEP 475 resumes a sleep after a
handler returns). The handler puts a message into the queue on which the loop waits.

A runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that. The machines
take the first interrupt only, so the second does not restart the leaving.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from types import FrameType

from dlt_action.core.steps import Why

_WHY = {signal.SIGINT: Why.SIGINT, signal.SIGTERM: Why.SIGTERM}


def install(interrupt: Callable[[Why], None], early: Iterable[int]) -> None:
    """Turn SIGINT and SIGTERM, and those that came *early*, into *interrupt* calls."""

    def handle(number: int, _frame: FrameType | None) -> None:
        interrupt(_WHY[signal.Signals(number)])

    for known in _WHY:
        signal.signal(known, handle)
    for number in tuple(early):
        interrupt(_WHY[signal.Signals(number)])
