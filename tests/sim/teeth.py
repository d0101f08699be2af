"""Whether the simulator bites: each planted bug is found, and no correct twin is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.sim import (
    mutants_follow,
    mutants_judge,
    mutants_sign,
    mutants_start,
    mutants_tell,
)
from tests.sim.limits import violations
from tests.sim.planting import Mutant, planted
from tests.sim.sums import played

MOST_SEEDS = 5000
BUGS = (
    *mutants_start.STARTING,
    *mutants_follow.FOLLOWING,
    *mutants_tell.TELLING,
    *mutants_sign.SIGNING,
    *mutants_judge.JUDGING,
)
TWINS = (*mutants_start.TWINS, *mutants_follow.TWINS, *mutants_sign.TWINS)


@dataclass(frozen=True, slots=True)
class Bite:
    """What was found of a mutant."""

    name: str
    seeds: int | None  # until it was found; None: it was not
    seen: str = ""


def bite(mutant: Mutant, most: int = MOST_SEEDS, first: int = 0) -> Bite:
    """Play seeds with *mutant* in the program until a sentence does not hold."""
    for seed in range(first, most):
        with planted(mutant):
            found = violations(played(seed))
        if not found:
            continue
        # What does not hold without it either was not found because of it.
        anyway = {one.partition(":")[0] for one in violations(played(seed))}
        because = [one for one in found if one.partition(":")[0] not in anyway]
        if because:
            return Bite(mutant.name, seed + 1, f"--seed {seed}: {because[0]}")
    return Bite(mutant.name, None)


def find(mutant: Mutant) -> Bite:
    """Look where *mutant* is known to be found, and then in the seeds before."""
    found = bite(mutant, first=mutant.seldom)
    return bite(mutant, most=mutant.seldom) if found.seeds is None else found


def _bite_number(number: int) -> Bite:
    return find((*BUGS, *TWINS)[number])


def bite_all(jobs: int, say: Callable[[str], None]) -> int:
    """Plant every bug and every twin; print the table; 1 if the teeth are blunt."""
    blunt = False
    with ProcessPoolExecutor(jobs) as pool:
        for number, found in enumerate(
            pool.map(_bite_number, range(len(BUGS) + len(TWINS)))
        ):
            twin = number >= len(BUGS)
            wrong = (found.seeds is not None) if twin else (found.seeds is None)
            blunt = blunt or wrong
            needed = "none" if found.seeds is None else str(found.seeds)
            mark = "!!" if wrong else "  "
            say(f"{mark} {found.name:55s} | {needed:>5s} | {found.seen[:150]}")
    say(f"{len(BUGS)} planted bugs, {len(TWINS)} correct twins")
    return 1 if blunt else 0
