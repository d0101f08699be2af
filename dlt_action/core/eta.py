"""
How long an update still takes, by how long the last good one took.

An estimate is for deciding whether to wait for it, so it is coarse, it says its spread
where the update is slower than last time, and where last time teaches nothing any more
there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from dlt_action.core.record import FlowRow

# So much later than last time, it is another kind of run.
TOO_LATE = 1.5

# So much of the work has to be done before its pace says something about the rest,
# and that may be so many times slower.
ENOUGH_DONE = 0.1
SLOWEST = 2.0

_MINUTE = 60.0
_HOUR = 60  # minutes
# Below so many minutes it is told in steps of so many.
_STEPS = ((10, 1), (_HOUR, 5))
_LONG_STEP = 15


@dataclass(frozen=True, slots=True)
class Past:
    """How long the last good update took, in seconds."""

    seconds: float  # from RUNNING, or all of it with `queue`, to the end
    flows: Mapping[str, float] = field(default_factory=dict)  # by name
    queue: bool = False  # whether the wait for resources is in *seconds*


@dataclass(frozen=True, slots=True)
class Left:
    """How many seconds it still takes, at least and at most."""

    low: float
    high: float


def left(
    past: Past, flows: Iterable[FlowRow], *, spent: float, now: datetime | None
) -> Left | None:
    """
    What is left of an update like *past* whose *flows* are so far, after *spent*.

    *spent* counts from where `past.seconds` does; *now* is by the clock of the log.
    """
    total = past.seconds
    if not isfinite(total) or total <= 0 or spent > TOO_LATE * total:
        return None
    by_clock = max(total - max(spent, 0.0), 0.0)
    by_flows = _work_left(past, flows, now)
    if by_flows <= by_clock:
        return Left(by_clock, by_clock)
    # The flows say that it is slower than last time: the rest may go as it did then,
    # or as slowly as until now.
    done = total - by_flows
    enough = done >= ENOUGH_DONE * total
    slower = min(max(spent / done, 1.0), SLOWEST) if enough else 1.0
    return Left(by_flows, by_flows * slower)


def _work_left(past: Past, flows: Iterable[FlowRow], now: datetime | None) -> float:
    """Seconds that the flows still need, with as many at once as last time."""
    if not past.flows:
        return 0.0
    work = sum(past.flows.values())
    usual = work / len(past.flows)
    rest = dict(past.flows)
    for row in flows:
        if row.status.ended:
            rest.pop(row.name, None)
            continue
        seconds = past.flows.get(row.name, usual)
        if row.began is not None and now is not None:
            seconds -= max((now - row.began).total_seconds(), 0.0)
        rest[row.name] = max(seconds, 0.0)
    at_once = max(work / past.seconds, 1.0)
    return max(sum(rest.values()) / at_once, *rest.values(), 0.0)


def said(estimate: Left) -> str:
    """*estimate* as `about 3 min left` or `3 to 6 min left`."""
    if estimate.high < _MINUTE:
        return "less than a minute left"
    low, high = _coarse(estimate.low), _coarse(estimate.high)
    if low == high:
        return f"about {_words(high)} left"
    if low == 0:
        return f"up to {_words(high)} left"
    if high < _HOUR:
        return f"{low} to {_words(high)} left"
    return f"{_words(low)} to {_words(high)} left"


def _coarse(seconds: float) -> int:
    """Whole minutes, the coarser the more there are."""
    minutes = seconds / _MINUTE
    step = next((step for below, step in _STEPS if minutes < below), _LONG_STEP)
    return round(minutes / step) * step


def _words(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
