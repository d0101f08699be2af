from __future__ import annotations

import pytest

from dlt_action.core import calls
from dlt_action.core.calls import Call, Method
from dlt_action.core.model import JsonObject, PipelineId, UpdateId, UpdateRequest
from dlt_action.core.plan import Links

P1, U1 = PipelineId("p1"), UpdateId("u1")
ALL = [
    calls.list_pipelines("orders"),
    calls.get_pipeline(P1),
    calls.list_updates(P1),
    calls.start_update(P1, UpdateRequest()),
    calls.get_update(P1, U1),
    calls.stop_pipeline(P1),
    calls.list_events(P1),
]


def lines(call: Call) -> str:
    return f"{call.method.value} {call.path}"


def test_the_calls_are_those_of_the_pipelines_api() -> None:
    assert [lines(call) for call in ALL] == [
        "GET /api/2.0/pipelines",
        "GET /api/2.0/pipelines/p1",
        "GET /api/2.0/pipelines/p1/updates",
        "POST /api/2.0/pipelines/p1/updates",
        "GET /api/2.0/pipelines/p1/updates/u1",
        "POST /api/2.0/pipelines/p1/stop",
        "GET /api/2.0/pipelines/p1/events",
    ]


def test_each_call_says_in_words_what_it_does() -> None:
    assert len({call.what for call in ALL}) == len(ALL)


@pytest.mark.parametrize("call", ALL, ids=lines)
def test_only_a_start_has_a_body_and_a_connection_of_its_own(call: Call) -> None:
    starts = call.method is Method.POST and call.path.endswith("/updates")
    assert (call.body is not None) == starts
    assert call.fresh == starts


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("orders", "name LIKE '%orders%'"),
        ("it's", "name LIKE '%it''s%'"),
        ("100%_x", "name LIKE '%100%_x%'"),
    ],
)
def test_a_name_is_quoted_for_the_filter(name: str, where: str) -> None:
    query = dict(calls.list_pipelines(name).query)
    assert query == {"filter": where, "max_results": "100"}


def test_a_page_token_never_travels_with_a_filter_or_an_order() -> None:
    size = {"page_token": "t"}
    paged = [
        calls.list_pipelines("x", "t"),
        calls.list_updates(P1, "t"),
        calls.list_events(P1, where="w", page_token="t", page_size=250),
    ]
    assert [dict(call.query) for call in paged] == [
        {**size, "max_results": "100"},
        {**size, "max_results": "25"},
        {**size, "max_results": "250"},
    ]


def test_the_log_is_asked_for_oldest_first() -> None:
    assert dict(calls.list_events(P1, where="w").query) == {
        "max_results": "1000",
        "order_by": "timestamp asc",
        "filter": "w",
    }


NAMES = ("main.a.b", "main.a.c")
LISTED = ["main.a.b", "main.a.c"]


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (UpdateRequest(), {}),
        (UpdateRequest(full_refresh=True), {"full_refresh": True}),
        (UpdateRequest(validate_only=True), {"validate_only": True}),
        (UpdateRequest(refresh_selection=NAMES), {"refresh_selection": LISTED}),
        (
            UpdateRequest(full_refresh_selection=NAMES),
            {"full_refresh_selection": LISTED},
        ),
        (
            UpdateRequest(reset_checkpoint_selection=NAMES),
            {"reset_checkpoint_selection": LISTED},
        ),
        (UpdateRequest(development=False), {"development": False}),
        (UpdateRequest(development=True), {"development": True}),
        (UpdateRequest(parameters={"a": "b"}), {"parameters": {"a": "b"}}),
        (UpdateRequest(extra={"new": [1]}), {"new": [1]}),
    ],
)
def test_a_start_holds_what_was_asked_for_and_nothing_else(
    request_: UpdateRequest, body: JsonObject
) -> None:
    assert calls.start_update(P1, request_).body == body


@pytest.mark.parametrize(
    ("links", "pipeline", "update"),
    [
        (
            Links("https://h"),
            "https://h/pipelines/p1",
            "https://h/pipelines/p1/updates/u1",
        ),
        (
            Links("https://h", "123"),
            "https://h/pipelines/p1?w=123",
            "https://h/pipelines/p1/updates/u1?w=123",
        ),
    ],
)
def test_links_find_the_page_also_where_a_host_serves_several_workspaces(
    links: Links, pipeline: str, update: str
) -> None:
    assert links.pipeline(P1) == pipeline
    assert links.update(P1, U1) == update
