"""What happens next: timers and followed pipelines, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from dlt_action.standin.eventlog import Pace
from dlt_action.standin.play import Pipeline

NEVER = float("inf")

Then: TypeAlias = Callable[[float], None]
# Called whenever something happened to the pipeline; `True` when that was all.
Look: TypeAlias = Callable[[float], bool]


class Agenda:
    """
    Timers and followed pipelines.

    `advance` takes them in the order of time, whatever is first, so how often somebody
    looks changes nothing. Whoever looks at a pipeline has to advance this first: what
    is due may start or stop an update of it.
    """

    def __init__(self, pace: Pace) -> None:
        """Nothing to do."""
        self.pace = pace
        self._timers: list[tuple[float, int, Then]] = []
        self._order = count()
        self._followed: list[tuple[Pipeline, Look]] = []

    def after(self, now: float, seconds: float, then: Then) -> None:
        """Do something *seconds* after *now*, at stretch 1."""
        self.at(now + seconds * self.pace.stretch, then)

    def at(self, when: float, then: Then) -> None:
        """Do something at a moment: what clients ask for is not stretched."""
        heapq.heappush(self._timers, (when, next(self._order), then))

    def follow(self, pipeline: Pipeline, look: Look) -> None:
        """Look whenever something happens to *pipeline*, until that was all."""
        self._followed.append((pipeline, look))

    def advance(self, now: float) -> None:
        """Take in everything that has happened by *now*."""
        while True:
            timer = self._timers[0][0] if self._timers else NEVER
            beat = min((p.due for p, _ in self._followed), default=NEVER)
            if min(timer, beat) > now:
                return
            if beat <= timer:
                self.look(beat)
            else:
                heapq.heappop(self._timers)[2](timer)

    def look(self, now: float) -> None:
        """Bring the followed pipelines up to *now*, and look."""
        for pipeline, look in list(self._followed):
            pipeline.advance(now)
            if look(now):
                self._followed.remove((pipeline, look))
