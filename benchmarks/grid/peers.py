"""How others follow an update: when they ask, as their sources say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from benchmarks.grid.course import Course
from benchmarks.grid.following import ROUND_TRIP, Followed, Strategy

SDK_LONGEST = 10.0
CLI_PAUSE = 1.0
AIRFLOW_PAUSE = 30.0  # polling_period_seconds of its operators


def _read(pause: Callable[[int, Random], float]) -> Strategy:
    """Read the update, pause, and so on; *pause* is told how often that was."""

    def play(course: Course, dice: Random) -> Followed:
        followed, now, reads = Followed(), 0.0, 0
        while True:
            followed.calls.append(now)
            reads += 1
            shows, now = now + ROUND_TRIP / 2, now + ROUND_TRIP
            if shows >= course.end:
                followed.seen, followed.late = now, now - course.end
                return followed
            now += pause(reads, dice)

    return play


def fixed(seconds: float) -> Strategy:
    """Pause for so many *seconds*, always."""
    return _read(lambda _reads, _dice: seconds)


def sdk() -> Strategy:
    """Pause a second longer each time, up to ten, and by chance up to one more."""
    return _read(lambda reads, dice: min(float(reads), SDK_LONGEST) + dice.random())


def cli(course: Course, _dice: Random) -> Followed:
    """Read the log, read the update, and pause for a second."""
    followed, now = Followed(), 0.0
    while True:
        followed.calls += [now, now + ROUND_TRIP]
        now += 2 * ROUND_TRIP
        if now - ROUND_TRIP / 2 >= course.end:
            followed.seen, followed.late = now, now - course.end
            return followed
        now += CLI_PAUSE


PEERS: Mapping[str, Strategy] = {
    "fixed 1 s": fixed(1),
    "fixed 2 s": fixed(2),
    "fixed 5 s": fixed(5),
    "fixed 10 s": fixed(10),
    "fixed 30 s": fixed(30),
    "the SDK's waiter": sdk(),
    "the CLI's loop": cli,
    "Airflow's operator": fixed(AIRFLOW_PAUSE),
}
