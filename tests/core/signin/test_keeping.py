"""When a credential is used, when it is renewed, and when nobody tries any more."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import NotExecuted, decide
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply, Unsigned
from dlt_action.core.signin.keeping import Keeping
from dlt_action.core.signin.steps import Credential, Unavailable
from tests.core.signin.desk import (
    ASK,
    AWAY,
    BEGAN,
    GOOD,
    PROBLEM,
    Desk,
    SignedIn,
    in_turn,
    living,
)
from tests.core.signin.replies import answer, html

HOUR = 3600.0


def held(keeping: Keeping, now: float) -> int | None:
    """The number of the credential that is used."""
    kept = keeping.holding(now)
    return None if kept is None else kept.number


def with_one(seconds: float = HOUR, asked_at: float = BEGAN) -> Keeping:
    keeping = Keeping()
    keeping.renewed(living(seconds), asked_at)
    return keeping


def test_in_the_beginning_there_is_none_and_one_is_fetched_at_once() -> None:
    keeping = Keeping()
    assert held(keeping, 0.0) is None
    assert keeping.to_be_renewed(0.0)
    assert keeping.excuse == Fault(FaultKind.UNSIGNED)


@pytest.mark.parametrize(
    ("life", "stale", "over"),
    [(300, 150, 260), (600, 300, 560), (3600, 2400, 3560), (86_400, 85_200, 86_360)],
)
def test_a_credential_is_renewed_from_half_of_its_life_on_while_it_is_used(
    life: float, stale: float, over: float
) -> None:
    keeping = with_one(life)
    assert not keeping.to_be_renewed(BEGAN)
    assert not keeping.to_be_renewed(BEGAN + stale - 0.1)
    assert keeping.to_be_renewed(BEGAN + stale)
    assert held(keeping, BEGAN + over - 0.1) == 1
    assert held(keeping, BEGAN + over) is None
    assert keeping.to_be_renewed(BEGAN + over)


def test_a_credential_lives_from_the_moment_at_which_it_was_asked_for() -> None:
    keeping = with_one(300, asked_at=BEGAN - 100)
    assert keeping.to_be_renewed(BEGAN + 50)
    assert held(keeping, BEGAN + 160) is None


def test_a_new_one_takes_the_place_of_the_old_one() -> None:
    keeping = with_one(300)
    keeping.renewed(living(600), BEGAN + 150)
    assert held(keeping, BEGAN + 150) == 2
    assert held(keeping, BEGAN + 150 + 559) == 2
    assert not keeping.to_be_renewed(BEGAN + 150 + 299)


def test_while_the_old_one_holds_an_outage_costs_a_try_in_15_seconds() -> None:
    keeping = with_one()
    stale = BEGAN + 2400
    keeping.unavailable(AWAY, stale)
    assert held(keeping, stale) == 1
    assert not keeping.to_be_renewed(stale + 14.9)
    assert keeping.to_be_renewed(stale + 15)


def test_a_credential_that_lapses_in_an_outage_is_an_outage_and_no_refusal() -> None:
    keeping = with_one()
    over = BEGAN + 3560
    keeping.unavailable(AWAY, over - 1)
    assert held(keeping, over) is None
    assert keeping.to_be_renewed(over)  # nothing is waited for any more
    outcome = decide(keeping.excuse)
    assert isinstance(outcome, NotExecuted)
    assert not outcome.hopeless
    keeping.unavailable(AWAY, over)
    assert keeping.to_be_renewed(over)
    keeping.renewed(living(HOUR), over + 240)
    assert held(keeping, over + 240) == 2


def test_a_wrong_secret_is_tried_twice_and_never_again() -> None:
    desk = Desk(lambda _: PROBLEM)
    replies = [desk.call(after=0.5) for _ in range(10_000)]
    assert set(map(type, replies)) == {Unsigned}
    first, second = desk.flows
    assert 4.0 <= second - first <= 5.0


def test_what_was_refused_once_may_work_the_second_time() -> None:
    desk = Desk(in_turn(PROBLEM, living(HOUR)))
    assert desk.call() == Unsigned(PROBLEM)
    assert desk.call(after=3.9) == Unsigned(PROBLEM)
    assert desk.call(after=0.1) == GOOD
    assert len(desk.flows) == 2


def test_an_outage_between_two_refusals_makes_no_third_one() -> None:
    desk = Desk(in_turn(PROBLEM, AWAY, AWAY, PROBLEM))
    for _ in range(100):
        desk.call(after=10.0)
    assert len(desk.flows) == 4
    assert desk.call() == Unsigned(PROBLEM)


def test_a_good_sign_in_forgives_earlier_refusals() -> None:
    desk = Desk(in_turn(PROBLEM, living(300), PROBLEM, living(300)))
    desk.call()
    desk.call(after=4.0)
    assert desk.call(after=300) == Unsigned(PROBLEM)
    assert desk.call(after=4.0) == GOOD


def test_a_late_refusal_costs_nothing_while_the_old_one_holds() -> None:
    keeping = with_one()
    stale = BEGAN + 2400
    keeping.refused(PROBLEM, stale)
    assert held(keeping, stale) == 1
    assert not keeping.to_be_renewed(stale + 1_159)
    assert keeping.to_be_renewed(stale + 1_160)  # when it ends


def test_a_late_refusal_is_believed_when_the_old_one_is_over() -> None:
    secrets_end = BEGAN + 1_000
    desk = Desk(lambda now: living(HOUR) if now < secrets_end else PROBLEM)
    replies = [desk.call(after=10) for _ in range(720)]
    assert replies.count(GOOD) == 356  # until 40 seconds before its end
    assert set(map(type, replies[356:])) == {Unsigned}
    assert len(desk.flows) == 1 + 2  # whoever tries more often locks somebody out


def test_whoever_is_refused_late_may_be_let_in_again() -> None:
    away = range(int(BEGAN) + 2_000, int(BEGAN) + 3_000)
    desk = Desk(lambda now: PROBLEM if int(now) in away else living(HOUR))
    replies = [desk.call(after=10) for _ in range(720)]
    assert replies == [GOOD] * 720


def test_a_late_refusal_of_an_old_one_does_not_delay_the_renewal_of_a_new_one() -> None:
    keeping = with_one(HOUR)
    keeping.refused(PROBLEM, BEGAN + 2400)
    keeping.renewed(living(300), BEGAN + 2500)  # the workspace gave up the old one
    assert keeping.to_be_renewed(BEGAN + 2500 + 150)


@pytest.mark.parametrize("life", [300, 600, 3600])
def test_six_hours_take_no_more_sign_ins_than_half_lives_and_a_fifth(
    life: float,
) -> None:
    desk = Desk(lambda _: living(life))
    assert [desk.call(after=10) for _ in range(2160)] == [GOOD] * 2160
    assert len(desk.flows) <= 1.2 * 21_600 / (life / 2)


@pytest.mark.parametrize("life", [300, 600, 3600])
@pytest.mark.parametrize("every", [900, 1_800, 7_200])
def test_outages_of_four_minutes_are_never_a_refusal(life: float, every: float) -> None:
    def sign_in(now: float) -> SignedIn:
        return AWAY if (now - BEGAN) % every >= every - 240 else living(life)

    desk = Desk(sign_in)
    replies = [desk.call(after=10) for _ in range(2160)]
    others = [reply for reply in replies if reply != GOOD]
    assert all(isinstance(decide(other), NotExecuted) for other in others)
    assert others == [] or life == 300  # 4 minutes are less than what is left of 600


@given(
    st.lists(
        st.tuples(
            st.floats(0.5, 2_000),
            st.sampled_from([PROBLEM, AWAY, living(1), living(300), living(HOUR)]),
        ),
        max_size=60,
    )
)
def test_a_credential_is_never_used_after_its_end_and_refusals_end_the_tries(
    told: list[tuple[float, SignedIn]],
) -> None:
    came = iter(told)
    ends, in_a_row = -1.0, count(1)

    def sign_in(now: float) -> SignedIn:
        nonlocal ends, in_a_row
        _, outcome = next(came)
        if isinstance(outcome, Credential):
            ends, in_a_row = now + outcome.seconds, count(1)
        elif outcome is PROBLEM:
            assert next(in_a_row) <= 2
        return outcome

    desk = Desk(sign_in)
    for wait, _ in told:
        if desk.call(after=wait) == GOOD:
            assert desk.now < ends


def excuse(reply: Answer | Fault, why: str = "") -> Reply:
    keeping = Keeping()
    keeping.unavailable(Unavailable(ASK, reply, why), BEGAN)
    return keeping.excuse


@pytest.mark.parametrize(
    ("came", "hint"),
    [
        (html(429, {"retry-after": "9"}), 9.0),
        (html(503, {"retry-after": "9"}), 9.0),
        (html(503, {"retry-after": "86400"}), 120.0),
        (html(503, {"retry-after": "soon"}), None),
        (answer(500, {"error": "server_error"}), None),
        (html(200), None),
    ],
)
def test_an_answer_that_decides_nothing_is_an_outage_with_its_hint(
    came: Answer, hint: float | None
) -> None:
    said = "could not get a token: a page"
    assert excuse(came, "a page") == Fault(FaultKind.UNSIGNED, said, hint)
    outcome = decide(excuse(came, "a page"))
    assert isinstance(outcome, NotExecuted)
    assert (outcome.wait_hint, outcome.unsigned) == (hint, True)
    assert not outcome.throttled


@pytest.mark.parametrize(
    ("hint", "pause"), [(None, 15), (1, 15), (15, 15), (90, 90), (86_400, 120)]
)
def test_who_asks_for_more_than_15_seconds_is_given_them_while_the_old_one_holds(
    hint: int | None, pause: float
) -> None:
    keeping, stale = with_one(), BEGAN + 2400
    busy = html(429, {} if hint is None else {"retry-after": f"{hint}"})
    keeping.unavailable(Unavailable(ASK, busy), stale)
    assert not keeping.to_be_renewed(stale + pause - 0.1)
    assert keeping.to_be_renewed(stale + pause)


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("detail", ["", "a detail"])
def test_a_call_for_which_nobody_signed_in_was_not_made(
    kind: FaultKind, detail: str
) -> None:
    outcome = decide(excuse(Fault(kind, detail)))
    assert isinstance(outcome, NotExecuted)
    # Trying again makes no stranger trusted and no request sendable.
    hopeless = kind in (FaultKind.UNTRUSTED, FaultKind.UNSENDABLE)
    assert outcome.hopeless == hopeless
    assert "could not get a token" in outcome.reason
    assert detail in outcome.reason
    assert kind.value in outcome.reason
