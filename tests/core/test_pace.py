from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.pace import (
    AT_MOST,
    CEILING,
    EARLY,
    ENDING,
    FLOOR,
    JITTER,
    LAST,
    PLAIN,
    SELDOM,
    SHORTEST,
    Allowance,
    Sight,
    back_off,
    look_again_after,
    pause_after,
)

HALF_AN_HOUR, HOUR = 1800.0, 3600.0
MORE = 1.0 + JITTER

SECONDS = st.floats(0, 100_000)
CHANCE = st.floats(0, 1, exclude_max=True)


@st.composite
def sights(draw: st.DrawFn) -> Sight:
    """Whatever may be known of an update."""
    start = draw(SECONDS)
    runs_for = draw(st.none() | st.floats(0, start))
    flows = draw(st.integers(0, 2000))
    return Sight(
        since_start=start,
        runs_for=runs_for,
        flows=flows,
        left=draw(st.integers(0, flows)),
        waiting=draw(st.booleans()),
        still_for=draw(st.floats(0, start)),
        ending_for=draw(st.none() | st.floats(0, start)),
        early=draw(st.booleans()),
    )


@given(sights(), st.floats(0.1, 600), CHANCE)
def test_no_pause_is_above_the_ceiling(
    sight: Sight, ceiling: float, chance: float
) -> None:
    assert 0 < pause_after(sight, ceiling=ceiling, chance=chance) <= ceiling


@given(sights(), CHANCE)
def test_no_pause_is_below_the_floor_and_none_above_our_own_ceiling(
    sight: Sight, chance: float
) -> None:
    pause = pause_after(sight, ceiling=None, chance=chance)
    assert SHORTEST <= pause <= AT_MOST.longest * MORE


@given(sights(), CHANCE)
def test_in_the_first_half_an_hour_an_end_is_looked_for_within_16_seconds(
    sight: Sight, chance: float
) -> None:
    if sight.since_start <= HALF_AN_HOUR:
        assert pause_after(sight, ceiling=None, chance=chance) <= 15.0


@given(sights(), CHANCE)
def test_a_pause_is_never_long_beside_what_was_waited_already(
    sight: Sight, chance: float
) -> None:
    pause = pause_after(sight, ceiling=None, chance=chance)
    assert pause <= MORE * max(EARLY.share * sight.since_start, EARLY.shortest)


@given(sights(), CHANCE)
def test_once_all_flows_have_ended_an_end_is_noticed_in_time(
    sight: Sight, chance: float
) -> None:
    """At most `ENDING.share` of what it takes after them, or a second, late."""
    if sight.ending_for is not None:
        pause = pause_after(sight, ceiling=None, chance=chance)
        latest = max(ENDING.share * sight.ending_for, ENDING.shortest)
        assert pause <= MORE * latest


@given(sights())
def test_fewer_flows_that_are_left_are_never_looked_at_more_rarely(
    sight: Sight,
) -> None:
    if sight.flows < 2 or sight.runs_for is None or sight.ending_for is not None:
        return
    few, many = (
        pause_after(replace(sight, left=left), ceiling=None, chance=0.5)
        for left in (1, max(sight.left, 2))
    )
    assert few <= many + 0.01


@given(sights(), CHANCE)
def test_nothing_known_is_looked_at_in_a_plain_interval(
    sight: Sight, chance: float
) -> None:
    """So an hour of it costs no more than 3,600 s through the shortest pause."""
    if sight.plain and sight.since_start > HOUR and not sight.early:
        pause = pause_after(sight, ceiling=None, chance=chance)
        assert PLAIN.shortest * (1 - JITTER) <= pause <= PLAIN.longest * MORE


@given(sights(), st.floats(AT_MOST.longest, 600))
def test_a_ceiling_above_our_own_lengthens_what_is_far_from_the_end(
    sight: Sight, ceiling: float
) -> None:
    own = pause_after(sight, ceiling=None, chance=0.5)
    longer = pause_after(sight, ceiling=ceiling, chance=0.5)
    factor = 1.0 if sight.ending_for is not None else ceiling / AT_MOST.longest
    assert longer == pytest.approx(min(max(own * factor, SHORTEST), ceiling))


