"""
Folding the event log of one update into what the reports need, in bounded memory.

Each event is folded once and forgotten. Numbers are sums over `flow_progress` events,
because every micro-batch sends its own; a number that the log does not carry stays
None and never becomes 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from dlt_action.core import wire
from dlt_action.core.datasets import Datasets
from dlt_action.core.event import Event
from dlt_action.core.flows import Flows
from dlt_action.core.model import FlowStatus, JsonObject, RequestId, UpdateState
from dlt_action.core.record import (
    DatasetRow,
    ExpectationRow,
    FlowRow,
    Phase,
    Problem,
)
from dlt_action.core.rootcause import problem_of, tells_failure

MOST_STATES = 200
MOST_PROBLEMS = 20
_STOPS = frozenset({"STOP", "CANCEL"})

_Known: TypeAlias = tuple[str, str | None]  # headline and flow
_When: TypeAlias = tuple[datetime, int]  # to the tie


def _when(told: tuple[_When, Problem]) -> _When:
    return told[0]


def _in_order(told: tuple[str, datetime]) -> tuple[bool, datetime]:
    # Nothing comes after an end, whatever it says: several clocks write one log.
    state, at = told
    return UpdateState(state).terminal, at


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
        self.canceled_by = ""  # remote text
        self._flows = Flows()
        self._datasets = Datasets(self._flows.output)
        # By headline and flow, each with when it was told, to the tie.
        self._problems: dict[_Known, tuple[_When, Problem]] = {}
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
                self._flows.progress(event, details)
                self._datasets.quality(event, details)
            case "flow_definition":
                self._flows.define(event, details)
            case "dataset_definition":
                self._datasets.define(event, details)
            case "user_action" if wire.text(details, "action") in _STOPS:
                self.canceled_by = wire.text(details, "user_name")
            case _:
                pass
        if not tells_failure(event):
            return None
        problem = problem_of(event)
        self._problem(problem, (event.at, event.sequence))
        return problem

    def _update_progress(self, event: Event, details: JsonObject) -> None:
        state = wire.text(details, "state")
        if not state:
            return
        cause = wire.text(details, "cancellation_cause")
        if cause:
            self.cancellation_cause = cause
        self._states.append((state, event.at))
        self._states.sort(key=_in_order)
        del self._states[:-MOST_STATES]  # the end is what must be known
        self.last_state = self._states[-1][0]

    def _problem(self, problem: Problem, told: _When) -> None:
        key = problem.headline, problem.flow
        if key in self._problems:
            self._problems[key] = min(self._problems[key], (told, problem), key=_when)
            return
        # The update's own failure repeats the flow's exception, and may be visible
        # before it: once is enough, and the flow's says more.
        if problem.flow is not None:
            self._problems.pop((problem.headline, None), None)
        elif any(headline == problem.headline for headline, _ in self._problems):
            return
        if len(self._problems) >= MOST_PROBLEMS:
            self.problems_omitted += 1
            return
        self._problems[key] = told, problem

    def problems(self) -> tuple[Problem, ...]:
        """
        The problems, most useful first.

        Those of flows that ended FAILED, then the update's own, then those of flows
        that recovered; each group oldest first.
        """
        found = sorted(self._problems.values(), key=_when)
        return tuple(sorted((problem for _, problem in found), key=self._rank))

    def _rank(self, problem: Problem) -> int:
        if problem.flow is None:
            return 1
        return 0 if self._flows.failed(problem.flow) else 2

    def flows(self) -> tuple[FlowRow, ...]:
        """The flows that the update runs, in order of appearance."""
        return self._flows.rows()

    def views(self) -> tuple[FlowRow, ...]:
        """What defines the pipeline's views: what they read, for the lineage."""
        return self._flows.views()

    def datasets(self) -> tuple[DatasetRow, ...]:
        """The datasets, in order of appearance."""
        return self._datasets.rows()

    def expectations(self) -> tuple[ExpectationRow, ...]:
        """The expectations that saw a record, by dataset and name."""
        return self._datasets.expectations()

    def rows_written(self) -> int | None:
        """Rows that all flows wrote; None where the log tells no number."""
        return self._flows.rows_written()

    def flow_counts(self) -> Mapping[FlowStatus, int]:
        """How many flows there are of each status."""
        return self._flows.counts()

    def phases(self) -> tuple[Phase, ...]:
        """The states in order, each with the seconds until the next."""
        timed = [
            Phase(state, max((after - at).total_seconds(), 0.0))
            for (state, at), (_, after) in pairwise(self._states)
        ]
        last = [Phase(state, None) for state, _ in self._states[-1:]]
        return (*timed, *last)

    def since(self, state: str) -> datetime | None:
        """When the update entered *state* for the first time, by the log."""
        return next((at for known, at in self._states if known == state), None)

    def ended_at(self) -> datetime | None:
        """When the log says that the update ended."""
        if not self._states or not UpdateState(self.last_state).terminal:
            return None
        return self._states[-1][1]
