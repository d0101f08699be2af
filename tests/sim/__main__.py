"""
The simulator's command line: many seeds, one seed with its trace, or the teeth.

    python -m tests.sim --seeds 50000 --jobs 2 --fresh 5000
    python -m tests.sim --seed 1234 --trace
    python -m tests.sim --fleet --seed 1234 --trace
    python -m tests.sim --teeth

Each twentieth seed is also that of a fleet: job runs, and several pipelines in a step.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.sim.facts import Facts
from tests.sim.fleet import sums as fleets
from tests.sim.fleet.facts import FleetFacts
from tests.sim.fleet.limits import violations as violations_of_fleet
from tests.sim.limits import violations
from tests.sim.sums import THROUGH_REQUESTS, Sums, played, run_all
from tests.sim.teeth import bite_all

CHUNK = 250
FLEETS = 20  # so many seeds have one
SHOWN = 4  # violations of one kind


def main(argv: Sequence[str]) -> int:
    """Run the simulator; 1 if anything did not hold."""
    asked = _parser().parse_args(argv)
    if asked.teeth:
        return bite_all(asked.jobs, say)
    if asked.seed is not None:
        play = _one_fleet if asked.fleet else _one
        return play(asked.seed, trace=asked.trace)
    first = asked.first
    seeds = list(range(first, first + asked.seeds))
    if asked.fresh:
        fresh = 1_000_000 + int.from_bytes(os.urandom(4), "big")
        say(f"fresh seeds from {fresh}")
        seeds += range(fresh, fresh + asked.fresh)
    return _many(seeds, asked.jobs, only_fleets=asked.fleet)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sim")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument(
        "--fresh", type=int, default=0, help="so many random seeds more"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument(
        "--fleet", action="store_true", help="of the fleet, and only it"
    )
    parser.add_argument("--teeth", action="store_true", help="plant bugs; find each")
    parser.add_argument("--trace", action="store_true", help="tell what happens in it")
    return parser


def say(text: str) -> None:
    """Tell people *text*."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _one(seed: int, *, trace: bool) -> int:
    def note(at: float, text: str) -> None:
        say(f"{at:10.2f}  {text}")

    wired = seed % THROUGH_REQUESTS == 0
    facts = played(seed, through_requests=wired, note=note if trace else None)
    _tell(facts)
    found = violations(facts)
    for one in found:
        say(f"VIOLATION {one}")
    return 1 if found else 0


def _tell(facts: Facts) -> None:
    schedule, run = facts.played.schedule, facts.played
    say(f"seed {schedule.seed}: {' '.join(schedule.order.given)}")
    say(f"{schedule.traits}")
    for chain in run.world.chains:
        for update in chain.updates:
            path = " ".join(f"{at:.1f}:{word}" for at, word in update.history)
            say(f"{update.update_id} ({chain.who.value}, {update.cause}) {path}")
    say(f"ended at {facts.ended:.2f} with {run.code}: {facts.result}: {facts.reason}")
    say(f"state: {run.ci.kept}")


def _one_fleet(seed: int, *, trace: bool) -> int:
    def note(at: float, text: str) -> None:
        say(f"{at:10.2f}  {text}")

    wired = seed % THROUGH_REQUESTS == 0
    facts = fleets.played(seed, through_requests=wired, note=note if trace else None)
    _tell_of_fleet(facts)
    found = violations_of_fleet(facts)
    for one in found:
        say(f"VIOLATION {one}")
    return 1 if found else 0


def _tell_of_fleet(facts: FleetFacts) -> None:
    schedule, run = facts.schedule, facts.played
    say(f"seed {schedule.seed}: {' '.join(schedule.order.given)!r}")
    for update in (one for world in run.worlds for one in world.updates):
        path = " ".join(f"{at:.1f}:{word}" for at, word in update.history)
        chain = update.chain
        say(f"{update.update_id} ({chain.who.value}, {update.cause}) {path}")
    for one in run.jobs.runs:
        path = " ".join(f"{at:.1f}:{word} {how}" for at, word, how in one.history)
        say(f"run {one.run_id} ({one.who.value}) {path}")
    say(f"ended at {facts.ended:.2f} with {run.code}: {facts.result}: {facts.reason}")
    for row in facts.rows:
        say(f"  {row}")
    for debt in facts.debts:
        say(f"  {debt}")


def _chunks(seeds: Sequence[int]) -> list[Sequence[int]]:
    return [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]


def _many(seeds: Sequence[int], jobs: int, *, only_fleets: bool) -> int:
    began, total, of_fleets = time.monotonic(), Sums(), Sums()
    several = seeds if only_fleets else [one for one in seeds if one % FLEETS == 0]
    with ProcessPoolExecutor(jobs) as pool:
        if not only_fleets:
            for sums in pool.map(run_all, _chunks(seeds)):
                total.add(sums)
            _totals(total, time.monotonic() - began)
            began = time.monotonic()
        for sums in pool.map(fleets.run_all, _chunks(several)):
            of_fleets.add(sums)
        _totals(of_fleets, time.monotonic() - began, what="fleets", flag="--fleet ")
    return 1 if total.violations or of_fleets.violations else 0


def _totals(
    total: Sums, seconds: float, *, what: str = "seeds", flag: str = ""
) -> None:
    share = 100.0 * total.mistaken / max(total.inferred, 1)
    say(
        f"{total.seeds} {what} ({total.through_requests} through requests),"
        f" {total.calls} calls, {seconds:.1f} s, {total.seeds / seconds:.0f} {what}/s"
    )
    for result, count in total.results.most_common():
        say(f"  {count:7d} {result}")
    if total.inferred:
        say(f"inferred: {total.inferred}, of these somebody else's: {share:.2f} %")
        say(f"stops that met another update, or none, after the proof: {total.gaps}")
    say(f"post steps: {total.posts}")
    say(f"violations: {len(total.violations)}")
    broken = Counter(seen.partition(":")[0] for _, seen in total.violations)
    for name, count in broken.most_common():
        say(f"  {count:7d} {name}")
        of_it = [one for one in total.violations if one[1].startswith(f"{name}:")]
        for seed, seen in of_it[:SHOWN]:
            say(f"          {flag}--seed {seed} --trace: {seen.partition(': ')[2]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
