from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from dlt_action.core.model import Cause, Result, UpdateId, UpdateState
from dlt_action.core.record import Asked, Attempt, Outcome, Record

ASKED = Asked()


def ended(result: Result, signal: int | None = None) -> Outcome:
    return Outcome(result=result, reason="", signal=signal)


def attempt(name: str) -> Attempt:
    return Attempt(
        update_id=UpdateId(name),
        url=f"https://h/{name}",
        state=UpdateState.UNRECOGNISED,
        state_text="NEW",
        cause=Cause.API_CALL,
        cause_text="API_CALL",
    )


def test_an_outcome_speaks_of_its_last_attempt() -> None:
    outcome = replace(
        ended(Result.FAILED), attempts=(attempt("first"), attempt("last"))
    )
    assert outcome.update_id == "last"
    assert outcome.update_url == "https://h/last"
    assert outcome.state == "NEW"


def test_an_outcome_without_an_attempt_speaks_of_none() -> None:
    outcome = ended(Result.MISCONFIGURED)
    assert (outcome.update_id, outcome.update_url, outcome.state) == (None, None, None)


@pytest.mark.parametrize(
    ("result", "signal", "code"),
    [
        (Result.SUCCEEDED, None, 0),
        (Result.SUCCEEDED, 15, 0),
        (Result.INTERRUPTED, 2, 130),
        (Result.INTERRUPTED, 15, 143),
        (Result.INTERRUPTED, None, 130),
        (Result.UNKNOWN_START, 15, 8),
        (Result.INTERNAL_ERROR, None, 70),
    ],
)
def test_the_exit_code_is_the_results_and_for_an_interrupt_the_signals(
    result: Result, signal: int | None, code: int
) -> None:
    assert Record(ASKED, (ended(result, signal),)).exit_code == code


WORST_FIRST = [
    *("internal-error", "unauthorized", "unknown-start", "unreachable", "gone"),
    *("interrupted", "timed-out", "conflict", "failed", "canceled", "gate-failed"),
    *("misconfigured", "skipped", "started", "validated", "running", "succeeded"),
]


def test_of_several_outcomes_the_worst_decides() -> None:
    for better, worse in zip(WORST_FIRST[1:], WORST_FIRST, strict=False):
        for pair in permutations((ended(Result(better)), ended(Result(worse)))):
            assert Record(ASKED, pair).worst.result == worse
