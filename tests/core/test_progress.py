"""Since when an update runs, in our time, whenever it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dlt_action.core.attempt import Following
from dlt_action.core.eta import Left, Past
from dlt_action.core.lastgood import LookBack
from dlt_action.core.model import Cause, Update, UpdateId, UpdateState
from dlt_action.core.news import Heartbeat, Running
from dlt_action.core.progress import Progress
from dlt_action.core.trip import Trip
from tests.core.events import NOON, flow, state
from tests.core.playbook import BEGAN, P1, PLAN

U1 = UpdateId("u1")
HOUR = Past(3600.0)
OLD = timedelta(minutes=20)


class Followed:
    """An update that is followed; the time is the test's."""

    def __init__(self, past: Past | None, *, attached: bool = False) -> None:
        self.trip = Trip(began=BEGAN, deadline=BEGAN + 1e5, chance=lambda: 0.5)
        self.behind = LookBack(self.trip, PLAN)
        self.behind.past = past
        self.progress = Progress(self.trip, PLAN, self.behind, attached=attached)
        self.following = Following(P1, U1, Cause.API_CALL, retries=0)

    def sees(self, state: str, second: float) -> Heartbeat:
        """See it in *state* after so many seconds."""
        self.trip.at(BEGAN + second)
        update = Update(
            update_id=U1,
            state=UpdateState(state),
            state_text=state,
            created=NOON - OLD,
        )
        self.following.last = update
        self.progress.saw(update)
        self.progress.reached(self.following.phase)
        return self.progress.beat(self.following)


def test_what_is_left_counts_from_when_it_was_seen_to_run() -> None:
    f = Followed(HOUR)
    assert f.progress.beat(f.following).left is None  # nothing was seen
    assert f.sees("QUEUED", 10).left is None
    assert f.sees("RUNNING", 100).left == Left(3600, 3600)
    assert f.sees("RUNNING", 700).left == Left(3000, 3000)
    assert f.sees("STOPPING", 710).left is None


def test_without_a_last_good_update_nothing_is_said() -> None:
    assert Followed(None).sees("RUNNING", 100).left is None


def test_the_clock_of_the_log_does_not_matter_where_we_saw_it_begin() -> None:
    f = Followed(HOUR)
    f.following.took([state("RUNNING", -86_400)])
    assert f.sees("RUNNING", 0).left == Left(3600, 3600)


def test_what_began_before_we_came_is_asked_of_the_log() -> None:
    f = Followed(HOUR, attached=True)
    f.following.took([state("RUNNING", -600)])
    assert f.sees("RUNNING", 60).left == Left(2940, 2940)
    ahead = Followed(HOUR, attached=True)  # a clock that is ahead of ours
    ahead.following.took([state("RUNNING", 600)])
    assert ahead.sees("RUNNING", 60).left == Left(3600, 3600)
    assert ahead.sees("RUNNING", 70).left == Left(3590, 3590)


@pytest.mark.parametrize(("attached", "spent"), [(False, 100), (True, 1300)])
def test_where_only_the_whole_time_is_known_the_wait_for_resources_counts(
    *, attached: bool, spent: int
) -> None:
    f = Followed(replace(HOUR, queue=True), attached=attached)
    rest = 3600 - spent
    assert f.sees("RUNNING", 100).left == Left(rest, rest)


def test_the_next_attempt_begins_anew() -> None:
    f = Followed(HOUR)
    f.sees("RUNNING", 100)
    f.progress.turn()
    assert f.progress.beat(f.following).left is None
    assert f.sees("RUNNING", 500).left == Left(3600, 3600)


def test_a_flow_is_as_far_as_its_log_says_by_its_own_clock() -> None:
    past = Past(1000.0, {"a": (0.0, 1000.0)})
    f = Followed(past)
    f.following.took([state("RUNNING", -86_400), flow("a", "RUNNING", -86_400)])
    f.sees("RUNNING", 0)
    assert f.sees("RUNNING", 400).left == Left(600, 600)
    late = Followed(past)
    late.following.took([state("RUNNING", 0), flow("a", "RUNNING", 300)])
    late.sees("RUNNING", 0)
    # After 400 s it is where it was after 100 s.
    assert late.sees("RUNNING", 400).left == Left(900, 1800)


def test_a_clock_at_the_end_of_all_years_says_nothing_of_what_is_left() -> None:
    f = Followed(Past(3600.0, {"a": (0.0, 3600.0)}))
    last = NOON.replace(year=9999, month=12, day=31)
    f.following.tally.fold(replace(state("RUNNING"), at=last))
    f.following.tally.fold(flow("a", "RUNNING", 1))
    assert f.sees("RUNNING", 100).left is not None


def test_the_flows_that_run_longest_are_told_first_where_nothing_has_changed() -> None:
    f = Followed(None)
    begun = {"a": 40, "b": 30, "c": 10, "d": 20}
    f.following.took(
        [
            state("RUNNING", 0),
            *(flow(name, "RUNNING", second) for name, second in begun.items()),
            flow("c", "COMPLETED", 50),
            flow("e", "PLANNING", 5),
        ]
    )
    assert f.sees("RUNNING", 100).longest == ()
    f.trip.at(BEGAN + 160)
    beat = f.progress.beat(f.following, 70.0)
    assert beat.longest == (Running("d", 40), Running("b", 30), Running("a", 20))
    assert beat.silent == 70


def test_how_long_a_flow_runs_is_not_told_where_the_log_does_not_say() -> None:
    f = Followed(None)
    f.following.took([flow("a", "RUNNING", 0)])
    f.sees("RUNNING", 100)
    assert f.progress.beat(f.following, 0.0).longest == (Running("a", None),)
