"""What a watch asks next: the state, its log, or both, and how often."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from dlt_action.core import telling
from dlt_action.core.event import Event
from dlt_action.core.exchange import Outcome
from dlt_action.core.model import Result
from dlt_action.core.news import LooksPlainly, Noted
from dlt_action.core.outlook import LONGEST_WITHOUT_STATE, MOST_WITHOUT_LOG
from dlt_action.core.pace import AT_MOST, PLAIN, Allowance
from dlt_action.core.plan import LogLevel, Parting
from dlt_action.core.steps import Why
from tests.core.answers import (
    ABANDONED,
    LOST,
    STOPPED,
    U1,
    events,
    info,
    log_of,
    pipeline,
    refused,
    update,
    updates,
)
from tests.core.events import flow, state
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
)

RUNNING, COMPLETED = update(U1, "RUNNING"), update(U1, "COMPLETED")
BEGAN = state("RUNNING", 20)
END = 1000.0
HOUR = 3600.0


def told(
    *ends: float, flows: int = 4, besides: Iterable[Event] = ()
) -> Callable[[float], Outcome]:
    """A log of so many flows that run, of which some end then; no longer than that."""

    def log(now: float) -> Outcome:
        found = [flow(f"f{n}", "RUNNING", 21) for n in range(flows) if now >= 21]
        found += [
            flow(f"f{n}", "COMPLETED", end) for n, end in enumerate(ends) if now >= end
        ]
        if now >= 20:
            found = [BEGAN, *besides, *found]
        if now >= END:
            found.append(state("COMPLETED", END))
        return events(*found)

    return log


def seen(now: float) -> Outcome:
    """An update that runs from 20 s on."""
    if now >= END:
        return COMPLETED
    return RUNNING if now >= 20 else update(U1, "INITIALIZING")


def plays(log: Callable[[float], Outcome] | Outcome, until: float = 1e6) -> Playbook:
    return running().plays({state_of(U1): seen, EVENTS: log}, until=until)


def looks(p: Playbook) -> list[tuple[float, str]]:
    """When what was asked of our update, from RUNNING to the end."""
    return [(at, name) for at, name in p.sent if 60 < at < END and name != LIST]


ENDS = (400.0, 600.0, 900.0, 996.0)


def test_while_the_log_tells_of_flows_a_look_is_one_call_until_few_are_left() -> None:
    asked = [(at, name) for at, name in looks(plays(told(*ENDS))) if at < ENDS[-3]]
    assert min(later - at for (at, _), (later, _) in pairwise(asked)) > 0.5
    logs = sum(name == EVENTS for _, name in asked)
    assert logs > 0.6 * len(asked)


def test_the_state_is_not_unread_for_long() -> None:
    p = plays(told(*ENDS))
    times = [at for at, name in looks(p) if name == state_of(U1)]
    longest = AT_MOST.longest * 1.1
    assert max(b - a for a, b in pairwise(times)) <= LONGEST_WITHOUT_STATE + longest


def test_the_nearer_the_end_can_be_the_more_often_it_is_looked_for() -> None:
    p = plays(told(*ENDS))
    often = [
        sum(a < at <= b for at, _ in looks(p)) / (b - a)
        for a, b in pairwise((100.0, 605.0, 905.0, 996.0))
    ]
    assert often == sorted(often)
    assert often[-1] > 1.5 * often[0]


@pytest.mark.parametrize("status", ["QUEUED", "PLANNING"])
def test_where_a_flow_has_yet_to_begin_the_end_is_looked_for_less_often(
    status: str,
) -> None:
    def many(status: str) -> int:
        left = [flow("a", "RUNNING", 21), flow("b", status, 21)]
        return len(looks(plays(events(BEGAN, *left), until=900)))

    assert many(status) < 0.7 * many("RUNNING")


def test_the_end_is_seen_within_two_seconds_of_the_last_flows() -> None:
    p = plays(told(400.0, 600.0, 900.0, 990.0))
    first = next(at for at, name in p.sent if at >= END)
    assert first - END <= 2.0
    assert p.ends() is Result.SUCCEEDED


def test_what_the_log_tells_of_the_end_has_the_state_asked_at_once() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(BEGAN, flow("a", "RUNNING", 21), flow("b", "RUNNING", 21))
    ends = flow("a", "COMPLETED", 29), flow("b", "COMPLETED", 29)
    p << NAP << EVENTS >> events(*ends, state("COMPLETED", 30))
    p << state_of(U1) >> COMPLETED
    p << NAP << EVENTS >> events()
    p << state_of(U1) >> COMPLETED
    assert p.ends() is Result.SUCCEEDED


def test_where_all_flows_seem_to_have_ended_and_it_goes_on_pauses_grow() -> None:
    ended = told(100.0, 100.0, 100.0, 100.0)
    p = plays(ended, until=900)
    after = [at for at, _ in looks(p) if at > 110]
    assert after[1] - after[0] < 2.5
    assert len(after) < 160  # of some 790 s
    assert any(name == EVENTS for at, name in looks(p) if at > 200)


def until_then(
    log: Callable[[float], Outcome], then: float
) -> Callable[[float], Outcome]:
    """*log* as it is then, whenever it is read later."""
    return lambda now: log(min(now, then))


@pytest.mark.parametrize("silent", range(50, 900, 50))
def test_a_log_that_falls_silent_does_not_hide_the_end(silent: int) -> None:
    p = plays(until_then(told(*ENDS), silent))
    first = next(at for at, name in p.sent if at >= END and name == state_of(U1))
    assert first - END <= LONGEST_WITHOUT_STATE + AT_MOST.shortest * 1.1


def test_a_log_that_lags_behind_the_state_is_not_relied_on() -> None:
    p = plays(log_of("INITIALIZING"))  # RUNNING is not told
    asked = [name for at, name in looks(p)]
    assert asked.count(state_of(U1)) > 2 * asked.count(EVENTS)
    first = next(at for at, name in p.sent if at >= END)
    assert first - END <= 5.0


def test_a_log_that_cannot_be_read_leaves_the_state_and_is_tried_again() -> None:
    p = plays(refused(400))
    asked = [name for at, name in looks(p)]
    states = asked.count(state_of(U1))
    assert states / (MOST_WITHOUT_LOG + 2) < asked.count(EVENTS) < states / 2
    assert len(p.told(Noted)) == 1
    assert [news.flows for news in p.told(LooksPlainly)] == [0]


@pytest.mark.parametrize(("flows", "ends"), [(1, ()), (0, ())])
def test_where_nothing_says_how_near_the_end_is_that_is_told_once(
    flows: int, ends: tuple[float, ...]
) -> None:
    p = plays(told(*ends, flows=flows))
    (news,) = p.told(LooksPlainly)
    assert news.flows == flows
    pauses = [later - at for (at, _), (later, _) in pairwise(looks(p)) if later > at]
    assert max(pauses) < 2 * news.every


def test_an_update_of_less_than_a_minute_needs_no_words_on_that() -> None:
    p = plays(told(flows=1), until=70)
    assert not p.told(LooksPlainly)


def test_several_flows_need_no_words() -> None:
    assert not plays(told(*ENDS)).told(LooksPlainly)


def test_a_look_that_was_not_answered_is_made_again_before_another() -> None:
    p = running()
    p << state_of(U1) >> refused(404)
    p << NAP << state_of(U1) >> refused(404)
    p << NAP << state_of(U1) >> RUNNING


def test_a_lost_read_of_the_log_has_the_state_asked_and_is_not_told_as_the_logs() -> (
    None
):
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(BEGAN, flow("a", "RUNNING", 21), flow("b", "RUNNING", 21))
    p << NAP << EVENTS >> LOST
    p << state_of(U1) >> RUNNING
    p << NAP << state_of(U1)
    assert not p.told(Noted)


def test_a_signal_during_a_read_of_the_log_stops_before_anything_is_looked_at() -> None:
    p = running()
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(BEGAN, flow("a", "RUNNING", 21), flow("b", "RUNNING", 21))
    p << NAP << EVENTS
    p.interrupt(Why.SIGTERM) >> ABANDONED
    p << PIPELINE >> pipeline(U1)
    p << STOP >> STOPPED
    p << state_of(U1)


def test_who_leaves_it_running_looks_once_more_before_leaving() -> None:
    p = running(plan=replace(PLAN, on_cancel=Parting.LEAVE))
    p << state_of(U1) >> RUNNING
    p << EVENTS >> events(BEGAN, flow("a", "RUNNING", 21), flow("b", "RUNNING", 21))
    p << NAP << EVENTS
    p.interrupt(Why.SIGTERM) >> ABANDONED
    p << state_of(U1) >> COMPLETED
    scene: Scene = {state_of(U1): COMPLETED, EVENTS: log_of("COMPLETED")}
    assert p.plays(scene).ends() is Result.SUCCEEDED


def busiest(times: list[float]) -> int:
    """The most calls in an hour."""
    return max(bisect_left(times, at + HOUR) - n for n, at in enumerate(times))


@pytest.mark.parametrize("left", [1, 2, 3, 9])
def test_no_hour_sees_more_looks_than_the_allowance_has(left: int) -> None:
    ends = [100.0 + n for n in range(10 - left)]
    log = until_then(told(*ends, flows=10), 900.0)
    p = running(timeout=5 * HOUR).plays(
        {
            state_of(U1): lambda now: seen(min(now, 900)),
            EVENTS: log,
        },
        until=4.5 * HOUR,
    )
    times = [at for at, name in p.sent if name in (EVENTS, state_of(U1))]
    assert busiest(times) <= 2 + Allowance.AT_ONCE + Allowance.HOURLY
    late = [at for at in times if at > Allowance.LONG]
    assert busiest(late) <= Allowance.AT_ONCE + Allowance.HOURLY_THEN
    assert len(late) <= Allowance.AT_ONCE + 2.5 * Allowance.HOURLY_THEN


@pytest.mark.parametrize("ends", [30.0, 60.0, 90.0, 200.0])
def test_a_dry_run_is_looked_at_as_often_as_an_update_whose_end_nobody_knows(
    ends: float,
) -> None:
    """It ends without ever RUNNING."""

    def dry(now: float) -> Outcome:
        name = "COMPLETED" if now >= ends else "INITIALIZING"
        return update(U1, "QUEUED" if now < 10 else name, validate_only=True)

    log: list[str] = ["QUEUED", "INITIALIZING"]
    p = running().plays({state_of(U1): dry, EVENTS: log_of(*log)})
    assert p.ends() is Result.VALIDATED
    seen_at = next(at for at, name in p.sent if name == state_of(U1) and at >= ends)
    assert seen_at - ends <= 2 * PLAIN.shortest * 1.1


def test_a_burst_of_looks_is_followed_by_no_silence() -> None:
    """A log that is read in many parts is looked at often, and then as any other."""
    first = [flow(f"f{n}", "RUNNING", 21 + n / 1000) for n in range(20)]

    def log(now: float) -> Outcome:
        more = now < 400
        page = [BEGAN, *first] if now >= 20 else []
        return events(*page, token=f"more-{now}" if more else None)

    p = running().plays(
        {state_of(U1): lambda now: seen(min(now, 900)), EVENTS: log}, until=3000
    )
    times = [at for at, _ in p.sent]
    assert max(b - a for a, b in pairwise(times)) <= AT_MOST.longest * 1.1


@pytest.mark.parametrize("interval", [5.0, 10.0, 30.0])
def test_a_poll_interval_costs_no_more_calls_than_it_asks_for(interval: float) -> None:
    log = until_then(told(*(100.0 + n for n in range(9)), flows=10), 900.0)
    scene: Scene = {state_of(U1): lambda now: seen(min(now, 900)), EVENTS: log}
    plan = replace(PLAN, poll_ceiling=interval)
    late, hours = [], 2.5
    for which in (plan, PLAN):
        p = running(plan=which, timeout=6 * HOUR).plays(scene, until=5.5 * HOUR)
        late.append(sum(at > Allowance.LONG for at, _ in p.sent))
    chosen, own = late
    assert chosen <= 1.2 * max(own, hours * HOUR / interval)


def test_a_continuous_update_is_looked_at_in_a_plain_interval_however_many_flows() -> (
    None
):
    endless = update(U1, "RUNNING", mode="CONTINUOUS")
    p = running().plays({state_of(U1): endless, EVENTS: told(flows=3)}, until=900)
    (news,) = p.told(LooksPlainly)
    assert news.flows == 3
    assert "nothing says how near the end is" in line_of(news)


def line_of(news: LooksPlainly) -> str:
    said = telling.line(news, LogLevel.PROGRESS)
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (LooksPlainly(4.2, 0, behind=False), "tells of no flows"),
        (LooksPlainly(4.2, 1, behind=False), "tells of one flow"),
        (LooksPlainly(4.2, 9, behind=True), "the event log is behind"),
    ],
)
def test_why_the_interval_is_plain_is_told(news: LooksPlainly, said: str) -> None:
    assert said in line_of(news)
    assert line_of(news).endswith("looking every 4 s")


def test_a_log_that_is_far_behind_is_called_so() -> None:
    p = plays(log_of("INITIALIZING"))
    assert [news.behind for news in p.told(LooksPlainly)] == [True]


def test_an_update_that_ran_before_we_came_is_never_taken_for_a_young_one() -> None:
    """How long it has been at work, nobody has seen."""
    scene: Scene = {
        LIST: updates(info(U1, "RUNNING"), info("u0", "COMPLETED", creation_time=0)),
        state_of(U1): RUNNING,
        EVENTS: lambda _: events(
            state("RUNNING", 0), state("COMPLETED", 4000), update="u0"
        ),
    }
    p = running().plays(scene, until=900)
    pauses = [b - a for (a, _), (b, _) in pairwise(looks(p)) if b - a > 1]
    assert max(pauses) <= PLAIN.shortest * 1.2


def test_a_flow_that_ran_once_and_long_ago_is_not_waited_for() -> None:
    p = plays(told(400.0, 600.0, 900.0, 996.0, besides=[flow("once", "IDLE", 21)]))
    first = next(at for at, name in p.sent if at >= END)
    assert first - END <= 2.0
