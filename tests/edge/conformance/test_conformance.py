"""Every row of the table, played over real sockets."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from tests.edge.conformance.asked import Kind
from tests.edge.conformance.doors import Certificates
from tests.edge.conformance.every import TABLE
from tests.edge.conformance.play import Played, play
from tests.edge.conformance.table import Row
from tests.edge.senders import CANARY


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.id))
def test_a_fault_has_the_consequence_that_it_must_have(
    row: Row, certificates: Certificates
) -> None:
    played = play(row, certificates)
    all_as_planned(played)
    what_always_holds(played)
    service, line = played.service, played.line
    seen = {kind: service.count(kind) for kind in Kind}
    assert seen == {kind: row.seen.get(kind, 0) for kind in Kind}
    assert line.attempts == Counter(row.seen) + Counter(row.unseen)
    effects = {Kind.START: row.starts, Kind.STOP: row.stops}
    assert service.backend.effects == Counter(effects)
    assert (played.came, line.pauses) == (row.came, list(row.pauses))
    assert played.attribution is row.attribution


def all_as_planned(played: Played) -> None:
    """Everything that was planned happened, and nothing was asked beside it."""
    assert played.service.unused == []
    assert played.service.surplus == []
    assert not played.strayed


def what_always_holds(played: Played) -> None:
    """What no fault may change."""
    service, line = played.service, played.line
    assert line.lies == []
    assert CANARY not in repr(line.replies)
    assert all(request.signed for request in service.requests)
    assert all(one.first for one in service.requests if one.kind is Kind.START)
    asked = [request.query.keys() for request in service.requests]
    assert not any(keys >= {"page_token", "filter"} for keys in asked)
    for before, request in pairwise(service.requests):
        if request.kind is Kind.STOP:
            assert before.kind is Kind.FIND, "a stop without a proof"
