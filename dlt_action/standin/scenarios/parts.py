"""
What scenarios are built from: beats for states, flows, datasets and errors.

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
NO_METRICS: JsonObject = {}


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


def in_order(*parts: Iterable[Beat]) -> Iterator[Beat]:
    """All beats of *parts* by time; those of one moment as given."""
    yield from sorted((b for part in parts for b in part), key=lambda beat: beat.at)


def state(scene: Scene, at: float, name: str, **cause: Json) -> Beat:
    """The update enters a state."""
    return Beat(
        at=at,
        event_type="update_progress",
        message=f"Update {scene.short} is {name}.",
        details={"update_progress": {"state": name, **cause}},
        state=name,
    )


def opening(scene: Scene) -> Iterator[Beat]:
    """`create_update`, and who asked for it when a person or a program did."""
    asked = scene.asked
    yield Beat(
        at=0.0,
        event_type="create_update",
        message=f"Update {scene.short} started by {scene.cause}.",
        details={
            "create_update": {
                "cause": scene.cause,
                "config": scene.spec,
                "failed_attempts": scene.failed_attempts,
                "full_refresh": asked.full_refresh,
                "full_refresh_selection": list(asked.full_refresh_selection),
                "refresh_selection": list(asked.refresh_selection),
                "reset_checkpoint_selection": list(asked.reset_checkpoint_selection),
                "validate_only": asked.validate_only,
                "run_as": "ci-bot@example.com",
            }
        },
    )
    if scene.cause == asked.cause:
        who: JsonObject = {
            "user_name": "ci-bot@example.com",
            "user_id": 4711,
            "action": "START",
        }
        yield Beat(
            at=0.0,
            event_type="user_action",
            message="User ci-bot@example.com started an update.",
            details={"user_action": who},
        )


def runtime(at: float) -> Beat:
    """Which runtime the update got."""
    version = {"dbr_version": "16.4.8-delta-pipelines-dlt-release-2026.42"}
    return Beat(
        at=at,
        event_type="runtime_details",
        message="Runtime details of the update.",
        details={"runtime_details": {"runtime_version": version}},
    )


def beginning(
    scene: Scene, *, waits: float = 2.4, initializes: float = 28.0
) -> Iterator[Beat]:
    """Everything up to INITIALIZING, at the given offsets."""
    yield from opening(scene)
    yield state(scene, waits, "WAITING_FOR_RESOURCES")
    yield state(scene, initializes, "INITIALIZING")
    yield runtime(initializes + 0.4)


def setting_up(scene: Scene, at: float, flows: Iterable[Flow]) -> Iterator[Beat]:
    """From the analysed graph to RUNNING: 6 seconds from *at*."""
    found = tuple(flows)
    for flow in found:
        yield definition_of_dataset(flow, at)
        yield definition_of_flow(flow, at)
    if scene.asked.resets and not scene.asked.validate_only:
        yield state(scene, at + 1.0, "RESETTING")
    yield state(scene, at + 3.0, "SETTING_UP_TABLES")
    if not scene.asked.validate_only:
        yield state(scene, at + 6.0, "RUNNING")


def definition_of_dataset(flow: Flow, at: float) -> Beat:
    """`dataset_definition`, with the expectations that the dataset declares."""
    kind = "STREAMING_TABLE" if flow.streaming else "MATERIALIZED_VIEW"
    return Beat(
        at=at,
        event_type="dataset_definition",
        message=f"Dataset '{flow.qualified}' defined as {kind}.",
        origin=_of_dataset(flow),
        details={
            "dataset_definition": {
                "dataset_type": kind,
                "num_flows": 1,
                "expectations": [{"name": check.name} for check in flow.checks],
                "schema": [{"name": "id", "data_type": "bigint"}],
            }
        },
    )


def definition_of_flow(flow: Flow, at: float) -> Beat:
    """`flow_definition`: the source of lineage."""
    kind = "APPEND" if flow.streaming else "MATERIALIZED_VIEW"
    return Beat(
        at=at,
        event_type="flow_definition",
        message=f"Flow '{flow.qualified}' defined as {kind}.",
        origin=of_flow(flow),
        details={
            "flow_definition": {
                "input_datasets": [f"{CATALOG}.{SCHEMA}.{name}" for name in flow.reads],
                "output_dataset": flow.qualified,
                "flow_type": kind,
                "language": flow.language,
                "once": False,
            }
        },
    )


def of_flow(flow: Flow) -> JsonObject:
    """The part of an event's origin that says which flow it is about."""
    return {"flow_name": flow.qualified, "flow_id": flow.name, **_of_dataset(flow)}


def _of_dataset(flow: Flow) -> JsonObject:
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


def quality(
    flow: Flow, checks: Iterable[Check], dataset: str | None = None
) -> JsonObject:
    """`data_quality` of one flow_progress event."""
    name = flow.qualified if dataset is None else dataset
    return {
        "dropped_records": flow.dropped,
        "expectations": [
            {
                "name": check.name,
                "dataset": name,
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


def queued(flows: Iterable[Flow], at: float) -> Iterator[Beat]:
    """All flows are QUEUED, in one millisecond."""
    for flow in flows:
        yield progress(flow, at, "QUEUED")


def batch(flow: Flow) -> Iterator[Beat]:
    """A batch flow from PLANNING to COMPLETED, which carries rows and quality."""
    yield from starting(flow)
    found: dict[str, Json] = {"metrics": rows(flow.rows)}
    if flow.checks:
        found["data_quality"] = quality(flow, flow.checks)
    yield progress(flow, flow.ends, "COMPLETED", **found)


def starting(flow: Flow) -> Iterator[Beat]:
    """PLANNING (batch flows only), STARTING, RUNNING: within 1.2 seconds."""
    if not flow.streaming:
        yield progress(flow, flow.begins, "PLANNING")
    yield progress(flow, flow.begins + 0.8, "STARTING")
    yield progress(flow, flow.begins + 1.2, "RUNNING")


def excluded(flow: Flow, at: float) -> Beat:
    """The flow is not part of what was asked to be refreshed."""
    return progress(flow, at, "EXCLUDED")


def selected(scene: Scene, flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The flows that the update refreshes."""
    return tuple(f for f in flows if scene.asked.selects(f.qualified))
