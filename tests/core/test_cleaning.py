"""Stopping an update that was left behind: what the post step may do, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.cleaning import SECONDS_IN_ALL, SECONDS_OF_OUTAGE, Cleaning
from dlt_action.core.exchange import Executed, Outcome, Rejected
from dlt_action.core.model import Result, UpdateId
from dlt_action.core.news import Heartbeat, Noted, Parted
from dlt_action.core.reply import SignInProblem
from tests.core.answers import (
    AWAY,
    BROKEN,
    LOST,
    STOPPED,
    U1,
    U2,
    U3,
    info,
    pipeline,
    refused,
    throttled,
    update,
    updates,
)
from tests.core.playbook import (
    EVENTS,
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
from tests.core.starts import when

RUNNING, CANCELED = update(U1, "RUNNING"), update(U1, "CANCELED")
RETRY = "RETRY_ON_FAILURE"
FAILED = info(U1, "FAILED")


def left_behind() -> Playbook:
    """A dialogue with the machine that stops u1."""
    plan = replace(PLAN, outage_grace=SECONDS_OF_OUTAGE)
    return Playbook(machine=Cleaning(plan, UpdateId(U1), chance=lambda: 0.5))


def ended(how: str, *, announced: str = "IDLE") -> Scene:
    """It ended so, and the pipeline says this."""
    return {
        state_of(U1): update(U1, how),
        PIPELINE: pipeline(U1, announced),
        LIST: updates(info(U1, how)),
    }


def held(p: Playbook) -> Playbook:
    """What holds of every clean-up: it starts nothing and reads no log."""
    assert p.count(START) == p.count(EVENTS) == 0
    assert p.seconds <= SECONDS_IN_ALL
    return p


def test_ours_is_stopped_and_watched_to_its_end() -> None:
    p = left_behind()
    p << state_of(U1) >> RUNNING
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p << NAP << state_of(U1) >> update(U1, "STOPPING")
    p << NAP << state_of(U1) >> CANCELED
    p << state_of(U1) >> CANCELED
    assert held(p).ends() is Result.SUCCEEDED
    assert p.outcome.exit_code == 0
    assert p.outcome.reason == "Update u1 was stopped and is CANCELED."
    assert not p.told(Parted)


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELED"])
def test_what_has_ended_is_not_stopped(state: str) -> None:
    p = left_behind().plays(ended(state))
    assert held(p).ends() is Result.SUCCEEDED
    assert p.count(STOP) == 0
    assert (
        p.outcome.reason == f"Update u1 has ended ({state}): there is nothing to stop."
    )
    assert p.seconds == (0 if state == "COMPLETED" else 45)


def test_what_is_stopping_already_is_only_watched() -> None:
    p = left_behind()
    p << state_of(U1) >> update(U1, "STOPPING")
    p.plays(ended("CANCELED"))
    assert held(p).ends() is Result.SUCCEEDED
    assert p.count(STOP) == 0


def test_what_completes_in_spite_of_the_stop_is_not_called_stopped() -> None:
    p = left_behind()
    p << state_of(U1) >> RUNNING
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p.plays(ended("COMPLETED"))
    assert held(p).ends() is Result.SUCCEEDED
    assert "was stopped" not in p.outcome.reason


@pytest.mark.parametrize(
    "proof",
    [
        pipeline(U2),
        pipeline(U1, "RUNNING", {"update_id": U2, "state": "RUNNING"}),
        Executed(body={}),
        Executed(body={"pipeline_id": "p1", "latest_updates": []}),
    ],
)
def test_a_stranger_is_left_alone(proof: Outcome) -> None:
    p = left_behind().plays({state_of(U1): RUNNING, PIPELINE: proof})
    assert held(p).ends() is Result.TIMED_OUT
    assert p.count(STOP) == 0
    assert p.outcome.exit_code == 6
    assert p.outcome.reason == (
        "The time for it is over. Update u1 may still be running: it was not shown as"
        " the active one, so nothing was stopped, and it was RUNNING at the last look."
    )


@pytest.mark.parametrize("cause", ["API_CALL", "USER_ACTION", "JOB_TASK", "NEW"])
def test_a_later_update_of_somebody_else_is_left_alone(cause: str) -> None:
    theirs = updates(info(U2, "RUNNING", cause), FAILED)
    p = left_behind().plays({**ended("FAILED"), PIPELINE: pipeline(U2), LIST: theirs})
    assert held(p).ends() is Result.SUCCEEDED
    assert p.count(STOP) == 0
    assert p.seconds == 0


@pytest.mark.parametrize("cause", [RETRY, "SCHEMA_CHANGE", "SERVICE_UPGRADE"])
def test_an_automatic_restart_of_ours_is_stopped(cause: str) -> None:
    p = left_behind()
    p << state_of(U1) >> update(U1, "FAILED")
    p << state_of(U1) >> update(U1, "FAILED")
    p << PIPELINE >> pipeline(U2)
    p << LIST >> updates(info(U2, "QUEUED", cause), FAILED)
    while not p.step_is(state_of(U2)):
        p << NAP
    p >> update(U2, "RUNNING", cause)
    p << PIPELINE >> pipeline(U2)
    p << STOP >> STOPPED
    p << NAP << state_of(U2) >> update(U2, "CANCELED", cause)
    p << state_of(U2) >> update(U2, "CANCELED", cause)
    assert held(p).ends() is Result.SUCCEEDED
    assert p.outcome.reason == "Update u2 was stopped and is CANCELED."


def test_the_restart_of_a_restart_is_stopped_too() -> None:
    first, second = info(U2, "FAILED", RETRY), info(U3, "RUNNING", RETRY)
    scene: Scene = {
        **ended("FAILED"),
        state_of(U2): update(U2, "FAILED", RETRY),
        PIPELINE: pipeline(U3),
        LIST: updates(second, first, FAILED),
        state_of(U3): when(30, update(U3, "RUNNING"), update(U3, "CANCELED")),
        STOP: STOPPED,
    }
    p = left_behind().plays(scene)
    assert held(p).ends() is Result.SUCCEEDED
    assert p.count(STOP) == 1
    assert p.outcome.reason == "Update u3 was stopped and is CANCELED."


@pytest.mark.parametrize("announced", ["RECOVERING", "STARTING", "DEPLOYING"])
def test_a_restart_that_is_announced_is_waited_for_a_minute_and_a_half(
    announced: str,
) -> None:
    p = left_behind().plays(ended("FAILED", announced=announced))
    assert 90 <= held(p).seconds <= 95
    assert p.count(STOP) == 0
    assert "may start it again" in p.outcome.reason
    retried = updates(info(U2, "RUNNING", RETRY), FAILED)
    late: Scene = {
        **ended("FAILED"),
        PIPELINE: when(85, pipeline(U1, announced), pipeline(U2)),
        LIST: when(85, updates(FAILED), retried),
        state_of(U2): when(100, update(U2, "RUNNING"), update(U2, "CANCELED")),
        STOP: STOPPED,
    }
    assert left_behind().plays(late).outcome.reason.startswith("Update u2 was stopped")


def test_ours_is_asked_to_stop_twice_at_most() -> None:
    scene: Scene = {state_of(U1): RUNNING, PIPELINE: pipeline(U1), STOP: LOST}
    p = left_behind().plays(scene)
    assert held(p).ends() is Result.TIMED_OUT
    assert p.count(STOP) == 2
    assert p.seconds == SECONDS_IN_ALL
    assert "the stop was asked for and not answered" in p.outcome.reason


@pytest.mark.parametrize("answer", [refused(403, "no right"), refused(400)])
def test_a_stop_that_is_refused_twice_is_not_waited_for(answer: Rejected) -> None:
    scene: Scene = {state_of(U1): RUNNING, PIPELINE: pipeline(U1), STOP: answer}
    p = left_behind().plays(scene)
    assert held(p).outcome.exit_code != 0
    assert p.count(STOP) == 2
    assert p.seconds <= 15
    assert "the stop was refused" in p.outcome.reason
    assert "time" not in p.outcome.reason
    assert p.outcome.server_said == answer.reason
    assert p.outcome.advice


def test_a_stop_that_takes_too_long_is_given_up_and_told() -> None:
    stuck = update(U1, "STOPPING")
    p = left_behind()
    p << state_of(U1) >> RUNNING
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p.plays({state_of(U1): stuck})
    assert held(p).ends() is Result.TIMED_OUT
    assert p.seconds == SECONDS_IN_ALL
    assert p.outcome.reason == (
        "The time for it is over. Update u1 may still be running: the stop was"
        " accepted, and it was STOPPING at the last look."
    )
    assert len(p.told(Heartbeat)) >= 3


@pytest.mark.parametrize("away", [AWAY, BROKEN, LOST])
def test_an_api_that_is_away_for_a_minute_is_given_up(away: Outcome) -> None:
    p = left_behind().plays({state_of(U1): away})
    assert held(p).ends() is Result.UNREACHABLE
    assert 60 <= p.seconds <= 95
    assert p.outcome.exit_code != 0
    assert "u1" in p.outcome.reason
    assert "may still be running" in p.outcome.reason
    beat = p.told(Heartbeat)[0]
    assert beat.state == "waiting for update u1 (not known yet)"


@pytest.mark.parametrize("away", [AWAY, BROKEN, LOST])
def test_an_api_that_goes_away_at_the_end_keeps_nobody(away: Outcome) -> None:
    # The runner would tear it off without a word.
    scene: Scene = {state_of(U1): when(239, update(U1, "STOPPING"), away)}
    p = left_behind().plays(scene, until=239.5).plays(scene, slow=True)
    assert p.ends() is Result.TIMED_OUT
    assert p.seconds <= SECONDS_IN_ALL + 30


def test_an_api_that_is_away_for_a_moment_is_waited_for() -> None:
    scene: Scene = {
        state_of(U1): when(50, AWAY, when(70, RUNNING, CANCELED)(50)),
        PIPELINE: pipeline(U1),
        STOP: STOPPED,
    }
    p = left_behind().plays(scene, until=80)
    assert p.count(STOP) == 1
    p.plays(ended("CANCELED"))
    assert held(p).ends() is Result.SUCCEEDED


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_update_that_cannot_be_read_is_told(status: int) -> None:
    p = left_behind().plays({state_of(U1): refused(status)})
    assert held(p).ends() in (Result.UNAUTHORIZED, Result.GONE)
    assert p.count(STOP) == 0
    assert "u1" in p.outcome.reason
    assert "started" not in p.outcome.reason


def test_a_sign_in_that_is_refused_is_told_in_its_own_words() -> None:
    problem = SignInProblem(what="Nobody knows us.", advice="Make a new secret.")
    unsigned = replace(refused(401), sign_in=problem)
    p = left_behind().plays({state_of(U1): unsigned})
    assert held(p).ends() is Result.UNAUTHORIZED
    assert "Could not sign in, and update u1 may still be running" in p.outcome.reason
    assert p.outcome.advice.endswith("Make a new secret.")
    assert p.count(STOP) == 0


def test_a_throttled_stop_is_asked_for_again() -> None:
    scene: Scene = {
        state_of(U1): RUNNING,
        PIPELINE: pipeline(U1),
        STOP: when(30, throttled(5.0), STOPPED),
    }
    p = left_behind().plays(scene, until=60)
    p.plays(ended("CANCELED"))
    assert held(p).ends() is Result.SUCCEEDED
    assert p.outcome.reason == "Update u1 was stopped and is CANCELED."


def test_each_state_is_told_once() -> None:
    scene: Scene = {state_of(U1): RUNNING, PIPELINE: pipeline(U2)}
    p = left_behind().plays(scene, until=60)
    states = [news.text for news in p.told(Noted) if news.text.endswith("RUNNING")]
    assert states == ["update u1: RUNNING"]
