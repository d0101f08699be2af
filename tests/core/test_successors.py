"""What the platform does with an update that ended badly, as dialogues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Json, JsonObject, Level, Result, UpdateRequest
from dlt_action.core.news import Noted, OutageBegan, OutageEnded, TookUp
from dlt_action.core.plan import Plan
from dlt_action.core.successors import MOST_PAGES
from tests.core.answers import (
    AWAY,
    BROKEN,
    U1,
    U2,
    U3,
    events,
    info,
    log_of,
    pipeline,
    refused,
    throttled,
    update,
    updates,
)
from tests.core.events import event, flow, state, thrown
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
    with_pipeline,
)

RETRY = "RETRY_ON_FAILURE"
ALONE = updates(info(U1, "FAILED"), info("old", "COMPLETED"))
RETRY_OF_OURS = (info(U2, "QUEUED", RETRY), info(U1, "FAILED"))
RETRIED = updates(*RETRY_OF_OURS)
# The platform says nothing of what it will do.
SILENT: Scene = {PIPELINE: pipeline(U1, "IDLE"), LIST: ALONE}
RECOVERING: Scene = {**SILENT, PIPELINE: pipeline(U1, "RECOVERING")}


def ends(
    p: Playbook, name: str, how: str, cause: str = "API_CALL", **more: Json
) -> Playbook:
    """Update *name* ends, the log says so, and the end is confirmed."""
    p << state_of(name) >> update(name, how, cause, **more)
    p << EVENTS >> events(state(how, p.seconds), update=name)
    p << NAP << EVENTS >> events()
    return p << state_of(name) >> update(name, how, cause, **more)


def restarts(p: Playbook, *newest_first: JsonObject) -> Playbook:
    """The list shows a successor, and it is taken up."""
    p << PIPELINE >> pipeline(str(newest_first[0]["update_id"]))
    return p << LIST >> updates(*newest_first)


def failed(plan: Plan = PLAN) -> Playbook:
    """A dialogue at the point where the first update has failed."""
    return ends(running(plan=plan), U1, "FAILED")


def attempts(p: Playbook) -> list[tuple[str, str, str]]:
    return [(a.update_id, a.state_text, a.cause_text) for a in p.outcome.attempts]


def test_a_failed_update_is_followed_into_its_successor() -> None:
    p = failed()
    p << PIPELINE >> pipeline(U1, "RECOVERING")
    p << LIST >> ALONE
    p << NAP
    p << PIPELINE >> pipeline(U2)
    p << LIST >> RETRIED
    p << state_of(U2) >> update(U2, "RUNNING", RETRY)
    p << EVENTS >> log_of("RUNNING", update=U2)
    p << NAP
    p = ends(p, U2, "COMPLETED", cause=RETRY)
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.reason == "Update u2 completed after 2 attempts."
    assert attempts(p) == [(U1, "FAILED", "API_CALL"), (U2, "COMPLETED", RETRY)]
    (news,) = p.told(TookUp)
    assert (news.update_id, news.predecessor, news.cause) == (U2, U1, RETRY)
    assert news.url.endswith("/updates/u2")


def test_a_chain_is_followed_to_its_failing_end() -> None:
    p = failed()
    for before, after in ((U1, U2), (U2, U3)):
        restarts(p, info(after, "QUEUED", RETRY), info(before, "FAILED"))
        p = ends(p, after, "FAILED", cause=RETRY)
    p.plays({**SILENT, LIST: updates(info(U3, "FAILED", RETRY))})
    assert p.ends() is Result.FAILED
    assert p.outcome.reason == "Update u3 failed after 3 attempts."
    assert [name for name, *_ in attempts(p)] == [U1, U2, U3]
    assert p.count(STOP) == 0


def test_what_the_reports_tell_is_of_the_last_attempt() -> None:
    p = running()
    flows: JsonObject = {"status": "COMPLETED", "metrics": {"num_output_rows": 3}}
    p << state_of(U1) >> update(U1, "FAILED")
    p << EVENTS >> events(event("flow_progress", flows, flow="a"), state("FAILED"))
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "FAILED")
    restarts(p, *RETRY_OF_OURS)
    assert ends(p, U2, "COMPLETED").outcome.flows == ()
    assert p.outcome.events_read == 3


@pytest.mark.parametrize(
    "cause", ["SCHEMA_CHANGE", "SERVICE_UPGRADE", "INFRASTRUCTURE_MAINTENANCE"]
)
def test_a_canceled_update_is_followed_into_its_restart(cause: str) -> None:
    p = ends(running(), U1, "CANCELED")
    restarts(p, info(U2, "CREATED", cause), info(U1, "CANCELED"))
    p = ends(p, U2, "COMPLETED", cause=cause)
    assert p.ends() is Result.SUCCEEDED
    assert attempts(p)[0] == (U1, "CANCELED", "API_CALL")


def test_a_failure_without_a_successor_is_the_end_after_the_grace() -> None:
    p = failed()
    began = p.seconds
    p.plays(SILENT)
    assert p.ends() is Result.FAILED
    assert p.seconds - began == 45.0
    assert p.outcome.exit_code == 1
    assert p.outcome.reason == "Update u1 failed."


def test_a_cancel_without_a_successor_is_canceled_after_the_grace() -> None:
    p = ends(running(), U1, "CANCELED").plays(SILENT)
    assert p.ends() is Result.CANCELED
    assert p.outcome.reason == "Update u1 was canceled."


def test_the_grace_is_the_one_that_was_asked_for() -> None:
    p = failed(replace(PLAN, restart_grace=300.0)).plays(SILENT)
    assert p.ends() is Result.FAILED
    assert 300 <= p.seconds <= 310


@pytest.mark.parametrize("named", ["RECOVERING", "STARTING", "DEPLOYING"])
def test_a_restart_that_is_announced_is_waited_for_a_quarter_of_an_hour(
    named: str,
) -> None:
    p = failed()
    began = p.seconds
    p.plays({**SILENT, PIPELINE: pipeline(U1, named)}, until=began + 899)
    p << NAP << PIPELINE >> pipeline(U1, named)
    p << LIST >> ALONE
    p.plays({**SILENT, PIPELINE: pipeline(U1, named)})
    assert p.ends() is Result.FAILED
    # 5 s before that it was heard last, and is believed for one grace more.
    assert p.seconds - began == 895.0 + 45.0


@pytest.mark.parametrize("named", ["RECOVERING", "STARTING", "RUNNING", "RESETTING"])
def test_what_was_about_to_begin_is_waited_for_when_it_is_not_announced_any_more(
    named: str,
) -> None:
    # It began and ended in between, and the lists are behind.
    def shown(now: float) -> Executed:
        return pipeline(U1, named if now < 70 else "IDLE")

    scene: Scene = {**SILENT, PIPELINE: shown}
    p = failed().plays(scene, until=100)
    p << NAP << PIPELINE >> pipeline(U2, "IDLE")
    p << LIST >> RETRIED
    p << state_of(U2)
    quiet = failed().plays(scene)
    assert quiet.ends() is Result.FAILED
    assert 110 <= quiet.seconds <= 116


@pytest.mark.parametrize("named", ["IDLE", "STOPPING", "FAILED", "A_NEW_STATE"])
def test_what_announces_nothing_is_not_waited_for_any_longer(named: str) -> None:
    p = failed().plays({**SILENT, PIPELINE: pipeline(U1, named)})
    assert p.ends() is Result.FAILED
    assert p.seconds == 46.0


def test_a_successor_late_in_the_announced_time_is_followed() -> None:
    p = failed().plays(RECOVERING, until=600)
    restarts(p << NAP, *RETRY_OF_OURS)
    assert ends(p, U2, "COMPLETED").ends() is Result.SUCCEEDED


def test_what_starts_while_the_pipeline_is_asked_is_found_by_the_search() -> None:
    # At the end of the grace the pipeline already runs again: the list is read after
    # its state, so the successor is in it.
    p = failed().plays(SILENT, until=45)
    p << NAP << PIPELINE >> pipeline(U2, "RUNNING")
    p << LIST >> RETRIED
    p << state_of(U2)


@pytest.mark.parametrize("cause", ["API_CALL", "USER_ACTION", "JOB_TASK", "NEW", ""])
def test_somebody_elses_later_update_is_never_ours(cause: str) -> None:
    p = failed()
    began = p.seconds
    p << PIPELINE >> pipeline(U2)
    p << LIST >> updates(info(U2, "RUNNING", cause), info(U1, "FAILED"))
    assert p.ends() is Result.FAILED
    assert p.seconds == began
    assert p.outcome.update_id == U1


def test_a_retry_of_somebody_elses_update_is_not_ours() -> None:
    p = failed()
    p << PIPELINE >> pipeline(U3)
    retry = info(U3, "RUNNING", RETRY)
    p << LIST >> updates(retry, info(U2, "FAILED"), info(U1, "FAILED"))
    assert p.ends() is Result.FAILED


def test_a_retry_of_another_request_is_not_ours() -> None:
    p = running()
    p = ends(p, U1, "FAILED", request_id="r1")
    p << PIPELINE >> pipeline(U2)
    theirs = info(U2, "RUNNING", RETRY, request_id="r2")
    p << LIST >> updates(theirs, info(U1, "FAILED"))
    assert p.ends() is Result.FAILED


def test_our_own_retry_is_found_before_somebody_elses_update() -> None:
    p = failed()
    theirs = info(U3, "RUNNING", "USER_ACTION")
    restarts(p, theirs, info(U2, "COMPLETED", RETRY), info(U1, "FAILED"))
    assert ends(p, U2, "COMPLETED").ends() is Result.SUCCEEDED


def test_the_list_is_searched_page_by_page_until_ours() -> None:
    p = failed()
    p << PIPELINE >> pipeline(U3)
    p << LIST >> updates(info(U3, "RUNNING", "USER_ACTION"), token="2")
    p << LIST >> updates(info(U2, "COMPLETED", RETRY), token="3")
    p << LIST >> updates(info(U1, "FAILED"), token="4")
    p << state_of(U2)


@pytest.mark.parametrize("token", [None, "again"])
def test_a_list_without_our_update_is_no_verdict(token: str | None) -> None:
    others = updates(info(U3, "RUNNING", RETRY), token=token)
    p = failed().plays({**SILENT, LIST: others})
    assert p.ends() is Result.UNREACHABLE
    assert p.outcome.update_id == U1
    assert p.seconds >= 900
    looks = p.count(PIPELINE)
    assert p.count(LIST) == 1 + looks * (1 if token is None else MOST_PAGES)


FINAL = {
    "a dry run": replace(PLAN, request=UpdateRequest(validate_only=True)),
    "development": replace(PLAN, request=UpdateRequest(development=True)),
    "no retries configured": with_pipeline(retries_configured=0),
}


@pytest.mark.parametrize("plan", FINAL.values(), ids=FINAL.keys())
def test_what_the_platform_does_not_try_again_ends_at_once(plan: Plan) -> None:
    p = failed(plan)
    assert p.ends() is Result.FAILED
    assert p.seconds == 1
    assert not p.told(Noted)


def test_retries_that_are_used_up_end_at_once() -> None:
    p = running(plan=with_pipeline(retries_configured=3))
    p << state_of(U1) >> update(U1, "FAILED")
    told = event("create_update", {"failed_attempts": 3})
    p << EVENTS >> events(told, state("FAILED"))
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "FAILED")
    assert p.ends() is Result.FAILED


def test_retries_that_we_followed_ourselves_count_too() -> None:
    p = failed(with_pipeline(retries_configured=1))
    restarts(p, *RETRY_OF_OURS)
    assert ends(p, U2, "FAILED", cause=RETRY).ends() is Result.FAILED


def test_a_restart_that_was_no_retry_does_not_use_one_up() -> None:
    p = ends(running(plan=with_pipeline(retries_configured=1)), U1, "CANCELED")
    restarts(p, info(U2, "CREATED", "SCHEMA_CHANGE"), info(U1, "CANCELED"))
    p = ends(p, U2, "FAILED", cause="SCHEMA_CHANGE")
    p << PIPELINE


def test_a_retry_of_a_retry_is_ours_by_the_first_ones_request() -> None:
    p = ends(running(), U1, "FAILED", request_id="r1")
    restarts(p, *RETRY_OF_OURS)
    p = ends(p, U2, "FAILED", cause=RETRY)
    p << PIPELINE >> pipeline(U3)
    theirs = info(U3, "RUNNING", RETRY, request_id="r2")
    p << LIST >> updates(theirs, info(U2, "FAILED", RETRY))
    assert p.ends() is Result.FAILED
    assert p.outcome.update_id == U2


def test_a_persons_cancel_ends_at_once() -> None:
    p = running()
    p << state_of(U1) >> update(U1, "CANCELED")
    p << EVENTS >> events(state("CANCELED", cancellation_cause="USER_ACTION"))
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "CANCELED")
    assert p.ends() is Result.CANCELED
    assert p.seconds == 1


@pytest.mark.parametrize("how", ["FAILED", "CANCELED"])
def test_who_does_not_follow_restarts_says_that_the_platform_may_go_on(
    how: str,
) -> None:
    p = ends(running(plan=replace(PLAN, follow_restarts=False)), U1, how)
    assert p.ends() is (Result.FAILED if how == "FAILED" else Result.CANCELED)
    assert p.outcome.reason.endswith(
        "The platform may start it again, which is not followed"
        " (follow-restarts: false)."
    )


def test_who_does_not_follow_restarts_knows_when_there_are_none() -> None:
    plan = replace(FINAL["development"], follow_restarts=False)
    assert failed(plan).outcome.reason == "Update u1 failed."


def test_waiting_for_a_restart_is_told_once_per_attempt() -> None:
    p = failed().plays(SILENT)
    (note,) = p.told(Noted)
    assert "u1 is FAILED: waiting 00:45 for an automatic restart" in note.text


@pytest.mark.parametrize(
    "hiccup",
    [AWAY, BROKEN, throttled(), refused(403), refused(404), Executed(body={})],
)
def test_a_hiccup_of_the_list_is_no_verdict(hiccup: Outcome) -> None:
    def listing(now: float) -> Outcome:
        return hiccup if now < 5 else RETRIED

    again = {state_of(U2): update(U2, "QUEUED"), EVENTS: events()}
    p = failed().plays({**SILENT, **again, LIST: listing}, until=25)
    assert p.told(TookUp)


@pytest.mark.parametrize(
    ("silence", "result"),
    [
        (BROKEN, Result.UNREACHABLE),
        (Executed(body={}), Result.UNREACHABLE),
        (refused(403), Result.UNAUTHORIZED),
        (refused(404), Result.GONE),
        (refused(400), Result.UNREACHABLE),
    ],
)
def test_a_pipeline_that_does_not_answer_may_have_announced_something(
    silence: Outcome, result: Result
) -> None:
    p = failed().plays({**SILENT, PIPELINE: silence})
    assert p.ends() is result


ANOTHERS: JsonObject = {"pipeline_id": "p2", "state": "IDLE"}


@pytest.mark.parametrize(
    "silence", [BROKEN, refused(403), Executed(body={}), Executed(body=ANOTHERS)]
)
def test_a_pipeline_that_does_not_answer_once_is_asked_again(silence: Outcome) -> None:
    def look(now: float) -> Outcome:
        return silence if 45 < now < 47 else pipeline(U1, "IDLE")

    p = failed().plays({**SILENT, PIPELINE: look})
    assert p.ends() is Result.FAILED
    assert 47 <= p.seconds <= 55


def test_an_outage_that_outlasts_the_grace_is_not_taken_for_silence() -> None:
    def away(answer: Outcome) -> Callable[[float], Outcome]:
        return lambda now: AWAY if now < 100 else answer

    announced = {PIPELINE: away(pipeline(U1, "RECOVERING")), LIST: away(ALONE)}
    p = failed().plays(announced, until=400)
    p << NAP << PIPELINE


def test_an_outage_while_waiting_for_a_restart_is_not_the_end() -> None:
    def listing(now: float) -> Outcome:
        return AWAY if now < 600 else RETRIED

    again = {state_of(U2): update(U2, "QUEUED"), EVENTS: events()}
    p = failed().plays({**again, PIPELINE: pipeline(U2), LIST: listing}, until=700)
    assert p.told(TookUp)
    assert len(p.told(OutageBegan)) == len(p.told(OutageEnded)) == 1


def test_an_api_that_stays_away_while_waiting_for_a_restart_is_unreachable() -> None:
    p = failed().plays({PIPELINE: AWAY, LIST: AWAY})
    assert p.ends() is Result.UNREACHABLE
    assert p.seconds >= 900
    assert p.outcome.attempts[0].state_text == "FAILED"


def test_access_that_is_lost_while_waiting_for_a_restart_is_told() -> None:
    p = failed().plays({PIPELINE: refused(403), LIST: refused(403)})
    assert p.ends() is Result.UNAUTHORIZED


@pytest.mark.parametrize("refusal", [refused(403), refused(404)])
@pytest.mark.parametrize("where", [LIST, PIPELINE])
def test_refusals_with_answers_in_between_are_no_verdict(
    where: str, refusal: Outcome
) -> None:
    p = failed()
    for _ in range(40):
        if where == PIPELINE:
            p << PIPELINE >> refusal
            p << LIST >> ALONE
        else:
            p << PIPELINE >> pipeline(U1, "RECOVERING")
            p << LIST >> refusal
        p << NAP
        p << PIPELINE >> pipeline(U1, "RECOVERING")
        p << LIST >> ALONE
        p << NAP


def test_an_outage_longer_than_the_grace_is_still_a_timeout_once_time_is_over() -> None:
    plan = replace(PLAN, outage_grace=100.0)
    p = ends(running(plan=plan, timeout=60), U1, "FAILED")
    p.plays({PIPELINE: AWAY, LIST: AWAY})
    assert p.ends() is Result.TIMED_OUT


def test_the_timeout_while_waiting_for_a_restart_is_a_timeout() -> None:
    p = ends(running(timeout=100), U1, "FAILED").plays(RECOVERING)
    assert p.ends() is Result.TIMED_OUT
    assert 280 <= p.seconds <= 281
    assert p.outcome.reason == (
        "The timeout of 01:40 passed. Update u1 was FAILED at the last look; the"
        " platform may"
        " start another."
    )


def test_a_restart_that_runs_counts_for_waiting_until_running() -> None:
    p = failed(replace(PLAN, until_running=True))
    p << PIPELINE >> pipeline(U2)
    p << LIST >> RETRIED
    p.plays({state_of(U2): update(U2, "RUNNING"), EVENTS: events()})
    assert p.ends() is Result.RUNNING
    assert p.outcome.update_id == U2


def test_a_pipeline_that_asks_to_slow_down_is_asked_less_and_less() -> None:
    scene: Scene = {
        **SILENT,
        PIPELINE: throttled(),
        state_of(U1): update(U1, "FAILED"),
        EVENTS: log_of("FAILED"),
    }
    p = running().plays(scene, until=3600)
    asked = [at for at, name in p.sent if name == PIPELINE]
    assert 100 < len(asked) < 200
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[0] >= 5
    assert max(pauses) >= 20
    p.plays({**scene, **SILENT})
    assert p.ends() is Result.FAILED


def test_a_pipeline_that_asks_for_a_while_is_given_it() -> None:
    scene: Scene = {
        **SILENT,
        PIPELINE: throttled(100.0),
        state_of(U1): update(U1, "FAILED"),
        EVENTS: log_of("FAILED"),
    }
    p = running().plays(scene, until=1000)
    asked = [at for at, name in p.sent if name == PIPELINE]
    assert min(after - before for before, after in pairwise(asked)) >= 100


def late_cause(now: float) -> Outcome:
    """A log that tells why it failed ten seconds after it told that it did."""
    why = replace(flow("a", "FAILED", 1), level=Level.ERROR)
    told = replace(why, chain=(thrown("no such column"),))
    return events(state("FAILED", 2), *([told] if now >= 12 else []))


def test_why_it_failed_is_read_also_where_it_becomes_visible_late() -> None:
    p = running().plays(
        {state_of(U1): update(U1, "FAILED"), EVENTS: late_cause, **SILENT}
    )
    assert p.ends() is Result.FAILED
    (problem,) = p.outcome.problems
    assert "no such column" in problem.headline


def test_where_it_is_known_why_it_failed_nothing_more_is_asked() -> None:
    def log(now: float) -> Outcome:
        return late_cause(now + 12)

    p = running().plays({state_of(U1): update(U1, "FAILED"), EVENTS: log, **SILENT})
    assert p.ends() is Result.FAILED
    reads = [at for at, name in p.sent if name == EVENTS]
    assert max(reads) < 15 < p.seconds
