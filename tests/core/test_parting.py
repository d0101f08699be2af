"""Leaving our update before its end: what `on-timeout` and `on-cancel` ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Result
from dlt_action.core.news import Parted, Warned
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.steps import Why
from tests.core.answers import (
    ABANDONED,
    AWAY,
    LOST,
    STOPPED,
    U1,
    U2,
    events,
    info,
    log_of,
    pipeline,
    refused,
    update,
    updates,
)
from tests.core.playbook import (
    EVENTS,
    LIST,
    PIPELINE,
    PLAN,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
)
from tests.core.starts import when

RUNNING, CANCELED = update(U1, "RUNNING"), update(U1, "CANCELED")
QUIET: Scene = {state_of(U1): RUNNING, EVENTS: events()}
OBEYS: Scene = {**QUIET, PIPELINE: pipeline(U1), STOP: STOPPED}
CLOCKS = [Why.TIMEOUT, Why.QUEUE_TIMEOUT, Why.STALL_TIMEOUT]
SIGNALS = [Why.SIGINT, Why.SIGTERM]
LEAVES = replace(PLAN, on_timeout=Parting.LEAVE, on_cancel=Parting.LEAVE)


def left(plan: Plan, why: Why) -> Playbook:
    """A dialogue at the point where a running update is to be left."""
    return running(plan=plan).plays(QUIET, until=100).interrupt(why)


@pytest.mark.parametrize("why", [*CLOCKS, *SIGNALS])
def test_who_is_asked_to_leave_it_running_does_so_after_one_last_look(
    why: Why,
) -> None:
    p = left(LEAVES, why)
    p << state_of(U1) >> RUNNING
    p << EVENTS >> log_of("RUNNING")
    assert p.ends() is (Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT)
    assert p.seconds == 100
    first, _, second = p.outcome.reason.partition(". ")
    assert second == "Update u1 may still be running: it was left running, as asked."
    lasted = " of 5 h 30 min" if why is Why.TIMEOUT else ""  # the others are off
    clock = f"The {why.value}{lasted} passed while the update was RUNNING"
    assert first == (clock if why.is_clock else why.told)
    assert p.outcome.events_read == 1
    (parted,) = p.told(Parted)
    assert parted.text == f"{why.told}, update u1: leaving it running"


@pytest.mark.parametrize("why", [*CLOCKS, *SIGNALS])
@pytest.mark.parametrize("on_timeout", Parting)
@pytest.mark.parametrize("on_cancel", Parting)
def test_a_clock_and_a_signal_each_have_their_own_way(
    why: Why, on_timeout: Parting, on_cancel: Parting
) -> None:
    plan = replace(PLAN, on_timeout=on_timeout, on_cancel=on_cancel)
    p = left(plan, why).plays(OBEYS, until=104)
    stops = (on_cancel if why.is_signal else on_timeout) is Parting.STOP
    assert p.count(STOP) == stops
    (parted,) = p.told(Parted)
    assert ("stopping it" in parted.text) == stops


def test_what_has_completed_at_the_last_look_has_succeeded() -> None:
    done: Scene = {state_of(U1): update(U1, "COMPLETED"), EVENTS: log_of("COMPLETED")}
    p = left(LEAVES, Why.TIMEOUT).plays(done)
    assert p.ends() is Result.SUCCEEDED
    assert p.told(Warned)
    slow = left(LEAVES, Why.SIGTERM).plays(done, slow=True)
    assert slow.ends() is Result.SUCCEEDED
    assert slow.seconds <= 105.5


def test_under_a_signal_the_second_look_comes_before_the_log() -> None:
    completed = update(U1, "COMPLETED")
    p = left(PLAN, Why.SIGTERM)
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p << state_of(U1) >> completed
    p << EVENTS >> events()
    p << state_of(U1) >> completed
    p.plays({EVENTS: events()})
    assert p.ends() is Result.SUCCEEDED
    assert p.seconds <= 103


def test_an_end_that_is_not_confirmed_under_a_signal_is_told_as_that() -> None:
    p = left(LEAVES, Why.SIGTERM)
    p << state_of(U1) >> update(U1, "COMPLETED")
    p << EVENTS >> events()
    p.plays({state_of(U1): LOST}, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds <= 105.5
    assert "COMPLETED at the last look, which could not be" in p.outcome.reason


@pytest.mark.parametrize("last", [AWAY, LOST, ABANDONED, refused(403), refused(404)])
@pytest.mark.parametrize("why", [*CLOCKS, *SIGNALS])
def test_a_last_look_that_is_not_answered_is_not_waited_for(
    last: Outcome, why: Why
) -> None:
    p = left(LEAVES, why).plays({state_of(U1): last, EVENTS: last}, slow=True)
    assert p.ends() is (Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT)
    assert p.seconds <= (105.5 if why.is_signal else 130)
    assert "was RUNNING" in p.outcome.reason or "may still be" in p.outcome.reason


def test_what_failed_at_the_last_look_may_be_started_again() -> None:
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        EVENTS: events(),
        PIPELINE: pipeline(U1, "RECOVERING"),
        LIST: updates(info(U1, "FAILED")),
    }
    p = left(LEAVES, Why.SIGTERM).plays(scene)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason.endswith("the platform may start another.")
    assert p.seconds == 100
    assert p.count(STOP) == 0


@pytest.mark.parametrize("why", SIGNALS)
def test_a_signal_outranks_a_clock_and_hurries_the_stop(why: Why) -> None:
    stopping: Scene = {**OBEYS, state_of(U1): update(U1, "STOPPING")}
    for clock in CLOCKS:
        p = left(PLAN, clock).plays(stopping, until=150).interrupt(why)
        p.plays(stopping)
        assert p.ends() is Result.INTERRUPTED
        assert p.outcome.exit_code == 128 + (why.signal or 0)
        assert p.seconds <= 155.5
        assert p.count(STOP) == 1


def test_a_stop_that_is_on_its_way_is_not_taken_back_by_a_signal() -> None:
    plan = replace(PLAN, on_cancel=Parting.LEAVE)
    stopping: Scene = {**OBEYS, state_of(U1): update(U1, "STOPPING")}
    p = left(plan, Why.TIMEOUT).plays(stopping, until=120).interrupt(Why.SIGTERM)
    p.plays({**stopping, state_of(U1): CANCELED})
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM). Update u1 was stopped and is CANCELED."
    )


@pytest.mark.parametrize("second", [*CLOCKS, *SIGNALS])
def test_nothing_outranks_a_signal(second: Why) -> None:
    p = (
        left(PLAN, Why.SIGINT)
        .interrupt(second)
        .plays({**OBEYS, state_of(U1): CANCELED})
    )
    assert p.outcome.signal == 2


@pytest.mark.parametrize("second", CLOCKS)
def test_a_second_clock_changes_nothing(second: Why) -> None:
    p = left(PLAN, Why.STALL_TIMEOUT).plays(OBEYS, until=110).interrupt(second)
    p.plays({**OBEYS, state_of(U1): CANCELED})
    assert p.outcome.reason.startswith("The stall-timeout passed while")


def between_two_attempts(plan: Plan = PLAN) -> Playbook:
    """A dialogue at the point where a failed update is to be started again."""
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        EVENTS: log_of("FAILED"),
        PIPELINE: pipeline(U1, "RECOVERING"),
        LIST: updates(info(U1, "FAILED")),
    }
    return running(plan=plan).plays(scene, until=100)


def restarted(at: float, stop: Callable[[float], Outcome]) -> Scene:
    """The platform starts it again at that time."""
    retried = updates(info(U2, "RUNNING", "RETRY_ON_FAILURE"), info(U1, "FAILED"))
    return {
        PIPELINE: when(at, pipeline(U1, "RECOVERING"), pipeline(U2)),
        LIST: when(at, updates(info(U1, "FAILED")), retried),
        EVENTS: events(),
        STOP: stop,
    }


def test_a_clock_between_two_attempts_waits_for_the_successor_and_stops_that() -> None:
    stops: list[float] = []

    def stop(now: float) -> Executed:
        stops.append(now)
        return STOPPED

    def successor(_: float) -> Executed:
        return update(U2, "CANCELED" if stops else "RUNNING", "RETRY_ON_FAILURE")

    p = between_two_attempts().interrupt(Why.TIMEOUT)
    p.plays({**restarted(150, stop), state_of(U2): successor})
    assert p.ends() is Result.TIMED_OUT
    assert len(stops) == 1
    assert p.outcome.reason == (
        "The timeout of 5 h 30 min passed. Update u2 was stopped and is CANCELED."
    )


@pytest.mark.parametrize("why", [Why.TIMEOUT, Why.SIGTERM])
def test_who_leaves_between_two_attempts_waits_for_nothing(why: Why) -> None:
    p = between_two_attempts(LEAVES).interrupt(why)
    p.plays(restarted(150, lambda _: STOPPED))
    assert p.ends() is (Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT)
    assert p.seconds == 100
    assert p.outcome.reason.endswith("the platform may start another.")
    assert p.count(STOP) == 0


@pytest.mark.parametrize("how", ["FAILED", "CANCELED"])
@pytest.mark.parametrize("why", [Why.TIMEOUT, Why.SIGTERM])
def test_who_does_not_follow_restarts_stops_nothing_that_has_ended(
    why: Why, how: str
) -> None:
    plan = replace(PLAN, follow_restarts=False)
    p = left(plan, why)
    p << PIPELINE >> pipeline(U2)
    ended: Scene = {state_of(U1): update(U1, how), EVENTS: log_of(how)}
    p.plays({**ended, PIPELINE: pipeline(U2)})
    assert p.ends() in (Result.INTERRUPTED, Result.TIMED_OUT)
    assert p.count(STOP) == 0
    assert p.count(LIST) == 2  # the one before the start, and one to look back
    assert f"was {how} at the last look; the platform may start" in p.outcome.reason


def test_a_stop_that_was_refused_is_told_in_the_workspaces_words() -> None:
    p = left(PLAN, Why.TIMEOUT).plays({**OBEYS, STOP: refused(403, "no right")})
    assert p.outcome.server_said == "HTTP 403: no right"
    assert p.outcome.reason == (
        "The timeout of 5 h 30 min passed while the update was RUNNING. Update u1 may"
        " still be running: the stop was refused."
    )
