"""Playing one row: the real machines, the real client, real sockets, no time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dlt_action.core.model import (
    Attribution,
    Pipeline,
    PipelineState,
    UpdateRequest,
)
from dlt_action.core.plan import Links, OnAmbiguousStart, Plan
from dlt_action.core.run import Run
from dlt_action.driving import drive
from dlt_action.edge.workspace import Workspace
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Backend
from tests.edge.conformance.doors import Certificates, House
from tests.edge.conformance.line import BEGAN, BEGAN_AT, RealLine, VirtualClock
from tests.edge.conformance.service import Service
from tests.edge.conformance.table import Row
from tests.edge.senders import PIPELINE

PLAN = Plan(
    pipeline=Pipeline(pipeline_id=PIPELINE, name="orders", state=PipelineState.IDLE),
    request=UpdateRequest(),
    links=Links("https://workspace.test"),
    began=BEGAN,
    began_at=BEGAN_AT,
    follow_restarts=False,
)


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen from both ends."""

    came: str
    attribution: Attribution | None
    service: Service
    line: RealLine
    strayed: bool


def play(row: Row, certificates: Certificates) -> Played:
    """Play *row* to its end."""
    clock = VirtualClock()
    service = Service(Backend(clock.wall, row.manners), row.plan)
    with House(service, certificates) as house:
        line = RealLine(service, house, clock)
        if row.signal_at is not None:
            line.signal_at = BEGAN + row.signal_at
        attribution = None
        if row.on is Kind.FIND:
            came = _find(line)
        else:
            came, attribution = _run(line, row)
        line.ended()
        return Played(came, attribution, service, line, house.strayed)


def _find(line: RealLine) -> str:
    found = Workspace(line, lambda: 0.5).find(PIPELINE, None)
    return "found" if isinstance(found, Pipeline) else found.result.value


def _run(line: RealLine, row: Row) -> tuple[str, Attribution | None]:
    choice = OnAmbiguousStart.ADOPT if row.adopts else OnAmbiguousStart.FAIL
    plan = replace(PLAN, on_ambiguous_start=choice)
    run = Run(plan, deadline=BEGAN + row.timeout, chance=lambda: 0.5)
    (outcome,) = drive([run], line, lambda *_: None)
    return outcome.result.value, outcome.attribution
