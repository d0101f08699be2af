"""Playing a sign-in: its steps done, one after the other, within a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, assert_never

from dlt_action.core.reply import Fault, FaultKind, Reply
from dlt_action.core.signin.steps import Ask, Flow, Hide, ReadText, Step, Text
from dlt_action.lean import dataclass

T = TypeVar("T")

ASK_SECONDS = 10.0  # the longest that one request of a sign-in may take
LEAST_SECONDS = 0.5  # with less left, none begins


@dataclass(frozen=True, slots=True)
class Player:
    """Does what a flow asks for."""

    ask: Callable[[Ask, float], Reply]
    hide: Callable[[str], None]
    read: Callable[[str], Text]
    clock: Callable[[], float]

    def play(self, flow: Flow[T], within: float) -> T:
        """
        Play *flow* for about *within* seconds.

        Raises what it raises: `Refused`, `Unavailable`.
        """
        until = self.clock() + within
        came: Reply | Text | None = None
        try:
            while True:
                came = self._do(flow.send(came), until)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Step, until: float) -> Reply | Text | None:
        match step:
            case Hide(secret=secret):
                self.hide(secret)
                return None
            case ReadText(path=path):
                return self.read(path)
            case Ask():
                left = until - self.clock()
                if left < LEAST_SECONDS:
                    return Fault(FaultKind.ABANDONED)
                return self.ask(step, min(left, ASK_SECONDS))
            case _:
                assert_never(step)
