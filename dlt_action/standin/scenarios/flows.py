"""
Flows: what they are, and the events they write from QUEUED to their end.

Messages and `details` have the shapes of the documented event log schema; the
numbers are made up, and small enough to be checked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import Json, JsonObject

CATALOG = "main"
SCHEMA = "sales"


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation, and what became of the records it saw."""

    name: str
    passed: int
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow and the dataset that it writes, which has the same name."""

    name: str
    begins: float
    ends: float
    reads: tuple[str, ...] = ()
    rows: int = 0
    dropped: int = 0
    checks: tuple[Check, ...] = ()
    streaming: bool = False
    language: str = "PYTHON"

    @property
    def qualified(self) -> str:
        """The name as `catalog.schema.table`."""
        return f"{CATALOG}.{SCHEMA}.{self.name}"


def of_flow(flow: Flow) -> JsonObject:
    """The part of an event's origin that says which flow it is about."""
    return {"flow_name": flow.qualified, "flow_id": flow.name, **of_dataset(flow)}


def of_dataset(flow: Flow) -> JsonObject:
    """The part of an event's origin that says which dataset it is about."""
    return {
        "dataset_name": flow.qualified,
        "catalog_name": CATALOG,
        "schema_name": SCHEMA,
    }


_SAYS = {
    "COMPLETED": "has COMPLETED.",
    "FAILED": "has FAILED.",
    "STOPPED": "has STOPPED.",
    "SKIPPED": "SKIPPED due to upstream failure(s).",
    "IDLE": "is IDLE, waiting for new data.",
}


def progress(flow: Flow, at: float, status: str, **found: Json) -> Beat:
    """A flow enters a status; *found* goes beside it (metrics, data_quality)."""
    says = _SAYS.get(status, f"is {status}.")
    return Beat(
        at=at,
        event_type="flow_progress",
        message=f"Flow '{flow.qualified}' {says}",
        level="WARN" if status == "SKIPPED" else "INFO",
        origin=of_flow(flow),
        details={"flow_progress": {"status": status, **found}},
    )


def quality(checks: Iterable[Check], dataset: str, dropped: int) -> JsonObject:
    """`data_quality` of one flow_progress event; drops are counted for all of it."""
    return {
        "dropped_records": dropped,
        "expectations": [
            {
                "name": check.name,
                "dataset": dataset,
                "passed_records": check.passed,
                "failed_records": check.failed,
            }
            for check in checks
        ],
    }


def rows(count: int) -> JsonObject:
    """`metrics` of a flow that wrote *count* rows."""
    return {
        "num_output_rows": count,
        "num_output_bytes": count * 96,
        "executor_time_ms": count // 2 + 120,
        "backlog_bytes": None,
    }


def batch(flow: Flow) -> Iterator[Beat]:
    """A batch flow from PLANNING to COMPLETED, which carries rows and quality."""
    yield from starting(flow)
    found: dict[str, Json] = {"metrics": rows(flow.rows)}
    if flow.checks:
        found["data_quality"] = quality(flow.checks, flow.qualified, flow.dropped)
    yield progress(flow, flow.ends, "COMPLETED", **found)


def starting(flow: Flow) -> Iterator[Beat]:
    """PLANNING (batch flows only), STARTING, RUNNING: within 1.2 seconds."""
    if not flow.streaming:
        yield progress(flow, flow.begins, "PLANNING")
    yield progress(flow, flow.begins + 0.8, "STARTING")
    yield progress(flow, flow.begins + 1.2, "RUNNING")


def micro_batch(flow: Flow, at: float, number: int, **found: Json) -> Beat:
    """One batch of a streaming flow: RUNNING again, with what it brought."""
    return Beat(
        at=at,
        event_type="flow_progress",
        message=f"Completed a streaming update of '{flow.qualified}'.",
        # Both levels occur: what METRICS carry is counted like the rest.
        level="METRICS" if number % 2 else "INFO",
        origin={**of_flow(flow), "batch_id": number},
        details={"flow_progress": {"status": "RUNNING", **found}},
    )


def micro_batches(flow: Flow, count: int) -> Iterator[Beat]:
    """The rows of a streaming flow, evenly in *count* batches."""
    step = (flow.ends - flow.begins - 1.2) / (count + 1)
    for n in range(count):
        share = flow.rows * (n + 1) // count - flow.rows * n // count
        at = flow.begins + 1.2 + step * (n + 1)
        yield micro_batch(flow, at, n, metrics=rows(share))


def stream(flow: Flow, *batches: Beat) -> Iterator[Beat]:
    """A streaming flow with its batches; its completion carries no numbers."""
    yield from starting(flow)
    yield from batches
    yield progress(flow, flow.ends, "COMPLETED")


def selected(scene: Scene, flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The flows that the update refreshes."""
    return tuple(f for f in flows if scene.asked.selects(f.qualified))
