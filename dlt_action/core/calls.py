"""
The calls that we make, one builder each.

Paths and fields are those of the Pipelines REST API 2.0
(docs.databricks.com/api/workspace/pipelines). Every id has passed
`core.model.is_id` before it gets here, so nothing in a path needs quoting.
"""

from __future__ import annotations

from enum import StrEnum

from dlt_action.core.model import (
    Json,
    JsonObject,
    PipelineId,
    UpdateId,
    UpdateRequest,
)
from dlt_action.lean import dataclass

PIPELINES = "/api/2.0/pipelines"

# A read timeout bounds a single receive only; this bounds a whole exchange.
CALL_SECONDS = 30.0


class Method(StrEnum):
    """HTTP methods in use."""

    GET = "GET"
    POST = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, before anybody's credentials are on it."""

    what: str  # for people: "start the update"
    method: Method
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: JsonObject | None = None
    # A kept-alive connection that the server closed in the meantime makes a
    # request ambiguous for nothing: what must not be sent twice goes on a new one.
    fresh: bool = False


def list_pipelines(name: str, page_token: str | None = None) -> Call:
    """
    Pipelines whose name contains *name*.

    LIKE is a pattern, and `%` and `_` in the name are wildcards in it: the answer
    is a superset of what is wanted, to be compared again.
    """
    quoted = name.replace("'", "''")
    query: tuple[tuple[str, str], ...] = (
        ("filter", f"name LIKE '%{quoted}%'"),
        ("max_results", "100"),
    )
    if page_token is not None:
        query = (("max_results", "100"), ("page_token", page_token))
    return Call(
        what="look up the pipeline by name",
        method=Method.GET,
        path=PIPELINES,
        query=query,
    )


def get_pipeline(pipeline: PipelineId) -> Call:
    """The pipeline: name, state, continuous, latest updates."""
    return Call(
        what="read the pipeline", method=Method.GET, path=f"{PIPELINES}/{pipeline}"
    )


def list_updates(pipeline: PipelineId, page_token: str | None = None) -> Call:
    """The pipeline's updates, newest first."""
    query: tuple[tuple[str, str], ...] = (("max_results", "25"),)
    if page_token is not None:
        query += (("page_token", page_token),)
    return Call(
        what="list the updates",
        method=Method.GET,
        path=f"{PIPELINES}/{pipeline}/updates",
        query=query,
    )


def start_update(pipeline: PipelineId, request: UpdateRequest) -> Call:
    """Start an update. There is no idempotency token: never send it twice."""
    return Call(
        what="start the update",
        method=Method.POST,
        path=f"{PIPELINES}/{pipeline}/updates",
        body=start_body(request),
        fresh=True,
    )


def start_body(request: UpdateRequest) -> JsonObject:
    """StartUpdate's fields for *request*; what was not asked for is left out."""
    body: JsonObject = dict(request.extra)
    for name, flag in (
        ("full_refresh", request.full_refresh),
        ("validate_only", request.validate_only),
    ):
        if flag:
            body[name] = True
    body.update(selection_of(request))
    if request.development is not None:
        body["development"] = request.development
    if request.parameters:
        body["parameters"] = dict[str, Json](request.parameters)
    return body


def selection_of(request: UpdateRequest) -> JsonObject:
    """The fields of *request* that name tables or flows."""
    lists = (
        ("refresh_selection", request.refresh_selection),
        ("full_refresh_selection", request.full_refresh_selection),
        ("reset_checkpoint_selection", request.reset_checkpoint_selection),
    )
    return {name: list[Json](names) for name, names in lists if names}


def who_am_i() -> Call:
    """Who signs in. docs.databricks.com/api/workspace/currentuser/me."""
    return Call(
        what="ask who signs in", method=Method.GET, path="/api/2.0/preview/scim/v2/Me"
    )


def get_update(pipeline: PipelineId, update: UpdateId) -> Call:
    """One update: the only authority on its state."""
    return Call(
        what="read the update",
        method=Method.GET,
        path=f"{PIPELINES}/{pipeline}/updates/{update}",
    )


def stop_pipeline(pipeline: PipelineId) -> Call:
    """Stop whatever update is active: prove first that it is ours."""
    return Call(
        what="stop the update",
        method=Method.POST,
        path=f"{PIPELINES}/{pipeline}/stop",
    )


def list_events(
    pipeline: PipelineId,
    *,
    where: str | None = None,
    page_token: str | None = None,
    page_size: int = 1000,
    newest_first: bool = False,
) -> Call:
    """
    A page of the event log, oldest first unless *newest_first*.

    The API takes a page token *or* a filter and an order, not both: with
    *page_token* the rest is left out.
    """
    size = ("max_results", str(page_size))
    query: tuple[tuple[str, str], ...]
    if page_token is not None:
        query = (size, ("page_token", page_token))
    else:
        order = "timestamp desc" if newest_first else "timestamp asc"
        query = (size, ("order_by", order))
        if where is not None:
            query += (("filter", where),)
    return Call(
        what="read the event log",
        method=Method.GET,
        path=f"{PIPELINES}/{pipeline}/events",
        query=query,
    )
