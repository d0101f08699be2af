"""Updates that come to a good end, and the graph that most scenarios share."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.parts import Check, Flow
from dlt_action.standin.script import Act, Beat, Scenario, Scene
from dlt_action.standin.wire import JsonObject

ANALYSED = 33.0
RUNNING = ANALYSED + 6.0

SHOP = (
    Flow(name="raw_orders", begins=39.5, ends=52.0, rows=18_402, streaming=True),
    Flow(name="raw_customers", begins=39.5, ends=48.3, rows=2_210, language="SQL"),
    Flow(name="raw_products", begins=39.6, ends=46.9, rows=640),
    Flow(
        name="orders",
        begins=52.4,
        ends=63.0,
        reads=("raw_orders", "raw_products"),
        rows=18_370,
        dropped=32,
        checks=(Check("valid id", 18_370, 32), Check("positive amount", 18_402)),
    ),
    Flow(
        name="customers",
        begins=48.7,
        ends=57.1,
        reads=("raw_customers",),
        rows=2_210,
        checks=(Check("has email", 2_187, 23),),
        language="SQL",
    ),
    Flow(
        name="revenue_by_day",
        begins=63.4,
        ends=70.2,
        reads=("orders",),
        rows=365,
    ),
    Flow(
        name="top_customers",
        begins=63.4,
        ends=71.5,
        reads=("orders", "customers"),
        rows=100,
        language="SQL",
    ),
    Flow(
        name="baskets",
        begins=63.5,
        ends=69.0,
        reads=("orders", "raw_products"),
        rows=9_120,
    ),
)


def play_of(flow: Flow) -> Iterator[Beat]:
    """A flow of the shop from its start to its end."""
    if not flow.streaming:
        yield from parts.batch(flow)
        return
    yield from parts.starting(flow)
    yield from micro_batches(flow, 2)
    # Completions of streaming flows carry no numbers: those came with each batch.
    yield parts.progress(flow, flow.ends, "COMPLETED")


def micro_batches(flow: Flow, count: int) -> Iterator[Beat]:
    """The rows of a streaming flow, in *count* RUNNING events with metrics."""
    step = (flow.ends - flow.begins - 1.2) / (count + 1)
    for n in range(1, count + 1):
        share = flow.rows * n // count - flow.rows * (n - 1) // count
        yield Beat(
            at=flow.begins + 1.2 + step * n,
            event_type="flow_progress",
            message=f"Completed a streaming update of '{flow.qualified}'.",
            level="METRICS",
            origin={**parts.of_flow(flow), "batch_id": n - 1},
            details={
                "flow_progress": {"status": "RUNNING", "metrics": parts.rows(share)}
            },
        )


def noise(at: float) -> Iterator[Beat]:
    """What a log also holds: resources, advice, and a type nobody knows yet."""
    slots: JsonObject = {"num_task_slots": 16, "avg_task_slot_utilization": 0.71}
    scale: JsonObject = {"state": "SUCCEEDED", "optimal_num_executors": 2}
    yield Beat(
        at=at,
        event_type="cluster_resources",
        message="Cluster resources were reported.",
        level="METRICS",
        maturity="EVOLVING",
        details={
            "cluster_resources": {"task_slot_metrics": slots, "autoscale_info": scale}
        },
    )
    yield Beat(
        at=at + 0.3,
        event_type="advisory",
        message="By running Auto Loader with directory listing you are missing out "
        "on optimized file discovery. Consider file events instead.",
        level="WARN",
        maturity="EVOLVING",
    )
    yield Beat(
        at=at + 0.6,
        event_type="lakehouse_weather",
        message="An event type that no client knows.",
        maturity="EVOLVING",
        details={"lakehouse_weather": {"sky": "clear"}},
    )


def shop(scene: Scene) -> Iterator[Beat]:
    """A whole update of the shop: about 74 seconds, COMPLETED."""
    chosen = parts.selected(scene, SHOP)
    left_out = [f for f in SHOP if f not in chosen]
    yield from parts.in_order(
        parts.beginning(scene),
        parts.setting_up(scene, ANALYSED, SHOP),
        [parts.excluded(f, RUNNING) for f in left_out],
        parts.queued(chosen, RUNNING + 0.01),
        *[play_of(flow) for flow in chosen],
        noise(44.0),
        [parts.state(scene, 74.0, "COMPLETED")],
    )


def dry_run(scene: Scene) -> Iterator[Beat]:
    """The analysis alone: no flow runs, COMPLETED."""
    yield from parts.in_order(
        parts.beginning(scene),
        parts.setting_up(scene, ANALYSED, SHOP),
        [parts.state(scene, ANALYSED + 5.0, "COMPLETED")],
    )


SUCCESS = Scenario(
    name="success",
    title="A triggered update of eight flows in three layers that completes",
    expect="succeeded",
    seconds=74,
    acts=(Act(script=shop),),
    dry=dry_run,
)
