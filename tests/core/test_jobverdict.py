"""What a job run comes to for whoever is after its pipelines, whatever it counts as."""

from __future__ import annotations

import pytest

from dlt_action.core.jobs.endings import ONE_AT_A_TIME
from dlt_action.core.model import Result
from dlt_action.core.news import Warned
from dlt_action.core.record import GateResult
from dlt_action.core.reply import Reply
from dlt_action.core.steps import Why
from tests.core.events import state
from tests.core.jobscene import (
    GET,
    ONE,
    TWO,
    Played,
    Scene,
    broken,
    failing,
    good,
    play,
    succeeding,
)
from tests.core.test_jobgate import gated

ACTIVE = "An active update 'u9' already exists for pipeline 'load'."
NOTHING = (
    "Job run 77 succeeded, but no Pipeline task of it ran: no pipeline was updated, and"
    " nothing was refreshed."
)


def meets_another(
    scene: Scene, key: str = "load", *, starts: float = 60, attempt: int = 0
) -> None:
    """A Pipeline task that fails at once, because another update is active."""
    run = scene.task(
        key,
        starts=starts,
        ends=starts + 2,
        since=starts - 1,
        attempt=attempt,
        result="FAILED",
        message="Workload failed, see run output for details",
    )
    scene.outputs[run] = ACTIVE


def warnings(played: Played) -> list[str]:
    return [one.text for one in played.told(Warned)]


# What a pipeline did not get, no success of other tasks makes up for.


def partly(result: str, *, ran: bool = True) -> Scene:
    """A Pipeline task ends so, a task that tidies up succeeds."""
    scene = Scene()
    if ran:
        failing(scene)
        scene.tasks[0].result = result
    else:
        scene.task("load", starts=59, ends=60, result=result)
    scene.task("tidy", kind="notebook", starts=60, ends=62)
    scene.ends(63, "SUCCESS_WITH_FAILURES")
    return scene


@pytest.mark.parametrize("result", ["FAILED", "CANCELED", "TIMEDOUT", "NEWS"])
def test_a_pipeline_task_that_did_not_succeed_is_no_success_of_the_step(
    result: str,
) -> None:
    outcome = play(partly(result)).outcome
    assert outcome.result is Result.FAILED
    assert outcome.exit_code == 1
    assert outcome.reason == (
        "Job run 77 counts as SUCCESS_WITH_FAILURES, but 1 Pipeline task did not"
        " succeed (load)."
    )
    assert outcome.advice
    assert outcome.job is not None
    assert outcome.job.state == "SUCCESS_WITH_FAILURES"


@pytest.mark.parametrize("result", ["UPSTREAM_FAILED", "UPSTREAM_CANCELED"])
def test_nor_is_one_that_could_not_begin(result: str) -> None:
    outcome = play(partly(result, ran=False)).outcome
    assert outcome.result is Result.FAILED
    assert "1 Pipeline task did not succeed (load)" in outcome.reason


def test_nor_does_a_plain_success_hide_it() -> None:
    scene = partly("FAILED")
    scene.ends(63, "SUCCESS")
    outcome = play(scene).outcome
    assert outcome.result is Result.FAILED
    assert outcome.reason.startswith("Job run 77 counts as SUCCESS, but")


def test_the_gate_of_a_run_that_is_no_success_is_not_judged() -> None:
    outcome = play(partly("FAILED"), gated(ONE, "warn all rows >= 1")).outcome
    assert outcome.result is Result.FAILED
    assert outcome.gate_result is GateResult.NOT_JUDGED


def test_what_the_message_of_such_a_run_says_is_quoted_where_no_log_tells_more() -> (
    None
):
    scene = partly("UPSTREAM_FAILED", ran=False)
    scene.state[63] = {"state_message": "Some of it failed."}
    assert play(scene).outcome.server_said == "Some of it failed."


def test_of_two_pipeline_tasks_one_that_failed_is_enough() -> None:
    scene = partly("FAILED")
    succeeding(scene, "serve", "u2")
    outcome = play(scene, TWO).outcome
    assert outcome.result is Result.FAILED
    assert [part.result for part in outcome.parts] == [Result.FAILED, Result.SUCCEEDED]


def test_a_canceled_run_with_a_good_word_is_told_as_left() -> None:
    scene = partly("CANCELED")
    played = play(scene, interrupts={60.0: Why.SIGTERM})
    assert played.outcome.result is Result.INTERRUPTED
    assert "had ended at the last look" in played.outcome.reason


