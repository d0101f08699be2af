"""Whether the simulator bites: each planted bug is found, and no correct twin is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.sim import (
    mutants_follow,
    mutants_judge,
    mutants_look,
    mutants_sign,
    mutants_start,
    mutants_tell,
)
from tests.sim.fleet import mutants_jobs, mutants_several
from tests.sim.fleet.sums import look as look_at_fleet
from tests.sim.limits import violations
from tests.sim.planting import Mutant, planted
from tests.sim.sums import played

MOST_SEEDS = 5000
BUGS = (
    *mutants_start.STARTING,
    *mutants_follow.FOLLOWING,
    *mutants_look.LOOKING,
    *mutants_tell.TELLING,
    *mutants_sign.SIGNING,
    *mutants_judge.JUDGING,
)
TWINS = (*mutants_start.TWINS, *mutants_follow.TWINS, *mutants_sign.TWINS)
# Those that show in job runs, and with several pipelines.
FLEET_BUGS = (*mutants_jobs.OF_JOBS, *mutants_several.SEVERAL)
FLEET_TWINS = (*mutants_jobs.TWINS, *mutants_several.TWINS)
MOST_FLEETS, FLEETS_OF_A_TWIN = 400, 200


@dataclass(frozen=True, slots=True)
class Bite:
    """What was found of a mutant."""

    name: str
    seeds: int | None  # until it was found; None: it was not
    seen: str = ""


def look_at_one(seed: int) -> list[str]:
    """What does not hold in the run of that *seed*."""
    return violations(played(seed))


def bite(
    mutant: Mutant,
    most: int = MOST_SEEDS,
    first: int = 0,
    look: Callable[[int], list[str]] = look_at_one,
) -> Bite:
    """Play seeds with *mutant* in the program until a sentence does not hold."""
    for seed in range(first, most):
        with planted(mutant):
            found = look(seed)
        if not found:
            continue
        # What does not hold without it either was not found because of it.
        anyway = {one.partition(":")[0] for one in look(seed)}
        because = [one for one in found if one.partition(":")[0] not in anyway]
        if because:
            return Bite(mutant.name, seed + 1, f"--seed {seed}: {because[0]}")
    return Bite(mutant.name, None)


def find(mutant: Mutant) -> Bite:
    """Look where *mutant* is known to be found, and then in the seeds before."""
    found = bite(mutant, first=mutant.seldom)
    return bite(mutant, most=mutant.seldom) if found.seeds is None else found


def find_in_fleet(mutant: Mutant) -> Bite:
    """Look for *mutant* where job runs and several pipelines are played."""
    first = mutant.seldom
    return bite(mutant, most=first + MOST_FLEETS, first=first, look=look_at_fleet)


def spare_in_fleet(twin: Mutant) -> Bite:
    """Look whether *twin* is left in peace there."""
    return bite(twin, most=FLEETS_OF_A_TWIN, look=look_at_fleet)


_CASES = (
    *((mutant, find, False) for mutant in BUGS),
    *((mutant, find_in_fleet, False) for mutant in FLEET_BUGS),
    *((mutant, find, True) for mutant in TWINS),
    *((mutant, spare_in_fleet, True) for mutant in FLEET_TWINS),
)


def _bite_number(number: int) -> Bite:
    mutant, look, _ = _CASES[number]
    return look(mutant)


def bite_all(jobs: int, say: Callable[[str], None]) -> int:
    """Plant every bug and every twin; print the table; 1 if the teeth are blunt."""
    blunt = False
    with ProcessPoolExecutor(jobs) as pool:
        for number, found in enumerate(pool.map(_bite_number, range(len(_CASES)))):
            twin = _CASES[number][2]
            wrong = (found.seeds is not None) if twin else (found.seeds is None)
            blunt = blunt or wrong
            needed = "none" if found.seeds is None else str(found.seeds)
            mark = "!!" if wrong else "  "
            say(f"{mark} {found.name:55s} | {needed:>5s} | {found.seen[:150]}")
    twins = sum(twin for _, _, twin in _CASES)
    say(f"{len(_CASES) - twins} planted bugs, {twins} correct twins")
    return 1 if blunt else 0
