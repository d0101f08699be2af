"""How an update ends when somebody, or the platform, stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import Json

# From a stop to CANCELED; seconds to minutes on the real platform.
STOPPING_SECONDS = 4.0

_UNDER_WAY = frozenset({"QUEUED", "PLANNING", "STARTING", "RUNNING", "IDLE"})


def flow_status(beat: Beat) -> tuple[str, str] | None:
    """The flow and the status that a `flow_progress` beat tells."""
    match beat.details, beat.origin:
        case {"flow_progress": {"status": str(status)}}, {"flow_name": str(flow)}:
            return flow, status
        case _:
            return None


def under_way(beats: Iterable[Beat]) -> tuple[str, ...]:
    """The flows that have not come to an end in *beats*."""
    told = (found for beat in beats if (found := flow_status(beat)) is not None)
    return tuple(flow for flow, status in dict(told).items() if status in _UNDER_WAY)


def stopped(
    scene: Scene,
    flows: Iterable[str],
    at: float = 0.0,
    cause: str | None = "USER_ACTION",
) -> Iterator[Beat]:
    """STOPPING at once, the flows that ran STOPPED, and CANCELED after 4 seconds."""
    yield _state(scene, at, "STOPPING", cause)
    for flow in flows:
        yield Beat(
            at=at + STOPPING_SECONDS - 1.5,
            event_type="flow_progress",
            message=f"Flow '{flow}' has STOPPED.",
            origin={"flow_name": flow, "dataset_name": flow},
            details={"flow_progress": {"status": "STOPPED"}},
        )
    yield _state(scene, at + STOPPING_SECONDS, "CANCELED", cause)


def _state(scene: Scene, at: float, state: str, cause: str | None) -> Beat:
    why: dict[str, Json] = {} if cause is None else {"cancellation_cause": cause}
    return Beat(
        at=at,
        event_type="update_progress",
        message=f"Update {scene.short} is {state}.",
        state=state,
        details={"update_progress": {"state": state, **why}},
    )
