"""
The line to the workspace: send without waiting, wait for what comes first.

The loop waits in one place for three things: an answer, a moment, a signal. Exchanges
run on daemon threads, because neither a name look-up nor a slow answer can be
interrupted; a call that is given up is left to its thread.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import NewType, Protocol, TypeAlias

from dlt_action.core.calls import Call
from dlt_action.core.reply import Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.lean import dataclass

Ticket = NewType("Ticket", int)
Exchange: TypeAlias = Callable[[Call, float], Reply]

# What is done in the first wait begins when the request has most likely left: whoever
# makes it needs the interpreter as well, and some 30 ms for TLS and its authorities.
SECONDS_TO_SEND = 0.05

# Nobody waits longer than this in one piece; CPython's own limit is far above.
LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """The reply to the call with this ticket."""

    ticket: Ticket
    reply: Reply


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A signal came."""

    why: Why


Arrival: TypeAlias = Arrived | Interrupted


class Line(Protocol):
    """What the loop knows of the outside: the time, and a way to send and to wait."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def send(self, call: Call, within: float) -> Ticket:
        """Begin to exchange *call*; its reply arrives under this ticket."""
        ...

    def wait(self, until: float) -> Arrival | None:
        """What comes first; None at *until*."""
        ...


class _Worker:
    """A thread that exchanges one call at a time."""

    def __init__(
        self, exchange: Exchange, inbox: queue.SimpleQueue[Arrived | None]
    ) -> None:
        self._exchange = exchange
        self._answers = inbox
        self._calls: queue.SimpleQueue[tuple[Ticket, Call, float] | None] = (
            queue.SimpleQueue()
        )
        self.busy = False
        threading.Thread(target=self._work, daemon=True, name="sender").start()

    def take(self, ticket: Ticket, call: Call, within: float) -> None:
        """Exchange *call* next."""
        self.busy = True
        self._calls.put((ticket, call, within))

    def end(self) -> None:
        """Exchange no more, once what is under way is over."""
        self._calls.put(None)

    def _work(self) -> None:
        while (given := self._calls.get()) is not None:
            ticket, call, within = given
            try:
                reply = self._exchange(call, within)
            except Exception as error:  # noqa: BLE001 - a silent thread would hang the loop
                reply = Fault(FaultKind.BROKEN, type(error).__name__)
            self.busy = False
            self._answers.put(Arrived(ticket, reply))


class Switchboard:
    """The real `Line`."""

    def __init__(
        self,
        exchange: Callable[[], Exchange],
        *,
        clock: Callable[[], float],
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """
        Exchange calls by what *exchange* makes, one for each thread.

        *meanwhile* is done once: in the first wait that lasts.
        """
        self._make = exchange
        self._clock = clock
        self._meanwhile = meanwhile
        self._inbox: queue.SimpleQueue[Arrived | None] = queue.SimpleQueue()
        self._signals: deque[Why] = deque()  # taken first, whatever else has come
        self._workers: list[_Worker] = []
        self._tickets = 0

    def now(self) -> float:
        """See `Line`."""
        return self._clock()

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self._tickets += 1
        ticket = Ticket(self._tickets)
        # The first idle one: so one connection is kept alive and used.
        for worker in self._workers:
            if not worker.busy:
                break
        else:
            worker = _Worker(self._make(), self._inbox)
            self._workers.append(worker)
        worker.take(ticket, call, within)
        return ticket

    def wait(self, until: float) -> Arrival | None:
        """See `Line`."""
        while not self._signals:
            left = min(max(until - self._clock(), 0.0), LONGEST_WAIT)
            if self._meanwhile is not None:
                left = min(left, SECONDS_TO_SEND)
            try:
                arrived = self._inbox.get(timeout=left)
            except queue.Empty:
                if self._meanwhile is None:
                    return None
                meanwhile, self._meanwhile = self._meanwhile, None
                meanwhile()
                continue
            if arrived is not None:  # else a signal, which the loop finds
                return arrived
        return Interrupted(self._signals.popleft())

    def interrupt(self, why: Why) -> None:
        """End every wait. Safe in a signal handler: a SimpleQueue is reentrant."""
        self._signals.append(why)
        self._inbox.put(None)

    def hang_up(self) -> None:
        """Let the threads end, and their connections: for a process that goes on."""
        for worker in self._workers:
            worker.end()
