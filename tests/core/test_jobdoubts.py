"""An update that may be somebody else's: neither judged nor called the task's own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dlt_action.core.event import Event
from dlt_action.core.jobs.search import OTHER_END, OUTLIVED, SEVERAL, UNSURE
from dlt_action.core.model import Result
from dlt_action.core.news import Warned
from dlt_action.core.record import GateResult
from dlt_action.core.reply import Reply
from dlt_action.core.steps import Why
from tests.core.events import state
from tests.core.jobscene import (
    ONE,
    Played,
    Scene,
    bad,
    broken,
    good,
    play,
    succeeding,
)
from tests.core.test_jobgate import gated, log

LISTED = "GET load/updates"
GATE = gated(ONE, "a rows >= 1")


def scene_of(  # noqa: PLR0913 - a scene is told by keywords
    *,
    theirs: str = "COMPLETED",
    their_log: Iterable[Event] = (),
    ours: str = "COMPLETED",
    our_log: Iterable[Event] = (),
    result: str = "SUCCESS",
    only: bool = False,
) -> Scene:
    """Another job's update of our pipeline comes first; ours is queued behind it."""
    scene = Scene()
    scene.task(ends=60, result=result, message="Workload failed")
    if not only:
        scene.update(
            "theirs", states={3: "RUNNING", 10: theirs}, events=tuple(their_log)
        )
    scene.update(
        "ours", starts=15, states={15: "RUNNING", 50: ours}, events=tuple(our_log)
    )
    scene.ends(61, result)
    return scene


def of_numbers(*, only: bool = False) -> Scene:
    """Theirs writes 7,000 rows, and ours none."""
    return scene_of(
        their_log=log("a", 7000, ends=10),
        our_log=log("a", 7000 if only else 0),
        only=only,
    )


def missed(played: Played) -> list[str]:
    told = (one.text for one in played.told(Warned))
    parts = (text.partition(" is not followed: ") for text in told)
    return [rest.partition(". What its")[0] for _, mark, rest in parts if mark]


def refused_at_the_end(scene: Scene, reply: Reply | None) -> Scene:
    usual = scene.usual
    scene.always[LISTED] = lambda scene, second: (
        reply if second > 58 else usual(scene.asked[-1][2], second)
    )
    return scene


@pytest.mark.parametrize("reply", [bad(403), bad(500), None])
def test_where_it_cannot_be_made_sure_no_number_counts(reply: Reply | None) -> None:
    played = play(refused_at_the_end(of_numbers(), reply), GATE)
    assert missed(played) == [UNSURE]
    assert played.outcome.gate_result is GateResult.FAILED
    assert played.outcome.result is Result.GATE_FAILED
    assert played.outcome.update_id is None
    assert played.outcome.rows_written is None
    assert played.seconds < 300


def test_an_update_in_doubt_is_not_called_ours_without_a_gate_either() -> None:
    played = play(refused_at_the_end(of_numbers(), bad(403)))
    assert played.outcome.result is Result.SUCCEEDED
    assert missed(played) == [UNSURE]
    assert played.outcome.attempts == ()
    assert played.outcome.pipeline_id == "load"


@pytest.mark.parametrize("tenth", range(550, 630, 3))
def test_a_signal_at_the_end_lets_no_strangers_numbers_through(tenth: int) -> None:
    played = play(of_numbers(), GATE, interrupts={tenth / 10: Why.SIGTERM})
    assert played.outcome.gate_result is not GateResult.PASSED
    assert played.outcome.result is not Result.SUCCEEDED


def test_a_signal_leaves_the_time_to_make_sure_of_the_only_one() -> None:
    scene = of_numbers(only=True)
    played = play(scene, GATE, interrupts={61.5: Why.SIGTERM})
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.gate_result is GateResult.PASSED
    assert played.outcome.update_id == "ours"


def test_what_a_signal_leaves_no_time_for_is_not_judged_as_seen() -> None:
    scene = refused_at_the_end(of_numbers(only=True), None)
    played = play(scene, GATE, interrupts={61.5: Why.SIGTERM})
    assert played.outcome.result is Result.GATE_FAILED
    assert played.seconds < 70


@pytest.mark.parametrize("theirs", ["FAILED", "CANCELED"])
def test_theirs_that_went_wrong_is_not_told_as_what_our_success_came_to(
    theirs: str,
) -> None:
    their_log = (state("RUNNING", 3), broken("their table", 8), state(theirs, 10))
    played = play(scene_of(theirs=theirs, their_log=their_log))
    outcome = played.outcome
    assert missed(played) == [OTHER_END]
    assert outcome.result is Result.SUCCEEDED
    assert (outcome.state, outcome.update_id, outcome.attempts) == (None, None, ())
    assert outcome.problems == ()


