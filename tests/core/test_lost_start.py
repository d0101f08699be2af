"""A lost start under a clock or a signal, and whatever the lists show: never twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.model import Attribution, Result
from dlt_action.core.news import Started
from dlt_action.core.plan import IfActive, Parting
from dlt_action.core.reconcile import SEEN_FOR
from dlt_action.core.steps import Why
from tests.core.answers import (
    ABANDONED,
    AWAY,
    BROKEN,
    LOST,
    U1,
    U2,
    busy,
    events,
    pipeline,
    started,
    throttled,
    update,
    updates,
)
from tests.core.playbook import (
    EVENTS,
    LIST,
    NAP,
    PIPELINE,
    PLAN,
    START,
    STOP,
    Playbook,
    Scene,
    state_of,
)
from tests.core.starts import looks, lost, new, reads, shows

SIGNALS = [Why.SIGINT, Why.SIGTERM]


@pytest.mark.parametrize("why", SIGNALS)
@pytest.mark.parametrize("interrupted_at", [0.0, 3.0, 8.0, 30.0, 59.0])
@pytest.mark.parametrize("answer", [updates(), updates(new(U1)), BROKEN, AWAY, LOST])
def test_a_signal_ends_the_search_in_time_and_adopts_nothing(
    answer: Outcome, interrupted_at: float, why: Why
) -> None:
    def listed(now: float) -> Outcome:
        return answer if now >= interrupted_at else updates()

    p = lost().plays({LIST: listed}, until=interrupted_at)
    began = p.seconds
    p.cut_short(why).plays({LIST: listed}, slow=True)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.exit_code == 128 + (why.signal or 0)
    assert p.seconds - began <= 5.5
    assert not p.told(Started)
    assert p.count(START) == 1
    assert p.count(STOP) == 0
    assert p.outcome.reason.startswith(
        f"The step was canceled ({why.name}) while the answer to the start"
        " was lost: an update may"
        " be running, or may still begin."
    )


def test_who_has_to_go_names_what_was_found_and_reads_no_further() -> None:
    p = lost()
    p << LIST >> updates(new(U1))
    p.interrupt(Why.SIGTERM)
    p << LIST >> updates(new(U1))
    assert p.ends() is Result.INTERRUPTED
    assert "Not to be told from ours: u1." in p.outcome.reason
    assert p.outcome.advice.endswith("https://workspace.test/pipelines/p1/updates/u1")


def test_a_signal_that_loses_the_answer_leaves_time_for_two_looks() -> None:
    p = Playbook()
    p << LIST >> updates()
    p << START
    p.interrupt(Why.SIGTERM)
    p.passes(3) >> ABANDONED
    p << LIST >> updates()
    p << NAP << LIST >> updates(new(U1))
    assert p.ends() is Result.INTERRUPTED
    assert "u1" in p.outcome.reason
    assert p.seconds == 4


def test_two_that_can_be_ours_are_no_reason_to_forget_the_signal() -> None:
    p = lost()
    p.interrupt(Why.SIGTERM)
    p << LIST >> updates(new(U1), new(U2))
    assert p.ends() is Result.INTERRUPTED


def test_an_update_that_may_be_there_stays_owed_without_an_id() -> None:
    p = lost()
    p.interrupt(Why.SIGTERM)
    p << LIST >> updates(new(U1), new(U2))
    assert p.ends() is Result.INTERRUPTED
    assert p.run.owed().stop
    assert p.run.owed().update_id is None
    p = shows(lost(timeout=17.0))
    assert p.ends() is Result.UNKNOWN_START
    assert p.run.owed().stop


def test_but_not_where_it_is_to_be_left() -> None:
    p = lost(replace(PLAN, on_cancel=Parting.LEAVE))
    p.interrupt(Why.SIGTERM)
    p << LIST >> updates(new(U1), new(U2))
    assert p.ends() is Result.INTERRUPTED
    assert not p.run.owed().stop


def test_the_timeout_in_the_middle_of_the_search_is_an_unknown_start() -> None:
    p = shows(lost(timeout=17.0))
    assert p.ends() is Result.UNKNOWN_START
    assert p.outcome.exit_code == 8
    assert p.seconds <= 17 + 6
    assert p.outcome.reason.startswith(
        "The timeout passed while the answer to the start was lost"
    )
    assert p.outcome.signal is None


@pytest.mark.parametrize("away", [BROKEN, AWAY, LOST])
def test_a_list_that_is_away_at_the_timeout_keeps_nobody(away: Outcome) -> None:
    def listed(now: float) -> Outcome:
        return updates() if now < 6 else away

    p = lost(timeout=8.0).plays({LIST: listed}, slow=True)
    assert p.ends() is Result.UNKNOWN_START
    assert p.seconds <= 8 + 30


def test_a_signal_after_the_timeout_is_the_reason_that_is_told() -> None:
    p = lost(timeout=1.0)
    p << LIST >> updates()
    p.interrupt(Why.SIGINT)
    p.plays({LIST: updates()})
    assert p.ends() is Result.INTERRUPTED


INFERRED: Scene = {
    state_of(U1): update(U1, "RUNNING"),
    EVENTS: events(),
    PIPELINE: pipeline(U1),
}


@pytest.mark.parametrize("why", SIGNALS)
def test_what_is_inferred_to_be_ours_is_left_alone_by_a_signal(why: Why) -> None:
    p = shows(lost(), new(U1)).plays(INFERRED, until=60)
    p.interrupt(why).plays(INFERRED)
    assert p.ends() is Result.INTERRUPTED
    assert p.count(STOP) == p.count(PIPELINE) == 0
    assert p.seconds == 60
    assert "it is not known to be started by this step" in p.outcome.reason


def test_what_is_inferred_to_be_ours_is_left_alone_by_a_clock() -> None:
    p = shows(lost(timeout=90.0), new(U1)).plays(INFERRED)
    assert p.ends() is Result.TIMED_OUT
    assert p.count(STOP) == 0
    assert p.seconds == 90


def test_the_successor_of_what_is_inferred_to_be_ours_is_not_stopped_either() -> None:
    retry = new(U2, 5.0, "RETRY_ON_FAILURE")
    failed: Scene = {
        **INFERRED,
        state_of(U1): update(U1, "FAILED"),
        LIST: updates(retry, new(U1)),
        state_of(U2): update(U2, "RUNNING", "RETRY_ON_FAILURE"),
    }
    p = shows(lost(), new(U1)).plays(failed, until=100)
    p.interrupt(Why.SIGTERM).plays(failed)
    assert p.ends() is Result.INTERRUPTED
    assert p.outcome.update_id == U2
    assert p.outcome.attribution is Attribution.INFERRED
    assert p.count(STOP) == 0


@pytest.mark.parametrize("read", [throttled(), AWAY])
def test_a_start_that_was_not_executed_is_not_called_lost(read: Outcome) -> None:
    # What stands in the way cannot be ours, and is met as any other.
    p = Playbook(replace(PLAN, if_active=IfActive.WAIT))
    p << LIST >> updates()
    p << START >> read
    p << NAP << START >> busy(U2)
    over: Scene = {
        LIST: updates(),
        START: started(U1),
        state_of(U2): update(U2, "COMPLETED"),
        state_of(U1): update(U1, "RUNNING"),
        EVENTS: events(),
    }
    p.plays(over, until=p.seconds + 20)
    assert not any("lost" in f"{news}" for news in p.news)
    assert p.told(Started)[0].attribution is Attribution.CONFIRMED


shown = st.lists(
    st.one_of(
        st.sets(st.sampled_from(["a", "b", "stranger"])).map(sorted),
        st.sampled_from([BROKEN, AWAY]),
    ),
    max_size=12,
)


@given(script=shown, last=st.booleans())
def test_only_what_was_alone_and_seen_long_enough_is_ever_adopted(
    script: list[list[str] | Outcome], *, last: bool
) -> None:
    # Of the three, the stranger cannot be ours.
    born = {"a": new("a"), "b": new("b"), "stranger": new("stranger", cause="NEW")}
    answers: list[tuple[float, set[str]]] = []
    rest = list(script)

    def listed(now: float) -> Outcome:
        answer = rest.pop(0) if rest else (["a"] if last else [])
        if not isinstance(answer, list):
            return answer
        answers.append((now, set(answer) - {"stranger"}))
        return updates(*(born[name] for name in answer))

    p = reads(lost(), listed)
    assert p.count(START) == 1
    adopted = [news.update_id for news in p.told(Started)]
    if adopted:
        (ours,) = adopted
        seen = [when for when, found in answers if ours in found]
        assert answers[-1][1] == {ours}
        assert seen[-1] - seen[0] >= SEEN_FOR
        assert all(found <= {ours} for _, found in answers)
    else:
        assert p.ends() is Result.UNKNOWN_START
        several = set[str]().union(*(found for _, found in answers))
        assert len(several) > 1 or (len(answers) >= 3 and looks(p)[-1] >= 60)


anything = st.sampled_from(
    [throttled(), AWAY, LOST, BROKEN, Executed(body={}), busy(U2), started(U1)]
)


@given(st.lists(anything, max_size=8), st.sampled_from(IfActive))
def test_at_most_one_start_can_have_arrived_whatever_comes_back(
    answers: list[Outcome], policy: IfActive
) -> None:
    # That it is so, is a rule that the playbook holds in every dialogue.
    rest = list(answers)

    def start(_: float) -> Outcome:
        return rest.pop(0) if rest else started(U1)

    def over(now: float) -> Outcome:
        return update(U2, "RUNNING" if now < 30 else "CANCELED")

    scene: Scene = {
        LIST: updates(),
        START: start,
        state_of(U2): over,
        PIPELINE: pipeline(U2),
        STOP: Executed(body={}),
    }
    plan = replace(PLAN, if_active=policy, wait=False)
    p = Playbook(plan).plays(scene)
    assert p.ends() in (
        Result.STARTED,
        Result.UNKNOWN_START,
        Result.CONFLICT,
        Result.UNREACHABLE,
    )