@pytest.mark.parametrize("result", ["EXCLUDED", "DISABLED"])
def test_a_success_that_updated_no_pipeline_is_told_loudly(result: str) -> None:
    scene = Scene()
    scene.task("load", starts=59, ends=60, result=result)
    scene.ends(63, "SUCCESS")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert warnings(played) == [NOTHING]
    assert played.outcome.warnings == (NOTHING,)


def test_a_rule_of_the_gate_that_nothing_can_hold_breaks_there() -> None:
    scene = Scene()
    scene.task("load", starts=59, ends=60, result="EXCLUDED")
    scene.ends(63, "SUCCESS")
    played = play(scene, gated(ONE, "a rows >= 1"))
    assert played.outcome.result is Result.GATE_FAILED


def test_one_that_was_left_out_beside_one_that_ran_is_not_worth_a_warning() -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("serve", starts=59, ends=60, result="EXCLUDED")
    scene.ends(63, "SUCCESS")
    played = play(scene, TWO)
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.reason.endswith("; 1 Pipeline task was left out (serve).")
    assert warnings(played) == []


# "Nothing was started" is said only where nothing was.


def test_a_conflict_of_one_task_is_none_where_another_has_updated() -> None:
    scene = Scene()
    succeeding(scene)
    meets_another(scene, "serve")
    scene.ends(63, "FAILED")
    outcome = play(scene, TWO).outcome
    assert outcome.result is Result.FAILED
    assert "no update was started" not in outcome.reason
    assert outcome.server_said == ACTIVE
    assert outcome.advice == ONE_AT_A_TIME
    assert [part.update_id for part in outcome.parts] == ["u1", None]


def retried() -> Scene:
    """The first try starts an update of ours, and the second one meets another's."""
    scene = Scene()
    scene.task(ends=40, result="FAILED", message="Workload failed")
    scene.update(
        "ours",
        states={3: "RUNNING", 35: "FAILED"},
        events=[state("RUNNING", 3), broken("our table", 30), state("FAILED", 35)],
    )
    meets_another(scene, starts=50, attempt=1)
    scene.update("theirs", starts=50, states={50: "RUNNING"})
    return scene


def test_an_earlier_try_that_has_updated_is_told_and_is_no_conflict() -> None:
    scene = retried()
    scene.ends(53, "FAILED")
    outcome = play(scene).outcome
    assert outcome.result is Result.FAILED
    assert [one.update_id for one in outcome.attempts] == ["ours"]
    assert "our table" in outcome.problems[0].headline


def test_tries_that_all_meet_another_are_a_conflict() -> None:
    scene = Scene()
    meets_another(scene, starts=5)
    meets_another(scene, starts=30, attempt=1)
    scene.ends(33, "FAILED")
    outcome = play(scene).outcome
    assert outcome.result is Result.CONFLICT
    assert outcome.attempts == ()


def test_a_try_after_one_that_met_another_goes_on_from_what_was_known() -> None:
    scene = retried()
    scene.task(starts=70, ends=100, attempt=2, since=65)
    scene.update("again", starts=71, states={72: "RUNNING", 95: "COMPLETED"})
    scene.updates[1].states[60.0] = "COMPLETED"
    scene.ends(101, "SUCCESS")
    outcome = play(scene).outcome
    assert outcome.result is Result.SUCCEEDED
    assert [one.update_id for one in outcome.attempts] == ["ours", "again"]


def test_what_is_known_of_a_try_outlives_that_the_next_one_came_too_early() -> None:
    scene = retried()
    hangs = "GET load/updates/ours"
    usual = scene.usual
    scene.always[hangs] = lambda scene, second: (
        None if 20 < second < 70 else usual(scene.asked[-1][2], second)
    )
    scene.ends(53, "FAILED")
    outcome = play(scene).outcome
    assert outcome.result is Result.FAILED
    assert [one.update_id for one in outcome.attempts] == ["ours"]


def test_a_task_that_met_another_before_it_was_seen_to_begin_is_a_conflict() -> None:
    scene = Scene()
    meets_another(scene, starts=60)

    def never_began(scene: Scene, second: float) -> Reply:
        body = scene.run(second)
        assert isinstance(body["tasks"], list)
        tasks = [one for one in body["tasks"] if isinstance(one, dict)]
        return good({**body, "tasks": [{**one, "start_time": 0} for one in tasks]})

    scene.always[GET] = never_began
    scene.ends(63, "FAILED")
    assert play(scene).outcome.result is Result.CONFLICT


def test_a_canceled_pipeline_task_may_have_started_something() -> None:
    scene = Scene()
    meets_another(scene)
    scene.task("serve", ends=62, result="CANCELED")
    scene.ends(63, "FAILED")
    assert play(scene, TWO).outcome.result is Result.FAILED
