from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlt_action.core.exchange import Executed, NotExecuted, Outcome
from dlt_action.core.launched import Launched
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Attribution, Result, UpdateId
from dlt_action.core.news import Warned
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.steps import Script, Why
from dlt_action.core.trip import Trip
from dlt_action.core.watch import Watch
from tests.core.answers import (
    ABANDONED,
    AWAY,
    BROKEN,
    LOST,
    STOPPED,
    U1,
    U2,
    events,
    info,
    log_of,
    pipeline,
    refused,
    started,
    throttled,
    update,
    updates,
)
from tests.core.events import state
from tests.core.playbook import (
    BEGAN,
    EVENTS,
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    START,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
)

RUNNING = update(U1, "RUNNING")
CANCELED = update(U1, "CANCELED")
SIGNALS = [Why.SIGINT, Why.SIGTERM]
QUIET: Scene = {state_of(U1): RUNNING, EVENTS: events()}
ANSWERS: Scene = {
    PIPELINE: pipeline(U1),
    STOP: STOPPED,
    LIST: updates(info(U1, "FAILED")),
}


def signalled(why: Why = Why.SIGTERM) -> Playbook:
    """A dialogue at the point where a signal met a running update."""
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> log_of("RUNNING")
    p << NAP
    p << state_of(U1)
    p.interrupt(why)
    p >> ABANDONED
    return p


def timed_out() -> Playbook:
    """A dialogue at the point where the time of a running update is over."""
    p = running(timeout=100)
    return p.plays({state_of(U1): RUNNING, EVENTS: events()}, until=100)


def canceled(p: Playbook, *, in_a_hurry: bool = True) -> Playbook:
    """The update ends CANCELED and the log says so."""
    p << state_of(U1) >> CANCELED
    p << EVENTS >> log_of("RUNNING", "CANCELED")
    if not in_a_hurry:
        p << NAP << EVENTS >> events()
    p << state_of(U1) >> CANCELED
    return p


@pytest.mark.parametrize("whose", [Attribution.INFERRED, Attribution.ATTACHED])
def test_an_update_that_we_did_not_start_for_sure_is_never_stopped(
    whose: Attribution,
) -> None:
    trip = Trip(began=BEGAN, deadline=BEGAN + 100, chance=lambda: 0.5)
    watch = Watch(trip, PLAN, Launched(update_id=UpdateId(U1), attribution=whose))

    def script() -> Script[RunOutcome]:
        verdict = yield from watch.script()
        return RunOutcome(result=verdict.result, reason=verdict.reason)

    p = Playbook(machine=Scripted(trip, script()))
    p.plays(QUIET)
    assert p.ends() is Result.TIMED_OUT
    assert p.count(PIPELINE) == p.count(STOP) == 0
    # One last look, and nothing to wait for.
    assert p.seconds == 100
    assert p.sent[-2:] == [(100.0, state_of(U1)), (100.0, EVENTS)]
    assert p.outcome.reason.endswith(
        "may still be running: it is not known to be started by this step, so it was"
        " not stopped."
    )


def test_an_update_is_stopped_once_it_is_proven_to_be_ours() -> None:
    p = signalled()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p = canceled(p)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM). Update u1 was stopped and is CANCELED."
    )


def test_after_the_timeout_it_is_stopped_all_the_same() -> None:
    p = timed_out()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p = canceled(p, in_a_hurry=False)
    assert p.ends() is Result.TIMED_OUT
    assert p.outcome.exit_code == 6
    assert p.outcome.reason == (
        "The timeout of 01:40 passed while the update was RUNNING. Update u1 was"
        " stopped and is CANCELED."
    )


