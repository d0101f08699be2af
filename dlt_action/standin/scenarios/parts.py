"""
What scenarios are built from: the states of an update and what lies around them.

Messages and `details` have the shapes of the documented event log schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from dlt_action.standin.scenarios.flows import (
    CATALOG,
    SCHEMA,
    Flow,
    of_dataset,
    of_flow,
)
from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import Json, JsonObject

BOT = "ci-bot@example.com"
ANNA = "anna@example.com"


def in_order(*parts: Iterable[Beat]) -> Iterator[Beat]:
    """All beats of *parts* by time; those of one moment as given."""
    yield from sorted((b for part in parts for b in part), key=lambda beat: beat.at)


def before(beats: Iterable[Beat], at: float) -> Iterator[Beat]:
    """The beats before a moment; *beats* are in order."""
    return takewhile(lambda beat: beat.at < at, beats)


def delayed(beats: Iterable[Beat], after: float, by: float) -> Iterator[Beat]:
    """The same beats, those later than *after* moved back by *by* seconds."""
    for beat in beats:
        yield replace(beat, at=beat.at + by) if beat.at > after else beat


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
                "run_as": BOT,
            }
        },
    )
    if scene.cause == asked.cause:
        who = ANNA if scene.cause == "USER_ACTION" else BOT
        yield user_action(0.0, who, "START")


def user_action(at: float, who: str, action: str) -> Beat:
    """Somebody did something to the pipeline."""
    details: JsonObject = {"user_name": who, "user_id": 4711, "action": action}
    return Beat(
        at=at,
        event_type="user_action",
        message=f"User {who} performed {action}.",
        details={"user_action": details},
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


def definition_of_dataset(flow: Flow, at: float, **changes: Json) -> Beat:
    """`dataset_definition`, with its expectations; *changes* to its details."""
    kind = "STREAMING_TABLE" if flow.streaming else "MATERIALIZED_VIEW"
    return Beat(
        at=at,
        event_type="dataset_definition",
        message=f"Dataset '{flow.qualified}' defined as {kind}.",
        origin=of_dataset(flow),
        details={
            "dataset_definition": {
                "dataset_type": kind,
                "num_flows": 1,
                "expectations": [{"name": check.name} for check in flow.checks],
                "schema": [{"name": "id", "data_type": "bigint"}],
                **changes,
            }
        },
    )


def definition_of_flow(flow: Flow, at: float, **changes: Json) -> Beat:
    """`flow_definition`: the source of lineage; *changes* to its details."""
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
                **changes,
            }
        },
    )
