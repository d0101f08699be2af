"""
The words of a verdict, and those of every ending before an update was started.

`reason` is one sentence of our words and checked ids only, because it goes into job
outputs; what the server said travels beside it and is treated as remote text.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import assert_never

from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Outcome, Rejected
from dlt_action.core.model import Result
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.reply import SignInProblem
from dlt_action.core.steps import Why
from dlt_action.core.text import one_line
from dlt_action.lean import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run ended, in words."""

    result: Result
    reason: str
    advice: str = ""
    server_said: str = ""  # remote text
    paste: str = ""  # lines to compare and to copy, as they are; remote text
    signal: int | None = None
    signing_in: bool = False  # it is the sign-in that was refused
    failed_fast: bool = False  # another pipeline of the step did not succeed

    def outcome(self) -> RunOutcome:
        """The outcome that it is, before anything is known of a pipeline."""
        return RunOutcome(
            result=self.result,
            reason=self.reason,
            advice=self.advice,
            server_said=self.server_said,
            paste=self.paste,
            signal=self.signal,
            failed_fast=self.failed_fast,
        )

    def ends(self, outcome: RunOutcome) -> RunOutcome:
        """That *outcome*, ended so after all; what else is known of it stays."""
        return replace(
            outcome, result=self.result, reason=self.reason, advice=self.advice
        )


def refused(
    rejected: Rejected, *, what: str, who: str = "", pipeline: str = ""
) -> Verdict:
    """
    The API refused *what* before anything was started.

    *who* signs in, and which *pipeline* it is about, as far as that is known.
    """
    if rejected.sign_in is not None:
        return not_signed_in(rejected.sign_in)
    said = rejected.reason
    if rejected.status == HTTPStatus.UNAUTHORIZED:
        return Verdict(
            result=Result.UNAUTHORIZED,
            reason=f"The workspace did not accept the token (HTTP 401): could not"
            f" {what}. Nothing was started.",
            advice="Check that the token belongs to this workspace and has not"
            " expired or been revoked.",
            server_said=said,
        )
    if rejected.status == HTTPStatus.FORBIDDEN:
        return Verdict(
            result=Result.UNAUTHORIZED,
            reason=f"The workspace refused access (HTTP 403): could not {what}."
            " Nothing was started.",
            advice=_can_run(who, pipeline),
            server_said=said,
        )
    return Verdict(
        result=Result.MISCONFIGURED,
        reason=f"The workspace refused to {what} (HTTP {rejected.status})."
        " Nothing was started.",
        advice=_advice(rejected),
        server_said=said,
    )


def _can_run(who: str, pipeline: str) -> str:
    principal = f"the principal {one_line(who, limit=200)}" if who else "the principal"
    which = f"pipeline {pipeline}" if pipeline else "the pipeline"
    return (
        f"Give {principal}{'' if who else ' that signs in'} the permission CAN RUN on"
        f" {which}. A mistyped pipeline id looks just the same: compare it with the id"
        " on the pipeline's page."
    )


def not_signed_in(problem: SignInProblem) -> Verdict:
    """Nobody would sign us in."""
    return Verdict(
        result=Result.UNAUTHORIZED,
        reason=f"Could not sign in. {problem.what} Nothing was started.",
        advice=problem.advice,
        server_said=problem.said,
        paste=problem.paste,
        signing_in=True,
    )


def _advice(rejected: Rejected) -> str:
    if rejected.error_code == "ENDPOINT_NOT_FOUND":
        return (
            "This host does not know the Pipelines API: check host, and workspace-id"
            " where one host serves several workspaces."
        )
    if rejected.status == HTTPStatus.NOT_FOUND:
        return "The pipeline is not there, or not there any more: check its id."
    return "Compare the tables, flows and fields that were asked for with the pipeline."


def foreign(what: str, reason: str) -> Verdict:
    """Something answers, and it is not the API."""
    return Verdict(
        result=Result.UNREACHABLE,
        reason=f"Could not {what}: something answers at this host, but it is not the"
        " API of a Databricks workspace. Nothing was started.",
        advice="A login page, a private link or a proxy may answer instead of the"
        " workspace: check host, and workspace-id where one host serves several"
        " workspaces.",
        server_said=reason,
    )


def unreachable(what: str, reason: str) -> Verdict:
    """The API could not be reached before the start."""
    return Verdict(
        result=Result.UNREACHABLE,
        reason=f"Could not {what}: the API could not be reached. Nothing was started.",
        advice="Check the host, the network between the runner and the workspace"
        " (private link, IP access list, proxy) and, for an authority of your own,"
        " the input ca-bundle.",
        server_said=reason,
    )


