"""
A log of any length, written as it is asked for: nothing of it is kept.

Seven of ten events are the METRICS of a micro-batch; the rest is what a log holds
beside them. Names, ids and numbers are made up; an event has about 1.15 kB.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import Any

UPDATE = "4518bfc6-f9d6-4a17-8038-1ad43f74c6da"
PIPELINE = "8199cd89-e2f5-4169-a6aa-656a24c8886d"
FLOWS = 300
CHECKS = 2  # expectations of each dataset
PER_SECOND = 250  # an update of an hour writes 900,000
RATES = {
    "28 a second, as of an hour": 100_000 / 3600,
    f"{PER_SECOND} a second": PER_SECOND,
}
MOST_LAG = 1500  # milliseconds until an event can be seen
GAP = 2.0  # seconds from the end of the last flow to that of the update
BEGAN = datetime(2026, 9, 1, 12, tzinfo=UTC)

_CATALOG = "main"
_SCHEMA = "sales_reporting_production"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event, for one flow, but for what is different each time."""

    level: str
    event_type: str
    message: str
    details: Any
    error: Any = None


def _name(flow: int) -> str:
    return f"{_CATALOG}.{_SCHEMA}.orders_enriched_{flow:03}"


def _origin(flow: int) -> dict[str, Any]:
    return {
        "cloud": "AWS",
        "region": "eu-central-1",
        "org_id": 6051921418418893,
        "pipeline_id": PIPELINE,
        "pipeline_name": "sales-reporting-production",
        "update_id": UPDATE,
        "request_id": UPDATE,
        "flow_name": _name(flow),
        "dataset_name": _name(flow),
        "catalog_name": _CATALOG,
        "schema_name": _SCHEMA,
        "batch_id": 0,
    }


def _metrics(flow: int) -> Kind:
    numbers = {
        "num_output_rows": "%(rows)d",
        "num_output_bytes": "%(rows)d",
        "num_upserted_rows": None,
        "num_deleted_rows": None,
        "backlog_bytes": 1048576,
        "backlog_files": 12,
        "executor_time_ms": 1204,
        "executor_cpu_time_ms": 871,
        "source_metrics": [{"source_name": _name(flow), "backlog_bytes": 1048576}],
    }
    return Kind(
        "METRICS",
        "flow_progress",
        f"Completed a streaming update of '{_name(flow)}'.",
        {"status": "RUNNING", "metrics": numbers},
    )


def _quality(flow: int) -> Kind:
    checks = [
        {
            "name": f"valid amount and currency {number}",
            "dataset": _name(flow),
            "passed_records": "%(rows)d",
            "failed_records": number,
        }
        for number in range(CHECKS)
    ]
    return Kind(
        "INFO",
        "flow_progress",
        f"Completed a streaming update of '{_name(flow)}'.",
        {
            "status": "RUNNING",
            "metrics": {"num_output_rows": "%(rows)d", "backlog_bytes": None},
            "data_quality": {"dropped_records": 3, "expectations": checks},
        },
    )


def _resources(_: int) -> Kind:
    slots = {
        "summary_time": 1790000000000,
        "num_task_slots": 64,
        "avg_num_task_slots": 61.5,
        "avg_task_slot_utilization": 0.7129036458333333,
        "num_executors": 8,
        "avg_num_queued_tasks": 0.4375,
    }
    scale = {
        "state": "SUCCEEDED",
        "optimal_num_executors": 8,
        "latest_requested_num_executors": 8,
    }
    return Kind(
        "METRICS",
        "cluster_resources",
        "Cluster resources were reported.",
        {"task_slot_metrics": slots, "autoscale_info": scale},
    )


def _listing(flow: int) -> Kind:
    found = {"source_path": f"s3://landing-zone/orders/{flow:03}", "num_files": 48213}
    return Kind(
        "INFO",
        "operation_progress",
        f"Listing of the source of '{_name(flow)}' goes on.",
        {
            "type": "AUTO_LOADER_LISTING",
            "status": "IN_PROGRESS",
            "duration_ms": 10233,
            "auto_loader_details": found,
        },
    )


def _advice(_: int) -> Kind:
    said = (
        "By running Auto Loader with directory listing you are missing out on optimized"
        " file discovery. Consider file events instead."
    )
    return Kind("WARN", "advisory", said, {})


def _failure(flow: int) -> Kind:
    said = (
        f"[STREAM_FAILED] Query [id = {UPDATE}] terminated with exception:"
        " [CAST_INVALID_INPUT] The value 'n/a' of the type \"STRING\" cannot be cast to"
        ' "INT" because it is malformed. SQLSTATE: 22018'
    )
    frame = {
        "declaring_class": "org.apache.spark.sql.execution.streaming.StreamExecution",
        "method_name": "runStream",
        "file_name": "StreamExecution.scala",
        "line_number": 352,
    }
    thrown = {
        "class_name": "org.apache.spark.sql.streaming.StreamingQueryException",
        "message": said,
        "stack": [frame] * 12,
    }
    return Kind(
        "WARN",
        "flow_progress",
        f"Flow '{_name(flow)}' has FAILED.",
        {"status": "FAILED"},
        {"fatal": False, "exceptions": [thrown]},
    )


def _end(flow: int) -> Kind:
    said = f"Flow '{_name(flow)}' has COMPLETED."
    return Kind("INFO", "flow_progress", said, {"status": "COMPLETED"})


def _again(flow: int) -> Kind:
    said = f"Flow '{_name(flow)}' is RUNNING."
    return Kind("INFO", "flow_progress", said, {"status": "RUNNING"})


# What the thousand events are that come again and again.
_SHARES: tuple[tuple[int, Callable[[int], Kind]], ...] = (
    (700, _metrics),
    (120, _quality),
    (80, _listing),
    (60, _resources),
    (29, _again),
    (10, _advice),
    (1, _failure),
)
_METRICS = 0  # of these


