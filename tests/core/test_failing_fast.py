"""Another pipeline of the step did not succeed, and that is to end this one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import Result
from dlt_action.core.news import Ended
from dlt_action.core.plan import IfActive, LogLevel, Parting
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Why
from dlt_action.core.telling import line
from tests.core.answers import STOPPED, U1, U2, events, info, pipeline, update, updates
from tests.core.playbook import (
    EVENTS,
    LIST,
    PIPELINE,
    PLAN,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
)

LEAVES = replace(PLAN, on_cancel=Parting.LEAVE, on_timeout=Parting.LEAVE)
QUIET: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: events()}
OBEYS: Scene = {**QUIET, PIPELINE: pipeline(U1), STOP: STOPPED}


def test_ours_is_stopped_whatever_clocks_and_signals_would_do() -> None:
    p = running(plan=LEAVES).plays(QUIET, until=100).interrupt(Why.FAIL_FAST)
    assert p.run.owed().stop
    p.plays({**OBEYS, state_of(U1): update(U1, "CANCELED")})
    assert p.ends() is Result.CANCELED
    assert not p.run.owed().stop


def test_what_does_not_stop_is_watched_for_three_minutes_and_then_owed() -> None:
    p = running(plan=LEAVES).plays(QUIET, until=100).interrupt(Why.FAIL_FAST)
    p.plays({**OBEYS, state_of(U1): update(U1, "STOPPING")})
    assert p.ends() is Result.CANCELED
    assert 270 <= p.seconds <= 290
    assert p.run.owed().stop


def test_what_completes_all_the_same_has_succeeded() -> None:
    p = running().plays(QUIET, until=100).interrupt(Why.FAIL_FAST)
    done: Scene = {**OBEYS, state_of(U1): update(U1, "COMPLETED")}
    assert p.plays(done).ends() is Result.SUCCEEDED


def test_who_waits_for_somebody_elses_update_is_skipped() -> None:
    p = Playbook(replace(PLAN, if_active=IfActive.WAIT))
    p << LIST >> updates(info(U2, "RUNNING"))
    p << state_of(U2)
    p.interrupt(Why.FAIL_FAST) >> update(U2, "RUNNING")
    assert p.ends() is Result.SKIPPED


def test_who_has_not_started_is_skipped() -> None:
    p = Playbook()
    p << LIST
    p.interrupt(Why.FAIL_FAST) >> updates()
    assert p.ends() is Result.SKIPPED


def test_a_signal_afterwards_is_in_a_hurry() -> None:
    p = running().plays(QUIET, until=100).interrupt(Why.FAIL_FAST)
    stopping: Scene = {**OBEYS, state_of(U1): update(U1, "STOPPING")}
    p.plays(stopping, until=120).interrupt(Why.SIGTERM).plays(stopping)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds <= 127


@pytest.mark.parametrize("detail", list(LogLevel))
def test_an_end_is_told_at_every_detail(detail: LogLevel) -> None:
    ended = Ended(Outcome(result=Result.FAILED, reason="Update u failed."))
    assert line(ended, detail) == "failed: Update u failed."
