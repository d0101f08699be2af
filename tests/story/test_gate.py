"""The quality gate of whole runs: what it makes of a completed update, and of none."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Why
from dlt_action.edge.recorder import EVENTS
from dlt_action.edge.writer import Writer
from dlt_action.offline import report
from dlt_action.standin import Fault
from tests.story.virtual import Away, Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def verdicts(played: Played) -> dict[str, str]:
    """The verdict of each row of the output `gate`, by what it is about."""
    rows: list[dict[str, Any]] = json.loads(played.outputs["gate"])
    return {f"{row['dataset']}:{row['expectation']}": row["verdict"] for row in rows}


def outcome_of(played: Played) -> dict[str, Any]:
    outcome: dict[str, Any] = played.result["outcomes"][0]
    return outcome


def test_a_gate_that_holds_lets_the_update_be_a_success(stage: Stage) -> None:
    played = stage.play("success", "--quality-gate=all failed <= 2%\nall rows >= 1")

    assert (played.code, played.outputs["ok"]) == (0, "true")
    assert played.outputs["gate-result"] == "passed"
    assert set(verdicts(played).values()) == {"holds"}
    assert len(verdicts(played)) == 3 + 8
    assert "Quality gate: passed" in played.summary
    assert any(line.endswith("quality gate: 2 rules") for line in played.lines)
    assert any(line.endswith("quality gate: passed") for line in played.lines)


def test_a_long_log_is_read_to_its_end_before_it_is_judged(stage: Stage) -> None:
    # In pages of 25, so that most of it is left when the update has completed.
    played = stage.play("burst", "--quality-gate=raw_clicks rows == 5000")

    assert (played.code, played.outputs["ok"]) == (0, "true")
    assert set(verdicts(played).values()) == {"holds"}


def test_a_log_that_is_not_read_to_its_end_opens_no_gate(stage: Stage) -> None:
    log_fails = Fault(method="GET", path_pattern="/events$", times=10_000)
    stage.line.at(60.0, lambda: stage.workspace.faults.append(log_fails))
    played = stage.play("success", "--quality-gate=all rows >= 1")

    assert (played.code, played.outputs["ok"]) == (5, "false")
    assert set(verdicts(played).values()) == {"not available"}
    assert "The event log could not be read to its end" in played.log


def test_a_log_that_cannot_be_read_opens_no_gate(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(method="GET", path_pattern="/events$", times=10_000)
    )
    played = stage.play("success", "--quality-gate=orders failed == 0")

    assert (played.code, played.outputs["ok"]) == (5, "false")
    assert set(verdicts(played).values()) <= {"no match", "not available"}


def test_a_mandatory_rule_that_breaks_fails_the_step_with_a_code_of_its_own(
    stage: Stage,
) -> None:
    rules = 'all failed <= 0.5%\nwarn orders:"valid id" failed == 0\norders rows >= 1'
    played = stage.play("success", f"--quality-gate={rules}")

    assert (played.code, played.outputs["ok"]) == (5, "false")
    assert played.outputs["result"] == "gate-failed"
    assert played.outputs["state"] == "COMPLETED"
    assert played.outputs["gate-result"] == "failed"
    assert "1 of 3 rules of the quality gate broke" in played.outputs["reason"]
    first = json.loads(played.outputs["gate"])[0]
    assert first["dataset"] == "main.sales.customers"
    assert first["measured"] == "1.04 % (23 of 2,210)"
    assert "main.sales.customers:has email" in played.outputs["error"]
    assert "has email: 1.04 % (23 of 2,210) (rule: all failed <= 0.5%)" in played.log
    assert "broken (warn) main.sales.orders:valid id: " in played.log
    assert played.lines[-1].endswith(played.outputs["update-url"])
    assert "Quality gate: failed" in played.summary


def test_a_rule_that_only_warns_warns(stage: Stage) -> None:
    played = stage.play("success", "--quality-gate=warn all failed == 0")

    assert (played.code, played.outputs["ok"]) == (0, "true")
    assert played.outputs["gate-result"] == "warned"
    assert "`warn all failed == 0` broke; `warn` rules do not fail" in played.log


def test_sums_are_over_every_batch_however_the_log_spells_the_dataset(
    stage: Stage,
) -> None:
    rules = 'events:"valid id" failed == 400\nevents:"valid id" passed == 39600\n'
    played = stage.play(
        "streaming-expectations", f"--quality-gate={rules}events dropped == 400"
    )

    assert played.outputs["gate-result"] == "passed", played.log
    assert played.code == 0


def test_what_a_selection_leaves_out_is_not_judged(stage: Stage) -> None:
    played = stage.play(
        "success",
        "--quality-gate=all rows >= 1\ncustomers rows >= 1",
        "--refresh-selection=main.sales.orders",
    )

    found = verdicts(played)
    assert played.outputs["gate-result"] == "passed"
    assert found["main.sales.orders:"] == "holds"
    assert found["main.sales.customers:"] == "not judged"


@pytest.mark.parametrize("selection", ["refresh-selection", "full-refresh-selection"])
def test_a_selection_that_names_nothing_is_told_with_what_may_be_meant(
    stage: Stage, selection: str
) -> None:
    played = stage.play(
        "success",
        "--quality-gate=main.sales.orders rows >= 1",
        f"--{selection}=main.sales.ordres",
    )

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    nothing = "No flow of it ran: nothing was refreshed."
    assert played.outputs["reason"].endswith(f" completed. {nothing}")
    assert nothing in played.summary
    told = (
        f"{selection}: `main.sales.ordres` is no dataset of this pipeline; did you mean"
        " `main.sales.orders`? It was not refreshed."
    )
    assert any(line.endswith(f"warning: {told}") for line in played.lines)
    assert told in outcome_of(played)["warnings"]
    assert "<code>main.sales.ordres</code> is no dataset" in played.summary
    assert played.outputs["gate-result"] == "not-judged"
    assert (
        "not judged, because the update refreshed nothing that its rules name"
        in played.log
    )


def test_of_two_names_the_wrong_one_is_told_without_a_gate_as_well(
    stage: Stage,
) -> None:
    played = stage.play("success", "--refresh-selection=nosuch\nmain.sales.orders")

    assert (played.code, played.outputs["ok"]) == (0, "true")
    (told,) = outcome_of(played)["warnings"]
    assert told.startswith("refresh-selection: `nosuch` is no dataset of this pipeline")
    assert played.outputs["reason"].endswith(" completed.")


def test_a_selection_whose_log_was_not_read_to_its_end_accuses_nobody(
    stage: Stage,
) -> None:
    log_fails = Fault(method="GET", path_pattern="/events$", times=10_000)
    stage.line.at(60.0, lambda: stage.workspace.faults.append(log_fails))
    played = stage.play("success", "--refresh-selection=nosuch")

    assert "is no dataset" not in played.log
    assert "No flow of it ran" not in played.log


def test_a_selection_of_a_job_run_that_names_nothing_is_told_too(stage: Stage) -> None:
    played = stage.play(
        "success", "--trigger=submit-run", "--refresh-selection=main.sales.ordres"
    )

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    first, second = outcome_of(played)["warnings"]
    assert "did you mean `main.sales.orders`?" in first
    assert second.endswith("No flow of it ran: nothing was refreshed.")


def test_a_report_from_the_log_alone_tells_of_a_selection_as_the_run_did(
    stage: Stage, tmp_path: Path
) -> None:
    played = stage.play("success", "--refresh-selection=main.sales.ordres")
    quiet = Writer(io.StringIO(), clock=None, github=False)
    assert report([str(tmp_path / "reports" / EVENTS)], quiet) == 0

    told = outcome_of(played)
    again = json.loads((tmp_path / "reports/again/result.json").read_text())
    assert again["outcomes"][0]["warnings"] == told["warnings"]
    assert again["outcomes"][0]["reason"] == told["reason"]


@pytest.mark.parametrize(
    ("scenario", "result"),
    [
        ("code-error", "failed"),
        ("already-active", "conflict"),
        ("canceled", "canceled"),
    ],
)
def test_an_update_that_did_not_complete_is_not_judged(
    stage: Stage, scenario: str, result: str
) -> None:
    played = stage.play(scenario, "--quality-gate=all rows >= 1000000")

    assert played.outputs["result"] == result
    assert played.outputs["gate-result"] == "not-judged"
    assert played.outputs["gate"] == "[]"
    assert "Quality gate: not judged" in played.summary


def test_a_pipeline_that_cannot_be_found_has_a_gate_that_is_not_judged(
    stage: Stage,
) -> None:
    played = stage.play(None, "--pipeline-name=nobody", "--quality-gate=all rows >= 1")

    assert played.outputs["result"] == "misconfigured"
    assert played.outputs["gate-result"] == "not-judged"


def test_without_a_gate_the_outputs_say_that_there_is_none(stage: Stage) -> None:
    played = stage.play("success")

    assert played.outputs["gate-result"] == "none"
    assert played.outputs["gate"] == "[]"
    assert "uality gate" not in played.summary + played.log


def test_the_last_attempt_of_a_chain_is_what_is_judged(stage: Stage) -> None:
    played = stage.play("retry-succeeds", "--quality-gate=orders rows == 18370")

    assert len(json.loads(played.outputs["attempts"])) > 1
    assert played.outputs["gate-result"] == "passed", played.log
    assert "Those before it wrote" in played.summary


def test_a_first_update_has_no_baseline_and_says_so_loudly(stage: Stage) -> None:
    played = stage.play("success", "--quality-gate=orders rows >= 80% of last")

    assert (played.code, played.outputs["gate-result"]) == (0, "passed")
    assert verdicts(played) == {"main.sales.orders:": "no baseline"}
    assert "warning: Quality gate: 1 rule had nothing to compare with" in played.log
    assert "had nothing to compare with" in played.summary


def test_rows_are_compared_with_those_of_the_last_good_update(stage: Stage) -> None:
    stage.play("success")
    played = stage.play("success", "--quality-gate=orders rows > 100% of last")

    assert played.code == 5
    (row,) = json.loads(played.outputs["gate"])
    assert row["measured"] == "100 % (18,370, last 18,370)"


def test_a_long_log_of_the_last_good_update_is_read_on_where_it_is_judged_by(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, manners={"page_size": 500})  # eleven pages
    stage.play("burst")
    played = stage.play("burst", "--quality-gate=raw_clicks rows >= 100% of last")

    assert played.code == 0
    (row,) = json.loads(played.outputs["gate"])
    assert (row["verdict"], row["measured"]) == ("holds", "100 % (5,000, last 5,000)")


def test_a_baseline_that_cannot_be_read_is_none_and_decides_nothing(
    stage: Stage,
) -> None:
    stage.play("success")
    over = stage.line.seconds + 50.0  # before anybody asks how the last one was

    def lose_the_list(call: Call) -> None:
        now, lists = stage.line.seconds, call.path.endswith("/updates")
        if call.method is Method.GET and lists and now > over:
            stage.line.away.append(Away(now, now + 1, FaultKind.UNCONNECTED))

    stage.line.before = lose_the_list
    played = stage.play("success", "--quality-gate=orders rows > 100% of last")

    assert stage.line.away
    assert (played.code, played.outputs["gate-result"]) == (0, "passed")
    assert verdicts(played) == {"main.sales.orders:": "no baseline"}


def test_an_update_of_somebody_else_s_is_judged_as_ours_is(stage: Stage) -> None:
    stage.play("success")
    played = stage.play("success", "--update-id=latest", "--quality-gate=all rows < 1")

    assert (played.code, played.starts) == (5, 1)
    assert played.outputs["gate-result"] == "failed"
    assert played.stops == 0


def test_a_signal_that_comes_as_the_update_completes_does_not_skip_the_gate(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(76.0, Why.SIGTERM)
    played = stage.play("success", "--quality-gate=all failed <= 0.5%")

    assert played.outputs["state"] == "COMPLETED", played.log
    assert played.outputs["gate-result"] == "failed"
    assert played.code == 5


@pytest.mark.parametrize("flags", [[], ["--quality-gate=all failed <= 0.5%"]])
def test_after_a_signal_too_a_gate_is_told_what_keeps_it_from_judging(
    stage: Stage, flags: list[str]
) -> None:
    log_fails = Fault(method="GET", path_pattern="/events$", times=10_000)
    stage.line.at(60.0, lambda: stage.workspace.faults.append(log_fails))
    stage.line.interrupt_at(76.0, Why.SIGTERM)
    played = stage.play("success", *flags)

    assert played.outputs["state"] == "COMPLETED", played.log
    assert played.code == (5 if flags else 0)
    told = "The event log could not be read to its end" in played.summary
    assert told is bool(flags)


def test_hostile_names_are_told_as_text_in_every_row(stage: Stage) -> None:
    played = stage.play("hostile", "--quality-gate=all rows >= 1000000")

    assert "::warning::pwned" not in played.outputs["gate"]
    assert all(row.isprintable() for row in played.outputs.values())


@pytest.mark.parametrize(
    "name", ["success", "streaming-expectations", "retry-succeeds"]
)
def test_the_log_that_is_kept_comes_to_the_same_judgement_later(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    rules = "all failed <= 0.5%\nwarn all dropped == 0\nall rows >= 1\nnobody rows > 0"
    played = stage.play(name, f"--quality-gate={rules}")

    quiet = Writer(io.StringIO(), clock=None, github=False)
    events, again = tmp_path / "reports" / EVENTS, tmp_path / "again"
    argv = [str(events), f"--report-dir={again}", "--quality-gate", rules]
    assert report(argv, quiet) == played.code == 5
    told = json.loads((again / "result.json").read_text())["outcomes"][0]
    assert told["gate"] == json.loads(played.outputs["gate"])
    assert (told["result"], told["reason"]) == ("gate-failed", played.outputs["reason"])
