"""Canceling a job run that was left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.jobs.cleaning import JobCleaning
from dlt_action.core.machine import Machine
from dlt_action.core.model import Result
from dlt_action.core.news import Heartbeat, News, Noted
from dlt_action.core.record import Outcome
from dlt_action.core.reply import Reply, SignInProblem, Unsigned
from dlt_action.core.steps import Why
from dlt_action.driving import drive
from tests.core.jobscene import (
    AWAY,
    CANCEL,
    GET,
    LOST,
    RUN,
    Scene,
    SceneLine,
    bad,
    good,
)
from tests.core.playbook import BEGAN, PLAN

PATIENT = replace(PLAN, outage_grace=60.0)


def left_behind(cancels_after: float | None = 5.0) -> Scene:
    """A run that goes on."""
    scene = Scene()
    scene.task()
    scene.cancels_after = cancels_after
    return scene


def tidy(
    scene: Scene, interrupts: dict[float, Why] | None = None
) -> tuple[Outcome, list[News], float]:
    line = SceneLine(scene)
    for second, why in (interrupts or {}).items():
        line.interrupt_at(second, why)
    machine = JobCleaning(PATIENT, RUN, chance=lambda: 0.5)
    news: list[News] = []

    def tell(_: Machine, one: News) -> None:
        news.append(one)

    (outcome,) = drive([machine], line, tell)
    return outcome, news, line.now() - BEGAN


def names(scene: Scene) -> list[str]:
    return [name for _, name, _ in scene.asked]


def test_a_run_is_canceled_by_its_id_and_its_end_is_proved() -> None:
    scene = left_behind()
    outcome, _, seconds = tidy(scene)
    assert outcome.result is Result.SUCCEEDED
    assert outcome.reason == "Job run 77 was canceled."
    assert names(scene).count(CANCEL) == 1
    assert set(names(scene)) == {GET, CANCEL}
    assert names(scene)[-2:] == [GET, GET]
    assert seconds < 12


@pytest.mark.parametrize("result", ["SUCCESS", "FAILED", "CANCELED"])
def test_a_run_that_has_ended_needs_no_cancel(result: str) -> None:
    scene = left_behind()
    scene.ends(-10, result)
    outcome, _, _ = tidy(scene)
    assert outcome.result is Result.SUCCEEDED
    assert outcome.reason == "Job run 77 has ended: there is nothing to cancel."
    assert names(scene) == [GET, GET]


def test_a_run_that_is_repaired_is_canceled_after_all() -> None:
    scene = left_behind()
    scene.ends(-10, "FAILED")
    looks: list[float] = []

    def repaired(scene: Scene, second: float) -> Reply:
        looks.append(second)
        if len(looks) == 2:
            scene.end, scene.phases[0] = 1e9, "RUNNING"
        return good(scene.run(second))

    scene.always[GET] = repaired
    outcome, _, _ = tidy(scene)
    assert outcome.reason == "Job run 77 was canceled."


@pytest.mark.parametrize("reply", [AWAY, LOST, None])
def test_a_cancel_that_is_not_answered_is_asked_for_again(reply: Reply | None) -> None:
    scene = left_behind()
    scene.answers[CANCEL] = [reply]
    outcome, news, _ = tidy(scene)
    assert outcome.reason == "Job run 77 was canceled."
    assert names(scene).count(CANCEL) == 2
    (told,) = [one.text for one in news if isinstance(one, Noted)]
    assert told.startswith("job run 77: ")


def test_a_cancel_that_is_refused_each_time_is_told_and_given_up() -> None:
    scene = left_behind()
    scene.always[CANCEL] = lambda *_: bad(403, "no CAN MANAGE RUN")
    outcome, news, seconds = tidy(scene)
    assert outcome.result is Result.TIMED_OUT
    assert outcome.reason == (
        "It cannot be canceled from here. Job run 77 may still be running: its cancel"
        " was refused, and it was RUNNING at the last look."
    )
    assert "no CAN MANAGE RUN" in outcome.server_said
    assert "cancel it there" in outcome.advice
    assert names(scene).count(CANCEL) == 2
    assert len([one for one in news if isinstance(one, Noted)]) == 1
    assert seconds < 10


def test_a_run_that_does_not_end_is_given_up_in_the_end() -> None:
    scene = left_behind(cancels_after=None)
    scene.phases[10] = "HIBERNATING"
    outcome, news, seconds = tidy(scene)
    assert outcome.result is Result.TIMED_OUT
    assert outcome.reason == (
        "The time for it is over. Job run 77 may still be running: its cancel was"
        " accepted."
    )
    assert 240 <= seconds < 245
    beats = [one.state for one in news if isinstance(one, Heartbeat)]
    assert beats[0] == "waiting for job run 77 to end"
    assert names(scene).count(CANCEL) == 1


def test_a_signal_ends_it_at_once() -> None:
    scene = left_behind(cancels_after=None)
    outcome, _, seconds = tidy(scene, {20.0: Why.SIGTERM})
    assert outcome.result is Result.INTERRUPTED
    assert outcome.signal == 15
    assert outcome.reason.startswith(
        "The step was canceled (SIGTERM). Job run 77 may still be"
    )
    assert seconds < 21


def test_a_look_that_a_signal_ends_asks_for_no_cancel() -> None:
    scene = left_behind()
    scene.answers[GET] = [None]
    outcome, _, _ = tidy(scene, {5.0: Why.SIGTERM})
    assert outcome.result is Result.INTERRUPTED
    assert "no cancel was asked for" in outcome.reason
    assert CANCEL not in names(scene)


MISSING = "There is no job run 77: its cancel was accepted."
UNREAD = "Job run 77 cannot be read and may still be running: its cancel was accepted."


@pytest.mark.parametrize(
    ("reply", "result", "reason"),
    [
        (bad(404), Result.GONE, MISSING),
        (bad(400, "Run 77 does not exist."), Result.GONE, MISSING),
        (bad(403), Result.UNAUTHORIZED, UNREAD),
        (AWAY, Result.UNREACHABLE, UNREAD),
    ],
)
def test_a_run_that_cannot_be_read_is_canceled_all_the_same(
    reply: Reply, result: Result, reason: str
) -> None:
    scene = left_behind()
    scene.always[GET] = lambda *_: reply
    scene.answers[GET] = [bad(500), bad(400, "a moment")]
    outcome, _, _ = tidy(scene)
    assert outcome.result is result
    assert outcome.reason == reason
    assert "cancel it there" in outcome.advice


def test_a_sign_in_that_is_refused_keeps_its_own_advice() -> None:
    scene = left_behind()
    problem = SignInProblem(what="The secret has expired.", advice="Make a new one.")
    scene.always[GET] = lambda *_: Unsigned(problem)
    outcome, _, _ = tidy(scene)
    assert outcome.result is Result.UNAUTHORIZED
    assert "Make a new one." in outcome.advice
