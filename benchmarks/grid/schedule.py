"""
A schedule to try constants with: `python -m benchmarks.grid --set NAME=VALUE`.

The one below is the prototype's. What the product does is in `dlt_action.core`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from benchmarks.grid.following import Ask, Schedule, Seen


@dataclass(frozen=True, slots=True)
class Constants:
    """Each stage: a share of a time, at least and at most so many seconds."""

    start: float = 0.33  # of the time since the start
    start_low: float = 4.0
    start_high: float = 8.0
    many: float = 0.35  # of the time since RUNNING
    many_low: float = 10.0
    many_high: float = 28.0
    half: float = 0.10  # half of the flows are left
    half_low: float = 6.0
    half_high: float = 10.0
    few: float = 0.05  # an eighth is left
    few_low: float = 3.5
    few_high: float = 7.0
    last: float = 0.03  # of the time since a flow ended
    last_low: float = 2.8
    last_high: float = 5.0
    all: float = 1.0
    begin: float = 0.35  # never more than this share of the time since the start
    begin_low: float = 2.0
    jitter: float = 0.1


def schedule(c: Constants) -> Schedule:
    """The schedule with these constants."""

    def look(seen: Seen, dice: Random) -> tuple[float, Ask]:
        if not seen.looks:
            return 0.0, Ask.BOTH
        if seen.over:
            return 0.0, Ask.STATE
        if seen.flows and not seen.left:
            return c.all, Ask.STATE
        wait = min(_wait(c, seen), max(c.begin_low, c.begin * seen.elapsed))
        ask = Ask.LOG if seen.readable else Ask.STATE
        return wait * dice.uniform(1 - c.jitter, 1 + c.jitter), ask

    return look


def _wait(c: Constants, seen: Seen) -> float:
    if seen.state != "RUNNING":
        return _clamp(c.start * seen.elapsed, c.start_low, c.start_high)
    if seen.left <= 1:
        return _clamp(c.last * seen.since_end, c.last_low, c.last_high)
    if seen.left <= max(2, seen.flows / 8):
        return _clamp(c.few * seen.running_for, c.few_low, c.few_high)
    if seen.left <= seen.flows / 2:
        return _clamp(c.half * seen.running_for, c.half_low, c.half_high)
    return _clamp(c.many * seen.running_for, c.many_low, c.many_high)


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
