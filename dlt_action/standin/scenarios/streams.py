"""Streaming flows: expectations counted batch by batch, and one that never ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Check, Flow
from dlt_action.standin.scenarios.shop import RUNNING, dry_run, noise, until_running
from dlt_action.standin.script import Act, Beat, Scenario, Scene

EVENTS = (
    Flow(name="raw_events", begins=39.5, ends=84.0, rows=40_000, streaming=True),
    Flow(
        name="events",
        begins=40.5,
        ends=86.0,
        reads=("raw_events",),
        rows=39_600,
        checks=(Check("valid id", 9_900, 100), Check("known country", 9_950, 50)),
        streaming=True,
    ),
    Flow(
        name="sessions",
        begins=41.5,
        ends=88.0,
        reads=("events",),
        rows=4_000,
        checks=(Check("has end", 1_000, 0),),
        streaming=True,
    ),
)

BATCHES = 4
# The platform spells one dataset in several ways, sometimes in one update.
SPELLINGS = ("{name}", "`main`.`sales`.`{name}`", "main.sales.{name}", "sales.{name}")
DROPPED = 100  # by "valid id", in each batch of `events`


def batches(flow: Flow) -> Iterator[Beat]:
    """Every batch with its share of the rows and with its own quality."""
    for n in range(BATCHES):
        dataset = SPELLINGS[n % len(SPELLINGS)].format(name=flow.name)
        dropped = DROPPED if flow.name == "events" else 0
        quality = flows.quality(flow.checks, dataset, dropped)
        metrics = flows.rows(flow.rows // BATCHES)
        at = flow.begins + 8.0 + 9.0 * n
        if flow.checks:
            yield flows.micro_batch(flow, at, n, metrics=metrics, data_quality=quality)
        else:
            yield flows.micro_batch(flow, at, n, metrics=metrics)


def expectations(scene: Scene) -> Iterator[Beat]:
    """Three streaming flows that catch up and complete."""
    chosen = flows.selected(scene, EVENTS)
    yield from parts.in_order(
        until_running(scene, EVENTS),
        *[flows.stream(flow, *batches(flow)) for flow in chosen],
        noise(44.0),
        [parts.state(scene, 90.0, "COMPLETED")],
    )


PERIOD = 20.0


def endless(scene: Scene) -> Iterator[Beat]:
    """Flows that run, idle and run again, for as long as one looks."""
    yield from parts.in_order(
        until_running(scene, EVENTS), *[flows.starting(flow) for flow in EVENTS]
    )
    for n in count():
        begin = RUNNING + 6.0 + PERIOD * n
        for flow in EVENTS:
            yield flows.micro_batch(
                flow, begin, n, metrics=flows.rows(flow.rows // 400)
            )
        for flow in EVENTS:
            yield flows.progress(flow, begin + 4.0, "IDLE")
        for flow in EVENTS:
            yield flows.progress(flow, begin + 15.0, "RUNNING")


STREAMING_EXPECTATIONS = Scenario(
    name="streaming-expectations",
    title="Streaming flows in micro-batches, each with its data quality; completes",
    expect="succeeded",
    seconds=90,
    acts=(Act(script=expectations),),
    dry=dry_run,
)
CONTINUOUS = Scenario(
    name="continuous",
    title="A continuous pipeline: never ends by itself (use wait-for: running)",
    expect="running",
    seconds=60,
    acts=(Act(script=endless),),
    dry=dry_run,
    spec={"continuous": True},
)
