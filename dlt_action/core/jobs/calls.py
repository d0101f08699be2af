"""
The calls of the Jobs API that we make, one builder each.

Paths and fields are those of API 2.2 (docs.databricks.com/api/workspace/jobs: submit,
runnow, getrun, getrunoutput, cancelrun, get, list). An id has passed
`core.jobs.wire.is_number` before it gets here, or was read as a number of that size.
"""

from __future__ import annotations

from dlt_action.core.calls import Call, Method, selection_of
from dlt_action.core.model import JobId, Json, JsonObject, RunId, UpdateRequest
from dlt_action.core.plan import JobPlan

JOBS = "/api/2.2/jobs"
CANCEL = f"{JOBS}/runs/cancel"

# A page of jobs; more is refused.
PAGE = 100


def start_run(job: JobPlan, request: UpdateRequest) -> Call:
    """
    Start the run of *job*: of the existing one, or the one-time run.

    Sent again with the same token it starts nothing: it answers with the same run.
    """
    if job.job_id is None:
        return _submit_run(job, request)
    return _run_now(job, job.job_id, request)


def _submit_run(job: JobPlan, request: UpdateRequest) -> Call:
    tasks: list[Json] = [
        {
            "task_key": task.key,
            "pipeline_task": {
                "pipeline_id": task.pipeline.pipeline_id,
                **_selection(request),
                **_parameters("parameters", request),
            },
            # The platform starts a failed update again by itself, and each try is
            # followed: a second kind of tries around those would multiply them.
            "max_retries": 0,
        }
        for task in job.tasks
    ]
    return Call(
        what="submit the one-time run",
        method=Method.POST,
        path=f"{JOBS}/runs/submit",
        body={
            "run_name": job.name,
            "idempotency_token": job.token,
            # Where the workspace runs all that it may, the run waits (48 h at most, and
            # queue-timeout long) instead of being skipped. Off if it is not asked for:
            # docs.databricks.com/jobs/advanced.
            "queue": {"enabled": True},
            "tasks": tasks,
        },
        fresh=True,
    )


def _run_now(job: JobPlan, job_id: JobId, request: UpdateRequest) -> Call:
    selection = _selection(request)
    params: JsonObject = {"pipeline_params": selection} if selection else {}
    return Call(
        what="start the job",
        method=Method.POST,
        path=f"{JOBS}/run-now",
        # Whether it is queued is a setting of the job, and stays so.
        body={
            "job_id": int(job_id),
            "idempotency_token": job.token,
            **params,
            **_parameters("job_parameters", request),
        },
        fresh=True,
    )


def _selection(request: UpdateRequest) -> JsonObject:
    body: JsonObject = {"full_refresh": True} if request.full_refresh else {}
    return {**body, **selection_of(request)}


def _parameters(name: str, request: UpdateRequest) -> JsonObject:
    return {name: dict[str, Json](request.parameters)} if request.parameters else {}


def get_run(run: RunId, page_token: str | None = None) -> Call:
    """A job run with a page of its tasks: the only authority on its state."""
    return Call(
        what="read the job run",
        method=Method.GET,
        path=f"{JOBS}/runs/get",
        query=_paged((("run_id", run),), page_token),
    )


def get_output(task_run: RunId) -> Call:
    """What a task's run left behind: its error, above all."""
    return Call(
        what="read the output of a task",
        method=Method.GET,
        path=f"{JOBS}/runs/get-output",
        query=(("run_id", task_run),),
    )


def cancel_run(run: RunId) -> Call:
    """Cancel a job run by its id; it ends a little later."""
    return Call(
        what="cancel the job run",
        method=Method.POST,
        path=CANCEL,
        body={"run_id": int(run)},
    )


def get_job(job: JobId, page_token: str | None = None) -> Call:
    """A job with a page of its tasks."""
    return Call(
        what="read the job",
        method=Method.GET,
        path=f"{JOBS}/get",
        query=_paged((("job_id", job),), page_token),
    )


def list_jobs(name: str | None = None, page_token: str | None = None) -> Call:
    """Jobs of that *name*, in whatever case; or all of them."""
    query: tuple[tuple[str, str], ...] = (("limit", str(PAGE)),)
    if name is not None:
        query += (("name", name),)
    return Call(
        what="look up the job by name",
        method=Method.GET,
        path=f"{JOBS}/list",
        query=_paged(query, page_token),
    )


def _paged(
    query: tuple[tuple[str, str], ...], page_token: str | None
) -> tuple[tuple[str, str], ...]:
    return query if page_token is None else (*query, ("page_token", page_token))


def list_one_time_runs(page_token: str | None = None) -> Call:
    """One-time runs that are active, newest first; a page has 25 at most."""
    query: tuple[tuple[str, str], ...] = (
        ("run_type", "SUBMIT_RUN"),
        ("active_only", "true"),
        ("limit", "25"),
    )
    if page_token is not None:
        query = (*query, ("page_token", page_token))
    return Call(
        what="list the one-time runs",
        method=Method.GET,
        path=f"{JOBS}/runs/list",
        query=query,
    )
