from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.calls import Call
from dlt_action.core.event import EPOCH, Event
from dlt_action.core.eventlog import MOST_PAGES, PAGE_SIZES, EventLog
from dlt_action.core.exchange import Ambiguous, NotExecuted, Rejected
from dlt_action.core.logtimes import AHEAD, LONG_OVERLAP, OVERLAP, Reach
from dlt_action.core.model import Level, PipelineId, UpdateId

OURS = UpdateId("4518bfc6-0000-4000-8000-000000000001")
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
REFUSED = Rejected(status=400, error_code="INVALID_PARAMETER_VALUE", message="token")


def log() -> EventLog:
    return EventLog(PipelineId("pipeline-1"), OURS)


def event(
    name: str, seconds: float = 0.0, *, sequence: int = 0, update: str | None = OURS
) -> Event:
    return Event(
        event_id=name,
        at=NOON + timedelta(seconds=seconds),
        event_type="flow_progress",
        level=Level.INFO,
        message=name,
        sequence=sequence,
        update_id=None if update is None else UpdateId(update),
    )


def many(seconds: float, number: int = AHEAD + 1) -> list[Event]:
    """So many events of one moment that the overlap is counted from there."""
    return [event(f"{seconds}/{n}", seconds) for n in range(number)]


def since(ours: EventLog) -> str:
    """From when on the next read asks."""
    _, _, stamp = asked(ours.read())["filter"].partition("timestamp >= ")
    return stamp.strip("'")


def names(events: Iterable[Event]) -> list[str]:
    return [one.event_id for one in events]


def asked(call: Call | None) -> dict[str, str]:
    assert call is not None
    return dict(call.query)


def test_the_first_read_asks_for_all_of_our_update_oldest_first() -> None:
    assert asked(log().read()) == {
        "max_results": "1000",
        "order_by": "timestamp asc",
        "filter": f"update_id = '{OURS}'",
    }


def test_each_later_read_begins_an_overlap_before_the_newest_events() -> None:
    ours = log()
    ours.took([*many(40.4567), event("a", 10)], None)
    assert asked(ours.read())["filter"] == (
        f"update_id = '{OURS}' AND timestamp >= '2026-09-01T12:00:10.456Z'"
    )


def test_a_short_log_is_read_again_from_its_beginning() -> None:
    ours = log()
    before = ours.read()
    ours.took(many(3600, AHEAD), None)
    assert ours.read() == before


def test_clocks_that_are_ahead_do_not_hide_what_comes_after() -> None:
    ours = log()
    ours.took([*many(60), *many(1e6, AHEAD)], None)
    assert since(ours) == "2026-09-01T12:00:30.000Z"
    assert names(ours.took([event("next", 61)], None)) == ["next"]


def test_the_read_after_nothing_begins_where_the_last_one_did() -> None:
    ours = log()
    ours.took(many(30), None)
    before = ours.read()
    ours.took([], None)
    assert ours.read() == before


def test_an_older_event_does_not_take_the_read_back() -> None:
    ours = log()
    ours.took(many(30), None)
    before = ours.read()
    assert names(ours.took([event("a", 20)], None)) == ["a"]
    assert ours.read() == before


def test_a_page_token_travels_alone() -> None:
    ours = log()
    ours.read()
    ours.took([event("a")], "page-2")
    assert asked(ours.more()) == {"max_results": "1000", "page_token": "page-2"}


def test_a_page_without_a_token_is_the_last() -> None:
    ours = log()
    ours.read()
    ours.took([event("a")], None)
    assert ours.more() is None


def test_an_empty_page_with_a_token_is_not_the_last() -> None:
    ours = log()
    ours.read()
    assert ours.took([], "page-2") == []
    assert asked(ours.more())["page_token"] == "page-2"


def test_the_same_token_again_ends_the_read() -> None:
    ours = log()
    ours.read()
    ours.took([event("a")], "t")
    assert names(ours.took([event("b")], "t")) == ["b"]
    assert ours.more() is None


