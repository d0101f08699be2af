"""What a watch tells while it watches: each thing once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.exchange import Executed
from dlt_action.core.model import Result
from dlt_action.core.news import Heartbeat, Noted, StateSeen, Warned
from dlt_action.core.plan import Plan
from tests.core.answers import (
    AWAY,
    U1,
    U2,
    events,
    info,
    pipeline,
    update,
    updates,
)
from tests.core.events import flow, state
from tests.core.playbook import (
    EVENTS,
    LIST,
    PIPELINE,
    PLAN,
    Scene,
    running,
    state_of,
)

CONTINUOUS: Scene = {
    state_of(U1): update(U1, "RUNNING", mode="CONTINUOUS"),
    EVENTS: events(),
}


def test_an_update_without_an_end_is_warned_of_once() -> None:
    p = running().plays(CONTINUOUS, until=300)
    (warning,) = p.told(Warned)
    assert warning.text.startswith("The update runs in continuous mode")


@pytest.mark.parametrize(
    ("plan", "mode"),
    [(replace(PLAN, until_running=True), "CONTINUOUS"), (PLAN, "TRIGGERED")],
)
def test_an_end_that_is_not_waited_for_or_will_come_is_not_warned_of(
    plan: Plan, mode: str
) -> None:
    scene = {**CONTINUOUS, state_of(U1): update(U1, "RUNNING", mode=mode)}
    assert not running(plan=plan).plays(scene, until=300).told(Warned)


def test_a_state_that_we_do_not_know_is_told_once_for_each() -> None:
    def strange(now: float) -> Executed:
        return update(U1, ("ONE", "TWO")[int(now // 30) % 2])

    p = running().plays({**CONTINUOUS, state_of(U1): strange}, until=300)
    told = [note.text.rpartition(": ")[2] for note in p.told(Noted)]
    assert told == ["ONE", "TWO"]


def test_progress_is_told_when_there_is_some() -> None:
    def log(now: float) -> Executed:
        done = flow("a", "COMPLETED", 9)
        return events(flow("a", "RUNNING"), *([done] if now > 40 else []))

    p = running().plays({**CONTINUOUS, EVENTS: log}, until=50)
    beats = p.told(Heartbeat)
    assert len(beats) == 2
    assert beats[0].flows != beats[1].flows


def test_a_line_names_what_runs_once_nothing_has_changed_since_the_last_one() -> None:
    log = events(state("RUNNING"), flow("a", "RUNNING", 5), flow("b", "QUEUED", 5))
    p = running().plays({**CONTINUOUS, EVENTS: log}, until=600)
    first, *others = p.told(Heartbeat)
    assert (first.longest, first.silent) == ((), 0)
    assert len(others) > 5
    assert all([one.flow for one in beat.longest] == ["a"] for beat in others)
    runs = [beat.longest[0].seconds or 0 for beat in others]
    assert runs == sorted(runs)
    assert runs[-1] > 480
    assert others[-1].silent > 480


def test_no_update_that_has_ended_is_said_to_be_silent() -> None:
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        PIPELINE: pipeline(U1),
        LIST: updates(info(U1, "FAILED")),
        EVENTS: events(flow("a", "RUNNING", 5), state("FAILED", 9)),
    }
    plan = replace(PLAN, restart_grace=200)
    p = running(plan=plan).plays(scene)
    assert len(p.told(Heartbeat)) > 2
    assert not any(beat.silent for beat in p.told(Heartbeat))


def test_an_api_that_is_away_is_not_silence() -> None:
    log = events(state("RUNNING"), flow("a", "RUNNING", 5))
    scene: Scene = {**CONTINUOUS, EVENTS: lambda now: log if now < 30 else AWAY}
    p = running().plays(scene, until=400)
    assert max(beat.silent for beat in p.told(Heartbeat)) < 60


def test_the_heartbeat_is_of_the_attempt_that_is_followed() -> None:
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        PIPELINE: pipeline(U2),
        LIST: updates(info(U2, "QUEUED", "RETRY_ON_FAILURE"), info(U1, "FAILED")),
        state_of(U2): update(U2, "QUEUED"),
        EVENTS: events(state("FAILED")),
    }
    p = running().plays(scene, until=200)
    assert {beat.state for beat in p.told(Heartbeat)} == {"QUEUED"}
    assert (U2, "QUEUED") in [(one.update_id, one.state) for one in p.told(StateSeen)]


def test_a_warning_is_in_the_outcome_too() -> None:
    p = running(timeout=100).plays(CONTINUOUS, until=90)
    done = update(U1, "CANCELED", mode="CONTINUOUS")
    log = events(state("CANCELED", cancellation_cause="USER_ACTION"))
    p.plays({state_of(U1): done, EVENTS: log})
    assert p.ends() is Result.CANCELED
    assert len(p.outcome.warnings) == 1
