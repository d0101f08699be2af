"""The exact requests that we send, field by field."""

from __future__ import annotations

import json
import re
import sys
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from dlt_action import __version__
from dlt_action.core import calls
from dlt_action.core.calls import Call
from dlt_action.core.model import UpdateRequest
from dlt_action.core.reply import Answer, Reply
from tests.edge.senders import CANARY, PIPELINE, READ, START, UPDATE, sender
from tests.edge.wires import Wire, keep_answering

HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
PIPELINES = f"{HOST}/api/2.0/pipelines"
ONE = f"{PIPELINES}/{PIPELINE}"


def sent(
    call: Call, *, workspace_id: str | None = None
) -> tuple[requests.PreparedRequest, Reply]:
    """What goes out for *call*, and what comes back of an answer."""
    # `responses` stands in for the adapter, the last place that is still ours.
    with responses.RequestsMock() as mock:
        mock.add(
            call.method.value,
            HOST + call.path,
            body=b'{"a": 1}',
            headers={"X-Databricks-Org-Id": "42"},
            content_type="application/json",
        )
        reply = sender(HOST, workspace_id=workspace_id)(call, 5.0)
        assert len(mock.calls) == 1
        return mock.calls[0].request, reply


CALLS: dict[str, tuple[Call, str, str, list[tuple[str, str]], object]] = {
    "get pipeline": (calls.get_pipeline(PIPELINE), "GET", ONE, [], None),
    "find by name": (
        calls.list_pipelines("it's 100% a_b"),
        "GET",
        PIPELINES,
        [("filter", "name LIKE '%it''s 100% a_b%'"), ("max_results", "100")],
        None,
    ),
    "find by name, a later page": (
        calls.list_pipelines("orders", "a/b+c=="),
        "GET",
        PIPELINES,
        [("max_results", "100"), ("page_token", "a/b+c==")],
        None,
    ),
    "list updates": (
        calls.list_updates(PIPELINE),
        "GET",
        f"{ONE}/updates",
        [("max_results", "25")],
        None,
    ),
    "list updates, a later page": (
        calls.list_updates(PIPELINE, "2&x=y"),
        "GET",
        f"{ONE}/updates",
        [("max_results", "25"), ("page_token", "2&x=y")],
        None,
    ),
    "start": (
        calls.start_update(PIPELINE, UpdateRequest()),
        "POST",
        f"{ONE}/updates",
        [],
        {},
    ),
    "get update": (
        calls.get_update(PIPELINE, UPDATE),
        "GET",
        f"{ONE}/updates/{UPDATE}",
        [],
        None,
    ),
    "stop": (calls.stop_pipeline(PIPELINE), "POST", f"{ONE}/stop", [], None),
    "who am I": (
        calls.who_am_i(),
        "GET",
        f"{HOST}/api/2.0/preview/scim/v2/Me",
        [],
        None,
    ),
    "events": (
        calls.list_events(PIPELINE),
        "GET",
        f"{ONE}/events",
        [("max_results", "1000"), ("order_by", "timestamp asc")],
        None,
    ),
    "events of a time": (
        calls.list_events(PIPELINE, where="timestamp >= '2026-01-01'", page_size=250),
        "GET",
        f"{ONE}/events",
        [
            ("max_results", "250"),
            ("order_by", "timestamp asc"),
            ("filter", "timestamp >= '2026-01-01'"),
        ],
        None,
    ),
    "events, a later page": (
        calls.list_events(PIPELINE, where="level='INFO'", page_token="token"),
        "GET",
        f"{ONE}/events",
        [("max_results", "1000"), ("page_token", "token")],
        None,
    ),
}


def test_every_call_that_there_is_stands_in_the_table() -> None:
    builders = [
        name
        for name, value in vars(calls).items()
        if getattr(value, "__annotations__", {}).get("return") == "Call"
    ]
    assert len({call.what for call, *_ in CALLS.values()}) == len(builders)


