"""
What a log tells little of: a view, and a flow that runs once and did so long ago.

An update runs a view within the flows that read it: it is defined, and they tell the
quality of its records. A flow with `once` is IDLE in each triggered update after its
first. (Spark's own engine of pipelines, which is open: TriggeredGraphExecution.scala.)
"""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Check, Flow
from dlt_action.standin.scenarios.shop import (
    ANALYSED,
    RUNNING,
    dry_run,
    noise,
    until_running,
)
from dlt_action.standin.script import Act, Beat, Scenario, Scene
from dlt_action.standin.wire import Json, JsonObject

VALID = (Check("valid id", 9_700, 300),)
VIEW = Flow(name="valid_orders", begins=0.0, ends=0.0, reads=("raw_orders",))
BACKFILL = Flow(name="orders_backfill", begins=0.0, ends=0.0, streaming=True)
RAW = Flow(name="raw_orders", begins=39.5, ends=58.0, rows=10_000, streaming=True)
ORDERS = Flow(
    name="orders",
    begins=41.0,
    ends=64.0,
    reads=("valid_orders",),
    rows=9_700,
    dropped=300,
)


def _ends(flow: Flow) -> Iterator[Beat]:
    """A table that reads the view, whose quality it tells."""
    yield from flows.starting(flow)
    told = flows.quality(VALID, VIEW.qualified, flow.dropped)
    metrics = flows.rows(flow.rows)
    yield flows.progress(
        flow, flow.ends, "COMPLETED", metrics=metrics, data_quality=told
    )


def _defined() -> Iterator[Beat]:
    declared: list[Json] = [{"name": check.name} for check in VALID]
    view: JsonObject = {"dataset_type": "VIEW", "expectations": declared}
    yield parts.definition_of_dataset(VIEW, ANALYSED, **view)
    yield parts.definition_of_flow(VIEW, ANALYSED, flow_type="VIEW")
    yield parts.definition_of_flow(
        BACKFILL, ANALYSED, output_dataset=RAW.qualified, once=True
    )


def views(scene: Scene) -> Iterator[Beat]:
    """Two tables, a view between them, and a backfill that was done before."""
    chosen = flows.selected(scene, (RAW, ORDERS))
    yield from parts.in_order(
        until_running(scene, (RAW, ORDERS)),
        _defined(),
        [flows.progress(BACKFILL, RUNNING + 0.02, "IDLE")] if RAW in chosen else (),
        flows.stream(RAW, *flows.micro_batches(RAW, 2)) if RAW in chosen else (),
        _ends(ORDERS) if ORDERS in chosen else (),
        noise(44.0),
        [parts.state(scene, 68.0, "COMPLETED")],
    )


VIEWS = Scenario(
    name="views",
    title="Completes; a view whose quality others tell, and a backfill of long ago",
    expect="succeeded",
    seconds=68,
    acts=(Act(script=views),),
    dry=dry_run,
)
