"""What strategies cost over many updates, and what the goals say to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import median

from benchmarks.grid.course import Cell, courses
from benchmarks.grid.following import Followed, Strategy


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one strategy in one cell: means over the runs, if not said otherwise."""

    runs: int
    calls: float  # until the end was seen
    mean: float  # seconds from the end until it was seen
    p95: float
    worst: float
    busiest: int  # the most calls in an hour, of any run
    all_calls: float  # until it was done
    done: float  # seconds from the end until it was done
    rest: float  # seconds from when it was seen until then: the median


def cost(
    strategy: Strategy, cell: Cell, *, seed: int, runs: int, delays: int = 0
) -> Cost:
    """
    Play so many updates of *cell*.

    Delays are those of more, if so asked: of who plays fast they can be known better.
    Calls are not, for they are to be compared with others' calls for the same updates.
    """
    found = summed(_played(strategy, cell, seed, runs))
    if delays <= runs:
        return found
    late = sorted(run.late for run in _played(strategy, cell, seed, delays))
    mean = sum(late) / len(late)
    done = found.done - found.mean + mean
    p95 = quantile(late, 0.95)
    return replace(found, mean=mean, p95=p95, worst=late[-1], done=done)


def _played(strategy: Strategy, cell: Cell, seed: int, runs: int) -> Iterator[Followed]:
    for run, course in enumerate(courses(cell, seed, runs)):
        yield strategy(course, Random(f"{seed} {run} chance"))  # noqa: S311 - to be repeated


def summed(played: Iterable[Followed]) -> Cost:
    """The cost of what was *played*."""
    runs = list(played)
    late = sorted(run.late for run in runs)
    calls = sum(len(run.calls) for run in runs)
    rest = [max(run.done, run.seen) - run.seen for run in runs]
    return Cost(
        runs=len(runs),
        calls=calls / len(runs),
        mean=sum(late) / len(runs),
        p95=quantile(late, 0.95),
        worst=late[-1],
        busiest=max(run.busiest for run in runs),
        all_calls=(calls + sum(run.after for run in runs)) / len(runs),
        done=(sum(rest) + sum(late)) / len(runs),
        rest=median(rest),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest that is not exceeded by that share of them."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def ratios(ours: Cost, other: Cost) -> Mapping[str, float]:
    """How many times theirs ours are."""
    return {
        "calls": ours.calls / other.calls,
        "mean": ours.mean / other.mean,
        "p95": ours.p95 / other.p95,
        "over": (ours.mean + ours.rest) / (other.mean + other.rest),
    }
