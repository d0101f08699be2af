"""Planted bugs of looking: what is asked, and when."""

from __future__ import annotations

from math import inf

from dlt_action.core import outlook, pace
from dlt_action.core.model import Update
from dlt_action.core.observing import Observer
from dlt_action.core.pace import Sight
from dlt_action.core.steps import Script
from dlt_action.core.verdicts import Verdict
from tests.sim.planting import Mutant, Plant


def _relies_on_the_log() -> tuple[Plant, ...]:
    return (
        Plant(outlook, "LONGEST_WITHOUT_STATE", inf),
        Plant(outlook, "SLOW", inf),
    )


def _looks_all_the_time() -> tuple[Plant, ...]:
    def pause_after(_: Sight, *, ceiling: float | None, chance: float) -> float:
        del ceiling, chance
        return 1.0

    return (Plant(outlook, "pause_after", pause_after),)


def _looks_before_it_stops() -> tuple[Plant, ...]:
    original = Observer.observe

    def observe(self: Observer) -> Script[Update | Verdict | None]:
        seen = yield from original(self)
        if seen is None and self._trip.interrupted is not None:
            seen = yield from self.look()
        return seen

    return (Plant(Observer, "observe", observe),)


def _sleeps_far_from_the_end() -> tuple[Plant, ...]:
    original = pace.pause_after

    def pause_after(sight: Sight, *, ceiling: float | None, chance: float) -> float:
        return 8 * original(sight, ceiling=ceiling, chance=chance)

    return (Plant(outlook, "pause_after", pause_after),)


LOOKING = (
    Mutant("relies on a log that may be far behind", _relies_on_the_log),
    Mutant("looks each second", _looks_all_the_time),
    Mutant("looks before it stops", _looks_before_it_stops),
    Mutant("looks too seldom", _sleeps_far_from_the_end),
)