@pytest.mark.parametrize("name", CALLS)
def test_method_address_query_and_body_are_those_of_the_api(name: str) -> None:
    call, method, url, query, body = CALLS[name]
    request, _ = sent(call)
    assert request.url is not None
    parts = urlsplit(request.url)
    assert request.method == method
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == url
    assert parse_qsl(parts.query) == query
    assert parts.fragment == ""
    assert (None if request.body is None else json.loads(request.body)) == body


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("workspace_id", [None, "1234567890123456"])
def test_the_headers_are_these_and_no_others(
    name: str, workspace_id: str | None
) -> None:
    call, method, _, _, body = CALLS[name]
    request, _ = sent(call, workspace_id=workspace_id)
    expected = {
        "Accept": "application/json",
        "Authorization": f"Bearer {CANARY}",
        "Connection": "keep-alive",
    }
    if workspace_id is not None:
        expected["X-Databricks-Workspace-Id"] = workspace_id
    if body is not None:
        expected["Content-Type"] = "application/json"
    if method == "POST":
        expected["Content-Length"] = "2" if body == {} else "0"
    headers = {str(name): str(value) for name, value in request.headers.items()}
    # What requests and Python can decode depends on what is installed.
    assert headers.pop("Accept-Encoding").startswith("gzip, deflate")
    python = f"python/{sys.version_info.major}.{sys.version_info.minor}"
    agent = f"dlt-action/{__version__} {python} os/{sys.platform} auth/pat"
    assert headers.pop("User-Agent") == agent
    assert headers == expected


def test_the_user_agent_has_the_form_that_databricks_documents() -> None:
    request, _ = sent(READ)
    form = r"[\w.+-]+/\d+\.\d+\.\d+( [\w.+-]+/[\w.+-]+)+"
    assert re.fullmatch(form, str(request.headers["User-Agent"]))


def test_an_answer_comes_back_as_it_is() -> None:
    _, reply = sent(READ)
    assert isinstance(reply, Answer)
    assert (reply.status, reply.body) == (200, b'{"a": 1}')
    assert reply.headers["x-databricks-org-id"] == "42"
    assert reply.headers["content-type"] == "application/json"


ABSENT: Any = object()
FIELDS: dict[str, tuple[tuple[Any, Any], ...]] = {
    "full_refresh": ((False, ABSENT), (True, True)),
    "validate_only": ((False, ABSENT), (True, True)),
    "development": ((None, ABSENT), (False, False), (True, True)),
    "refresh_selection": (((), ABSENT), (("a", "b.c"), ["a", "b.c"])),
    "full_refresh_selection": (((), ABSENT), (("d",), ["d"])),
    "reset_checkpoint_selection": (((), ABSENT), (("x.y.z",), ["x.y.z"])),
    "parameters": (({}, ABSENT), ({"day": "1", "": "é"}, {"day": "1", "": "é"})),
    "extra": (({}, ABSENT), ({"rewind_spec": {"dry_run": True}}, None)),
}

SELECTIONS = list(product(*list(FIELDS.values())[3:6]))


@pytest.mark.parametrize("selections", SELECTIONS)
def test_the_body_of_a_start_holds_what_was_asked_and_nothing_else(
    selections: tuple[tuple[Any, Any], ...],
) -> None:
    rest = (FIELDS[name] for name in FIELDS if not name.endswith("selection"))
    for others in product(*rest):
        chosen = dict(zip(FIELDS, (*others[:3], *selections, *others[3:]), strict=True))
        asked = UpdateRequest(**{name: value for name, (value, _) in chosen.items()})
        expected = {
            name: wire
            for name, (_, wire) in chosen.items()
            if wire is not ABSENT and name != "extra"
        }
        request, _ = sent(calls.start_update(PIPELINE, asked))
        assert request.body is not None
        assert json.loads(request.body) == {**asked.extra, **expected}


def test_nothing_else_goes_over_the_wire() -> None:
    with Wire(keep_answering) as wire:
        sender(wire.url)(START, 1.0)
        (raw,) = wire.requests
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert first == f"POST /api/2.0/pipelines/{PIPELINE}/updates HTTP/1.1"
    assert sorted(header.split(":")[0] for header in headers) == [
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Host",
        "User-Agent",
    ]
    assert body == b"{}"
