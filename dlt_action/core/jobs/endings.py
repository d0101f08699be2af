"""The words of every ending of a job run that was started."""

from __future__ import annotations

from dlt_action.core import silence
from dlt_action.core.endings import left_by, not_good_enough
from dlt_action.core.exchange import Rejected
from dlt_action.core.jobs.cancel import Leaving
from dlt_action.core.jobs.states import WITH_FAILURES, RunState
from dlt_action.core.model import Result, RunId
from dlt_action.core.refusals import Belief
from dlt_action.core.rows import without_rows
from dlt_action.core.steps import Why
from dlt_action.core.text import one_line
from dlt_action.core.verdicts import Verdict
from dlt_action.core.words import plural
from dlt_action.lean import dataclass, replace

MOST_NAMED = 5  # tasks in a sentence
ONE_AT_A_TIME = (
    "Only one update of a pipeline can be active. Wait for the other one to end or stop"
    " it, then run this step again; with `trigger: update` the input if-active does it"
    " for you."
)


def started(run: RunId) -> Verdict:
    """`wait: false`: started and left alone."""
    return Verdict(
        result=Result.STARTED,
        reason=f"Job run {run} was started. This step does not wait for its end.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """An end in words of its own."""

    result: Result
    how: str
    advice: str = ""


_ENDS = {
    "CANCELED": _End(result=Result.CANCELED, how="was canceled"),
    "TIMEDOUT": _End(
        result=Result.TIMED_OUT,
        how="was ended by a timeout that the job, or a task of it, sets",
        advice="Raise that one in the job's settings: it is not the input `timeout`.",
    ),
    "MAXIMUM_CONCURRENT_RUNS_REACHED": _End(
        result=Result.CONFLICT,
        how="was skipped, because another run of the job is active: nothing was"
        " refreshed",
        advice="Wait for the other run to end or cancel it, then run this step again;"
        " or allow for more in the job's settings: queueing, or its maximum of"
        " concurrent runs.",
    ),
    "SKIPPED": _End(
        result=Result.CONFLICT,
        how="was skipped by the Jobs service: nothing was refreshed",
        advice="Another run of the job may be active: wait for it to end, or turn"
        " queueing on in the job's settings.",
    ),
    "EXCLUDED": _End(
        result=Result.FAILED,
        how="was left out, because its conditions were not met: nothing was refreshed",
        advice="Look at the conditions in the job's settings.",
    ),
    "DISABLED": _End(
        result=Result.FAILED,
        how="was not carried out, because it is disabled in the job's settings: nothing"
        " was refreshed",
        advice="Enable the job, or its tasks, in the job's settings.",
    ),
    "UPSTREAM_FAILED": _End(
        result=Result.FAILED, how="did not begin, because something before it failed"
    ),
    "UPSTREAM_CANCELED": _End(
        result=Result.CANCELED,
        how="did not begin, because something before it was canceled",
    ),
}

_WAITS = {
    "QUEUED": "it waits for its turn",
    "WAITING_FOR_RETRY": "it is going to be tried again",
}


def explained(state: RunState) -> str:
    """What a state means that is not plain by itself; empty for all others."""
    if not state.ended:
        return _WAITS.get(state.phase, "")
    if not state.never_ran:
        return ""
    # Which is said of tasks of all kinds, most of which refresh nothing anyway.
    return f"it {_ENDS[state.result].how.removesuffix(': nothing was refreshed')}"


_CODES = {
    "WORKSPACE_RUN_LIMIT_EXCEEDED": "The workspace runs as many jobs as it may: run"
    " this step again later.",
    "UNAUTHORIZED_ERROR": "Whoever the job runs as lacks a permission: see what the API"
    " says.",
    "RESOURCE_NOT_FOUND": "Something that the job needs is not there any more: see what"
    " the API says.",
    "CLOUD_FAILURE": "The cloud provider had a problem: running this step again may be"
    " all that is needed.",
    "INTERNAL_ERROR": "The Jobs service had a problem of its own: running this step"
    " again may be all that is needed.",
}


def ended(run: RunId, state: RunState, failed: str = "") -> Verdict:
    """The job run ended; *failed* names tasks that did, in our words."""
    return _ended(f"Job run {run}", state, failed)


def task_ended(who: str, state: RunState) -> Verdict:
    """A task ended: *who* is what it is called in our words."""
    verdict = _ended(who, state, "")
    return replace(verdict, result=Result.SKIPPED) if state.never_ran else verdict


def _ended(who: str, state: RunState, failed: str) -> Verdict:
    if state.good:
        partly = state.result == WITH_FAILURES
        how = "succeeded, though not all of its tasks did" if partly else "succeeded"
        return Verdict(result=Result.SUCCEEDED, reason=f"{who} {how}.")
    said = one_line(without_rows(state.message), limit=700)
    if state.result in _ENDS:
        end = _ENDS[state.result]
        return Verdict(
            result=end.result,
            reason=f"{who} {end.how}.",
            advice=end.advice,
            server_said=said,
        )
    # The life cycle of a run with a failed task ends as INTERNAL_ERROR too.
    code = state.code if state.code or state.told else state.phase
    what = "failed" if state.told == "FAILED" else "did not succeed"
    if code == "INTERNAL_ERROR":
        what = "ended with an internal error of the Jobs service"
    names = f": {failed}" if failed else ""
    return Verdict(
        result=Result.FAILED,
        reason=f"{who} {what}{names}.",
        advice=_CODES.get(code, ""),
        server_said=said,
    )


def in_the_way(run: RunId) -> Verdict:
    """Its tasks could start no update, because others are active."""
    return Verdict(
        result=Result.CONFLICT,
        reason=f"Job run {run} updated nothing, because another update is active on"
        " its pipeline: no update was started.",
        advice=ONE_AT_A_TIME,
    )


def not_updated(run: RunId, state: RunState, keys: list[str]) -> Verdict:
    """It counts as a success, though Pipeline tasks of these *keys* did not succeed."""
    return Verdict(
        result=Result.FAILED,
        reason=f"Job run {run} counts as {state.result}, but"
        f" {named(keys, 'did not succeed', 'Pipeline task')}.",
        advice="Mend what made it fail, then run this step again, or repair the job run"
        " on its page. Databricks counts it as a success, because the tasks that came"
        " last succeeded; this step does not.",
        server_said=one_line(without_rows(state.message), limit=700),
    )


def in_part(verdict: Verdict, keys: list[str]) -> Verdict:
    """It succeeded, without Pipeline tasks of these *keys*."""
    left_out = named(keys, "was left out", "Pipeline task")
    if len(keys) > 1:
        left_out = named(keys, "were left out", "Pipeline task")
    return replace(verdict, reason=f"{verdict.reason[:-1]}; {left_out}.")


def nothing_ran(run: RunId) -> str:
    """A warning: it succeeded, and did not do what it is for."""
    return (
        f"Job run {run} succeeded, but no Pipeline task of it ran: no pipeline was"
        " updated, and nothing was refreshed."
    )


def named(keys: list[str], what: str, one: str = "task") -> str:
    """So many tasks, by their keys, which were checked: `2 tasks failed (a, b)`."""
    shown = [key for key in keys[:MOST_NAMED] if key]
    more = len(keys) - len(shown)
    if more and shown:
        shown.append(f"{more} more")
    names = f" ({', '.join(shown)})" if shown else ""
    return f"{plural(len(keys), one)} {what}{names}"


def completed_after_all(why: Why) -> str:
    """A warning: it was to be left, and has succeeded."""
    return f"{why.told} before the end, but the job run has succeeded."


def left(run: RunId, why: Why, leaving: Leaving, state: RunState | None) -> Verdict:
    """We had to go: what became of the run is told as far as it is known."""
    result, fast = left_by(why), why is Why.FAIL_FAST
    told, canceler = leaving.told(why), leaving.canceler
    more = ""
    if why.is_clock:
        more = f"Look at its page for what its tasks were at, or raise `{why.value}`."
    if state is not None and state.ended:
        canceled = state.result == "CANCELED"
        how = "was canceled" if canceled else "had ended at the last look"
        reason = f"{told}. Job run {run} {how}."
        return Verdict(result=result, reason=reason, advice=more, failed_fast=fast)
    last = "" if state is None or not state.known else f", and it was {state.phase}"
    stop = "Look at the run's page and cancel it there if it should not run."
    return Verdict(
        result=result,
        reason=f"{told}. Job run {run} may still be running:"
        f" {canceler.result.value}{last} at the last look.",
        advice="\n".join(filter(None, (stop, more))),
        server_said=canceler.refusal,
        failed_fast=fast,
    )


def partly(run: RunId, failed: str) -> str:
    """A warning: it succeeded, and *failed* names tasks that did not."""
    which = f": {failed}" if failed else ", though not all of its tasks did"
    return f"Job run {run} counts as succeeded{which}."


def unseen(many: int) -> str:
    """A warning: of so *many* updates it is not known what they brought."""
    return (
        f"Quality gate: {plural(many, 'update')} of this job run did not complete, or"
        " what they brought is not known, so no number of it counts."
    )


def gate_failed(run: RunId, *, broken: int, rules: int) -> Verdict:
    """It succeeded, and what it brought is not good enough."""
    return not_good_enough(f"Job run {run} succeeded", broken=broken, rules=rules)


def not_followed(
    run: RunId, belief: Belief, rejected: Rejected, seconds: float
) -> Verdict:
    """The API refuses to tell about the run."""
    if belief is Belief.GONE:
        return Verdict(
            result=Result.GONE,
            reason=f"Job run {run} disappeared (HTTP {rejected.status}) while it was"
            " followed.",
            advice="Somebody may have deleted it. Look at the pipelines themselves.",
            server_said=rejected.reason,
        )
    if belief is Belief.REFUSING:
        return silence.refusing(_followed(run), seconds, rejected)
    return silence.lost_access(_followed(run), rejected)


def away(run: RunId, state: RunState | None, seconds: float, reason: str) -> Verdict:
    """The API stayed away past the grace."""
    last = ""
    if state is not None and state.ended:
        last = "It had ended at the last look, which could not be confirmed."
    return silence.away(_followed(run), last, seconds, reason)


def _followed(run: RunId) -> silence.Followed:
    return silence.Followed("job run", run)
