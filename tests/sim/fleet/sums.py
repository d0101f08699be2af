"""Many runs of the fleet, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.sim.fleet.facts import FleetFacts
from tests.sim.fleet.limits import violations
from tests.sim.fleet.run import FleetStage
from tests.sim.fleet.schedule import draw
from tests.sim.sums import THROUGH_REQUESTS, Sums


def played(
    seed: int,
    *,
    through_requests: bool = False,
    note: Callable[[float, str], None] | None = None,
) -> FleetFacts:
    """Play *seed*; what is true of it."""
    stage = FleetStage(draw(seed))
    if note is not None:
        stage.notes(note)
    if through_requests:
        # Here and not above: most runs need none of it.
        from tests.sim.adapter import wire  # noqa: PLC0415 - slow to import

        stage.line.through = wire()
    return FleetFacts(stage.play())


def look(seed: int) -> list[str]:
    """What does not hold in the run of that *seed*."""
    return violations(played(seed))


def run_all(seeds: Iterable[int]) -> Sums:
    """Play *seeds*."""
    sums = Sums()
    for seed in seeds:
        wired = seed % THROUGH_REQUESTS == 0
        sums.through_requests += wired
        facts = played(seed, through_requests=wired)
        result = "killed" if facts.killed else facts.result or "no outputs"
        sums.seeds += 1
        sums.calls += len(facts.played.line.sent)
        sums.results[f"{facts.order.trigger}: {result}"] += 1
        sums.posts += facts.played.post_code is not None
        sums.violations.extend((seed, seen) for seen in violations(facts))
    return sums
