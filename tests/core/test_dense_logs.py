"""A log of many events a second: none is asked for twice, and none is missed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.logtimes import (
    MOST_AGAIN,
    MOST_AT_THE_END,
    OVERLAP,
    RIPE_AFTER,
    SHORT,
)
from dlt_action.core.machine import Done
from dlt_action.core.model import Result
from dlt_action.core.steps import Why
from tests.core.answers import BROKEN, LOST, U1, events, refused, update
from tests.core.events import at, flow, state
from tests.core.logscene import METRICS, TOLD, Scene, bound, entry
from tests.core.playbook import EVENTS as EVENTS_OF
from tests.core.playbook import PLAN, call_of, running, state_of

PER_SECOND = 50
SECONDS = 100
EVENTS = PER_SECOND * SECONDS
# What the last reads of two cursors ask for again, and what was before it was dense.
AGAIN = 2 * MOST_AT_THE_END + MOST_AGAIN + PER_SECOND * 30


def dense(*, every: int = 4, seconds: float = SECONDS) -> Scene:
    """A log that grows while it is read; each *every*-th event is no METRICS."""
    scene = Scene(
        *(
            entry(n, n / PER_SECOND, "METRICS" if n % every else "INFO")
            for n in range(int(PER_SECOND * seconds))
        )
    )
    scene.page, scene.ahead = 200, 0.0
    scene.late = lambda number: number * 7919 % 1500 / 1000
    return scene


def followed(scene: Scene, pause: float = 5.0) -> Scene:
    """Read it as it grows, and to its end."""
    end = len(scene.log) / PER_SECOND
    while scene.seconds < end:
        scene.reads().rests(pause)
    last = f"e{len(scene.log) - 1}"
    return scene.plays(scene.book.settle(10.0, lambda: last in scene.taken))


def names(scene: Scene) -> list[str]:
    return sorted(str(one["id"]) for one in scene.log)


def test_each_event_is_received_once_but_for_those_that_the_last_read_repeats() -> None:
    scene = followed(dense())
    assert sorted(scene.taken) == names(scene)
    assert scene.book.complete
    assert scene.received <= EVENTS + AGAIN


def test_of_a_log_without_metrics_as_well() -> None:
    scene = followed(dense(every=1))
    assert sorted(scene.taken) == names(scene)
    assert scene.said("level") == 0
    # Before it is longer than a page, it is read as any other.
    assert scene.received <= EVENTS + AGAIN + SHORT


def test_no_more_than_an_overlap_is_asked_for_again_of_a_log_that_is_not_dense() -> (
    None
):
    rate = MOST_AGAIN / OVERLAP.total_seconds() - 1
    scene = Scene(*(entry(n, n / rate, "INFO") for n in range(1000)))
    scene.page, scene.ahead, scene.late = 1000, 0.0, lambda _: 0.0
    for looks in range(1, 8):
        scene.trip.at(scene.trip.now + 5.0)
        before, known = scene.received, len(scene.taken)
        scene.reads()
        assert scene.received - before <= MOST_AGAIN + len(scene.taken) - known
        assert "<" not in scene.asked[-1]
        assert len(scene.taken) >= int(looks * 5.0 * rate)  # and all that is there


@settings(max_examples=15)
@given(
    st.lists(st.floats(0, 4.0), min_size=1, max_size=20),
    st.lists(st.floats(0.5, 20.0), min_size=1, max_size=8),
    st.integers(1, 5),
    st.sampled_from([100, 1000]),
)
def test_what_is_less_than_five_seconds_late_is_taken_exactly_once(
    lags: list[float], pauses: list[float], every: int, page: int
) -> None:
    scene = dense(every=every, seconds=40)
    scene.page = page
    scene.late = lambda number: lags[number * 31 % len(lags)]
    while scene.seconds < 40:
        for pause in pauses:
            scene.reads().rests(pause)
    last = f"e{len(scene.log) - 1}"
    scene.plays(scene.book.settle(10.0, lambda: last in scene.taken))
    assert sorted(scene.taken) == names(scene)


@pytest.mark.parametrize("share", [3, 50])
def test_what_is_less_than_half_a_minute_late_in_its_midst_is_taken_exactly_once(
    share: int,
) -> None:
    """As of any log; however seldom it happens, so that nobody would notice."""
    scene = dense(every=1, seconds=150)
    scene.late = lambda number: (
        5.0 + number * 7919 % 20 if number % share == 0 and number < 5000 else 0.5
    )
    while scene.seconds < 150:
        scene.reads().rests(4.0)
    last = f"e{len(scene.log) - 1}"
    scene.plays(scene.book.settle(10.0, lambda: last in scene.taken))
    assert sorted(scene.taken) == names(scene)


def test_what_is_told_of_a_dense_log_is_some_seconds_old() -> None:
    scene = dense()
    for _ in range(16):
        scene.reads().rests(5.0)
    scene.reads()
    newest = max(int(name.removeprefix("e")) for name in scene.taken) / PER_SECOND
    assert scene.book.trails
    assert not scene.book.behind
    assert 30.0 <= scene.seconds - newest <= 33.0


def test_where_little_happens_any_more_it_is_told_at_once() -> None:
    scene = dense(every=1, seconds=30)
    later = [entry(9000 + n, 31.0 + 10.0 * n, "INFO") for n in range(40)]
    scene.log += later
    scene.late = lambda _: 0.0
    while scene.seconds < 400:
        scene.reads().rests(10.0)
    scene.reads()
    assert not scene.book.trails
    assert "<" not in scene.asked[-1]
    assert scene.taken[-1] == f"e{9000 + int((scene.seconds - 31.0) / 10.0)}"
    assert set(names(scene)) - {*scene.taken} <= {f"e{n}" for n in range(9036, 9040)}
    assert len(scene.taken) == len(set(scene.taken))


@pytest.mark.parametrize("every", [1, 4])
def test_a_dense_log_that_falls_silent_is_told_at_once_from_then_on(every: int) -> None:
    scene = dense(every=every, seconds=40)
    while scene.seconds < 90:
        scene.reads().rests(5.0)
    asked = len(scene.asked)
    scene.log.append(entry(9000, 120.0, "INFO"))
    while scene.seconds < 121:
        scene.reads().rests(5.0)
    scene.reads()
    assert not scene.book.trails
    assert "e9000" in scene.taken
    story = [where for where in scene.asked[asked:] if METRICS not in where]
    assert not any("<" in where for where in story)


def test_a_backlog_is_read_on_at_once_where_it_shows_that_it_is_dense() -> None:
    scene = dense(every=1)
    scene.page = 1000
    scene.trip.at(scene.trip.now + SECONDS)
    scene.reads()
    assert len(scene.taken) >= EVENTS - PER_SECOND * (RIPE_AFTER.total_seconds() + 2)
    assert scene.received == len(scene.taken) + 1  # where one read follows another
    assert scene.book.trails
    assert not scene.book.behind


def test_a_long_read_that_is_kept_waiting_is_left_and_taken_up_again() -> None:
    scene = dense(every=1)
    scene.trip.at(scene.trip.now + SECONDS)
    scene.trip.interrupt(Why.SIGTERM)  # one page at once, from now on
    scene.reads()
    assert scene.book.behind
    scene.reads()
    assert scene.book.behind
    assert len(scene.taken) >= 2 * scene.page - 1


def trouble(chance: Random, scene: Scene) -> Outcome | None:
    """What is answered in place of a page: nothing, a failure, or no such token."""
    if chance.random() >= 0.08:
        return None
    expired = refused(400, "The page token is expired")
    return chance.choice([LOST, BROKEN, expired if scene.by_token else LOST])


@pytest.mark.parametrize("level", ["INFO", "METRICS"])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_page_fails_and_token_expires_each_event_is_taken_once(
    seed: int, level: str
) -> None:
    chance, rate, seconds = Random(seed), 18, 1000  # noqa: S311 - no secret
    log = [
        entry(n, n / rate, level if n % 9 else "INFO") for n in range(rate * seconds)
    ]
    scene = Scene()
    scene.page, scene.ahead = chance.choice([500, 1000]), 0.0
    scene.instead = lambda _: trouble(chance, scene)
    while scene.seconds < seconds:
        scene.log = log[: int(scene.seconds * rate)]
        # Now and then nobody looks for longer than any overlap.
        scene.reads().rests(chance.choice([5.0, 5.0, 20.0, 500.0]))
    scene.log = log
    scene.reads().rests()
    scene.instead = lambda _: None
    scene.plays(scene.book.settle(10.0, lambda: str(log[-1]["id"]) in scene.taken))
    assert sorted(scene.taken) == names(scene)


@pytest.mark.parametrize("answer", [LOST, refused(400, "The page token is expired")])
@pytest.mark.parametrize("fails", [3, 7, 12])
def test_a_backlog_of_which_a_page_fails_is_read_on_from_there(
    fails: int, answer: Outcome
) -> None:
    scene = Scene(*(entry(n, n / 20, "INFO") for n in range(14_000)))
    scene.page, scene.ahead = 1000, 0.0
    scene.trip.at(scene.trip.now + 700.0)
    scene.instead = lambda _: answer if scene.calls == fails else None
    scene.reads().reads()
    assert len(scene.taken) == len(set(scene.taken)) > 13_300
    assert scene.received <= len(scene.taken) + 3  # where one read follows another


def test_many_metrics_are_read_each_ten_seconds_and_hardly_one_twice() -> None:
    scene = Scene(*(entry(n, n / 150, "METRICS") for n in range(9000)))
    scene.page, scene.ahead, scene.late = 1000, 0.0, lambda _: 0.0
    while scene.seconds < 100:
        scene.reads().rests(10.0)
    assert 4 <= scene.said(METRICS) <= 8
    # But for the one after that which was asked for when hardly any were ripe.
    assert sum("<" not in where for where in scene.asked if METRICS in where) <= 1
    assert scene.received <= len(scene.taken) + 30 * 150 / 2


def test_a_dense_log_is_read_to_its_end_in_four_seconds() -> None:
    scene = dense()
    scene.late = lambda _: 0.0
    while scene.seconds < SECONDS:
        scene.reads().rests(5.0)
    scene.reads()
    ended = scene.seconds
    last = f"e{EVENTS - 1}"
    scene.plays(scene.book.settle(10.0, lambda: last in scene.taken))
    assert scene.book.complete
    assert scene.seconds - ended <= 4.0


def no_end(where: str) -> Outcome | None:
    """A workspace whose filters know a beginning only."""
    return refused(400, "Invalid filter") if "<" in where else None


def test_a_workspace_that_cannot_be_asked_so_is_asked_as_it_can_be() -> None:
    scene = dense()
    scene.instead = no_end
    followed(scene)
    assert sum("<" in where for where in scene.asked) <= 2  # once by each cursor
    assert all(f"level in ({level}" in "".join(scene.asked) for level in ("'M", "'I"))
    assert sorted(scene.taken) == names(scene)


@pytest.mark.parametrize("ahead", [None, -3600.0, -20.0, 20.0, 3600.0])
def test_whatever_its_clock_says_nothing_is_missed(ahead: float | None) -> None:
    scene = dense()
    scene.ahead = ahead
    followed(scene)
    assert sorted(scene.taken) == names(scene)
    assert scene.book.complete


def test_a_clock_that_nobody_can_have_is_none() -> None:
    scene = dense(seconds=30)
    scene.ahead = 7e10  # some two thousand years
    followed(scene)
    scene.ahead = 2.5e11  # almost ten thousand
    followed(scene)
    assert sorted(scene.taken) == names(scene)


def test_if_the_last_read_finds_what_was_late_all_of_five_minutes_is_read_again() -> (
    None
):
    scene = dense()
    # Each tenth event is visible half a minute late, when others were long read.
    scene.late = lambda number: 30.0 if number % 10 == 0 else 0.0
    while scene.seconds < SECONDS + 31.0:
        scene.reads().rests(5.0)
    assert len(set(scene.taken)) < EVENTS
    scene.plays(scene.book.settle(10.0, lambda: True))
    assert sorted(scene.taken) == names(scene)


def test_a_log_that_was_late_once_is_given_as_long_as_an_overlap() -> None:
    scene = dense(every=1)
    late = entry(9000, 0.5, "INFO")
    for _ in range(3):
        scene.reads().rests(3.0)  # not dense yet
    scene.log.append(late)
    while scene.seconds < 60:
        scene.reads().rests(5.0)
    scene.reads()
    newest = max(int(name.removeprefix("e")) for name in scene.taken if name != "e9000")
    assert "e9000" in scene.taken
    assert 30.0 <= scene.seconds - newest / PER_SECOND <= 33.0
    assert TOLD not in scene.asked[-1]


def test_a_peek_reads_what_is_left_for_later_and_it_is_read_again() -> None:
    scene = dense(every=1, seconds=200)
    scene.trip.at(scene.trip.now + 100)
    while not scene.book.trails:
        scene.reads().rests(5.0)
    before, now = len(scene.taken), scene.seconds
    assert now * PER_SECOND - before > 20 * PER_SECOND
    scene.plays(scene.book.peek())
    assert not scene.book.trails
    assert now * PER_SECOND - len(scene.taken) < 3 * PER_SECOND
    # What becomes visible late beside it is not missed for that.
    followed(scene)
    assert sorted(scene.taken) == names(scene)


@pytest.mark.parametrize("failed_at", [70.0, 78.0, None])
def test_no_flow_fails_unseen_where_running_is_waited_for(
    failed_at: float | None,
) -> None:
    p = running(plan=replace(PLAN, until_running=True, settle_time=60.0))
    log = [state("RUNNING", 20.0), *(flow(f"f{n}", "RUNNING", 21.0) for n in range(3))]
    log += [flow(f"f{n % 3}", "RUNNING", 22 + n / 30) for n in range(30 * 90)]
    if failed_at is not None:
        log = [one for one in log if one.flow != "f0" or one.at < at(failed_at)]
        log.append(flow("f0", "FAILED", failed_at))

    def page(now: float) -> Outcome:
        query = dict(call_of(p).query)
        begin, _, where = query.get("page_token", "0 ").partition(" ")
        where = query.get("filter", where)
        since, until = bound(where, ">="), bound(where, "<")
        found = [
            one
            for one in sorted(log, key=lambda one: one.at)
            if one.at <= at(now)
            and (since is None or one.at >= since)
            and (until is None or one.at < until)
        ]
        end = int(begin) + 1000
        more = f"{end} {where}" if end < len(found) else None
        body = events(*found[int(begin) : end], token=more).body
        return Executed(body=body, at=at(now))

    def seen(now: float) -> Outcome:
        return update(U1, "RUNNING" if now >= 20 else "INITIALIZING")

    p.plays({state_of(U1): seen, EVENTS_OF: page}, until=100)
    if failed_at is None:
        assert p.ends() is Result.RUNNING
    else:
        assert not isinstance(p.step, Done)
