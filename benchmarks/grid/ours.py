"""The product's machine, played in virtual time: what follows a real update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random

from benchmarks.grid.course import Course
from benchmarks.grid.following import ROUND_TRIP, Followed
from benchmarks.grid.workspace import BEGAN, PIPELINE, UPDATE, Workspace
from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.launched import Launched
from dlt_action.core.machine import Done, Scripted
from dlt_action.core.model import (
    Json,
    Pipeline,
    PipelineId,
    PipelineState,
    UpdateId,
    UpdateRequest,
)
from dlt_action.core.plan import Links, Plan
from dlt_action.core.record import Outcome
from dlt_action.core.run import outcome_of
from dlt_action.core.steps import Script, Send, Wait
from dlt_action.core.trip import Trip
from dlt_action.core.watch import Watch

MOST_KNOWN = 100_000
LONGEST = 30 * 24 * 3600.0


@contextmanager
def read_once() -> Iterator[None]:
    """
    Read each event of a workspace once, however often it is answered.

    An overlap of events is read again with each page, and a grid is millions of them.
    Nobody changes an event that was read, so what comes of it is the same.
    """
    read = wire.event
    known: dict[int, tuple[Mapping[str, Json], Event]] = {}

    def event(source: Mapping[str, Json]) -> Event:
        found = known.get(id(source))
        if found is None:
            if len(known) > MOST_KNOWN:
                known.clear()
            # Whose id it is lives for as long as that is known here.
            found = known[id(source)] = source, read(source)
        return found[1]

    wire.event = event
    try:
        yield
    finally:
        wire.event = read


def ours(course: Course, dice: Random) -> Followed:
    """Follow as the product does, from the answered start to the end of the watch."""
    machine = _machine(dice.random)
    workspace, followed, now = Workspace(course), Followed(), 0.0
    while True:
        step = machine.next_step(now)
        machine.drain()
        if isinstance(step, Wait):
            now = max(now, step.until)
        elif isinstance(step, Send):
            shows = now + ROUND_TRIP / 2
            answer = workspace.answer(step.call, shows)
            _count(followed, now)
            now += ROUND_TRIP
            if not followed.seen and workspace.ended(step.call, shows):
                followed.seen, followed.late = now, now - course.end
            machine.saw(answer, now)
        else:
            assert isinstance(step, Done)  # noqa: S101 - it spawns nothing
            followed.done = now
            return followed


def _count(followed: Followed, now: float) -> None:
    if followed.seen:
        followed.after += 1
    else:
        followed.calls.append(now)


def _machine(chance: Callable[[], float]) -> Scripted:
    trip = Trip(began=0.0, deadline=LONGEST, chance=chance)
    pipeline = Pipeline(
        pipeline_id=PipelineId(PIPELINE), name="orders", state=PipelineState.RUNNING
    )
    plan = Plan(
        pipeline=pipeline,
        request=UpdateRequest(),
        links=Links("https://dbc-a1b2345c-d6e7.cloud.databricks.com"),
        began=0.0,
        began_at=BEGAN,
    )
    watch = Watch(trip, plan, Launched(update_id=UpdateId(UPDATE)))

    def script() -> Script[Outcome]:
        verdict = yield from watch.script()
        return outcome_of(verdict, plan, trip, watch)

    return Scripted(trip, script())
