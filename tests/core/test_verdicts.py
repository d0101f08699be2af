from __future__ import annotations

import pytest

from dlt_action.core import verdicts
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    decide,
)
from dlt_action.core.model import Result
from dlt_action.core.reply import Fault, FaultKind, SignInProblem, Unsigned
from dlt_action.core.steps import Why
from dlt_action.core.verdicts import Verdict
from tests.oracles.hostile import EVERYTHING


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (NotExecuted(reason="could not connect"), "could not connect"),
        (Ambiguous(reason="HTTP 503"), "HTTP 503"),
        (Executed(body={}), "the answer is not that of a Databricks workspace"),
    ],
)
def test_what_was_not_answered_before_the_start_is_unreachable(
    outcome: Outcome, said: str
) -> None:
    verdict = verdicts.not_started(outcome, what="read the pipeline")
    assert verdict.result is Result.UNREACHABLE
    assert verdict.server_said == said
    assert verdict.reason.startswith("Could not read the pipeline")


def test_a_timeout_before_the_start_says_why_nobody_answered_else_what_to_raise() -> (
    None
):
    verdict = verdicts.interrupted_before_start(Why.TIMEOUT, "connection refused")
    assert verdict.server_said == "connection refused"
    assert verdict.advice.startswith("See why the API gave no answer, or")
    assert verdicts.interrupted_before_start(Why.TIMEOUT).advice == "Raise `timeout`."


def test_a_continuous_pipeline_is_refused_with_both_ways_out() -> None:
    verdict = verdicts.continuous()
    assert verdict.result is Result.MISCONFIGURED
    assert "`wait-for: running`" in verdict.advice
    assert "`wait: false`" in verdict.advice


def test_a_continuous_pipeline_is_no_task_of_a_job() -> None:
    for several, begins in ((False, "Leave `trigger` out"), (True, "Give it a step")):
        verdict = verdicts.no_job_task(several=several)
        assert verdict.result is Result.MISCONFIGURED
        assert verdict.advice.startswith(begins)
        assert "`wait: false`" not in verdict.advice


def test_a_continuous_pipeline_among_others_is_sent_to_a_step_of_its_own() -> None:
    verdict = verdicts.continuous(several=True)
    assert verdict.advice.startswith("Give it a step of its own with `wait-for: runn")


def test_a_bug_tells_its_kind_and_none_of_its_text() -> None:
    verdict = verdicts.crashed(ValueError("dapi-s3cret"))
    assert verdict.result is Result.INTERNAL_ERROR
    assert "ValueError" in verdict.reason
    assert "s3cret" not in f"{verdict}"


def test_a_rate_limit_before_the_start_is_called_what_it_is() -> None:
    outcome = NotExecuted(reason="HTTP 429: too many requests", throttled=True)
    verdict = verdicts.not_started(outcome, what="read the pipeline")
    assert verdict.result is Result.UNREACHABLE
    assert "asked to slow down" in verdict.reason


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (404, "ENDPOINT_NOT_FOUND", "does not know the Pipelines API"),
        (404, "RESOURCE_DOES_NOT_EXIST", "check its id"),
        (400, "INVALID_PARAMETER_VALUE", "Compare the tables"),
    ],
)
def test_the_advice_is_for_the_refusal_that_came(
    status: int, code: str, advice: str
) -> None:
    rejected = Rejected(status=status, error_code=code, message="no")
    verdict = verdicts.not_started(rejected, what="read the pipeline")
    assert verdict.result is Result.MISCONFIGURED
    assert advice in verdict.advice


@pytest.mark.parametrize(
    "outcome",
    [
        NotExecuted(reason="HTTP 302", hopeless=True, redirected=True),
        Ambiguous(reason="HTTP 200 with text/html", status=200),
    ],
)
def test_something_that_answers_and_is_not_the_api_is_told_as_that(
    outcome: Outcome,
) -> None:
    verdict = verdicts.not_started(outcome, what="read the pipeline")
    assert verdict.result is Result.UNREACHABLE
    assert "it is not the API" in verdict.reason


