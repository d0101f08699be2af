"""What the loop may rely on, whatever script a machine plays."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core import calls
from dlt_action.core.exchange import Ambiguous, Executed
from dlt_action.core.machine import Done, Scripted, Spawn
from dlt_action.core.model import PipelineId, Result
from dlt_action.core.news import Noted
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.steps import Script, Send, Wait, Why
from dlt_action.core.trip import Trip

CALL = calls.get_pipeline(PipelineId("p1"))
ENDED = RunOutcome(result=Result.SUCCEEDED, reason="")


def machine(play: Callable[[Trip], Script[None]]) -> Scripted:
    """A machine of a script that may do as it likes."""
    trip = Trip(began=0.0, deadline=1000.0, chance=lambda: 0.5)

    def script() -> Script[RunOutcome]:
        yield from play(trip)
        return ENDED

    return Scripted(trip, script())


def naps(trip: Trip) -> Script[None]:
    yield from trip.nap(10)


def sends(trip: Trip) -> Script[None]:
    outcome = yield from trip.send(CALL)
    trip.tell(Noted(str(outcome)))


def test_the_same_step_is_told_until_something_happens() -> None:
    waiting, sending = machine(naps), machine(sends)
    assert {waiting.next_step(now) for now in (0, 5, 9.9)} == {Wait(10.0)}
    steps = [sending.next_step(now) for now in (0, 5, 500)]
    assert steps == [Send(call=CALL, within=30.0)] * 3


def test_a_wait_that_is_over_goes_on_by_itself() -> None:
    waiting = machine(naps)
    waiting.next_step(0)
    assert waiting.next_step(10) == Done(ENDED)


def test_the_end_is_the_end() -> None:
    ended = machine(naps)
    ended.next_step(0)
    assert ended.next_step(10) == ended.next_step(2000) == Done(ENDED)
    ended.interrupt(Why.SIGINT, 2001)
    assert ended.next_step(2001) == Done(ENDED)


def test_an_answer_goes_to_who_asked() -> None:
    sending = machine(sends)
    sending.next_step(0)
    answer = Executed(body={"a": 1})
    sending.saw(answer, 1)
    assert sending.drain() == [Noted(str(answer))]
    assert sending.next_step(1) == Done(ENDED)


def test_news_are_handed_out_once() -> None:
    sending = machine(sends)
    sending.next_step(0)
    sending.saw(Ambiguous(reason="lost"), 1)
    assert len(sending.drain()) == 1
    assert sending.drain() == []


def test_a_signal_ends_a_wait_and_a_second_one_does_not() -> None:
    def play(trip: Trip) -> Script[None]:
        yield from trip.nap(10)
        yield from trip.nap(3)

    waiting = machine(play)
    waiting.next_step(0)
    assert waiting.interrupt(Why.SIGINT, 1)
    assert waiting.next_step(1) == Wait(4.0)
    assert not waiting.interrupt(Why.SIGTERM, 2)
    assert waiting.next_step(2) == Wait(4.0)


def test_a_signal_during_a_call_does_not_shorten_a_later_wait() -> None:
    def play(trip: Trip) -> Script[None]:
        yield from trip.send(CALL)
        yield from trip.nap(3)

    sending = machine(play)
    sending.next_step(0)
    sending.interrupt(Why.SIGINT, 0)
    sending.saw(Ambiguous(reason="lost"), 1)
    assert sending.next_step(1) == Wait(4.0)
    assert sending.next_step(2) == Wait(4.0)


def test_the_reasons_to_leave_know_their_signal() -> None:
    assert {why: why.signal for why in Why} == {
        Why.TIMEOUT: None,
        Why.QUEUE_TIMEOUT: None,
        Why.STALL_TIMEOUT: None,
        Why.FAIL_FAST: None,
        Why.CALLER: None,
        Why.SIGHUP: 1,
        Why.SIGINT: 2,
        Why.SIGTERM: 15,
    }


def test_a_machine_that_is_woken_ends_its_wait_and_its_nap() -> None:
    times: list[float] = []

    def play(trip: Trip) -> Script[None]:
        yield from trip.nap(100.0)
        times.append(trip.now)
        yield from trip.nap(100.0)
        times.append(trip.now)
        yield Wait(trip.now + 100.0)
        times.append(trip.now)

    one = machine(play)
    one.wake()  # before it naps: then the nap is none
    one.next_step(1.0)
    assert times == [1.0]
    one.next_step(50.0)
    assert times == [1.0]
    one.wake()
    one.next_step(51.0)
    assert times == [1.0, 51.0]
    one.wake()
    assert isinstance(one.next_step(60.0), Done)
    assert times == [1.0, 51.0, 60.0]


def test_a_machine_that_is_spawned_is_handed_out_before_the_next_step() -> None:
    other = machine(lambda trip: trip.nap(1.0))

    def play(trip: Trip) -> Script[None]:
        one.spawn(other)
        yield from trip.nap(1.0)

    one = machine(play)
    assert one.next_step(0.0) == Spawn(other)
    assert isinstance(one.next_step(0.0), Wait)
    one.spawn(other)
    assert one.next_step(0.5) == Spawn(other)
