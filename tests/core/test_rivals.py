"""Another update is active: it is waited for, or said at once to be in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Result, UpdateRequest
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.plan import IfActive
from dlt_action.core.steps import Why
from tests.core.answers import (
    ABANDONED,
    AWAY,
    BROKEN,
    U1,
    U2,
    U3,
    busy,
    info,
    pipeline,
    refused,
    started,
    throttled,
    update,
    updates,
)
from tests.core.playbook import (
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    START,
    STOP,
    Playbook,
    Scene,
    state_of,
)
from tests.core.starts import meets, when

RUNNING, COMPLETED = update(U2, "RUNNING"), update(U2, "COMPLETED")
ACTIVE = updates(info(U2, "RUNNING"))
IDLE = updates(info(U2, "COMPLETED"))


def lasting(seconds: float) -> Scene:
    """Another update that is active for so long."""
    return {
        LIST: when(seconds, ACTIVE, IDLE),
        state_of(U2): when(seconds, RUNNING, COMPLETED),
        START: started(U1),
    }


@pytest.mark.parametrize("policy", IfActive)
def test_an_idle_pipeline_is_started_whatever_the_policy(policy: IfActive) -> None:
    p = Playbook(meets(policy))
    p << LIST >> IDLE
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


def test_who_does_not_wait_says_so_at_once() -> None:
    p = Playbook(meets(IfActive.FAIL))
    p << LIST >> ACTIVE
    assert p.ends() is Result.CONFLICT
    p = Playbook(meets(IfActive.FAIL))
    p << LIST >> IDLE
    p << START >> busy(U3)
    p << state_of(U3) >> update(U3, "QUEUED", "USER_ACTION")
    assert p.ends() is Result.CONFLICT
    assert p.seconds == 0


def test_what_is_read_of_another_is_not_told_of_the_one_in_the_way() -> None:
    p = Playbook(meets(IfActive.FAIL))
    p << LIST >> IDLE
    p << START >> busy(U3)
    p << state_of(U3) >> update(U2, "QUEUED", "USER_ACTION")
    assert p.ends() is Result.CONFLICT
    assert U3 in p.outcome.reason
    assert U2 not in p.outcome.reason


def test_another_update_is_waited_for_and_then_ours_is_started() -> None:
    p = Playbook(meets())
    p << LIST >> ACTIVE
    p << state_of(U2) >> RUNNING
    p << NAP << state_of(U2) >> COMPLETED
    p << state_of(U2) >> COMPLETED
    p << LIST >> IDLE
    p << START >> started(U1)
    assert p.outcome.update_id == U1
    first, *rest = [news.text for news in p.told(Noted)]
    assert first == (
        "waiting for another update, u2 (state RUNNING, cause API_CALL):"
        " https://workspace.test/pipelines/p1/updates/u2"
    )
    assert rest == ["update u2: RUNNING", "update u2: COMPLETED", "update u2 is over"]


ENDLESS = replace(PLAN.pipeline, continuous=True)


@pytest.mark.parametrize("policy", [IfActive.FAIL, IfActive.WAIT])
def test_one_that_runs_continuously_is_neither_waited_for_nor_said_to_end(
    policy: IfActive,
) -> None:
    p = Playbook(meets(policy, pipeline=ENDLESS))
    p << LIST >> ACTIVE
    assert p.ends() is Result.CONFLICT
    assert p.seconds == 0
    advice = p.outcome.advice
    assert "Wait for it" not in advice
    assert "`wait`" not in advice
    assert "`replace` (stop it, then start it with what is deployed now)" in advice
    waits = policy is IfActive.WAIT
    told = "It runs in continuous mode, so it is not waited for." in p.outcome.reason
    assert told is waits


def test_the_mode_of_an_update_says_that_it_does_not_end_as_well() -> None:
    p = Playbook(meets())
    p << LIST >> updates({**info(U2, "RUNNING"), "mode": "CONTINUOUS"})
    assert p.ends() is Result.CONFLICT


def test_whoever_replaces_is_not_told_to_replace() -> None:
    p = Playbook(
        meets(
            IfActive.ATTACH, pipeline=ENDLESS, request=UpdateRequest(full_refresh=True)
        )
    )
    p << LIST >> ACTIVE
    assert p.ends() is Result.CONFLICT
    assert "`replace`" not in p.outcome.advice


def test_a_dry_run_of_a_continuous_pipeline_ends_and_is_waited_for() -> None:
    p = Playbook(meets(pipeline=ENDLESS))
    p << LIST >> updates({**info(U2, "RUNNING"), "validate_only": True})
    p << state_of(U2) >> COMPLETED
    assert p.told(Noted)[0].text.startswith("waiting for")


def test_what_a_continuous_pipeline_refused_for_and_nobody_can_read_is_told() -> None:
    p = Playbook(meets(IfActive.FAIL, pipeline=ENDLESS))
    p << LIST >> updates()
    p << START >> busy(U2)
    p << state_of(U2) >> AWAY
    assert p.ends() is Result.CONFLICT
    assert "does not end by itself" in p.outcome.advice


def test_what_is_not_known_of_it_is_left_out() -> None:
    p = Playbook(meets())
    p << LIST >> updates()
    p << START >> busy(U2)
    p << state_of(U2) >> update(U2, "A_NEW_STATE", "")
    p << state_of(U2)
    assert p.told(Noted)[0].text.startswith("waiting for another update, u2: h")


def test_an_hour_of_waiting_costs_few_calls_and_stops_nobody() -> None:
    p = Playbook(meets()).plays(lasting(3600))
    assert p.ends() is Result.STARTED
    assert 3600 <= p.seconds <= 3620
    assert len(p.sent) <= 300
    assert p.count(STOP) == 0
    beats = [beat.state for beat in p.told(Heartbeat)]
    assert len(beats) >= 55
    assert set(beats) == {"waiting for update u2 (RUNNING)"}


def test_once_it_is_over_a_throttled_start_is_not_told_as_waiting() -> None:
    p = Playbook(meets()).plays({**lasting(10), START: throttled(30)}, until=200)
    assert {beat.state for beat in p.told(Heartbeat)} == {"not started yet"}


def test_its_automatic_restarts_are_waited_for_too() -> None:
    def listed(now: float) -> Executed:
        first = info(U2, "RUNNING" if now < 20 else "FAILED")
        state = "RUNNING" if now < 100 else "COMPLETED"
        again = info(U3, state, "RETRY_ON_FAILURE")
        return updates(first) if now < 30 else updates(again, first)

    scene: Scene = {
        LIST: listed,
        state_of(U2): when(20, RUNNING, update(U2, "FAILED")),
        state_of(U3): when(100, update(U3, "RUNNING"), update(U3, "COMPLETED")),
        PIPELINE: pipeline(U3),
        START: started(U1),
    }
    p = Playbook(meets()).plays(scene)
    assert p.ends() is Result.STARTED
    assert p.seconds >= 100
    assert any("went on with update u3 (RETRY" in n.text for n in p.told(Noted))


def test_retries_that_are_used_up_are_not_waited_for() -> None:
    pipeline_ = replace(PLAN.pipeline, retries_configured=1)
    retry = info(U3, "FAILED", "RETRY_ON_FAILURE")
    scene: Scene = {
        LIST: when(1, ACTIVE, updates(retry, info(U2, "FAILED"))),
        state_of(U2): when(1, RUNNING, update(U2, "FAILED")),
        state_of(U3): update(U3, "FAILED", "RETRY_ON_FAILURE"),
        PIPELINE: pipeline(U3, "IDLE"),
        START: started(U1),
    }
    p = Playbook(meets(pipeline=pipeline_)).plays(scene)
    assert p.ends() is Result.STARTED
    assert p.seconds <= 10
    assert p.count(state_of(U3)) == 2


def test_one_between_two_attempts_is_waited_for_though_none_is_listed_active() -> None:
    failed = info(U2, "FAILED")
    p = Playbook(meets())
    p << LIST >> updates(failed)
    p << START >> busy(U2)
    p << state_of(U2) >> update(U2, "FAILED")
    p << state_of(U2) >> update(U2, "FAILED")
    p << state_of(U2) >> update(U2, "FAILED")
    p << PIPELINE >> pipeline(U2, "RECOVERING")
    p << LIST >> updates(failed)
    p << NAP << PIPELINE >> pipeline(U3)
    p << LIST >> updates(info(U3, "RUNNING", "RETRY_ON_FAILURE"), failed)
    while not p.step_is(state_of(U3)):
        p << NAP
    p >> update(U3, "COMPLETED")
    p << state_of(U3) >> update(U3, "COMPLETED")
    p << NAP << LIST >> updates(info(U3, "COMPLETED"), failed)
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


@pytest.mark.parametrize("why", [Why.SIGTERM, Why.TIMEOUT])
def test_nobody_stays_for_the_restart_of_another_update(why: Why) -> None:
    failed: Scene = {
        LIST: when(1, ACTIVE, updates(info(U2, "FAILED"))),
        state_of(U2): when(1, RUNNING, update(U2, "FAILED")),
        PIPELINE: pipeline(U2, "RECOVERING"),
    }
    p = Playbook(meets()).plays(failed, until=60).interrupt(why).plays(failed)
    assert p.ends() is (Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT)
    assert p.seconds == 60
    assert p.outcome.reason.endswith("Nothing was started.")


def test_whoever_comes_next_is_waited_for_as_well() -> None:
    p = Playbook(meets())
    for rival in (U2, U3):
        p << LIST >> updates(info(rival, "RUNNING"))
        p << state_of(rival) >> update(rival, "COMPLETED")
        p << state_of(rival) >> update(rival, "COMPLETED")
    p << LIST >> updates()
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_while_waiting_says_that_nothing_was_started(why: Why) -> None:
    p = Playbook(meets()).plays(lasting(1e9), until=100)
    p.interrupt(why).plays(lasting(1e9), slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 128 + (why.signal or 0)
    assert p.seconds <= 105.5
    assert p.outcome.reason == (
        f"The step was canceled ({why.name}) while another update, u2, was waited for"
        " (state RUNNING, cause API_CALL). Nothing was started."
    )
    assert p.outcome.advice.endswith("/pipelines/p1/updates/u2")
    assert p.count(START) == p.count(STOP) == 0


def test_the_timeout_while_waiting_says_that_nothing_was_started() -> None:
    p = Playbook(meets(), timeout=300).plays(lasting(1e9))
    assert p.ends() is Result.TIMED_OUT
    assert p.seconds == 300
    assert p.outcome.reason == (
        "The timeout of 05:00 passed while another update, u2, was waited for (state"
        " RUNNING, cause API_CALL). Nothing was started."
    )
    assert p.outcome.advice == (
        "Raise `timeout`, or let if-active `replace` (stop) the other one:"
        " https://workspace.test/pipelines/p1/updates/u2"
    )


def test_the_timeout_while_one_is_replaced_does_not_advise_to_replace_it() -> None:
    scene: Scene = {**lasting(1e9), PIPELINE: pipeline(U2), STOP: started(U2)}
    p = Playbook(meets(IfActive.REPLACE), timeout=100).plays(scene)
    assert p.ends() is Result.TIMED_OUT
    assert "replace" not in p.outcome.advice
    assert p.outcome.advice.startswith("Raise `timeout`, or look at the other one: h")


@pytest.mark.parametrize(
    ("answer", "result", "earliest"),
    [
        (BROKEN, Result.UNREACHABLE, 900),
        (refused(403), Result.UNAUTHORIZED, 5),
        (refused(404), Result.GONE, 60),
    ],
)
def test_an_update_that_cannot_be_read_any_more_ends_the_waiting(
    answer: Outcome, result: Result, earliest: float
) -> None:
    scene: Scene = {LIST: ACTIVE, state_of(U2): when(10, RUNNING, answer)}
    p = Playbook(meets()).plays(scene)
    assert p.ends() is result
    assert earliest <= p.seconds <= earliest + 60
    assert p.outcome.reason.endswith("It was waited for; nothing was started.")
    assert p.count(START) == 0


def test_an_api_that_is_away_at_the_timeout_keeps_nobody() -> None:
    scene: Scene = {LIST: ACTIVE, state_of(U2): when(296, RUNNING, BROKEN)}
    p = Playbook(meets(), timeout=300).plays(scene)
    assert p.ends() is Result.TIMED_OUT
    assert p.seconds <= 330


def test_an_end_that_is_not_confirmed_is_none() -> None:
    p = Playbook(meets())
    p << LIST >> ACTIVE
    p << state_of(U2) >> update(U2, "FAILED")
    p << state_of(U2) >> RUNNING
    p << NAP << state_of(U2) >> COMPLETED
    p.plays({state_of(U2): AWAY})
    assert p.ends() is Result.UNREACHABLE
    assert p.count(START) == 0


@pytest.mark.parametrize("policy", IfActive)
def test_one_that_is_stopping_is_waited_for_whatever_the_policy(
    policy: IfActive,
) -> None:
    stopping = updates(info(U2, "STOPPING"))
    scene: Scene = {
        LIST: when(100, stopping, updates(info(U2, "CANCELED"))),
        state_of(U2): when(100, update(U2, "STOPPING"), update(U2, "CANCELED")),
        PIPELINE: pipeline(U2, "IDLE"),
        START: started(U1),
    }
    p = Playbook(meets(policy)).plays(scene)
    assert p.ends() is Result.STARTED
    assert p.count(STOP) == 0


@pytest.mark.parametrize("policy", IfActive)
def test_one_that_is_stopping_for_five_minutes_is_a_conflict(policy: IfActive) -> None:
    stopping: Scene = {
        LIST: updates(info(U2, "STOPPING")),
        state_of(U2): update(U2, "STOPPING"),
    }
    p = Playbook(meets(policy)).plays(stopping)
    assert p.ends() is Result.CONFLICT
    assert 300 <= p.seconds <= 301
    assert p.outcome.reason == (
        "Another update (u2) is active on this pipeline: state STOPPING, cause"
        " API_CALL. It did not end within 05:00. Nothing was started."
    )
    assert p.count(STOP) == p.count(START) == 0


def test_a_call_that_was_given_up_by_a_signal_is_not_repeated() -> None:
    p = Playbook(meets())
    p << LIST >> ACTIVE
    p << state_of(U2)
    p.interrupt(Why.SIGTERM) >> ABANDONED
    assert p.ends() is Result.INTERRUPTED