@given(sights())
def test_an_update_that_takes_as_long_as_the_last_is_looked_at_more_rarely_at_first(
    sight: Sight,
) -> None:
    early, late = (
        pause_after(replace(sight, early=known), ceiling=None, chance=0.5)
        for known in (True, False)
    )
    assert late <= early <= SELDOM * late


def test_the_last_flow_is_looked_at_often_enough_to_see_it_end_before_the_update() -> (
    None
):
    """Its end is told one to five seconds before the update's."""
    assert LAST.longest <= 5.0
    assert ENDING.shortest <= 1.0


@given(st.lists(st.floats(0, 30), min_size=1, max_size=2000))
def test_no_hour_has_more_calls_than_the_allowance(pauses: list[float]) -> None:
    now, allowance = 1000.0, Allowance(1000.0)
    times: list[float] = []
    for pause in pauses:
        now += max(pause, allowance.rest)
        allowance.spend(now)
        times.append(now)
    first = 0
    for last, at in enumerate(times):
        while times[first] <= at - HOUR:
            first += 1
        assert last - first + 1 <= Allowance.AT_ONCE + Allowance.HOURLY + 1


def test_in_the_long_run_there_are_fewer_calls() -> None:
    now, allowance, late = 0.0, Allowance(0.0), 0
    while now < 10 * HOUR:
        now += allowance.rest
        allowance.spend(now)
        late += now > 4 * HOUR
    assert late == pytest.approx(6 * Allowance.HOURLY_THEN, rel=0.01)


@pytest.mark.parametrize(
    ("elapsed", "ceiling", "pause"),
    [
        (0, None, 2.0),
        (40, None, 2.0),
        (100, None, 5.0),
        (400, None, 20.0),
        (20_000, None, 20.0),
        (100, 3.0, 3.0),
        (0, 1.0, 1.0),
        (20_000, 60.0, 60.0),
    ],
)
def test_the_pause_is_a_share_of_the_time_so_far_between_floor_and_ceiling(
    elapsed: float, ceiling: float | None, pause: float
) -> None:
    assert look_again_after(elapsed, ceiling=ceiling) == pause


@given(st.floats(0, 1e6), st.none() | st.floats(0.1, 600))
def test_the_pause_is_at_most_a_twentieth_of_the_run_or_the_floor(
    elapsed: float, ceiling: float | None
) -> None:
    pause = look_again_after(elapsed, ceiling=ceiling)
    assert 0 < pause <= max(elapsed * 0.0501, FLOOR)
    assert pause <= (CEILING if ceiling is None else ceiling)


def test_an_hour_costs_some_hundred_looks() -> None:
    now, looks = 0.0, 0
    while now < 3600:
        now += look_again_after(now, ceiling=None)
        looks += 1
    assert 200 < looks < 300


@pytest.mark.parametrize(
    ("failures", "shortest", "longest"),
    [(1, 1, 2), (2, 2, 4), (3, 4, 8), (4, 8, 16), (5, 15, 30), (9, 15, 30)],
)
def test_the_wait_doubles_up_to_half_a_minute(
    failures: int, shortest: float, longest: float
) -> None:
    assert back_off(failures, hint=None, chance=0.0) == shortest
    assert back_off(failures, hint=None, chance=1.0) == longest


@given(
    st.integers(1, 10_000),
    st.none() | st.floats(0, 120),
    st.floats(0, 1, exclude_max=True),
)
def test_the_servers_hint_may_lengthen_the_wait_and_never_shorten_it(
    failures: int, hint: float | None, chance: float
) -> None:
    own = back_off(failures, hint=None, chance=chance)
    wait = back_off(failures, hint=hint, chance=chance)
    assert wait == (own if hint is None else max(own, hint))
    assert 1 <= wait <= 120


@given(st.lists(st.floats(0, 5), min_size=1, max_size=3000))
def test_calls_that_were_made_all_the_same_are_not_paid_for_by_silence(
    pauses: list[float],
) -> None:
    now, allowance = 0.0, Allowance(0.0)
    for pause in pauses:
        now += pause
        allowance.spend(now)
        assert allowance.rest <= 2 * HOUR / Allowance.HOURLY_THEN
