"""The log is asked when it wants to be; the watch goes on without it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dlt_action.core.exchange import Ambiguous, Outcome
from dlt_action.core.model import Result
from dlt_action.core.news import Noted
from tests.core.answers import U1, log_of, throttled, update
from tests.core.playbook import EVENTS, Scene, running, state_of

SAYS_WHEN = (
    throttled(50.0),
    Ambiguous(reason="HTTP 503", status=503, wait_hint=50.0),
)


@pytest.mark.parametrize("answer", SAYS_WHEN)
def test_a_log_that_says_when_to_come_back_is_not_asked_before(answer: Outcome) -> None:
    scene: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: answer}
    p = running().plays(scene, until=600)
    asked = [at for at, name in p.sent if name == EVENTS]
    assert 8 <= len(asked) <= 13
    assert min(after - before for before, after in pairwise(asked)) >= 50
    assert p.count(state_of(U1)) > 2 * len(asked)
    assert sum("cannot be read" in note.text for note in p.told(Noted)) == 1


@pytest.mark.parametrize("answer", SAYS_WHEN)
def test_a_log_that_wants_to_be_left_alone_keeps_no_verdict_back(
    answer: Outcome,
) -> None:
    scene: Scene = {state_of(U1): update(U1, "COMPLETED"), EVENTS: answer}
    p = running().plays(scene)
    assert p.ends() is Result.SUCCEEDED
    assert p.seconds <= 10
    assert p.count(EVENTS) == 1


def test_a_log_that_is_back_is_read_as_before() -> None:
    scene: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: SAYS_WHEN[0]}
    p = running().plays(scene, until=40)
    p.plays({**scene, EVENTS: log_of("RUNNING")}, until=120)
    assert p.run.so_far().events_read == 1
    p.plays({state_of(U1): update(U1, "COMPLETED"), EVENTS: log_of("RUNNING")})
    assert p.ends() is Result.SUCCEEDED
