"""How an update goes, from a seed: its states, its end, its automatic restarts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from tests.sim.agenda import Dice
from tests.sim.model import Leg, Obeys, Traits

STATES = (
    ('"QUEUED"', 0.1, 0.2),  # how often it is there, and its share of the time
    ('"CREATED"', 0.9, 0.05),
    ('"WAITING_FOR_RESOURCES"', 0.8, 0.3),
    ('"INITIALIZING"', 0.9, 0.2),
    ('"RESETTING"', 0.05, 0.1),
    ('"SETTING_UP_TABLES"', 0.7, 0.1),
    ('"RUNNING"', 0.95, 0.5),
)
STRANGE = ('"HIBERNATING"', "null", "", "7", '"completed"', '["COMPLETED"]')
PLATFORM = ("SCHEMA_CHANGE", "SERVICE_UPGRADE", "INFRASTRUCTURE_MAINTENANCE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a plot must keep to, so that the client can be expected to see it."""

    restarts: int = 5
    grace: float = 45.0  # restart-grace
    lag: float = 0.0  # of the list
    longest: float = 3000.0
    endless: bool = False  # sometimes it never ends


def plot(dice: Dice, bounds: Bounds) -> tuple[Leg, ...]:
    """A chain of legs."""
    seconds = _scale(dice, bounds)
    endings = ["COMPLETED"] * 12 + ["FAILED"] * 5 + ["CANCELED"] * 3
    legs: list[Leg] = []
    cause = ""
    while True:
        end = dice.one_of(endings)
        legs.append(_leg(dice, seconds, end, cause, bounds))
        left = bounds.restarts - (len(legs) - 1)
        if end == "COMPLETED" or left <= 0 or dice.often(0.4):
            break
        failed = end == "FAILED"
        cause = "RETRY_ON_FAILURE" if failed else dice.one_of(PLATFORM)
    if bounds.endless:
        legs[-1] = _endless(dice, legs[-1])
    return tuple(legs)


def _scale(dice: Dice, bounds: Bounds) -> float:
    kind = dice.random()
    if kind < 0.75:
        seconds = dice.between(1.0, 45.0)
    elif kind < 0.96:
        seconds = dice.between(45.0, 300.0)
    else:
        seconds = dice.between(300.0, 3000.0)
    return min(seconds, bounds.longest)


def _leg(dice: Dice, seconds: float, end: str, cause: str, bounds: Bounds) -> Leg:
    steps = [
        (state, seconds * share * dice.between(0.3, 2.0))
        for state, often, share in STATES
        if dice.often(often)
    ]
    if not steps or dice.often(0.04):
        odd = dice.one_of(STRANGE)
        steps.insert(dice.number(0, len(steps)), (odd, seconds * 0.2))
    gap, announced = _gap(dice, bounds) if cause else (0.0, True)
    return Leg(
        steps=tuple(steps),
        end=end,
        cause=cause,
        gap=gap,
        announced=announced,
        obeys=dice.one_of((Obeys.YES,) * 8 + (Obeys.NEVER, Obeys.COMPLETES)),
        stop_seconds=_stop_seconds(dice),
    )


def _gap(dice: Dice, bounds: Bounds) -> tuple[float, bool]:
    kind = dice.random()
    if kind < 0.6:
        return dice.between(0.2, 120.0), True
    if kind < 0.96:
        latest = max(bounds.grace - bounds.lag - 8.0, 0.2)
        return dice.between(0.1, latest), False
    return bounds.grace + dice.between(30.0, 200.0), False  # nobody can wait for that


def _stop_seconds(dice: Dice) -> float:
    kind = dice.random()
    if kind < 0.65:
        return dice.between(0.1, 4.0)
    if kind < 0.9:
        return dice.between(4.0, 60.0)
    return dice.between(60.0, 150.0) if kind < 0.97 else dice.between(190.0, 400.0)


def _endless(dice: Dice, leg: Leg) -> Leg:
    kept = list(leg.steps[: dice.number(1, len(leg.steps))])
    kept[-1] = (kept[-1][0], inf)
    return replace(leg, steps=tuple(kept))


def traits(dice: Dice, *, continuous: bool) -> Traits:
    """A workspace."""
    older = 30 if dice.often(0.04) else dice.number(0, 3)
    lag = dice.between(0.0, 20.0) if dice.often(0.25) else 0.0
    skew = dice.between(-600.0, 600.0) if dice.often(0.3) else 0.0
    return Traits(
        skew=skew,
        dated=dice.often(0.85),
        list_lag=lag,
        pipeline_lags=dice.often(0.3),
        log_lag=dice.between(0.0, 6.0) if dice.often(0.8) else dice.between(6.0, 90.0),
        request_ids=dice.often(0.5),
        tells_parameters=dice.often(0.5),
        conflict_status=409 if dice.often(0.85) else 400,
        shows_failed=dice.often(0.5),
        older=older,
        age=100.0 * older + (200.0 if dice.often(0.3) else 86400.0),
        retries=dice.number(0, 5) if dice.often(0.2) else None,
        continuous=continuous,
    )
