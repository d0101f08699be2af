"""How an update ends when somebody stops it."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.script import Beat, Scene


def stopped(scene: Scene, flows: tuple[str, ...]) -> Iterator[Beat]:
    """STOPPING at once, the flows that ran STOPPED, and CANCELED after 4 seconds."""
    yield _state(scene, 0.0, "STOPPING")
    for flow in flows:
        yield Beat(
            at=2.5,
            event_type="flow_progress",
            message=f"Flow '{flow}' has STOPPED.",
            origin={"flow_name": flow, "dataset_name": flow},
            details={"flow_progress": {"status": "STOPPED"}},
        )
    yield _state(scene, 4.0, "CANCELED")


def _state(scene: Scene, at: float, state: str) -> Beat:
    return Beat(
        at=at,
        event_type="update_progress",
        message=f"Update {scene.short} is {state}.",
        state=state,
        details={
            "update_progress": {"state": state, "cancellation_cause": "USER_ACTION"}
        },
    )
