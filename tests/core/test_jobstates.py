"""How a job run is: the words of both generations, and those that nobody knows yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.jobs.endings import (
    ended,
    explained,
    in_part,
    named,
    task_ended,
)
from dlt_action.core.jobs.states import RunState, state_of
from dlt_action.core.model import JsonObject, Result, RunId

RUN = RunId("77")


def older(phase: str, result: str = "", message: str = "") -> JsonObject:
    state: JsonObject = {"life_cycle_state": phase, "state_message": message}
    return {"state": {**state, **({"result_state": result} if result else {})}}


def newer(state: str, code: str = "", message: str = "") -> JsonObject:
    details: JsonObject = {"code": code, "message": message}
    status: JsonObject = {"state": state}
    return {"status": {**status, **({"termination_details": details} if code else {})}}


ENDS = [
    # (result_state, code): what it comes to
    ("SUCCESS", "SUCCESS", Result.SUCCEEDED),
    ("SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES", Result.SUCCEEDED),
    ("FAILED", "RUN_EXECUTION_ERROR", Result.FAILED),
    ("FAILED", "INTERNAL_ERROR", Result.FAILED),
    ("FAILED", "CLOUD_FAILURE", Result.FAILED),
    ("TIMEDOUT", "", Result.TIMED_OUT),
    ("CANCELED", "USER_CANCELED", Result.CANCELED),
    ("CANCELED", "CANCELED", Result.CANCELED),
    (
        "MAXIMUM_CONCURRENT_RUNS_REACHED",
        "MAX_CONCURRENT_RUNS_EXCEEDED",
        Result.CONFLICT,
    ),
    (
        "MAXIMUM_CONCURRENT_RUNS_REACHED",
        "MAX_JOB_QUEUE_SIZE_EXCEEDED",
        Result.CONFLICT,
    ),
    ("EXCLUDED", "SKIPPED", Result.FAILED),
    ("DISABLED", "DISABLED", Result.FAILED),
    ("UPSTREAM_FAILED", "SKIPPED", Result.FAILED),
    ("UPSTREAM_CANCELED", "SKIPPED", Result.CANCELED),
    ("A_NEW_ONE", "A_NEW_CODE", Result.FAILED),
    ("", "", Result.FAILED),
]


@pytest.mark.parametrize(("result", "code", "verdict"), ENDS)
def test_an_end_is_the_same_by_either_object_and_by_both(
    result: str, code: str, verdict: Result
) -> None:
    told = older("TERMINATED", result)
    assert ended(RUN, state_of(told)).result is verdict
    both = {**told, **newer("TERMINATED", code)}
    assert ended(RUN, state_of(both)).result is verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("SUCCESS", Result.SUCCEEDED),
        ("SUCCESS_WITH_FAILURES", Result.SUCCEEDED),
        ("USER_CANCELED", Result.CANCELED),
        ("MAX_CONCURRENT_RUNS_EXCEEDED", Result.CONFLICT),
        ("SKIPPED", Result.CONFLICT),
        ("DISABLED", Result.FAILED),
        ("WORKSPACE_RUN_LIMIT_EXCEEDED", Result.FAILED),
        ("A_NEW_CODE", Result.FAILED),
    ],
)
def test_the_newer_object_alone_is_enough(code: str, verdict: Result) -> None:
    state = state_of(newer("TERMINATED", code, "said"))
    assert state.ended
    assert state.message == "said"
    assert ended(RUN, state).result is verdict


@pytest.mark.parametrize(("phase", "result"), [("SKIPPED", ""), ("SKIPPED", "SUCCESS")])
def test_what_was_skipped_is_no_success(phase: str, result: str) -> None:
    state = state_of(older(phase, result))
    assert state.never_ran
    assert ended(RUN, state).result is Result.CONFLICT


@pytest.mark.parametrize("result", ["SUCCESS", "", "FAILED"])
def test_an_internal_error_is_no_success(result: str) -> None:
    state = state_of(older("INTERNAL_ERROR", result))
    assert state.good is False
    assert ended(RUN, state).result is Result.FAILED


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("SUCCESS", "RUN_EXECUTION_ERROR"),
        ("SUCCESS", "A_NEW_CODE"),
        ("FAILED", "SUCCESS"),
        ("CANCELED", "SUCCESS"),
    ],
)
def test_objects_that_contradict_each_other_are_no_success(
    result: str, code: str
) -> None:
    body = {**older("TERMINATED", result), **newer("TERMINATED", code)}
    state = state_of(body)
    assert state.good is False
    assert ended(RUN, state).result is Result.FAILED


PHASES = [
    *("PENDING", "RUNNING", "TERMINATING", "BLOCKED", "QUEUED", "WAITING_FOR_RETRY"),
    *("HIBERNATING", ""),
]


@pytest.mark.parametrize("phase", PHASES)
def test_what_has_not_ended_is_neither_good_nor_bad(phase: str) -> None:
    state = state_of(older(phase, "SUCCESS"))
    assert not state.ended
    assert state.good is None
    assert not state.never_ran


@pytest.mark.parametrize("phase", ["", "HIBERNATING"])
def test_a_life_cycle_that_is_not_known_leaves_the_word_to_the_status(
    phase: str,
) -> None:
    body = {**older(phase), **newer("TERMINATED", "SUCCESS")}
    assert state_of(body).good
    assert not state_of({**older(phase), **newer("DREAMING")}).ended


def test_no_state_at_all_is_waited_in() -> None:
    state = state_of({})
    assert not state.ended
    assert state.shown == "no state"
    assert not state.known


def test_a_state_is_shown_as_its_result_once_it_has_one() -> None:
    assert state_of(older("RUNNING")).shown == "RUNNING"
    assert state_of(older("TERMINATED", "SUCCESS")).shown == "SUCCESS"
    assert state_of(older("SKIPPED")).shown == "SKIPPED"
    assert state_of(older("TERMINATED", "A_NEW_ONE")).shown == "A_NEW_ONE"


def test_why_a_run_is_queued_is_told_by_either() -> None:
    by_state = {"state": {"life_cycle_state": "QUEUED", "queue_reason": "full"}}
    details: JsonObject = {"code": "MAX_CONCURRENT_RUNS_REACHED", "message": "full"}
    by_status = {"status": {"state": "QUEUED", "queue_details": details}}
    for body in (by_state, by_status):
        state = state_of(body)  # type: ignore[arg-type] # a JSON object
        assert state.waits
        assert state.queue_reason == "full"


WORDS = [
    ("MAXIMUM_CONCURRENT_RUNS_REACHED", "another run of the job is active", "queueing"),
    ("TIMEDOUT", "ended by a timeout that the job", "not the input `timeout`"),
    ("EXCLUDED", "its conditions were not met", "conditions"),
    ("DISABLED", "it is disabled", "Enable"),
    ("SKIPPED", "was skipped by the Jobs service", "queueing"),
    ("FAILED", "Job run 77 failed: 1 task failed (a).", ""),
    ("A_NEW_ONE", "did not succeed", ""),
]


@pytest.mark.parametrize(("result", "reason", "advice"), WORDS)
def test_an_end_is_told_in_plain_words(result: str, reason: str, advice: str) -> None:
    told = state_of(older("TERMINATED", result, "the API said this"))
    verdict = ended(RUN, told, "1 task failed (a)")
    assert reason in verdict.reason
    assert advice in verdict.advice
    assert verdict.server_said == "the API said this"


def test_a_code_that_is_known_comes_with_advice() -> None:
    body = {
        **older("INTERNAL_ERROR", "FAILED"),
        **newer("TERMINATED", "CLOUD_FAILURE"),
    }
    assert "cloud provider" in ended(RUN, state_of(body)).advice


def test_an_internal_error_is_told_as_one_only_where_it_is_one() -> None:
    told = "an internal error of the Jobs service"
    assert told in ended(RUN, state_of(older("INTERNAL_ERROR"))).reason
    coded = {**older("TERMINATED", "FAILED"), **newer("TERMINATED", "INTERNAL_ERROR")}
    assert told in ended(RUN, state_of(coded)).reason
    # The life cycle of a run with a failed task ends so, too.
    failed = state_of(older("INTERNAL_ERROR", "FAILED"))
    assert told not in ended(RUN, failed).reason


def test_a_task_that_never_ran_was_skipped_and_nothing_else() -> None:
    for result in ("UPSTREAM_FAILED", "EXCLUDED", "DISABLED", "UPSTREAM_CANCELED"):
        state = state_of(older("TERMINATED", result))
        assert task_ended("Task a", state).result is Result.SKIPPED
    failed = state_of(older("TERMINATED", "FAILED"))
    assert task_ended("Task a", failed).result is Result.FAILED
    assert task_ended("Task a", failed).reason == "Task a failed."


def test_some_tasks_are_named_and_the_rest_is_counted() -> None:
    assert named(["a"], "failed") == "1 task failed (a)"
    assert named(["a", ""], "failed") == "2 tasks failed (a, 1 more)"
    assert named([""], "failed") == "1 task failed"
    many = named([f"t{n}" for n in range(9)], "failed")
    assert many == "9 tasks failed (t0, t1, t2, t3, t4, 4 more)"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
WORD = st.sampled_from(["SUCCESS", "TERMINATED", "FAILED", "RUNNING", "X", ""]) | JSON


@given(WORD, WORD, WORD, WORD)
def test_only_words_of_success_are_one(
    phase: object, result: object, state: object, code: object
) -> None:
    body = {
        "state": {"life_cycle_state": phase, "result_state": result},
        "status": {"state": state, "termination_details": {"code": code}},
    }
    read: RunState = state_of(body)  # type: ignore[arg-type] # whatever it is
    if read.good:
        assert "TERMINATED" in (phase, state)
        told = [one for one in (result, code) if isinstance(one, str) and one]
        assert set(told) == {"SUCCESS"}


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        (older("RUNNING"), ""),
        (older("QUEUED"), "it waits for its turn"),
        (older("WAITING_FOR_RETRY"), "it is going to be tried again"),
        (older("TERMINATED", "FAILED"), ""),
        (older("TERMINATED", "DISABLED"), "it was not carried out, because it is"),
        (older("SKIPPED", "UPSTREAM_CANCELED"), "it did not begin, because something"),
        (older("SKIPPED"), "it was skipped by the Jobs service"),
    ],
)
def test_a_word_that_is_not_plain_is_explained(state: JsonObject, meaning: str) -> None:
    told = explained(state_of(state))
    assert told.startswith(meaning)
    assert bool(told) is bool(meaning)
    assert "refreshed" not in told


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["a"], "1 Pipeline task was left out (a)"),
        (["a", ""], "2 Pipeline tasks were left out (a, 1 more)"),
    ],
)
def test_a_success_in_part_names_what_was_left_out(keys: list[str], told: str) -> None:
    whole = ended(RunId("7"), state_of(older("TERMINATED", "SUCCESS")))
    assert in_part(whole, keys).reason == f"Job run 7 succeeded; {told}."
