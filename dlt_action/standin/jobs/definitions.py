"""The routes of jobs themselves: create, get, list, reset, update, delete."""

from __future__ import annotations

from dlt_action.standin.jobs import pages, spec, view
from dlt_action.standin.jobs.reading import names, number, obj
from dlt_action.standin.jobs.runs import Job
from dlt_action.standin.wire import Json, JsonObject, read_object
from dlt_action.standin.world import Call

MOST_LISTED, DEFAULT_LISTED = 100, 20


def create_job(call: Call) -> Json:
    """POST /jobs/create."""
    settings = _settings(call, read_object(call.request.body))
    world = call.world
    return {"job_id": world.jobs.create(settings, world.clock()).job_id}


def _settings(call: Call, body: JsonObject) -> spec.Settings:
    # Since version 2.2, the runs of a job are queued unless told otherwise.
    return spec.job(body, queued=call.ids["version"] == "2.2")


def get_job(call: Call) -> Json:
    """GET /jobs/get."""
    found = call.world.job(pages.needed(call.request, "job_id"), "View", call.caller)
    shown, following = pages.elements(call, tasks=view.definitions(found))
    tasks = shown.get("tasks", ())
    written = view.job(found, tasks if isinstance(tasks, list) else [])
    return {**written, **following}


def list_jobs(call: Call) -> Json:
    """GET /jobs/list: newest first; a name is compared without case."""
    size = pages.limit(call.request, most=MOST_LISTED, default=DEFAULT_LISTED)
    wanted = call.request.param("name")
    expand = pages.truth(call.request, "expand_tasks")
    call.world.settle()
    jobs = [
        found
        for found in call.world.jobs.jobs.values()
        if not found.deleted
        and "View" not in found.forbidden
        and (wanted is None or found.settings.name.lower() == wanted.lower())
    ]
    items = [
        (str(found.job_id), _listed(found, expand=expand)) for found in reversed(jobs)
    ]
    return pages.listed(call, "jobs", items, size)


def _listed(found: Job, *, expand: bool) -> JsonObject:
    tasks = view.definitions(found)
    shown = tasks[: pages.MOST_ELEMENTS] if expand else None
    return {**view.job(found, shown), "has_more": expand and shown != tasks}


def reset_job(call: Call) -> Json:
    """POST /jobs/reset: other settings instead of all that there were."""
    body = read_object(call.request.body)
    found = _changeable(call, body)
    found.settings = _settings(call, obj(body, "new_settings"))
    return {}


def update_job(call: Call) -> Json:
    """POST /jobs/update: some fields anew, and some of them gone."""
    body = read_object(call.request.body)
    found = _changeable(call, body)
    gone = names(body, "fields_to_remove")
    kept = {k: v for k, v in found.settings.raw.items() if k not in gone}
    found.settings = _settings(call, {**kept, **obj(body, "new_settings")})
    return {}


def delete_job(call: Call) -> Json:
    """POST /jobs/delete."""
    _changeable(call, read_object(call.request.body)).deleted = True
    return {}


def _changeable(call: Call, body: JsonObject) -> Job:
    return call.world.job(number(body, "job_id"), "Manage", call.caller)
