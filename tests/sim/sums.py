"""Many runs, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.sim.facts import Facts
from tests.sim.invariants import unavoidable_gaps
from tests.sim.limits import violations
from tests.sim.run import Stage
from tests.sim.schedule import draw

# Every so many seeds go through `requests` and our sender as well.
THROUGH_REQUESTS = 25


@dataclass(slots=True)
class Sums:
    """What many runs come to."""

    seeds: int = 0
    through_requests: int = 0
    calls: int = 0
    results: Counter[str] = field(default_factory=Counter)
    inferred: int = 0
    mistaken: int = 0  # inferred, and somebody else's
    gaps: int = 0
    posts: int = 0  # post steps that were played
    violations: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Sums) -> None:
        """Take *other* in."""
        self.seeds += other.seeds
        self.through_requests += other.through_requests
        self.calls += other.calls
        self.results.update(other.results)
        self.inferred += other.inferred
        self.mistaken += other.mistaken
        self.gaps += other.gaps
        self.posts += other.posts
        self.violations.extend(other.violations)

    def take(self, seed: int, facts: Facts) -> None:
        """Take one run in."""
        played = facts.played
        self.seeds += 1
        self.calls += len(played.line.sent)
        self.results["killed" if facts.killed else facts.result or "no outputs"] += 1
        self.inferred += facts.attribution == "inferred"
        self.mistaken += facts.mistaken
        self.gaps += unavoidable_gaps(facts)
        self.posts += played.post_code is not None
        self.violations.extend((seed, seen) for seen in violations(facts))


def played(
    seed: int,
    *,
    through_requests: bool = False,
    note: Callable[[float, str], None] | None = None,
) -> Facts:
    """Play *seed*; what is true of it."""
    stage = Stage(draw(seed))
    if note is not None:
        stage.notes(note)
    if through_requests:
        # Here and not above: most runs need none of it.
        from tests.sim.adapter import wire  # noqa: PLC0415 - slow to import

        stage.line.through = wire()
    return Facts(stage.play())


def run_all(seeds: Iterable[int]) -> Sums:
    """Play *seeds*."""
    sums = Sums()
    for seed in seeds:
        wired = seed % THROUGH_REQUESTS == 0
        sums.through_requests += wired
        sums.take(seed, played(seed, through_requests=wired))
    return sums
