from __future__ import annotations

import pytest

from dlt_action.core import verdicts
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Outcome
from dlt_action.core.model import Result, UpdateId, UpdateState
from dlt_action.core.steps import Why
from dlt_action.core.stopping import Stop

U1 = UpdateId("u1")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (NotExecuted(reason="could not connect"), "could not connect"),
        (Ambiguous(reason="HTTP 503"), "HTTP 503"),
        (Executed(body={}), "the answer is not that of the Pipelines API"),
    ],
)
def test_what_was_not_answered_before_the_start_is_unreachable(
    outcome: Outcome, said: str
) -> None:
    verdict = verdicts.not_started(outcome, what="read the pipeline")
    assert verdict.result is Result.UNREACHABLE
    assert verdict.server_said == said
    assert verdict.reason.startswith("Could not read the pipeline")


def test_a_continuous_pipeline_is_refused_with_both_ways_out() -> None:
    verdict = verdicts.continuous()
    assert verdict.result is Result.MISCONFIGURED
    assert "`wait-for: running`" in verdict.advice
    assert "`wait: false`" in verdict.advice


def test_a_bug_tells_its_kind_and_none_of_its_text() -> None:
    verdict = verdicts.crashed(ValueError("dapi-s3cret"))
    assert verdict.result is Result.INTERNAL_ERROR
    assert "ValueError" in verdict.reason
    assert "s3cret" not in f"{verdict}"


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("stop", Stop)
@pytest.mark.parametrize("state", UpdateState)
def test_whoever_leaves_never_claims_to_know_more_than_was_seen(
    why: Why, stop: Stop, state: UpdateState
) -> None:
    verdict = verdicts.left(U1, why, stop, state)
    timeout = why is Why.TIMEOUT
    assert verdict.result is (Result.TIMED_OUT if timeout else Result.INTERRUPTED)
    was_stopped = state is UpdateState.CANCELED and stop in (
        Stop.ACCEPTED,
        Stop.UNANSWERED,
    )
    assert ("was stopped and is CANCELED" in verdict.reason) == was_stopped
    assert ("may still be running" in verdict.reason) == (not state.terminal)
    assert bool(verdict.advice) == (not was_stopped)


@pytest.mark.parametrize(
    ("state", "validate_only", "result"),
    [
        (UpdateState.COMPLETED, False, Result.SUCCEEDED),
        (UpdateState.COMPLETED, True, Result.VALIDATED),
        (UpdateState.FAILED, False, Result.FAILED),
        (UpdateState.FAILED, True, Result.FAILED),
        (UpdateState.CANCELED, False, Result.CANCELED),
    ],
)
@pytest.mark.parametrize("attempts", [1, 3])
def test_an_end_is_told_with_its_attempts(
    state: UpdateState, result: Result, attempts: int, *, validate_only: bool
) -> None:
    verdict = verdicts.ended(
        U1, state, attempts=attempts, validate_only=validate_only, may_go_on=False
    )
    assert verdict.result is result
    assert ("after 3 attempts" in verdict.reason) == (attempts == 3)
