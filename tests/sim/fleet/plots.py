"""How a job run goes if nobody interferes, from a seed: its tasks and their tries."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sim.agenda import Dice
from tests.sim.model import Leg
from tests.sim.plots import Bounds, plot

WORDS = ("both", "both", "both", "state", "status")
ONE_TIME = "update"  # the key that our start gives its only task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlot:
    """One task, and each of its tries."""

    key: str
    pipeline: int | None  # its number; None: a task of another kind
    tries: tuple[tuple[Leg, ...], ...] = ()  # of a Pipeline task: an update each
    ends: tuple[str, ...] = ("SUCCESS",)  # of the others
    seconds: float = 1.0  # of the others
    retries: int = 0  # by the Jobs service
    after: tuple[int, ...] = ()  # the tasks that come before
    waits: float = 1.0  # for its machine, and for its update to begin
    gap: float = 5.0  # before it is tried again
    notices: float = 0.5  # that its update has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlot:
    """A run of a job."""

    tasks: tuple[TaskPlot, ...]
    queued: float = 0.0
    skipped: bool = False  # another run is active, and there is no queue
    tail: float = 0.5  # after its last task
    cancel_lag: float = 0.5
    deaf: bool = False  # to a cancel
    repaired: float | None = None  # somebody does, so long after its end
    partly: bool = False  # its failed tasks do not count
    internal: bool = False  # a failure ends its life cycle as INTERNAL_ERROR
    words: str = "both"  # state, status or both
    all_tries: bool = False  # all runs of a task are told, and not only the last
    page: int = 100  # tasks on one


def one_time(dice: Dice, pipeline: int, bounds: Bounds) -> RunPlot:
    """A one-time run: one task, which is not tried again."""
    return _run(dice, (_task(dice, ONE_TIME, pipeline, bounds),))


def of_a_job(dice: Dice, pipelines: int, bounds: Bounds) -> RunPlot:
    """A run of a job with a task for each pipeline, and others."""
    tasks: list[TaskPlot] = []
    for number in range(pipelines):
        if dice.often(0.25):
            tasks.append(_other(dice, f"other_{number}", _after(dice, tasks)))
        key = f"load_{'abcd'[number]}"
        found = _task(dice, key, number, bounds, _after(dice, tasks), retried=True)
        tasks.append(found)
    if pipelines == 1 and dice.often(0.1):  # the same pipeline twice, in turn
        last = (len(tasks) - 1,)
        tasks.append(_task(dice, "load_again", 0, bounds, last, retried=True))
    if dice.often(0.25):
        tasks.append(_other(dice, "check", _after(dice, tasks)))
    return _run(dice, tuple(tasks), job=True)


def _run(dice: Dice, tasks: tuple[TaskPlot, ...], *, job: bool = False) -> RunPlot:
    return RunPlot(
        tasks=tasks,
        queued=dice.between(0.0, 200.0) if dice.often(0.12) else 0.0,
        skipped=job and dice.often(0.04),
        tail=dice.between(0.0, 4.0),
        cancel_lag=dice.between(0.1, 5.0)
        if dice.often(0.8)
        else dice.between(5.0, 60.0),
        deaf=dice.often(0.04),
        repaired=dice.between(0.5, 12.0) if dice.often(0.08) else None,
        partly=job and dice.often(0.3),
        internal=dice.often(0.5),
        words=dice.one_of(WORDS),
        all_tries=dice.often(0.3),
        page=dice.one_of((100, 100, 100, 2, 1)),
    )


def _after(dice: Dice, tasks: list[TaskPlot]) -> tuple[int, ...]:
    return tuple(number for number in range(len(tasks)) if dice.often(0.3))


def _other(dice: Dice, key: str, after: tuple[int, ...]) -> TaskPlot:
    return TaskPlot(
        key=key,
        pipeline=None,
        ends=tuple(dice.one_of(("SUCCESS", "SUCCESS", "FAILED")) for _ in range(3)),
        seconds=dice.between(0.5, 60.0),
        retries=dice.one_of((0, 0, 1, 2)),
        after=after,
        gap=dice.between(0.0, 20.0),
    )


def _task(  # noqa: PLR0913 - each is another matter
    dice: Dice,
    key: str,
    pipeline: int,
    bounds: Bounds,
    after: tuple[int, ...] = (),
    *,
    retried: bool = False,
) -> TaskPlot:
    return TaskPlot(
        key=key,
        pipeline=pipeline,
        tries=tuple(plot(dice, bounds) for _ in range(3)),
        retries=dice.one_of((0, 0, 0, 1, 2)) if retried else 0,
        after=after,
        waits=dice.between(0.0, 3.0) if dice.often(0.8) else dice.between(3.0, 60.0),
        gap=dice.between(0.0, 3.0) if dice.often(0.5) else dice.between(3.0, 60.0),
        notices=dice.between(0.0, 6.0),
    )