def nobody_to_sign_in(reason: str) -> Verdict:
    """Nobody answered as who signs people in does."""
    return Verdict(
        result=Result.UNREACHABLE,
        reason="Could not sign in: no token could be had, and nobody refused one."
        " Nothing was started.",
        advice="Check host, and the network between the runner and who signs it in"
        " (proxy, firewall): a login page or a proxy may answer instead.",
        server_said=reason,
    )


def throttled(what: str, reason: str) -> Verdict:
    """The API asked for patience for longer than we have."""
    return Verdict(
        result=Result.UNREACHABLE,
        reason=f"Could not {what}: the API asked to slow down (HTTP 429) each time."
        " Nothing was started.",
        advice="Something else uses up the workspace's rate limit. Run this step"
        " again later.",
        server_said=reason,
    )


# An answer that says that all is well, and is not one of the API.
_ANSWERED = range(200, 300)


def not_started(
    outcome: Outcome, *, what: str, who: str = "", pipeline: str = ""
) -> Verdict:
    """
    The verdict of a call before the start that was not answered as needed.

    *who* and *pipeline*: see `refused`.
    """
    match outcome:
        case Rejected():
            return refused(outcome, what=what, who=who, pipeline=pipeline)
        case NotExecuted():
            return _not_executed(outcome, what)
        case Ambiguous(status=status, reason=reason) if status in _ANSWERED:
            return foreign(what, reason)
        case Ambiguous(reason=reason):
            return unreachable(what, reason)
        case Executed():
            return foreign(what, "the answer is not that of a Databricks workspace")
        case _:
            assert_never(outcome)


def _not_executed(outcome: NotExecuted, what: str) -> Verdict:
    if outcome.unsigned:
        return nobody_to_sign_in(outcome.reason)
    if outcome.throttled:
        return throttled(what, outcome.reason)
    if outcome.redirected:
        return foreign(what, outcome.reason)
    return unreachable(what, outcome.reason)


def why_unanswered(outcome: Outcome) -> str:
    """Why a call was not answered; nothing where it was."""
    return outcome.reason if isinstance(outcome, NotExecuted | Ambiguous) else ""


def interrupted_before_start(why: Why, cause: str = "") -> Verdict:
    """
    A signal, the timeout or fail-fast came before anything was started.

    *cause*: why the API had not answered by then, if so.
    """
    if why is Why.FAIL_FAST:
        return Verdict(
            result=Result.SKIPPED,
            reason=f"{why.told}. Nothing was started.",
            failed_fast=True,
        )
    if not why.is_signal:
        advice = f"Raise `{why.value}`."
        if cause:
            advice = f"See why the API gave no answer, or raise `{why.value}`."
        return Verdict(
            result=Result.TIMED_OUT,
            reason=f"{why.told} before the update could be started."
            " Nothing was started.",
            advice=advice,
            server_said=cause,
        )
    return Verdict(
        result=Result.INTERRUPTED,
        reason=f"{why.told}. Nothing was started.",
        signal=why.signal,
    )


def others_misfit(number: int, several: int) -> Verdict:
    """*number* of *several* pipelines cannot be updated, and so none is."""
    who = "Another pipeline" if number == 1 else f"{number} of {several} pipelines"
    return Verdict(
        result=Result.SKIPPED,
        reason=f"{who} of this step cannot be updated. Nothing was started.",
    )


def continuous(*, several: bool = False) -> Verdict:
    """The pipeline never completes, and completion is what was asked for."""
    advice = (
        "Set `wait-for: running` to start it and to succeed once it runs and stays"
        " healthy (with `if-active: replace` where it runs already), or `wait: false`"
        " to start it and leave."
    )
    if several:  # of which the others may well complete
        advice = (
            "Give it a step of its own with `wait-for: running`, which starts it and"
            " succeeds once it runs and stays healthy."
        )
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="The pipeline is continuous, so its updates never complete. Nothing"
        " was started.",
        advice=advice,
    )


def no_job_task(*, several: bool = False) -> Verdict:
    """The pipeline is continuous, and a job run is to update it."""
    own = "Give it a step of its own, leave" if several else "Leave"
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="The pipeline is continuous, and Databricks runs no such pipeline as a"
        " job task. Nothing was started.",
        advice=f"{own} `trigger` out, and set `wait-for: running`, which starts it and"
        " succeeds once it runs and stays healthy.",
    )


def crashed(error: Exception) -> Verdict:
    """Our bug. The exception's text may hold anything, so only its class is told."""
    return Verdict(
        result=Result.INTERNAL_ERROR,
        reason=f"A bug in this action ({type(error).__name__}). An update that was"
        " started may still be running.",
        advice="Please report it with the log of a run with debug logging (re-run"
        " the job with RUNNER_DEBUG=1).",
    )
