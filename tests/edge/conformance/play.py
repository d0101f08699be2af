"""Playing one row: the real machines, the real client, real sockets, no time."""

from __future__ import annotations

from dataclasses import dataclass

from dlt_action.core.model import (
    Attribution,
    Pipeline,
    PipelineState,
    UpdateRequest,
)
from dlt_action.core.plan import Links, Plan
from dlt_action.core.run import Run
from dlt_action.driving import drive
from dlt_action.edge.workspace import Workspace
from tests.edge.conformance.doors import Certificates, House
from tests.edge.conformance.line import BEGAN, BEGAN_AT, RealLine, VirtualClock
from tests.edge.conformance.service import Kind, Service
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
    service = Service(
        clock=clock.wall, plan=row.plan, started=row.started, endless=row.endless
    )
    with House(service, certificates) as house:
        line = RealLine(service, house, clock)
        if row.signal_at is not None:
            line.signal_at = BEGAN + row.signal_at
        attribution = None
        if row.on is Kind.FIND:
            came = _find(line)
        else:
            came, attribution = _run(line, row.timeout)
        line.ended()
        return Played(came, attribution, service, line, house.strayed)


def _find(line: RealLine) -> str:
    found = Workspace(line, lambda: 0.5).find(PIPELINE, None)
    return "found" if isinstance(found, Pipeline) else found.result.value


def _run(line: RealLine, timeout: float) -> tuple[str, Attribution | None]:
    run = Run(PLAN, deadline=BEGAN + timeout, chance=lambda: 0.5)
    (outcome,) = drive([run], line, lambda _: None)
    return outcome.result.value, outcome.attribution