@pytest.mark.parametrize("theirs", ["FAILED", "CANCELED", "COMPLETED"])
def test_theirs_that_went_wrong_is_not_told_as_the_cause_of_our_failure(
    theirs: str,
) -> None:
    their_log = (state("RUNNING", 3), broken("their table", 8), state(theirs, 10))
    our_log = (state("RUNNING", 16), broken("our table", 45), state("FAILED", 50))
    scene = scene_of(
        theirs=theirs,
        their_log=their_log,
        ours="FAILED",
        our_log=our_log,
        result="FAILED",
    )
    played = play(scene)
    assert missed(played) == [SEVERAL]
    assert played.outcome.result is Result.FAILED
    assert played.outcome.update_id is None
    assert "their table" not in repr(played.outcome)


def test_what_an_earlier_try_came_to_stays_told() -> None:
    scene = Scene()
    scene.task(ends=30, result="FAILED")
    scene.update("first", states={4: "RUNNING", 25: "FAILED"})
    scene.task(starts=40, ends=90, attempt=1, since=35)
    scene.update("theirs", starts=41, states={42: "RUNNING", 45: "COMPLETED"})
    scene.update("ours", starts=50, states={51: "RUNNING", 85: "COMPLETED"})
    scene.ends(91, "SUCCESS")
    played = play(scene)
    assert missed(played) == [SEVERAL]
    assert [one.update_id for one in played.outcome.attempts] == ["first"]


def test_doubts_about_one_try_are_none_about_the_next() -> None:
    scene = Scene()
    scene.task(ends=30, result="FAILED")
    scene.update("first", states={4: "RUNNING", 10: "FAILED"})
    scene.update("theirs", starts=15, states={16: "RUNNING", 25: "FAILED"})
    scene.task(starts=40, ends=90, attempt=1, since=35)
    scene.update("ours", starts=41, states={51: "RUNNING", 85: "COMPLETED"})
    scene.ends(91, "SUCCESS")
    played = play(scene)
    assert missed(played) == [SEVERAL]
    assert [one.update_id for one in played.outcome.attempts] == ["ours"]
    assert played.outcome.result is Result.SUCCEEDED


def test_who_is_alone_is_made_sure_of_by_one_look() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    scene.answers["GET later"] = [good({})]
    played = play(scene)
    assert sum(second > 60 for second in played.seconds_of(LISTED)) == 1
    assert played.outcome.update_id == "u1"


@pytest.mark.parametrize("result", ["SUCCESS", "FAILED"])
def test_what_goes_on_after_its_task_is_not_the_tasks_own(result: str) -> None:
    scene = Scene()
    scene.task(ends=30, result=result, message="No such pipeline")
    their_log = (state("RUNNING", 4), broken("their table", 8))
    scene.update("theirs", states={4: "RUNNING"}, events=their_log)
    scene.ends(31, result)
    outcome = play(scene).outcome
    assert (outcome.update_id, outcome.state, outcome.problems) == (None, None, ())
    (warning,) = outcome.warnings
    assert OUTLIVED in warning


@pytest.mark.parametrize("result", ["CANCELED", "TIMEDOUT"])
def test_one_that_is_to_be_stopped_may_outlive_its_task(result: str) -> None:
    scene = Scene()
    scene.task(ends=30, result=result)
    scene.update("ours", states={4: "RUNNING", 30: "STOPPING"})
    scene.ends(31, result)
    outcome = play(scene).outcome
    assert (outcome.update_id, outcome.warnings) == ("ours", ())


def test_an_earlier_try_stays_told_where_the_last_one_outlives_its_task() -> None:
    scene = Scene()
    scene.task(ends=30, result="FAILED")
    scene.update("first", states={4: "RUNNING", 25: "FAILED"})
    scene.task(starts=40, ends=90, attempt=1, since=35)
    scene.update("theirs", starts=41, states={42: "RUNNING"})
    scene.ends(91, "SUCCESS")
    played = play(scene)
    assert missed(played) == [OUTLIVED]
    assert [one.update_id for one in played.outcome.attempts] == ["first"]


def test_no_number_counts_where_the_log_took_all_the_time_there_was() -> None:
    scene = of_numbers()
    scene.always["GET load/events"] = lambda _, second: (
        None if second > 9 else good({"events": []})
    )
    played = play(scene, GATE, interrupts={11.5: Why.SIGTERM, 20.0: Why.SIGTERM})
    assert played.outcome.result is not Result.SUCCEEDED
