"""How an update ends when somebody, or the platform, stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import Json

# From a stop to CANCELED; seconds to minutes on the real platform.
STOPPING_SECONDS = 4.0
TOO_LATE_SECONDS = 10.0

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
    takes: float = STOPPING_SECONDS,
) -> Iterator[Beat]:
    """STOPPING at once, the flows that ran STOPPED, and CANCELED after 4 seconds."""
    yield _state(scene, at, "STOPPING", cause)
    yield from _all(flows, at + takes - 1.5, "STOPPED")
    yield _state(scene, at + takes, "CANCELED", cause)


def for_ever(scene: Scene, _: Iterable[str]) -> Iterator[Beat]:
    """STOPPING, and nothing after it."""
    yield _state(scene, 0.0, "STOPPING", "USER_ACTION")


def too_late(scene: Scene, flows: Iterable[str]) -> Iterator[Beat]:
    """STOPPING, but the work was all but done: COMPLETED ten seconds later."""
    yield _state(scene, 0.0, "STOPPING", "USER_ACTION")
    yield from _all(flows, TOO_LATE_SECONDS - 1.5, "COMPLETED")
    yield _state(scene, TOO_LATE_SECONDS, "COMPLETED", None)


def _all(flows: Iterable[str], at: float, status: str) -> Iterator[Beat]:
    for flow in flows:
        yield Beat(
            at=at,
            event_type="flow_progress",
            message=f"Flow '{flow}' has {status}.",
            origin={"flow_name": flow, "dataset_name": flow},
            details={"flow_progress": {"status": status}},
        )


def _state(scene: Scene, at: float, state: str, cause: str | None) -> Beat:
    why: dict[str, Json] = {} if cause is None else {"cancellation_cause": cause}
    return Beat(
        at=at,
        event_type="update_progress",
        message=f"Update {scene.short} is {state}.",
        state=state,
        details={"update_progress": {"state": state, **why}},
    )
