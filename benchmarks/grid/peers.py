"""How others follow an update: when they ask, as their sources say."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from random import Random

from benchmarks.grid.course import Course
from benchmarks.grid.following import ROUND_TRIP, Followed, Strategy

SDK_LONGEST = 10.0
CLI_PAUSE = 1.0
AIRFLOW_PAUSE = 30.0  # polling_period_seconds of its operators


def fixed(seconds: float) -> Strategy:
    """Read the update, and pause for so many *seconds*, always."""

    def play(course: Course, _dice: Random) -> Followed:
        period = seconds + ROUND_TRIP
        last = ceil((course.end - ROUND_TRIP / 2) / period)
        return _followed(course, [period * read for read in range(last + 1)])

    return play


def sdk(course: Course, dice: Random) -> Followed:
    """Pause a second longer each time, up to ten, and by chance up to one more."""
    calls, now = [0.0], 0.0
    while now + ROUND_TRIP / 2 < course.end:
        pause = min(float(len(calls)), SDK_LONGEST) + dice.random()
        now += ROUND_TRIP + pause
        calls.append(now)
    return _followed(course, calls)


def cli(course: Course, _dice: Random) -> Followed:
    """Read the log, read the update, and pause for a second."""
    period = 2 * ROUND_TRIP + CLI_PAUSE
    last = ceil((course.end - 1.5 * ROUND_TRIP) / period)
    starts = [period * read for read in range(last + 1)]
    return _followed(course, [at + half for at in starts for half in (0.0, ROUND_TRIP)])


def _followed(course: Course, calls: list[float]) -> Followed:
    """The last of *calls* is answered by the end."""
    seen = calls[-1] + ROUND_TRIP
    return Followed(calls, seen=seen, late=seen - course.end)


PEERS: Mapping[str, Strategy] = {
    "fixed 1 s": fixed(1),
    "fixed 2 s": fixed(2),
    "fixed 5 s": fixed(5),
    "fixed 10 s": fixed(10),
    "fixed 30 s": fixed(30),
    "the SDK's waiter": sdk,
    "the CLI's loop": cli,
    "Airflow's operator": fixed(AIRFLOW_PAUSE),
}
