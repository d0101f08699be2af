"""
Work on a thread of its own, while the calling thread only waits.

Programs that embed us answer a signal by raising: handlers of schedulers and of task
queues, KeyboardInterrupt, an alarm. Such an exception comes into the main thread, at
any instruction. In the midst of the work it could tear anything; out of a wait it tears
nothing, and there is still time to leave in order.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# How soon the calling thread sees what no wait is ended by: a flag that may be set in a
# handler of a signal, where nothing that takes a lock is safe; and an exception that
# another thread sends it, which waits for the next instruction of Python.
SECONDS_UNTIL_SEEN = 0.2


def apart(
    act: Callable[[], T],
    leave: Callable[[BaseException | None], None],
    *,
    asked_to_leave: Callable[[], bool] = lambda: False,
    grace: float,
) -> T:
    """
    What *act* returns, or raises.

    An exception that comes into the calling thread meanwhile is told to *leave*, which
    may be called twice, and goes on when *act* has ended, or after *grace* seconds. One
    that comes before *act* has begun goes on at once: *act* will find that it is to
    leave. Where *asked_to_leave* becomes true, *leave* is told, and *act* waited for.
    """
    acting = _Acting(act)
    # What hangs on the context of the caller (filters of its log, spans) stays there.
    context = contextvars.copy_context()
    thread = threading.Thread(
        target=context.run, args=(acting.play,), daemon=True, name="dlt-action"
    )
    try:
        thread.start()
        left = False
        while not acting.ended:
            if not left and asked_to_leave():
                leave(None)
                left = True
            acting.wait(SECONDS_UNTIL_SEEN)
    except BaseException as error:
        try:
            leave(error)
            if acting.begun:
                acting.wait(grace)
        finally:
            if not acting.ended:
                # A second one; it may have come before `leave` was told of the first.
                leave(error)
        raise
    return acting.outcome()


class _Acting(Generic[T]):
    """What is done on the other thread, and how it ended."""

    def __init__(self, act: Callable[[], T]) -> None:
        self.begun = False
        self.ended = False
        self._act = act
        self._returned: list[T] = []
        self._raised: BaseException | None = None
        # Not `Thread.join`: before Python 3.13, one that is interrupted takes a thread
        # that runs for dead. Nor an Event: an exception may leave its own lock locked.
        self._over = threading.Lock()
        self._over.acquire()

    def play(self) -> None:
        """Act, on the thread that this is called on."""
        self.begun = True
        try:
            self._returned.append(self._act())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._raised = error
        finally:
            self.ended = True
            self._over.release()

    def wait(self, seconds: float) -> None:
        """Wait for the end, so many *seconds* at most."""
        # The lock may have been had already, and an exception have come right after it.
        if not self.ended:
            self._over.acquire(timeout=seconds)

    def outcome(self) -> T:
        """What was returned, or raise what was raised."""
        if self._raised is not None:
            raise self._raised
        return self._returned[0]
