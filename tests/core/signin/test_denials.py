"""A 401 or 403 of a call: the token's fault, or the call's."""

from __future__ import annotations

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.exchange import NotExecuted, Rejected, decide
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.signin.keeping import Kept
from tests.core.signin.desk import (
    AWAY,
    EVENTS,
    GOOD,
    READ,
    STOP,
    Desk,
    SignedIn,
    denied,
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


def not_signed(status: int) -> Fault:
    said = f"the token is not accepted any more (HTTP {status})"
    return Fault(FaultKind.UNSIGNED, said)


@pytest.mark.parametrize("status", DENIALS)
def test_a_token_that_was_good_is_replaced_once_and_the_call_made_again(
    status: int,
) -> None:
    workspace = Scripted(GOOD, denied(status), GOOD)
    front = desk(workspace)
    assert front.call() == GOOD
    lost = front.call(after=10)
    assert lost == not_signed(status)
    assert isinstance(decide(lost), NotExecuted)  # so it is made again
    assert front.call(after=1) == GOOD
    assert workspace.used == [1, 1, 2]
    assert len(front.flows) == 2


@pytest.mark.parametrize("status", DENIALS)
def test_what_the_new_one_is_refused_as_well_is_refused(status: int) -> None:
    workspace = Scripted(GOOD, denied(status), denied(status), denied(status))
    front = desk(workspace)
    front.call()
    assert front.call() == not_signed(status)
    assert front.call() == denied(status)
    assert front.call() == denied(status)
    assert workspace.used == [1, 1, 2, 2]
    assert len(front.flows) == 2


@pytest.mark.parametrize("status", DENIALS)
def test_a_brand_new_token_that_is_refused_is_refused(status: int) -> None:
    front = desk(Scripted(*[denied(status)] * 100))
    assert {decide(front.call(after=1)) for _ in range(100)} == {
        Rejected(status=status, error_code=None, message="Invalid access token.")
    }
    assert len(front.flows) == 1


@pytest.mark.parametrize("status", DENIALS)
def test_a_call_that_is_refused_for_good_costs_one_renewal_not_one_each(
    status: int,
) -> None:
    def workspace(call: Call, _: Kept) -> Reply:
        return denied(status) if call is EVENTS else GOOD

    front = Desk(lambda _: living(3600), workspace)
    replies = []
    for _ in range(100):
        assert front.call(READ, after=5) == GOOD
        replies.append(front.call(EVENTS, after=5))
    assert replies == [not_signed(status), *[denied(status)] * 99]
    assert len(front.flows) == 2


def test_each_kind_of_call_that_is_refused_for_good_costs_one_renewal() -> None:
    def workspace(call: Call, _: Kept) -> Reply:
        return GOOD if call is READ else denied(403)

    front = Desk(lambda _: living(3600), workspace)
    for _ in range(100):
        for call in (READ, EVENTS, STOP):
            front.call(call, after=1)
    assert len(front.flows) == 3


def test_a_call_that_was_doubted_and_then_made_may_be_saved_again() -> None:
    workspace = Scripted(GOOD, denied(401), GOOD, denied(401), GOOD)
    front = desk(workspace)
    replies = [front.call(after=1) for _ in range(5)]
    assert replies == [GOOD, not_signed(401), GOOD, not_signed(401), GOOD]
    assert workspace.used == [1, 1, 2, 2, 3]


def test_a_token_that_dies_for_all_calls_at_once_is_replaced_once() -> None:
    front = Desk(lambda _: living(3600))
    front.call()
    old = front.keeping.holding(front.now)
    assert old is not None
    for call in (READ, EVENTS, STOP):  # all were on their way with the old one
        assert front.keeping.judge(old, call, denied(401)) == not_signed(401)
    for call in (READ, EVENTS, STOP):
        assert front.call(call) == GOOD
    assert len(front.flows) == 2


@pytest.mark.parametrize("status", DENIALS)
def test_a_refusal_of_a_token_that_was_replaced_meanwhile_is_no_refusal(
    status: int,
) -> None:
    front = Desk(lambda _: living(3600))
    front.call()
    old = front.keeping.holding(front.now)
    assert old is not None
    front.keeping.renewed(living(3600), front.now)
    assert front.keeping.judge(old, READ, denied(status)) == not_signed(status)
    kept = front.keeping.holding(front.now)
    assert kept is not None
    assert kept.number == 2  # of which nobody has said anything bad
    assert not front.keeping.to_be_renewed(front.now)


@pytest.mark.parametrize("status", DENIALS)
def test_a_post_that_a_gateway_refuses_in_its_own_words_is_not_made_again(
    status: int,
) -> None:
    page = html(status)
    front = desk(Scripted(GOOD, page, page))
    front.call(STOP)
    assert front.call(STOP) is page
    assert len(front.flows) == 1
    assert front.call(READ) == not_signed(status)  # what only reads can do no harm


def test_a_post_that_the_api_refuses_is_made_again() -> None:
    front = desk(Scripted(GOOD, denied(403), GOOD))
    front.call(STOP)
    assert front.call(STOP) == not_signed(403)
    assert front.call(STOP) == GOOD


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
    assert isinstance(front.call(), Answer)
    assert len(front.flows) == 1


def test_a_token_that_was_refused_is_not_used_until_there_is_a_new_one() -> None:
    tries = iter([living(3600), *[None] * 3, living(3600)])
    workspace = Scripted(GOOD, denied(401), GOOD)

    def sign_in(_: float) -> SignedIn:
        came = next(tries)
        return AWAY if came is None else came

    front = Desk(sign_in, workspace)
    replies = [front.call(after=1) for _ in range(6)]
    assert replies[0] == replies[5] == GOOD
    assert all(isinstance(decide(lost), NotExecuted) for lost in replies[1:5])
    assert workspace.used == [1, 1, 2]