def _definition_of_dataset(flow: int) -> Kind:
    checks = [{"name": f"valid amount and currency {n}"} for n in range(CHECKS)]
    details = {"dataset_type": "STREAMING_TABLE", "expectations": checks}
    said = f"Dataset '{_name(flow)}' defined as STREAMING_TABLE."
    return Kind("INFO", "dataset_definition", said, details)


def _definition_of_flow(flow: int) -> Kind:
    details = {
        "input_datasets": [_name(max(flow - 1, 0)), _name(max(flow - 7, 0))],
        "output_dataset": _name(flow),
        "flow_type": "APPEND",
        "language": "PYTHON",
    }
    said = f"Flow '{_name(flow)}' defined as APPEND."
    return Kind("INFO", "flow_definition", said, details)


def _creation() -> Kind:
    said = f"Update {UPDATE[:6]} started by API_CALL."
    return Kind("INFO", "create_update", said, {"cause": "API_CALL"})


def _state(name: str) -> Kind:
    said = f"Update {UPDATE[:6]} is {name}."
    return Kind("INFO", "update_progress", said, {"state": name})


def _text(kind: Kind, flow: int) -> str:
    """An event, with the id, the time, the order and the rows to be filled in."""
    event = {
        "id": "%(id)s",
        "sequence": {
            "data_plane_id": {"instance": "execution", "seq_no": "%(order)d"},
            "control_plane_seq_no": "%(order)d",
        },
        "origin": _origin(flow),
        "timestamp": "%(at)s",
        "message": kind.message,
        "level": kind.level,
        "maturity_level": "STABLE",
        "details": {kind.event_type: kind.details} if kind.details else {},
        "event_type": kind.event_type,
    }
    if kind.error is not None:
        event["error"] = kind.error
    text = json.dumps(event, separators=(",", ":"))
    for number in ("order", "rows"):
        text = text.replace(f'"%({number})d"', f"%({number})d")
    return text


class ScriptedLog:
    """A log of *length* events, which the update wrote at *per_second*."""

    def __init__(self, length: int, per_second: float = PER_SECOND) -> None:
        """Write down what begins it, and what comes again and again."""
        self.length = length
        self.per_second = per_second
        self._first = [
            _text(_creation(), 0),
            *(_text(_state(name), 0) for name in ("INITIALIZING", "RUNNING")),
            *(_text(_definition_of_dataset(flow), flow) for flow in range(FLOWS)),
            *(_text(_definition_of_flow(flow), flow) for flow in range(FLOWS)),
        ]
        self._last = _text(_state("COMPLETED"), 0)
        self._ends = [_text(_end(flow), flow) for flow in range(FLOWS)]
        # The flows end in the last fifth of the time, some seconds before the update.
        self._gap = min(int(GAP * per_second), length // 10)
        self._every = max(length // 5 // FLOWS, 1)
        self._kinds = [
            [_text(make(flow), flow) for flow in range(FLOWS)] for _, make in _SHARES
        ]
        self._levels = [make(0).level for _, make in _SHARES]
        shares = [[number] * share for number, (share, _) in enumerate(_SHARES)]
        self._order = [number for share in shares for number in share]

    @property
    def seconds(self) -> float:
        """How long the update takes."""
        return self.length / self.per_second

    def event(self, number: int) -> str:
        """One event, as JSON."""
        millis = int(number * 1000 / self.per_second)
        at = BEGAN + timedelta(milliseconds=millis)
        return self._like(number) % {
            "id": f"{number:08x}-1c4d-41ef-9a35-{number * 2654435761 % 2**48:012x}",
            "at": f"{at:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03}Z",
            "order": 1790000000000000 + number,
            "rows": number % 5000,
        }

    def page(self, begin: int, end: int) -> bytes:
        """The events from one number up to another, as a page of the API."""
        return f'{{"events":[{",".join(map(self.event, range(begin, end)))}]}}'.encode()

    def _like(self, number: int) -> str:
        if number < len(self._first):
            return self._first[number]
        if number == self.length - 1:
            return self._last
        ended = self._ended(number)
        if ended is not None:
            return self._ends[ended]
        # A prime, so that flows do not come in blocks; who has ended is silent.
        left = max(self._before_the_last_end(number), 0) // self._every
        return self._kinds[self._kind(number)][number * 31 % min(max(left, 1), FLOWS)]

    def _ended(self, number: int) -> int | None:
        """The flow whose end it tells, if it tells one: they end backwards."""
        flow, between = divmod(self._before_the_last_end(number), self._every)
        return flow if not between and 0 <= flow < FLOWS else None

    def _before_the_last_end(self, number: int) -> int:
        return self.length - 1 - self._gap - number

    def _kind(self, number: int) -> int:
        if self._before_the_last_end(number) < self._every:
            return _METRICS  # no flow runs any more
        return self._order[number * 7919 % len(self._order)]  # nor kinds

    def level(self, number: int) -> str:
        """Its level, which filters look at."""
        if number < len(self._first) or number == self.length - 1:
            return "INFO"
        if self._ended(number) is not None:
            return "INFO"
        return self._levels[self._kind(number)]

    def since(self, second: float) -> int:
        """The number of the first event that is not older than that second."""
        return min(max(ceil(second * self.per_second), 0), self.length)

    def until(self, second: float) -> int:
        """How many events are written by then."""
        return min(max(floor(second * self.per_second) + 1, 0), self.length)

    def visible_at(self, number: int) -> float:
        """The second from which the log shows it: some come later than others."""
        lag = number * 2654435761 // 256 % MOST_LAG
        return number / self.per_second + lag / 1000