@pytest.mark.parametrize(
    ("why", "result", "reason"),
    [
        (
            Why.TIMEOUT,
            Result.TIMED_OUT,
            "The timeout passed before the update could be started.",
        ),
        (Why.SIGINT, Result.INTERRUPTED, "The step was canceled (SIGINT)."),
        (Why.SIGTERM, Result.INTERRUPTED, "The step was canceled (SIGTERM)."),
        (
            Why.CALLER,
            Result.INTERRUPTED,
            "The program that called it is leaving.",
        ),
    ],
)
def test_whoever_leaves_before_the_start_says_that_nothing_was_started(
    why: Why, result: Result, reason: str
) -> None:
    verdict = verdicts.interrupted_before_start(why)
    assert verdict.result is result
    assert verdict.reason == f"{reason} Nothing was started."
    assert verdict.signal == why.signal


PROBLEM = SignInProblem(
    what="Entra ID gave no token (HTTP 401).",
    advice="Make a new secret.\nMore: docs",
    said="HTTP 401 invalid_client: no",
    paste="issuer (iss): x",
)


def test_a_refused_sign_in_is_told_with_its_own_words_and_advice() -> None:
    outcome = decide(Unsigned(PROBLEM))
    assert verdicts.not_started(outcome, what="read the pipeline", who="x") == Verdict(
        result=Result.UNAUTHORIZED,
        reason="Could not sign in. Entra ID gave no token (HTTP 401). Nothing was"
        " started.",
        advice="Make a new secret.\nMore: docs",
        server_said="HTTP 401 invalid_client: no",
        paste="issuer (iss): x",
        signing_in=True,
    )


def test_a_token_that_cannot_be_had_is_an_outage_of_who_gives_it() -> None:
    outcome = decide(Fault(FaultKind.UNSIGNED, "could not get a token: HTTP 503"))
    verdict = verdicts.not_started(outcome, what="read the pipeline")
    assert verdict.result is Result.UNREACHABLE
    assert "no token could be had, and nobody refused one" in verdict.reason
    assert "could not get a token: HTTP 503" in verdict.server_said


def test_a_token_endpoint_that_is_not_trusted_is_out_of_reach() -> None:
    verdict = verdicts.not_started(
        decide(Fault(FaultKind.UNTRUSTED, "could not get a token: self-signed")),
        what="read the pipeline",
    )
    assert verdict.result is Result.UNREACHABLE
    assert "ca-bundle" in verdict.advice


def forbidden(who: str = "", pipeline: str = "") -> Verdict:
    rejected = Rejected(status=403, error_code="PERMISSION_DENIED", message="no")
    return verdicts.not_started(
        rejected, what="read the pipeline", who=who, pipeline=pipeline
    )


@pytest.mark.parametrize(
    ("who", "whose"),
    [("app-id", "the principal app-id"), ("", "the principal that signs in")],
)
@pytest.mark.parametrize(
    ("pipeline", "which"), [("a12c-4f05", "pipeline a12c-4f05"), ("", "the pipeline")]
)
def test_a_403_names_who_needs_which_permission_on_what(
    who: str, whose: str, pipeline: str, which: str
) -> None:
    verdict = forbidden(who, pipeline)
    assert verdict.result is Result.UNAUTHORIZED
    assert f"Give {whose} the permission CAN RUN on {which}." in verdict.advice
    assert "A mistyped pipeline id looks just the same" in verdict.advice
    assert verdict.server_said == "HTTP 403 PERMISSION_DENIED: no"


@pytest.mark.parametrize("who", [*EVERYTHING, "a\nb" * 5_000])
def test_a_principal_stays_one_short_line_and_out_of_the_reason(who: str) -> None:
    verdict = forbidden(f"x{who}")
    assert len(verdict.advice.split("\n")) == len(verdict.advice.splitlines()) == 1
    assert len(verdict.advice) < 500
    assert verdict.reason == forbidden().reason


def test_a_401_of_the_workspace_is_about_the_token() -> None:
    rejected = Rejected(status=401, error_code=None, message="no")
    verdict = verdicts.not_started(rejected, what="read the pipeline", who="app-id")
    assert verdict.result is Result.UNAUTHORIZED
    assert "did not accept the token (HTTP 401)" in verdict.reason
    assert "expired or been revoked" in verdict.advice
