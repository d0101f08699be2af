"""
Following an update in virtual time: what a client asks, and what it knows of it.

A call takes a round trip, and its answer shows the world as it was at mid-flight. What
follows is either a strategy, which plays a whole course, or a schedule, which is told
what is known and says when to ask for what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TypeAlias

from benchmarks.grid.course import Course, Log

ROUND_TRIP = 0.2
HOUR = 3600.0


class Ask(Enum):
    """What is asked for at once; each is a call."""

    LOG = "log"
    STATE = "state"
    BOTH = "both"  # the state, then the log


@dataclass(slots=True)
class Seen:
    """What a client knows now; all in seconds."""

    elapsed: float = 0.0  # since the start was answered
    state: str = ""  # the newest that was read or told
    running_for: float = 0.0  # since it was RUNNING, as far as known
    flows: int = 0  # that the log told of; 0: of none
    begun: int = 0  # of them, those that were told to run or to have run
    ended: int = 0
    left: int = 0
    since_end: float = 0.0  # since a flow ended, or it was RUNNING
    ends: Sequence[float] = ()  # when flows ended, as `elapsed` counts
    quiet: float = 0.0  # since the log told anything new
    unseen: float = 0.0  # since the state itself was read
    over: bool = False  # whether the log tells the end of the update
    readable: bool = True  # whether the log can be read
    past: float = 0.0  # how long the update before took; 0: nobody knows
    looks: int = 0


@dataclass(slots=True)
class Followed:
    """What came of it."""

    calls: list[float] = field(default_factory=list)  # when each was sent
    seen: float = 0.0  # when the answer came that shows the end
    late: float = 0.0  # from the end to that
    # Of a whole machine: the calls after that, and when it was done.
    after: int = 0
    done: float = 0.0

    @property
    def busiest(self) -> int:
        """Calls in the busiest hour."""
        if not self.calls or self.calls[-1] - self.calls[0] < HOUR:
            return len(self.calls)
        most, first = 0, 0
        for last, at in enumerate(self.calls):
            while self.calls[first] <= at - HOUR:
                first += 1
            most = max(most, last - first + 1)
        return most


Strategy: TypeAlias = Callable[[Course, Random], Followed]
Schedule: TypeAlias = Callable[[Seen, Random], tuple[float, Ask]]


def scheduled(schedule: Schedule) -> Strategy:
    """Follow as *schedule* says; the first time before anything was asked."""

    def play(course: Course, dice: Random) -> Followed:
        client = _Client(course)
        while not client.follows(*schedule(client.seen, dice)):
            pass
        return client.followed

    return play


class _Client:
    """Asks as it is told, and keeps what it has seen."""

    def __init__(self, course: Course) -> None:
        """Begin where the start was answered."""
        self.followed = Followed()
        self.seen = Seen(past=0.0 if course.past is None else course.past.end)
        self._course = course
        self._now = 0.0
        self._running: float | None = None
        self._told = 0.0  # when the log told anything new
        self._read = 0.0  # when the state was read
        self._place = -1  # of the state in the course

    def follows(self, wait: float, ask: Ask) -> bool:
        """Wait, and ask; whether the end was seen."""
        self._now += wait
        if ask is not Ask.LOG:
            at = self._sent()
            if at >= self._course.end:
                self.followed.seen = self._now
                self.followed.late = self._now - self._course.end
                return True
            self._read = at
            self._state(at)
        if ask is not Ask.STATE:
            self._log(self._sent())
        self._remember()
        return False

    def _sent(self) -> float:
        """Exchange a call; the moment that its answer shows."""
        self.followed.calls.append(self._now)
        self._now += ROUND_TRIP
        return self._now - ROUND_TRIP / 2

    def _state(self, at: float) -> bool:
        states, place = self._course.states, self._place
        while place + 1 < len(states) and states[place + 1][0] <= at:
            place += 1
        news, self._place = place > self._place, place
        if place >= 0:
            self.seen.state = states[place][1]
            if self._running is None and self.seen.state == "RUNNING":
                self._running = at
        return news

    def _log(self, at: float) -> None:
        course, seen = self._course, self.seen
        if course.log is Log.UNREADABLE:
            seen.readable = False
            return
        shown = at - course.behind
        if self._state(shown):
            self._told = self._now
        # The log has the time of each.
        if self._running is not None:
            self._running = min(self._running, course.running)
        seen.over = shown >= course.end
        if course.log is Log.NO_FLOWS or shown < course.running:
            return
        before = seen.begun, seen.ended
        seen.flows = course.planned
        seen.begun = sum(flow.began <= shown for flow in course.flows)
        seen.ended = course.ended(shown)
        seen.ends = course.ends[: seen.ended]
        seen.left = seen.flows - seen.ended
        if (seen.begun, seen.ended) != before:
            self._told = self._now

    def _remember(self) -> None:
        seen, now = self.seen, self._now
        seen.looks += 1
        seen.elapsed = now
        seen.quiet = now - self._told
        seen.unseen = now - self._read
        if self._running is not None:
            seen.running_for = now - self._running
            seen.since_end = now - seen.ends[-1] if seen.ends else seen.running_for
