"""Tidying up under a signal, and after a step whose own stop was accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.cleaning import Cleaning
from dlt_action.core.model import Result, UpdateId
from dlt_action.core.steps import Why
from tests.core.answers import STOPPED, U1, U2, info, pipeline, update, updates
from tests.core.playbook import (
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    STOP,
    Playbook,
    Scene,
    state_of,
)


def asked() -> Playbook:
    """A dialogue with the machine that stops u1, which was told to stop before."""
    plan = replace(PLAN, outage_grace=60.0)
    machine = Cleaning(plan, UpdateId(U1), asked=True, chance=lambda: 0.5)
    return Playbook(machine=machine)


def left_behind() -> Playbook:
    """A dialogue with the machine that stops u1."""
    return Playbook(machine=Cleaning(PLAN, UpdateId(U1), chance=lambda: 0.5))


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
@pytest.mark.parametrize("state", ["RUNNING", "STOPPING", "FAILED"])
def test_a_signal_ends_the_clean_up_in_time(state: str, why: Why) -> None:
    scene: Scene = {
        state_of(U1): update(U1, state),
        PIPELINE: pipeline(U1, "RECOVERING"),
        LIST: updates(info(U1, state)),
        STOP: STOPPED,
    }
    p = left_behind().plays(scene, until=50)
    p.cut_short(why).plays(scene, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 128 + (why.signal or 0)
    assert p.seconds <= 56
    assert p.outcome.reason.startswith(f"The step was canceled ({why.name}). Update u1")


def test_an_update_that_ends_by_our_own_stop_is_not_started_again() -> None:
    p = asked()
    p << state_of(U1) >> update(U1, "STOPPING")
    p << NAP << state_of(U1) >> update(U1, "CANCELED")
    p << state_of(U1) >> update(U1, "CANCELED")
    assert p.ends() is Result.SUCCEEDED
    assert p.seconds == 3
    assert p.count(STOP) == p.count(LIST) == 0


def test_a_stop_that_was_accepted_and_does_not_show_is_asked_for_again() -> None:
    p = asked()
    p << state_of(U1) >> update(U1, "RUNNING")
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED


@pytest.mark.parametrize("how", ["FAILED", "CANCELED"])
def test_one_that_failed_all_the_same_and_its_restart_are_waited_for(how: str) -> None:
    # Of the restart, nobody has asked the stop.
    retried = updates(info(U2, "RUNNING", "RETRY_ON_FAILURE"), info(U1, "FAILED"))
    p = asked()
    p << state_of(U1) >> update(U1, "FAILED")
    p << state_of(U1) >> update(U1, "FAILED")
    p << PIPELINE >> pipeline(U2)
    p << LIST >> retried
    while not p.step_is(state_of(U2)):
        p << NAP
    p >> update(U2, how, "RETRY_ON_FAILURE")
    p << state_of(U2) >> update(U2, how, "RETRY_ON_FAILURE")
    p << PIPELINE
