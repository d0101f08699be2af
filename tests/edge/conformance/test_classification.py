"""What a fault on the wire proves, against what the server has seen of the start."""

from __future__ import annotations

import pytest

from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    decide,
)
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Backend
from tests.edge.conformance.broken import NO_SUCH_HOST, WIRE
from tests.edge.conformance.doors import Certificates, House
from tests.edge.conformance.faults import Fault, Planned, Proof, after
from tests.edge.conformance.line import RealLine, VirtualClock
from tests.edge.conformance.service import Service
from tests.edge.senders import START

ALL = (*WIRE, NO_SUCH_HOST)
ANSWERED = tuple(fault for fault in ALL if not fault.abandoned)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def outcome_of(
    planned: Planned, certificates: Certificates
) -> tuple[Outcome, int, int]:
    """The outcome of one start, how often it was seen, and how often executed."""
    clock = VirtualClock()
    service = Service(Backend(clock.wall), {Kind.START: (planned,)})
    with House(service, certificates) as house:
        line = RealLine(service, house, clock)
        line.send(START, 30.0)
        assert service.unused == []
        (reply,) = line.replies
    executed = service.backend.effects[Kind.START]
    return decide(reply), service.count(Kind.START), executed


CLASSES: dict[Proof, type[Outcome]] = {
    Proof.UNSENT: NotExecuted,
    Proof.HOPELESS: NotExecuted,
    Proof.REDIRECTED: NotExecuted,
    Proof.THROTTLED: NotExecuted,
    Proof.LOST: Ambiguous,
    Proof.REFUSED: Rejected,
    Proof.ANSWERED: Executed,
}


@pytest.mark.parametrize("fault", ANSWERED, ids=lambda fault: str(fault.name))
def test_what_the_server_has_seen_is_not_called_not_executed(
    fault: Fault, certificates: Certificates
) -> None:
    outcome, seen, executed = outcome_of(Planned(fault), certificates)
    assert not (seen and isinstance(outcome, NotExecuted))
    assert isinstance(outcome, CLASSES[fault.proof])
    assert (seen, executed) == (int(fault.seen), 0)


SEEN = tuple(fault for fault in ANSWERED if fault.seen)


@pytest.mark.parametrize("fault", SEEN, ids=lambda fault: str(fault.name))
def test_what_the_server_has_done_is_not_called_not_executed(
    fault: Fault, certificates: Certificates
) -> None:
    outcome, seen, executed = outcome_of(after(fault), certificates)
    assert isinstance(outcome, Ambiguous)
    assert (seen, executed) == (1, 1)


def test_more_than_forty_faults_of_the_wire_are_judged() -> None:
    assert len(ANSWERED) >= 40
    assert len(SEEN) >= 30
