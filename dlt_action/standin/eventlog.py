"""
The event log of one pipeline: beats become events with ids, times and origin.

An event has two times: its timestamp, and up to 1.5 seconds later the moment
from which the log shows it. The lag is drawn from the event's id, so the order
of appearance is not the order of timestamps, and is the same in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from dlt_action.standin.script import Beat, Scene
from dlt_action.standin.wire import JsonObject, iso, millis

NAMESPACE = UUID("5d6e1a9c-4f0b-4c58-9a35-0c6f2f1b7a10")
ORG_ID = 6051921418418893
MOST_LAG_MS = 1500


@dataclass(frozen=True, slots=True)
class Pace:
    """The stretch of scripted seconds, and the seed of every id."""

    stretch: float = 1.0
    seed: int = 0

    def name(self, *parts: object) -> UUID:
        """An id that is the same whenever seed and *parts* are."""
        return uuid5(NAMESPACE, "/".join(map(str, (self.seed, *parts))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One event of the log, with what filters and paging look at."""

    at_ms: int
    sequence: int
    visible_at: float
    level: str
    update_id: str
    event_id: str
    json: JsonObject

    @property
    def key(self) -> tuple[int, int]:
        """Its place in the log: by timestamp, then as written."""
        return (self.at_ms, self.sequence)


class EventLog:
    """All events of a pipeline, in order of time, visible or not yet."""

    def __init__(self, pipeline_id: str, pipeline_name: str, pace: Pace) -> None:
        """An empty log."""
        self.events: list[Logged] = []
        self._pace = pace
        self._origin: JsonObject = {
            "cloud": "AWS",
            "region": "eu-central-1",
            "org_id": ORG_ID,
            "pipeline_id": pipeline_id,
            "pipeline_type": "WORKSPACE",
            "pipeline_name": pipeline_name,
        }
        self._pipeline_id = pipeline_id

    def write(self, scene: Scene | None, beat: Beat, when: float) -> None:
        """Append an event of an update, or of the pipeline itself (`None`)."""
        sequence = len(self.events) + 1
        event = self._pace.name("event", self._pipeline_id, sequence)
        at_ms = millis(when)
        lag = event.int % (MOST_LAG_MS + 1) / 1000 if beat.lag is None else beat.lag
        ids: JsonObject = {}
        if scene is not None:
            ids = {"update_id": scene.update_id, "request_id": scene.request_id}
        self.events.append(
            Logged(
                at_ms=at_ms,
                sequence=sequence,
                visible_at=at_ms / 1000 + lag * self._pace.stretch,
                level=beat.level,
                update_id="" if scene is None else scene.update_id,
                event_id=str(event),
                json={
                    "id": str(event),
                    "sequence": {"control_plane_seq_no": at_ms * 1000 + sequence},
                    "origin": {**self._origin, **ids, **beat.origin},
                    "timestamp": iso(at_ms),
                    "message": beat.message,
                    "level": beat.level,
                    "maturity_level": beat.maturity,
                    "event_type": beat.event_type,
                    "details": beat.details,
                    **({} if beat.error is None else {"error": beat.error}),
                },
            )
        )
