"""A 401 or 403 of a call: the token's fault, or the call's."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.exchange import NotExecuted, Rejected, decide
from dlt_action.core.reply import Fault, FaultKind, Reply
from dlt_action.core.signin.keeping import Kept
from tests.core.signin.desk import (
    AWAY,
    EVENTS,
    GOOD,
    READ,
    STOP,
    Desk,
    denied,
    in_turn,
    living,
)
from tests.core.signin.replies import answer, html

DENIALS = [401, 403]


class Scripted:
    """A workspace that answers as it is told to, whatever is asked."""

    def __init__(self, *came: Reply) -> None:
        self._came = iter(came)
        self.used: list[int] = []  # which credential signed each call

    def __call__(self, _: Call, used: Kept) -> Reply:
        self.used.append(used.number)
        return next(self._came)


def desk(workspace: Scripted) -> Desk:
    return Desk(lambda _: living(3600), workspace)


@pytest.mark.parametrize("status", DENIALS)
def test_a_token_that_was_good_is_replaced_once_and_a_read_made_again(
    status: int,
) -> None:
    workspace = Scripted(GOOD, denied(status), GOOD, GOOD)
    front = desk(workspace)
    assert [front.call(after=10) for _ in range(3)] == [GOOD] * 3
    assert workspace.used == [1, 1, 2, 2]
    assert len(front.flows) == 2


@pytest.mark.parametrize("status", DENIALS)
def test_what_the_new_one_is_refused_as_well_is_refused(status: int) -> None:
    workspace = Scripted(GOOD, *[denied(status)] * 4)
    front = desk(workspace)
    front.call()
    assert [front.call(after=10) for _ in range(3)] == [denied(status)] * 3
    assert workspace.used == [1, 1, 2, 2, 2]
    assert len(front.flows) == 2


@pytest.mark.parametrize("status", DENIALS)
def test_a_brand_new_token_that_is_refused_is_refused(status: int) -> None:
    front = desk(Scripted(*[denied(status)] * 100))
    assert {decide(front.call(after=10)) for _ in range(100)} == {
        Rejected(status=status, error_code=None, message="Invalid access token.")
    }
    assert len(front.flows) == 1


@pytest.mark.parametrize("status", DENIALS)
def test_a_call_that_is_refused_for_good_costs_fewer_and_fewer_renewals(
    status: int,
) -> None:
    def workspace(call: Call, _: Kept) -> Reply:
        return denied(status) if call is EVENTS else GOOD

    front = Desk(lambda _: living(86_400), workspace)
    for _ in range(2_160):  # six hours
        assert front.call(READ, after=5) == GOOD
        assert front.call(EVENTS, after=5) == denied(status)
    pauses = [later - sooner for sooner, later in pairwise(front.flows[1:])]
    assert pauses == sorted(pauses)
    assert pauses[0] >= 60
    assert len(front.flows) <= 30


@pytest.mark.parametrize("ends", [100, 150, 300, 600])
def test_a_token_that_ends_earlier_than_it_was_told_is_replaced_each_time(
    ends: float,
) -> None:
    begun: dict[int, float] = {}

    def workspace(_: Call, used: Kept) -> Reply:
        since = front.now - begun.setdefault(used.number, front.now)
        return denied(401) if since >= ends else GOOD

    front = Desk(lambda _: living(3600), workspace)
    assert [front.call(after=10) for _ in range(2_160)] == [GOOD] * 2_160
    assert len(front.flows) == 21_600 / ends


def test_a_token_is_replaced_for_a_call_again_after_a_minute() -> None:
    no = denied(401)
    workspace = Scripted(GOOD, no, no, no, no, GOOD)
    front = desk(workspace)
    replies = [front.call(after=seconds) for seconds in (0, 1, 59.9, 0.1)]
    assert replies == [GOOD, no, no, GOOD]
    assert workspace.used == [1, 1, 2, 2, 2, 3]


def judged_at_once(*calls: Call) -> list[bool]:
    """Whether each is to be made again; all were on their way with one dead token."""
    front = Desk(lambda _: living(3600))
    front.call()
    old = front.keeping.holding(front.now)
    assert old is not None
    again = [front.keeping.saw(old, call, denied(401), front.now) for call in calls]
    assert [front.call(call) for call in calls] == [GOOD] * len(calls)
    assert len(front.flows) == 2
    return again


def test_a_token_that_dies_for_all_calls_at_once_is_replaced_once() -> None:
    assert judged_at_once(READ, EVENTS, STOP) == [True, True, True]


def test_a_token_that_dies_for_two_of_a_kind_is_replaced_for_both() -> None:
    assert judged_at_once(READ, READ) == [True, True]


@pytest.mark.parametrize("status", DENIALS)
def test_a_refusal_of_a_token_that_was_replaced_meanwhile_is_no_refusal(
    status: int,
) -> None:
    front = Desk(lambda _: living(3600))
    front.call()
    old = front.keeping.holding(front.now)
    assert old is not None
    front.keeping.renewed(living(3600), front.now)
    for _ in range(2):
        assert front.keeping.saw(old, READ, denied(status), front.now)
    kept = front.keeping.holding(front.now)
    assert kept is not None
    assert kept.number == 2  # of which nobody has said anything bad
    assert not front.keeping.to_be_renewed(front.now)


@pytest.mark.parametrize("status", DENIALS)
@pytest.mark.parametrize("page", [True, False])
def test_what_has_an_effect_is_not_made_again(status: int, *, page: bool) -> None:
    no = html(status) if page else denied(status)
    workspace = Scripted(GOOD, no, GOOD)
    front = desk(workspace)
    front.call(READ)
    assert front.call(STOP) is no
    assert front.call(STOP) == GOOD
    assert workspace.used == [1, 1, 2]  # the next one goes with a new token


OTHERS: list[Reply] = [
    html(302, {"location": "/login.html"}),
    answer(400, {"message": "no"}),
    answer(404, {"message": "no"}),
    answer(409, {"message": "no"}),
    html(429),
    html(500),
    html(503),
    Fault(FaultKind.UNCONNECTED),
    Fault(FaultKind.READ_TIMEOUT),
]


@pytest.mark.parametrize("reply", OTHERS)
def test_whatever_else_goes_wrong_says_nothing_about_the_token(reply: Reply) -> None:
    front = desk(Scripted(reply, reply, denied(401)))
    assert front.call() is reply
    assert front.call() is reply
    # It was good for nothing yet, so a refusal is believed.
    assert front.call() == denied(401)
    assert len(front.flows) == 1


@pytest.mark.parametrize("reply", OTHERS)
def test_whatever_goes_wrong_otherwise_replaces_no_token(reply: Reply) -> None:
    front = desk(Scripted(GOOD, *[reply] * 10))
    front.call()
    assert [front.call(after=100) for _ in range(10)] == [reply] * 10
    assert len(front.flows) == 1


def test_a_token_that_was_refused_is_not_used_until_there_is_a_new_one() -> None:
    workspace = Scripted(GOOD, denied(401), GOOD)
    good = living(3600)
    front = Desk(in_turn(good, AWAY, AWAY, AWAY, good), workspace)
    replies = [front.call(after=1) for _ in range(5)]
    assert replies[0] == replies[4] == GOOD
    assert all(isinstance(decide(lost), NotExecuted) for lost in replies[1:4])
    assert workspace.used == [1, 1, 2]
