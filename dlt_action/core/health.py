"""Whether an update runs and stays healthy: what `wait-for: running` waits for."""

from __future__ import annotations

from dlt_action.core.model import UpdateState

SHORTEST_PAUSE = 0.1


class Health:
    """How long the update has been running without a failure, in monotonic seconds."""

    def __init__(self, settle_time: float) -> None:
        """Believe in its health after *settle_time* seconds."""
        self._settle_time = settle_time
        self._since: float | None = None

    def reset(self) -> None:
        """Take a failure, or another update: begin again."""
        self._since = None

    def settled(self, state: UpdateState, seen_at: float, now: float) -> bool:
        """Take the *state* *seen_at* then; whether it was healthy for long enough."""
        if state is not UpdateState.RUNNING:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return seen_at - self._since >= self._settle_time

    def pause(self, longest: float, now: float) -> float:
        """Seconds until it is worth a look, at most *longest*."""
        if self._since is None:
            return longest
        due = self._since + self._settle_time - now
        return min(longest, max(due, SHORTEST_PAUSE))
