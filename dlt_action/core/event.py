"""
Events of the event log, as far as we understand them.

Schema: learn.microsoft.com/azure/databricks/ldp/monitor-event-log-schema; `details`
and the exceptions' `error_class` come over REST though no SDK models them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dlt_action.core.model import Json, Level, Location, RequestId, UpdateId
from dlt_action.lean import dataclass, field


@dataclass(frozen=True, slots=True)
class Frame:
    """One stack frame of an exception."""

    file: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thrown:
    """One exception of an event's chain, outermost first."""

    class_name: str = ""
    error_class: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# Nobody changes one; but there are millions, and to freeze one takes as long as all
# the rest of reading it.
@dataclass(slots=True, kw_only=True)
class Event:
    """One event of the event log, with its `details` as they came."""

    event_id: str
    at: datetime
    event_type: str
    level: Level
    message: str
    sequence: int = 0
    update_id: UpdateId | None = None
    flow: str | None = None
    dataset: str | None = None
    request_id: RequestId | None = None
    details: Mapping[str, Json] = field(default_factory=dict)
    chain: tuple[Thrown, ...] = ()
    fatal: bool = False
    location: Location | None = None
    # As it came, for the record of the log; dropped with the event.
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)
