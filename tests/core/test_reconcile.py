"""After a lost answer to the start: what may be taken for ours, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import (
    Attribution,
    Json,
    JsonObject,
    Result,
    UpdateId,
    UpdateRequest,
)
from dlt_action.core.news import News, Noted, Started, Warned
from dlt_action.core.plan import OnAmbiguousStart
from dlt_action.core.reconcile import LOOKS, Window
from tests.core.answers import (
    AWAY,
    BROKEN,
    LOST,
    U1,
    U2,
    dated,
    info,
    log_of,
    refused,
    throttled,
    update,
    updates,
)
from tests.core.events import NOON, at
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    PLAN,
    START,
    state_of,
)
from tests.core.starts import LOST_AT, SENT, looks, lost, new, reads, shows


def test_an_update_that_can_only_be_ours_is_adopted_when_it_was_seen_twice() -> None:
    p = lost()
    p << LIST >> updates(new(U1), info("old", "COMPLETED"))
    p << NAP << LIST >> updates(new(U1), info("old", "COMPLETED"))
    p << state_of(U1) >> update(U1, "COMPLETED")
    assert looks(p) == [0.0, 5.0]
    p.plays({state_of(U1): update(U1, "COMPLETED"), EVENTS: log_of("COMPLETED")})
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.attribution is Attribution.INFERRED
    assert p.count(START) == 1


def test_that_an_answer_was_lost_is_told_at_once_and_that_nothing_is_repeated() -> None:
    p = lost()
    p << LIST
    (note,) = p.told(Noted)
    assert note.text == (
        "the answer to the start was lost; the start is not sent again, its update is"
        " looked for: no answer in time"
    )


def test_what_is_adopted_is_said_loudly_and_after_its_id_is_kept() -> None:
    p = shows(lost(), new(U1))
    important: list[News] = [n for n in p.news if not isinstance(n, Noted)]
    begun, warning = important
    assert isinstance(begun, Started)
    assert isinstance(warning, Warned)
    assert begun.attribution is Attribution.INFERRED
    assert "inferred to be ours" in warning.text
    assert warning.text.endswith("This step never stops it.")


STRANGERS = {
    "a person's": new(U2, cause="USER_ACTION"),
    "a job's": new(U2, cause="JOB_TASK"),
    "a retry": new(U2, cause="RETRY_ON_FAILURE"),
    "of a cause that we do not know": new(U2, cause="NEW"),
    "of no cause": new(U2, cause=""),
    "before our request left": new(U2, SENT - 5.1),
    "after its answer was lost": new(U2, LOST_AT + 5.1),
    "of no time": info(U2, "RUNNING", "API_CALL"),
    "of a time that is none": new(U2, creation_time="soon"),
    "a dry run": new(U2, validate_only=True),
    "a full refresh": new(U2, full_refresh=True),
    "of other tables": new(U2, refresh_selection=["a"]),
    "a reset of tables": new(U2, full_refresh_selection=["a"]),
    "with parameters": new(U2, parameters={"day": "1"}),
    "without an id": new("../x"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS.keys())
def test_what_cannot_be_ours_is_never_adopted(stranger: JsonObject) -> None:
    p = shows(lost(), stranger)
    assert p.ends() is Result.UNKNOWN_START
    assert looks(p) == list(LOOKS)
    assert not p.told(Started)
    assert p.count(START) == 1
    assert p.outcome.update_id is None
    assert p.outcome.reason == (
        "The answer to the start was lost, and no update is proven to be ours: one may"
        " be running. The start was not sent a second time."
    )


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS.keys())
def test_what_cannot_be_ours_does_not_keep_ours_from_being_adopted(
    stranger: JsonObject,
) -> None:
    p = shows(lost(), stranger, new(U1))
    p << state_of(U1)


def test_what_was_there_before_is_never_adopted() -> None:
    known = new(U2, -1.0) | {"state": "COMPLETED"}
    assert shows(lost(PLAN, known), new(U2)).ends() is Result.UNKNOWN_START
    # The list was behind, but the pipeline had shown it.
    shown = replace(PLAN.pipeline, newest=(UpdateId(U2),))
    p = lost(replace(PLAN, pipeline=shown))
    assert shows(p, new(U2)).ends() is Result.UNKNOWN_START


@pytest.mark.parametrize("born", [SENT - 5, SENT, LOST_AT, LOST_AT + 5])
@pytest.mark.parametrize("ahead", [0.0, 3600.0, -86_400.0])
def test_the_time_of_the_start_is_measured_by_the_workspaces_clock(
    ahead: float, born: float
) -> None:
    shows(lost(ahead=ahead), new(U1, born + ahead)) << state_of(U1)
    if ahead:
        p = shows(lost(ahead=ahead), new(U1, born))
        assert p.ends() is Result.UNKNOWN_START


@pytest.mark.parametrize(
    ("born", "adopted"), [(-599, True), (601, True), (-601, False)]
)
def test_without_any_date_the_clocks_may_be_ten_minutes_apart(
    born: float, *, adopted: bool
) -> None:
    p = shows(lost(ahead=None), new(U1, born))
    assert p.step_is(state_of(U1)) == adopted
    assert adopted or p.ends() is Result.UNKNOWN_START


def test_a_date_that_comes_later_is_a_clock_all_the_same() -> None:
    hour = 3600.0

    def listed(now: float) -> Executed:
        return dated(updates(new(U1, hour + 1), new(U2, hour + 60)), at(hour + now))

    reads(lost(ahead=None), listed) << state_of(U1)


moments = st.floats(-1e6, 1e6).map(lambda seconds: timedelta(seconds=round(seconds)))


@given(moments, moments, st.floats(0, 30))
def test_what_lies_in_the_window_does_not_depend_on_how_far_the_clocks_are_apart(
    born: timedelta, ahead: timedelta, lasted: float
) -> None:
    until = NOON + timedelta(seconds=lasted)
    here = Window(NOON, until, timedelta())
    there = Window(NOON, until, ahead)
    assert here.holds(NOON + born) == there.holds(NOON + born + ahead)
    assert not there.holds(None)


def test_two_that_can_be_ours_are_none() -> None:
    p = lost()
    p << LIST >> updates(new(U2), new(U1))
    assert p.ends() is Result.UNKNOWN_START
    assert p.outcome.exit_code == 8
    assert "Not to be told from ours: u2, u1." in p.outcome.reason
    assert p.outcome.advice.endswith(
        "/pipelines/p1/updates/u2 https://workspace.test/pipelines/p1/updates/u1"
    )


def test_a_second_one_that_shows_later_is_no_less_in_doubt() -> None:
    p = lost()
    p << LIST >> updates(new(U1))
    p << NAP << LIST >> updates(new(U2), new(U1))
    assert p.ends() is Result.UNKNOWN_START


def test_what_is_not_shown_in_between_was_seen_twice_all_the_same() -> None:
    p = lost()
    p << LIST >> updates(new(U1))
    p << NAP << LIST >> updates()
    p << NAP << LIST >> updates(new(U1))
    p << state_of(U1)
    assert looks(p) == [0.0, 5.0, 10.0]


def test_what_was_shown_once_is_named_when_nothing_more_is_known() -> None:
    p = reads(lost(), lambda now: updates(new(U1)) if now < 4 else updates())
    assert p.ends() is Result.UNKNOWN_START
    assert looks(p) == list(LOOKS)
    assert "Not to be told from ours: u1." in p.outcome.reason


@pytest.mark.parametrize("lag", [4.0, 39.0, 55.0, 61.0])
def test_a_list_that_is_behind_is_read_until_it_has_caught_up(lag: float) -> None:
    def listed(now: float) -> Executed:
        return updates(new(U1)) if now >= lag else updates()

    p = reads(lost(), listed)
    p << state_of(U1)
    assert p.count(START) == 1


@pytest.mark.parametrize("failure", [AWAY, BROKEN, refused(403), throttled()])
def test_three_good_looks_are_needed_before_it_is_given_up(failure: Outcome) -> None:
    p = lost().plays({LIST: failure}, until=90)
    before = p.count(LIST)
    p.plays({LIST: updates()})
    assert p.ends() is Result.UNKNOWN_START
    assert p.count(LIST) - before == 3
    assert 120 <= p.seconds <= 160


@pytest.mark.parametrize("failure", [AWAY, BROKEN, refused(403), refused(404)])
def test_a_list_that_stays_away_is_an_unknown_start_and_nothing_else(
    failure: Outcome,
) -> None:
    p = lost(replace(PLAN, outage_grace=300.0)).plays({LIST: failure})
    assert p.ends() is Result.UNKNOWN_START
    assert 300 <= p.seconds <= 345
    assert p.outcome.server_said == LOST.reason


def test_who_does_not_adopt_is_told_what_was_found() -> None:
    plan = replace(PLAN, on_ambiguous_start=OnAmbiguousStart.FAIL)
    p = shows(lost(plan), new(U1))
    assert p.ends() is Result.UNKNOWN_START
    assert looks(p) == [0.0, 5.0]
    assert "Not to be told from ours: u1." in p.outcome.reason
    assert p.outcome.advice.endswith("https://workspace.test/pipelines/p1/updates/u1")
    assert not p.told(Started)


def test_who_does_not_wait_is_told_how_sure_it_is() -> None:
    p = shows(lost(replace(PLAN, wait=False)), new(U1))
    assert p.ends() is Result.STARTED
    assert p.outcome.reason == (
        "Update u1 is inferred to be the one that was started. This step does not wait"
        " for its end."
    )


@pytest.mark.parametrize(
    "request_",
    [
        UpdateRequest(validate_only=True),
        UpdateRequest(full_refresh=True),
        UpdateRequest(refresh_selection=("a", "b"), full_refresh_selection=("c",)),
        UpdateRequest(parameters={"day": "1"}),
    ],
)
def test_what_was_asked_for_is_what_is_looked_for(request_: UpdateRequest) -> None:
    alike = new(
        U1,
        validate_only=request_.validate_only,
        full_refresh=request_.full_refresh,
        refresh_selection=list[Json](reversed(request_.refresh_selection)),
        full_refresh_selection=list[Json](request_.full_refresh_selection),
        parameters=dict[str, Json](request_.parameters),
    )
    plan = replace(PLAN, request=request_)
    other = new(U2, validate_only=not request_.validate_only)
    shows(lost(plan), alike, other) << state_of(U1)
