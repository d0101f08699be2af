from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standin.desk import START, Answer, Desk

EITHER = "You can provide a page token or specify"


def ended() -> Desk:
    """A workspace in which `success` has run and everything is visible."""
    desk = Desk(["success"])
    desk.start("success")
    desk.now += 100
    return desk


def test_without_a_question_the_newest_events_come_first() -> None:
    desk = ended()
    page = desk.ask(desk.path("success", "/events"))
    times = [event["timestamp"] for event in page["events"]]
    assert len(times) == 25
    assert times == sorted(times, reverse=True)
    assert page["events"][0]["details"] == {"update_progress": {"state": "COMPLETED"}}


def test_pages_are_small_whatever_was_asked() -> None:
    desk = ended()
    sizes = [len(page["events"]) for page in desk.pages("success", max_results=1000)]
    assert sizes == [25, 25, 19]


def test_a_workspace_may_be_told_to_give_larger_pages() -> None:
    desk = Desk(["success"], page_size=1000)
    desk.start("success")
    desk.now += 100
    assert len(list(desk.pages("success", max_results=1000))) == 1
    assert len(next(desk.pages("success"))["events"]) == 25  # the API's default


@pytest.mark.parametrize("order", ["timestamp asc", "TIMESTAMP DESC"])
def test_pages_follow_each_other_without_gap_or_repetition(order: str) -> None:
    desk = ended()
    found = desk.events("success", order_by=order)
    ids = [event["id"] for event in found]
    assert len(set(ids)) == len(ids) == 69
    keys = [event["sequence"]["control_plane_seq_no"] for event in found]
    assert keys == sorted(keys, reverse=order.endswith("DESC"))


MIDDLE = "2026-09-21T14:13:59.010Z"  # the QUEUED flows: eight in this millisecond

FILTERS: list[tuple[str, Callable[[Answer], bool]]] = [
    ("level = 'WARN'", lambda e: e["level"] == "WARN"),
    ("level in ('WARN','METRICS')", lambda e: e["level"] in ("WARN", "METRICS")),
    ("LEVEL IN ( 'INFO' )", lambda e: e["level"] == "INFO"),
    (f"timestamp > '{MIDDLE}'", lambda e: e["timestamp"] > MIDDLE),
    (f"timestamp >= '{MIDDLE}'", lambda e: e["timestamp"] >= MIDDLE),
    (f"timestamp<'{MIDDLE}'", lambda e: e["timestamp"] < MIDDLE),
    (f"timestamp <= '{MIDDLE}'", lambda e: e["timestamp"] <= MIDDLE),
    (f"timestamp = '{MIDDLE}'", lambda e: e["timestamp"] == MIDDLE),
    (
        f"level='INFO' and timestamp >= '{MIDDLE}' AND timestamp <= '{MIDDLE}'",
        lambda e: e["timestamp"] == MIDDLE,
    ),
]


@pytest.mark.parametrize(("text", "holds"), FILTERS)
def test_a_filter_selects_what_it_says(
    text: str, holds: Callable[[Answer], bool]
) -> None:
    desk = ended()
    wanted = [e["id"] for e in desk.events("success") if holds(e)]
    assert [e["id"] for e in desk.events("success", filter=text)] == wanted
    assert wanted


def test_a_filter_may_name_the_update_or_the_event() -> None:
    desk = ended()
    second = desk.start("success")
    desk.now += 100
    found = desk.events("success", filter=f"update_id = '{second}'")
    assert {e["origin"]["update_id"] for e in found} == {second}
    assert len(found) == 68
    one = found[7]["id"]
    both = desk.events("success", filter=f"id IN ('{one}', '{found[9]['id']}')")
    assert [e["id"] for e in both] == [one, found[9]["id"]]


REFUSALS = [
    ({"filter": "event_type = 'x'"}, "Operation '=' not allowed on 'event_type'"),
    (
        {"filter": "event_type in ('x', 'y')"},
        "Operation 'IN' not allowed on 'event_type'",
    ),
    (
        {"filter": "level = 'INFO' AND event_type='x'"},
        "Operation '=' not allowed on 'event_type'",
    ),
    ({"filter": "level > 'INFO'"}, "Operation '>' not allowed on 'level'"),
    ({"filter": "level = 'INFO' OR level = 'WARN'"}, None),
    ({"filter": "level = INFO"}, None),
    ({"filter": "level"}, None),
    ({"filter": "timestamp > 'yesterday'"}, "Invalid timestamp: yesterday"),
    ({"order_by": "level asc"}, None),
    ({"order_by": "timestamp"}, None),
    ({"max_results": 1001}, None),
    ({"max_results": 0}, None),
    ({"page_token": "x"}, "Invalid page token: x"),
    ({"page_token": "e30="}, "Invalid page token: e30="),
]