def test_tokens_in_a_circle_end_the_read() -> None:
    ours = log()
    ours.read()
    for token in ("t", "u", "v"):
        ours.took([], token)
    ours.took([], "t")
    assert ours.more() is None


def test_a_token_of_an_earlier_read_is_followed_again() -> None:
    ours = log()
    for _ in range(2):
        ours.read()
        ours.took([], "t")
        assert asked(ours.more())["page_token"] == "t"


def test_a_read_whose_tokens_never_end_is_ended() -> None:
    ours = log()
    ours.read()
    pages = 1
    ours.took([], "0")
    while ours.more() is not None:
        ours.took([], str(pages))
        pages += 1
    assert pages == MOST_PAGES + 1


def test_an_event_that_was_read_before_is_not_new() -> None:
    ours = log()
    assert names(ours.took([event("a"), event("a")], None)) == ["a"]
    assert names(ours.took([event("a"), event("b")], None)) == ["b"]


def test_events_of_one_millisecond_are_all_new_and_in_their_sequence() -> None:
    tied = [event(name, sequence=9 - number) for number, name in enumerate("abcd")]
    ours = log()
    assert names(ours.took(tied[:2], "t")) == ["b", "a"]
    assert names(ours.took(tied, None)) == ["d", "c"]


def test_events_of_a_page_come_oldest_first() -> None:
    page = [event("c", 3), event("a", 1), event("b", 2)]
    assert names(log().took(page, None)) == ["a", "b", "c"]


def test_an_event_of_another_update_is_not_ours() -> None:
    page = [event("theirs", update="other"), event("ours"), event("whose", update=None)]
    assert set(names(log().took(page, None))) == {"ours", "whose"}


def test_another_updates_event_does_not_move_the_cursor() -> None:
    ours = log()
    before = ours.read()
    ours.took([event("theirs", 999, update="other")], None)
    assert ours.read() == before


def test_an_event_that_becomes_visible_late_is_read() -> None:
    ours = log()
    ours.took(many(100), None)
    late = event("late", 100 - OVERLAP.total_seconds())
    assert since(ours) == "2026-09-01T12:01:10.000Z"
    assert names(ours.took([late, *many(100)], None)) == ["late"]
    assert ours.took([late, *many(100)], None) == []


