"""Following one update to its end: each rule of the watch, as a dialogue."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from dlt_action.core.exchange import Ambiguous, Executed, Outcome
from dlt_action.core.logreader import MOST_PAGES_AT_ONCE
from dlt_action.core.model import FlowStatus, JsonObject, Result
from dlt_action.core.news import (
    Failing,
    Heartbeat,
    Logged,
    Noted,
    Started,
    StateSeen,
    Warned,
)
from tests.core.answers import (
    AWAY,
    BROKEN,
    LOST,
    U1,
    U2,
    events,
    log_of,
    pipeline,
    refused,
    throttled,
    update,
)
from tests.core.events import flow, state
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    STOP,
    Playbook,
    Scene,
    call_of,
    running,
    state_of,
)

RUNNING = update(U1, "RUNNING")
COMPLETED = update(U1, "COMPLETED")
QUIET: Scene = {state_of(U1): RUNNING, EVENTS: events()}
DONE: Scene = {state_of(U1): COMPLETED, EVENTS: log_of("RUNNING", "COMPLETED")}


def completes(p: Playbook) -> Playbook:
    """The update completes, and its log says so at once."""
    p << state_of(U1) >> COMPLETED
    p << EVENTS >> log_of("RUNNING", "COMPLETED")
    p << NAP << EVENTS >> events()
    return p << state_of(U1) >> COMPLETED


def test_the_update_is_told_before_anything_else_is_asked() -> None:
    p = running()
    p << state_of(U1)
    assert [type(news) for news in p.news] == [Started]


def test_an_update_that_completes_has_succeeded() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> log_of("RUNNING")
    p << NAP
    assert completes(p).ends() is Result.SUCCEEDED
    assert p.outcome.reason == "Update u1 completed."
    assert p.outcome.state == "COMPLETED"
    assert p.outcome.exit_code == 0
    assert p.outcome.warnings == ()


def test_the_log_is_read_after_the_state_until_it_brings_nothing_new() -> None:
    p = running()
    p << state_of(U1) >> COMPLETED
    p << EVENTS >> log_of("RUNNING")
    p << NAP << EVENTS >> log_of("RUNNING", "COMPLETED")
    p << NAP << EVENTS >> log_of("RUNNING", "COMPLETED")
    p << state_of(U1) >> COMPLETED
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.events_read == 2
    assert p.seconds == 2


def test_what_becomes_visible_five_seconds_after_the_end_is_told() -> None:
    p = running().plays(
        {
            state_of(U1): COMPLETED,
            EVENTS: lambda now: log_of("COMPLETED") if now >= 5 else events(),
        }
    )
    assert p.ends() is Result.SUCCEEDED
    assert [news.state for news in p.told(StateSeen)] == ["COMPLETED"]
    assert 6 <= p.seconds <= 8


def test_a_log_that_never_shows_the_end_is_waited_for_ten_seconds_only() -> None:
    p = running().plays({state_of(U1): COMPLETED, EVENTS: events()})
    assert p.ends() is Result.SUCCEEDED
    assert 10 <= p.seconds <= 11


def test_an_end_is_believed_when_it_was_read_twice() -> None:
    p = running()
    p << state_of(U1) >> COMPLETED
    p << EVENTS >> log_of("COMPLETED")
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> RUNNING
    p << NAP
    p << state_of(U1) >> RUNNING
    p << NAP
    assert completes(p).ends() is Result.SUCCEEDED


def test_an_end_that_cannot_be_confirmed_is_asked_for_again() -> None:
    p = running()
    p << state_of(U1) >> COMPLETED
    p << EVENTS >> log_of("COMPLETED")
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> AWAY
    p << NAP
    p << state_of(U1) >> COMPLETED
    assert p.ends() is Result.SUCCEEDED


NOT_OURS: list[JsonObject] = [
    {},
    {"update": None},
    {"update": []},
    {"update": {"state": "COMPLETED"}},
    {"update": {"update_id": None, "state": "COMPLETED"}},
    {"update": {"update_id": U2, "state": "COMPLETED"}},
    {"update_id": U1, "state": "COMPLETED"},
    {"updates": [{"update_id": U1, "state": "COMPLETED"}]},
]


@pytest.mark.parametrize("body", NOT_OURS)
def test_an_answer_that_is_not_about_our_update_is_none(body: JsonObject) -> None:
    scene = {state_of(U1): Executed(body=body), EVENTS: log_of("COMPLETED")}
    p = running().plays(scene, until=600)
    assert completes(p << NAP).ends() is Result.SUCCEEDED
    p = running().plays(scene)
    assert p.ends() is Result.UNREACHABLE
    assert p.outcome.server_said == "the answer is not that of a Databricks workspace"


NOT_AN_END: list[JsonObject] = [
    {"update": {"update_id": U1}},
    {"update": {"update_id": U1, "state": None}},
    {"update": {"update_id": U1, "state": 3}},
    {"update": {"update_id": U1, "state": ["COMPLETED"]}},
    {"update": {"update_id": U1, "state": "Completed"}},
    {"update": {"update_id": U1, "state": "COMPLETED_WITH_WARNINGS"}},
]


@pytest.mark.parametrize("body", NOT_AN_END)
def test_only_the_word_completed_opens_the_gate(body: JsonObject) -> None:
    scene = {state_of(U1): Executed(body=body), EVENTS: log_of("COMPLETED")}
    p = running().plays(scene, until=3600)
    assert completes(p << NAP).ends() is Result.SUCCEEDED


def test_a_state_that_we_cannot_name_is_waited_in_and_told_once() -> None:
    p = running()
    p.plays({state_of(U1): update(U1, "RECONCILING"), EVENTS: events()}, until=600)
    assert len([note for note in p.told(Noted) if "RECONCILING" in note.text]) == 1
    assert [news.state for news in p.told(StateSeen)] == ["RECONCILING"]
    p.plays(DONE)
    assert p.ends() is Result.SUCCEEDED


def test_states_that_come_and_go_are_waited_in() -> None:
    names = ["RUNNING", "INITIALIZING", "RUNNING", "NEW", "RUNNING", "STOPPING"]
    p = running()
    for name in names:
        p.looks(update(U1, name), events())
    assert p.plays(DONE).ends() is Result.SUCCEEDED


def test_an_hour_of_running_is_told_once_a_minute() -> None:
    p = running().plays(QUIET, until=3600)
    assert 58 <= len(p.told(Heartbeat)) <= 61
    assert p.told(Heartbeat)[-1].state == "RUNNING"
    assert 400 < p.count(state_of(U1)) < 900


def test_progress_is_told_when_it_changed() -> None:
    p = running()
    for status in ("RUNNING", "RUNNING", "COMPLETED"):
        p.looks(RUNNING, events(flow("f", status, p.seconds)))
    told = [beat.flows for beat in p.told(Heartbeat)]
    assert told == [{FlowStatus.RUNNING: 1}, {FlowStatus.COMPLETED: 1}]


def test_five_thousand_events_between_two_looks_are_all_read() -> None:
    pages = [
        events(
            *(
                flow(f"f{n % 50}", "RUNNING", n / 1000)
                for n in range(first, first + 250)
            ),
            token=f"page-{first}" if first < 4750 else None,
        )
        for first in range(0, 5000, 250)
    ]
    p = running()
    p << state_of(U1) >> RUNNING
    for page in pages:
        p << EVENTS >> page
    p << NAP
    assert len(p.told(Logged)) == 5000
    assert p.plays(DONE).outcome.events_read == 5002


def test_a_backlog_is_read_in_parts_and_none_of_it_twice() -> None:
    def page(number: int) -> Executed:
        return events(state("RUNNING", number), token=f"{number}")

    p = running()
    for first in (0, MOST_PAGES_AT_ONCE):
        p << state_of(U1) >> RUNNING
        for number in range(first, first + MOST_PAGES_AT_ONCE):
            p << EVENTS >> page(number)
        p << NAP
    assert len(p.told(Logged)) == 2 * MOST_PAGES_AT_ONCE


def test_a_backlog_is_read_on_where_it_was_left() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    for number in range(MOST_PAGES_AT_ONCE):
        p << EVENTS >> events(token=f"{number}")
    p << NAP << state_of(U1) >> RUNNING
    p << EVENTS
    assert dict(call_of(p).query)["page_token"] == f"{MOST_PAGES_AT_ONCE - 1}"


def test_a_backlog_does_not_keep_the_heartbeat_waiting() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    for number in range(MOST_PAGES_AT_ONCE):
        p << EVENTS
        p.passes(20) >> events(token=f"{number}")
    assert len(p.told(Heartbeat)) >= 13


def test_an_event_that_is_read_twice_is_folded_once() -> None:
    batch = flow("f", "RUNNING", 1, {"metrics": {"num_output_rows": 7}})
    p = running()
    for _ in range(3):
        p.looks(RUNNING, events(batch))
    assert p.plays(DONE).outcome.rows_written == 7


LOG_FAILURES: list[Outcome] = [
    refused(403),
    refused(404),
    refused(400),
    BROKEN,
    LOST,
    AWAY,
    throttled(),
    Executed(body={"events": None}),
    Ambiguous(reason="too large", oversized=True),
]


@pytest.mark.parametrize("failure", LOG_FAILURES)
def test_the_log_failing_never_ends_the_watch(failure: Outcome) -> None:
    p = running()
    p.plays({state_of(U1): RUNNING, EVENTS: failure}, until=3600)
    p.plays({state_of(U1): COMPLETED, EVENTS: failure})
    assert p.ends() is Result.SUCCEEDED
    noted = 0 if isinstance(failure, Executed) else 1
    assert len(p.told(Noted)) == noted


def test_a_log_that_comes_back_is_read_from_where_it_was() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> BROKEN
    p << NAP
    p.plays(DONE)
    assert p.outcome.events_read == 2


def test_a_refused_page_token_costs_no_event() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(state("CREATED", 0), token="t")
    p << EVENTS >> refused(400, "token expired")
    p << EVENTS >> log_of("CREATED", "RUNNING")
    p << NAP
    assert [news.state for news in p.told(StateSeen)] == ["CREATED", "RUNNING"]
    assert not p.told(Noted)


def test_a_log_that_refuses_each_token_is_not_asked_for_ever() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(token="t")
    for _ in range(4):
        p << EVENTS >> refused(400, "token")
    p << NAP
    assert len(p.told(Noted)) == 1


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> Ambiguous(reason="too large", oversized=True)
    p << EVENTS >> log_of("RUNNING")
    p << NAP
    assert not p.told(Noted)


def test_a_state_is_told_with_the_logs_time_or_by_the_second_look() -> None:
    p = running()
    p << state_of(U1) >> update(U1, "CREATED")
    p << EVENTS >> log_of("CREATED")
    p << NAP
    for _ in range(3):
        p.looks(RUNNING, events())
    told = [(news.state, news.at is None) for news in p.told(StateSeen)]
    assert told == [("CREATED", False), ("RUNNING", True)]


@pytest.mark.parametrize("status", [401, 403])
def test_access_that_is_lost_for_good_is_no_verdict_about_the_update(
    status: int,
) -> None:
    p = running().plays(QUIET, until=300)
    p.plays({state_of(U1): refused(status, "Invalid Token")})
    assert p.ends() is Result.UNAUTHORIZED
    assert p.outcome.exit_code == 3
    assert "It may still be running" in p.outcome.reason
    assert p.outcome.server_said == f"HTTP {status}: Invalid Token"
    assert p.seconds < 400


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusals_with_answers_in_between_change_nothing(status: int) -> None:
    p = running()
    for _ in range(30):
        p.looks(refused(status), events())
        p << state_of(U1)
        p.looks(RUNNING, events())
    assert p.plays(DONE).ends() is Result.SUCCEEDED


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_a_single_refusal_changes_nothing(status: int) -> None:
    p = running()
    p << state_of(U1) >> refused(status)
    p << NAP
    assert completes(p).ends() is Result.SUCCEEDED


def test_an_update_that_disappears_for_a_minute_is_gone() -> None:
    p = running().plays(QUIET, until=300)
    p.plays({state_of(U1): refused(404)})
    assert p.ends() is Result.GONE
    assert 360 <= p.seconds < 400
    assert p.outcome.exit_code == 4


def test_an_api_that_refuses_to_understand_is_away() -> None:
    p = running().plays({state_of(U1): refused(400)})
    assert p.ends() is Result.UNREACHABLE
    assert p.seconds >= 900
    assert "may still be running" in p.outcome.reason


def test_somebody_elses_update_is_never_looked_at() -> None:
    p = running()
    completes(p)
    assert {name for _, name in p.sent[2:]} == {state_of(U1), EVENTS}


def test_a_dry_run_that_passes_is_validated() -> None:
    plan = replace(PLAN, request=replace(PLAN.request, validate_only=True))
    p = completes(running(plan=plan))
    assert p.ends() is Result.VALIDATED
    assert p.outcome.reason == "The dry run u1 passed. Nothing was refreshed."


def test_with_wait_false_it_leaves_at_once() -> None:
    p = running(plan=replace(PLAN, wait=False))
    assert p.ends() is Result.STARTED
    assert p.outcome.update_id == U1
    assert p.outcome.exit_code == 0
    assert not p.outcome.result.ok


UNTIL_RUNNING = replace(PLAN, until_running=True)


def test_waiting_for_running_ends_when_it_ran_for_the_settle_time() -> None:
    p = running(plan=UNTIL_RUNNING)
    p.plays({state_of(U1): update(U1, "CREATED"), EVENTS: events()}, until=30)
    p.plays(QUIET)
    assert p.ends() is Result.RUNNING
    assert 90 <= p.seconds <= 93
    assert p.outcome.result.ok
    assert p.count(STOP) == 0


def test_a_settle_time_of_nothing_is_over_at_once() -> None:
    p = running(plan=replace(UNTIL_RUNNING, settle_time=0.0)).plays(QUIET)
    assert p.ends() is Result.RUNNING
    assert p.seconds == 0


def test_the_settle_time_is_over_to_the_second() -> None:
    plan = replace(UNTIL_RUNNING, settle_time=65.0)
    p = running(plan=plan)
    p.plays({state_of(U1): update(U1, "CREATED"), EVENTS: events()}, until=1000)
    p << NAP
    began = p.seconds
    p.plays(QUIET)
    assert p.ends() is Result.RUNNING
    assert p.seconds - began == 65.0


def test_running_is_no_success_any_more_once_the_time_is_over() -> None:
    p = running(plan=UNTIL_RUNNING, timeout=30)
    p.plays({**QUIET, PIPELINE: pipeline(U2)})
    assert p.ends() is Result.TIMED_OUT
    assert p.seconds == 210


def failing(now: float) -> JsonObject:
    """A flow that fails again and again for one reason, as the log tells it."""
    (page,) = [events(flow("f", "FAILED", now)).body["events"]]
    assert isinstance(page, list)
    (one,) = page
    assert isinstance(one, dict)
    return {**one, "level": "WARN", "error": {"exceptions": [{"message": "boom"}]}}


def test_an_unhealthy_flow_begins_the_settle_time_again() -> None:
    def log(now: float) -> Executed:
        if now < 120:
            return Executed(body={"events": [failing(now)]})
        return events(flow("f", "RUNNING", 120.0))

    p = running(plan=UNTIL_RUNNING).plays({state_of(U1): RUNNING, EVENTS: log})
    assert p.ends() is Result.RUNNING
    assert 175 <= p.seconds < 200
    assert len(p.told(Failing)) == 1


@pytest.mark.parametrize("status", ["FAILED", "QUEUED", "PLANNING", "STARTING"])
def test_flows_that_failed_or_have_not_begun_are_not_healthy(status: str) -> None:
    quiet: Scene = {state_of(U1): RUNNING, EVENTS: events(flow("f", status, 5.0))}
    p = running(plan=UNTIL_RUNNING, timeout=600).plays(
        {**quiet, PIPELINE: pipeline(U2)}
    )
    assert p.ends() is Result.TIMED_OUT


def test_one_that_failed_is_enough_and_one_that_waits_is_not() -> None:
    def ends(*statuses: str) -> Result | None:
        log = events(*(flow(f"f{n}", one, 5.0 + n) for n, one in enumerate(statuses)))
        p = running(plan=UNTIL_RUNNING, timeout=600)
        p.plays({state_of(U1): RUNNING, EVENTS: log, PIPELINE: pipeline(U2)})
        return p.ends()

    assert ends("RUNNING", "QUEUED", "IDLE") is Result.RUNNING
    assert ends("RUNNING", "FAILED") is Result.TIMED_OUT


def test_what_nobody_can_read_is_not_called_healthy() -> None:
    def log(now: float) -> Outcome:
        return AWAY if now < 300 else events()

    p = running(plan=UNTIL_RUNNING).plays({state_of(U1): RUNNING, EVENTS: log})
    assert p.ends() is Result.RUNNING
    assert 300 <= p.seconds < 330


def test_leaving_running_begins_the_settle_time_again() -> None:
    def look(now: float) -> Executed:
        return update(U1, "INITIALIZING" if 40 < now < 50 else "RUNNING")

    p = running(plan=UNTIL_RUNNING).plays({state_of(U1): look, EVENTS: events()})
    assert p.ends() is Result.RUNNING
    assert p.seconds >= 105


def test_an_update_that_completes_before_it_settled_has_succeeded() -> None:
    assert completes(running(plan=UNTIL_RUNNING)).ends() is Result.SUCCEEDED


def test_running_is_not_enough_where_completion_was_asked_for() -> None:
    p = running().plays(QUIET, until=3600)
    p << NAP << state_of(U1)
    assert not p.told(Warned)


def test_the_poll_interval_that_was_asked_for_is_the_longest_pause() -> None:
    plan = replace(PLAN, poll_ceiling=3.0)
    p = running(plan=plan).plays(QUIET, until=3000)
    times = [when for when, name in p.sent if name in (state_of(U1), EVENTS)]
    assert max(after - before for before, after in pairwise(times)) <= 3.0


def test_what_is_known_so_far_can_be_saved_at_any_time() -> None:
    p = Playbook()
    assert p.run.so_far().result is Result.UNFINISHED
    assert p.run.so_far().update_id is None
    p = running()
    p << state_of(U1) >> update(U1, "RUNNING", "USER_ACTION")
    p << EVENTS >> events(flow("f", "RUNNING", 1, {"metrics": {"num_output_rows": 3}}))
    so_far = p.run.so_far()
    assert so_far.result is Result.UNFINISHED
    assert (so_far.update_id, so_far.state, so_far.rows_written) == (U1, "RUNNING", 3)
    assert so_far.update_url == "https://workspace.test/pipelines/p1/updates/u1"
    assert not so_far.result.ok


def test_while_it_runs_our_update_is_asked_for_and_once_what_lies_behind() -> None:
    p = running().plays(QUIET, until=3600)
    assert p.count(LIST) == 2
    assert p.count(PIPELINE) == p.count(STOP) == 0


def test_a_429_between_two_refusals_breaks_their_row() -> None:
    refusal = refused(409, "no", "ABORTED")
    p = running(plan=replace(PLAN, outage_grace=100.0))
    p << state_of(U1) >> refusal
    p << NAP << state_of(U1) >> throttled(120.0)
    p << NAP << state_of(U1) >> refusal
    assert p.seconds > 100
    p << NAP << state_of(U1) >> update(U1, "COMPLETED")
    p << EVENTS >> log_of("COMPLETED")
    assert p.count(state_of(U1)) == 4


@pytest.mark.parametrize("status", [400, 404])
def test_a_state_that_is_refused_is_not_asked_for_all_the_time(status: int) -> None:
    def now_is(now: float) -> Outcome:
        return refused(status) if 55 <= now < 75 else update(U1, "RUNNING")

    p = running(plan=UNTIL_RUNNING).plays({**QUIET, state_of(U1): now_is})
    asked = [at for at, name in p.sent if name == state_of(U1) and 55 <= at < 75]
    assert p.ends() is Result.RUNNING
    assert 1 <= len(asked) <= 10
