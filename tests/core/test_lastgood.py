"""The last good update: read in long pauses, in few calls, or silently absent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core import wire
from dlt_action.core.calls import Call
from dlt_action.core.eta import Left, Past
from dlt_action.core.exchange import Ambiguous, Executed, Outcome
from dlt_action.core.lastgood import (
    MOST_CALLS,
    MOST_TO_JUDGE,
    LookBack,
)
from dlt_action.core.model import Json, JsonObject, Result
from dlt_action.core.news import Heartbeat, Noted, OutageBegan, Warned
from dlt_action.core.plan import Plan
from dlt_action.core.record import ExpectationRow
from dlt_action.core.steps import Send, Why
from dlt_action.core.trip import Trip
from tests.core.answers import (
    AWAY,
    BROKEN,
    HOPELESS,
    LOST,
    U1,
    U2,
    events,
    info,
    log_of,
    refused,
    throttled,
    update,
    updates,
)
from tests.core.events import NOON, flow, state
from tests.core.playbook import (
    BEGAN,
    EVENTS,
    LIST,
    PIPELINE,
    PLAN,
    Scene,
    running,
    state_of,
)

OLD = "old"
MILLIS = int(NOON.timestamp() * 1000)


def good(name: str = OLD, /, **more: Json) -> JsonObject:
    """A completed update that was created at noon."""
    return {**info(name, "COMPLETED"), "creation_time": MILLIS, **more}


QUALITY: JsonObject = {
    "metrics": {"num_output_rows": 7},
    "data_quality": {
        "expectations": [
            {"name": "e", "dataset": "a", "passed_records": 5, "failed_records": 2}
        ]
    },
}
QUEUED, RUNS, ENDED = state("QUEUED", 1), state("RUNNING", 100), state("COMPLETED", 400)
BEGINS, DONE = flow("a", "RUNNING", 110), flow("a", "COMPLETED", 200, QUALITY)
LOG = events(ENDED, DONE, BEGINS, RUNS, QUEUED, update=OLD)
LISTED = updates(info(U1, "RUNNING"), good())


class Behind:
    """A look back from an update that runs, in pauses of the test's choosing."""

    def __init__(self, *answers: Outcome, plan: Plan = PLAN) -> None:
        self.trip = Trip(began=BEGAN, deadline=BEGAN + 1e4, chance=lambda: 0.5)
        self.look = LookBack(self.trip, plan)
        self.calls: list[Call] = []
        self._answers = list(answers)

    def sees(self, name: str = U1, state: str = "RUNNING", /, **more: Json) -> Behind:
        """Look at the update that is followed."""
        seen = wire.update({**info(name, state), **more})
        assert seen is not None
        self.look.saw(seen)
        return self

    def rests(self, seconds: float = 20.0, takes: float = 0.2) -> float:
        """A pause, in which each call *takes* its time; how long it was."""
        trip, began, script = (
            self.trip,
            self.trip.now,
            self.look.rest(self.trip.now + seconds),
        )
        step = next(script, None)
        while step is not None:
            answer = None
            if isinstance(step, Send):
                self.calls.append(step.call)
                answer = self._answers.pop(0)
                trip.at(trip.now + min(takes, step.within))
            else:
                trip.at(step.until)
            try:
                step = script.send(answer)
            except StopIteration:
                step = None
        return trip.now - began

    def rests_often(self) -> Behind:
        """More pauses than there can be calls."""
        for _ in range(MOST_CALLS + 5):
            assert self.rests() == pytest.approx(20.0)
        return self

    @property
    def asked(self) -> list[str]:
        return [call.what for call in self.calls]


