"""
The two clocks of a watched update beside the timeout of the whole run.

`queue-timeout` bounds the wait for resources, `stall-timeout` the silence of state and
event log afterwards. An API that is away, or a log that cannot be read, is not
silence: who cannot hear does not know that nobody speaks.
"""

from __future__ import annotations

from dlt_action.core.model import UpdateState as S
from dlt_action.core.steps import Why

_IN_THE_QUEUE = frozenset({S.QUEUED, S.CREATED, S.WAITING_FOR_RESOURCES})


class Clocks:
    """When one update has waited, or kept silent, for too long; in seconds."""

    def __init__(self, queue: float, stall: float, now: float) -> None:
        """Begin at *now* (monotonic seconds); an infinite clock is off."""
        self._queue = queue
        self._stall = stall
        self._since = now
        self._heard = now
        self._state: S | None = None  # None: not seen yet

    def saw(self, state: S, now: float) -> None:
        """Take a state that was read."""
        if state is not self._state:
            self._state, self._heard = state, now

    def heard(self, now: float) -> None:
        """Take a sign of life, or that nothing could be heard."""
        self._heard = now

    def silent_for(self, now: float) -> float:
        """Seconds since there was a sign of life."""
        return now - self._heard

    @property
    def _queued(self) -> bool:
        return self._state is None or self._state in _IN_THE_QUEUE

    @property
    def rings_at(self) -> float:
        """When the clock that runs now runs out."""
        if self._queued:
            return self._since + self._queue
        return self._heard + self._stall

    def rang(self, now: float) -> Why | None:
        """Which clock has run out, if one has."""
        if now < self.rings_at:
            return None
        return Why.QUEUE_TIMEOUT if self._queued else Why.STALL_TIMEOUT
