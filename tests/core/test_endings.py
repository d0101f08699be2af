from __future__ import annotations

import pytest

from dlt_action.core import endings
from dlt_action.core.model import Result, UpdateId, UpdateState
from dlt_action.core.steps import Why
from dlt_action.core.stopping import Stop

U1 = UpdateId("u1")


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("stop", Stop)
@pytest.mark.parametrize("state", UpdateState)
@pytest.mark.parametrize("final", [False, True])
def test_whoever_leaves_never_claims_to_know_more_than_was_seen(
    why: Why, stop: Stop, state: UpdateState, *, final: bool
) -> None:
    verdict = endings.left(U1, why, stop, state, final=final)
    assert verdict.result is (
        Result.INTERRUPTED if why in (Why.SIGINT, Why.SIGTERM) else Result.TIMED_OUT
    )
    assert verdict.reason.startswith(why.told)
    known = final or stop is Stop.ACCEPTED
    was_stopped = state is UpdateState.CANCELED and known
    assert ("was stopped and is CANCELED" in verdict.reason) == was_stopped
    unconfirmed = state is UpdateState.COMPLETED
    assert ("could not be confirmed" in verdict.reason) == unconfirmed
    assert ("may still be running" in verdict.reason) == (not state.terminal)
    behind = not state.terminal and stop in (Stop.ACCEPTED, Stop.UNANSWERED)
    assert ("is left behind" in verdict.reason) == behind
    assert (stop.value in verdict.reason) == (not state.terminal)
    assert "UNRECOGNISED" not in verdict.reason
    is_over = was_stopped or (final and state is UpdateState.FAILED)
    assert bool(verdict.advice) == (not is_over)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (Why.TIMEOUT, "The timeout passed"),
        (Why.QUEUE_TIMEOUT, "The queue-timeout passed"),
        (Why.STALL_TIMEOUT, "The stall-timeout passed"),
        (Why.SIGINT, "SIGINT was received"),
        (Why.SIGTERM, "SIGTERM was received"),
    ],
)
def test_what_made_us_leave_is_called_by_its_name(why: Why, told: str) -> None:
    assert why.told == told
    assert why.is_signal == told.startswith("SIG")


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
    verdict = endings.ended(
        U1, state, attempts=attempts, validate_only=validate_only, may_go_on=False
    )
    assert verdict.result is result
    assert ("after 3 attempts" in verdict.reason) == (attempts == 3)


@pytest.mark.parametrize("state", UpdateState)
def test_an_api_that_stays_away_is_no_verdict_about_the_update(
    state: UpdateState,
) -> None:
    verdict = endings.away(U1, state, 900, "HTTP 503")
    assert verdict.result is Result.UNREACHABLE
    assert ("may still be running" in verdict.reason) == (not state.terminal)
    assert (f"was {state.value} at the last look" in verdict.reason) == state.terminal
