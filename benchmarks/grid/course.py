"""
How updates go: what a workspace would tell of each, and when. Pure, and seeded.

An update waits for a cluster, sets up, runs its flows in layers, and ends a moment
after the last of them. No two of a pipeline last equally long, and pipelines differ.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import exp, floor
from random import Random

LAYERS = 3
RUN_TO_RUN = 0.3  # sigma of an update's duration beside its pipeline's others
PIPELINES = 0.35  # sigma of a pipeline's usual duration beside the median
FLOWS = 1.2  # sigma of a flow's duration beside the others'

# Until RUNNING it takes a share of the median, and not more than a cluster takes.
START = 0.3
LONGEST_START = 400.0
START_SIGMA = 0.3

# When a state begins, in shares of that time.
_STATES = (
    ("QUEUED", 0.0),
    ("WAITING_FOR_RESOURCES", 0.03),
    ("INITIALIZING", 0.63),
    ("SETTING_UP_TABLES", 0.85),
    ("RUNNING", 1.0),
)
EARLY = (0.05, 0.5)  # when an update fails early, as a share of its duration


class Log(Enum):
    """What the event log tells."""

    FLOWS = "flows"
    NO_FLOWS = "no flow events"
    UNREADABLE = "cannot be read"
    ENDLESS = "continuous"  # flows that never complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Updates of one kind: a cell of the grid."""

    median: float  # seconds, of the whole update
    flows: int = 20
    gap: tuple[float, float] = (1.0, 5.0)  # from the last flow's end to the update's
    early: float = 0.03  # the share that fails early
    behind: float = 0.0  # seconds that the event log is behind the state
    log: Log = Log.FLOWS
    known: bool = False  # whether there is an update before it, and it can be read


@dataclass(frozen=True, slots=True)
class Flow:
    """When a flow runs."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One update; all moments in seconds since the start was answered."""

    states: tuple[tuple[float, str], ...]  # the last is the end
    planned: int  # flows
    flows: tuple[Flow, ...]  # that begin, in order
    ends: tuple[float, ...]  # of flows that end, in order
    behind: float
    log: Log
    past: Course | None = None  # the pipeline's update before it

    @property
    def end(self) -> float:
        """When GET update shows the end."""
        return self.states[-1][0]

    @property
    def running(self) -> float:
        """When it is RUNNING; the end where it never was."""
        return next((at for at, state in self.states if state == "RUNNING"), self.end)

    def state(self, at: float) -> str:
        """The state that is shown then."""
        return next(state for since, state in reversed(self.states) if since <= at)

    def ended(self, at: float) -> int:
        """How many flows have ended by then."""
        return bisect_right(self.ends, at)


def courses(cell: Cell, seed: int, number: int) -> Iterator[Course]:
    """So many updates; two cells of one seed and number draw the same luck."""
    for run in range(number):
        # How long it all takes does not hang on how many flows there are.
        times, flows = (Random(f"{seed} {run} {what}") for what in ("times", "flows"))  # noqa: S311 - to be repeated
        yield _course(cell, times, flows, fails=_fails(cell.early, run))


def _fails(share: float, run: int) -> bool:
    # That share of them, and not by chance: what 95 % are within hangs on the rest.
    return floor((run + 1) * share + 0.5) > floor(run * share + 0.5)


def _course(cell: Cell, dice: Random, others: Random, *, fails: bool) -> Course:
    usual = cell.median * exp(dice.gauss(0.0, PIPELINES))
    lengths = [exp(others.gauss(0.0, FLOWS)) for _ in range(cell.flows)]
    course = _update(cell, dice, usual, lengths, fails=fails)
    if not cell.known:
        return course
    lengths = [length * exp(others.gauss(0.0, RUN_TO_RUN)) for length in lengths]
    return replace(course, past=_update(cell, dice, usual, lengths, fails=False))


def _update(
    cell: Cell, dice: Random, usual: float, lengths: Sequence[float], *, fails: bool
) -> Course:
    """An update of a pipeline whose flows are as long as that, beside each other."""
    total = usual * exp(dice.gauss(0.0, RUN_TO_RUN))
    gap = min(dice.uniform(*cell.gap), total / 4)
    start = min(START * usual, LONGEST_START) * exp(dice.gauss(0.0, START_SIGMA))
    start = min(start, 0.7 * total)
    when = dice.uniform(*EARLY)
    end = total * when if fails else total
    states = [(share * start, state) for state, share in _STATES if share * start < end]
    states.append((end, "FAILED" if fails else "COMPLETED"))
    flows = [flow for flow in _flows(lengths, start, total - gap) if flow.began < end]
    ends = [flow.ended for flow in flows if flow.ended < end]
    return Course(
        states=tuple(states),
        planned=cell.flows,
        flows=tuple(flows),
        ends=() if cell.log is Log.ENDLESS else tuple(sorted(ends)),
        behind=cell.behind,
        log=cell.log,
    )


def _flows(lengths: Sequence[float], start: float, end: float) -> Iterator[Flow]:
    """Flows in layers, from *start* to *end*; each layer waits for the one before."""
    number = min(LAYERS, len(lengths))
    layers = [lengths[layer::number] for layer in range(number)]
    scale = (end - start) / sum(map(max, layers))
    for layer in layers:
        for length in layer:
            yield Flow(start, start + scale * length)
        start += scale * max(layer)
