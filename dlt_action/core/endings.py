"""The words of every ending of an update that was started."""

from __future__ import annotations

from dlt_action.core import silence
from dlt_action.core.exchange import Rejected
from dlt_action.core.hanging import Rang
from dlt_action.core.model import Attribution, Result, UpdateId, UpdateState
from dlt_action.core.steps import Why
from dlt_action.core.stopping import Stop
from dlt_action.core.verdicts import Verdict
from dlt_action.core.words import duration, plural


def started(update: UpdateId, attribution: Attribution) -> Verdict:
    """`wait: false`: started and left alone."""
    sure = attribution is Attribution.CONFIRMED
    what = "was started" if sure else "is inferred to be the one that was started"
    return Verdict(
        result=Result.STARTED,
        reason=f"Update {update} {what}. This step does not wait for its end.",
    )


def running(update: UpdateId, settle_time: float) -> Verdict:
    """`wait-for: running` was reached."""
    return Verdict(
        result=Result.RUNNING,
        reason=f"Update {update} is running and stayed healthy for"
        f" {duration(settle_time)}.",
    )


def ended(
    update: UpdateId,
    state: UpdateState,
    *,
    attempts: int,
    validate_only: bool,
    may_go_on: bool,
) -> Verdict:
    """The update ended by itself, successors followed."""
    tries = f" after {attempts} attempts" if attempts > 1 else ""
    if state is UpdateState.COMPLETED and validate_only:
        return Verdict(
            result=Result.VALIDATED,
            reason=f"The dry run {update} passed{tries}. Nothing was refreshed.",
        )
    if state is UpdateState.COMPLETED:
        return Verdict(
            result=Result.SUCCEEDED, reason=f"Update {update} completed{tries}."
        )
    more = (
        " The platform may start it again, which is not followed"
        " (follow-restarts: false)."
        if may_go_on
        else ""
    )
    failed = state is UpdateState.FAILED
    end = "failed" if failed else "was canceled"
    return Verdict(
        result=Result.FAILED if failed else Result.CANCELED,
        reason=f"Update {update} {end}{tries}.{more}",
    )


GATE_ADVICE = (
    "Correct the source or the rule and update again; what this update wrote is in"
    " the tables, the gate does not undo it (`full-refresh-selection` where bad rows"
    " have to go)."
)


def gate_failed(update: UpdateId, *, broken: int, rules: int) -> Verdict:
    """It completed, and what it brought is not good enough."""
    return not_good_enough(f"Update {update} completed", broken=broken, rules=rules)


def not_good_enough(ended: str, *, broken: int, rules: int) -> Verdict:
    """So many *rules* are *broken* by what *ended* well, as a clause says."""
    what = f"{broken} of {plural(rules, 'rule')}"
    if broken == rules:
        what = "the rule" if rules == 1 else f"all {plural(rules, 'rule')}"
    return Verdict(
        result=Result.GATE_FAILED,
        reason=f"{ended}, but {what} of the quality gate broke.",
        advice=GATE_ADVICE,
    )


def left(
    update: UpdateId, why: Why | Rang, stop: Stop, state: UpdateState, *, final: bool
) -> Verdict:
    """We had to go: what became of the update is told as far as it is known."""
    cause, more = (why, "") if isinstance(why, Why) else (why.why, why.advice)
    end, advice = _left(update, stop, state, final=final)
    return Verdict(
        result=left_by(cause),
        reason=f"{why.told}. {end}",
        advice="\n".join(filter(None, (advice, more))),
        failed_fast=cause is Why.FAIL_FAST,
    )


def _left(
    update: UpdateId, stop: Stop, state: UpdateState, *, final: bool
) -> tuple[str, str]:
    """What became of the update, and what to do about that."""
    if state is UpdateState.CANCELED and (final or stop is Stop.ACCEPTED):
        return f"Update {update} was stopped and is CANCELED.", ""
    if state is UpdateState.COMPLETED:
        end = (
            f"Update {update} was COMPLETED at the last look, which could not be"
            " confirmed in time."
        )
        return end, "Look at the update's page."
    if state.terminal and final:
        return f"Update {update} ended as {state.value}, and nothing follows.", ""
    if state.terminal:
        end = (
            f"Update {update} was {state.value} at the last look; the platform may"
            " start another."
        )
        return end, "Look at the pipeline's page and stop what should not run."
    if stop.may_have_worked:
        end = (
            f"Update {update} is left behind and may still be running: {stop.value},"
            f" and it was {shown(state)} at the last look."
        )
        return end, "It may end any moment. Look at the update's page."
    return (
        f"Update {update} may still be running: {stop.value}.",
        "Look at the update's page and stop it there if it should not run.",
    )


def left_by(why: Why) -> Result:
    """The result of having had to go."""
    if why is Why.FAIL_FAST:
        return Result.CANCELED
    return Result.INTERRUPTED if why.is_signal else Result.TIMED_OUT


def shown(state: UpdateState) -> str:
    """*state* for a sentence on the last look."""
    known = state is not UpdateState.UNRECOGNISED
    return state.value if known else "in a state that we do not know"


def lost_access(update: UpdateId, rejected: Rejected) -> Verdict:
    """401 or 403 in the middle of the run, or a sign-in that was not renewed."""
    return silence.lost_access(_followed(update), rejected)


def gone(update: UpdateId, rejected: Rejected) -> Verdict:
    """404 in the middle of the run."""
    return Verdict(
        result=Result.GONE,
        reason=f"The pipeline or its update {update} disappeared (HTTP"
        f" {rejected.status}) while it was followed.",
        advice="Somebody may have deleted the pipeline while it ran.",
        server_said=rejected.reason,
    )


def refusing(update: UpdateId, seconds: float, rejected: Rejected) -> Verdict:
    """The API answers, and refuses to tell about the update."""
    return silence.refusing(_followed(update), seconds, rejected)


def away(update: UpdateId, state: UpdateState, seconds: float, reason: str) -> Verdict:
    """The API stayed away past the grace."""
    last = ""
    if state.terminal:
        last = f"It was {state.value} at the last look, which could not be confirmed."
    return silence.away(_followed(update), last, seconds, reason)


def _followed(update: UpdateId) -> silence.Followed:
    return silence.Followed("update", update)
