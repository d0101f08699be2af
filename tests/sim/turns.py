"""
Threads in virtual time: only one runs, and it runs until it waits.

The program signs in on threads. Here they are real threads that hand each other the
turn, so that a run with them is the same run every time, and takes no real time: who
waits is woken by the agenda. A lock of theirs is virtual as well: a program that kept
it while it waits for an answer would keep the others waiting, as it really would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from math import inf
from types import TracebackType

At = Callable[[float, Callable[[], None]], None]


class Gone(BaseException):
    """The process is gone, and this thread with it."""


def closed() -> threading.Lock:
    """A lock that nobody gets before somebody opens it."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class _Thread:
    """A thread, and its turn."""

    def __init__(self, back: threading.Lock) -> None:
        self.work: Callable[[], None] | None = None
        self.error: BaseException | None = None
        self.gone = False
        self.number = 0  # of its waits: who is woken for an earlier one is not
        self._go = closed()
        self._back = back
        threading.Thread(target=self._live, daemon=True).start()

    def turn(self) -> None:
        """Let it run until it waits; on the main thread."""
        self._go.release()
        self._back.acquire()
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def park(self) -> None:
        """Wait for the next turn; on this thread."""
        self._back.release()
        self._go.acquire()
        if self.gone:
            raise Gone

    def _live(self) -> None:
        self._go.acquire()
        while self.work is not None:
            try:
                self.work()
            except Gone:
                return self._back.release()
            except BaseException as error:  # noqa: BLE001 - raised where it can be seen
                self.error = error
            self.work = None
            self._back.release()
            self._go.acquire()
        return self._back.release()


class Threads:
    """The threads of one process."""

    def __init__(self, now: Callable[[], float], at: At) -> None:
        """Take the time from *now*; *at* plans what is done at a moment."""
        self._now = now
        self._at = at
        self._back = closed()
        self._all: list[_Thread] = []
        self._idle: list[_Thread] = []
        self._running: _Thread | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Let a thread do *work*, until it waits for the first time."""
        if not self._idle:
            self._all.append(_Thread(self._back))
            self._idle.append(self._all[-1])
        thread = self._idle.pop()
        thread.work = work
        self._turn(thread)

    def sleep(self, seconds: float) -> None:
        """Wait; on a thread."""
        self.wait(lambda wake: self._at(self._now() + seconds, wake))

    def wait(self, begin: Callable[[Callable[[], None]], None]) -> None:
        """Wait until what *begin* is given is called by the agenda; on a thread."""
        thread = self._running
        assert thread is not None, "nobody waits but threads"
        thread.number += 1
        begin(partial(self._wake, thread, thread.number))
        thread.park()

    def end(self) -> None:
        """The process is gone."""
        for thread in self._all:
            thread.gone = True
            self._turn(thread)
        self._all.clear()
        self._idle.clear()

    def _wake(self, thread: _Thread, number: int) -> None:
        if thread.number == number and thread.work is not None and not thread.gone:
            self._turn(thread)

    def _turn(self, thread: _Thread) -> None:
        before, self._running = self._running, thread
        try:
            thread.turn()
        finally:
            self._running = before
            if thread.work is None and thread not in self._idle:
                self._idle.append(thread)

    def soon(self, wake: Callable[[], None]) -> None:
        """Plan *wake* for this moment."""
        self._at(self._now(), wake)

    def later(self, seconds: float, wake: Callable[[], None]) -> None:
        """Plan *wake*."""
        if seconds < inf:
            self._at(self._now() + seconds, wake)


class Turnstile(threading.Condition):
    """A condition for `Threads`."""

    def __init__(self, threads: Threads) -> None:
        super().__init__()
        self._threads = threads
        self._held = False
        self._queue: list[Callable[[], None]] = []  # who wants to get in
        self._sleepers: list[Callable[[], None]] = []  # who waits inside

    def __enter__(self) -> bool:
        while self._held:
            self._threads.wait(self._queue.append)
        self._held = True
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held = False
        if self._queue:
            self._threads.soon(self._queue.pop(0))

    def wait(self, timeout: float | None = None) -> bool:
        """See `threading.Condition`."""
        woken: list[bool] = []

        def begin(wake: Callable[[], None]) -> None:
            def notified() -> None:
                woken.append(True)
                wake()

            self._sleepers.append(notified)
            self._threads.later(inf if timeout is None else max(timeout, 0.0), wake)

        self.__exit__(None, None, None)
        self._threads.wait(begin)
        self.__enter__()
        return bool(woken)

    def notify_all(self) -> None:
        """See `threading.Condition`."""
        sleepers, self._sleepers = self._sleepers, []
        for wake in sleepers:
            self._threads.soon(wake)
