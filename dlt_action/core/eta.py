"""
How long an update still takes, by how long the last good one took.

An estimate is for deciding whether to wait for it, so it is coarse, it says its spread
where the update is slower than last time, and where last time teaches nothing any more
there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite
from typing import TypeAlias

from dlt_action.core.record import FlowRow
from dlt_action.lean import dataclass, field

# So much later than last time, it is another kind of run.
TOO_LATE = 1.5

# So much later than last time, nobody minds; the log is always a little behind.
UNNOTICED = 0.05

# So much of the work has to be done before its pace says something about the rest,
# and that may be so many times slower.
ENOUGH_DONE = 0.1
SLOWEST = 2.0

# Seconds of work that are none, in sums of floats.
_NOTHING = 1e-6

# When a flow began and ended, in seconds since the update was RUNNING.
Ran: TypeAlias = tuple[float, float]

_MINUTE = 60.0
_HOUR = 60  # minutes
# Below so many minutes it is told in steps of so many.
_STEPS = ((10, 1), (_HOUR, 5))
_LONG_STEP = 15


@dataclass(frozen=True, slots=True)
class Past:
    """How the last good update went, in seconds."""

    seconds: float  # from RUNNING, or all of it with `queue`, to the end
    flows: Mapping[str, Ran] = field(default_factory=dict)  # by name
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
    total, spent = past.seconds, max(spent, 0.0)
    if not isfinite(total) or total <= 0 or spent > TOO_LATE * total:
        return None
    by_clock = max(total - spent, 0.0)
    reached, more = _reached(past, flows, spent, now)
    by_flows = max(total - reached, more)
    if by_flows <= by_clock + UNNOTICED * total:
        longer = max(by_clock, by_flows)
        return Left(longer, longer)
    # The flows say that it is slower than last time: the rest may go as it did then,
    # or as slowly as until now.
    enough = reached >= ENOUGH_DONE * total
    slower = min(spent / reached, SLOWEST) if enough else 1.0
    return Left(by_flows, by_flows * max(slower, 1.0))


def _reached(
    past: Past, flows: Iterable[FlowRow], spent: float, now: datetime | None
) -> tuple[float, float]:
    """
    When, last time, as much was done as is now; and what the longest flow still needs.

    A flow that did not run last time is not known to need anything.
    """
    done, longest = 0.0, 0.0
    for row in flows:
        began, ended = past.flows.get(row.name, (0.0, 0.0))
        if row.status.ended:
            done += ended - began
        elif row.began is not None and now is not None:
            so_far = max((now - row.began).total_seconds(), 0.0)
            done += min(so_far, ended - began)
            longest = max(longest, ended - began - so_far)
    return _moment(past, done, spent), longest


def _moment(past: Past, work: float, spent: float) -> float:
    """
    The moment of *past* at which its flows had done so much *work* together.

    Where no flow ran, it is as long as nothing changed: then the nearest to *spent*.
    """
    changes = [(began, 1) for began, _ in past.flows.values()]
    changes += [(ended, -1) for _, ended in past.flows.values()]
    at, at_once, done = 0.0, 0, 0.0
    earliest: float | None = None
    for moment, change in (*sorted(changes), (past.seconds, 0)):
        reached = done + at_once * (moment - at)
        if earliest is None and reached >= work - _NOTHING:
            earliest = at + (max(work - done, 0.0) / at_once if at_once else 0.0)
        if reached > work + _NOTHING:
            latest = at + max(work - done, 0.0) / at_once
            return min(max(spent, earliest or 0.0), latest)
        at, at_once, done = moment, at_once + change, reached
    return min(max(spent, past.seconds if earliest is None else earliest), past.seconds)


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
