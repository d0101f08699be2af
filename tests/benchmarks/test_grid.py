from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.grid.course import Cell, Course, Log, courses
from benchmarks.grid.following import ROUND_TRIP, Followed, Strategy, scheduled
from benchmarks.grid.goals import GOALS, LIMITS, SHORT_GAP, held, worst
from benchmarks.grid.measure import Cost, cost, quantile
from benchmarks.grid.ours import ours, read_once
from benchmarks.grid.peers import PEERS, cli, fixed, sdk
from benchmarks.grid.schedule import Constants, schedule
from benchmarks.grid.workspace import PIPELINE, UPDATE, Workspace
from dlt_action.core import calls
from dlt_action.core.exchange import Executed
from dlt_action.core.model import PipelineId, UpdateId

SHORT = Cell(median=120.0, flows=5)
TRIED = scheduled(schedule(Constants()))


def some(cell: Cell = SHORT, runs: int = 40) -> list[Course]:
    return list(courses(cell, 1, runs))


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated


@pytest.mark.parametrize("seconds", [1.0, 5.0, 30.0])
def test_a_fixed_pause_sees_the_end_half_a_period_late_and_never_a_whole_one(
    seconds: float,
) -> None:
    found = cost(fixed(seconds), Cell(median=600.0), seed=3, runs=1500)
    period = seconds + ROUND_TRIP
    assert found.mean == pytest.approx((period + ROUND_TRIP) / 2, rel=0.05)
    assert found.worst <= period + ROUND_TRIP / 2


# Calls, mean and 95 % with 20 flows, as they were measured before by another model.
@pytest.mark.parametrize(
    ("name", "median", "published"),
    [
        ("fixed 2 s", 120.0, (62, 1.20, 2.2)),
        ("fixed 5 s", 600.0, (127, 2.70, 5.1)),
        ("fixed 30 s", 600.0, (23, 15.3, 28.8)),
        ("the SDK's waiter", 120.0, (18, 5.4, 10.3)),
        ("the CLI's loop", 120.0, (194, 0.80, 1.4)),
    ],
)
def test_the_others_cost_what_another_model_found(
    name: str, median: float, published: tuple[float, float, float]
) -> None:
    found = cost(PEERS[name], Cell(median=median), seed=3, runs=1000)
    assert (found.calls, found.mean, found.p95) == pytest.approx(published, rel=0.06)


@pytest.mark.parametrize("strategy", [fixed(5), sdk, cli, TRIED, ours])
def test_the_same_seed_gives_the_same_cost_and_another_one_does_not(
    strategy: Strategy,
) -> None:
    def found(seed: int) -> Cost:
        return cost(strategy, SHORT, seed=seed, runs=15)

    assert found(1) == found(1)
    assert found(1) != found(2)


@pytest.mark.parametrize("log", Log)
@pytest.mark.parametrize("strategy", [fixed(5), sdk, cli, TRIED, ours])
def test_nobody_sees_the_end_before_it_or_asks_before_the_last_answer(
    strategy: Strategy, log: Log
) -> None:
    for run, course in enumerate(some(replace(SHORT, log=log, known=True), runs=8)):
        followed = strategy(course, dice(run))
        assert followed.late >= ROUND_TRIP / 2
        assert followed.seen == pytest.approx(course.end + followed.late)
        sent = [*followed.calls, followed.seen]
        between = [later - at for at, later in pairwise(sent)]
        assert min(between) >= ROUND_TRIP - 1e-6


@given(
    flows=st.integers(1, 40),
    median=st.floats(5.0, 20_000.0),
    early=st.sampled_from([0.0, 1.0]),
    seed=st.integers(0, 1000),
)
def test_a_course_is_in_order_and_its_flows_are_over_before_it_is(
    flows: int, median: float, early: float, seed: int
) -> None:
    cell = Cell(median=median, flows=flows, early=early)
    (course,) = courses(cell, seed, 1)
    moments = [at for at, _ in course.states]
    assert moments == sorted(moments)
    assert len(course.ends) <= len(course.flows) <= course.planned == flows
    if not early:
        assert len(course.ends) == flows
        gap = course.end - course.ends[-1]
        assert min(cell.gap[0], course.end / 4) - 1e-6 <= gap <= cell.gap[1] + 1e-6
    else:
        assert all(flow.began < course.end for flow in course.flows)


def test_how_long_it_takes_does_not_hang_on_the_number_of_flows_or_on_the_gap() -> None:
    usual = [course.end for course in some()]
    assert [course.end for course in some(replace(SHORT, flows=100))] == usual
    assert [course.end for course in some(replace(SHORT, gap=SHORT_GAP))] == usual


@pytest.mark.parametrize("behind", [0.0, 2.0])
def test_the_log_tells_what_was_and_never_what_will_be(behind: float) -> None:
    pipeline, update = PipelineId(PIPELINE), UpdateId(UPDATE)
    call = calls.list_events(pipeline, where=f"update_id = '{update}'")
    for course in some(replace(SHORT, behind=behind), runs=5):
        workspace = Workspace(course)
        for at in (0.0, course.running + behind, course.end + behind):
            answer = workspace.answer(call, at)
            assert isinstance(answer, Executed)
            events = answer.body["events"]
            assert isinstance(events, list)
            told = [str(event).count("'COMPLETED'") for event in events]
            over = course.end <= at - behind and course.states[-1][1] == "COMPLETED"
            assert sum(told) == course.ended(at - behind) + over


def test_events_are_read_once_and_nothing_else_changes() -> None:
    plain = [ours(course, dice(1)) for course in some(runs=5)]
    with read_once():
        assert [ours(course, dice(1)) for course in some(runs=5)] == plain


def test_the_busiest_hour_is_a_rolling_one() -> None:
    assert Followed(calls=[0.0, 1.0, 3599.0, 3600.0, 3600.5, 8000.0]).busiest == 4


def test_a_share_of_the_runs_is_not_later_than_its_quantile() -> None:
    assert quantile([float(late) for late in range(100)], 0.95) == 95.0
    assert quantile([7.0], 0.95) == 7.0


def test_each_goal_is_told_once_and_judged_by_its_worst_cell() -> None:
    assert len({goal.said for goal in GOALS}) == len(LIMITS)
    good, bad = (
        Cost(1, calls, 1.0, 1.0, 1.0, 1, calls, 1.0, 0.0) for calls in (10.0, 30.0)
    )
    others = dict.fromkeys(PEERS, good)
    found = worst([*held(SHORT, good, others), *held(SHORT, bad, others)])
    assert found["Calls, fixed 5 s = 1: 3 to 100 flows"] == 3.0
    assert found["Mean delay, fixed 5 s = 1: 3 to 100 flows"] == 1.0


def test_what_a_run_does_after_the_end_was_seen_is_told_apart() -> None:
    found = cost(ours, SHORT, seed=1, runs=15)
    assert found.rest > 0
    assert found.done >= found.mean
    assert cost(fixed(5), SHORT, seed=1, runs=15).rest == 0