def test_the_newest_completed_update_is_read_in_two_calls() -> None:
    behind = Behind(LISTED, LOG).sees().rests_often()
    found = behind.look.found
    assert behind.asked == ["list the updates", "read the event log"]
    assert dict(behind.calls[1].query) == {
        "max_results": "1000",
        "order_by": "timestamp desc",
        "filter": "update_id = 'old'",
    }
    assert found is not None
    assert (found.update_id, found.seconds, found.rows_written) == (OLD, 400.0, 7)
    assert found.url == "https://workspace.test/pipelines/p1/updates/old"
    assert found.expectations == (
        ExpectationRow(dataset="a", name="e", passed=5, failed=2),
    )
    assert [(row.name, row.seconds) for row in found.flows] == [("a", 90.0)]
    assert behind.look.past == Past(300.0, {"a": (10.0, 100.0)})


@pytest.mark.parametrize("takes", [0.2, 6.0, 9.0, 15.0, 1000.0])
def test_a_pause_takes_no_longer_for_the_calls_in_it(takes: float) -> None:
    behind = Behind(LISTED, LOG).sees()
    assert behind.rests(20.0, takes=takes) == pytest.approx(20.0)
    assert len(behind.calls) == 2
    assert behind.trip.now <= BEGAN + 20.0


def test_what_no_time_is_left_for_in_a_pause_waits_for_the_next() -> None:
    behind = Behind(LISTED, LOG).sees()
    assert behind.rests(5.0, takes=3.0) == pytest.approx(5.0)
    assert behind.asked == ["list the updates"]
    behind.rests(5.0)
    assert behind.asked == ["list the updates", "read the event log"]


@pytest.mark.parametrize("seconds", [0.0, 2.0, 3.4])
def test_a_short_pause_is_left_alone(seconds: float) -> None:
    behind = Behind().sees()
    assert behind.rests(seconds) == pytest.approx(seconds)
    assert not behind.calls


@pytest.mark.parametrize("state", ["STOPPING", "COMPLETED", "FAILED", "NEW"])
def test_what_lies_behind_an_update_that_may_be_over_is_not_asked(state: str) -> None:
    assert not Behind().sees(U1, state).rests_often().calls


def test_nothing_is_asked_for_an_update_without_an_end_or_that_nobody_waits_for() -> (
    None
):
    assert not Behind().sees(mode="CONTINUOUS").rests_often().calls
    plan = replace(PLAN, until_running=True)
    assert not Behind(plan=plan).sees().rests_often().calls
    assert not Behind().rests_often().calls  # it was never seen


@pytest.mark.parametrize("state", ["QUEUED", "WAITING_FOR_RESOURCES", "INITIALIZING"])
def test_it_is_read_while_the_update_waits_to_run(state: str) -> None:
    assert Behind(LISTED, LOG).sees(U1, state).rests_often().look.past is not None


@pytest.mark.parametrize("why", Why)
def test_who_has_to_leave_asks_nothing(why: Why) -> None:
    behind = Behind().sees()
    behind.trip.interrupt(why)
    behind.rests(1.0)
    assert not behind.calls


@pytest.mark.parametrize("bad", [AWAY, throttled()])
def test_who_cannot_be_heard_is_not_asked(bad: Outcome) -> None:
    behind = Behind().sees()
    assert not isinstance(bad, Executed)
    behind.trip.unanswered(bad, 900.0)  # type: ignore[arg-type] # neither is a refusal
    behind.trip.at(BEGAN + 1.0)
    assert behind.rests() == pytest.approx(20.0)
    assert not behind.calls


def test_a_call_that_the_deadline_would_cut_is_not_made() -> None:
    behind = Behind().sees()
    behind.trip.at(BEGAN + 1e4 - 3.0)
    behind.rests()
    assert not behind.calls


TROUBLES = [
    AWAY,
    LOST,
    BROKEN,
    HOPELESS,
    throttled(60.0),
    refused(400),
    refused(401),
    refused(403),
    refused(404),
    Ambiguous(reason="too large", oversized=True),
]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("before", [[], [LISTED]])
def test_the_first_trouble_ends_it_without_a_word(
    trouble: Outcome, before: list[Outcome]
) -> None:
    behind = Behind(*before, trouble).sees().rests_often()
    assert len(behind.calls) == len(before) + 1
    assert behind.look.found is None
    assert behind.look.past is None
    assert not behind.trip.away_for
    assert not [one for one in behind.trip.drain() if not isinstance(one, Heartbeat)]


