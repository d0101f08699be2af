"""`update-id`: an update that somebody else started is followed and judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Attribution, JsonObject, Result, UpdateId
from dlt_action.core.news import Noted, Started, Warned
from dlt_action.core.plan import LATEST, Plan
from dlt_action.core.steps import Why
from tests.core.answers import (
    ABANDONED,
    AWAY,
    BROKEN,
    HOPELESS,
    LOST,
    U1,
    U2,
    U3,
    events,
    info,
    log_of,
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

THEIRS = replace(PLAN, take_up=UpdateId(U1))
NEWEST = replace(PLAN, take_up=LATEST)
DONE: Scene = {
    state_of(U1): update(U1, "COMPLETED", "JOB_TASK"),
    EVENTS: log_of("RUNNING", "COMPLETED"),
}
QUIET: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: events()}


def shown(*newest: str) -> Plan:
    """To follow the latest, where the pipeline has shown these."""
    ids = tuple(UpdateId(name) for name in newest)
    return replace(NEWEST, pipeline=replace(PLAN.pipeline, newest=ids))


def test_an_update_that_is_named_is_followed_to_its_end() -> None:
    p = Playbook(THEIRS)
    p << state_of(U1) >> update(U1, "RUNNING", "JOB_TASK")
    p.plays(QUIET, until=100).plays(DONE)
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.attribution is Attribution.ATTACHED
    assert p.outcome.attempts[0].cause_text == "JOB_TASK"
    assert [news.update_id for news in p.told(Started)] == [U1]
    assert p.count(START) == p.count(STOP) == 0
    assert p.count(LIST) == 1  # to look back
    assert not p.told(Warned)


def test_an_update_that_has_ended_already_is_judged_all_the_same() -> None:
    p = Playbook(THEIRS).plays(DONE)
    assert p.ends() is Result.SUCCEEDED
    assert p.seconds <= 2
    assert p.outcome.events_read == 2


def test_an_id_in_capitals_is_the_same_id() -> None:
    p = Playbook(replace(PLAN, take_up=UpdateId(U1.upper())))
    p << state_of(U1.upper()) >> update(U1, "RUNNING")
    assert p.plays(DONE).ends() is Result.SUCCEEDED
    assert p.outcome.update_id == U1


def test_a_dry_run_is_validated() -> None:
    dry = update(U1, "COMPLETED", validate_only=True)
    p = Playbook(THEIRS).plays({**DONE, state_of(U1): dry})
    assert p.ends() is Result.VALIDATED
    failed = update(U1, "FAILED", validate_only=True)
    p = Playbook(THEIRS).plays({EVENTS: log_of("FAILED"), state_of(U1): failed})
    assert p.ends() is Result.FAILED
    assert p.seconds <= 2


def test_one_that_failed_is_followed_into_its_successor() -> None:
    retry = info(U2, "RUNNING", "RETRY_ON_FAILURE")
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        EVENTS: events(),
        PIPELINE: pipeline(U2),
        LIST: updates(retry, info(U1, "FAILED")),
        state_of(U2): update(U2, "COMPLETED", "RETRY_ON_FAILURE"),
    }
    p = Playbook(THEIRS).plays(scene)
    assert p.ends() is Result.SUCCEEDED
    assert [one.update_id for one in p.outcome.attempts] == [U1, U2]


def test_one_that_failed_and_is_not_started_again_has_failed() -> None:
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        EVENTS: log_of("FAILED"),
        PIPELINE: pipeline(U1, "IDLE"),
        LIST: updates(info(U1, "FAILED")),
    }
    p = Playbook(THEIRS).plays(scene)
    assert p.ends() is Result.FAILED
    assert 45 <= p.seconds <= 50


def test_the_latest_is_the_newest_of_the_list() -> None:
    p = Playbook(NEWEST)
    p << LIST >> updates(info(U1, "RUNNING", "USER_ACTION"), info(U3, "COMPLETED"))
    p << state_of(U1) >> update(U1, "RUNNING", "USER_ACTION")
    p.plays(DONE)
    assert p.outcome.update_id == U1
    assert p.count(START) == 0


@pytest.mark.parametrize(
    ("pipeline_shows", "listed", "followed"),
    [
        ((U1, U2), [U1, U2], U1),
        ((U1, U2), [U3, U1, U2], U3),  # began in between
        ((U1, U2), [U2], U1),  # the list is behind
        ((U1,), [], U1),
        ((), [U1], U1),
    ],
)
def test_the_latest_is_the_newer_of_what_the_list_and_the_pipeline_show(
    pipeline_shows: tuple[str, ...], listed: list[str], followed: str
) -> None:
    p = Playbook(shown(*pipeline_shows))
    p << LIST >> updates(*(info(name, "RUNNING") for name in listed))
    p << state_of(followed)


@pytest.mark.parametrize("nothing", [updates(), Executed(body={})])
def test_a_pipeline_without_an_update_has_no_latest(nothing: Outcome) -> None:
    p = Playbook(NEWEST)
    p << LIST >> nothing
    assert p.ends() is Result.MISCONFIGURED
    assert p.outcome.reason == (
        "The pipeline has no update yet that could be followed. Nothing was started."
    )
    assert p.outcome.exit_code == 2


def test_an_update_that_is_not_there_is_a_mistake_in_its_id() -> None:
    p = Playbook(THEIRS)
    p << state_of(U1) >> refused(404, "no such update")
    assert p.ends() is Result.MISCONFIGURED
    assert "u1" in p.outcome.reason
    assert p.outcome.reason.endswith("Nothing was started.")
    assert "update-id" in p.outcome.advice
    assert p.outcome.server_said == "HTTP 404: no such update"


@pytest.mark.parametrize("plan", [THEIRS, NEWEST])
@pytest.mark.parametrize(
    ("answer", "result", "latest"),
    [
        (refused(401), Result.UNAUTHORIZED, 0),
        (refused(403), Result.UNAUTHORIZED, 0),
        (refused(400), Result.MISCONFIGURED, 0),
        (HOPELESS, Result.UNREACHABLE, 0),
        (AWAY, Result.UNREACHABLE, 60),
        (BROKEN, Result.UNREACHABLE, 60),
        (throttled(), Result.UNREACHABLE, 330),
    ],
)
def test_what_cannot_be_read_at_first_is_told_quickly(
    plan: Plan, answer: Outcome, result: Result, latest: float
) -> None:
    p = Playbook(plan).plays({state_of(U1): answer, LIST: answer})
    assert p.ends() is result
    assert p.seconds <= latest
    assert p.outcome.reason.endswith("Nothing was started.")
    assert not p.told(Started)


NOT_AN_UPDATE: list[JsonObject] = [
    {},
    {"update": {}},
    {"update": {"update_id": "../x", "state": "RUNNING"}},
    {"update": {"update_id": U2, "state": "COMPLETED"}},
]


@pytest.mark.parametrize("body", NOT_AN_UPDATE)
def test_an_answer_without_an_update_is_asked_for_again(body: JsonObject) -> None:
    p = Playbook(THEIRS)
    p << state_of(U1) >> Executed(body=body)
    p << NAP << state_of(U1) >> LOST
    p << NAP << state_of(U1) >> update(U1, "RUNNING")
    p << state_of(U1)
    assert p.told(Started)


@pytest.mark.parametrize("plan", [THEIRS, NEWEST])
@pytest.mark.parametrize("answer", [ABANDONED, update(U1, "RUNNING"), refused(404)])
def test_a_signal_before_it_was_read_starts_and_stops_nothing(
    plan: Plan, answer: Outcome
) -> None:
    p = Playbook(plan)
    assert p.step_is(state_of(U1) if plan is THEIRS else LIST)
    p.interrupt(Why.SIGTERM) >> answer
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 143


@pytest.mark.parametrize("why", [Why.SIGINT, Why.TIMEOUT])
def test_what_somebody_else_started_is_never_stopped(why: Why) -> None:
    p = Playbook(THEIRS).plays(QUIET, until=100)
    p.interrupt(why).plays(QUIET)
    assert p.ends() is (Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT)
    assert p.seconds == 100
    assert p.count(STOP) == p.count(PIPELINE) == 0
    assert "it is not known to be started by this step" in p.outcome.reason


def test_the_clocks_bound_what_somebody_else_started_too() -> None:
    p = Playbook(replace(THEIRS, stall_timeout=120.0)).plays(QUIET)
    assert p.ends() is Result.TIMED_OUT
    assert 120 <= p.seconds <= 121
    assert p.outcome.reason.startswith("The stall-timeout of 02:00 passed while the")


def test_running_is_enough_where_that_is_waited_for() -> None:
    p = Playbook(replace(THEIRS, until_running=True)).plays(QUIET)
    assert p.ends() is Result.RUNNING
    assert 60 <= p.seconds <= 65
    assert not p.told(Noted)


def test_a_403_names_who_needs_what() -> None:
    p = Playbook(replace(THEIRS, principal="ci-bot"))
    p << state_of(U1) >> refused(403)
    assert p.ends() is Result.UNAUTHORIZED
    needed = f"the permission CAN RUN on pipeline {PLAN.pipeline.pipeline_id}"
    assert f"the principal ci-bot {needed}" in p.outcome.advice
