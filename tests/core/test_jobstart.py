"""Starting a job run: the body, the token, and what is made of each answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from dlt_action.core import wire
from dlt_action.core.jobs.calls import start_run
from dlt_action.core.jobs.startings import names_of_one
from dlt_action.core.model import JsonObject, Result, UpdateRequest
from dlt_action.core.news import Heartbeat, Noted, RunStarted
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.reply import (
    Answer,
    Reply,
    SignInProblem,
    Unsigned,
)
from dlt_action.core.steps import Why
from tests.core.jobscene import (
    AWAY,
    CANCEL,
    JOB,
    LOST,
    NOW,
    ONE,
    STARTED,
    SUBMIT,
    SUBMITTED,
    TWO,
    Scene,
    bad,
    good,
    plan_of,
    play,
    succeeding,
    task,
)

LISTED = "GET load/updates"


def running() -> Scene:
    """A run that will succeed, once it is started."""
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    return scene


def body_of(plan: Plan, request: UpdateRequest) -> JsonObject:
    assert plan.job is not None
    body = start_run(plan.job, request).body
    assert body is not None
    return body


ALL = UpdateRequest(
    refresh_selection=("a",),
    full_refresh_selection=("b",),
    reset_checkpoint_selection=("c",),
    parameters={"day": "monday"},
)


def test_a_one_time_run_has_a_token_a_name_and_one_task_without_retries() -> None:
    assert body_of(SUBMITTED, UpdateRequest()) == {
        "run_name": "nightly",
        "idempotency_token": "token-1",
        "queue": {"enabled": True},
        "tasks": [
            {
                "task_key": "load",
                "pipeline_task": {"pipeline_id": "load"},
                "max_retries": 0,
            }
        ],
    }


def test_a_one_time_run_passes_on_what_is_asked_of_the_update() -> None:
    body = body_of(SUBMITTED, ALL)
    (task,) = wire.children(body, "tasks")
    assert task["pipeline_task"] == {
        "pipeline_id": "load",
        "refresh_selection": ["a"],
        "full_refresh_selection": ["b"],
        "reset_checkpoint_selection": ["c"],
        "parameters": {"day": "monday"},
    }


def test_a_job_is_run_with_its_id_as_a_number_and_a_token() -> None:
    body = body_of(ONE, UpdateRequest())
    assert body == {"job_id": 5, "idempotency_token": "token-1"}


def test_a_job_gets_what_is_asked_as_parameters_of_its_pipelines_and_its_own() -> None:
    assert body_of(ONE, replace(ALL, full_refresh=True)) == {
        "job_id": 5,
        "idempotency_token": "token-1",
        "pipeline_params": {
            "full_refresh": True,
            "refresh_selection": ["a"],
            "full_refresh_selection": ["b"],
            "reset_checkpoint_selection": ["c"],
        },
        "job_parameters": {"day": "monday"},
    }


@pytest.mark.parametrize(("plan", "start"), [(ONE, NOW), (SUBMITTED, SUBMIT)])
@pytest.mark.parametrize("lost", [LOST, Answer(503, {}, b""), good({}), None])
def test_a_start_whose_answer_was_lost_is_sent_again_with_the_same_token(
    plan: Plan, start: str, lost: Reply | None
) -> None:
    scene = running()
    scene.answers[start] = [lost, lost, STARTED]
    played = play(scene, plan)

    assert played.outcome.result is Result.SUCCEEDED
    bodies = [call.body for _, name, call in played.asked if name == start]
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    told = [one.text for one in played.told(Noted) if "the same token" in one.text]
    assert len(told) == 1
    assert len(played.told(RunStarted)) == 1


def test_the_token_is_owed_until_the_run_is_known() -> None:
    scene = running()
    scene.answers[NOW] = [LOST, STARTED]
    played = play(scene)
    before = played.debts[0][1]
    assert (before.stop, before.run_id, before.token) == (True, None, "token-1")


@pytest.mark.parametrize("reply", [AWAY, Answer(429, {"retry-after": "3"}, b"")])
def test_a_start_that_was_not_executed_is_sent_again(reply: Reply) -> None:
    scene = running()
    scene.answers[NOW] = [reply, reply]
    assert play(scene).outcome.result is Result.SUCCEEDED


def test_a_start_that_is_never_executed_is_given_up_after_its_grace() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: AWAY
    played = play(scene)
    assert played.outcome.result is Result.UNREACHABLE
    assert played.outcome.reason.endswith("Nothing was started.")
    assert 25 < played.seconds < 60
    assert not played.owed.stop
    assert played.outcome.pipeline_id == "load"


def test_a_start_that_is_throttled_has_more_patience() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: Answer(429, {}, b"")
    played = play(scene)
    assert played.outcome.result is Result.UNREACHABLE
    assert 300 <= played.seconds < 360


def test_a_start_whose_answers_are_all_lost_is_an_unknown_start() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: LOST
    played = play(scene)
    assert played.outcome.result is Result.UNKNOWN_START
    assert 890 < played.seconds < 960
    assert "https://workspace.test/jobs/5" in played.outcome.advice
    assert played.owed.stop  # a run may be there
    told = {beat.state for beat in played.told(Heartbeat)}
    assert told == {"the start was not answered; asking again with the same token"}


def test_a_one_time_run_that_may_be_there_can_be_found_by_its_name() -> None:
    scene = running()
    scene.always[SUBMIT] = lambda *_: LOST
    played = play(scene, SUBMITTED)
    assert played.outcome.result is Result.UNKNOWN_START
    assert "a run named nightly" in played.outcome.advice


def test_after_a_lost_answer_an_outage_is_borne_for_longer() -> None:
    scene = running()
    replies = [LOST]
    scene.always[NOW] = lambda _, second: (
        replies.pop() if replies else AWAY if second < 200 else STARTED
    )
    assert play(scene).outcome.result is Result.SUCCEEDED


def test_after_a_lost_answer_an_outage_without_end_is_an_unknown_start() -> None:
    scene = running()
    replies = [LOST]
    scene.always[NOW] = lambda *_: replies.pop() if replies else AWAY
    assert play(scene).outcome.result is Result.UNKNOWN_START


def test_after_a_lost_answer_a_refusal_is_asked_again_and_says_nothing() -> None:
    scene = running()
    scene.answers[NOW] = [LOST, bad(403), bad(403), STARTED]
    assert play(scene).outcome.result is Result.SUCCEEDED

    scene = running()
    scene.answers[NOW] = [LOST]
    scene.always[NOW] = lambda *_: bad(403)
    played = play(scene)
    assert played.outcome.result is Result.UNKNOWN_START
    assert "HTTP 403" in played.outcome.server_said
    assert played.count(NOW) == 4


REFUSALS = [
    (ONE, bad(403), Result.UNAUTHORIZED, "CAN MANAGE RUN on job 5"),
    (SUBMITTED, bad(403), Result.UNAUTHORIZED, "CAN RUN on pipeline load"),
    (ONE, bad(401), Result.UNAUTHORIZED, "expired or been revoked"),
    (ONE, bad(404), Result.MISCONFIGURED, "The job is not there"),
    (ONE, bad(400, "Job 5 does not exist."), Result.MISCONFIGURED, "The job is not"),
    (SUBMITTED, bad(404), Result.MISCONFIGURED, "What the run needs is not there"),
    (ONE, bad(404, code="ENDPOINT_NOT_FOUND"), Result.MISCONFIGURED, "of the Jobs API"),
    (ONE, bad(400, "Unknown parameter"), Result.MISCONFIGURED, "as job parameters in"),
    (ONE, bad(400, "Not allowed"), Result.MISCONFIGURED, "A full refresh has to be"),
]


@pytest.mark.parametrize(("plan", "refusal", "result", "advice"), REFUSALS)
def test_a_refused_start_is_told_in_plain_words(
    plan: Plan, refusal: Answer, result: Result, advice: str
) -> None:
    request = UpdateRequest(full_refresh=True, parameters={"day": "monday"})
    scene = running()
    scene.always[SUBMIT] = scene.always[NOW] = lambda *_: refusal
    played = play(scene, replace(plan, request=request))
    assert played.outcome.result is result
    assert advice in played.outcome.advice
    assert played.outcome.reason.endswith("Nothing was started.")
    assert played.outcome.server_said
    assert not played.owed.stop


def test_who_is_refused_is_named_where_that_is_known() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: bad(403)
    played = play(scene, replace(ONE, principal="ci@example.com"))
    assert "the principal ci@example.com" in played.outcome.advice


def test_a_refused_selection_is_told_as_one() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: bad(400, "no such table")
    advice = play(scene).outcome.advice
    assert advice == "Compare the tables, flows and parameters that were asked for."


def test_a_sign_in_that_is_refused_is_told_as_that() -> None:
    scene = running()
    problem = SignInProblem(what="The secret has expired.", advice="Make a new one.")
    scene.always[NOW] = lambda *_: Unsigned(problem)
    played = play(scene)
    assert played.outcome.result is Result.UNAUTHORIZED
    assert "The secret has expired." in played.outcome.reason


def test_what_the_pipelines_had_before_is_listed_once_for_each() -> None:
    scene = running()
    played = play(scene, TWO)
    before = [name for at, name, _ in played.asked if at < 0.5]
    assert before[:3] == [LISTED, "GET serve/updates", NOW]


def test_what_very_many_pipelines_had_before_is_not_listed_again() -> None:
    scene = running()
    tasks = [task(f"t{number}") for number in range(21)]
    played = play(scene, replace(plan_of(*tasks), wait=False))
    assert [name for _, name, _ in played.asked] == [NOW]


def test_without_the_list_of_before_nothing_is_started() -> None:
    scene = running()
    scene.always[LISTED] = lambda *_: AWAY
    played = play(scene)
    assert played.outcome.result is Result.UNREACHABLE
    assert played.count(NOW) == 0


def test_a_list_that_may_not_be_seen_keeps_nobody_from_starting() -> None:
    scene = running()
    scene.answers[LISTED] = [bad(403)]
    assert play(scene).outcome.result is Result.SUCCEEDED


@pytest.mark.parametrize(
    ("why", "result"),
    [
        (Why.SIGINT, Result.INTERRUPTED),
        (Why.SIGTERM, Result.INTERRUPTED),
        (Why.FAIL_FAST, Result.SKIPPED),
    ],
)
def test_an_interrupt_before_the_start_starts_nothing(why: Why, result: Result) -> None:
    scene = running()
    scene.answers[LISTED] = [None]
    played = play(scene, TWO, interrupts={1: why})
    assert played.outcome.result is result
    assert played.count(NOW) == 0
    assert not played.owed.stop
    assert played.outcome.pipeline_id is None


def test_the_timeout_before_the_start_starts_nothing() -> None:
    scene = running()
    scene.always[LISTED] = lambda *_: AWAY
    played = play(scene, timeout=5)
    assert played.outcome.result is Result.TIMED_OUT
    assert played.count(NOW) == 0


def test_a_signal_while_a_start_is_refused_again_and_again_starts_nothing() -> None:
    scene = running()
    scene.always[NOW] = lambda *_: AWAY
    played = play(scene, interrupts={3: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert played.outcome.reason.endswith("Nothing was started.")


def test_a_signal_before_the_answer_cancels_the_run_that_it_tells_of() -> None:
    scene = running()
    scene.cancels_after = 1.0
    scene.answers[NOW] = [None]
    played = play(scene, interrupts={0.5: Why.SIGTERM})

    assert played.count(NOW) == 2
    assert played.count(CANCEL) == 1
    assert played.first(CANCEL).body == {"run_id": 77}
    assert played.outcome.result is Result.INTERRUPTED
    assert "was canceled" in played.outcome.reason
    assert played.seconds < 6.5


@pytest.mark.parametrize("why", [Why.SIGTERM, None])
def test_a_start_that_stays_lost_is_asked_for_once_more_and_no_more(
    why: Why | None,
) -> None:
    scene = running()
    scene.always[NOW] = lambda *_: None
    interrupts = {} if why is None else {0.5: why}
    played = play(scene, interrupts=interrupts, timeout=40 if why is None else 1e4)
    assert played.count(NOW) == (2 if why else 3)
    wanted = Result.UNKNOWN_START if why is None else Result.INTERRUPTED
    assert played.outcome.result is wanted
    assert "a job run may be running" in played.outcome.reason
    if why is not None:
        assert played.seconds < 6.5


def test_a_refusal_after_a_signal_leaves_the_start_lost() -> None:
    scene = running()
    scene.answers[NOW] = [None, bad(403)]
    played = play(scene, interrupts={0.5: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert "a job run may be running" in played.outcome.reason


def test_an_outage_after_a_signal_leaves_the_start_lost() -> None:
    scene = running()
    scene.answers[NOW] = [None, AWAY]
    played = play(scene, interrupts={0.5: Why.SIGTERM})
    assert "a job run may be running" in played.outcome.reason


def test_who_leaves_runs_alone_owes_no_cancel() -> None:
    scene = running()
    scene.answers[NOW] = [LOST]
    played = play(scene, replace(ONE, on_cancel=Parting.LEAVE))
    assert not any(owed.stop for _, owed in played.debts)


NO_RUN = [good({}), good({"run_id": 0}), good({"run_id": "abc"}), good({"html": "no"})]


@pytest.mark.parametrize("answer", NO_RUN)
def test_an_answer_without_a_run_is_no_answer_and_is_asked_for_in_peace(
    answer: Answer,
) -> None:
    scene = running()
    scene.always[NOW] = lambda *_: answer
    played = play(scene)
    assert played.outcome.result is Result.UNKNOWN_START
    assert played.outcome.server_said == "the answer has no run id"
    assert 890 < played.seconds < 960
    asked = played.seconds_of(NOW)
    assert len(asked) < 60
    assert all(b - a > 0.5 for a, b in pairwise(asked))


LEAVES = [
    (Why.SIGTERM, replace(ONE, on_cancel=Parting.LEAVE)),
    (Why.SIGINT, replace(SUBMITTED, on_cancel=Parting.LEAVE)),
    (Why.TIMEOUT, replace(ONE, on_timeout=Parting.LEAVE)),
    (Why.SIGTERM, replace(ONE, wait=False)),
]


@pytest.mark.parametrize(("why", "plan"), LEAVES)
def test_who_leaves_a_run_alone_starts_none_that_nobody_waits_for(
    why: Why, plan: Plan
) -> None:
    scene = running()
    scene.always[NOW] = scene.always[SUBMIT] = lambda _, second: (
        LOST if second < 4.35 else STARTED
    )
    played = play(scene, plan, interrupts={4.4: why})
    first = NOW if plan.job is ONE.job else SUBMIT
    assert max(played.seconds_of(first)) < 4.4
    assert played.count(CANCEL) == 0
    assert "a job run may be running" in played.outcome.reason
    assert not played.owed.stop
    assert played.seconds < 6


def test_but_another_pipelines_failure_cancels_whatever_is_to_be_left() -> None:
    scene = running()
    scene.cancels_after = 1.0
    scene.always[NOW] = lambda _, second: LOST if second < 4.35 else STARTED
    plan = replace(ONE, on_timeout=Parting.LEAVE, on_cancel=Parting.LEAVE)
    played = play(scene, plan, interrupts={4.4: Why.FAIL_FAST})
    assert played.count(CANCEL) == 1
    assert played.outcome.result is Result.CANCELED


@pytest.mark.parametrize("why", [Why.SIGTERM, Why.TIMEOUT])
def test_a_run_that_may_be_there_stays_owed(why: Why) -> None:
    scene = running()
    scene.always[NOW] = lambda *_: LOST
    played = play(scene, interrupts={5.0: why})
    assert "a job run may be running" in played.outcome.reason
    assert played.owed.stop
    assert played.owed.token == "token-1"
    assert played.owed.run_id is None


@pytest.mark.parametrize("refused", [bad(403), bad(400), AWAY])
def test_where_it_is_known_that_nothing_began_nothing_is_owed(refused: Reply) -> None:
    scene = running()
    scene.always[NOW] = lambda *_: refused
    played = play(scene)
    assert not played.outcome.result.ok
    assert not played.owed.stop


def test_names_that_fit_one_pipeline_are_told_by_their_inputs() -> None:
    verdict = names_of_one(("refresh_selection", "full_refresh_selection"), JOB, 2)
    assert verdict.result is Result.MISCONFIGURED
    assert verdict.reason == (
        "refresh-selection, full-refresh-selection: its names are those of one"
        " pipeline, and job 5 updates 2. Nothing was started."
    )
    assert verdict.advice
