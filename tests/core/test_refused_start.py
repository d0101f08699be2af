"""A start that is refused because of another update: which one, and is it over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlt_action.core.exchange import Outcome
from dlt_action.core.model import Attribution, Result
from dlt_action.core.news import Noted
from dlt_action.core.plan import IfActive
from dlt_action.core.steps import Why
from tests.core.answers import (
    AWAY,
    BROKEN,
    LOST,
    U1,
    U2,
    busy,
    info,
    refused,
    started,
    throttled,
    update,
    updates,
)
from tests.core.playbook import (
    LIST,
    NAP,
    START,
    STOP,
    Playbook,
    Scene,
    state_of,
)
from tests.core.starts import meets, when

RUNNING, COMPLETED = update(U2, "RUNNING"), update(U2, "COMPLETED")
ACTIVE = updates(info(U2, "RUNNING"))
IDLE = updates(info(U2, "COMPLETED"))


@pytest.mark.parametrize("policy", [IfActive.WAIT, IfActive.ATTACH, IfActive.REPLACE])
@pytest.mark.parametrize("hiccup", [LOST, AWAY, BROKEN, throttled()])
def test_a_lost_read_after_the_refusal_is_no_conflict(
    hiccup: Outcome, policy: IfActive
) -> None:
    p = Playbook(meets(policy))
    p << LIST >> updates()
    p << START >> busy(U2)
    p << state_of(U2) >> hiccup
    p << NAP << state_of(U2) >> RUNNING
    p = Playbook(meets(policy))
    p << LIST >> updates()
    p << START >> refused(409)
    p << LIST >> hiccup
    p << NAP << LIST >> ACTIVE


def test_an_update_that_cannot_be_found_is_named_in_a_conflict() -> None:
    p = Playbook(meets(IfActive.FAIL))
    p << LIST >> updates()
    p << START >> busy(U2)
    p << state_of(U2) >> refused(404)
    assert p.ends() is Result.CONFLICT
    assert "(u2)" in p.outcome.reason


@pytest.mark.parametrize("policy", [IfActive.WAIT, IfActive.ATTACH, IfActive.REPLACE])
def test_an_update_that_cannot_be_found_yet_is_looked_for_again(
    policy: IfActive,
) -> None:
    p = Playbook(meets(policy))
    p << LIST >> updates()
    p << START >> busy(U2)
    p << state_of(U2) >> refused(404)
    p << NAP << LIST >> updates()
    p << START >> started(U1)
    assert p.outcome.update_id == U1


@pytest.mark.parametrize("policy", [IfActive.ATTACH, IfActive.REPLACE])
def test_an_old_failure_is_not_taken_for_the_update_that_is_in_the_way(
    policy: IfActive,
) -> None:
    p = Playbook(meets(policy))
    p << LIST >> updates(info("old", "FAILED"))
    p << START >> refused(409, "The pipeline is busy.")
    p << LIST >> updates(info("old", "FAILED"))
    p << NAP << LIST >> updates(info("old", "FAILED"))
    p << START >> started(U1)
    assert p.outcome.update_id == U1
    assert p.outcome.attribution is Attribution.CONFIRMED
    assert p.count(STOP) == 0


@pytest.mark.parametrize("policy", IfActive)
def test_a_signal_that_meets_a_refused_start_is_told_as_a_signal(
    policy: IfActive,
) -> None:
    p = Playbook(meets(policy))
    p << LIST >> updates()
    p << START
    p.interrupt(Why.SIGTERM).passes(1) >> busy(U2)
    p.plays({state_of(U2): RUNNING}, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.seconds <= 5.5
    assert p.outcome.reason.endswith("Nothing was started.")


LATE: dict[str, Callable[[float], Outcome]] = {
    "the list": when(90, ACTIVE, IDLE),
    "the workspace": when(90, updates(), updates()),
}


@pytest.mark.parametrize("behind", LATE)
def test_what_is_over_and_still_in_the_way_is_waited_out_at_an_easy_pace(
    behind: str,
) -> None:
    scene: Scene = {
        LIST: LATE[behind],
        state_of(U2): COMPLETED,
        START: when(90, busy(U2), started(U1)) if behind != "the list" else started(U1),
    }
    p = Playbook(meets()).plays(scene)
    assert p.ends() is Result.STARTED
    assert 90 <= p.seconds <= 125
    assert len(p.sent) <= 40


@pytest.mark.parametrize("policy", IfActive)
def test_what_is_over_and_in_the_way_for_ever_has_an_end(policy: IfActive) -> None:
    ended: Scene = {LIST: updates(), START: busy(U2), state_of(U2): COMPLETED}
    p = Playbook(meets(policy), timeout=3600).plays(ended)
    if policy is IfActive.WAIT:
        assert p.ends() is Result.TIMED_OUT
    else:
        assert p.ends() is Result.CONFLICT
        assert 60 <= p.seconds <= 300
        assert "the workspace still counts it as active" in p.outcome.reason
    assert p.count(START) <= 3600 / 15


def test_a_409_that_names_nobody_waits_for_the_newest_that_may_be_restarted() -> None:
    p = Playbook(meets())
    p << LIST >> updates(info(U2, "FAILED"))
    p << START >> refused(409)
    p << LIST >> updates(info(U2, "FAILED"))
    p << state_of(U2)


@pytest.mark.parametrize("policy", [IfActive.WAIT, IfActive.ATTACH, IfActive.REPLACE])
def test_a_409_that_nobody_answers_for_is_waited_out(policy: IfActive) -> None:
    p = Playbook(meets(policy))
    for _ in range(3):
        p << LIST >> updates()
        p << START >> refused(409)
        p << LIST >> updates()
        p << NAP
    p << LIST >> updates()
    p << START >> started(U1)
    assert p.ends() is Result.STARTED


@pytest.mark.parametrize("policy", [IfActive.ATTACH, IfActive.REPLACE])
def test_a_409_that_nobody_answers_for_has_an_end(policy: IfActive) -> None:
    p = Playbook(meets(policy)).plays({LIST: updates(), START: refused(409)})
    assert p.ends() is Result.CONFLICT
    assert 60 <= p.seconds <= 300
    assert p.outcome.reason == (
        "Another update is active on this pipeline. Nothing was started."
    )


def test_who_runs_a_workflow_again_is_told_whose_the_other_update_may_be() -> None:
    note = (
        "This is attempt 2 of the workflow run: an earlier one may have started update"
        " u2 and left it behind."
    )
    p = Playbook(meets(IfActive.FAIL, run_attempt=2))
    p << LIST >> ACTIVE
    assert p.outcome.advice.splitlines()[0].endswith("/pipelines/p1/updates/u2")
    assert p.outcome.advice.splitlines()[1] == note
    p = Playbook(meets(run_attempt=2))
    p << LIST >> ACTIVE
    p << state_of(U2)
    assert p.told(Noted)[1].text == note
    p = Playbook(meets(IfActive.FAIL))
    p << LIST >> ACTIVE
    assert "attempt" not in p.outcome.advice
