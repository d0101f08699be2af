"""The routes of pipelines themselves: get, list, stop, delete."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from dlt_action.standin import paging
from dlt_action.standin.identity import USER
from dlt_action.standin.play import Pipeline, Run
from dlt_action.standin.wire import (
    Json,
    JsonObject,
    invalid,
    iso,
    millis,
    page_limit,
)
from dlt_action.standin.world import Call

MOST_LISTED = 100
DEFAULT_LISTED = 25
LATEST_UPDATES = 5


def get_pipeline(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}."""
    pipeline = call.pipeline()
    return {
        **_summary(call, pipeline),
        "cause": "",
        "run_as": {"user_name": USER},
        "last_modified": millis(pipeline.created),
        "effective_publishing_mode": "DEFAULT_PUBLISHING_MODE",
        "spec": pipeline.spec,
    }


def _summary(call: Call, pipeline: Pipeline) -> JsonObject:
    newest = call.world.listed(pipeline)[:LATEST_UPDATES]
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
        return lambda pipeline: path == pipeline.notebook
    raise invalid(f"Invalid filter (composite filters are not supported): {text}")


def _like(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(c, re.escape(c)) for c in pattern), re.DOTALL)


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
    found = paging.rest(call, [(p.pipeline_id, _summary(call, p)) for p in listed])
    return paging.page(call, "statuses", found, limit)


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