@pytest.mark.parametrize(
    "other",
    [
        info(OLD, "FAILED"),
        info(OLD, "CANCELED"),
        info(OLD, "NEW_STATE"),
        good(U1),
        good(full_refresh=True),
        good(validate_only=True),
        good(refresh_selection=["a"]),
        good(full_refresh_selection=["a"]),
        good(parameters={"a": "b"}),
        {"state": "COMPLETED"},
    ],
)
def test_what_is_of_another_kind_or_no_success_is_passed_over(
    other: JsonObject,
) -> None:
    behind = Behind(updates(other)).sees().rests_often()
    assert behind.asked == ["list the updates"]
    assert behind.look.found is None
    behind = Behind(updates(other, good("older")), events()).sees().rests_often()
    assert behind.look.found is not None
    assert behind.look.found.update_id == "older"


def test_attempts_of_our_own_are_not_compared_with() -> None:
    behind = Behind(updates(good(U1))).sees(U1, "COMPLETED").sees(U2).rests_often()
    assert behind.look.found is None


def test_an_update_is_compared_with_what_was_really_asked_of_it() -> None:
    asked: JsonObject = {"full_refresh": True, "parameters": {"a": "b"}}
    listed = updates(good("plain"), good(**asked))
    behind = Behind(listed, LOG).sees(**asked).rests_often()
    assert behind.look.found is not None
    assert behind.look.found.update_id == OLD


def test_two_pages_of_updates_are_enough() -> None:
    pages = [updates(info(f"f{n}", "FAILED"), token=f"t{n}") for n in range(3)]
    behind = Behind(*pages).sees().rests_often()
    assert [dict(call.query).get("page_token") for call in behind.calls] == [None, "t0"]


def test_a_log_of_several_pages_is_read_whole_and_each_event_once() -> None:
    first = events(ENDED, DONE, update=OLD, token="t")
    second = events(DONE, BEGINS, RUNS, QUEUED, update=OLD)
    behind = Behind(LISTED, first, second).sees().rests_often()
    assert dict(behind.calls[2].query) == {"max_results": "1000", "page_token": "t"}
    assert behind.look.found is not None
    assert behind.look.found.rows_written == 7
    assert behind.look.past == Past(300.0, {"a": (10.0, 100.0)})


def test_of_a_log_that_is_too_long_only_the_time_is_kept() -> None:
    pages = [events(ENDED, DONE, RUNS, update=OLD, token=f"t{n}") for n in range(9)]
    behind = Behind(LISTED, *pages).sees().rests_often()
    found = behind.look.found
    assert len(behind.calls) == MOST_CALLS
    assert found is not None
    assert found.seconds == 400.0
    assert (found.rows_written, found.flows, found.expectations) == (None, (), ())
    assert not found.log_complete
    assert behind.look.past == Past(400.0, queue=True)


@pytest.mark.parametrize(
    ("log", "created", "seconds", "past"),
    [
        (events(), MILLIS, None, None),  # it is not kept for ever
        (events(QUEUED, update=OLD), MILLIS, None, None),
        (events(ENDED, update=OLD), MILLIS, 400.0, Past(400.0, queue=True)),
        (events(ENDED, update=OLD), None, None, None),
        (events(RUNS, ENDED, update=OLD), None, None, Past(300.0)),
        (events(RUNS, ENDED, update="x"), MILLIS, None, None),  # a filter is ignored
    ],
)
def test_what_a_log_does_not_tell_is_not_known(
    log: Outcome, created: int | None, seconds: float | None, past: Past | None
) -> None:
    listed = updates(info(OLD, "COMPLETED", creation_time=created))
    behind = Behind(listed, log).sees().rests_often()
    assert behind.look.found is not None
    assert behind.look.found.seconds == seconds
    assert behind.look.found.rows_written is None
    assert behind.look.past == past


