"""
Whether an update runs and stays healthy: what `wait-for: running` waits for.

Healthy is what the state and the flows both say for as long as was asked for: no flow
fails or is left failed, those that are there have begun, and the log that says so can
be read. What nobody can see is not called healthy.
"""

from __future__ import annotations

from collections.abc import Collection

from dlt_action.core.model import FlowStatus, UpdateState

SHORTEST_PAUSE = 0.1

_NOT_BEGUN = frozenset({FlowStatus.QUEUED, FlowStatus.PLANNING, FlowStatus.STARTING})


def are_well(flows: Collection[FlowStatus]) -> bool:
    """Whether *flows* of such statuses are what an update that does its work has."""
    if FlowStatus.FAILED in flows:
        return False
    return not flows or not _NOT_BEGUN.issuperset(flows)


class Health:
    """How long the update has been running without a failure, in monotonic seconds."""

    def __init__(self, settle_time: float, *, wanted: bool) -> None:
        """Believe in its health after *settle_time* seconds, where that is *wanted*."""
        self._settle_time = settle_time
        self._wanted = wanted
        self._since: float | None = None
        self.hears = True  # whether the log was read, as far as it goes

    def reset(self) -> None:
        """Take a failure, or another update: begin again."""
        self._since = None

    def settled(
        self,
        state: UpdateState,
        flows: Collection[FlowStatus],
        seen_at: float,
        now: float,
    ) -> bool:
        """Take *state* and *flows* as *seen_at* then; whether it is so for long now."""
        runs = state is UpdateState.RUNNING and self._wanted
        if not runs or not are_well(flows):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return self.hears and seen_at - self._since >= self._settle_time

    def is_due(self, now: float) -> bool:
        """Whether it is believed in *now*, if nobody saw a failure."""
        since = self._since
        return since is not None and now - since >= self._settle_time

    def pause(self, longest: float, now: float) -> float:
        """Seconds until it is worth a look, at most *longest*."""
        if self._since is None or not self.hears:
            return longest
        due = self._since + self._settle_time - now
        return min(longest, max(due, SHORTEST_PAUSE))
