"""`queue-timeout` and `stall-timeout`: what they count, and what they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.clocks import Clocks
from dlt_action.core.exchange import Outcome
from dlt_action.core.model import Result, UpdateState
from dlt_action.core.news import Parted
from dlt_action.core.steps import Why
from tests.core.answers import (
    AWAY,
    BROKEN,
    STOPPED,
    U1,
    U2,
    events,
    info,
    pipeline,
    refused,
    throttled,
    update,
    updates,
)
from tests.core.events import state
from tests.core.playbook import (
    BEGAN,
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
from tests.core.starts import when

QUEUE = replace(PLAN, queue_timeout=600.0)
STALL = replace(PLAN, stall_timeout=300.0)
QUEUED_STATES = ["QUEUED", "CREATED", "WAITING_FOR_RESOURCES"]
BUSY_STATES = ["INITIALIZING", "RESETTING", "SETTING_UP_TABLES", "RUNNING", "STOPPING"]


def canceled_by(stop: Scene) -> Scene:
    """A workspace in which a stop cancels at once."""
    return {**stop, PIPELINE: pipeline(U1), STOP: STOPPED}


def seen(*states: tuple[float, str]) -> Callable[[float], Outcome]:
    """The state of ours: each from its time on."""

    def now_is(now: float) -> Outcome:
        return update(U1, [name for since, name in states if since <= now][-1])

    return now_is


def rings(p: Playbook) -> float | None:
    """When a clock made the machine leave."""
    parted = p.told(Parted)
    return p.sent[[name for _, name in p.sent].index(PIPELINE)][0] if parted else None


@pytest.mark.parametrize("queued", QUEUED_STATES)
def test_an_update_that_waits_for_resources_too_long_is_stopped(queued: str) -> None:
    scene = canceled_by({state_of(U1): seen((0, queued)), EVENTS: events()})
    p = running(plan=QUEUE).plays(scene, until=610)
    assert rings(p) == 600
    p.plays({**scene, state_of(U1): update(U1, "CANCELED")})
    assert p.ends() is Result.TIMED_OUT
    assert p.outcome.exit_code == 6
    assert p.outcome.reason == (
        f"The queue-timeout of 10:00 passed while the update was {queued}. Update u1"
        " was stopped and is CANCELED."
    )
    assert p.count(STOP) == 1


@pytest.mark.parametrize("begun", [*BUSY_STATES, "A_NEW_STATE"])
def test_an_update_that_has_begun_is_not_bound_by_the_queue(begun: str) -> None:
    scene: Scene = {state_of(U1): seen((0, "QUEUED"), (590, begun)), EVENTS: events()}
    p = running(plan=QUEUE).plays(scene, until=4000)
    assert rings(p) is None


def test_a_queue_is_left_only_once_it_is_seen_to_be() -> None:
    # It may have begun while nobody could see.
    scene: Scene = {
        state_of(U1): when(300, update(U1, "QUEUED"), AWAY),
        EVENTS: events(),
    }
    p = running(plan=QUEUE).plays(scene, until=700)
    p.plays({**scene, state_of(U1): update(U1, "RUNNING")}, until=1000)
    assert rings(p) is None
    still = running(plan=QUEUE).plays(scene, until=700)
    still.plays(canceled_by({**scene, state_of(U1): update(U1, "QUEUED")}), until=740)
    assert rings(still) is not None


def test_each_attempt_has_a_queue_of_its_own() -> None:
    failed = info(U1, "FAILED")
    scene: Scene = {
        state_of(U1): seen((0, "QUEUED"), (500, "FAILED")),
        PIPELINE: pipeline(U2),
        LIST: updates(info(U2, "QUEUED", "RETRY_ON_FAILURE"), failed),
        state_of(U2): update(U2, "QUEUED", "RETRY_ON_FAILURE"),
        EVENTS: events(),
        STOP: STOPPED,
    }
    p = running(plan=QUEUE).plays(scene, until=1050)
    assert not p.told(Parted)
    p.plays(scene, until=1200)
    (parted,) = p.told(Parted)
    assert parted.text.startswith("The queue-timeout passed, update u2: stopping it")


@pytest.mark.parametrize("busy", BUSY_STATES)
def test_an_update_that_keeps_silent_too_long_is_stopped(busy: str) -> None:
    scene = canceled_by({state_of(U1): update(U1, busy), EVENTS: events()})
    p = running(plan=STALL).plays(scene, until=310)
    assert rings(p) == 300
    p.plays({**scene, state_of(U1): update(U1, "CANCELED")})
    assert p.ends() is Result.TIMED_OUT
    assert p.outcome.reason == (
        f"The stall-timeout of 05:00 passed while the update was {busy}. Update u1 was"
        " stopped and is CANCELED."
    )


def test_the_queue_is_no_silence() -> None:
    quiet: Scene = {state_of(U1): update(U1, "QUEUED"), EVENTS: events()}
    p = running(plan=STALL).plays(quiet, until=2000)
    assert not p.told(Parted)
    scene = canceled_by({**quiet, state_of(U1): update(U1, "RUNNING")})
    p.plays(scene, until=2400)
    assert 2300 <= (rings(p) or 0) <= 2325


def test_a_new_state_or_a_new_event_is_a_sign_of_life() -> None:
    def log(now: float) -> Outcome:
        return events(*(state(f"S{n}", n) for n in range(int(now // 250))))

    talks: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: log}
    p = running(plan=STALL).plays(talks, until=2000)
    assert not p.told(Parted)
    moves = seen((0, "RUNNING"), (250, "RESETTING"), (500, "RUNNING"))
    p = running(plan=STALL)
    p.plays(canceled_by({state_of(U1): moves, EVENTS: events()}), until=900)
    assert 800 <= (rings(p) or 0) <= 820


def test_an_event_that_was_read_before_is_none() -> None:
    same: Scene = {
        state_of(U1): update(U1, "RUNNING"),
        EVENTS: events(state("RUNNING")),
    }
    p = running(plan=STALL).plays(canceled_by(same), until=400)
    assert rings(p) == 300


@pytest.mark.parametrize("failure", [AWAY, BROKEN, throttled(), refused(403)])
def test_a_log_that_cannot_be_read_is_no_silence(failure: Outcome) -> None:
    deaf: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: failure}
    p = running(plan=STALL).plays(deaf, until=3000)
    assert not p.told(Parted)
    p.plays(canceled_by({**deaf, EVENTS: events()}), until=3400)
    assert 3250 <= (rings(p) or 0) <= 3330


def test_an_outage_is_no_silence() -> None:
    scene: Scene = {
        state_of(U1): when(200, update(U1, "RUNNING"), AWAY),
        EVENTS: when(200, events(), AWAY),
    }
    p = running(plan=STALL).plays(scene, until=800)
    back: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: events()}
    p.plays(canceled_by(back), until=900)
    assert not p.told(Parted)
    p.plays(canceled_by(back), until=1200)
    assert rings(p) is not None


def test_a_clock_is_met_to_the_second() -> None:
    plan = replace(PLAN, stall_timeout=301.5)
    scene = canceled_by({state_of(U1): update(U1, "RUNNING"), EVENTS: events()})
    assert rings(running(plan=plan).plays(scene, until=310)) == 301.5


def test_the_clock_that_rang_first_is_the_one_that_is_told() -> None:
    plan = replace(QUEUE, queue_timeout=100.0)
    p = running(plan=plan, timeout=110)
    scene = canceled_by({state_of(U1): update(U1, "QUEUED"), EVENTS: events()})
    p.plays(scene)
    assert p.ends() is Result.TIMED_OUT
    assert p.outcome.reason.startswith("The queue-timeout of 01:40 passed")
    assert 280 <= p.seconds <= 281


looks = st.tuples(st.sampled_from(UpdateState), st.floats(0, 1000))


@given(st.lists(looks, max_size=20))
def test_clocks_that_are_off_never_ring(
    found: list[tuple[UpdateState, float]],
) -> None:
    clocks, now = Clocks(inf, inf, BEGAN), BEGAN
    for name, passed in found:
        now += passed
        clocks.saw(name, now)
        assert clocks.rang(now + 1e9) is None


@given(st.lists(looks, min_size=1, max_size=20))
def test_a_clock_rings_when_it_says_and_not_before(
    found: list[tuple[UpdateState, float]],
) -> None:
    clocks, now = Clocks(600.0, 300.0, BEGAN), BEGAN
    for name, passed in found:
        now += passed
        clocks.saw(name, now)
    rings_at = clocks.rings_at
    queued = name.value in QUEUED_STATES
    assert clocks.rang(rings_at) is (Why.QUEUE_TIMEOUT if queued else Why.STALL_TIMEOUT)
    assert clocks.rang(rings_at - 0.001) is None
    assert not queued or rings_at == BEGAN + 600.0


def refused_then(since: float, until: float, told: Callable[[float], Outcome]) -> Scene:
    """A workspace that does not tell the state for a while, and then does."""

    def state_now(now: float) -> Outcome:
        return refused(404) if since <= now < until else told(now)

    return {state_of(U1): state_now, EVENTS: events()}


@pytest.mark.parametrize("refusal", [(598.0, 603.0), (560.0, 640.0)])
def test_a_state_that_is_not_told_rings_no_clock(refusal: tuple[float, float]) -> None:
    runs = seen((0, "WAITING_FOR_RESOURCES"), (555, "RUNNING"))
    p = running(plan=QUEUE).plays(refused_then(*refusal, runs), until=900)
    assert not p.told(Parted)
    assert p.count(STOP) == 0
    asked = [at for at, name in p.sent if refusal[0] <= at < refusal[1]]
    assert len(asked) < 40  # nor is it asked for all the time


def test_a_clock_rings_as_soon_as_the_state_is_told_again() -> None:
    waits = seen((0, "WAITING_FOR_RESOURCES"))
    scene = canceled_by(refused_then(595.0, 640.0, waits))
    assert 640 <= (rings(running(plan=QUEUE).plays(scene, until=900)) or 0) <= 665
