"""The quality gate of a job run: one judgement over all that its updates brought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dlt_action.core.event import Event
from dlt_action.core.gaterules import parse
from dlt_action.core.model import Result, UpdateRequest
from dlt_action.core.news import Warned
from dlt_action.core.plan import Plan
from dlt_action.core.record import GateResult
from tests.core.events import event, flow, state
from tests.core.jobscene import ONE, TWO, Played, Scene, play


def gated(plan: Plan, *rules: str) -> Plan:
    gate, problems = parse("\n".join(rules))
    assert problems == ()
    return replace(plan, gate=gate)


def log(dataset: str, rows: int, ends: float = 50) -> list[Event]:
    """The log of an update that writes so many *rows* into *dataset*."""
    return [
        state("RUNNING", 4),
        event("dataset_definition", {"dataset_type": "TABLE"}, 5, flow=dataset),
        flow(dataset, "COMPLETED", 40, {"metrics": {"num_output_rows": rows}}),
        state("COMPLETED", ends),
    ]


def writes(
    scene: Scene,
    key: str,
    update: str,
    events: Iterable[Event],
    result: str = "SUCCESS",
) -> None:
    scene.task(key, ends=60, result=result)
    end = "COMPLETED" if result == "SUCCESS" else "FAILED"
    scene.update(update, pipeline=key, states={4: "RUNNING", 50: end}, events=events)


def two(load: int, serve: int) -> Scene:
    """A run of two updates that write so many rows into `a` and `b`."""
    scene = Scene()
    writes(scene, "load", "u1", log("a", load))
    writes(scene, "serve", "u2", log("b", serve))
    scene.ends(61, "SUCCESS")
    return scene


def warnings(played: Played) -> str:
    return " ".join(one.text for one in played.told(Warned))


def test_a_gate_that_holds_leaves_the_run_a_success() -> None:
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7))
    scene.ends(61, "SUCCESS")
    played = play(scene, gated(ONE, "a rows >= 1"))
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.gate_result is GateResult.PASSED
    assert [row.measured for row in played.outcome.gate] == ["7"]


def test_a_gate_that_breaks_fails_the_run() -> None:
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7))
    scene.ends(61, "SUCCESS")
    played = play(scene, gated(ONE, "a rows >= 10", "warn a rows >= 100"))
    assert played.outcome.result is Result.GATE_FAILED
    assert played.outcome.reason == (
        "Job run 77 succeeded, but 1 of 2 rules of the quality gate broke."
    )
    assert played.outcome.advice
    assert "`warn` rules do not fail the gate" in warnings(played)
    assert not played.owed.stop


def test_all_rules_may_break() -> None:
    one = play(two(1, 1), gated(TWO, "a rows >= 10"))
    assert "but the rule of the quality gate broke" in one.outcome.reason
    both = play(two(1, 1), gated(TWO, "a rows >= 10", "b rows >= 10"))
    assert "but all 2 rules of the quality gate broke" in both.outcome.reason


def test_a_rule_may_mean_what_any_of_the_updates_writes() -> None:
    played = play(two(7, 8), gated(TWO, "a rows >= 7", "b rows >= 8", "all rows >= 1"))
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.gate_result is GateResult.PASSED
    assert len(played.outcome.gate) == 4
    assert [part.gate_result for part in played.outcome.parts] == [
        GateResult.NONE,
        GateResult.NONE,
    ]
    assert played.outcome.rows_written == 15


def test_a_rule_that_means_nothing_in_any_of_them_breaks() -> None:
    played = play(two(7, 8), gated(TWO, "c rows >= 1"))
    assert played.outcome.result is Result.GATE_FAILED


def test_a_run_that_failed_is_not_judged() -> None:
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7), result="FAILED")
    scene.ends(61, "FAILED")
    played = play(scene, gated(ONE, "a rows >= 1"))
    assert played.outcome.result is Result.FAILED
    assert played.outcome.gate_result is GateResult.NOT_JUDGED
    several = play(scene, gated(TWO, "a rows >= 1"))
    assert several.outcome.gate_result is GateResult.NOT_JUDGED


def test_an_update_that_is_not_seen_cannot_be_called_good() -> None:
    scene = two(7, 8)
    scene.updates.pop()
    played = play(scene, gated(TWO, "all rows >= 1"))
    assert played.outcome.result is Result.GATE_FAILED
    assert (
        "1 update of this job run did not complete, or what they brought is not"
        in warnings(played)
    )


def test_the_only_update_that_is_not_seen_cannot_be_called_good() -> None:
    scene = Scene()
    scene.task(ends=60)
    scene.ends(61, "SUCCESS")
    played = play(scene, gated(ONE, "all failed <= 1%"))
    assert played.outcome.result is Result.GATE_FAILED


def test_an_update_that_did_not_complete_is_not_that_of_a_task_that_succeeded() -> None:
    scene = two(7, 8)
    scene.updates[1].states[50] = "CANCELED"
    played = play(scene, gated(TWO, "all rows >= 1"))
    assert played.outcome.result is Result.GATE_FAILED


def test_a_task_that_was_left_out_takes_no_part_in_it() -> None:
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7))
    scene.task("serve", starts=60, ends=60, result="EXCLUDED")
    scene.ends(61, "SUCCESS")
    played = play(scene, gated(TWO, "all rows >= 1"))
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.parts[1].result is Result.SKIPPED
    assert played.outcome.job is not None
    assert [row.ok for row in played.outcome.job.tasks] == [True, None]


def test_a_task_that_the_run_never_had_takes_no_part_in_it() -> None:
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7))
    scene.ends(61, "SUCCESS")
    played = play(scene, gated(TWO, "all rows >= 1"))
    assert played.outcome.result is Result.SUCCEEDED


def test_what_a_selection_leaves_out_is_not_judged() -> None:
    request = UpdateRequest(refresh_selection=("a",))
    plan = replace(gated(TWO, "b rows >= 1", "a rows >= 1"), request=request)
    scene = Scene()
    writes(scene, "load", "u1", log("a", 7))
    others = [state("RUNNING", 4), flow("b", "EXCLUDED", 5), state("COMPLETED", 50)]
    writes(scene, "serve", "u2", others)
    scene.ends(61, "SUCCESS")
    played = play(scene, plan)
    assert played.outcome.result is Result.SUCCEEDED
    told = {row.dataset: row.verdict.value for row in played.outcome.gate}
    assert told == {"a": "holds", "b": "not judged"}


def before(scene: Scene, pipeline: str, update: str, dataset: str, rows: int) -> None:
    """The last good update of a pipeline, an hour ago."""
    events = [replace(one, at=one.at.replace(hour=11)) for one in log(dataset, rows)]
    scene.update(
        update,
        pipeline=pipeline,
        starts=-3600,
        states={-3000: "COMPLETED"},
        events=events,
        shown=-3600,
    )


def test_rows_are_compared_with_those_of_the_last_update_of_each_pipeline() -> None:
    scene = two(100, 10)
    before(scene, "load", "v1", "a", 100)
    before(scene, "serve", "v2", "b", 100)
    played = play(scene, gated(TWO, "a rows >= 80% of last", "b rows >= 80% of last"))
    assert played.outcome.result is Result.GATE_FAILED
    assert "1 of 2 rules" in played.outcome.reason


def test_a_pipeline_without_a_last_update_has_nothing_to_compare_with() -> None:
    scene = two(100, 10)
    before(scene, "load", "v1", "a", 100)
    played = play(scene, gated(TWO, "a rows >= 80% of last", "b rows >= 80% of last"))
    assert played.outcome.result is Result.SUCCEEDED
    assert "had nothing to compare with" in warnings(played)


def test_no_pipeline_needs_to_have_one() -> None:
    played = play(two(100, 10), gated(TWO, "all rows >= 80% of last"))
    assert played.outcome.result is Result.SUCCEEDED
    assert "had nothing to compare with" in warnings(played)


def test_what_attempts_before_the_judged_one_wrote_is_told() -> None:
    scene = Scene()
    scene.task(ends=80)
    first = [
        state("RUNNING", 4),
        flow("a", "COMPLETED", 8, {"metrics": {"num_output_rows": 900}}),
        state("FAILED", 10),
    ]
    scene.update("u1", states={4: "RUNNING", 10: "FAILED"}, events=first)
    scene.update(
        "u2",
        starts=30.0,
        states={31: "RUNNING", 70: "COMPLETED"},
        cause="RETRY_ON_FAILURE",
        events=log("a", 7, ends=70),
    )
    scene.ends(81, "SUCCESS")
    played = play(scene, gated(ONE, "a rows >= 1"))
    assert played.outcome.gate_result is GateResult.PASSED
    assert "Those before it wrote 900 rows" in warnings(played)
