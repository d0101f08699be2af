"""Another update is active: it is followed in place of ours, if it is like ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import Attribution, JsonObject, Result, UpdateRequest
from dlt_action.core.news import Noted, Started
from dlt_action.core.plan import IfActive, Plan
from dlt_action.core.steps import Why
from tests.core.answers import (
    U2,
    U3,
    busy,
    events,
    info,
    log_of,
    pipeline,
    update,
    updates,
)
from tests.core.playbook import (
    EVENTS,
    LIST,
    PIPELINE,
    PLAN,
    START,
    STOP,
    Playbook,
    Scene,
    state_of,
)

RUNNING = update(U2, "RUNNING")
ACTIVE = updates(info(U2, "RUNNING"))


def attaches(request: UpdateRequest | None = None) -> Plan:
    """A plan that follows another update, if it does what was asked for."""
    asked = UpdateRequest() if request is None else request
    return replace(PLAN, if_active=IfActive.ATTACH, request=asked)


def test_another_update_like_ours_is_followed_in_its_place() -> None:
    p = Playbook(attaches())
    p << LIST >> updates(info(U2, "RUNNING", "JOB_TASK", request_id="r"))
    p << state_of(U2) >> RUNNING
    p << EVENTS >> log_of("RUNNING", update=U2)
    done = update(U2, "COMPLETED")
    p.plays({state_of(U2): done, EVENTS: log_of("COMPLETED", update=U2)})
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.attribution is Attribution.ATTACHED
    assert p.outcome.update_id == U2
    assert p.count(START) == 0
    assert [news.attribution for news in p.told(Started)] == [Attribution.ATTACHED]


def test_who_runs_a_workflow_again_is_told_whose_update_it_follows() -> None:
    p = Playbook(replace(attaches(), run_attempt=3))
    p << LIST >> ACTIVE
    p << state_of(U2)
    assert p.told(Started)
    assert "This is attempt 3 of the workflow run" in p.told(Noted)[0].text


def test_one_between_two_attempts_is_followed_into_its_next() -> None:
    p = Playbook(attaches())
    p << LIST >> updates(info(U2, "FAILED"))
    p << START >> busy(U2)
    p << state_of(U2) >> update(U2, "FAILED")
    retried = updates(info(U3, "RUNNING", "RETRY_ON_FAILURE"), info(U2, "FAILED"))
    scene: Scene = {
        state_of(U2): update(U2, "FAILED"),
        state_of(U3): update(U3, "COMPLETED", "RETRY_ON_FAILURE"),
        EVENTS: events(),
        PIPELINE: pipeline(U3),
        LIST: retried,
    }
    p.plays(scene)
    assert p.ends() is Result.SUCCEEDED
    assert [one.update_id for one in p.outcome.attempts] == [U2, U3]
    assert p.outcome.attribution is Attribution.ATTACHED


@pytest.mark.parametrize("why", [Why.SIGTERM, None])
def test_what_is_only_followed_is_never_stopped(why: Why | None) -> None:
    scene: Scene = {state_of(U2): RUNNING, EVENTS: events()}
    p = Playbook(attaches(), timeout=300)
    p << LIST >> ACTIVE
    p.plays(scene, until=200)
    if why is not None:
        p.interrupt(why)
    p.plays(scene)
    assert p.ends() is (Result.TIMED_OUT if why is None else Result.INTERRUPTED)
    assert p.seconds == (300 if why is None else 200)
    assert p.count(STOP) == p.count(PIPELINE) == 0


@pytest.mark.parametrize(
    ("asked", "theirs", "words"),
    [
        (UpdateRequest(), {"full_refresh": True}, "it is a full refresh"),
        (UpdateRequest(full_refresh=True), {}, "it is not a full refresh"),
        (UpdateRequest(), {"validate_only": True}, "it is a dry run"),
        (UpdateRequest(refresh_selection=("a",)), {}, "it refreshes other tables"),
        (UpdateRequest(), {"parameters": {"a": "1"}}, "its parameters are others"),
        (
            UpdateRequest(parameters={"a": "1"}, extra={"new": 1}),
            {"validate_only": True},
            (
                "it is a dry run; whether it has the same parameters is not told;"
                " whether it has the same request-json is not told"
            ),
        ),
    ],
)
def test_what_does_something_else_is_a_conflict_that_names_the_difference(
    asked: UpdateRequest, theirs: JsonObject, words: str
) -> None:
    p = Playbook(attaches(asked))
    p << LIST >> updates({**info(U2, "RUNNING"), **theirs})
    assert p.ends() is Result.CONFLICT
    assert p.outcome.reason == (
        "Another update (u2) is active on this pipeline: state RUNNING, cause API_CALL."
        f" It cannot stand for what was asked for: {words}. Nothing was started."
    )
    assert p.count(START) == 0