def test_times_of_flows_lie_within_the_update() -> None:
    told = [
        flow("early", "RUNNING", 50),
        flow("early", "COMPLETED", 150),
        flow("late", "RUNNING", 350),
        flow("late", "COMPLETED", 450),
        flow("skipped", "SKIPPED", 150),
    ]
    behind = Behind(LISTED, events(RUNS, *told, ENDED, update=OLD)).sees().rests_often()
    assert behind.look.past == Past(
        300.0, {"early": (0.0, 50.0), "late": (250.0, 300.0)}
    )


def finishes(
    behind: Behind, *answers: Outcome, takes: float = 0.0, signal_after: int = 10**6
) -> list[float]:
    """Somebody has to judge: ask for all; the time that each call gets."""
    script, given, within = behind.look.finish(), list(answers), []
    step = next(script, None)
    while step is not None:
        answer = None
        if isinstance(step, Send):
            within.append(step.within)
            answer = given.pop(0)
            behind.trip.at(behind.trip.now + takes)
            if len(within) == signal_after:
                behind.trip.interrupt(Why.SIGTERM)
        else:
            behind.trip.at(step.until)
        try:
            step = script.send(answer)
        except StopIteration:
            step = None
    return within


def test_who_has_to_judge_by_it_waits_for_what_is_still_to_be_read() -> None:
    behind = Behind(LISTED).sees()
    behind.rests(5.0, takes=3.0)
    assert finishes(behind.sees(U1, "COMPLETED"), LOG) == [30.0]
    assert behind.look.found is not None
    assert finishes(behind) == []


def test_who_judges_a_short_update_asks_all_at_once() -> None:
    behind = Behind().sees(U1, "COMPLETED")
    assert len(finishes(behind, LISTED, LOG)) == 2
    assert behind.look.found is not None
    assert not finishes(Behind())  # nothing was followed


def test_who_judges_insists_and_asks_again_what_was_given_up() -> None:
    behind = Behind(AWAY).sees()
    behind.rests()
    assert len(finishes(behind, LOST, LISTED, throttled(), LOG)) == 4
    assert behind.look.found is not None


def test_who_judges_waits_half_a_minute_for_an_api_that_is_away() -> None:
    behind = Behind().sees(U1, "COMPLETED")
    began = behind.trip.now
    finishes(behind, *[AWAY] * 100)
    assert behind.look.found is None
    assert 30 <= behind.trip.now - began <= 60
    assert len(finishes(behind, refused(403))) == 1


def swamped(pages: int) -> list[Outcome]:
    """A log of so many pages, from its end; each tells rows that none else tells."""
    first = events(ENDED, DONE, update=OLD, token="t0")
    between = [
        events(flow("a", "RUNNING", 190 - n / 10, QUALITY), update=OLD, token=f"t{n}")
        for n in range(1, pages - 1)
    ]
    return [first, *between, events(BEGINS, RUNS, QUEUED, update=OLD)]


def test_who_judges_reads_on_where_a_long_log_was_left() -> None:
    log = swamped(12)
    behind = Behind(LISTED, *log[: MOST_CALLS - 1]).sees().rests_often()
    assert len(behind.calls) == MOST_CALLS
    assert len(finishes(behind, *log[MOST_CALLS - 1 :])) == 12 + 1 - MOST_CALLS
    found = behind.look.found
    assert found is not None
    assert (found.rows_written, found.log_complete) == (7 * 11, True)
    assert finishes(behind) == []


def test_who_judges_reads_a_long_log_at_once_and_shows_that_it_does() -> None:
    behind = Behind().sees(U1, "COMPLETED")
    assert len(finishes(behind, LISTED, *swamped(20), takes=9.0)) == 21
    assert behind.look.found is not None
    assert behind.look.found.rows_written == 7 * 19
    beats = [one for one in behind.trip.drain() if isinstance(one, Heartbeat)]
    assert len(beats) == 3


