"""
Whole runs from seeds: what must hold does, and what is planted is found.

`DLT_ACTION_SIM_SEEDS` says how many seeds; `python -m tests.sim` has more to offer.
"""

from __future__ import annotations

import os

import pytest

from tests.sim import mishaps
from tests.sim.fleet import sums as fleets
from tests.sim.planting import Mutant
from tests.sim.sums import run_all
from tests.sim.teeth import BUGS, FLEET_BUGS, TWINS, bite, find, find_in_fleet

SEEDS = int(os.environ.get("DLT_ACTION_SIM_SEEDS", "2000"))
CHUNKS = 20
FLEETS = 100
# So many seeds find most of what is planted; the command line has all the others.
QUICK = 400


def named(mutant: Mutant) -> str:
    return mutant.name.replace(" ", "-")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens_what_must_hold_does(chunk: int) -> None:
    sums = run_all(range(chunk, SEEDS, CHUNKS))

    assert sums.violations == []
    assert sums.calls > 10 * sums.seeds


@pytest.mark.parametrize("chunk", range(2))
def test_whatever_happens_to_job_runs_and_to_several_what_must_hold_does(
    chunk: int,
) -> None:
    sums = fleets.run_all(range(chunk, FLEETS, 2))

    assert sums.violations == []
    assert len({name.partition(":")[0] for name in sums.results}) == 3  # all triggers


def test_one_seed_in_twenty_five_goes_through_requests() -> None:
    assert run_all(range(50)).through_requests == 2


def test_there_are_more_than_thirty_kinds_of_mishap() -> None:
    assert len({mishap.name for mishap in mishaps.ALL}) == len(mishaps.ALL) > 30


def test_the_same_seed_is_the_same_run() -> None:
    one, other = run_all(range(40)), run_all(range(40))

    assert (one.calls, one.results) == (other.calls, other.results)


@pytest.mark.parametrize("mutant", BUGS[::4], ids=named)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    # `make sim` plants all of them.
    assert find(mutant).seeds is not None


@pytest.mark.parametrize("mutant", FLEET_BUGS[::6], ids=named)
def test_a_bug_planted_in_job_runs_or_among_several_is_found(mutant: Mutant) -> None:
    assert find_in_fleet(mutant).seeds is not None


@pytest.mark.parametrize("mutant", TWINS, ids=named)
def test_a_correct_twin_is_not_flagged(mutant: Mutant) -> None:
    assert bite(mutant, most=QUICK).seeds is None
