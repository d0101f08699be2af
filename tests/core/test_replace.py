"""Another update is active: it is stopped, watched to its end, and replaced by ours."""

from __future__ import annotations

import pytest

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Result
from dlt_action.core.news import Noted
from dlt_action.core.plan import IfActive, Plan
from dlt_action.core.steps import Why
from tests.core.answers import (
    LOST,
    STOPPED,
    U1,
    U2,
    U3,
    busy,
    info,
    pipeline,
    refused,
    started,
    throttled,
    update,
    updates,
)
from tests.core.playbook import (
    LIST,
    NAP,
    PIPELINE,
    START,
    STOP,
    Playbook,
    Scene,
    state_of,
)
from tests.core.starts import meets, when

RUNNING, CANCELED = update(U2, "RUNNING"), update(U2, "CANCELED")
ACTIVE = updates(info(U2, "RUNNING"))
OVER = updates(info(U2, "CANCELED"))
REPLACE = meets(IfActive.REPLACE)


def met(plan: Plan = REPLACE) -> Playbook:
    """A dialogue at the point where another update is asked to stop."""
    p = Playbook(plan)
    p << LIST >> ACTIVE
    p << state_of(U2) >> RUNNING
    p << PIPELINE >> pipeline(U2)
    return p << STOP


def replaced(plan: Plan = REPLACE) -> Playbook:
    """A dialogue at the point where another update was stopped."""
    p = met(plan) >> STOPPED
    p << NAP << state_of(U2) >> CANCELED
    return p << state_of(U2) >> CANCELED


def test_another_update_is_stopped_watched_to_its_end_and_replaced_by_ours() -> None:
    p = replaced()
    p << LIST >> OVER
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert p.count(STOP) == 1
    assert p.told(Noted)[0].text.startswith("stopping another update, u2")


def another_that_answers_a_stop_with(answer: Outcome) -> Playbook:
    """A dialogue in which another update goes on, whatever it is asked."""
    scene: Scene = {PIPELINE: pipeline(U2), STOP: answer, state_of(U2): RUNNING}
    p = Playbook(REPLACE)
    p << LIST >> ACTIVE
    p.plays(scene)
    assert p.count(STOP) == 2
    assert p.count(START) == 0
    assert p.ends() is Result.CONFLICT
    return p


def test_another_update_is_asked_to_stop_twice_at_most() -> None:
    p = another_that_answers_a_stop_with(LOST)
    assert 300 <= p.seconds <= 303
    assert (
        "It did not end within 05:00, and the stop was asked for and not answered."
        in p.outcome.reason
    )


def test_another_update_whose_stop_is_refused_is_not_waited_for() -> None:
    p = another_that_answers_a_stop_with(refused(403, "no right"))
    assert p.seconds <= 15
    assert "the stop was refused" in p.outcome.reason
    assert p.outcome.server_said == "HTTP 403: no right"


@pytest.mark.parametrize(
    "proof",
    [
        pipeline(U3),
        pipeline(U2, "RUNNING", {"update_id": U3, "state": "RUNNING"}),
        Executed(body={}),
        LOST,
        throttled(),
    ],
)
def test_another_update_is_not_stopped_without_a_proof(proof: Outcome) -> None:
    scene: Scene = {PIPELINE: proof, state_of(U2): RUNNING, LIST: ACTIVE}
    p = Playbook(REPLACE).plays(scene)
    assert p.ends() is Result.CONFLICT
    assert p.count(STOP) == p.count(START) == 0


def test_what_stops_by_itself_meanwhile_is_not_asked_to() -> None:
    p = Playbook(REPLACE)
    p << LIST >> ACTIVE
    p << state_of(U2) >> update(U2, "STOPPING")
    p << NAP << state_of(U2) >> update(U2, "COMPLETED")
    p << state_of(U2) >> update(U2, "COMPLETED")
    p << LIST >> updates()
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert p.count(STOP) == 0


def test_an_automatic_restart_of_what_is_replaced_is_stopped_too() -> None:
    stops: list[float] = []

    def stop(now: float) -> Executed:
        stops.append(now)
        return STOPPED

    def successor(_: float) -> Executed:
        state = "CANCELED" if len(stops) > 1 else "RUNNING"
        return update(U3, state, "RETRY_ON_FAILURE")

    retried = updates(info(U3, "RUNNING", "RETRY_ON_FAILURE"), info(U2, "FAILED"))
    scene: Scene = {
        PIPELINE: lambda now: pipeline(U2 if now < 10 else U3),
        STOP: stop,
        # It was failing while it was asked to stop.
        state_of(U2): when(10, RUNNING, update(U2, "FAILED")),
        state_of(U3): successor,
        LIST: lambda _: updates() if len(stops) > 1 else retried,
        START: started(U1),
    }
    p = Playbook(REPLACE)
    p << LIST >> ACTIVE
    p.plays(scene)
    assert p.ends() is Result.STARTED
    assert len(stops) == 2


def test_who_comes_after_the_one_that_was_replaced_is_a_conflict() -> None:
    p = replaced()
    p << LIST >> updates(info(U3, "RUNNING", "USER_ACTION"), info(U2, "CANCELED"))
    assert p.ends() is Result.CONFLICT
    assert p.outcome.reason.startswith("Another update (u3) is active")
    assert "It began after the one that was replaced." in p.outcome.reason
    assert p.count(STOP) == 1


def test_a_list_that_still_shows_the_one_that_was_replaced_is_read_again() -> None:
    p = replaced()
    for _ in range(3):
        p << LIST >> ACTIVE
        p << NAP
    p << LIST >> OVER
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert p.seconds >= 5


def test_a_workspace_that_still_counts_the_one_that_was_replaced_is_asked_again() -> (
    None
):
    p = replaced()
    for _ in range(3):
        p << LIST >> OVER
        p << START >> busy(U2)
        p << state_of(U2) >> CANCELED
        p << NAP
    p << LIST >> OVER
    p << START >> started(U1)
    assert p.ends() is Result.STARTED
    assert p.count(STOP) == 1


@pytest.mark.parametrize("answer", [STOPPED, LOST])
def test_a_signal_after_another_update_was_asked_to_stop_says_so(
    answer: Outcome,
) -> None:
    p = met() >> answer
    p.interrupt(Why.SIGTERM)
    p.plays({state_of(U2): update(U2, "STOPPING")}, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds <= 5.5
    assert p.outcome.reason == (
        "The step was canceled (SIGTERM) while another update, u2, was"
        " waited for (state"
        " RUNNING, cause API_CALL). Nothing was started. Another update, u2, was"
        " asked to stop."
    )


def test_a_signal_while_another_update_is_asked_to_stop_says_so() -> None:
    p = met()
    p.interrupt(Why.SIGINT).passes(2) >> STOPPED
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.reason.endswith("Another update, u2, was asked to stop.")


def test_a_signal_after_another_update_was_stopped_says_so_too() -> None:
    p = replaced()
    p << LIST
    p.interrupt(Why.SIGTERM) >> LOST
    assert p.ends() is Result.INTERRUPTED
    assert "u2" in p.outcome.reason
