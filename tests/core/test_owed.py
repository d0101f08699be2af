"""What is owed at each moment, should the step be killed then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import Outcome
from dlt_action.core.model import JobId, PipelineId, Result, RunId, UpdateId
from dlt_action.core.owed import Due, JobDue, Owed, debts_in, read, written
from dlt_action.core.plan import LATEST, IfActive, Parting, Plan
from dlt_action.core.steps import Why
from tests.core.answers import (
    AWAY,
    BROKEN,
    LOST,
    STOPPED,
    U1,
    U2,
    busy,
    events,
    info,
    log_of,
    pipeline,
    refused,
    started,
    update,
    updates,
)
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    P1,
    PIPELINE,
    PLAN,
    START,
    STOP,
    Playbook,
    Scene,
    running,
    state_of,
)
from tests.core.starts import lost, new, shows

LEAVES = replace(PLAN, on_cancel=Parting.LEAVE)
LEAVES_LATE = replace(PLAN, on_timeout=Parting.LEAVE)
QUIET: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: events()}
OBEYS: Scene = {**QUIET, PIPELINE: pipeline(U1), STOP: STOPPED}


def owed(p: Playbook) -> str:
    """What is owed now: the update, or what else."""
    now = p.run.owed()
    assert now.pipeline_id == P1
    if not now.stop:
        return "nothing"
    return "somebody" if now.update_id is None else now.update_id


def test_before_an_update_is_known_one_may_be_left_behind_all_the_same() -> None:
    p = Playbook()
    assert owed(p) == "somebody"
    p << LIST >> updates()
    p << START
    assert owed(p) == "somebody"
    p >> started(U1)
    assert owed(p) == U1


def test_what_was_started_is_owed_before_anything_is_said_of_it() -> None:
    p = Playbook()
    p << LIST >> updates()
    p << START
    p.run.saw(started(U1), p.now)
    assert p.run.owed() == Owed(stop=True, pipeline_id=P1, update_id=UpdateId(U1))
    assert p.run.drain() != []


@pytest.mark.parametrize(
    "plan",
    [
        LEAVES,
        replace(PLAN, wait=False),
        replace(PLAN, take_up=UpdateId(U1)),
        replace(PLAN, take_up=LATEST),
    ],
)
def test_who_stops_nothing_owes_nothing_from_the_beginning(plan: Plan) -> None:
    p = Playbook(plan)
    assert owed(p) == "nothing"
    scene: Scene = {**QUIET, LIST: updates(info(U1, "RUNNING")), START: started(U1)}
    if plan.take_up is None:
        scene = {**scene, LIST: updates()}
    p.plays(scene, until=100)
    assert owed(p) == "nothing"


def test_what_is_not_known_to_be_ours_is_not_owed() -> None:
    p = lost()
    assert owed(p) == "somebody"
    assert owed(shows(p, new(U1))) == "nothing"
    p = Playbook(replace(PLAN, if_active=IfActive.ATTACH))
    p << LIST >> updates(info(U1, "RUNNING"))
    p << state_of(U1)
    assert owed(p) == "nothing"


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELED"])
def test_what_has_ended_is_not_owed(state: str) -> None:
    quiet: Scene = {PIPELINE: pipeline(U1, "IDLE"), LIST: updates(info(U1, state))}
    ended: Scene = {**quiet, state_of(U1): update(U1, state), EVENTS: log_of(state)}
    p = running().plays(ended)
    assert p.ends()
    assert owed(p) == "nothing"
    alone = running(plan=replace(PLAN, follow_restarts=False)).plays(ended)
    assert owed(alone) == "nothing"


def test_the_attempt_that_is_followed_now_is_the_one_that_is_owed() -> None:
    retried = updates(info(U2, "RUNNING", "RETRY_ON_FAILURE"), info(U1, "FAILED"))
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        state_of(U2): update(U2, "RUNNING"),
        EVENTS: events(),
        PIPELINE: pipeline(U2),
        LIST: retried,
    }
    p = running()
    assert owed(p) == U1
    assert owed(p.plays(scene, until=60)) == U2


def test_between_two_attempts_the_one_that_failed_is_still_owed() -> None:
    scene: Scene = {
        state_of(U1): update(U1, "FAILED"),
        EVENTS: log_of("FAILED"),
        PIPELINE: pipeline(U1, "RECOVERING"),
        LIST: updates(info(U1, "FAILED")),
    }
    p = running().plays(scene, until=60)
    assert owed(p) == U1
    p.interrupt(Why.SIGTERM).plays(scene)
    assert p.ends() is Result.INTERRUPTED
    assert owed(p) == U1


@pytest.mark.parametrize("why", [Why.TIMEOUT, Why.QUEUE_TIMEOUT, Why.STALL_TIMEOUT])
def test_after_a_clock_rang_its_policy_decides(why: Why) -> None:
    p = running(plan=LEAVES_LATE).plays(QUIET, until=100)
    assert owed(p) == U1
    assert owed(p.interrupt(why)) == "nothing"
    p.plays(QUIET)
    assert p.ends() is Result.TIMED_OUT
    assert owed(p) == "nothing"
    stops = running(plan=LEAVES).plays(QUIET, until=100)
    assert owed(stops) == "nothing"
    assert owed(stops.interrupt(why)) == U1


@pytest.mark.parametrize("why", [Why.SIGINT, Why.TIMEOUT])
def test_what_was_asked_to_stop_is_owed_until_it_has_ended(why: Why) -> None:
    p = running().plays(QUIET, until=100).interrupt(why)
    stopping: Scene = {**OBEYS, state_of(U1): update(U1, "STOPPING")}
    assert owed(p.plays(stopping, until=102)) == U1
    behind = running().plays(QUIET, until=100).interrupt(why).plays(stopping)
    assert behind.ends() in (Result.INTERRUPTED, Result.TIMED_OUT)
    assert owed(behind) == U1
    p.plays({**stopping, state_of(U1): update(U1, "CANCELED")})
    assert p.ends() in (Result.INTERRUPTED, Result.TIMED_OUT)
    assert owed(p) == "nothing"


@pytest.mark.parametrize(
    ("answer", "asked"), [(STOPPED, True), (LOST, False), (refused(403), False)]
)
def test_that_a_stop_was_accepted_is_handed_over(
    answer: Outcome, *, asked: bool
) -> None:
    p = running().plays(QUIET, until=100)
    assert not p.run.owed().asked
    p.interrupt(Why.SIGTERM).plays({**OBEYS, STOP: answer})
    assert p.ends() is Result.INTERRUPTED
    assert p.run.owed().stop
    assert p.run.owed().asked == asked


def test_running_is_an_end_that_leaves_it_running() -> None:
    p = running(plan=replace(PLAN, until_running=True))
    assert owed(p) == U1
    p.plays(QUIET)
    assert p.ends() is Result.RUNNING
    assert owed(p) == "nothing"


@pytest.mark.parametrize("answer", [BROKEN, AWAY, refused(403), refused(404)])
def test_what_could_not_be_followed_to_its_end_is_still_owed(
    answer: Outcome,
) -> None:
    scene: Scene = {state_of(U1): answer, EVENTS: events()}
    p = running().plays(scene)
    assert p.ends() in (Result.UNREACHABLE, Result.UNAUTHORIZED, Result.GONE)
    assert owed(p) == U1


def test_where_nothing_was_started_nothing_is_owed() -> None:
    conflict = Playbook()
    conflict << LIST >> updates(info(U2, "RUNNING"))
    interrupted = Playbook()
    interrupted << LIST
    interrupted.interrupt(Why.SIGTERM) >> LOST
    refused_ = Playbook()
    refused_ << LIST >> updates()
    refused_ << START >> busy(U2)
    refused_ << state_of(U2) >> update(U2, "RUNNING")
    for p in (conflict, interrupted, refused_):
        assert p.ends() in (Result.CONFLICT, Result.INTERRUPTED)
        assert owed(p) == "nothing"


def test_while_another_update_is_waited_for_one_of_ours_may_still_come() -> None:
    p = Playbook(replace(PLAN, if_active=IfActive.WAIT))
    p << LIST >> updates(info(U2, "RUNNING"))
    p << state_of(U2) >> update(U2, "RUNNING")
    p << NAP
    assert owed(p) == "somebody"


ids = st.from_regex(r"[0-9A-Za-z-]{1,64}", fullmatch=True)
numbers = st.integers(1, 2**63 - 1).map(str)


debts = st.builds(
    Owed,
    stop=st.booleans(),
    pipeline_id=st.none() | ids.map(PipelineId),
    update_id=st.none() | ids.map(UpdateId),
    asked=st.booleans(),
    job_id=st.none() | numbers.map(JobId),
    run_id=st.none() | numbers.map(RunId),
    token=st.just("") | ids,
)


@given(debts)
def test_what_was_written_is_read_as_it_was(what: Owed) -> None:
    assert read(what.written()) == what


keys = st.sampled_from(["owed", "asked", "pipeline_id", "update_id", "other"])


@given(st.dictionaries(keys, st.text() | st.sampled_from(["stop", "nothing", "u1"])))
def test_whatever_the_state_says_only_ids_come_out_of_it(state: dict[str, str]) -> None:
    found = read(state)
    assert found.stop == (state.get("owed") == "stop")
    assert read(found.written()) == found


@pytest.mark.parametrize("text", ["", " ", "../x", "a b", "u1\n", "x" * 65, "ü"])
def test_what_is_no_id_is_read_as_none(text: str) -> None:
    state = {"owed": "stop", "pipeline_id": text, "update_id": text}
    assert read(state) == Owed(stop=True)
    assert read({}) == Owed(stop=False)


@pytest.mark.parametrize("text", ["", "0", "abc-1", "-7", "7 ", "٣", "9" * 19, "1.0"])
def test_of_jobs_and_their_runs_only_numbers_come_out(text: str) -> None:
    assert read({"owed": "stop", "job_id": text, "run_id": text}) == Owed(stop=True)


@pytest.mark.parametrize("pipeline_id", [None, P1])
@pytest.mark.parametrize("update_id", [None, UpdateId(U1)])
@pytest.mark.parametrize("stop", [True, False])
def test_what_is_due_is_known_by_both_ids(
    pipeline_id: PipelineId | None, update_id: UpdateId | None, *, stop: bool
) -> None:
    owed = Owed(stop=stop, asked=True, pipeline_id=pipeline_id, update_id=update_id)
    due = owed.due
    assert (due is not None) == (stop and None not in (pipeline_id, update_id))
    assert due is None or isinstance(due, Due)
    if due is not None:
        assert (due.pipeline_id, due.update_id, due.asked) == (P1, U1, True)


def step(*debts: Owed) -> dict[str, str]:
    """The state in which *debts* were written one after the other."""
    return dict(written(dict(enumerate(debts, start=1)), len(debts)))


@given(st.lists(debts, min_size=1, max_size=12))
def test_what_several_owe_is_read_as_it_was(several: list[Owed]) -> None:
    assert debts_in(step(*several)) == tuple(several)


@given(st.lists(debts, min_size=1, max_size=4), st.lists(debts, min_size=1, max_size=4))
def test_what_was_written_of_more_debts_does_not_outlive_fewer(
    before: list[Owed], after: list[Owed]
) -> None:
    assert debts_in({**step(*before), **step(*after)}) == tuple(after)


@pytest.mark.parametrize(
    ("told", "number"),
    [("", 1), ("0", 1), ("x", 1), ("2", 2), ("9" * 9, 1), ("٣", 1), ("9999", 1000)],
)
def test_how_many_there_are_is_bounded(told: str, number: int) -> None:
    assert len(debts_in({"debts": told})) == number


def test_a_job_run_is_due_by_its_id_and_a_token_alone_is_not() -> None:
    run = Owed(stop=True, run_id=RunId("77"))
    assert run.due == JobDue(RunId("77"))
    assert Owed(stop=False, run_id=RunId("77")).due is None
    token = Owed(stop=True, token="t-1")
    assert token.due is None
    assert debts_in(step(run, token)) == (run, token)
    assert "t-1" not in repr(token)
