"""Scenario in; exit code, outputs, summary and requests out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Why
from dlt_action.standin import SCENARIOS, Fault
from tests.story.virtual import HOST, Away, Played, Stage

# `continuous` needs to be asked for, `already-active` has a test of its own.
PLAYED = sorted(set(SCENARIOS) - {"continuous"})

CODES = {
    "succeeded": 0,
    "running": 0,
    "validated": 0,
    "started": 0,
    "failed": 1,
    "canceled": 1,
    "misconfigured": 2,
    "unauthorized": 3,
    "unreachable": 4,
    "gone": 4,
    "timed-out": 6,
    "conflict": 7,
    "unknown-start": 8,
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def assert_ended(played: Played, result: str) -> None:
    """Code, outputs, summary and report agree on *result*."""
    assert played.outputs["result"] == result, played.log
    assert played.code == CODES[result]
    assert played.outputs["ok"] == str(result in ("succeeded", "running")).lower()
    assert played.result["outcomes"][0]["result"] == result
    assert played.outputs["reason"] in played.log
    assert played.summary.startswith("## ")


@pytest.mark.parametrize("name", PLAYED)
def test_each_scenario_comes_to_the_end_that_it_promises(
    stage: Stage, name: str
) -> None:
    played = stage.play(name)

    assert_ended(played, SCENARIOS[name].expect)
    assert played.starts <= 1
    assert played.stops == int(SCENARIOS[name].expect == "timed-out")


def test_a_success_is_told_with_its_ids_its_link_and_its_rows(stage: Stage) -> None:
    played = stage.play("success")

    pipeline = stage.workspace.pipeline_id("success")
    update = played.outputs["update-id"]
    link = f"{HOST}/pipelines/{pipeline}/updates/{update}"
    assert played.outputs["pipeline-id"] == pipeline
    assert played.outputs["pipeline-name"] == "success"
    assert played.outputs["update-url"] == link
    assert played.outputs["state"] == "COMPLETED"
    assert played.outputs["attribution"] == "confirmed"
    assert played.outputs["rows-written"] == "51417"
    assert played.outputs["error"] == ""
    assert played.lines[-1].endswith(link)
    assert f"({link})" in played.summary


def test_no_more_than_three_calls_are_made_to_start_by_id(stage: Stage) -> None:
    stage.play("success")

    methods = [call.method.value for _, call in stage.line.calls]
    assert methods.index("POST") == 2


def test_an_error_in_the_code_is_told_with_its_cell_and_line(stage: Stage) -> None:
    played = stage.play("code-error")

    assert "line 7" in played.log
    assert "cell 3" in played.log
    assert played.outputs["error"] != ""
    assert "line 7" in played.summary


def test_a_retry_that_succeeds_is_a_success_of_two_attempts(stage: Stage) -> None:
    played = stage.play("retry-succeeds")

    attempts = json.loads(played.outputs["attempts"])
    assert [attempt["state"] for attempt in attempts] == ["FAILED", "COMPLETED"]
    assert attempts[1]["cause"] == "RETRY_ON_FAILURE"
    assert played.outputs["update-id"] == attempts[1]["update_id"]


def test_a_chain_of_retries_that_fails_ends_with_the_last_without_waiting(
    stage: Stage,
) -> None:
    played = stage.play("retry-fails")

    attempts = json.loads(played.outputs["attempts"])
    assert [attempt["state"] for attempt in attempts] == ["FAILED"] * 3
    # Two retries are configured and used up: nothing can follow.
    ended = float(played.result["outcomes"][0]["seconds"])
    assert ended < SCENARIOS["retry-fails"].seconds + 30


def test_a_schema_change_is_followed_although_the_update_was_canceled(
    stage: Stage,
) -> None:
    played = stage.play("schema-change")

    attempts = json.loads(played.outputs["attempts"])
    assert [attempt["state"] for attempt in attempts] == ["CANCELED", "COMPLETED"]


def test_without_following_restarts_the_reason_says_what_may_go_on(
    stage: Stage,
) -> None:
    played = stage.play("retry-succeeds", "--follow-restarts=false")

    assert_ended(played, "failed")
    assert "may start it again" in played.outputs["reason"]


def test_what_a_person_cancels_is_canceled_at_once(stage: Stage) -> None:
    played = stage.play("canceled")

    assert played.seconds < SCENARIOS["canceled"].seconds + 30


def test_an_active_update_is_named_with_cause_and_link_and_nothing_is_sent(
    stage: Stage,
) -> None:
    played = stage.play("already-active")

    assert played.starts == 0
    assert "cause USER_ACTION" in played.outputs["reason"]
    assert f"{HOST}/pipelines/" in played.log


@pytest.mark.parametrize("answer", [(409, "RESOURCE_CONFLICT"), (400, "BAD_REQUEST")])
def test_a_start_that_finds_another_update_is_a_conflict_by_what_the_text_says(
    tmp_path: Path, answer: tuple[int, str]
) -> None:
    stage = Stage(tmp_path, manners={"conflict": answer})
    # The list is behind: it does not show the update that is active.
    path = f"{stage.workspace.pipeline_id('already-active')}/updates$"
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern=path,
            status=200,
            headers={"content-type": "application/json"},
            body="{}",
        )
    )

    played = stage.play("already-active")

    assert_ended(played, "conflict")
    assert played.starts == 1
    assert "cause USER_ACTION" in played.outputs["reason"]


def test_a_start_that_was_throttled_is_sent_again(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/updates$", times=3, status=429)
    )

    played = stage.play("success")

    assert_ended(played, "succeeded")
    assert played.starts == 4


def test_an_id_that_nobody_knows_is_unauthorized_and_may_be_mistyped(
    stage: Stage,
) -> None:
    played = stage.play(None, "--pipeline-id=00000000-0000-0000-0000-000000000000")

    assert_ended(played, "unauthorized")
    assert "mistyped" in played.log
    assert played.starts == 0


def test_a_pipeline_that_was_deleted_is_misconfigured(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern=r"/pipelines/[^/]+$",
            status=404,
            headers={"content-type": "application/json"},
            body=json.dumps(
                {
                    "error_code": "RESOURCE_DOES_NOT_EXIST",
                    "message": "The specified pipeline x was not found.",
                }
            ),
        )
    )

    played = stage.play("success")

    assert_ended(played, "misconfigured")
    assert "was not found" in played.summary


def test_an_api_that_cannot_be_reached_is_told_within_the_minute(
    stage: Stage,
) -> None:
    stage.line.away.append(Away(0, 1e6, FaultKind.UNRESOLVED))

    played = stage.play("success")

    assert_ended(played, "unreachable")
    assert "Nothing was started" in played.outputs["reason"]
    assert played.seconds < 60


def test_a_certificate_that_is_not_trusted_is_told_at_once(stage: Stage) -> None:
    stage.line.away.append(Away(0, 1e6, FaultKind.UNTRUSTED))

    played = stage.play("success")

    assert_ended(played, "unreachable")
    assert len(stage.line.calls) == 1
    assert "ca-bundle" in played.log


def test_the_timeout_stops_our_update_and_says_so(stage: Stage) -> None:
    played = stage.play("slow-resources", "--timeout=5m")

    assert_ended(played, "timed-out")
    assert played.stops == 1
    assert "was stopped and is CANCELED" in played.outputs["reason"]
    assert played.seconds < 5 * 60 + 30


def test_not_waiting_ends_as_soon_as_the_update_is_started(stage: Stage) -> None:
    played = stage.play("success", "--wait=false")

    assert_ended(played, "started")
    assert played.outputs["update-id"] != ""
    assert played.seconds < 2


def test_a_dry_run_is_validated_and_not_ok(stage: Stage) -> None:
    played = stage.play("success", "--validate-only")

    assert_ended(played, "validated")
    assert played.outputs["ok"] == "false"


def test_a_dry_run_of_broken_code_fails(stage: Stage) -> None:
    assert_ended(stage.play("code-error", "--validate-only"), "failed")


def test_a_name_finds_its_pipeline_among_names_that_contain_it(stage: Stage) -> None:
    played = stage.play(None, "--pipeline-name=success")

    assert_ended(played, "succeeded")
    assert played.outputs["pipeline-id"] == stage.workspace.pipeline_id("success")


def test_a_name_that_nobody_has_names_those_that_end_with_it(stage: Stage) -> None:
    played = stage.play(None, "--pipeline-name=uccess")

    assert_ended(played, "misconfigured")
    assert "[dev anna] success" in played.log
    assert played.starts == 0


def test_a_name_that_two_pipelines_have_is_refused_with_both_ids(
    stage: Stage,
) -> None:
    played = stage.play(None, "--pipeline-name=twins")

    assert_ended(played, "misconfigured")
    assert "2 pipelines" in played.outputs["reason"]
    assert played.starts == 0


def test_a_continuous_pipeline_is_refused_at_once_with_the_way_out(
    stage: Stage,
) -> None:
    played = stage.play("continuous")

    assert_ended(played, "misconfigured")
    assert "wait-for: running" in played.log
    assert played.starts == 0


def test_a_continuous_pipeline_that_stays_healthy_is_running(stage: Stage) -> None:
    played = stage.play("continuous", "--wait-for=running", "--settle-time=2m")

    assert_ended(played, "running")
    assert played.stops == 0
    assert played.seconds > 120


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_stops_our_update_and_leaves_in_time(stage: Stage, why: Why) -> None:
    stage.line.interrupt_at(60, why)

    played = stage.play("slow-resources")

    assert played.code == 128 + why.value
    assert played.outputs["result"] == "interrupted"
    assert played.stops == 1
    assert played.seconds < 60 + 6.5


def test_a_signal_during_the_start_waits_for_the_id_and_stops_that(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(0.5, Why.SIGTERM)

    played = stage.play("success")

    assert played.outputs["result"] == "interrupted"
    assert played.outputs["update-id"] != ""
    assert (played.starts, played.stops) == (1, 1)


def test_a_signal_before_the_start_starts_nothing(stage: Stage) -> None:
    stage.line.interrupt_at(0.1, Why.SIGINT)

    played = stage.play("success")

    assert (played.code, played.starts) == (130, 0)
    assert "Nothing was started" in played.outputs["reason"]


def test_a_full_refresh_says_so_in_capitals_in_the_first_line(stage: Stage) -> None:
    played = stage.play("success", "--full-refresh")

    assert "FULL REFRESH" in played.lines[0]
    assert "state RESETTING" in played.log