@pytest.mark.parametrize(
    "proof",
    [
        pipeline(U2),
        Executed(body={}),
        Executed(body={"pipeline_id": "p1"}),
        Executed(body={"pipeline_id": "p1", "latest_updates": []}),
        Executed(body={"pipeline_id": "p1", "latest_updates": "u1"}),
        Executed(
            body={
                "pipeline_id": "p1",
                "latest_updates": [{"update_id": U1, "state": "FAILED"}],
            }
        ),
        Executed(
            body={
                "pipeline_id": "p1",
                "latest_updates": [{"update_id": U2}, {"update_id": U1}],
            }
        ),
        # Ours is queued behind one that is active, which a stop would meet.
        pipeline(U1, "RUNNING", {"update_id": U2, "state": "RUNNING"}),
        pipeline(
            U1,
            "RUNNING",
            {"update_id": "older", "state": "COMPLETED"},
            {"update_id": U2, "state": "STOPPING"},
        ),
    ],
)
@pytest.mark.parametrize("named", ["RUNNING", "A_NEW_STATE"])
def test_an_update_that_is_not_proven_to_be_active_is_never_stopped(
    proof: Outcome, named: str
) -> None:
    scene = {PIPELINE: proof, state_of(U1): update(U1, named), EVENTS: events()}
    p = signalled().plays(scene)
    assert p.count(STOP) == 0
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM). Update u1 may still be running:"
        " it was not shown as the"
        " active one, so nothing was stopped."
    )


@pytest.mark.parametrize("old", ["COMPLETED", "FAILED", "CANCELED", "A_NEW_STATE", ""])
def test_what_ended_before_does_not_keep_ours_from_being_stopped(old: str) -> None:
    p = signalled()
    p << PIPELINE >> pipeline(U1, "RUNNING", {"update_id": U2, "state": old})
    p << STOP >> STOPPED
    assert canceled(p).ends() is Result.INTERRUPTED


def test_a_list_that_is_behind_is_read_again() -> None:
    p = signalled()
    p << PIPELINE >> pipeline("old")
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p << NAP
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    assert canceled(p).ends() is Result.INTERRUPTED


def test_an_api_that_is_away_for_a_moment_is_asked_again_for_the_proof() -> None:
    p = timed_out()
    p << PIPELINE >> AWAY
    p << state_of(U1) >> AWAY
    p << NAP << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p << NAP
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    assert canceled(p, in_a_hurry=False).ends() is Result.TIMED_OUT


@pytest.mark.parametrize(("leaving", "shown_by"), [(signalled, 1.5), (timed_out, 10.0)])
def test_a_stop_that_was_not_answered_is_sent_again_when_it_had_time_to_show(
    leaving: Callable[[], Playbook], shown_by: float
) -> None:
    p = leaving().plays({**ANSWERS, **QUIET, STOP: LOST})
    first, second = (when for when, name in p.sent if name == STOP)
    assert shown_by <= second - first <= shown_by + 3
    assert p.sent[p.sent.index((second, STOP)) - 1][1] == PIPELINE


@pytest.mark.parametrize("shown", ["STOPPING", "CANCELED"])
def test_a_stop_that_was_not_answered_and_shows_is_not_sent_again(shown: str) -> None:
    scene: Scene = {**ANSWERS, **QUIET, state_of(U1): update(U1, shown)}
    p = timed_out().plays({**scene, STOP: LOST})
    assert p.count(STOP) == 1
    assert p.ends() is Result.TIMED_OUT


def test_a_stop_is_not_sent_again_once_somebody_elses_update_is_active() -> None:
    def newest(now: float) -> Executed:
        return pipeline(U1 if now < 101 else U2)

    p = timed_out().plays({**QUIET, PIPELINE: newest, STOP: LOST})
    assert p.count(STOP) == 1
    assert p.outcome.reason.endswith(
        "is left behind and may still be running: the stop was asked for and not"
        " answered, and it was RUNNING at the last look."
    )


@pytest.mark.parametrize("lost", [LOST, BROKEN, ABANDONED])
def test_a_stop_is_never_sent_more_than_twice(lost: Outcome) -> None:
    p = timed_out()
    scene = {PIPELINE: pipeline(U1), STOP: lost, state_of(U1): RUNNING}
    p.plays({**scene, EVENTS: events()})
    assert p.count(STOP) == 2
    assert p.ends() is Result.TIMED_OUT
    assert p.outcome.reason == (
        "The timeout of 01:40 passed while the update was RUNNING. Update u1 is left"
        " behind and may still be running: the"
        " stop was asked for and not answered, and it was RUNNING at the last look."
    )


