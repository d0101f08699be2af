"""Leaving a job run: when a clock runs out, a signal comes, or another one fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import Result
from dlt_action.core.news import Parted, Warned
from dlt_action.core.plan import Parting
from dlt_action.core.reply import Reply
from dlt_action.core.steps import Why
from tests.core.events import state
from tests.core.jobscene import (
    AWAY,
    CANCEL,
    GET,
    LOST,
    ONE,
    OUTPUT,
    SUBMITTED,
    TWO,
    Played,
    Scene,
    bad,
    good,
    play,
    succeeding,
)


def endless() -> Scene:
    """A run that ends a second after it was canceled, and not before."""
    scene = Scene()
    scene.cancels_after = 1.0
    scene.task()
    scene.update(states={4: "RUNNING"}, events=[state("RUNNING", 4)])
    return scene


def parted(played: Played) -> list[str]:
    return [news.text for news in played.told(Parted)]


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_cancels_the_run_by_its_id_and_sees_it_end(why: Why) -> None:
    played = play(endless(), interrupts={20.5: why})

    assert played.count(CANCEL) == 1
    assert played.first(CANCEL).body == {"run_id": 77}
    assert played.outcome.result is Result.INTERRUPTED
    assert played.outcome.signal == why.value
    told = f"The step was canceled ({why.name}). Job run 77 was canceled."
    assert played.outcome.reason == told
    asked, accepted = parted(played)
    assert asked == (
        f"The step was canceled ({why.name}), job run 77: canceling it, and"
        " watching it for"
        " 00:06 at most"
    )
    assert accepted == "job run 77: the cancel was accepted"
    assert 20.5 < played.seconds < 27
    assert not played.owed.stop
    assert played.outcome.state == "CANCELED"
    assert played.count(OUTPUT) == 0


def test_the_timeout_cancels_the_run_and_watches_it_for_minutes() -> None:
    scene = endless()
    scene.cancels_after = 100.0
    played = play(scene, timeout=60)

    assert played.outcome.result is Result.TIMED_OUT
    told = "The timeout of 01:00 passed. Job run 77 was canceled."
    assert played.outcome.reason == told
    assert played.outcome.advice == (
        "Look at its page for what its tasks were at, or raise `timeout`."
    )
    assert 160 < played.seconds < 175
    assert not played.owed.stop


def test_a_run_that_does_not_end_in_time_is_left_behind_and_owed() -> None:
    scene = endless()
    scene.cancels_after = None
    played = play(scene, timeout=60)

    assert played.outcome.result is Result.TIMED_OUT
    assert played.outcome.reason == (
        "The timeout of 01:00 passed. Job run 77 may still be running: its cancel was"
        " accepted, and it was RUNNING at the last look."
    )
    assert 240 <= played.seconds < 246
    assert played.owed.stop
    assert played.owed.run_id == "77"


@pytest.mark.parametrize("after", [1.0, 60.0])
def test_a_run_that_succeeds_all_the_same_has_succeeded(after: float) -> None:
    scene = Scene()
    scene.task(ends=60 + after)
    scene.update(
        states={4: "RUNNING", 60: "COMPLETED"},
        events=[state("RUNNING", 4), state("COMPLETED", 60)],
    )
    scene.ends(60 + after, "SUCCESS")
    played = play(scene, timeout=60)

    assert played.count(CANCEL) == 1
    assert played.outcome.result is Result.SUCCEEDED
    assert [one.text for one in played.told(Warned)] == [
        "The timeout passed before the end, but the job run has succeeded."
    ]
    assert not played.owed.stop


def test_a_run_that_fails_meanwhile_was_left_all_the_same() -> None:
    scene = endless()
    scene.cancels_after = None
    scene.ends(22, "FAILED")
    played = play(scene, interrupts={20.5: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert "had ended at the last look" in played.outcome.reason
    assert not played.owed.stop


@pytest.mark.parametrize(
    ("changes", "interrupts", "result"),
    [
        ({"on_cancel": Parting.LEAVE}, {20.5: Why.SIGTERM}, Result.INTERRUPTED),
        ({"on_timeout": Parting.LEAVE}, {}, Result.TIMED_OUT),
    ],
)
def test_a_run_is_left_running_where_that_was_asked_for(
    changes: dict[str, Parting], interrupts: dict[float, Why], result: Result
) -> None:
    plan = replace(ONE, **changes)  # type: ignore[arg-type] # any field
    played = play(endless(), plan, interrupts=interrupts, timeout=60)

    assert played.count(CANCEL) == 0
    assert played.outcome.result is result
    assert "it was left running, as asked" in played.outcome.reason
    assert parted(played)[0].endswith("job run 77: leaving it running")
    assert played.seconds < 65
    assert not played.owed.stop


def test_fail_fast_cancels_the_run_whatever_a_clock_would_do() -> None:
    plan = replace(ONE, on_cancel=Parting.LEAVE, on_timeout=Parting.LEAVE)
    scene = endless()
    scene.cancels_after = 90.0
    played = play(scene, plan, interrupts={20.5: Why.FAIL_FAST})

    assert played.count(CANCEL) == 1
    assert played.outcome.result is Result.CANCELED
    assert played.outcome.failed_fast
    assert "was canceled" in played.outcome.reason
    assert played.seconds < 126


def test_fail_fast_owes_a_cancel_until_the_run_has_ended() -> None:
    plan = replace(ONE, on_cancel=Parting.LEAVE, on_timeout=Parting.LEAVE)
    scene = endless()
    scene.cancels_after = None
    played = play(scene, plan, interrupts={20.5: Why.FAIL_FAST})
    assert played.owed.stop
    assert "may still be running" in played.outcome.reason


@pytest.mark.parametrize("reply", [AWAY, LOST, None])
def test_a_cancel_that_is_not_answered_is_asked_for_again(reply: Reply | None) -> None:
    scene = endless()
    scene.answers[CANCEL] = [reply]
    played = play(scene, interrupts={20.5: Why.SIGTERM})
    assert played.count(CANCEL) == 2
    assert "was canceled" in played.outcome.reason


def test_a_cancel_that_is_never_answered_may_have_worked() -> None:
    scene = endless()
    scene.always[CANCEL] = lambda *_: LOST
    scene.phases[23] = "TERMINATING"
    played = play(scene, interrupts={20.5: Why.SIGTERM})
    assert "its cancel was asked for and not answered" in played.outcome.reason
    assert "TERMINATING" in played.outcome.reason
    assert played.owed.stop


def test_a_cancel_that_cannot_be_sent_is_told_as_that() -> None:
    scene = endless()
    scene.always[CANCEL] = lambda *_: AWAY
    played = play(scene, interrupts={20.5: Why.SIGTERM})
    assert "it could not be asked to cancel" in played.outcome.reason


def test_a_cancel_that_is_refused_is_not_asked_for_for_ever() -> None:
    scene = endless()
    scene.always[CANCEL] = lambda *_: bad(403, "no CAN MANAGE RUN")
    played = play(scene, timeout=60)
    assert played.count(CANCEL) == 2
    assert "its cancel was refused" in played.outcome.reason
    assert "no CAN MANAGE RUN" in played.outcome.server_said
    assert played.owed.stop


def test_a_run_that_failed_by_itself_though_its_cancel_was_refused_failed() -> None:
    scene = endless()
    scene.always[CANCEL] = lambda *_: bad(403)
    scene.ends(80, "FAILED")
    played = play(scene, timeout=60)
    assert played.outcome.result is Result.FAILED


def test_a_signal_outranks_the_timeout() -> None:
    scene = endless()
    scene.cancels_after = None
    played = play(scene, timeout=60, interrupts={100: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert played.seconds < 107
    assert played.count(CANCEL) == 1


def test_while_the_api_is_away_a_signal_is_heard_in_time() -> None:
    scene = endless()
    scene.always[GET] = lambda _, now: None if now > 20 else good(scene.run(now))
    played = play(scene, interrupts={30: Why.SIGTERM})
    assert played.count(CANCEL) == 1
    assert played.seconds < 37
    assert "may still be running" in played.outcome.reason


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_page_that_is_looked_for_puts_off_nobodys_leaving(why: Why) -> None:
    scene = Scene()
    scene.always[GET] = lambda *_: None
    plan = replace(SUBMITTED, wait=False)
    played = play(scene, plan, interrupts={0.15: why})  # while the start is on its way
    assert played.outcome.result is Result.STARTED
    assert played.seconds <= 3


def test_a_run_that_was_never_seen_is_left_in_a_state_that_nobody_tells() -> None:
    scene = endless()
    scene.always[GET] = lambda *_: None
    played = play(scene, interrupts={5: Why.SIGTERM})
    told = "may still be running: its cancel was accepted at the last look."
    assert told in played.outcome.reason
    assert played.outcome.job is not None
    assert played.outcome.job.tasks == ()


def test_parts_that_had_not_ended_say_so() -> None:
    scene = endless()
    scene.cancels_after = None
    scene.task("serve", starts=1e9)
    played = play(scene, TWO, interrupts={20.5: Why.SIGTERM})

    load, serve = played.outcome.parts
    assert (load.result, serve.result) == (Result.INTERRUPTED, Result.INTERRUPTED)
    told = "Task serve had not ended when this step had to go."
    assert serve.reason == told
    assert load.update_id == "u1"


def test_a_part_whose_update_has_ended_tells_of_that() -> None:
    scene = endless()
    scene.cancels_after = None
    scene.updates[0].states[10] = "FAILED"
    scene.task("serve", starts=1e9)
    played = play(scene, TWO, interrupts={20.5: Why.SIGTERM})
    assert played.outcome.parts[0].result is Result.FAILED
    assert played.outcome.parts[0].reason.startswith("Update u1 failed.")


# The clocks.


def test_the_queue_timeout_counts_while_the_run_waits() -> None:
    scene = Scene()
    scene.cancels_after = 1.0
    scene.phases = {0: "QUEUED"}
    scene.task(starts=1e9)
    played = play(scene, replace(ONE, queue_timeout=90.0))
    assert played.outcome.result is Result.TIMED_OUT
    told = "The queue-timeout of 01:30 passed. Job run 77 was canceled."
    assert played.outcome.reason == told
    assert 90 <= played.seconds < 97


def test_the_queue_timeout_counts_while_its_update_waits() -> None:
    scene = endless()
    scene.updates[0].states = {4: "WAITING_FOR_RESOURCES"}
    played = play(scene, replace(ONE, queue_timeout=90.0))
    assert played.outcome.reason.startswith("The queue-timeout of 01:30 passed.")
    assert 90 <= played.seconds < 115
    assert played.count(CANCEL) == 1


def test_the_queue_timeout_does_not_count_while_other_tasks_run() -> None:
    scene = Scene()
    scene.task("before", kind="notebook", starts=2, ends=500)
    scene.task(starts=501, ends=560)
    scene.update(starts=502, states={503: "RUNNING", 550: "COMPLETED"})
    scene.ends(561, "SUCCESS")
    played = play(scene, replace(ONE, queue_timeout=90.0))
    assert played.outcome.result is Result.SUCCEEDED


def test_the_silence_of_one_update_is_the_end_of_the_whole_run() -> None:
    scene = endless()
    succeeding(scene, "serve", "u2")
    played = play(scene, replace(TWO, stall_timeout=120.0))
    assert played.outcome.result is Result.TIMED_OUT
    told = "The stall-timeout of 02:00 passed. Job run 77 was canceled."
    assert played.outcome.reason == told
    assert played.count(CANCEL) == 1
    assert played.seconds_of(CANCEL)[0] < 128


def test_a_clock_of_an_update_leaves_the_run_if_that_is_asked_for() -> None:
    plan = replace(ONE, stall_timeout=120.0, on_timeout=Parting.LEAVE)
    played = play(endless(), plan)
    assert played.outcome.result is Result.TIMED_OUT
    assert played.count(CANCEL) == 0
    assert played.seconds < 160


def test_a_signal_between_the_two_looks_leaves_the_end_unconfirmed() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    looks: list[float] = []

    def once(scene: Scene, second: float) -> Reply | None:
        if second >= 61:
            looks.append(second)
        return None if len(looks) > 1 else good(scene.run(second))

    scene.always[GET] = once
    played = play(scene, interrupts={70: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert "had ended at the last look" in played.outcome.reason
    assert played.owed.stop  # canceling what has ended does no harm


def test_a_clock_that_has_run_out_is_no_reason_to_ask_without_a_pause() -> None:
    scene = endless()
    scene.always[GET] = lambda *_: bad(404)
    played = play(scene, replace(ONE, queue_timeout=1.0))
    assert played.outcome.result is Result.GONE
    assert played.count(GET) < 60


def notebooks(many: int, *, answer: Reply | None) -> Scene:
    """Tasks that fail at once, whose outputs are answered so; the run goes on."""
    scene = Scene()
    scene.cancels_after = 1.0
    scene.task(ends=900)
    for number in range(many):
        scene.task(f"t{number}", kind="notebook", ends=10, result="FAILED")
    scene.always[OUTPUT] = lambda *_: answer
    return scene


def test_outputs_that_hang_put_off_no_cancel() -> None:
    played = play(notebooks(25, answer=None), timeout=20)
    (canceled,) = played.seconds_of(CANCEL)
    assert canceled < 31  # the one that hangs as the timeout passes is given up
    assert "was canceled" in played.outcome.reason


def test_nor_do_they_where_another_pipeline_failed() -> None:
    played = play(notebooks(25, answer=None), interrupts={14.0: Why.FAIL_FAST})
    (canceled,) = played.seconds_of(CANCEL)
    assert canceled < 25


def test_outputs_take_half_a_minute_in_all() -> None:
    scene = notebooks(25, answer=None)
    scene.ends(100, "FAILED")
    played = play(scene)
    asked = played.seconds_of(OUTPUT)
    assert len(asked) == 3
    assert max(asked) - min(asked) < 30
    assert min(at for at in played.seconds_of(GET) if at > max(asked)) < 45


def test_what_tasks_say_is_read_again_once_the_cancel_was_accepted() -> None:
    scene = notebooks(0, answer=good({"error": "no such table"}))
    scene.task("late", kind="notebook", ends=20.6, result="FAILED")
    played = play(scene, timeout=20)
    assert played.count(OUTPUT) == 1
    assert min(played.seconds_of(OUTPUT)) > min(played.seconds_of(CANCEL))
