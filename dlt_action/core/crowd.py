"""
How many parts of a step are getting on, where there are too many for a line each.

A few tell for themselves how far they are. Of more, one line a minute counts them.
"""

from __future__ import annotations

from collections.abc import Hashable

from dlt_action.core.model import EXIT_CODES, FlowStatus, UpdateState
from dlt_action.core.news import (
    Ended,
    Heartbeat,
    News,
    Started,
    StateSeen,
    TookUp,
)
from dlt_action.core.trip import HEARTBEAT_SECONDS
from dlt_action.core.words import count, duration

# So many heartbeats a minute can be read one by one.
FEW = 5


class Crowd:
    """What all parts have told of how far they are."""

    def __init__(self, total: int) -> None:
        """There are *total* parts, none of which has begun."""
        self._total = total
        self._running: dict[Hashable, Heartbeat | None] = {}
        self._rests: set[Hashable] = set()  # of those, whose update has ended
        self._done: dict[Hashable, bool] = {}  # whether it ended well
        self._flows = self._completed = self._rows = 0  # of those that are done
        self._told = -HEARTBEAT_SECONDS  # when a line was, in seconds from the start

    def saw(self, part: Hashable, news: News) -> None:
        """Take *news* of a *part*."""
        if isinstance(news, Ended):
            self._add(self._running.pop(part, None))
            self._done[part] = EXIT_CODES.get(news.outcome.result, 1) == 0
            self._rests.discard(part)
        elif part not in self._done:
            self._stirs(part, news)
            self._running.setdefault(part, None)
            # A job run beats as well as its updates do, and knows of no flows.
            if isinstance(news, Heartbeat) and news.flows:
                self._running[part] = news

    def _stirs(self, part: Hashable, news: News) -> None:
        """Whether its update goes on: a task of a job rests until its job run ends."""
        if isinstance(news, StateSeen) and UpdateState(news.state).terminal:
            self._rests.add(part)
        elif isinstance(news, Started | TookUp):
            self._rests.discard(part)

    def _add(self, last: Heartbeat | None) -> None:
        if last is not None:
            self._completed += last.flows.get(FlowStatus.COMPLETED, 0)
            self._flows += sum(last.flows.values())
            self._rows += 0 if last.rows is None else last.rows

    @property
    def is_large(self) -> bool:
        """Whether more are running than can tell it for themselves."""
        return len(self._running) - len(self._rests) > FEW

    def line(self, elapsed: float) -> str | None:
        """How far all are, where it is time to say so."""
        if elapsed - self._told < HEARTBEAT_SECONDS:
            return None
        self._told = elapsed
        bad = sum(not well for well in self._done.values())
        waiting = self._total - len(self._running) - len(self._done)
        rest = len(self._rests)
        running, done = len(self._running) - rest, len(self._done) + rest
        parts = [f"{running} running", f"{done} done"]
        if bad:
            parts[-1] += f" ({bad} not well)"
        if waiting > 0:
            parts.append(f"{waiting} waiting")
        parts.extend(self._sums())
        return " · ".join((*parts, duration(elapsed)))

    def _sums(self) -> list[str]:
        beats = [beat for beat in self._running.values() if beat is not None]
        done = sum(beat.flows.get(FlowStatus.COMPLETED, 0) for beat in beats)
        flows = sum(sum(beat.flows.values()) for beat in beats)
        rows = sum(beat.rows for beat in beats if beat.rows is not None)
        told = []
        if self._flows + flows:
            told.append(f"flows {self._completed + done}/{self._flows + flows}")
        if self._rows + rows:
            told.append(f"{count(self._rows + rows)} rows")
        return told
