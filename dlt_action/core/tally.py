"""
Folding the event log of one update into what the reports need, in bounded memory.

Each event is folded once and forgotten. Numbers are sums over `flow_progress` events,
because every micro-batch sends its own; a number that the log does not carry stays
None and never becomes 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.model import FlowStatus, JsonObject, Level, RequestId, UpdateState
from dlt_action.core.record import ExpectationRow, FlowRow, Phase, Problem
from dlt_action.core.rootcause import problem_of, tells_failure

# A pipeline has at most 1,000 tables (Databricks' limits page); what goes beyond is
# summed in one row.
MOST_FLOWS = 2000
MORE_FLOWS = "(more flows)"
MOST_STATES = 200
MOST_EXPECTATIONS = 2000
MOST_PROBLEMS = 20


@dataclass(slots=True)
class _Flow:
    status: FlowStatus = FlowStatus.QUEUED
    status_text: str = FlowStatus.QUEUED.value
    rows: int | None = None
    upserted: int | None = None
    deleted: int | None = None
    dropped: int | None = None
    told: tuple[datetime, int] | None = None  # when the status was, to the tie
    began: datetime | None = None
    ended: datetime | None = None
    failures: int = 0


@dataclass(slots=True)
class _Expectation:
    passed: int = 0
    failed: int = 0


def _plus(total: int | None, more: int | None) -> int | None:
    if more is None:
        return total
    return more if total is None else total + more


def plain_name(name: str) -> str:
    """A dataset or flow name without backticks."""
    return name.replace("`", "")


def _dataset_of(item: JsonObject, event: Event) -> str:
    """
    The dataset of an expectation, by its full name where the event tells it.

    The same dataset is spelled bare, with its schema or in full, from one event to the
    next; the event's own dataset or flow has the full name.
    """
    told = plain_name(wire.text(item, "dataset"))
    own = [plain_name(name) for name in (event.dataset, event.flow) if name is not None]
    for full in own:
        if f".{full}".lower().endswith(f".{told}".lower()):
            return full
    return told or next(iter(own), "")


class Tally:
    """The sums of one update."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.events = 0
        self.problems_omitted = 0
        self.failed_attempts: int | None = None
        self.cancellation_cause = ""
        self.request_id: RequestId | None = None
        self.last_state = ""
        self._flows: dict[str, _Flow] = {}
        self._expectations: dict[tuple[str, str], _Expectation] = {}
        self._problems: list[Problem] = []
        self._states: list[tuple[str, datetime]] = []

    def fold(self, event: Event) -> Problem | None:
        """Take one event, each exactly once; the problem that it tells, if any."""
        self.events += 1
        if event.request_id is not None:
            self.request_id = event.request_id
        details = wire.child(event.details, event.event_type)
        match event.event_type:
            case "create_update":
                self.failed_attempts = wire.number(details, "failed_attempts")
            case "update_progress":
                self._update_progress(event, details)
            case "flow_progress":
                self._flow_progress(event, details)
            case _:
                pass
        if not tells_failure(event):
            return None
        problem = problem_of(event)
        self._problem(problem)
        return problem

    def _update_progress(self, event: Event, details: JsonObject) -> None:
        state = wire.text(details, "state")
        if not state:
            return
        cause = wire.text(details, "cancellation_cause")
        if cause:
            self.cancellation_cause = cause
        self._states.append((state, event.at))
        self._states.sort(key=lambda item: item[1])
        del self._states[:-MOST_STATES]  # the end is what must be known
        self.last_state = self._states[-1][0]

    def _flow_progress(self, event: Event, details: JsonObject) -> None:
        name = plain_name(event.flow or event.dataset or "")
        if not name:
            return
        flow = self._flow(name)
        status = wire.text(details, "status")
        if status and event.level is not Level.METRICS:
            self._flow_status(flow, FlowStatus(status), status, event)
        metrics = wire.child(details, "metrics")
        flow.rows = _plus(flow.rows, wire.number(metrics, "num_output_rows"))
        flow.upserted = _plus(flow.upserted, wire.number(metrics, "num_upserted_rows"))
        flow.deleted = _plus(flow.deleted, wire.number(metrics, "num_deleted_rows"))
        quality = wire.child(details, "data_quality")
        flow.dropped = _plus(flow.dropped, wire.number(quality, "dropped_records"))
        for item in wire.children(quality, "expectations"):
            self._expectation(item, event)

    def _flow(self, name: str) -> _Flow:
        if name not in self._flows and len(self._flows) >= MOST_FLOWS:
            name = MORE_FLOWS
        return self._flows.setdefault(name, _Flow())

    @staticmethod
    def _flow_status(flow: _Flow, status: FlowStatus, text: str, event: Event) -> None:
        if status is FlowStatus.FAILED:
            flow.failures += 1
        if status in (FlowStatus.STARTING, FlowStatus.RUNNING):
            began = event.at if flow.began is None else flow.began
            flow.began = min(began, event.at)
        told = (event.at, event.sequence)
        if flow.told is not None and told < flow.told:
            return  # visible late: what it says was over when we read the last one
        flow.told, flow.status, flow.status_text = told, status, text
        flow.ended = event.at if status.ended else None

    def _expectation(self, item: JsonObject, event: Event) -> None:
        key = (_dataset_of(item, event), wire.text(item, "name"))
        if key not in self._expectations:
            if len(self._expectations) >= MOST_EXPECTATIONS:
                return
            self._expectations[key] = _Expectation()
        total = self._expectations[key]
        total.passed += wire.number(item, "passed_records") or 0
        total.failed += wire.number(item, "failed_records") or 0

    def _problem(self, problem: Problem) -> None:
        # The update's own failure repeats the flow's exception: once is enough.
        told = {(known.headline, known.flow) for known in self._problems}
        same = {headline for headline, _ in told}
        if (problem.headline, problem.flow) in told or (
            problem.flow is None and problem.headline in same
        ):
            return
        if len(self._problems) >= MOST_PROBLEMS:
            self.problems_omitted += 1
            return
        self._problems.append(problem)

    def problems(self) -> tuple[Problem, ...]:
        """
        The problems, most useful first.

        Those of flows that ended FAILED, then the update's own, then those of flows
        that recovered; each group oldest first.
        """
        return tuple(sorted(self._problems, key=self._rank))

    def _rank(self, problem: Problem) -> int:
        if problem.flow is None:
            return 1
        flow = self._flows.get(plain_name(problem.flow))
        return 0 if flow is not None and flow.status is FlowStatus.FAILED else 2

    def flows(self) -> tuple[FlowRow, ...]:
        """The flows, in order of appearance."""
        return tuple(
            FlowRow(
                name=name,
                status=flow.status,
                status_text=flow.status_text,
                rows=flow.rows,
                upserted=flow.upserted,
                deleted=flow.deleted,
                dropped=flow.dropped,
                seconds=(flow.ended - flow.began).total_seconds()
                if flow.ended is not None and flow.began is not None
                else None,
                failures=flow.failures,
            )
            for name, flow in self._flows.items()
        )

    def expectations(self) -> tuple[ExpectationRow, ...]:
        """The expectations that saw a record, by dataset and name."""
        return tuple(
            ExpectationRow(
                dataset=dataset, name=name, passed=total.passed, failed=total.failed
            )
            for (dataset, name), total in sorted(self._expectations.items())
        )

    def rows_written(self) -> int | None:
        """Rows that all flows wrote; None where the log tells no number."""
        total: int | None = None
        for flow in self._flows.values():
            # An upserting flow counts its rows in one of the two fields.
            total = _plus(total, flow.upserted if flow.rows is None else flow.rows)
        return total

    def flow_counts(self) -> Mapping[FlowStatus, int]:
        """How many flows there are of each status."""
        return Counter(flow.status for flow in self._flows.values())

    def phases(self) -> tuple[Phase, ...]:
        """The states in order, each with the seconds until the next."""
        timed = [
            Phase(state, (after - at).total_seconds())
            for (state, at), (_, after) in pairwise(self._states)
        ]
        last = [Phase(state, None) for state, _ in self._states[-1:]]
        return (*timed, *last)

    def ended_at(self) -> datetime | None:
        """When the log says that the update ended."""
        if not self._states or not UpdateState(self.last_state).terminal:
            return None
        return self._states[-1][1]
