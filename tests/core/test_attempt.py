from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from dlt_action.core.attempt import MOST_FAILURES_TOLD, Following
from dlt_action.core.event import Event
from dlt_action.core.model import (
    Cause,
    Level,
    PipelineId,
    RequestId,
    Update,
    UpdateId,
    UpdateState,
)
from dlt_action.core.news import Failing, Logged, News, StateSeen
from tests.core.events import NOON, at, event, flow, state, thrown
from tests.core.playbook import PLAN

U1 = UpdateId("u1")


def following(retries: int = 0) -> Following:
    return Following(PipelineId("p1"), U1, Cause.API_CALL, retries)


def looked(name: str = "RUNNING", **more: str) -> Update:
    text = more.get("cause", "API_CALL")
    request = more.get("request")
    return Update(
        update_id=U1,
        state=UpdateState(name),
        state_text=name,
        cause=Cause(text),
        cause_text=text,
        request_id=None if request is None else RequestId(request),
    )


def failed(name: str | None, said: str, level: Level = Level.ERROR) -> Event:
    return replace(
        event("flow_progress", {"status": "FAILED"}, flow=name, level=level),
        chain=(thrown(said),),
    )


def besides_events(news: Iterable[News]) -> list[News]:
    return [one for one in news if not isinstance(one, Logged)]


def failures(news: Iterable[News]) -> list[tuple[str | None, str, bool]]:
    return [
        (one.problem.flow, one.problem.headline, one.final)
        for one in news
        if isinstance(one, Failing)
    ]


def test_each_event_is_told_and_folded() -> None:
    ours = following()
    events = [flow("f", "RUNNING"), event("advisory", {})]
    assert ours.took(events) == [Logged(one) for one in events]
    assert ours.tally.events == 2


def test_a_state_in_the_log_is_told_with_its_time_and_once() -> None:
    news = following().took([state("RUNNING", 5), state("RUNNING", 6)])
    assert besides_events(news) == [StateSeen(U1, "RUNNING", at(5))]


def test_an_update_progress_without_a_state_is_no_state() -> None:
    assert besides_events(following().took([event("update_progress", {})])) == []


def test_a_look_is_news_when_the_next_one_sees_the_same() -> None:
    ours = following()
    assert ours.looked(looked()) == []
    assert ours.looked(looked()) == [StateSeen(U1, "RUNNING", None)]
    assert ours.looked(looked()) == []
    assert besides_events(ours.took([state("RUNNING")])) == []


def test_a_look_is_no_news_when_the_log_told_it() -> None:
    ours = following()
    assert ours.looked(looked()) == []
    ours.took([state("RUNNING")])
    assert ours.looked(looked()) == []


def test_a_state_that_was_seen_in_passing_only_is_left_to_the_log() -> None:
    ours = following()
    seen = [ours.looked(looked(name)) for name in ("CREATED", "RUNNING", "RUNNING")]
    assert seen == [[], [], [StateSeen(U1, "RUNNING", None)]]


def test_a_flow_that_fails_again_and_again_is_two_lines() -> None:
    tries = [failed("f", "boom", Level.WARN)] * 2 + [failed("f", "boom")] * 2
    assert failures(following().took(tries)) == [
        ("f", "boom", False),
        ("f", "boom", True),
    ]


def test_the_update_failing_for_the_same_reason_is_not_a_line() -> None:
    both = [failed("f", "boom"), failed(None, "boom"), failed(None, "bang")]
    assert failures(following().took(both)) == [
        ("f", "boom", True),
        (None, "bang", True),
    ]


def test_failures_without_end_are_not_told_without_end() -> None:
    many = [failed("f", f"boom {n}") for n in range(MOST_FAILURES_TOLD + 10)]
    assert len(failures(following().took(many))) == MOST_FAILURES_TOLD


@pytest.mark.parametrize(
    ("told", "looked_at", "known"),
    [
        ("started", "looked", "started"),
        (None, "looked", "looked"),
        (None, None, "logged"),
    ],
)
def test_the_request_is_the_starts_or_the_updates_or_the_logs(
    told: str | None, looked_at: str | None, known: str | None
) -> None:
    ours = following()
    ours.request_id = None if told is None else RequestId(told)
    assert ours.request == told
    ours.took([replace(event("advisory", {}), request_id=RequestId("logged"))])
    ours.looked(looked() if looked_at is None else looked(request=looked_at))
    assert ours.request == known


def test_failures_before_are_the_logs_number_or_the_retries_we_followed() -> None:
    ours = following(retries=1)
    assert ours.failed_attempts == 1
    ours.took([event("create_update", {"failed_attempts": 4})])
    assert ours.failed_attempts == 4


def test_an_attempt_that_was_never_read_says_so() -> None:
    attempt = following().attempt(PLAN)
    assert attempt.state is UpdateState.UNRECOGNISED
    assert attempt.state_text == ""
    assert (attempt.cause, attempt.cause_text) == (Cause.API_CALL, "API_CALL")
    assert attempt.created is None
    assert attempt.ended is None


def test_an_attempt_says_what_was_read_last() -> None:
    ours = following()
    ours.looked(replace(looked("COMPLETED", cause="ODD_CAUSE"), created=NOON))
    ours.took([state("RUNNING"), state("COMPLETED", 60), failed("f", "boom")])
    attempt = ours.attempt(PLAN)
    assert attempt.state is UpdateState.COMPLETED
    assert (attempt.cause, attempt.cause_text) == (Cause.UNRECOGNISED, "ODD_CAUSE")
    assert (attempt.created, attempt.ended) == (NOON, at(60))
    assert [phase.state for phase in attempt.phases] == ["RUNNING", "COMPLETED"]
    assert [problem.headline for problem in attempt.problems] == ["boom"]
    assert attempt.url.endswith("/pipelines/p1/updates/u1")


def test_a_cause_that_the_api_does_not_tell_is_the_one_we_know() -> None:
    ours = following()
    ours.looked(looked(cause=""))
    assert ours.attempt(PLAN).cause_text == "API_CALL"


def test_who_was_told_that_it_runs_is_not_told_that_it_was_queued() -> None:
    ours = following()
    assert ours.looked(looked("RUNNING")) == []
    assert len(ours.looked(looked("RUNNING"))) == 1
    late = [state("QUEUED"), state("SETTING_UP_TABLES", 5), state("RUNNING", 9)]
    after = [state("STOPPING", 10), state("REBALANCING", 11), state("CANCELED", 12)]
    news = ours.took([*late, *after])
    told = [one.state for one in news if isinstance(one, StateSeen)]
    assert told == ["STOPPING", "REBALANCING", "CANCELED"]
