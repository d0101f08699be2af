"""
The flows of one update, folded from its log: status, times, rows, what they read.

Numbers are sums over `flow_progress` events, because every micro-batch sends its own;
a number that the log does not carry stays None and never becomes 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.model import FlowStatus, JsonObject, Level
from dlt_action.core.record import FlowRow
from dlt_action.core.truncation import lacks_numbers
from dlt_action.lean import dataclass

# A pipeline has at most 1,000 tables (Databricks' limits page); what goes beyond is
# summed in one row.
MOST_FLOWS = 2000
MORE_FLOWS = "(more flows)"
MOST_INPUTS = 50  # of one flow
# What becomes something else before an update COMPLETED.
AT_WORK = (FlowStatus.PLANNING, FlowStatus.STARTING, FlowStatus.RUNNING)
# What a view is defined by. An update runs it within the flows that read the view, and
# tells nothing of it.
_VIEW = "VIEW"
# Those that tell their rows and their quality when they complete, in the same event.
_BATCH = frozenset({"COMPLETE", "MATERIALIZED_VIEW"})


@dataclass(slots=True)
class _Flow:
    status: FlowStatus = FlowStatus.QUEUED
    status_text: str = FlowStatus.QUEUED.value
    kind: str = ""
    output: str = ""
    inputs: tuple[str, ...] = ()
    rows: int | None = None
    upserted: int | None = None
    deleted: int | None = None
    dropped: int | None = None
    backlog: int | None = None  # bytes
    backlog_told: tuple[datetime, int] | None = None  # when, to the tie
    told: tuple[datetime, int, bool] | None = None  # when the status was, to the tie
    began: datetime | None = None
    ended: datetime | None = None
    failures: int = 0
    quality: bool = False  # was told
    rows_at_end: bool = False  # were told as it completed
    truncated: bool = False
    told_of: bool = False  # by a `flow_progress`: else it is defined and no more

    @property
    def is_view(self) -> bool:
        """Whether it defines a view, and is none of those that an update runs."""
        return self.kind == _VIEW and not self.told_of


def plus(total: int | None, more: int | None) -> int | None:
    """The sum of what is known; None where nothing is."""
    if more is None:
        return total
    return more if total is None else total + more


def plain_name(name: str) -> str:
    """A dataset or flow name without backticks."""
    return name.replace("`", "")


class Flows:
    """The flows of one update."""

    def __init__(self) -> None:
        """Begin with none."""
        self._flows: dict[str, _Flow] = {}

    def define(self, event: Event, details: JsonObject) -> None:
        """Take a `flow_definition`: what the flow reads and writes."""
        name = plain_name(event.flow or event.dataset or "")
        if not name:
            return
        flow = self._flow(name)
        flow.kind = wire.text(details, "flow_type")
        output = wire.text(details, "output_dataset") or wire.text(
            details, "output_sink"
        )
        flow.output = plain_name(output)
        inputs = wire.texts(details, "input_datasets")
        flow.inputs = tuple(map(plain_name, inputs[:MOST_INPUTS]))

    def progress(self, event: Event, details: JsonObject) -> None:
        """Take a `flow_progress`."""
        name = plain_name(event.flow or event.dataset or "")
        if not name:
            return
        flow = self._flow(name)
        flow.told_of = True
        status = wire.text(details, "status")
        if status and event.level is not Level.METRICS:
            self._status(flow, FlowStatus(status), status, event)
        metrics = wire.child(details, "metrics")
        if metrics:
            self._count(flow, metrics, event)
            if status == FlowStatus.COMPLETED.value and _rows_in(metrics) is not None:
                flow.rows_at_end = True
        if lacks_numbers(event, details):
            flow.truncated = True
        quality = wire.child(details, "data_quality")
        if quality:
            flow.quality = True
            flow.dropped = plus(flow.dropped, wire.number(quality, "dropped_records"))

    @staticmethod
    def _count(flow: _Flow, metrics: JsonObject, event: Event) -> None:
        flow.rows = plus(flow.rows, wire.number(metrics, "num_output_rows"))
        flow.upserted = plus(flow.upserted, wire.number(metrics, "num_upserted_rows"))
        flow.deleted = plus(flow.deleted, wire.number(metrics, "num_deleted_rows"))
        backlog = wire.number(metrics, "backlog_bytes")
        last, told = flow.backlog_told, (event.at, event.sequence)
        if backlog is not None and (last is None or last <= told):
            flow.backlog, flow.backlog_told = backlog, told

    def _flow(self, name: str) -> _Flow:
        flow = self._flows.get(name)
        if flow is None:
            if len(self._flows) >= MOST_FLOWS:
                name = MORE_FLOWS
            flow = self._flows.setdefault(name, _Flow())
        return flow

    @staticmethod
    def _status(flow: _Flow, status: FlowStatus, text: str, event: Event) -> None:
        if status is FlowStatus.FAILED:
            flow.failures += 1
        if status in (FlowStatus.STARTING, FlowStatus.RUNNING):
            began = event.at if flow.began is None else flow.began
            flow.began = min(began, event.at)
        # Of two in one moment, whatever order they come in, the end is the later one.
        told = (event.at, event.sequence, status.ended)
        if flow.told is not None and told < flow.told:
            return  # visible late: what it says was over when we read the last one
        flow.told, flow.status, flow.status_text = told, status, text
        flow.ended = event.at if status.ended else None

    def output(self, name: str) -> str:
        """What the flow of that name writes, or nothing where that is not known."""
        flow = self._flows.get(name)
        return "" if flow is None else flow.output

    def failed(self, name: str) -> bool:
        """Whether the flow of that name is FAILED."""
        flow = self._flows.get(plain_name(name))
        return flow is not None and flow.status is FlowStatus.FAILED

    def rows(self) -> tuple[FlowRow, ...]:
        """The flows that the update runs, in order of appearance."""
        return self._rows(views=False)

    def views(self) -> tuple[FlowRow, ...]:
        """What defines the views of the pipeline, in order of appearance."""
        return self._rows(views=True)

    def _rows(self, *, views: bool) -> tuple[FlowRow, ...]:
        found = self._flows.items()
        return tuple(_row(*one) for one in found if one[1].is_view is views)

    def rows_written(self) -> int | None:
        """Rows that all flows wrote; None where the log tells no number."""
        total: int | None = None
        for flow in self._flows.values():
            # An upserting flow counts its rows in one of the two fields.
            total = plus(total, flow.upserted if flow.rows is None else flow.rows)
        return total

    def counts(self) -> Mapping[FlowStatus, int]:
        """How many flows there are of each status."""
        flows = self._flows.values()
        return Counter(flow.status for flow in flows if not flow.is_view)


def _rows_in(metrics: JsonObject) -> int | None:
    rows = wire.number(metrics, "num_output_rows")
    return wire.number(metrics, "num_upserted_rows") if rows is None else rows


def _row(name: str, flow: _Flow) -> FlowRow:
    seconds = None
    if flow.ended is not None and flow.began is not None:
        seconds = (flow.ended - flow.began).total_seconds()
    return FlowRow(
        name=name,
        status=flow.status,
        status_text=flow.status_text,
        kind=flow.kind,
        output=flow.output,
        inputs=flow.inputs,
        rows=flow.rows,
        upserted=flow.upserted,
        deleted=flow.deleted,
        dropped=flow.dropped,
        backlog_bytes=flow.backlog,
        began=flow.began,
        ended=flow.ended,
        seconds=seconds,
        failures=flow.failures,
        tells_quality=flow.quality or (flow.rows_at_end and flow.kind in _BATCH),
        truncated=flow.truncated,
    )