def test_a_stop_that_was_not_answered_may_be_why_it_is_canceled() -> None:
    p = signalled()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> LOST
    scene = {**ANSWERS, state_of(U1): CANCELED, LIST: updates(info(U1, "CANCELED"))}
    canceled(p).plays(scene)
    assert p.ends() is Result.INTERRUPTED
    assert "the platform may start another" in p.outcome.reason
    assert p.count(STOP) == 1


@pytest.mark.parametrize("provably_not", [AWAY, throttled()])
def test_a_stop_that_provably_did_not_arrive_is_asked_for_again(
    provably_not: NotExecuted,
) -> None:
    p = timed_out()
    scene = {PIPELINE: pipeline(U1), state_of(U1): RUNNING, EVENTS: events()}
    p.plays({**scene, STOP: provably_not}, until=120)
    tried = p.count(STOP)
    assert 2 < tried < 100
    p.plays({**scene, STOP: STOPPED, state_of(U1): CANCELED})
    assert p.count(STOP) == tried + 1
    assert p.ends() is Result.TIMED_OUT


def test_a_stop_that_never_arrives_is_told() -> None:
    scene = {PIPELINE: pipeline(U1), state_of(U1): RUNNING, EVENTS: events()}
    p = signalled().plays({**scene, STOP: throttled(60.0)})
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM). Update u1 may still be running:"
        " it could not be asked"
        " to stop."
    )


def test_a_stop_that_is_refused_is_sent_once_more_and_told() -> None:
    p = signalled().plays({**ANSWERS, **QUIET, STOP: refused(403)})
    assert p.count(STOP) == 2
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason.endswith("may still be running: the stop was refused.")
    assert p.outcome.server_said == "HTTP 403: no"


def endless(now: float) -> Executed:
    """A page of a log that never ends."""
    return events(state("RUNNING", now), token=f"{now}")


NOBODY = dict.fromkeys([PIPELINE, STOP, LIST, EVENTS, state_of(U1)], ABANDONED)


def test_of_a_backlog_one_page_is_read_between_two_looks_when_leaving() -> None:
    p = signalled()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    for number in range(4):
        p << state_of(U1) >> update(U1, "STOPPING")
        p << EVENTS >> endless(number)
        p << NAP


@pytest.mark.parametrize("why", SIGNALS)
@pytest.mark.parametrize("final", ["RUNNING", "STOPPING", "CANCELED", "FAILED"])
@pytest.mark.parametrize(
    "scene",
    [
        NOBODY,
        {**ANSWERS, EVENTS: ABANDONED},
        {**ANSWERS, EVENTS: endless},
        {**ANSWERS, EVENTS: endless, STOP: LOST},
        {**ANSWERS, EVENTS: endless, PIPELINE: pipeline(U2, "RECOVERING")},
    ],
)
def test_after_a_signal_it_leaves_in_time_whatever_the_api_does(
    scene: Scene, final: str, why: Why
) -> None:
    p = signalled(why)
    began = p.seconds
    p.plays({state_of(U1): update(U1, final), **scene}, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds - began <= 7


def test_after_the_timeout_it_watches_for_three_minutes() -> None:
    p = timed_out()
    scene = {PIPELINE: pipeline(U1), STOP: STOPPED, EVENTS: events()}
    p.plays({**scene, state_of(U1): update(U1, "STOPPING")})
    assert p.ends() is Result.TIMED_OUT
    assert 280 <= p.seconds <= 282
    assert p.outcome.reason == (
        "The timeout of 01:40 passed while the update was RUNNING. Update u1 is left"
        " behind and may still be running: the"
        " stop was accepted, and it was STOPPING at the last look."
    )


def test_an_update_that_completes_in_that_time_has_succeeded() -> None:
    p = timed_out()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p << state_of(U1) >> update(U1, "COMPLETED")
    p << EVENTS >> log_of("RUNNING", "COMPLETED")
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "COMPLETED")
    assert p.ends() is Result.SUCCEEDED
    (warning,) = p.told(Warned)
    assert p.outcome.warnings == (warning.text,)
    assert warning.text == (
        "The timeout passed before the end, but the update has completed."
    )


