from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Outcome
from dlt_action.core.model import Attribution, Json, JsonObject, Result, UpdateRequest
from dlt_action.core.news import Heartbeat, Noted, OutageBegan, OutageEnded, Started
from dlt_action.core.reconcile import LOOKS
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Send, Why
from tests.core.answers import (
    ABANDONED,
    AWAY,
    BROKEN,
    HOPELESS,
    LOST,
    U1,
    U2,
    U3,
    info,
    refused,
    started,
    throttled,
    update,
    updates,
)
from tests.core.events import NOON
from tests.core.playbook import (
    LIST,
    NAP,
    PLAN,
    START,
    Playbook,
    Scene,
    call_of,
    state_of,
)

LEAVE = replace(PLAN, wait=False)
BUSY = "An active update 'u2' already exists for pipeline 'p1'."
NOTHING_NEW: Scene = {LIST: updates()}


def at_the_start() -> Playbook:
    """A dialogue at the point where the start is due."""
    p = Playbook(LEAVE)
    p << LIST >> updates()
    return p


def test_the_updates_are_listed_before_one_is_started() -> None:
    p = Playbook(LEAVE)
    p << LIST >> updates(info("old", "COMPLETED"), info("older", "FAILED"))
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert [news.update_id for news in p.told(Started)] == [U1]
    assert p.outcome.attribution is Attribution.CONFIRMED
    assert p.outcome.update_id == U1


@pytest.mark.parametrize(
    "state",
    [
        *("QUEUED", "CREATED", "WAITING_FOR_RESOURCES", "INITIALIZING", "RESETTING"),
        *("SETTING_UP_TABLES", "RUNNING"),
    ],
)
def test_an_active_update_is_a_conflict_and_nothing_is_started(state: str) -> None:
    p = Playbook()
    p << LIST >> updates(info(U2, state, "USER_ACTION"), info("old", "COMPLETED"))
    assert p.ends() is Result.CONFLICT
    assert p.count(START) == 0
    assert p.outcome.exit_code == 7


@pytest.mark.parametrize("state", ["A_NEW_STATE", "", None])
def test_an_update_in_an_unknown_state_is_left_to_the_api_to_judge(
    state: str | None,
) -> None:
    p = Playbook(LEAVE)
    p << LIST >> updates({"update_id": U2, "state": state})
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


def test_a_conflict_names_the_active_update_its_age_its_cause_and_its_link() -> None:
    began = NOON.timestamp() * 1000 - 90_000
    p = Playbook()
    active = info(U2, "RUNNING", "JOB_TASK", creation_time=began)
    p.passes(5)
    p << LIST >> updates(active)
    assert p.outcome.reason == (
        "Another update (u2) is active on this pipeline: state RUNNING, cause JOB_TASK,"
        " 01:35 old. Nothing was started."
    )
    first, last = p.outcome.advice.splitlines()
    assert first.endswith("https://workspace.test/pipelines/p1/updates/u2")
    assert last.startswith("The input if-active does it for you: `wait`, `attach`")


@pytest.mark.parametrize("born", [None, "soon", 2e12])
def test_an_age_that_makes_no_sense_is_not_told(born: Json) -> None:
    p = Playbook()
    p << LIST >> updates(info(U2, "QUEUED", "A_NEW_CAUSE", creation_time=born))
    assert p.outcome.reason == (
        "Another update (u2) is active on this pipeline: state QUEUED. Nothing was"
        " started."
    )


def test_a_rival_of_whom_nothing_is_known_is_only_named() -> None:
    p = at_the_start()
    p << START >> refused(409, BUSY)
    p << state_of(U2) >> update(U2, "A_NEW_STATE", "")
    assert p.outcome.reason == (
        "Another update (u2) is active on this pipeline. Nothing was started."
    )


@pytest.mark.parametrize(
    "lost",
    [
        *(Ambiguous(reason=kind.value) for kind in FaultKind),
        BROKEN,
        Ambiguous(reason="HTTP 200 with text/html", status=200),
        Ambiguous(reason="HTTP 408", status=408, wait_hint=5.0),
        Ambiguous(reason="too large", oversized=True),
    ],
)
def test_a_start_whose_answer_was_lost_is_never_sent_again(lost: Ambiguous) -> None:
    p = at_the_start()
    p << START >> lost
    p.plays(NOTHING_NEW)
    assert p.ends() is Result.UNKNOWN_START
    assert p.count(START) == 1
    assert [when for when, name in p.sent if name == LIST] == [0, *LOOKS]
    assert p.outcome.server_said == lost.reason
    assert "https://workspace.test/pipelines/p1" in p.outcome.advice
    assert p.outcome.exit_code == 8


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"update_id": None},
        {"update_id": ""},
        {"update_id": 7},
        {"update_id": "../x"},
        {"update_id": ["u1"]},
        {"update": {"update_id": "u1"}},
    ],
)
def test_a_start_that_is_answered_without_an_id_is_unknown(body: JsonObject) -> None:
    p = at_the_start()
    p << START >> Executed(body=body)
    p.plays(NOTHING_NEW)
    assert p.ends() is Result.UNKNOWN_START
    assert p.outcome.server_said == "the answer has no update id"
    assert p.count(START) == 1
    assert not p.told(Started)


