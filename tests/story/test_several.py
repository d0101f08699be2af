"""Several pipelines in one step: what each comes to, and what they mean together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.owed import debts_in
from dlt_action.core.steps import Why
from dlt_action.standin import Fault
from tests.story.virtual import Away, Killed, Played, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ids(stage: Stage, names: Sequence[str]) -> str:
    """The flag that asks for the pipelines of these names."""
    return "--pipeline-id=" + "\n".join(map(stage.workspace.pipeline_id, names))


def play(stage: Stage, names: Sequence[str], *flags: str) -> Played:
    return stage.play(None, ids(stage, names), *flags)


def results(played: Played) -> dict[str, str]:
    """How each pipeline ended, by its name, or else its id."""
    return {
        one["pipeline_name"] or one["pipeline_id"]: one["result"]
        for one in told(played)
    }


def told(played: Played) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(played.outputs["results"])
    return found


def states(stage: Stage, name: str) -> list[str]:
    return [one.state for one in stage.runs(name)]


def first(played: Played, method: str, name: str, ending: str = "") -> float:
    """When the first call of that kind to that pipeline left."""
    pipeline = played.workspace.pipeline_id(name)
    return next(
        at
        for at, call in played.line.calls
        if call.method.value == method
        and f"/{pipeline}" in call.path
        and call.path.endswith(ending)
    )


def test_each_pipeline_comes_to_its_own_end_and_the_worst_decides(stage: Stage) -> None:
    played = play(stage, ("success", "code-error", "retry-succeeds"))

    assert played.code == 1
    assert played.outputs["result"] == "failed"
    assert played.outputs["ok"] == "false"
    assert played.outputs["pipeline-name"] == "code-error"
    assert results(played) == {
        "code-error": "failed",
        "success": "succeeded",
        "retry-succeeds": "succeeded",
    }
    assert played.outputs["rows-written"] == str(2 * 51417)
    assert played.starts == 3


def test_what_goes_well_everywhere_is_a_success(stage: Stage) -> None:
    played = play(stage, ("success", "late-end"))

    assert (played.code, played.outputs["ok"]) == (0, "true")
    assert "All 2 pipelines succeeded" in played.summary
    assert played.lines[-3].endswith("All 2 pipelines succeeded.")


def test_no_more_are_at_it_than_may_be_and_the_next_begins_when_one_has_ended(
    stage: Stage,
) -> None:
    names = ("code-error", "success", "retry-succeeds")
    played = play(stage, names, "--max-parallel=2")

    one, two, three = (first(played, "POST", name) for name in names)
    assert max(one, two) < 1.0
    ended = next(line for line in played.lines if "[code-error] failed" in line)
    started = next(line for line in played.lines if "[retry-succeeds] update" in line)
    assert played.lines.index(ended) < played.lines.index(started)
    assert three > 30.0
    # Who waited for a turn is not looked at more rarely for it.
    looks = [at for at, call in played.line.calls if _looks_at(stage, call, names[2])]
    assert looks[1] - looks[0] < 5.0
    assert told(played)[-1]["duration_seconds"] < played.seconds - three + 1.0


def _looks_at(stage: Stage, call: Call, name: str) -> bool:
    pipeline = stage.workspace.pipeline_id(name)
    return call.method is Method.GET and f"/{pipeline}/updates/" in call.path


def test_a_single_pipeline_is_told_without_a_prefix(stage: Stage) -> None:
    played = stage.play("success")

    assert not any("[success]" in line for line in played.lines)
    assert len(told(played)) == 1


def test_each_line_says_whom_it_is_about(stage: Stage) -> None:
    played = play(stage, ("success", "code-error"))

    _, _, second, third, _, *lines = (line[9:] for line in played.lines)
    assert second.startswith("pipeline success (")
    assert third.startswith("pipeline code-error (")
    end = lines.index("1 of 2 pipelines failed.")
    shown = [line for line in lines[:end] if line and not line.startswith(("::", "|"))]
    body = [line for line in shown if line[0] == "["]
    assert {line.split("]")[0] for line in body} == {"[success", "[code-error"}
    assert [line for line in lines[end + 1 :] if line[:13] != "[code-error] "] == []


def test_two_of_one_name_are_told_apart_by_their_ids(stage: Stage) -> None:
    stage.workspace.rename("late-end", "success")
    first_, second = (
        one.pipeline_id
        for one in stage.workspace.world.pipelines.values()
        if one.name == "success"
    )
    played = stage.play(None, f"--pipeline-id={first_},{second}")

    assert f"[success {first_[:8]}] state RUNNING" in played.log
    assert f"[success {second[:8]}] state RUNNING" in played.log
    folders = {path.parent.name for path in stage.folder.glob("reports/*/*.ndjson")}
    assert folders == {f"success-{first_[:8]}", f"success-{second[:8]}"}


def test_each_has_its_event_log_in_a_folder_of_its_own(stage: Stage) -> None:
    play(stage, ("success", "code-error", "already-active"))

    reports = stage.folder / "reports"
    assert {str(path.relative_to(reports)) for path in reports.rglob("*.*")} == {
        *("result.json", "summary.md", "comment.md", "junit.xml"),
        *("success/events.ndjson", "code-error/events.ndjson"),
    }


@pytest.mark.parametrize(
    ("bad", "code", "result"),
    [
        ("--pipeline-name=success\nno such\nlate-end", 2, "misconfigured"),
        ("--pipeline-name=success\ncontinuous\nlate-end", 2, "misconfigured"),
    ],
)
def test_where_one_cannot_be_updated_none_is(
    stage: Stage, bad: str, code: int, result: str
) -> None:
    played = stage.play(None, bad)

    assert (played.code, played.starts) == (code, 0)
    assert sorted(one["result"] for one in told(played)) == [
        result,
        "skipped",
        "skipped",
    ]
    assert "1 of 3 pipelines is misconfigured, 2 were not started." in played.log
    assert "[success] skipped: " in played.log
    assert " is misconfigured. Nothing was started." in played.log
    assert played.state["owed"] == "nothing"
    assert len(debts_in(played.state)) == 1


def test_all_that_is_wrong_is_told_at_once(stage: Stage) -> None:
    stage.workspace.forbid("success", "View")
    played = play(stage, ("success", "continuous", "late-end"))

    assert played.code == 3  # the worst of them
    assert results(played) == {
        stage.workspace.pipeline_id("success"): "unauthorized",
        "continuous": "misconfigured",
        "late-end": "skipped",
    }
    assert "2 of 3 pipelines of this step cannot be updated" in played.log
    assert played.starts == 0


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_workspace_that_stays_away_is_tried_for_as_long_as_for_one(
    stage: Stage, by: str
) -> None:
    stage.line.away.append(Away(0, 1e6))
    names = [f"{one}" for one in ("success", "code-error", "late-end", "burst")]
    flag = ids(stage, names) if by == "id" else "--pipeline-name=" + "\n".join(names)
    played = stage.play(None, flag)

    assert played.code == 4
    assert played.seconds <= 31.0
    assert set(results(played).values()) == {"unreachable"}
    assert played.log.count("trying again for 30 s") == 1


def test_a_hiccup_before_the_start_is_borne(stage: Stage) -> None:
    stage.line.away.append(Away(0, 5))
    played = play(stage, ("success", "code-error", "late-end"))

    assert played.starts == 3


def test_many_are_looked_up_at_the_same_time(stage: Stage) -> None:
    names = [one.name for one in stage.workspace.world.pipelines.values()][:20]
    played = stage.play(None, "--pipeline-name=" + "\n".join(names), "--wait=false")

    looked = [at for at, call in played.line.calls if call.method is Method.GET]
    assert looked[39] < 1.0  # two calls each: ten at a time, 0.2 s each


def test_a_signal_before_the_start_is_an_end_of_all(stage: Stage) -> None:
    stage.line.away.append(Away(0, 20))
    stage.line.interrupt_at(3, Why.SIGTERM)
    played = play(stage, ("success", "code-error"))

    assert (played.code, played.starts) == (143, 0)
    assert set(results(played).values()) == {"interrupted"}


FAST = ("--fail-fast", "--on-timeout=leave", "--on-cancel=leave")


def test_after_a_failure_others_are_stopped_and_the_rest_not_begun(
    stage: Stage,
) -> None:
    names = ("slow-resources", "code-error", "success")
    played = play(stage, names, "--max-parallel=2", *FAST)

    assert results(played) == {
        "code-error": "failed",
        "slow-resources": "canceled",
        "success": "skipped",
    }
    assert (played.code, played.starts, played.stops) == (1, 2, 1)
    assert states(stage, "slow-resources") == ["CANCELED"]
    assert "Another pipeline of this step did not succeed" in played.log
    assert {one.stop for one in debts_in(played.state)} == {False}


def test_the_culprit_decides_and_not_who_was_stopped_for_it(stage: Stage) -> None:
    names = ("slow-resources", "success")
    played = play(stage, names, "--fail-fast", "--quality-gate=all failed == 0")

    assert results(played) == {"success": "gate-failed", "slow-resources": "canceled"}
    assert played.code == 5
    assert played.outputs["gate-result"] == "failed"


def test_after_a_failure_what_is_not_ours_is_left(stage: Stage) -> None:
    names = ("busy-for-a-while", "code-error")
    played = play(stage, names, "--fail-fast", "--if-active=attach")

    assert results(played) == {"code-error": "failed", "busy-for-a-while": "canceled"}
    assert played.stops == 0
    assert "not known to be started by this step" in played.log


def test_without_fail_fast_a_failure_ends_nothing_else(stage: Stage) -> None:
    played = play(stage, ("code-error", "success"), "--max-parallel=1")

    assert results(played) == {"code-error": "failed", "success": "succeeded"}


def test_what_does_not_stop_after_a_failure_is_watched_as_after_a_clock(
    stage: Stage,
) -> None:
    played = play(stage, ("stop-ignored", "code-error"), *FAST)

    assert results(played)["stop-ignored"] == "canceled"
    assert 180.0 < played.seconds < 240.0
    assert [one.stop for one in debts_in(played.state)] == [True, False]


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
def test_a_signal_stops_all_of_ours_within_seven_seconds(
    stage: Stage, why: Why
) -> None:
    stage.line.interrupt_at(50, why)
    names = ("slow-resources", "success", "many-flows", "metrics", "late-end", "burst")
    played = play(stage, names, "--max-parallel=5")

    assert played.code == 128 + (why.signal or 0)
    assert played.stops == 5
    assert played.seconds <= 57.0
    assert set(results(played).values()) == {"interrupted"}
    assert states(stage, "burst") == []  # had not begun
    assert {one.stop for one in debts_in(played.state)} == {False}


def test_the_timeout_is_that_of_the_whole_step(stage: Stage) -> None:
    names = ("slow-resources", "goes-silent", "success")
    played = play(stage, names, "--max-parallel=2", "--timeout=5m")

    assert set(results(played).values()) == {"timed-out"}
    assert played.outputs["duration-seconds"] == str(round(played.seconds))
    assert played.seconds < 330.0
    assert (played.starts, played.stops) == (2, 2)


def test_a_bug_in_one_does_not_end_the_others(stage: Stage) -> None:
    broken = stage.workspace.pipeline_id("retry-succeeds")

    def breaks(call: Call) -> None:
        if call.path.endswith(f"{broken}/events"):
            raise RuntimeError("a bug")

    stage.line.before = breaks
    played = play(stage, ("success", "retry-succeeds"))

    assert results(played) == {
        "retry-succeeds": "internal-error",
        "success": "succeeded",
    }
    assert played.code == 70
    assert [one.stop for one in debts_in(played.state)] == [False, True]


GATE = "--quality-gate=main.sales.orders rows >= 1\nnowhere rows >= 1"


def test_a_rule_that_matches_in_one_of_them_is_not_broken_by_the_others(
    stage: Stage,
) -> None:
    gate = "--quality-gate=main.sales.orders rows >= 1\nmain.metrics.* rows >= 0"
    played = play(stage, ("success", "many-flows"), gate)

    rows = json.loads(played.outputs["gate"])
    sales = [row for row in rows if row["rule"].startswith("main.sales")]
    assert sales
    assert not any(row["broken"] for row in sales)


def test_a_rule_that_matches_in_none_of_them_breaks_the_gate(stage: Stage) -> None:
    played = play(stage, ("success", "late-end"), GATE)

    assert played.code == 5
    assert set(results(played).values()) == {"gate-failed"}
    assert "nowhere rows" in played.outputs["error"]


def test_a_rule_may_be_meant_for_what_could_not_be_judged(stage: Stage) -> None:
    played = play(stage, ("success", "code-error"), GATE)

    assert results(played) == {"code-error": "failed", "success": "succeeded"}
    assert played.outputs["gate-result"] == "not-judged"


def test_a_warning_that_matches_nowhere_is_said(stage: Stage) -> None:
    gate = "--quality-gate=orders rows >= 1\nwarn nowhere rows >= 1"
    played = play(stage, ("success", "late-end"), gate)

    assert (played.code, played.outputs["gate-result"]) == (0, "warned")
    assert "warning: Quality gate: `warn nowhere rows >= 1` broke" in played.log


LONG = ("slow-resources", "goes-silent", "queued-for-ever")
MANY = (*LONG, "many-flows", "metrics", "retry-fails", "worse-data", "late-end")


def test_with_many_running_there_is_one_line_a_minute_for_all(stage: Stage) -> None:
    played = play(stage, MANY, "--timeout=5m", "--max-parallel=7")

    combined = [line[9:] for line in played.lines if " running · " in line[:24]]
    assert combined[0].startswith("7 running · 0 done · 1 waiting · ")
    assert len(combined) <= 3  # until few are left, which tell it for themselves
    alone = [line for line in played.lines if "] flows " in line]
    assert all(line[:8] > "14:14:30" for line in alone)


def test_few_tell_for_themselves_how_far_they_are(stage: Stage) -> None:
    played = play(stage, LONG, "--timeout=5m")

    for name in LONG:
        assert played.log.count(f"[{name}] ") >= 5
    assert " done" not in played.log


@pytest.mark.parametrize("at", [0.3, 0.7, 1.5, 30.0, 60.0])
def test_what_is_killed_leaves_all_of_its_updates_to_the_post_step(
    stage: Stage, at: float
) -> None:
    stage.line.kill_at(at)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent", "retry-succeeds"))
    tidied = stage.tidy_up()

    names = ("slow-resources", "goes-silent", "retry-succeeds")
    known = [one.update_id for one in debts_in(stage.state)]
    for name, update in zip(names, known, strict=True):
        if update is not None:
            assert states(stage, name)[-1] == "CANCELED"
    assert tidied.starts == 0
    assert tidied.stops == sum(one is not None for one in known)
    assert tidied.seconds < 240.0


def test_the_post_step_stops_all_at_the_same_time(stage: Stage) -> None:
    stage.line.kill_at(60)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent", "stop-ignored"))
    tidied = stage.tidy_up()

    assert tidied.stops >= 3
    assert 230.0 < tidied.seconds < 275.0
    assert tidied.code == 6  # one of them stays
    stopped = [line for line in tidied.log.splitlines() if "was stopped" in line]
    assert len(stopped) == 2
    pipeline = stage.workspace.pipeline_id("goes-silent")
    assert any(f"[{pipeline}] Update" in line for line in stopped)


def test_what_had_not_begun_is_not_owed(stage: Stage) -> None:
    stage.line.kill_at(0.5)
    names = ("slow-resources", "goes-silent", "success")
    with pytest.raises(Killed):
        play(stage, names, "--max-parallel=1")

    assert [one.stop for one in debts_in(stage.state)] == [True, False, False]
    tidied = stage.tidy_up()
    first_ = stage.workspace.pipeline_id("slow-resources")
    assert f"the page of pipeline {first_} shows one" in tidied.log


def test_a_start_that_is_unknown_is_told_of_by_the_post_step(stage: Stage) -> None:
    stage.line.kill_at(0.5)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent"))
    tidied = stage.tidy_up()

    both = [
        stage.workspace.pipeline_id(one) for one in ("slow-resources", "goes-silent")
    ]
    assert f"a page of the pipelines {', '.join(both)} shows one" in tidied.log
    assert (tidied.code, tidied.stops) == (0, 0)


@pytest.mark.parametrize("status", [429, 503])
def test_trouble_with_one_delays_no_other(
    stage: Stage, tmp_path: Path, status: int
) -> None:
    troubled = stage.workspace.pipeline_id("retry-succeeds")
    stage.workspace.faults.append(
        Fault(
            method="GET", path_pattern=f"/{troubled}/updates/", times=40, status=status
        )
    )
    names = ("retry-succeeds", "success", "late-end")
    calm = play(beside(tmp_path), names)
    played = play(stage, names)

    assert set(results(played).values()) == {"succeeded"}
    assert end_of("success", played) == end_of("success", calm)


def beside(folder: Path) -> Stage:
    """Another stage."""
    place = folder / "beside"
    place.mkdir()
    return Stage(place)


def end_of(name: str, played: Played) -> str:
    """When it is told that the pipeline of that name has succeeded."""
    return next(line for line in played.lines if f"[{name}] succeeded" in line)[:8]


def test_calls_that_hang_delay_no_other(stage: Stage, tmp_path: Path) -> None:
    troubled = stage.workspace.pipeline_id("retry-succeeds")
    stage.line.mute = lambda call: f"/{troubled}/updates/" in call.path
    names = ("retry-succeeds", "success")
    calm = play(beside(tmp_path), names)
    played = play(stage, names, "--outage-grace=5m")

    assert results(played) == {
        "retry-succeeds": "unreachable",
        "success": "succeeded",
    }
    assert end_of("success", played) == end_of("success", calm)


def test_one_time_job_runs_of_several_are_told_by_their_pipelines(stage: Stage) -> None:
    played = play(stage, ("success", "code-error"), "--trigger=submit-run")

    assert (played.code, played.starts) == (1, 0)
    assert results(played) == {"code-error": "failed", "success": "succeeded"}
    assert played.log.count("[success] succeeded: ") == 1
    assert "[code-error] FAILED update PYTHON.NAME_ERROR" in played.log
    assert all(one["job_run_id"] for one in told(played))
    assert len({one["job_run_id"] for one in told(played)}) == 2
    assert played.outputs["job-run-id"] == told(played)[0]["job_run_id"]
    assert {one.stop for one in debts_in(played.state)} == {False}


def test_after_a_failure_the_job_runs_of_others_are_canceled(stage: Stage) -> None:
    names = ("slow-resources", "code-error", "success")
    played = play(stage, names, "--trigger=submit-run", "--max-parallel=2", *FAST)

    assert results(played) == {
        "code-error": "failed",
        "slow-resources": "canceled",
        "success": "skipped",
    }
    assert played.sent("POST", "/runs/cancel") == 1
    assert played.code == 1


@pytest.mark.parametrize("at", [1.5, 60.0])
def test_killed_job_runs_are_canceled_by_the_post_step(stage: Stage, at: float) -> None:
    stage.line.kill_at(at)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent"), "--trigger=submit-run")
    tidied = stage.tidy_up()

    known = [one.run_id for one in debts_in(stage.state)]
    assert None not in known
    canceled = [one.path for one in tidied.requests if one.path.endswith("/cancel")]
    assert len(canceled) == 2
    assert tidied.code == 0
    assert f"to be canceled, if it still runs: job run {known[0]}" in tidied.log
    assert f"[run {known[1]}] " in tidied.log


def test_a_one_time_run_of_unknown_id_is_found_by_its_name_and_canceled(
    stage: Stage,
) -> None:
    stage.line.kill_at(0.5)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent"), "--trigger=submit-run")
    assert [one.token for one in debts_in(stage.state)] == ["token-1", "token-2"]
    assert [one.run_id for one in debts_in(stage.state)] == [None, None]
    tidied = stage.tidy_up()

    canceled = [one.path for one in tidied.requests if one.path.endswith("/cancel")]
    assert len(canceled) == 2
    assert all(run.over for run in stage.workspace.world.jobs.runs.values())
    assert (tidied.code, tidied.starts) == (0, 0)


def test_where_runs_cannot_be_listed_it_is_said_what_to_look_for(stage: Stage) -> None:
    stage.line.kill_at(0.5)
    with pytest.raises(Killed):
        play(stage, ("slow-resources",), "--trigger=submit-run")
    stage.line.away.append(Away(0, 1e6))
    tidied = stage.tidy_up()

    assert tidied.code == 4
    assert "whose name ends in token-1" in tidied.log
    assert tidied.seconds < 100


def test_a_run_that_never_arrived_may_still_begin_and_is_told(stage: Stage) -> None:
    stage.line.kill_at(0.5)
    stage.line.away.append(Away(0.3, 0.6))
    with pytest.raises(Killed):
        play(stage, ("slow-resources",), "--trigger=submit-run")
    stage.line.seconds += 60
    tidied = stage.tidy_up()

    assert tidied.code == 0
    assert not [one for one in tidied.requests if one.method == "POST"]
    assert "It may still begin." in tidied.log
    assert "::warning title=An update may have been left behind::" in tidied.log
    assert 60 <= tidied.seconds < 65


def test_while_a_run_is_looked_for_others_are_canceled(stage: Stage) -> None:
    stage.line.kill_at(0.5)
    stage.line.away.append(Away(0.3, 0.6))
    with pytest.raises(Killed):
        play(stage, ("slow-resources",), "--trigger=submit-run")
    update = stage.workspace.rival("stop-ignored")
    known = stage.workspace.pipeline_id("stop-ignored")
    more = {"owed_2": "stop", "pipeline_id_2": known, "update_id_2": update}
    tidied = stage.tidy_up({**stage.state, "debts": "2", **more})

    looks = [one.path.endswith("/runs/list") for one in tidied.requests]
    (stop,) = [n for n, one in enumerate(tidied.requests) if one.method == "POST"]
    assert sum(looks[:stop]) <= 2 < sum(looks)


def test_a_bug_while_tidying_up_one_leaves_the_others_to_be_tidied(
    stage: Stage,
) -> None:
    stage.line.kill_at(60)
    with pytest.raises(Killed):
        play(stage, ("slow-resources", "goes-silent"))
    broken = stage.workspace.pipeline_id("slow-resources")

    def breaks(call: Call) -> None:
        if f"/{broken}" in call.path:
            raise RuntimeError("a bug")

    stage.line.before = breaks
    tidied = stage.tidy_up()

    assert tidied.code == 70
    assert states(stage, "goes-silent") == ["CANCELED"]
