"""The answer to the start is lost: what is found out, and what is never done."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.steps import Why
from dlt_action.standin import Fault
from tests.story.virtual import Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def lose(stage: Stage, *, after_effect: bool = True, drop: bool = False) -> None:
    """Lose the answer to the start."""
    stage.workspace.faults.append(
        Fault(
            method="POST",
            path_pattern="/updates$",
            after_effect=after_effect,
            status=503,
            drop=drop,
        )
    )


def assert_unknown(played: Played) -> None:
    assert (played.code, played.outputs["result"]) == (8, "unknown-start"), played.log
    assert (played.starts, played.stops) == (1, 0)
    assert played.outputs["update-id"] == ""
    assert "The start was not sent a second time" in played.outputs["reason"]


def come(stage: Stage, cause: str) -> list[str]:
    """Somebody else starts an update just after our start; its id, once it is there."""
    rival: list[str] = []

    def comes(call: Call) -> None:
        del call
        if stage.line.seconds > 0.5 and not rival:
            rival.append(stage.workspace.rival("success", cause=cause))

    stage.line.before = comes
    return rival


def in_the_updates(
    status: int, body: str = "{}", *, skip: int = 0, times: int = 100_000
) -> Fault:
    """Answers to lists of updates."""
    return Fault(
        method="GET",
        path_pattern="/updates$",
        status=status,
        headers={"content-type": "application/json"},
        body=body,
        skip=skip,
        times=times,
    )


@pytest.mark.parametrize("drop", [False, True])
def test_the_one_update_that_can_be_ours_is_adopted_and_judged(
    stage: Stage, *, drop: bool
) -> None:
    lose(stage, drop=drop)

    played = stage.play("success")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert (played.starts, played.stops) == (1, 0)
    assert played.outputs["attribution"] == "inferred"
    assert played.outputs["update-id"] == stage.runs("success")[0].scene.update_id
    assert "inferred to be ours" in played.log
    assert "inferred to be ours" in played.summary
    assert any("::warning" in line and "inferred" in line for line in played.lines)


def test_an_adopted_update_that_fails_is_a_failure(stage: Stage) -> None:
    lose(stage)

    played = stage.play("code-error")

    assert (played.code, played.outputs["result"]) == (1, "failed")
    assert played.outputs["attribution"] == "inferred"


def test_an_adopted_update_is_followed_through_its_retry(stage: Stage) -> None:
    lose(stage)

    played = stage.play("retry-succeeds")

    assert played.code == 0
    assert played.outputs["attribution"] == "inferred"
    assert played.outputs["update-id"] == (
        stage.runs("retry-succeeds")[1].scene.update_id
    )


def test_ten_seconds_in_which_the_list_is_behind_change_nothing(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, manners={"list_lag": 10.0})
    lose(stage)

    played = stage.play("success")

    assert (played.code, played.outputs["attribution"]) == (0, "inferred")


def test_without_a_date_the_window_is_wide_enough_to_adopt(tmp_path: Path) -> None:
    stage = Stage(tmp_path, manners={"dated": False})
    lose(stage)

    assert stage.play("success").outputs["attribution"] == "inferred"


@pytest.mark.parametrize("signal", [False, True])
def test_what_is_inferred_is_never_stopped_and_never_owed(
    stage: Stage, *, signal: bool
) -> None:
    lose(stage)
    if signal:
        stage.line.interrupt_at(60, Why.SIGTERM)

    played = stage.play("slow-resources", "--timeout=2m")

    assert played.outputs["result"] == ("interrupted" if signal else "timed-out")
    assert "not known to be started by this step" in played.outputs["reason"]
    assert played.stops == 0
    assert stage.runs("slow-resources")[0].ended is None
    assert played.state["owed"] == "nothing"


def test_who_wants_no_inference_gets_unknown_start_and_the_candidate(
    stage: Stage,
) -> None:
    lose(stage)

    played = stage.play("success", "--on-ambiguous-start=fail")

    assert_unknown(played)
    update = stage.runs("success")[0].scene.update_id
    assert update in played.outputs["reason"]
    assert f"/updates/{update}" in played.log


def test_a_start_that_left_no_trace_for_a_minute_is_unknown(stage: Stage) -> None:
    lose(stage, after_effect=False)

    played = stage.play("success")

    assert_unknown(played)
    assert 60 <= played.seconds < 90
    assert "may be running" in played.outputs["reason"]


@pytest.mark.parametrize("after_effect", [True, False])
def test_a_timeout_in_the_search_is_an_unknown_start(
    stage: Stage, *, after_effect: bool
) -> None:
    lose(stage, after_effect=after_effect)

    played = stage.play("success", "--timeout=3s")

    assert_unknown(played)
    assert (
        "The timeout passed while the answer to the start was lost"
        in (played.outputs["reason"])
    )


def test_who_does_not_wait_is_told_the_update_as_inferred(stage: Stage) -> None:
    lose(stage)

    played = stage.play("success", "--wait=false")

    assert (played.code, played.outputs["result"]) == (0, "started")
    assert played.outputs["attribution"] == "inferred"
    assert "is inferred to be the one that was started" in played.outputs["reason"]


def test_two_updates_that_can_be_ours_are_both_named_and_none_is_followed(
    stage: Stage,
) -> None:
    lose(stage)
    listed = ",".join(
        f'{{"update_id": "{name}", "state": "COMPLETED", "cause": "API_CALL",'
        f' "creation_time": {int(stage.line.epoch() * 1000) + 300}}}'
        for name in ("one", "two")
    )
    stage.workspace.faults.append(
        in_the_updates(200, f'{{"updates": [{listed}]}}', skip=1)
    )

    played = stage.play("success")

    assert_unknown(played)
    assert "one, two" in played.outputs["reason"]


def test_somebody_elses_update_of_the_same_seconds_is_not_taken_for_ours(
    stage: Stage,
) -> None:
    # Ours did not arrive; a person was there in the same moment.
    lose(stage, after_effect=False)
    rival = come(stage, cause="USER_ACTION")

    played = stage.play("success")

    assert_unknown(played)
    assert rival[0] not in played.outputs["reason"]


@pytest.mark.parametrize(
    "flags",
    [("--full-refresh",), ("--validate-only",), ("--parameters=day=1",)],
)
def test_an_api_call_of_another_kind_is_not_taken_for_ours(
    stage: Stage, flags: tuple[str, ...]
) -> None:
    lose(stage, after_effect=False)
    come(stage, cause="API_CALL")

    assert_unknown(stage.play("success", *flags))


def test_a_list_that_cannot_be_read_is_tried_for_as_long_as_an_outage_is_borne(
    stage: Stage,
) -> None:
    lose(stage)
    stage.workspace.faults.append(in_the_updates(503, skip=1))

    played = stage.play("success", "--outage-grace=5m")

    assert_unknown(played)
    assert 300 <= played.seconds < 400


def test_a_list_that_comes_back_within_the_grace_still_finds_ours(
    stage: Stage,
) -> None:
    lose(stage)
    fault = in_the_updates(503)
    fault.from_second, fault.until_second = 0.3, 200.0
    stage.workspace.faults.append(fault)

    played = stage.play("slow-resources")

    assert (played.code, played.outputs["attribution"]) == (0, "inferred")


@pytest.mark.parametrize("after_effect", [True, False])
def test_a_signal_in_the_search_adopts_nothing_and_stops_nothing(
    stage: Stage, *, after_effect: bool
) -> None:
    lose(stage, after_effect=after_effect)
    stage.line.interrupt_at(3, Why.SIGTERM)

    played = stage.play("success")

    assert (played.code, played.outputs["result"]) == (143, "interrupted")
    assert (played.starts, played.stops) == (1, 0)
    assert "an update may be running" in played.outputs["reason"]
    assert played.seconds < 3 + 6.5
    assert played.outputs["update-id"] == ""


def test_a_rival_that_came_between_two_tries_is_a_conflict_and_not_adopted(
    stage: Stage,
) -> None:
    # The first try provably never arrived, so what is there now is not ours.
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/updates$", status=429)
    )
    come(stage, cause="API_CALL")

    played = stage.play("success")

    assert (played.code, played.outputs["result"]) == (7, "conflict")
    assert (played.starts, played.stops) == (2, 0)
