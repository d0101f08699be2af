"""
The pipeline that most scenarios run: a shop, in three layers.

Bronze takes in, silver cleans, gold answers. `shop` plays a whole update of it;
other scenarios cut that play, delay it, or break a flow of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Check, Flow
from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import JsonObject

ANALYSED = 33.0
RUNNING = ANALYSED + 6.0
SHOP_ENDS = 74.0

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
    if flow.streaming:
        return flows.stream(flow, *flows.micro_batches(flow, 2))
    return flows.batch(flow)


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
    """A whole update of the shop: 74 seconds, COMPLETED."""
    return whole(scene, SHOP, ends=SHOP_ENDS)


def with_stream(
    scene: Scene, flow: Flow, batches: Iterable[Beat], ends: float
) -> Iterator[Beat]:
    """The shop with a streaming *flow* beside it, which tells *batches*: COMPLETED."""
    yield from parts.in_order(
        parts.before(shop(scene), SHOP_ENDS),
        [
            parts.definition_of_flow(flow, ANALYSED),
            flows.progress(flow, RUNNING, "QUEUED"),
        ],
        flows.stream(flow, *batches),
        [parts.state(scene, ends, "COMPLETED")],
    )


def whole(scene: Scene, graph: tuple[Flow, ...], ends: float) -> Iterator[Beat]:
    """A whole update of *graph*: COMPLETED."""
    chosen = flows.selected(scene, graph)
    yield from parts.in_order(
        until_running(scene, graph),
        *[play_of(flow) for flow in chosen],
        noise(44.0),
        [parts.state(scene, ends, "COMPLETED")],
    )


def until_running(scene: Scene, graph: tuple[Flow, ...]) -> Iterator[Beat]:
    """An update of *graph* up to RUNNING, its flows QUEUED or left out."""
    chosen = flows.selected(scene, graph)
    yield from parts.beginning(scene)
    yield from parts.setting_up(scene, ANALYSED, graph)
    for flow in graph:
        status = "QUEUED" if flow in chosen else "EXCLUDED"
        yield flows.progress(flow, RUNNING + 0.01, status)


def dry_run(scene: Scene) -> Iterator[Beat]:
    """The analysis alone: no flow runs, COMPLETED."""
    yield from parts.in_order(
        parts.beginning(scene),
        parts.setting_up(scene, ANALYSED, SHOP),
        [parts.state(scene, ANALYSED + 5.0, "COMPLETED")],
    )
