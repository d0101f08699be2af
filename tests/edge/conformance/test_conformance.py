from __future__ import annotations

from collections import Counter

import pytest

from tests.edge.conformance import reads, starts, stops
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.doors import Certificates
from tests.edge.conformance.play import play
from tests.edge.conformance.table import Row
from tests.edge.senders import CANARY

TABLE = (*reads.rows(), *starts.rows(), *stops.rows())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.id))
def test_a_fault_has_the_consequence_that_it_must_have(
    row: Row, certificates: Certificates
) -> None:
    played = play(row, certificates)
    service, line = played.service, played.line
    assert service.unused == []
    assert service.surplus == []
    assert not played.strayed
    assert line.lies == []
    assert CANARY not in repr(line.replies)
    seen = {kind: service.count(kind) for kind in Kind}
    assert seen == {kind: row.seen.get(kind, 0) for kind in Kind}
    expected = Counter(row.seen) + Counter(row.unseen)
    assert line.attempts == expected
    assert service.backend.effects == Counter(
        {Kind.START: row.starts, Kind.STOP: row.stops}
    )
    assert all(request.signed for request in service.requests)
    posts = [one for one in service.requests if one.kind is Kind.START]
    assert all(one.first for one in posts)
    assert (played.came, line.pauses) == (row.came, list(row.pauses))
    assert played.attribution is row.attribution