def test_an_update_that_fails_in_that_time_has_failed() -> None:
    plan = replace(PLAN, request=replace(PLAN.request, development=True))
    p = running(plan=plan)
    p << state_of(U1)
    p.interrupt(Why.SIGTERM)
    p >> ABANDONED
    p << PIPELINE >> pipeline(U2)
    p << state_of(U1) >> update(U1, "FAILED")
    p << EVENTS >> log_of("FAILED")
    p << state_of(U1) >> update(U1, "FAILED")
    assert p.ends() is Result.FAILED


def test_a_second_signal_changes_nothing() -> None:
    p = signalled(Why.SIGINT)
    p << PIPELINE
    p.interrupt(Why.SIGTERM)
    p >> pipeline(U1)
    p << STOP >> STOPPED
    assert canceled(p).ends() is Result.INTERRUPTED
    assert p.outcome.signal == 2
    assert p.count(STOP) == 1


def test_a_signal_outranks_the_timeout() -> None:
    p = timed_out()
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    stopping = {state_of(U1): update(U1, "STOPPING"), EVENTS: events()}
    p.plays(stopping, until=150).interrupt(Why.SIGTERM)
    p.plays(stopping)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 143
    assert p.seconds <= 157


def test_the_timeout_does_not_outrank_a_signal() -> None:
    p = running(timeout=2)
    p << state_of(U1)
    p.interrupt(Why.SIGINT)
    p >> ABANDONED
    p.plays({PIPELINE: pipeline(U1), STOP: STOPPED, state_of(U1): AWAY})
    assert p.ends() is Result.INTERRUPTED


def test_a_signal_ends_a_nap() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p.interrupt(Why.SIGTERM)
    p << PIPELINE
    assert p.seconds == 0


def test_two_signals_at_once_end_a_nap() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events()
    p.interrupt(Why.SIGINT)
    p.interrupt(Why.SIGTERM)
    p << PIPELINE


def test_a_signal_while_the_start_is_answered_stops_what_was_started() -> None:
    p = Playbook()
    p << LIST >> updates()
    p << START
    p.interrupt(Why.SIGTERM)
    p.passes(2) >> started(U1)
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    assert canceled(p).ends() is Result.INTERRUPTED


def test_a_stop_between_two_attempts_waits_for_the_successor_and_stops_that() -> None:
    p = running()
    p << state_of(U1) >> update(U1, "FAILED")
    p << EVENTS >> log_of("FAILED")
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "FAILED")
    p << PIPELINE >> pipeline(U1, "RECOVERING")
    p << LIST >> updates(info(U1, "FAILED"))
    p.interrupt(Why.SIGTERM)
    p << PIPELINE >> pipeline(U1, "RECOVERING")
    p << LIST >> updates(info(U1, "FAILED"))
    p << NAP
    p << PIPELINE >> pipeline(U2)
    p << LIST >> updates(info(U2, "QUEUED", "RETRY_ON_FAILURE"), info(U1, "FAILED"))
    p << PIPELINE >> pipeline(U2)
    p << STOP >> STOPPED
    p << state_of(U2) >> update(U2, "CANCELED")
    p << EVENTS >> log_of("CANCELED", update=U2)
    p << state_of(U2) >> update(U2, "CANCELED")
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.update_id == U2


def test_whoever_leaves_while_a_restart_is_due_says_so() -> None:
    p = running()
    p << state_of(U1) >> update(U1, "FAILED")
    p << EVENTS >> log_of("FAILED")
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> update(U1, "FAILED")
    p << PIPELINE
    p.interrupt(Why.SIGTERM)
    p >> ABANDONED
    p.plays({LIST: updates(info(U1, "FAILED")), PIPELINE: pipeline(U1, "RECOVERING")})
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds <= 7
    assert p.outcome.reason.endswith("the platform may start another.")


def test_with_wait_false_nothing_is_ever_stopped() -> None:
    p = Playbook(replace(PLAN, wait=False))
    p << LIST >> updates()
    p << START
    p.interrupt(Why.SIGTERM)
    p >> started(U1)
    assert p.ends() is Result.STARTED
    assert p.count(STOP) == 0
