"""Patience: what an API that stays away does to a run, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from dlt_action.core.exchange import Ambiguous, NotExecuted, Outcome
from dlt_action.core.model import Result
from dlt_action.core.news import (
    Heartbeat,
    Noted,
    OutageBegan,
    OutageEnded,
)
from dlt_action.core.steps import Send, Wait, Why
from tests.core.answers import (
    AWAY,
    BROKEN,
    HOPELESS,
    LOST,
    U1,
    events,
    log_of,
    refused,
    throttled,
    update,
)
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    PLAN,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
)

RUNNING = update(U1, "RUNNING")
DONE: Scene = {
    state_of(U1): update(U1, "COMPLETED"),
    EVENTS: log_of("RUNNING", "COMPLETED"),
}


def away(
    failure: Outcome, begin: float, end: float, answer: Outcome
) -> Callable[[float], Outcome]:
    """An answer that is a failure from *begin* to *end*."""
    return lambda now: failure if begin <= now < end else answer


def outage(failure: Outcome, begin: float, end: float) -> Scene:
    """A running update in a workspace that fails from *begin* to *end*."""
    return {
        state_of(U1): away(failure, begin, end, RUNNING),
        EVENTS: away(failure, begin, end, log_of("RUNNING")),
    }


@pytest.mark.parametrize("failure", [AWAY, LOST, BROKEN, HOPELESS])
def test_an_outage_of_ten_minutes_is_two_lines_and_no_verdict(
    failure: NotExecuted | Ambiguous,
) -> None:
    p = running().plays(outage(failure, 300, 900), until=1200)
    p.plays(DONE)
    assert p.ends() is Result.SUCCEEDED
    assert len(p.told(OutageBegan)) == len(p.told(OutageEnded)) == 1
    assert p.told(OutageBegan)[0].reason == failure.reason
    assert 580 <= p.told(OutageEnded)[0].seconds <= 640
    assert not p.told(Noted)


def test_heartbeats_go_on_during_an_outage() -> None:
    p = running().plays(outage(AWAY, 300, 900), until=1200)
    assert len(p.told(Heartbeat)) >= 19


def test_an_outage_costs_no_more_than_two_calls_a_minute_each() -> None:
    p = running().plays(outage(AWAY, 300, 900), until=900)
    during = [when for when, _ in p.sent if when >= 330]
    assert len(during) <= 30


def test_one_lost_call_is_everyday_life() -> None:
    p = running()
    for _ in range(5):
        while not p.step_is(state_of(U1)):
            p.looks(RUNNING, events())
        p >> LOST
        p << NAP << state_of(U1)
        p.looks(RUNNING, events())
    assert not p.told(OutageBegan) + p.told(OutageEnded)


@pytest.mark.parametrize("failure", [AWAY, LOST, BROKEN, HOPELESS])
def test_an_outage_that_outlasts_the_grace_is_unreachable_and_never_failed(
    failure: NotExecuted | Ambiguous,
) -> None:
    p = running().plays(outage(failure, 300, 1e9))
    assert p.ends() is Result.UNREACHABLE
    assert 1200 <= p.seconds <= 1260
    assert "did not answer for 15:" in p.outcome.reason
    assert p.outcome.reason.endswith("It may still be running.")
    assert p.outcome.server_said == failure.reason
    assert p.outcome.exit_code == 4
    assert p.count(STOP) == 0


def test_the_grace_is_the_one_that_was_asked_for() -> None:
    plan = replace(PLAN, outage_grace=60.0)
    p = running(plan=plan).plays(outage(AWAY, 0, 1e9))
    assert p.ends() is Result.UNREACHABLE
    assert 60 <= p.seconds <= 92


def test_each_outage_has_its_own_grace() -> None:
    p = running()
    for begin in (0, 1000, 2000, 3000):
        p.plays(outage(AWAY, begin, begin + 800), until=begin + 1000)
    assert p.plays(DONE).ends() is Result.SUCCEEDED
    assert len(p.told(OutageBegan)) == len(p.told(OutageEnded)) == 4


def test_a_refusal_is_an_answer_and_ends_an_outage() -> None:
    p = running()
    p.plays({state_of(U1): AWAY}, until=100)
    p << NAP << state_of(U1) >> refused(404)
    assert len(p.told(OutageEnded)) == 1


def test_an_hour_of_429_is_no_outage() -> None:
    p = running().plays(outage(throttled(), 300, 3900), until=4000)
    p.plays(DONE)
    assert p.ends() is Result.SUCCEEDED
    assert not p.told(OutageBegan) + p.told(OutageEnded)


def test_an_hour_of_429_costs_few_calls_and_heeds_the_hint() -> None:
    p = running().plays(outage(throttled(100.0), 300, 3900), until=3900)
    during = [when for when, name in p.sent if when >= 320 and name == state_of(U1)]
    assert min(after - before for before, after in pairwise(during)) > 99.9


def test_an_outage_is_over_when_the_api_asks_to_slow_down() -> None:
    p = running()
    p.plays({state_of(U1): AWAY}, until=100)
    p << NAP << state_of(U1) >> throttled()
    assert len(p.told(OutageEnded)) == 1


def test_pauses_double_and_begin_again_after_an_answer() -> None:
    def first_pauses(p: Playbook) -> list[float]:
        since = len(p.sent)
        p.plays({state_of(U1): AWAY}, until=p.seconds + 60)
        times = [when for when, _ in p.sent[since:]]
        return [after - before for before, after in pairwise(times)][:4]

    p = running()
    assert first_pauses(p) == [1.5, 3.0, 6.0, 12.0]
    p << NAP << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p << NAP
    assert first_pauses(p) == [1.5, 3.0, 6.0, 12.0]


def test_a_signal_ends_the_patience_with_an_outage() -> None:
    p = running().plays({state_of(U1): AWAY}, until=100)
    p.interrupt(Why.SIGTERM)
    assert isinstance(p.step, Send)


def test_an_outage_that_lasts_into_the_timeout_is_a_timeout() -> None:
    calls = [state_of(U1), EVENTS, LIST, "GET ", STOP]
    p = running(timeout=600).plays(dict.fromkeys(calls, AWAY))
    assert p.ends() is Result.TIMED_OUT
    assert 780 <= p.seconds <= 781
    assert p.outcome.reason == (
        "The timeout of 10:00 passed. Update u1 may still be running: it could not be"
        " asked to"
        " stop."
    )


def test_an_outage_longer_than_the_grace_is_still_a_timeout_once_time_is_over() -> None:
    calls = [state_of(U1), EVENTS, LIST, "GET ", STOP]
    plan = replace(PLAN, outage_grace=100.0)
    p = running(plan=plan, timeout=60).plays(dict.fromkeys(calls, AWAY))
    assert p.ends() is Result.TIMED_OUT


@pytest.mark.parametrize("left", [0.2, 5.0, 29.0, 31.0, 1000.0])
def test_no_call_takes_longer_than_half_a_minute_or_the_time_that_is_left(
    left: float,
) -> None:
    p = running(timeout=left)
    p << state_of(U1)
    step = p.step
    assert isinstance(step, Send)
    assert step.within == min(max(left, 0.5), 30.0)


def test_a_call_after_a_signal_takes_two_seconds_at_most() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p.interrupt(Why.SIGINT)
    step = p.step
    assert isinstance(step, Send)
    assert step.within == 2.0


def test_a_nap_ends_at_the_timeout() -> None:
    p = running(timeout=3)
    p.passes(2)
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    step = p.step
    assert isinstance(step, Wait)
    assert step.until == p.now + 1


def test_time_that_passed_unnoticed_is_a_timeout_all_the_same() -> None:
    # A machine that was suspended wakes up long after its deadline.
    p = running(timeout=600)
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p.passes(7200)
    p << "GET "
