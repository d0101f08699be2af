from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.pace import CEILING, FLOOR, back_off, look_again_after


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