def test_a_log_without_an_end_is_left_by_who_judges_as_well() -> None:
    behind = Behind(LISTED, *swamped(5)[:4]).sees().rests_often()
    endless = swamped(1000)
    assert len(finishes(behind, *endless)) == MOST_TO_JUDGE - MOST_CALLS
    assert behind.look.found is not None
    assert behind.look.found.seconds == 400.0
    assert (behind.look.found.rows_written, behind.look.found.log_complete) == (
        None,
        False,
    )
    assert finishes(behind) == []


@pytest.mark.parametrize("trouble", [refused(400), refused(403)])
def test_a_log_that_is_refused_in_its_middle_is_known_not_to_be_whole(
    trouble: Outcome,
) -> None:
    behind = Behind().sees(U1, "COMPLETED")
    assert len(finishes(behind, LISTED, *swamped(9)[:3], trouble)) == 5
    assert behind.look.found is not None
    assert not behind.look.found.log_complete


def test_a_signal_in_a_long_log_is_heard() -> None:
    behind = Behind().sees(U1, "COMPLETED")
    assert len(finishes(behind, LISTED, *swamped(99), signal_after=7)) == 7
    assert behind.look.found is not None
    assert not behind.look.found.log_complete


def test_after_a_signal_nobody_waits_for_it() -> None:
    behind = Behind().sees()
    behind.trip.interrupt(Why.SIGTERM)
    assert finishes(behind) == []


RUNNING: Scene = {state_of(U1): update(U1, "RUNNING"), EVENTS: LOG, LIST: LISTED}


def test_a_run_of_a_minute_costs_no_call_and_a_longer_one_knows_the_last_good() -> None:
    p = running().plays(RUNNING, until=59)
    assert p.count(LIST) == 1
    p.plays(RUNNING, until=130)
    assert p.count(LIST) == 2
    (*_, beat) = p.told(Heartbeat)
    assert beat.left == Left(290, 290)  # none of its flows has begun yet
    p.plays({state_of(U1): update(U1, "COMPLETED"), EVENTS: log_of("COMPLETED")})
    assert p.ends() is Result.SUCCEEDED
    assert p.outcome.last_good is not None
    assert p.outcome.last_good.update_id == OLD


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_happens_to_it_the_run_is_as_it_would_have_been(
    trouble: Outcome,
) -> None:
    p = running().plays({**RUNNING, LIST: trouble}, until=3600)
    assert p.count(LIST) == 2
    assert not p.told(OutageBegan)
    assert not p.told(Noted)
    assert not p.told(Warned)


class LooksBack(Exception):
    """The run is about to be answered what lies behind it."""


def _looks_back(_: float) -> Outcome:
    raise LooksBack


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_in_its_middle_is_obeyed_at_once(why: Why) -> None:
    p = running()
    with pytest.raises(LooksBack):
        p.plays({**RUNNING, LIST: _looks_back})
    p.cut_short(why)
    assert p.step_is(PIPELINE)  # to prove what a stop would meet


def test_what_came_after_the_update_is_no_last_good_one() -> None:
    later = good("later", creation_time=MILLIS + 9_000)
    same = good("same", creation_time=MILLIS + 5_000)
    ours: JsonObject = {"creation_time": MILLIS + 5_000}
    listed = updates(later, info(U1, "RUNNING"), good())
    found = Behind(listed, LOG).sees(**ours).rests_often().look.found
    assert found is not None
    assert found.update_id == OLD
    # Nobody says when: it is newest first, and what is not known to be later is not.
    for listed in (updates(same, good()), updates(good("same", creation_time=None))):
        found = Behind(listed, LOG).sees(**ours).rests_often().look.found
        assert found is not None
        assert found.update_id == "same"
