"""Clocks that run out, signals, and what becomes of the update then."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.core.model import PipelineId, UpdateId
from dlt_action.core.owed import Owed, read
from dlt_action.core.steps import Why
from dlt_action.standin import Fault
from tests.story.virtual import Away, Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def assert_timed_out(played: Played) -> None:
    assert (played.code, played.outputs["result"]) == (6, "timed-out"), played.log
    assert played.outputs["ok"] == "false"


def test_the_queue_timeout_stops_what_is_queued_for_ever(stage: Stage) -> None:
    played = stage.play("queued-for-ever", "--queue-timeout=20m")

    assert_timed_out(played)
    reason = played.outputs["reason"]
    assert reason.startswith("The queue-timeout of 20:00 passed while the")
    assert "was stopped and is CANCELED" in reason
    assert played.stops == 1
    assert 1200 <= played.seconds < 1230
    assert played.state["owed"] == "nothing"


def test_the_queue_timeout_is_over_once_the_update_has_its_resources(
    stage: Stage,
) -> None:
    played = stage.play("success", "--queue-timeout=35s")

    # It gets them after 28 s, and takes another 46.
    assert played.code == 0
    assert played.seconds > 60


def test_waiting_for_a_rival_does_not_count_as_being_queued(stage: Stage) -> None:
    played = stage.play(
        "busy-for-a-while", "--if-active=wait", "--queue-timeout=1m", "--timeout=1h"
    )

    assert played.code == 0


def test_a_retry_has_a_queue_timeout_of_its_own(stage: Stage) -> None:
    played = stage.play("retry-succeeds", "--queue-timeout=40s")

    assert played.code == 0


def test_the_stall_timeout_stops_what_has_fallen_silent(stage: Stage) -> None:
    played = stage.play("goes-silent", "--stall-timeout=30m")

    assert_timed_out(played)
    assert played.outputs["reason"].startswith(
        "The stall-timeout of 30:00 passed while the"
    )
    assert played.stops == 1
    # Its last word was after about a minute.
    assert 1800 + 50 <= played.seconds < 1800 + 120


def test_an_update_that_waits_for_resources_does_not_stall(stage: Stage) -> None:
    assert stage.play("slow-resources", "--stall-timeout=5m").code == 0


def test_an_api_that_is_away_is_not_an_update_that_stalls(stage: Stage) -> None:
    stage.line.away.append(Away(45, 45 + 800))

    assert stage.play("success", "--stall-timeout=2m").code == 0


def test_a_log_that_cannot_be_read_is_not_an_update_that_stalls(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(method="GET", path_pattern="/events$", times=100_000, status=500)
    )

    played = stage.play("goes-silent", "--stall-timeout=2m", "--timeout=10m")

    assert_timed_out(played)
    assert played.outputs["reason"].startswith("The timeout of 10:00 passed while the")


def test_an_update_that_ignores_its_stop_is_left_behind_and_still_owed(
    stage: Stage,
) -> None:
    played = stage.play("stop-ignored", "--timeout=50s")

    assert_timed_out(played)
    reason = played.outputs["reason"]
    assert "is left behind and may still be running: the stop was accepted" in reason
    assert "STOPPING at the last look" in reason
    assert reason in played.summary
    assert played.stops == 1
    assert 50 + 180 <= played.seconds < 50 + 190
    assert played.outputs["state"] == "STOPPING"
    assert read(played.state) == Owed(
        stop=True,
        asked=True,
        pipeline_id=PipelineId(stage.workspace.pipeline_id("stop-ignored")),
        update_id=UpdateId(played.outputs["update-id"]),
    )


def test_an_update_that_completes_before_its_stop_has_succeeded_with_a_warning(
    stage: Stage,
) -> None:
    played = stage.play("stop-too-late", "--timeout=1m")

    assert (played.code, played.outputs["result"]) == (0, "succeeded")
    assert played.outputs["ok"] == "true"
    assert played.stops == 1
    warning = "The timeout passed before the end, but the update has completed."
    assert f"warning: {warning}" in played.log
    assert warning in played.summary
    assert played.state["owed"] == "nothing"


def test_a_stop_that_would_hit_whoever_is_ahead_in_the_queue_is_not_sent(
    stage: Stage,
) -> None:
    played = stage.play("queued-behind", "--timeout=30s")

    assert_timed_out(played)
    theirs, ours = stage.runs("queued-behind")
    assert (theirs.state, ours.state) == ("COMPLETED", "CANCELED")
    assert played.stops == 1


LEAVING = [
    ("slow-resources", "--timeout=5m", None),
    ("slow-resources", "--queue-timeout=5m", None),
    ("goes-silent", "--stall-timeout=5m", None),
    ("slow-resources", "--timeout=5h", Why.SIGINT),
    ("slow-resources", "--timeout=5h", Why.SIGTERM),
]


@pytest.mark.parametrize(("pipeline", "clock", "signal"), LEAVING)
def test_who_is_to_leave_it_stops_nothing_says_so_and_owes_nothing(
    stage: Stage, pipeline: str, clock: str, signal: Why | None
) -> None:
    if signal is not None:
        stage.line.interrupt_at(60, signal)
    policy = "--on-timeout=leave" if signal is None else "--on-cancel=leave"

    played = stage.play(pipeline, clock, policy)

    assert played.code == (6 if signal is None else 128 + signal.value)
    assert played.stops == 0
    assert played.outputs["reason"].endswith("it was left running, as asked.")
    assert any(line.endswith(": leaving it running") for line in played.lines)
    assert played.state["owed"] == "nothing"
    assert stage.runs(pipeline)[0].ended is None


@pytest.mark.parametrize(
    ("policy", "signal"), [("--on-timeout=leave", True), ("--on-cancel=leave", False)]
)
def test_a_policy_is_for_its_own_occasion_only(
    stage: Stage, policy: str, *, signal: bool
) -> None:
    if signal:
        stage.line.interrupt_at(60, Why.SIGINT)

    played = stage.play("slow-resources", "--timeout=5m", policy)

    assert played.outputs["result"] == ("interrupted" if signal else "timed-out")
    assert played.stops == 1
    assert "was stopped and is CANCELED" in played.outputs["reason"]
    assert played.state["owed"] == "nothing"


def test_a_signal_while_a_stop_is_watched_leaves_without_a_second_stop(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(60, Why.SIGTERM)

    played = stage.play("stop-ignored", "--timeout=50s")

    assert (played.code, played.outputs["result"]) == (143, "interrupted")
    assert played.stops == 1
    assert played.seconds < 66.5
    assert played.state["owed"] == "stop"
