from __future__ import annotations

import pytest

from dlt_action.core import endings
from dlt_action.core.exchange import Rejected, decide
from dlt_action.core.model import Result, UpdateId, UpdateState
from dlt_action.core.reply import SignInProblem, Unsigned
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
    left_by = Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT
    assert verdict.result is (Result.CANCELED if why is Why.FAIL_FAST else left_by)
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
        (Why.FAIL_FAST, "Another pipeline of this step did not succeed (fail-fast)"),
        (Why.SIGINT, "The step was canceled (SIGINT)"),
        (Why.SIGTERM, "The step was canceled (SIGTERM)"),
        (Why.CALLER, "The program that called it is leaving"),
    ],
)
def test_what_made_us_leave_is_called_by_its_name(why: Why, told: str) -> None:
    assert why.told == told
    assert why.is_signal == ("canceled" in told or why is Why.CALLER)


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


def test_a_sign_in_that_is_not_renewed_says_nothing_about_the_update() -> None:
    problem = SignInProblem(
        what="Entra ID gave no token (HTTP 401).",
        advice="Make a new secret.",
        said="HTTP 401 invalid_client: no",
        paste="issuer (iss): x",
    )
    rejected = decide(Unsigned(problem))
    assert isinstance(rejected, Rejected)
    verdict = endings.lost_access(U1, rejected)
    assert verdict.result is Result.UNAUTHORIZED
    assert verdict.reason == (
        "The sign-in could not be renewed while following update u1. Entra ID gave no"
        " token (HTTP 401). It may still be running."
    )
    no_verdict, what_to_do = verdict.advice.splitlines()
    assert "no verdict about the update" in no_verdict
    assert what_to_do == "Make a new secret."
    assert verdict.paste == "issuer (iss): x"
    assert verdict.server_said == "HTTP 401 invalid_client: no"


@pytest.mark.parametrize("status", [401, 403])
def test_access_that_was_lost_says_nothing_about_the_update(status: int) -> None:
    rejected = Rejected(status=status, error_code=None, message="no")
    verdict = endings.lost_access(U1, rejected)
    assert verdict.result is Result.UNAUTHORIZED
    assert f"Lost access (HTTP {status}) while following update u1" in verdict.reason
    assert "may still be running" in verdict.reason
    assert verdict.server_said == f"HTTP {status}: no"


@pytest.mark.parametrize(
    ("broken", "rules", "told"),
    [
        (1, 1, "but the rule of the quality gate broke."),
        (6, 6, "but all 6 rules of the quality gate broke."),
        (1, 6, "but 1 of 6 rules of the quality gate broke."),
    ],
)
def test_a_failed_gate_says_how_many_rules_broke_and_what_to_do(
    broken: int, rules: int, told: str
) -> None:
    verdict = endings.gate_failed(U1, broken=broken, rules=rules)
    assert verdict.reason == f"Update u1 completed, {told}"
    assert verdict.advice.startswith("Correct the source or the rule and update again;")
