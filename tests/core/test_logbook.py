"""Two cursors for one log: what people wait for, and what would keep it waiting."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import Outcome
from dlt_action.core.logbook import LATE, LONGEST_CALL, METRICS_EVERY, MOST_TRIES
from dlt_action.core.logreader import MOST_PAGES_AT_ONCE
from dlt_action.core.news import Noted
from dlt_action.core.steps import Wait, Why
from dlt_action.core.trip import Trip
from tests.core.answers import AWAY, BROKEN, LOST, refused, throttled
from tests.core.logscene import METRICS, PAGE, TOLD, Scene, entry
from tests.core.playbook import BEGAN


def swamp(count: int = 100, *, every: float = 1.0, since: float = 0.0) -> Scene:
    """A log with *count* METRICS events, and each tenth of another level."""
    return Scene(
        *(
            entry(n, since + n * every, "INFO" if n % 10 == 0 else "METRICS")
            for n in range(count)
        )
    )


def refuses_metrics(where: str) -> Outcome | None:
    """A workspace that does not know the level METRICS."""
    return refused(400, "Invalid filter") if METRICS in where else None


def test_a_log_of_one_page_is_read_by_one_cursor() -> None:
    scene = swamp(PAGE).reads().rests().settles()
    assert len(scene.taken) == PAGE
    assert scene.said("level") == 0
    assert scene.book.complete


def test_a_log_without_metrics_is_read_by_one_cursor_however_long_it_is() -> None:
    scene = Scene(*(entry(n, n, "INFO") for n in range(100))).reads().rests().settles()
    assert len(scene.taken) == 100
    assert scene.said("level") == 0


def test_a_log_that_metrics_swamp_is_parted_and_each_event_comes_once() -> None:
    scene = swamp().reads().rests()
    scene.log += swamp(100, since=120.0).log  # of the same names
    scene.log[100:] = [{**one, "id": f"later-{one['id']}"} for one in scene.log[100:]]
    calls = scene.calls
    scene.reads()
    assert scene.asked[-1].startswith(f"update_id = 'u1' AND {TOLD} AND timestamp")
    assert scene.calls - calls == 2  # of ten pages: who waits is not kept waiting
    assert len(scene.taken) == 110
    scene.rests(METRICS_EVERY).rests()
    assert scene.asked[-1].startswith(f"update_id = 'u1' AND {METRICS} AND timestamp")
    scene.settles()
    assert sorted(scene.taken) == sorted(str(one["id"]) for one in scene.log)
    assert scene.book.complete


def test_after_a_pause_little_is_left_at_the_end() -> None:
    scene = swamp(600, every=0.2).reads().rests(METRICS_EVERY)
    scene.reads().rests(METRICS_EVERY)
    assert len(scene.taken) == 600
    calls = scene.calls
    scene.settles()
    # What may have been late is asked for once more, and nothing else.
    assert len(scene.taken) == 600
    assert scene.calls - calls <= 6 + 30


def test_a_pause_is_used_and_not_made_longer_than_by_a_page() -> None:
    scene = swamp(800, every=0.01).reads()
    scene.takes = 3.0
    began = scene.trip.now
    scene.plays(scene.book.use_pause(began + 10.0))
    assert began + 10.0 <= scene.trip.now <= began + 10.0 + scene.takes
    assert max(scene.withins[-2:]) == LONGEST_CALL


def test_a_short_pause_is_left_alone() -> None:
    scene = swamp().reads()
    assert scene.rests(0.9).said(METRICS) == 0


def test_metrics_are_asked_for_once_a_minute_and_what_is_left_in_the_next_pause() -> (
    None
):
    scene = swamp().reads()
    for _ in range(9):
        scene.rests(20.0)
    assert 3 <= scene.said(METRICS) <= 4
    scene = swamp(800, every=0.01).reads()
    scene.takes = 1.0
    for _ in range(60):
        scene.rests(5.0)
    scene.reads()
    assert len(scene.taken) == 800
    assert scene.said(METRICS) <= 6


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda trip: trip.interrupt(Why.SIGTERM), id="a signal"),
        pytest.param(lambda trip: trip.unanswered(AWAY, 60.0), id="an outage"),
        pytest.param(lambda trip: trip.unanswered(throttled(5.0), 60.0), id="429"),
    ],
)
def test_who_has_trouble_reads_nothing_in_a_pause(
    trouble: Callable[[Trip], object],
) -> None:
    scene = swamp().reads()
    trouble(scene.trip)
    scene.trip.at(scene.trip.now + 0.1)
    assert scene.rests().said(METRICS) == 0


def test_a_workspace_that_refuses_to_part_the_log_is_asked_a_few_times_only() -> None:
    scene = swamp()
    scene.instead = refuses_metrics
    scene.reads()
    for _ in range(20):
        scene.rests(METRICS_EVERY)
    tries = scene.said(METRICS)
    assert MOST_TRIES <= tries <= 4 * MOST_TRIES  # with each size of a page
    scene.reads().settles()
    assert scene.said(TOLD) == 0
    assert sorted(scene.taken) == sorted(str(one["id"]) for one in scene.log)
    assert scene.book.complete
    assert not [one for one in scene.trip.drain() if isinstance(one, Noted)]


@pytest.mark.parametrize("answer", [BROKEN, LOST, throttled(5.0)])
def test_metrics_that_cannot_be_read_at_the_end_are_lacking(answer: Outcome) -> None:
    scene = swamp().reads().rests()
    scene.log += [{**entry(n, 200.0 + n), "id": f"late-{n}"} for n in range(20)]
    scene.instead = lambda where: answer if METRICS in where else None
    began = scene.trip.now
    scene.reads().settles()
    assert not scene.book.complete
    assert scene.trip.now - began < 20.0


def test_a_log_that_grows_while_it_is_read_is_read_for_minutes_and_not_for_ever() -> (
    None
):
    scene = swamp(500, every=0.01).reads()

    def one_more(_: str) -> None:
        count = len(scene.log)
        scene.log += [entry(count + n, 30.0 + count * 0.01, "INFO") for n in range(11)]

    scene.instead = one_more
    scene.takes = 1.0
    began = scene.trip.now
    scene.settles()
    assert 100.0 < scene.trip.now - began < 300.0 + MOST_PAGES_AT_ONCE


def test_of_a_log_that_is_too_long_what_failed_is_read_at_least() -> None:
    scene = swamp(1500, every=0.01)
    scene.log.append(entry(1500, 90.0, "ERROR"))
    scene.takes = 10.0
    scene.reads().settles()
    assert len(scene.taken) < 1500
    assert scene.taken[-1] == "e1500"
    # Who goes on reading gets it once, and everything before it.
    scene.takes = 0.1
    for _ in range(9):
        scene.reads()
    assert sorted(scene.taken) == sorted(f"e{n}" for n in range(1501))


def test_a_look_ahead_that_fails_changes_nothing() -> None:
    scene = swamp(1500, every=0.01)
    scene.takes = 10.0
    scene.instead = lambda where: BROKEN if "('ERROR')" in where else None
    scene.reads().settles()
    assert scene.taken


def test_what_failed_long_ago_is_not_told_again_by_a_look_ahead() -> None:
    scene = swamp(1500)
    scene.log.append({**entry(1500, 1.5), "level": "ERROR"})
    scene.takes = 10.0
    for _ in range(2):
        scene.reads()  # 800 s, of which the ids of the last five minutes are kept
    scene.settles()
    assert len(scene.taken) == len(set(scene.taken))
    assert not scene.book.complete


def test_a_log_whose_end_was_only_glimpsed_is_not_complete() -> None:
    scene = swamp(1500, every=0.01)
    scene.log.append(entry(1500, 90.0, "ERROR"))  # in the place of the last state
    scene.takes = 10.0
    scene.plays(scene.book.settle(10.0, lambda: "e1500" in scene.taken))
    assert scene.taken[-1] == "e1500"
    assert not scene.book.complete


def test_a_log_that_fails_after_the_end_is_not_complete() -> None:
    scene = swamp(PAGE).reads()
    scene.instead = lambda _: BROKEN
    assert not scene.settles().book.complete


@pytest.mark.parametrize("answer", [BROKEN, LOST, throttled(2.0)])
def test_a_long_overlap_that_was_not_read_is_asked_for_again(answer: Outcome) -> None:
    scene = swamp(400, every=1.0, since=10.0).reads().reads()
    for _ in range(9):
        scene.reads()
    scene.log.append(entry(1000, 200.0, "INFO"))  # minutes late
    failed = iter([answer])
    scene.instead = lambda _: next(failed, None)
    scene.settles()
    assert scene.taken.count("e1000") == 1
    assert scene.book.complete


def test_no_cursor_is_done_before_the_log_shows_its_end() -> None:
    scene = swamp().reads().rests()
    began, late = scene.trip.now, 7.0
    end = entry(900, 300.0, "INFO")
    batch = entry(901, 299.0)

    def show(_: str) -> None:
        if scene.trip.now >= began + late and end not in scene.log:
            scene.log += [end, batch]

    scene.instead = show
    scene.plays(scene.book.settle(10.0, lambda: "e900" in scene.taken))
    assert {"e900", "e901"} <= set(scene.taken)
    assert scene.book.complete


def late_batch(seconds: float, *, late: float) -> Scene:
    """A log that shows its end before a batch that was written earlier."""
    scene = Scene(entry(0, 0.0, "INFO"), entry(1, 299.0, "INFO"), entry(2, 300.0))
    scene.late = lambda number: seconds if number == 1 else 0.0
    scene.trip.at(BEGAN + 300.0)
    scene.reads()
    return scene.plays(scene.book.settle(10.0, lambda: "e2" in scene.taken, late=late))


@pytest.mark.parametrize("late", [0.0, LATE])
def test_what_is_judged_waits_for_what_becomes_visible_after_the_end(
    late: float,
) -> None:
    scene = late_batch(LATE, late=late)
    assert ("e1" in scene.taken) is bool(late)
    assert scene.book.complete
    assert scene.calls <= 4  # in the meantime nothing is asked


def test_the_wait_begins_where_the_log_shows_its_end() -> None:
    scene = Scene(entry(0, 0.0, "INFO"), entry(1, 299.0, "INFO"), entry(2, 300.0))
    scene.late = lambda number: {0: 0.0, 1: 8.0 + LATE, 2: 8.0}[number]
    scene.trip.at(BEGAN + 300.0)
    scene.reads()
    scene.plays(scene.book.settle(10.0, lambda: "e2" in scene.taken, late=LATE))
    assert "e1" in scene.taken


def test_a_signal_ends_the_wait_for_what_may_be_late() -> None:
    scene = Scene(entry(0, 0.0, "INFO"), entry(1, 1.0, "INFO")).reads()
    script = scene.book.settle(10.0, lambda: True, late=LATE)
    step = next(script)
    assert isinstance(step, Wait)
    assert step.until == scene.trip.now + LATE
    scene.trip.interrupt(Why.SIGTERM)
    with pytest.raises(StopIteration):
        script.send(None)


@pytest.mark.parametrize("lag", [3.0, 7.0, 20.0])
def test_a_flow_whose_end_was_not_seen_is_waited_for_as_long_as_the_log(
    lag: float,
) -> None:
    scene = Scene(entry(0, 0.0, "INFO"), entry(1, 299.0, "INFO"), entry(2, 300.0))
    scene.late = lambda number: lag if number == 1 else 0.0
    scene.trip.at(BEGAN + 300.0)
    scene.reads()
    began, taken = scene.trip.now, scene.taken
    scene.plays(
        scene.book.settle(10.0, lambda: "e2" in taken, lambda: "e1" not in taken)
    )
    assert ("e1" in scene.taken) is (lag < 10)
    assert scene.book.complete
    assert scene.trip.now - began <= 12.0


def test_a_server_that_tells_more_than_it_is_asked_for_changes_no_sum() -> None:
    scene = swamp()
    scene.filters = False
    scene.reads().rests(METRICS_EVERY).reads().settles()
    assert scene.said(METRICS) > 0
    assert sorted(scene.taken) == sorted(str(one["id"]) for one in scene.log)


def test_a_log_with_a_level_that_nobody_knows_is_not_parted() -> None:
    scene = swamp()
    scene.log[3] = {**scene.log[3], "level": "TRACE"}
    scene.reads().rests(METRICS_EVERY).reads().settles()
    assert scene.said("level") == 0
    assert len(scene.taken) == 100


def test_after_a_signal_no_page_takes_longer_than_there_is_time() -> None:
    scene = swamp(800, every=0.01).reads().rests(METRICS_EVERY)
    scene.trip.interrupt(Why.SIGTERM)
    scene.takes = 60.0
    began = scene.trip.now
    scene.settles(2.0)
    assert scene.trip.now - began <= 7.0


def test_a_log_that_is_not_parted_has_no_metrics_to_catch_up_with() -> None:
    scene = swamp().reads()
    scene.plays(scene.book.catch_up())
    assert scene.said(METRICS) == 0


def test_metrics_are_caught_up_with_at_once_when_they_may_be_all_that_is_told() -> None:
    scene = swamp().reads().rests(2.0)
    asked = scene.said(METRICS)
    scene.plays(scene.book.catch_up())
    assert scene.said(METRICS) == asked + 1


def test_a_log_that_never_becomes_whole_is_waited_for_ten_seconds() -> None:
    scene = swamp(5).reads()
    began = scene.trip.now
    scene.settles(10.0, whole=False)
    assert 10.0 <= scene.trip.now - began < 12.0


def test_a_signal_ends_the_reading_of_a_long_log() -> None:
    scene = swamp(800, every=0.01).reads()
    began = scene.trip.now

    def signal_at_the_hundredth(_: str) -> None:
        if scene.calls == 100:
            scene.trip.interrupt(Why.SIGTERM)

    scene.instead = signal_at_the_hundredth
    scene.settles()
    assert scene.calls <= 101
    assert scene.trip.now - began < 60.0


def test_out_of_time_nothing_more_is_read() -> None:
    scene = swamp().reads()
    scene.trip.interrupt(Why.SIGTERM)
    scene.trip.at(scene.trip.leave_by)
    calls = scene.calls
    scene.settles(2.0)
    assert scene.calls == calls


@given(
    st.lists(
        st.tuples(
            st.floats(0, 120).map(lambda second: round(second, 1)),
            st.sampled_from(["INFO", "METRICS", "METRICS", "WARN"]),
            st.floats(0, 3),
        ),
        max_size=60,
    ),
    st.lists(st.sampled_from(["look", "rest", "short rest"]), max_size=12),
    st.lists(st.booleans(), max_size=6),
)
def test_whatever_is_late_and_however_it_is_read_each_event_comes_exactly_once(
    drawn: list[tuple[float, str, float]], moves: list[str], failures: list[bool]
) -> None:
    events = [
        (second + late, entry(n, second, level))
        for n, (second, level, late) in enumerate(drawn)
    ]
    scene = Scene()

    def show() -> None:
        now = scene.trip.now - BEGAN
        scene.log = [one for visible, one in events if visible <= now]

    for move in moves:
        show()
        if move == "look":
            scene.trip.at(scene.trip.now + 5.0)
            scene.reads()
        else:
            scene.rests(20.0 if move == "rest" else 2.0)
    # The update ends a little later; the last event of all is its end.
    ended = 130.0
    events.append((ended + 4.0, {**entry(len(drawn), ended), "level": "INFO"}))
    scene.trip.at(max(scene.trip.now, BEGAN + ended))
    failing = list(failures)

    def fail_and_show(_: str) -> Outcome | None:
        show()
        return BROKEN if failing and failing.pop() else None

    scene.instead = fail_and_show
    scene.plays(scene.book.settle(10.0, lambda: f"e{len(drawn)}" in scene.taken))
    if not scene.book.complete:
        assert len(failures) > 1
        return
    assert sorted(scene.taken) == sorted(f"e{n}" for n in range(len(events)))


def test_a_signal_while_one_cursor_reads_its_rest_keeps_the_other_from_it() -> None:
    scene = swamp().reads().rests()
    told, metrics = scene.said(TOLD), scene.said(METRICS)

    def signal(where: str) -> None:
        if TOLD in where:
            scene.trip.interrupt(Why.SIGTERM)

    scene.instead = signal
    scene.settles()
    assert scene.said(TOLD) == told + 1
    assert scene.said(METRICS) == metrics


def test_where_a_page_keeps_failing_what_failed_is_read_all_the_same() -> None:
    scene = swamp(40)
    scene.log.append(entry(99, 90.0, "ERROR"))
    scene.instead = lambda where: (
        BROKEN if scene.by_token and "ERROR')" not in where else None
    )
    scene.reads()
    scene.settles()
    assert not scene.book.complete
    assert "e99" in scene.taken


def test_a_log_that_is_to_be_left_alone_is_not_looked_ahead_in() -> None:
    scene = swamp(PAGE).reads()
    scene.instead = lambda _: throttled(60.0)
    scene.settles()
    assert scene.said("level in ('ERROR')") == 0
