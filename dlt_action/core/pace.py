"""
When to look next: pure schedules, all in seconds.

The end of an update is noticed half a pause late on average, and each look costs a
call. Without a hint of how near the end is, no rule beats a plain interval. The event
log gives one: flows end one by one, and what is left of them says whether the end can
be near. So a look is seldom while many flows are left, often when one is, and each
second once all have ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.lean import dataclass

# A share of the time since the start keeps the delay small beside the run itself.
SHARE = 0.05
FLOOR = 2.0
CEILING = 20.0

LONGEST_BACKOFF = 30.0

# Before anything is started, a wrong host or a dead network is told quickly.
START_GRACE = 30.0
# Who answers 429 is there, and asks for patience.
THROTTLE_GRACE = 300.0

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A pause that is a *share* of some time, within bounds."""

    share: float
    shortest: float
    longest: float

    def after(self, seconds: float) -> float:
        """The pause, so many *seconds* after what the share is taken of."""
        return min(max(seconds * self.share, self.shortest), self.longest)


# By what the flows that are left say of the end. The numbers were found by playing
# `benchmarks/grid` with many others; each is a share, and its bounds in seconds.
BEFORE = Stage(0.41, 8.5, 14.0)  # RUNNING, of the time since the start
QUEUED = Stage(0.01, 0.0, 28.0)  # the same, where it waits for long
FAR = Stage(0.25, 8.0, 28.0)  # of the time that it runs: more than half is left
MIDDLE = Stage(0.04, 6.5, 28.0)  # of the same: at most half is left
NEAR = Stage(0.04, 5.3, 6.5)  # of the same: two flows are left, or an eighth of them
WAITING = Stage(0.025, 0.0, 28.0)  # of the same, and at least: one has yet to begin
LAST = Stage(0.034, 3.8, 4.2)  # of the time since a flow ended: one is left
ENDING = Stage(0.15, 0.8, 8.0)  # of the time since the last one ended
PLAIN = Stage(0.0005, 4.2, 14.0)  # of the time that it runs: nothing says how near

# How much of the time since the start a pause may be, when that is short; and the
# longest of all: an early failure is noticed within 16 s in the first half an hour.
EARLY = Stage(0.6, 4.0, 60.0)
AT_MOST = Stage(1 / 140, 13.0, 28.0)

# By how much of itself a pause is varied, so that many clients do not ask at once.
JITTER = 0.1
SHORTEST = 0.8

# Where by the last good update more than half of the time is still to come.
SELDOM = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known of an update when the next look is planned; seconds."""

    since_start: float
    runs_for: float | None = None  # None: it is not RUNNING yet
    flows: int = 0  # that the log has told of
    left: int = 0  # of them
    waiting: bool = False  # whether one of them has not begun yet
    still_for: float = 0.0  # since a flow has ended, or since it runs
    ending_for: float | None = None  # since the log says that the end is near
    early: bool = False  # by the last good update, most is still to come

    @property
    def plain(self) -> bool:
        """Whether it runs, and nothing says how near its end is."""
        return self.runs_for is not None and self.ending_for is None and self.flows <= 1


def pause_after(sight: Sight, *, ceiling: float | None, chance: float) -> float:
    """
    Seconds until the next look, by what is in *sight*.

    At most *ceiling*; one that is longer than ours lengthens all pauses alike, but for
    those close to the end. *chance* in [0, 1) varies each.
    """
    longest = AT_MOST.after(sight.since_start)
    pause = min(_own_pause(sight), EARLY.after(sight.since_start), longest)
    if ceiling is not None and sight.ending_for is None:
        pause *= max(ceiling / AT_MOST.longest, 1.0)
    varied = max(pause * (1.0 - JITTER + 2 * JITTER * chance), SHORTEST)
    return varied if ceiling is None else min(varied, ceiling)


def _own_pause(sight: Sight) -> float:
    if sight.ending_for is not None:
        return ENDING.after(sight.ending_for)
    if sight.runs_for is None:
        waited = sight.since_start
        return max(BEFORE.after(waited), QUEUED.after(waited))
    seldom = SELDOM if sight.early else 1.0
    if sight.plain:
        return PLAIN.after(sight.runs_for) * seldom
    return _by_flows(sight, sight.runs_for) * seldom


def _by_flows(sight: Sight, runs_for: float) -> float:
    left, flows = sight.left, sight.flows
    if left <= 1:
        return LAST.after(sight.still_for)
    stage = MIDDLE if left <= flows / 2 else FAR
    if left <= max(2, flows / 8):
        stage = NEAR
    waits = WAITING.after(runs_for) if sight.waiting else 0.0
    return max(stage.after(runs_for), waits)


class Allowance:
    """
    How many calls may be made: some at once, then so many an hour.

    It holds where a last flow runs for hours. Nothing else asks for so many, but for a
    pipeline of one flow, whose pauses grow by themselves.
    """

    AT_ONCE = 150.0
    HOURLY = 800.0
    LONG = 3 * _HOUR  # after which there are fewer
    HOURLY_THEN = 250.0

    def __init__(self, now: float) -> None:
        """Begin at *now* (monotonic seconds), with all that may be made at once."""
        self._at = now
        self._turns = now + self.LONG
        self._left = self.AT_ONCE

    def spend(self, now: float) -> None:
        """Take that a call was made; one more than may be is the most that is owed."""
        more = (now - self._at) * self._hourly / _HOUR
        self._left = max(min(self._left + more, self.AT_ONCE) - 1.0, -1.0)
        self._at = now

    @property
    def rest(self) -> float:
        """Seconds, since the last was made, until one more may be."""
        return max(1.0 - self._left, 0.0) * _HOUR / self._hourly

    @property
    def _hourly(self) -> float:
        return self.HOURLY if self._at < self._turns else self.HOURLY_THEN


# Two looks are never in the same moment: what took no time leaves a rest of rounding.
LEAST_PAUSE = 0.001


def until_the_next(looks: Sequence[float], elapsed: float) -> float | None:
    """Seconds until the next of *looks*, which are since a beginning; None: no more."""
    left = (at - elapsed for at in looks if at > elapsed + LEAST_PAUSE)
    return next(left, None)


def look_again_after(elapsed: float, *, ceiling: float | None) -> float:
    """Seconds until the next look at what is waited for since *elapsed*."""
    longest = CEILING if ceiling is None else ceiling
    return min(max(elapsed * SHARE, FLOOR), longest)


def back_off(failures: int, *, hint: float | None, chance: float) -> float:
    """
    Seconds to wait after so many *failures* in a row (1, 2, …).

    *chance* in [0, 1) spreads clients that failed together. The server's *hint* may
    lengthen the wait and never shorten it.
    """
    exponent = min(failures, 10)  # 2**1024 would not be a float any more
    own = (0.5 + chance / 2) * min(LONGEST_BACKOFF, 2.0**exponent)
    return own if hint is None else max(own, hint)
