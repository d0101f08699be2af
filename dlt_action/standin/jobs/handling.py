"""The routes of runs: start, read, cancel, repair and delete them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dlt_action.standin.jobs import fields, pages, rules, spec, view
from dlt_action.standin.jobs.reading import (
    flag,
    knows,
    name_map,
    names,
    number,
    obj,
)
from dlt_action.standin.jobs.runs import Attempt, JobRun, Order
from dlt_action.standin.wire import (
    Json,
    JsonObject,
    Refusal,
    invalid,
    millis,
    origin,
    read_object,
)
from dlt_action.standin.world import Call

MOST_LISTED, DEFAULT_LISTED = 25, 20
LIVES = frozenset({"QUEUED", "PENDING", "RUNNING", "TERMINATING"})
OF_MANY = (
    "Retrieving the output of runs with multiple tasks is not supported. Please "
    "retrieve the output of each individual task run instead."
)


def submit(call: Call) -> Json:
    """POST /jobs/runs/submit."""
    body = read_object(call.request.body)

    def launched() -> JobRun:
        settings, order = spec.one_time(body), Order(caller=call.caller)
        return call.world.jobs.launch(settings, None, order, call.world.clock())

    return {"run_id": _once(call, "submit", body, launched)}


def run_now(call: Call) -> Json:
    """POST /jobs/run-now."""
    body = read_object(call.request.body)
    knows(body, fields.RUN_NOW)
    job = call.world.job(number(body, "job_id"), "Manage Run", call.caller)

    def launched() -> JobRun:
        order = _order(call, body, job.settings)
        return call.world.jobs.launch(job.settings, job, order, call.world.clock())

    run_id = _once(call, "run-now", body, launched)
    return {"run_id": run_id, "number_in_job": run_id}


def _once(
    call: Call, route: str, body: JsonObject, launched: Callable[[], JobRun]
) -> int:
    """The run that the token of a request has got already, or a new one."""
    call.world.settle()
    jobs, token = call.world.jobs, spec.token(body)
    if token is None:
        return launched().run_id
    if (route, token) not in jobs.tokens:
        jobs.tokens[route, token] = launched().run_id
    run_id = jobs.tokens[route, token]
    if jobs.runs[run_id].deleted:
        raise invalid(f"The run of idempotency_token {token} was deleted.")
    return run_id


def _order(call: Call, body: JsonObject, settings: spec.Settings) -> Order:
    pipeline_params = spec.pipeline_params(body)
    given: dict[str, Json] = {k: body[k] for k in fields.OVERRIDING & body.keys()}
    if pipeline_params:
        given["pipeline_params"] = pipeline_params
    queue = obj(body, "queue")
    return Order(
        caller=call.caller,
        parameters=name_map(body, "job_parameters"),
        given=given,
        only=_only(settings, names(body, "only")),
        queued=flag(queue, "enabled") if "enabled" in queue else None,
    )


def _only(settings: spec.Settings, words: Iterable[str]) -> frozenset[str] | None:
    asked = tuple(words)
    try:
        return rules.chosen(settings.tasks, asked) if asked else None
    except KeyError as unknown:
        raise invalid(f"Task {unknown.args[0]} does not exist in the job.") from None


def get_run(call: Call) -> Json:
    """GET /jobs/runs/get: of a job run, or of a task run."""
    run, attempt = _asked_for(call)
    host = origin(call.request)
    if attempt is not None:
        return view.as_run(run, attempt, host)
    resolved = pages.truth(call.request, "include_resolved_values")
    with_history = pages.truth(call.request, "include_history")
    shown, following = pages.elements(
        call,
        tasks=[view.attempt(run, a, host, resolved=resolved) for a in run.attempts],
        job_parameters=view.parameters(run),
        repair_history=view.history(run) if with_history else [],
    )
    return {**view.run(run, host), **shown, **following}


def get_output(call: Call) -> Json:
    """GET /jobs/runs/get-output: of a task run."""
    run, attempt = _asked_for(call)
    if attempt is None and not run.settings.single:
        raise invalid(OF_MANY)
    found = run.attempts[-1] if attempt is None else attempt
    metadata = view.as_run(run, found, origin(call.request))
    return {"metadata": metadata, **(found.output if found.over else {})}


def _asked_for(call: Call) -> tuple[JobRun, Attempt | None]:
    call.world.settle()
    return _found(call, pages.needed(call.request, "run_id"), "View")


def _found(call: Call, run_id: int, permission: str) -> tuple[JobRun, Attempt | None]:
    """A run, and the attempt of a task if it is the id of one; a 400 for none."""
    jobs = call.world.jobs
    if run_id in jobs.tasks.attempts:
        run, attempt = jobs.tasks.attempts[run_id]
    elif run_id in jobs.runs:
        run, attempt = jobs.runs[run_id], None
    else:
        raise _no_run(run_id)
    if run.deleted:
        raise _no_run(run_id)
    job = jobs.jobs.get(run.job_id)
    if job is not None and permission in job.forbidden:
        raise call.world.not_permitted(job.job_id, permission, call.caller)
    return run, attempt


def _no_run(run_id: int) -> Refusal:
    return invalid(f"Run {run_id} does not exist.")


def list_runs(call: Call) -> Json:
    """GET /jobs/runs/list: newest first."""
    request = call.request
    size = pages.limit(
        request, most=MOST_LISTED, default=DEFAULT_LISTED, none=MOST_LISTED
    )
    active = pages.truth(request, "active_only")
    completed = pages.truth(request, "completed_only")
    if active and completed:
        raise invalid("active_only and completed_only cannot both be true.")
    kind = request.param("run_type")
    if kind not in (None, "JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"):
        raise invalid(f"Invalid run_type: {kind}")
    job_id = pages.whole(request, "job_id")
    latest = call.world.settle() - call.world.list_lag
    if job_id is not None:
        call.world.job(job_id, "View", call.caller)
    begin = pages.whole(request, "start_time_from")
    end = pages.whole(request, "start_time_to")
    runs = [
        run
        for run in call.world.jobs.runs.values()
        if not run.deleted
        and run.created <= latest
        and (job_id is None or run.job_id == job_id)
        and (not active or run.life in LIVES)
        and (not completed or run.over)
        and kind in (None, "SUBMIT_RUN" if run.one_time else "JOB_RUN")
        and (begin is None or millis(run.created) >= begin)
        and (end is None or millis(run.created) <= end)
    ]
    items = [(str(run.run_id), _listed(call, run)) for run in reversed(runs)]
    return pages.listed(call, "runs", items, size)


def _listed(call: Call, run: JobRun) -> JsonObject:
    host = origin(call.request)
    written: JsonObject = {
        **view.run(run, host),
        "job_parameters": view.parameters(run),
    }
    if not pages.truth(call.request, "expand_tasks"):
        return written
    tasks = [view.attempt(run, a, host, resolved=False) for a in run.attempts]
    shown = tasks[: pages.MOST_ELEMENTS]
    return {**written, "tasks": shown, "has_more": len(shown) < len(tasks)}


def cancel(call: Call) -> Json:
    """POST /jobs/runs/cancel: of a job run or a task run; it takes its time."""
    now = call.world.settle()
    run_id = number(read_object(call.request.body), "run_id")
    run, attempt = _found(call, run_id, "Manage Run")
    if attempt is None:
        call.world.jobs.cancel(run, now)
    else:
        call.world.jobs.cancel_task(run, attempt, now)
    return {}


def cancel_all(call: Call) -> Json:
    """POST /jobs/runs/cancel-all: of a job, or all that are queued."""
    now = call.world.settle()
    body = read_object(call.request.body)
    queued = flag(body, "all_queued_runs")
    job_id = number(body, "job_id") if "job_id" in body or not queued else None
    if job_id is not None:
        call.world.job(job_id, "Manage Run", call.caller)
    for run in list(call.world.jobs.runs.values()):
        if job_id in (None, run.job_id) and (not queued or run.life == "QUEUED"):
            call.world.jobs.cancel(run, now)
    return {}


def delete_run(call: Call) -> Json:
    """POST /jobs/runs/delete: of one that is not active."""
    call.world.settle()
    run_id = number(read_object(call.request.body), "run_id")
    run, _ = _found(call, run_id, "Manage")
    if not run.over:
        raise invalid(f"Run {run_id} is active and cannot be deleted.")
    run.deleted = True
    return {}


def repair(call: Call) -> Json:
    """POST /jobs/runs/repair: tasks of a run that has ended, again."""
    now = call.world.settle()
    body = read_object(call.request.body)
    knows(body, fields.REPAIR)
    run, attempt = _found(call, number(body, "run_id"), "Manage Run")
    if attempt is not None:
        raise _no_run(attempt.run_id)
    if not run.over:
        raise invalid(f"Run {run.run_id} is active and cannot be repaired.")
    latest = run.rounds[-1].repair_id if run.rounds else 0
    if latest and number(body, "latest_repair_id", 0) != latest:
        raise invalid(
            "The latest repair ID needs to be provided in order to create a new repair"
        )
    keys = _to_repair(body, run)
    order = _order(call, {k: v for k, v in body.items() if k != "only"}, run.settings)
    return {"repair_id": call.world.jobs.repair(run, keys, order, now)}


def _to_repair(body: JsonObject, run: JobRun) -> tuple[str, ...]:
    asked = names(body, "rerun_tasks")
    everything = flag(body, "rerun_all_failed_tasks")
    if len(set(asked)) < len(asked):
        raise invalid("rerun_tasks cannot contain duplicate task keys.")
    if bool(asked) == everything:
        raise invalid("Exactly one of rerun_tasks or rerun_all_failed_tasks is needed.")
    if everything:
        asked = rules.unsuccessful(run)
    try:
        again = set(asked)
        if flag(body, "rerun_dependent_tasks"):
            again |= rules.below(run.settings.tasks, asked)
        rules.chosen(run.settings.tasks, again)
    except KeyError as unknown:
        raise invalid(f"Task {unknown.args[0]} does not exist in the run.") from None
    if not again:
        raise invalid(f"Run {run.run_id} has no tasks to repair.")
    return tuple(task.key for task in run.settings.tasks if task.key in again)