@pytest.mark.parametrize("provably_not", [AWAY, throttled(), throttled(9.0)])
def test_a_start_that_provably_did_not_arrive_is_sent_again(
    provably_not: NotExecuted,
) -> None:
    p = at_the_start()
    for _ in range(3):
        p << START >> provably_not
        p << NAP
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


def test_a_start_that_was_lost_after_one_that_did_not_arrive_is_not_sent_again() -> (
    None
):
    p = at_the_start()
    p << START >> AWAY
    p << NAP
    p << START >> LOST
    p.plays(NOTHING_NEW)
    assert p.ends() is Result.UNKNOWN_START
    assert p.count(START) == 2


def test_the_second_try_waits_for_as_long_as_the_server_asks() -> None:
    p = at_the_start()
    p << START >> throttled(100.0)
    p << NAP
    p << START
    assert p.seconds == 100.0


def test_a_start_that_can_never_be_sent_is_not_sent_again() -> None:
    p = at_the_start()
    p << START >> HOPELESS
    assert p.ends() is Result.UNREACHABLE
    assert p.count(START) == 1
    assert p.outcome.server_said == HOPELESS.reason


def test_a_start_that_does_not_arrive_for_half_a_minute_is_given_up() -> None:
    p = at_the_start().plays({START: AWAY})
    assert p.ends() is Result.UNREACHABLE
    assert 30 <= p.seconds < 60
    assert "Nothing was started" in p.outcome.reason
    assert p.outcome.exit_code == 4


def test_a_throttled_start_is_no_outage_and_has_an_end_of_its_own() -> None:
    p = at_the_start().plays({START: throttled(30.0)})
    assert p.ends() is Result.UNREACHABLE
    assert 300 <= p.seconds <= 331
    assert "HTTP 429" in p.outcome.reason


def test_a_throttled_start_is_sent_again_and_told_while_it_lasts() -> None:
    p = at_the_start().plays({START: throttled(30.0)}, until=285)
    p << NAP
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert not p.told(OutageBegan)
    assert len(p.told(Noted)) == 1
    assert 3 <= len(p.told(Heartbeat)) <= 5


def test_an_outage_before_the_start_is_told_when_it_goes_and_when_it_is_back() -> None:
    p = at_the_start()
    for _ in range(3):
        p << START >> AWAY
        p << NAP
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert len(p.told(OutageBegan)) == len(p.told(OutageEnded)) == 1


def test_the_list_is_asked_for_until_it_is_answered() -> None:
    p = Playbook(LEAVE)
    for outcome in (AWAY, LOST, BROKEN):
        p << LIST >> outcome
        p << NAP
    p << LIST >> updates()
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


def test_an_api_that_stays_away_before_the_start_is_told_quickly() -> None:
    p = Playbook().plays({LIST: BROKEN})
    assert p.ends() is Result.UNREACHABLE
    assert 30 <= p.seconds < 60
    assert p.outcome.reason == (
        "Could not list the updates: the API could not be reached. Nothing was started."
    )


def test_a_list_that_can_never_be_had_is_not_asked_for_again() -> None:
    p = Playbook()
    p << LIST >> HOPELESS
    assert p.ends() is Result.UNREACHABLE
    assert p.count(LIST) == 1


@pytest.mark.parametrize(
    ("status", "result", "word"),
    [
        (400, Result.MISCONFIGURED, "HTTP 400"),
        (401, Result.UNAUTHORIZED, "did not accept the token"),
        (403, Result.UNAUTHORIZED, "refused access"),
        (404, Result.MISCONFIGURED, "HTTP 404"),
        (422, Result.MISCONFIGURED, "HTTP 422"),
    ],
)
def test_a_refusal_before_the_start_is_told_with_the_servers_words(
    status: int, result: Result, word: str
) -> None:
    refusal = refused(status, "no such thing", "CODE")
    listing = Playbook()
    listing << LIST >> refusal
    starting = at_the_start()
    starting << START >> refusal
    for p, what in ((listing, "list the updates"), (starting, "start the update")):
        assert p.ends() is result
        assert word in p.outcome.reason
        assert what in p.outcome.reason
        assert p.outcome.reason.endswith("Nothing was started.")
        assert p.outcome.server_said == f"HTTP {status} CODE: no such thing"
        assert p.count(START) <= 1


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_that_names_an_active_update_is_a_conflict(status: int) -> None:
    p = at_the_start()
    p << START >> refused(status, BUSY)
    p << state_of(U2) >> update(U2, "RUNNING", "USER_ACTION")
    assert p.ends() is Result.CONFLICT
    assert "(u2)" in p.outcome.reason
    assert "cause USER_ACTION" in p.outcome.reason