@pytest.mark.parametrize(
    "at",
    [
        EPOCH,
        EPOCH + timedelta(seconds=1),
        EPOCH - timedelta(days=1),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_a_time_before_all_times_asks_for_the_beginning(at: datetime) -> None:
    ours = log()
    lost = [replace(one, at=at) for one in many(0)]
    assert ours.took(lost, None) == lost
    assert since(ours) == "1970-01-01T00:00:00.000Z"
    assert names(ours.took([event("a")], None)) == ["a"]


def test_a_time_after_all_times_does_not_crash() -> None:
    ours = log()
    far = [replace(one, at=datetime.max.replace(tzinfo=UTC)) for one in many(0)]
    assert ours.took(far, None) == far
    assert since(ours).startswith("9999-12-31")


def test_memory_is_bounded_by_the_overlap_and_not_by_the_log() -> None:
    ours = log()
    for second in range(2_000):
        ours.took([event(f"{second}", second)], None)
    kept = ours._seen  # noqa: SLF001 - the promise is about what is kept
    remembered = sum(map(len, kept.values()))
    assert remembered <= LONG_OVERLAP.total_seconds() + AHEAD + 60
    assert len(kept) <= 7


def test_the_last_read_finds_what_was_minutes_late_and_nothing_twice() -> None:
    ours = log()
    before = [event(f"{second}", second) for second in range(400)]
    ours.took(before, None)
    ours.read(Reach.END, LONG_OVERLAP)
    assert ours.took([*before[100:], event("late", 120)], None) == [event("late", 120)]


def test_a_refused_token_is_dropped_and_the_read_begins_again() -> None:
    ours = log()
    ours.read()
    ours.took(many(40), "t")
    assert ours.refused(REFUSED)
    assert ours.more() is None
    assert asked(ours.read()) == {
        "max_results": "1000",
        "order_by": "timestamp asc",
        "filter": f"update_id = '{OURS}' AND timestamp >= '2026-09-01T12:00:10.000Z'",
    }


@pytest.mark.parametrize("answer", [REFUSED, Ambiguous(reason="big", oversized=True)])
def test_a_server_that_refuses_a_page_is_asked_for_smaller_ones(
    answer: Rejected | Ambiguous,
) -> None:
    ours = log()
    sizes, again = [], True
    while again:
        sizes.append(int(asked(ours.read())["max_results"]))
        again = ours.refused(answer)
    assert tuple(sizes) == PAGE_SIZES
    assert asked(ours.read())["max_results"] == str(PAGE_SIZES[-1])


def test_an_oversized_page_shrinks_the_next_ones_though_it_came_by_token() -> None:
    ours = log()
    ours.read()
    ours.took([event("a")], "t")
    assert ours.refused(Ambiguous(reason="big", oversized=True))
    assert asked(ours.read())["max_results"] == str(PAGE_SIZES[1])


@pytest.mark.parametrize(
    "answer",
    [
        Rejected(status=403, error_code=None, message="no"),
        Rejected(status=404, error_code=None, message="no"),
        Ambiguous(reason="HTTP 500", status=500),
        NotExecuted(reason="429", throttled=True),
    ],
)
def test_what_asking_differently_cannot_mend_is_not_asked_again(
    answer: Rejected | Ambiguous | NotExecuted,
) -> None:
    ours = log()
    before = ours.read()
    assert not ours.refused(answer)
    assert ours.read() == before


class Server:
    """A log that shows each of its events late, in pages, as the API does."""

    def __init__(self, events: list[tuple[Event, float]], page: int) -> None:
        self._events = sorted(events, key=lambda one: one[0].at)
        self._page = page
        self._now = NOON
        self._found: list[Event] = []

    def answer(self, call: Call, now: float) -> tuple[list[Event], str | None]:
        """The page that *call* asks for, as visible *now* (seconds after noon)."""
        query = dict(call.query)
        if "page_token" in query:
            begin = int(query["page_token"].split("/")[0])
        else:
            begin = 0
            self._found = self._matching(query["filter"], now)
        end = begin + self._page
        more = f"{end}/{now}" if end < len(self._found) else None
        return self._found[begin:end], more

    def _matching(self, where: str, now: float) -> list[Event]:
        _, _, stamp = where.partition("timestamp >= ")
        horizon = datetime.fromisoformat(stamp.strip("'")) if stamp else EPOCH
        return [
            event
            for event, visible in self._events
            if visible <= now and event.at >= horizon
        ]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 60, allow_nan=False).map(lambda at: round(at, 1)),
            st.floats(0, OVERLAP.total_seconds() - 1),
        ),
        max_size=60,
    ),
    st.lists(st.floats(0, 60), max_size=AHEAD),
    st.integers(1, 7),
    st.integers(1, 15),
)
def test_in_any_order_of_visibility_and_by_any_clock_each_event_comes_exactly_once(
    drawn: list[tuple[float, float]], ahead: list[float], page: int, pause: int
) -> None:
    events = [
        (event(str(number), at, sequence=number), at + delay)
        for number, (at, delay) in enumerate(drawn)
    ]
    events += [
        (event(f"ahead {number}", 1e6 + visible), visible)
        for number, visible in enumerate(ahead)
    ]
    server, ours, got = Server(events, page), log(), list[str]()
    for now in range(0, 100, pause):
        call: Call | None = ours.read()
        while call is not None:
            got += names(ours.took(*server.answer(call, now)))
            call = ours.more()
    assert sorted(got) == sorted(
        one.event_id for one, visible in events if visible <= now
    )


def test_a_look_ahead_takes_no_event_of_another_update() -> None:
    ours = log()
    strangers = event("s", 5, update="4518bfc6-0000-4000-8000-000000000002")
    assert ours.glimpsed([strangers, event("e", 5)]) == [event("e", 5)]
    assert ours.glimpsed([event("e", 5)]) == []
