"""The pipelines routes: get, list, start, stop, delete, and updates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from dlt_action.standin import paging
from dlt_action.standin.play import Pipeline, Run
from dlt_action.standin.script import Asked
from dlt_action.standin.wire import (
    Json,
    JsonObject,
    Refusal,
    invalid,
    iso,
    millis,
    page_limit,
    read_object,
)
from dlt_action.standin.world import USER, Call

MOST_LISTED = 100
DEFAULT_LISTED = 25
LATEST_UPDATES = 5


def get_pipeline(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}."""
    pipeline = call.pipeline()
    return {
        **_summary(pipeline),
        "cause": "",
        "run_as": {"user_name": USER},
        "last_modified": millis(pipeline.created),
        "effective_publishing_mode": "DEFAULT_PUBLISHING_MODE",
        "spec": pipeline.spec,
    }


def _summary(pipeline: Pipeline) -> JsonObject:
    newest = pipeline.runs[: -LATEST_UPDATES - 1 : -1]
    summary: JsonObject = {
        "pipeline_id": pipeline.pipeline_id,
        "name": pipeline.name,
        "state": pipeline.state,
        "creator_user_name": "anna@example.com",
        "run_as_user_name": USER,
        "latest_updates": [_brief(run) for run in newest],
    }
    if not newest:
        return summary
    return {**summary, "health": _health(newest[0])}


def _health(run: Run) -> str:
    return "UNHEALTHY" if run.state == "FAILED" else "HEALTHY"


def _brief(run: Run) -> JsonObject:
    # The one place where the API writes creation_time as text.
    created = iso(millis(run.created))
    return {
        "update_id": run.scene.update_id,
        "state": run.state,
        "creation_time": created,
    }


_LIKE = re.compile(r"\s*name\s+LIKE\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_NOTEBOOK = re.compile(r"\s*notebook\s*=\s*'((?:[^']|'')*)'\s*", re.IGNORECASE)

Wanted: TypeAlias = Callable[[Pipeline], bool]


def _wanted(text: str | None) -> Wanted:
    if text is None:
        return lambda _: True
    if (like := _LIKE.fullmatch(text)) is not None:
        pattern = _like(like[1].replace("''", "'"))
        return lambda pipeline: pattern.fullmatch(pipeline.name) is not None
    if (notebook := _NOTEBOOK.fullmatch(text)) is not None:
        path = notebook[1].replace("''", "'")
        return lambda pipeline: path in _notebooks(pipeline)
    raise invalid(f"Invalid filter (composite filters are not supported): {text}")


def _like(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(c, re.escape(c)) for c in pattern), re.DOTALL)


def _notebooks(pipeline: Pipeline) -> list[Json]:
    match pipeline.spec:
        case {"libraries": [{"notebook": {"path": path}}, *_]}:
            return [path]
        case _:
            return []


_ORDERS: dict[str, tuple[Callable[[Pipeline], str], bool]] = {
    "id asc": (lambda pipeline: pipeline.pipeline_id, False),
    "id desc": (lambda pipeline: pipeline.pipeline_id, True),
    "name asc": (lambda pipeline: pipeline.name, False),
    "name desc": (lambda pipeline: pipeline.name, True),
}


def list_pipelines(call: Call) -> Json:
    """GET /api/2.0/pipelines."""
    limit = page_limit(call.request, most=MOST_LISTED, default=DEFAULT_LISTED)
    asked = call.request.param("order_by")
    order = _ORDERS.get("id asc" if asked is None else asked.strip().lower())
    if order is None:
        raise invalid(f"Invalid order_by: {asked}")
    wanted = _wanted(call.request.param("filter"))
    listed = [p for p in call.world.present() if wanted(p)]
    listed.sort(key=order[0], reverse=order[1])
    found = _rest(call, [(p.pipeline_id, _summary(p)) for p in listed])
    return _page(call, "statuses", found, limit)


Items: TypeAlias = list[tuple[str, JsonObject]]


def _rest(call: Call, items: Items) -> Items:
    """What lies behind the page token; all of it without one."""
    page_token = call.request.param("page_token")
    if page_token is None:
        return items
    after = paging.position(page_token).get("after")
    ids = [item_id for item_id, _ in items]
    if after not in ids:
        raise invalid(f"Invalid page token: {page_token}")
    return items[ids.index(str(after)) + 1 :]


def _page(call: Call, name: str, items: Items, limit: int) -> Json:
    page = items[: min(limit, call.world.page_size)]
    if not page:
        return {}
    answer: JsonObject = {name: [item for _, item in page]}
    if len(page) == len(items):
        return answer
    return {**answer, "next_page_token": paging.token({"after": page[-1][0]})}


def list_updates(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}/updates: newest first."""
    pipeline = call.pipeline()
    limit = page_limit(call.request, most=MOST_LISTED, default=DEFAULT_LISTED)
    items = [(r.scene.update_id, _info(r)) for r in reversed(pipeline.runs)]
    until = call.request.param("until_update_id")
    ids = [update_id for update_id, _ in items]
    if until in ids:
        items = items[: ids.index(until) + 1]
    return _page(call, "updates", _rest(call, items), limit)


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
    busy = pipeline.busy
    if busy is not None:
        status, code = call.world.conflict
        active = f"An active update '{busy.scene.update_id}' already exists"
        raise Refusal(status, code, f"{active} for pipeline '{pipeline.pipeline_id}'")
    run = pipeline.start(asked, call.world.clock())
    pipeline.advance(call.world.clock())
    return {"update_id": run.scene.update_id}


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
    "full_refresh": lambda value: isinstance(value, bool),
    "validate_only": lambda value: isinstance(value, bool),
    "development": lambda value: isinstance(value, bool),
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
        full_refresh=body.get("full_refresh") is True,
        validate_only=body.get("validate_only") is True,
        development=body.get("development") is True,
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


def stop_pipeline(call: Call) -> Json:
    """POST /api/2.0/pipelines/{pipeline_id}/stop: whatever is active, or nothing."""
    pipeline = call.pipeline("Run")
    pipeline.stop(call.world.clock())
    pipeline.advance(call.world.clock())
    return {}


def delete_pipeline(call: Call) -> Json:
    """DELETE /api/2.0/pipelines/{pipeline_id}."""
    call.pipeline("Manage").deleted = True
    return {}
