"""The words of a job run that was not started, or whose start was not answered."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from dlt_action.core.exchange import Outcome, Rejected
from dlt_action.core.model import JobId, Result
from dlt_action.core.plan import JobPlan, Plan
from dlt_action.core.steps import Why
from dlt_action.core.text import one_line
from dlt_action.core.verdicts import Verdict, not_started, refused
from dlt_action.lean import replace

_NO_API = (
    "This host does not know version 2.2 of the Jobs API: check host, and workspace-id"
    " where one host serves several workspaces."
)


def no_start(plan: Plan, job: JobPlan, outcome: Outcome, *, what: str) -> Verdict:
    """The start was not answered as needed, and nothing was started."""
    if not isinstance(outcome, Rejected):
        return not_started(outcome, what=what)
    verdict = refused(outcome, what=what, who=plan.principal)
    if outcome.sign_in is not None or outcome.status == HTTPStatus.UNAUTHORIZED:
        return verdict
    if outcome.status == HTTPStatus.FORBIDDEN:
        return replace(verdict, advice=_permission(plan, job))
    if outcome.error_code == "ENDPOINT_NOT_FOUND":
        return replace(verdict, advice=_NO_API)
    if is_missing(outcome):
        what = "The job" if job.job_id is not None else "What the run needs"
        advice = f"{what} is not there, or not there any more: compare the ids."
        return replace(verdict, advice=advice)
    return replace(verdict, advice=_what_was_asked(plan, job))


def may_run(who: str, job: JobId) -> str:
    """What it needs to run a *job*; *who* signs in, as far as it is known."""
    return f"Give {_principal(who)} the permission CAN MANAGE RUN on job {job}."


def _principal(who: str) -> str:
    name = one_line(who, limit=200)
    return f"the principal {name}" if name else "the principal that signs in"


def _permission(plan: Plan, job: JobPlan) -> str:
    if job.job_id is not None:
        return may_run(plan.principal, job.job_id)
    pipeline = plan.pipeline.pipeline_id
    who = _principal(plan.principal)
    return (
        f"Give {who} the permission CAN RUN on pipeline {pipeline}; whoever may not"
        " create job runs can start it with `trigger: update`."
    )


def _what_was_asked(plan: Plan, job: JobPlan) -> str:
    request, asked = plan.request, []
    if request.parameters and job.job_id is not None:
        asked.append(
            "`parameters` have to be defined as job parameters in the job's settings."
        )
    if request.full_refresh or request.full_refresh_selection:
        asked.append("A full refresh has to be allowed by the tables of the pipeline.")
    asked.append("Compare the tables, flows and parameters that were asked for.")
    return " ".join(asked)


def names_of_one(selections: Iterable[str], job: JobId, pipelines: int) -> Verdict:
    """What was to be refreshed is named, and the job updates several *pipelines*."""
    asked = ", ".join(name.replace("_", "-") for name in selections)
    return Verdict(
        result=Result.MISCONFIGURED,
        reason=f"{asked}: its names are those of one pipeline, and job {job} updates"
        f" {pipelines}. Nothing was started.",
        advice="Leave it out, to run the job as it is; or update the pipeline alone,"
        " with pipeline-id in place of the job.",
    )


def is_missing(rejected: Rejected) -> bool:
    """Whether there is nothing of that id: a 400 says so too."""
    # The documentation has INVALID_PARAMETER_VALUE and only the words for it.
    return rejected.status == HTTPStatus.NOT_FOUND or (
        rejected.status == HTTPStatus.BAD_REQUEST
        and "does not exist" in rejected.message
    )


def unknown_start(plan: Plan, job: JobPlan, why: str) -> Verdict:
    """The start was not answered, however often it was sent."""
    return Verdict(
        result=Result.UNKNOWN_START,
        reason="The answer to the start was lost: a job run may be running. Asking"
        " again with the same token, which starts no second one, was not answered"
        " either.",
        advice=_look_first(plan, job),
        server_said=why,
    )


def start_cut_short(plan: Plan, job: JobPlan, why: Why) -> Verdict:
    """We had to go before it was known what came of a lost start."""
    result = Result.INTERRUPTED if why.is_signal else Result.UNKNOWN_START
    return Verdict(
        result=result,
        reason=f"{why.told} while the answer to the start was lost: a job run may be"
        " running, or may still begin, and nothing was canceled.",
        advice=f"Give it a minute to begin. {_look_first(plan, job)}",
        signal=why.signal,
    )


def _look_first(plan: Plan, job: JobPlan) -> str:
    if job.job_id is None:
        name = one_line(job.name, limit=200)
        return (
            f"Look for a run named {name} on the page Job runs, and cancel it there if"
            " it should not run; if there is none, run this step again."
        )
    return (
        "Look at the job's page. If a run that began at this time is there, wait for it"
        " or cancel it; if there is none, run this step again: "
        + plan.links.job(job.job_id)
    )
