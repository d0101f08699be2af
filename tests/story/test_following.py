"""What happens between the start and the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlt_action.standin import Fault, Request
from tests.oracles import runner
from tests.standin.desk import decoded
from tests.story.virtual import Away, Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def told(played: Played) -> list[str]:
    """The lines of the log without their times."""
    return [line[9:] for line in played.lines]


def test_an_outage_of_ten_minutes_changes_nothing_but_two_lines(
    tmp_path: Path,
) -> None:
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    calm.mkdir()
    stormy.mkdir()
    undisturbed = Stage(calm).play("slow-resources", "--log-level=quiet")
    stage = Stage(stormy)
    stage.line.away.append(Away(120, 720))

    played = stage.play("slow-resources", "--log-level=quiet")

    more = [line for line in told(played) if line not in told(undisturbed)]
    more = [line for line in more if not line.startswith("::")]
    assert len(more) == 2, more
    assert "does not answer" in more[0]
    assert "answers again" in more[1]
    # Times of day differ in the length of a run, and in nothing else that matters.
    same = ("result", "ok", "reason", "state", "update-id", "attempts", "rows-written")
    for name in same:
        assert played.outputs[name] == undisturbed.outputs[name]


def test_an_outage_beyond_the_grace_is_no_verdict_about_the_update(
    stage: Stage,
) -> None:
    stage.line.away.append(Away(120, 1e6))

    played = stage.play("slow-resources", "--outage-grace=5m")

    assert played.outputs["result"] == "unreachable"
    assert played.code == 4
    assert "may still be running" in played.outputs["reason"]
    assert 120 + 300 <= played.seconds < 120 + 300 + 90


def test_a_storm_of_429_is_waited_out_and_is_no_outage(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern="/updates/",
            times=100_000,
            status=429,
            from_second=100,
            until_second=1000,
        )
    )

    played = stage.play("slow-resources", "--outage-grace=1m")

    assert played.outputs["result"] == "succeeded"
    assert "does not answer" not in played.log


def test_an_unknown_state_is_waited_in_and_told_once(stage: Stage) -> None:
    played = stage.play("unknown-state")

    assert played.outputs["result"] == "succeeded"
    assert played.log.count("does not know") == 1


def test_the_last_event_is_reported_although_it_becomes_visible_late(
    stage: Stage,
) -> None:
    played = stage.play("late-end", "--log-level=events")

    completed = [
        line for line in played.lines if re.search("update_progress.*COMPLETED", line)
    ]
    assert len(completed) == 1


def test_five_thousand_events_between_two_looks_are_all_read(tmp_path: Path) -> None:
    stage = Stage(tmp_path, manners={"page_size": 500})

    played = stage.play("burst")

    update = played.outputs["update-id"]
    assert played.result["outcomes"][0]["events_read"] == events_of(stage, update)
    assert played.result["outcomes"][0]["events_read"] > 5000


def events_of(stage: Stage, update: str) -> int:
    """How many events the workspace has for *update*, counted by a plain reader."""
    path = f"/api/2.0/pipelines/{stage.workspace.pipeline_id('burst')}/events"
    headers = {"Authorization": "Bearer dapi-standin"}
    query: tuple[tuple[str, str], ...] = (
        ("filter", f"update_id = '{update}'"),
        ("max_results", "1000"),
    )
    total = 0
    while True:
        request = Request("GET", path, query, headers)
        page = decoded(stage.workspace.handle(request))
        total += len(page.get("events", []))
        if "next_page_token" not in page:
            return total
        query = (("page_token", page["next_page_token"]),)


def test_while_nothing_happens_a_line_comes_every_minute(stage: Stage) -> None:
    played = stage.play("slow-resources")

    beats = [
        line for line in told(played) if line.startswith("WAITING_FOR_RESOURCES ·")
    ]
    assert 17 <= len(beats) <= 21


def test_an_event_log_that_cannot_be_read_does_not_change_the_verdict(
    stage: Stage,
) -> None:
    stage.workspace.faults.append(
        Fault(method="GET", path_pattern="/events$", times=100_000, status=500)
    )

    played = stage.play("success")

    assert played.outputs["result"] == "succeeded"
    assert played.log.count("event log cannot be read") == 1
    assert "state RUNNING" in played.log


def test_hostile_text_puts_no_command_into_the_log(stage: Stage) -> None:
    played = stage.play("hostile", "--log-level=debug")

    names = {command.name for command in runner.commands(played.log.encode())}
    assert names <= {"error", "warning", "notice", "group", "endgroup"}
    assert played.outputs["result"] == "failed"


def test_row_data_of_a_violated_expectation_is_told_nowhere(stage: Stage) -> None:
    played = stage.play("expectation-failed", "--log-level=debug")

    everything = played.log + played.summary + str(played.result) + str(played.outputs)
    assert "Violated expectations" in everything
    assert "Input data" not in everything
    assert "Output record" not in everything


def test_lost_access_in_the_middle_is_told_as_that(stage: Stage) -> None:
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern="/updates/",
            skip=5,
            times=100_000,
            status=403,
            headers={"content-type": "application/json"},
            body='{"error_code": "PERMISSION_DENIED", "message": "no more"}',
        )
    )

    played = stage.play("slow-resources")

    assert played.outputs["result"] == "unauthorized"
    assert "may still be running" in played.outputs["reason"]