@pytest.mark.parametrize("answer", [LOST, AWAY, refused(404), Executed(body={})])
def test_a_conflict_needs_no_more_than_the_refusal(answer: Outcome) -> None:
    p = at_the_start()
    p << START >> refused(409, BUSY)
    p << state_of(U2) >> answer
    assert p.ends() is Result.CONFLICT
    assert "Another update (u2) is active" in p.outcome.reason
    assert BUSY in p.outcome.server_said


@pytest.mark.parametrize("message", ["busy", "An active update '../x' already exists"])
def test_a_409_that_names_nobody_is_a_conflict_with_the_pipelines_link(
    message: str,
) -> None:
    p = at_the_start()
    p << START >> refused(409, message)
    p << LIST >> updates(info(U2, "COMPLETED"))
    assert p.ends() is Result.CONFLICT
    assert p.outcome.reason.startswith("Another update is active")
    link = p.outcome.advice.splitlines()[0]
    assert link.endswith("https://workspace.test/pipelines/p1")


def test_a_409_that_names_nobody_is_about_the_one_that_the_list_shows_active() -> None:
    p = at_the_start()
    p << START >> refused(409, "busy")
    p << LIST >> updates(info(U3, "COMPLETED"), info(U2, "RUNNING", "JOB_TASK"))
    assert p.ends() is Result.CONFLICT
    assert p.outcome.reason.startswith("Another update (u2) is active")


def test_what_was_asked_is_what_is_sent() -> None:
    request = UpdateRequest(
        full_refresh_selection=("main.a.b",), extra={"new_field": [1]}
    )
    p = Playbook(replace(PLAN, request=request))
    p << LIST >> updates()
    p << START
    assert call_of(p).body == {"full_refresh_selection": ["main.a.b"], "new_field": [1]}


def test_the_start_goes_on_a_fresh_connection_and_gets_time_after_a_signal() -> None:
    p = at_the_start()
    p << START
    step = p.step
    assert isinstance(step, Send)
    assert step.call.fresh
    assert step.after_signal == 3.0


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_before_the_start_starts_nothing(why: Why) -> None:
    p = Playbook()
    p << LIST
    p.interrupt(why)
    p >> ABANDONED
    assert p.ends() is Result.INTERRUPTED
    assert p.count(START) == 0
    assert p.outcome.signal == why.signal
    assert p.outcome.exit_code == 128 + why.value
    assert p.outcome.reason == f"{why.told}. Nothing was started."


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_before_the_first_call_makes_none(why: Why) -> None:
    p = Playbook().interrupt(why)
    assert p.ends() is Result.INTERRUPTED
    assert p.sent == []


def test_a_signal_after_the_list_was_answered_starts_nothing() -> None:
    p = Playbook()
    p << LIST
    p.interrupt(Why.SIGTERM)
    p >> updates()
    assert p.ends() is Result.INTERRUPTED


def test_a_signal_between_two_tries_starts_nothing_and_waits_for_nothing() -> None:
    p = at_the_start()
    p << START >> AWAY
    p << NAP << START >> AWAY
    p.interrupt(Why.SIGINT)
    assert p.ends() is Result.INTERRUPTED


def test_a_signal_while_a_start_does_not_arrive_waits_for_nothing() -> None:
    p = at_the_start()
    p << START
    p.interrupt(Why.SIGINT)
    p >> throttled(60.0)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds == 0


def test_a_signal_that_loses_the_starts_answer_tells_that_one_may_be_running() -> None:
    p = at_the_start()
    p << START
    p.interrupt(Why.SIGTERM)
    p.passes(3)
    p >> ABANDONED
    p.plays(NOTHING_NEW)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 143
    assert p.count(START) == 1
    assert p.seconds <= 5.5
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM) while the answer to the start was"
        " lost: an update may be"
        " running, or may still begin. The start was not sent a second time, and"
        " nothing was stopped."
    )


def test_the_timeout_before_the_start_starts_nothing() -> None:
    p = Playbook(timeout=20).plays({LIST: throttled()})
    assert p.ends() is Result.TIMED_OUT
    assert p.seconds == 20
    assert p.outcome.reason.endswith("Nothing was started.")


def test_the_timeout_between_two_tries_starts_nothing() -> None:
    p = Playbook(timeout=20)
    p << LIST >> updates()
    p.plays({START: throttled()})
    assert p.ends() is Result.TIMED_OUT


def test_a_start_that_is_under_way_when_the_time_runs_out_may_still_be_answered() -> (
    None
):
    p = Playbook(LEAVE, timeout=20)
    p.passes(19.9)
    p << LIST >> updates()
    p << START
    step = p.step
    assert isinstance(step, Send)
    assert step.within == 30.0
    p.passes(10) >> started(U1)
    assert p.outcome.update_id == U1
