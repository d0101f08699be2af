"""The routes of updates: start, get, list."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.standin import paging
from dlt_action.standin.play import Run
from dlt_action.standin.script import Asked
from dlt_action.standin.wire import (
    Json,
    JsonObject,
    Refusal,
    invalid,
    millis,
    page_limit,
    read_object,
    truth,
)
from dlt_action.standin.world import Call

MOST_LISTED = 100
DEFAULT_LISTED = 25


def list_updates(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}/updates: newest first."""
    pipeline = call.pipeline()
    limit = page_limit(call.request, most=MOST_LISTED, default=DEFAULT_LISTED)
    items = [(r.scene.update_id, _info(r)) for r in call.world.listed(pipeline)]
    until = call.request.param("until_update_id")
    ids = [update_id for update_id, _ in items]
    if until in ids:
        items = items[: ids.index(until) + 1]
    return paging.page(call, "updates", paging.rest(call, items), limit)


def get_update(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}/updates/{update_id}."""
    pipeline = call.pipeline()
    wanted = call.ids["update_id"]
    for run in pipeline.runs:
        if run.scene.update_id == wanted:
            mode = "CONTINUOUS" if pipeline.spec["continuous"] else "DEFAULT"
            info = {**_info(run), "config": run.scene.spec, "mode": mode}
            return {"update": info}
    says = f"The specified update {wanted} was not found."
    raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", says)


def _info(run: Run) -> JsonObject:
    asked = run.scene.asked
    return {
        "pipeline_id": run.scene.pipeline_id,
        "update_id": run.scene.update_id,
        "state": run.state,
        "cause": run.scene.cause,
        "creation_time": millis(run.created),
        "cluster_id": f"1122-131900-{run.scene.update_id[:8]}",
        "full_refresh": asked.full_refresh,
        "full_refresh_selection": list(asked.full_refresh_selection),
        "refresh_selection": list(asked.refresh_selection),
        "validate_only": asked.validate_only,
        "parameters": dict(asked.parameters),
    }


def start_update(call: Call) -> Json:
    """POST /api/2.0/pipelines/{pipeline_id}/updates."""
    pipeline = call.pipeline("Run")
    asked = _asked(read_object(call.request.body))
    return {"update_id": call.world.start(pipeline, asked)}


_CAUSES = (
    "API_CALL",
    "INFRASTRUCTURE_MAINTENANCE",
    "JOB_TASK",
    "RETRY_ON_FAILURE",
    "SCHEMA_CHANGE",
    "SERVICE_UPGRADE",
    "USER_ACTION",
)


def _is_strings(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_texts(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


_FIELDS: dict[str, Callable[[Json], bool]] = {
    "full_refresh": lambda value: truth(value) is not None,
    "validate_only": lambda value: truth(value) is not None,
    "development": lambda value: truth(value) is not None,
    "refresh_selection": _is_strings,
    "full_refresh_selection": _is_strings,
    "reset_checkpoint_selection": _is_strings,
    "cause": lambda value: value in _CAUSES,
    "parameters": _is_texts,
    "replace_where_overrides": lambda value: isinstance(value, list),
    "rewind_spec": lambda value: isinstance(value, dict),
}


def _asked(body: JsonObject) -> Asked:
    for name, value in body.items():
        if name not in _FIELDS:
            raise invalid(f"Could not parse request object: unknown field '{name}'.")
        if not _FIELDS[name](value):
            raise invalid(f"Could not parse request object: bad value of '{name}'.")
    return Asked(
        full_refresh=truth(body.get("full_refresh")) is True,
        validate_only=truth(body.get("validate_only")) is True,
        development=truth(body.get("development")) is True,
        refresh_selection=_strings(body.get("refresh_selection")),
        full_refresh_selection=_strings(body.get("full_refresh_selection")),
        reset_checkpoint_selection=_strings(body.get("reset_checkpoint_selection")),
        parameters=_texts(body.get("parameters")),
        cause=str(body.get("cause", "API_CALL")),
    )


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _texts(value: Json) -> dict[str, str]:
    found = value if isinstance(value, dict) else {}
    return {name: str(text) for name, text in found.items()}