@pytest.mark.parametrize(("query", "says"), REFUSALS)
def test_what_the_api_refuses_is_refused(
    query: dict[str, object], says: str | None
) -> None:
    desk = ended()
    status, code, message = desk.refused(desk.path("success", "/events"), **query)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert says is None or message == says


@pytest.mark.parametrize(
    ("beside", "says"),
    [
        ({"filter": "level = 'INFO'"}, f"{EITHER} a filter, but not both."),
        ({"order_by": "timestamp asc"}, f"{EITHER} an ordering, but not both."),
    ],
)
def test_a_page_token_travels_alone(beside: dict[str, str], says: str) -> None:
    desk = ended()
    path = desk.path("success", "/events")
    token = desk.ask(path, **beside)["next_page_token"]
    found = desk.refused(path, page_token=token, **beside)
    assert found == (400, "INVALID_PARAMETER_VALUE", says)
    assert len(desk.ask(path, page_token=token, max_results=3)["events"]) == 3


def test_a_thousand_events_may_be_asked_for() -> None:
    desk = ended()
    assert desk.ask(desk.path("success", "/events"), max_results=1000)["events"]


def test_a_page_may_be_empty() -> None:
    desk = ended()
    assert desk.ask(desk.path("success", "/events"), filter="level = 'ERROR'") == {}


def test_events_show_up_to_a_second_and_a_half_late_and_out_of_order() -> None:
    desk = Desk(["success"])
    desk.start("success")
    lags = []
    order = []
    seen: set[str] = set()
    for _ in range(900):
        desk.now += 0.1
        for event in desk.events("success", filter="timestamp >= '2026-09-21'"):
            if event["id"] not in seen:
                seen.add(event["id"])
                order.append(event["timestamp"])
                moment = event["sequence"]["control_plane_seq_no"] / 1e6
                lags.append(desk.now - moment)
    assert order != sorted(order)
    assert max(lags) > 1.0
    assert min(lags) >= 0.0
    assert max(lags) <= 1.6 + 1e-3


def test_events_share_milliseconds() -> None:
    times = Counter(e["timestamp"] for e in ended().events("success"))
    assert max(times.values()) == 16
    assert sum(n > 1 for n in times.values()) > 3


def test_events_that_appear_between_two_pages_repeat_none() -> None:
    desk = Desk(["success"])
    desk.start("success")
    desk.now += 39.5
    path = desk.path("success", "/events")
    first = desk.ask(path, order_by="timestamp asc", max_results=15)
    desk.now += 10
    rest = desk.ask(path, page_token=first["next_page_token"])
    ids = [e["id"] for e in first["events"] + rest["events"]]
    assert len(ids) == len(set(ids))


@given(
    steps=st.lists(st.floats(0.01, 30.0), min_size=1, max_size=12),
    limit=st.integers(1, 1000),
)
def test_how_often_one_looks_changes_nothing(steps: list[float], limit: int) -> None:
    often, once = Desk(["retry-succeeds"]), Desk(["retry-succeeds"])
    for desk in (often, once):
        desk.start("retry-succeeds")
    for step in steps:
        often.now += step
        often.events("retry-succeeds", max_results=limit)
    once.now = often.now
    assert often.events("retry-succeeds") == once.events("retry-succeeds")
    assert often.pipeline("retry-succeeds") == once.pipeline("retry-succeeds")


def test_an_event_has_the_documented_fields() -> None:
    event = ended().events("success", filter=f"timestamp = '{MIDDLE}'")[0]
    assert set(event) == {
        "id",
        "sequence",
        "origin",
        "timestamp",
        "message",
        "level",
        "maturity_level",
        "event_type",
        "details",
    }
    assert event["message"] == "Flow 'main.sales.raw_orders' is QUEUED."
    assert event["origin"]["flow_name"] == "main.sales.raw_orders"
    assert event["details"] == {"flow_progress": {"status": "QUEUED"}}


def test_the_clock_of_a_workspace_is_the_callers() -> None:
    desk = ended()
    assert desk.now == START + 100
    assert len(desk.events("success")) == 69
