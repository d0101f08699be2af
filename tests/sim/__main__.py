"""
The simulator's command line: many seeds, one seed with its trace, or the teeth.

    python -m tests.sim --seeds 50000 --jobs 2 --fresh 5000
    python -m tests.sim --seed 1234 --trace
    python -m tests.sim --teeth
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
from tests.sim.limits import violations
from tests.sim.sums import THROUGH_REQUESTS, Sums, played, run_all
from tests.sim.teeth import bite_all

CHUNK = 250
SHOWN = 4  # violations of one kind


def main(argv: Sequence[str]) -> int:
    """Run the simulator; 1 if anything did not hold."""
    asked = _parser().parse_args(argv)
    if asked.teeth:
        return bite_all(asked.jobs, say)
    if asked.seed is not None:
        return _one(asked.seed, trace=asked.trace)
    first = asked.first
    seeds = list(range(first, first + asked.seeds))
    if asked.fresh:
        fresh = 1_000_000 + int.from_bytes(os.urandom(4), "big")
        say(f"fresh seeds from {fresh}")
        seeds += range(fresh, fresh + asked.fresh)
    return _many(seeds, asked.jobs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sim")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument(
        "--fresh", type=int, default=0, help="so many random seeds more"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, help="play this one")
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


def _many(seeds: Sequence[int], jobs: int) -> int:
    began, total = time.monotonic(), Sums()
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        for sums in pool.map(run_all, chunks):
            total.add(sums)
    _totals(total, time.monotonic() - began)
    return 1 if total.violations else 0


def _totals(total: Sums, seconds: float) -> None:
    share = 100.0 * total.mistaken / max(total.inferred, 1)
    say(
        f"{total.seeds} seeds ({total.through_requests} through requests),"
        f" {total.calls} calls, {seconds:.1f} s, {total.seeds / seconds:.0f} seeds/s"
    )
    for result, count in total.results.most_common():
        say(f"  {count:7d} {result}")
    say(f"inferred: {total.inferred}, of these somebody else's: {share:.2f} %")
    say(f"stops that met another update, or none, after the proof: {total.gaps}")
    say(f"post steps: {total.posts}")
    say(f"violations: {len(total.violations)}")
    broken = Counter(seen.partition(":")[0] for _, seen in total.violations)
    for name, count in broken.most_common():
        say(f"  {count:7d} {name}")
        of_it = [one for one in total.violations if one[1].startswith(f"{name}:")]
        for seed, seen in of_it[:SHOWN]:
            say(f"          --seed {seed} --trace: {seen.partition(': ')[2]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
