"""Runs of jobs, as the documentation of the Jobs API has them."""

from __future__ import annotations

import pytest

from dlt_action.standin import JOBS, Workspace
from dlt_action.standin.jobs.work import SEE_LOGS
from tests.standin.desk import START, Answer
from tests.standin.jobdesk import API, JobDesk, everything, lives, notebook

LIVES = {
    "QUEUED": "QUEUED",
    "PENDING": "PENDING",
    "RUNNING": "RUNNING",
    "BLOCKED": "BLOCKED",
    "TERMINATING": "TERMINATING",
    "WAITING_FOR_RETRY": "WAITING",
    "TERMINATED": "TERMINATED",
    "SKIPPED": "TERMINATED",
    "INTERNAL_ERROR": "TERMINATED",
}
CODES = {
    "SUCCESS": "SUCCESS",
    "SUCCESS_WITH_FAILURES": "SUCCESS_WITH_FAILURES",
    "CANCELED": "USER_CANCELED",
    "TIMEDOUT": "CANCELED",
    "FAILED": "RUN_EXECUTION_ERROR or CLOUD_FAILURE",
    "UPSTREAM_FAILED": "SKIPPED",
    "UPSTREAM_CANCELED": "SKIPPED",
    "EXCLUDED": "SKIPPED",
    "DISABLED": "DISABLED",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "MAX_CONCURRENT_RUNS_EXCEEDED",
}


def agrees(shown: Answer) -> bool:
    """Whether `state` and `status` of a run or a task say the same."""
    state, status = shown["state"], shown["status"]
    result = state.get("result_state")
    details = status.get("termination_details", {})
    over = status["state"] == "TERMINATED"
    stopped = result in ("CANCELED", "TIMEDOUT")
    return (
        status["state"] == LIVES[state["life_cycle_state"]]
        and over == (result is not None)
        and (not over or details["message"] == state["state_message"])
        and (not over or details["code"] in CODES[str(result)].split(" or "))
        and (not over or state["user_cancelled_or_timedout"] is stopped)
        and ("queue_reason" in state) == ("queue_details" in status)
    )


@pytest.mark.parametrize("name", JOBS)
def test_a_job_comes_to_its_expected_end_in_about_the_time_it_says(name: str) -> None:
    desk, play = everything(), JOBS[name]
    run_id = desk.run_now(name)
    looks = desk.looks(run_id, seconds=240, step=6.0)
    last = looks[-1]
    assert last["state"]["result_state"] == play.expect
    assert last["end_time"] / 1000 - START == pytest.approx(play.seconds, abs=5)


@pytest.mark.parametrize("name", [name for name in JOBS if name != "many-tasks"])
def test_state_and_status_always_say_the_same(name: str) -> None:
    desk = everything()
    for look in desk.looks(desk.run_now(name), seconds=200, step=1.7):
        for shown in (look, *look["tasks"]):
            assert agrees(shown), shown


@pytest.mark.parametrize("name", ["two-pipelines", "repaired", "task-retried"])
@pytest.mark.parametrize("step", [0.9, 13.0])
def test_how_often_somebody_looks_changes_nothing(name: str, step: float) -> None:
    watched, alone = everything(), everything()
    run_id = watched.run_now(name)
    watched.looks(run_id, seconds=195, step=step)
    alone.run_now(name)
    watched.now = alone.now = START + 200
    query = {"include_history": "true"}
    assert watched.run(run_id, **query) == alone.run(run_id, **query)


def test_a_pipeline_task_updates_its_pipeline() -> None:
    desk = JobDesk()
    asked = {
        "pipeline_id": desk.workspace.pipeline_id("success"),
        "full_refresh_selection": ["orders"],
        "parameters": {"day": "2026-09-01"},
    }
    run_id = desk.submit({"task_key": "dlt", "pipeline_task": asked}, run_name="now")
    desk.now += 60
    update = desk.updates("success")[0]
    assert update["cause"] == "JOB_TASK"
    assert update["full_refresh_selection"] == ["orders"]
    assert update["parameters"] == {"day": "2026-09-01"}
    assert update["state"] == "RUNNING"
    assert desk.life(run_id) == "RUNNING"
    desk.now += 60
    assert desk.result(run_id) == "SUCCESS"
    assert desk.updates("success")[0]["state"] == "COMPLETED"


def test_a_task_starts_before_its_update_and_ends_after_it() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 100
    run, task = desk.run(run_id), desk.task(run_id)
    created = desk.updates("success")[0]["creation_time"]
    events = desk.events("success", filter="level = 'INFO'")
    done = [
        e for e in events if "COMPLETED" in e["message"] and "Update" in e["message"]
    ]
    completed = 1_790_000_000_000 + 75_700
    assert done[0]["timestamp"] == "2026-09-21T14:14:35.700Z"
    assert run["start_time"] <= task["start_time"] < created
    assert completed < task["end_time"] < run["end_time"] < completed + 5_000


def test_nothing_of_a_run_names_its_update() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 100
    update_id = desk.updates("success")[0]["update_id"]
    assert update_id not in str(desk.run(run_id, include_resolved_values="true"))
    assert update_id not in str(desk.output(desk.task(run_id)["run_id"]))


def test_a_task_waits_through_all_retries_of_its_pipeline() -> None:
    desk = JobDesk(scenarios=("retry-fails", "success"))
    run_id = desk.run_now("retry-fails")
    desk.now += 240
    assert len(desk.updates("retry-fails")) == 3
    assert desk.life(run_id) == "RUNNING"
    desk.now += 30
    assert desk.result(run_id) == "FAILED"
    assert [t["attempt_number"] for t in desk.run(run_id)["tasks"]] == [0]


def test_a_failed_pipeline_task_tells_nothing_of_the_reason() -> None:
    desk = JobDesk(scenarios=("code-error", "success"))
    run_id = desk.run_now("code-error")
    desk.now += 60
    run, task = desk.run(run_id), desk.task(run_id)
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    says = "Task dlt failed with message: Workload failed, see run output for details."
    assert run["state"]["state_message"] == says
    assert task["state"]["life_cycle_state"] == "TERMINATED"
    assert task["state"]["result_state"] == "FAILED"
    output = desk.output(task["run_id"])
    assert output["error"] == SEE_LOGS
    assert output.keys() == {"error", "metadata"}


def test_the_output_of_a_run_of_many_tasks_is_not_to_be_had() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    status, code, says = desk.refused(f"{API}/runs/get-output", run_id=run_id)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert says.startswith("Retrieving the output of runs with multiple tasks is not")


def test_a_notebook_that_fails_tells_why() -> None:
    desk = JobDesk()
    run_id = desk.submit(notebook("only", "/Shared/fails"))
    desk.now += 40
    output = desk.output(desk.task(run_id, "only")["run_id"])
    assert output["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in output["error_trace"]
    good = desk.submit(notebook("only"))
    desk.now += 40
    output = desk.output(desk.task(good, "only")["run_id"])
    assert output["notebook_output"] == {"result": "done", "truncated": False}
    assert "error" not in output


@pytest.mark.parametrize(
    ("scenario", "prepare", "life", "code", "says"),
    [
        ("already-active", "", "TERMINATED", "RUN_EXECUTION_ERROR", "An active update"),
        ("continuous", "", "INTERNAL_ERROR", "INVALID_RUN_CONFIGURATION", "Continuous"),
        (
            "success",
            "forbid",
            "INTERNAL_ERROR",
            "UNAUTHORIZED_ERROR",
            "Run permissions",
        ),
        ("success", "delete", "INTERNAL_ERROR", "RESOURCE_NOT_FOUND", "was not found"),
    ],
)
def test_a_task_that_cannot_start_its_update_fails_and_says_why(
    scenario: str, prepare: str, life: str, code: str, says: str
) -> None:
    desk = JobDesk(scenarios=(scenario, "success"))
    if prepare == "forbid":
        desk.workspace.forbid(scenario, "Run")
    elif prepare == "delete":
        desk.send("DELETE", desk.path(scenario))
    run_id = desk.run_now(scenario)
    desk.now += 10
    task = desk.task(run_id)
    details = task["status"]["termination_details"]
    assert task["state"]["life_cycle_state"] == life
    assert (details["code"], details["type"]) == (code, "CLIENT_ERROR")
    assert says in details["message"]
    assert desk.output(task["run_id"])["error"] == details["message"]
    assert desk.result(run_id) == "FAILED"


def test_an_active_update_is_named_as_the_start_of_an_update_names_it() -> None:
    desk = JobDesk(scenarios=("already-active", "success"))
    active = desk.updates("already-active")[0]["update_id"]
    run_id = desk.run_now("already-active")
    desk.now += 10
    pipeline_id = desk.workspace.pipeline_id("already-active")
    says = f"An active update '{active}' already exists for pipeline '{pipeline_id}'"
    assert desk.task(run_id)["state"]["state_message"] == says


def test_a_cancel_stops_the_update_and_takes_its_time() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 60
    assert desk.post("/runs/cancel", run_id=run_id) == {}
    run = desk.run(run_id)
    assert run["state"]["life_cycle_state"] == "TERMINATING"
    assert run["status"]["termination_details"]["code"] == "USER_CANCELED"
    assert desk.updates("success")[0]["state"] == "STOPPING"
    desk.now += 10
    run = desk.run(run_id)
    assert run["state"]["life_cycle_state"] == "TERMINATED"
    assert run["state"]["result_state"] == "CANCELED"
    assert run["state"]["user_cancelled_or_timedout"] is True
    assert desk.updates("success")[0]["state"] == "CANCELED"
    told = [e["details"].get("update_progress", {}) for e in desk.events("success")]
    causes = {d["cancellation_cause"] for d in told if "cancellation_cause" in d}
    assert causes == {"WORKFLOW_CANCELLATION"}


def test_a_cancel_between_two_attempts_of_the_pipeline_stops_the_second_one() -> None:
    desk = JobDesk(scenarios=("retry-succeeds", "success"))
    run_id = desk.run_now("retry-succeeds")
    desk.now += 80
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 30
    assert [u["state"] for u in desk.updates("retry-succeeds")] == [
        "CANCELED",
        "FAILED",
    ]
    assert desk.result(run_id) == "CANCELED"


def test_a_cancel_of_what_has_ended_does_nothing() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 100
    before = desk.run(run_id)
    assert desk.post("/runs/cancel", run_id=run_id) == {}
    desk.now += 10
    assert desk.run(run_id) == before


def test_a_cancel_just_after_the_update_has_ended_stops_no_other_one() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 76.5
    assert desk.updates("success")[0]["state"] == "COMPLETED"
    rival = desk.workspace.rival("success")
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 20
    newest = desk.updates("success")[0]
    assert (newest["update_id"], newest["state"]) == (rival, "WAITING_FOR_RESOURCES")


def test_a_task_can_be_canceled_alone() -> None:
    desk = JobDesk()
    run_id = desk.submit(
        notebook("a", "/Shared/takes-an-hour"), notebook("b"), notebook("c", "/x", "a")
    )
    desk.now += 60
    desk.post("/runs/cancel", run_id=desk.task(run_id, "a")["run_id"])
    desk.now += 10
    told = {"a": "CANCELED", "b": "SUCCESS", "c": "UPSTREAM_CANCELED"}
    assert desk.results(run_id) == told
    assert desk.result(run_id) == "CANCELED"


def test_all_runs_of_a_job_can_be_canceled_and_all_that_are_queued() -> None:
    desk = JobDesk("queued-run")
    first, second = desk.run_now("queued-run"), desk.run_now("success")
    desk.post("/runs/cancel-all", all_queued_runs=True)
    assert desk.result(first) == "CANCELED"
    assert desk.life(second) == "PENDING"
    desk.post("/runs/cancel-all", job_id=desk.workspace.job_id("success"))
    desk.now += 10
    assert desk.result(second) == "CANCELED"


def test_a_run_that_takes_too_long_is_ended_by_the_platform() -> None:
    desk = JobDesk()
    pipeline_id = desk.workspace.pipeline_id("success")
    task = {"task_key": "dlt", "pipeline_task": {"pipeline_id": pipeline_id}}
    run_id = desk.submit(task, timeout_seconds=50)
    desk.now += 49
    assert desk.life(run_id) == "RUNNING"
    desk.now += 11
    run = desk.run(run_id)
    assert run["state"]["result_state"] == "TIMEDOUT"
    assert run["state"]["user_cancelled_or_timedout"] is True
    assert desk.updates("success")[0]["state"] == "CANCELED"


def test_a_task_that_takes_too_long_fails_the_run() -> None:
    desk = JobDesk()
    run_id = desk.submit(
        notebook("slow", "/Shared/takes-an-hour", timeout_seconds=30),
        notebook("next", "/Shared/good", "slow"),
    )
    desk.now += 60
    assert desk.results(run_id) == {"slow": "TIMEDOUT", "next": "UPSTREAM_FAILED"}
    assert desk.result(run_id) == "FAILED"


def test_each_retry_of_a_task_is_another_run_of_it() -> None:
    desk = JobDesk("task-retried")
    run_id = desk.run_now("task-retried")
    desk.now += 73.9
    first, second = desk.run(run_id)["tasks"]
    assert first["state"]["result_state"] == "FAILED"
    assert second["state"]["life_cycle_state"] == "WAITING_FOR_RETRY"
    assert second["status"] == {"state": "WAITING"}
    desk.now += 100
    first, second = desk.run(run_id)["tasks"]
    assert [first["attempt_number"], second["attempt_number"]] == [0, 1]
    assert first["run_id"] != second["run_id"]
    assert desk.run(second["run_id"])["original_attempt_run_id"] == first["run_id"]
    states = [u["state"] for u in desk.updates("task-retried/dlt")]
    assert states == ["COMPLETED", "FAILED"]


def test_retries_come_to_an_end_and_keep_their_distance() -> None:
    desk = JobDesk()
    run_id = desk.submit(
        notebook("a", "/Shared/fails", max_retries=2, min_retry_interval_millis=60_000)
    )
    desk.now += 200
    tasks = desk.run(run_id)["tasks"]
    assert [t["attempt_number"] for t in tasks] == [0, 1, 2]
    starts = [t["start_time"] - tasks[0]["start_time"] for t in tasks]
    assert starts == [0, 60_000, 120_000]
    assert desk.result(run_id) == "FAILED"


def test_a_run_beside_another_one_is_queued_with_the_reason() -> None:
    desk = JobDesk("queued-run")
    run_id = desk.run_now("queued-run")
    queued = desk.run(run_id)
    reason = "Queued due to reaching maximum concurrent runs of 1."
    assert queued["state"]["life_cycle_state"] == "QUEUED"
    assert queued["state"]["queue_reason"] == reason
    details = {"code": "MAX_CONCURRENT_RUNS_REACHED", "message": reason}
    assert queued["status"]["queue_details"] == details
    desk.now += 130
    run = desk.run(run_id)
    assert run["state"]["result_state"] == "SUCCESS"
    assert run["queue_duration"] == 38_500


def test_a_queued_run_that_is_canceled_never_starts() -> None:
    desk = JobDesk("queued-run")
    run_id = desk.run_now("queued-run")
    desk.post("/runs/cancel", run_id=run_id)
    assert desk.result(run_id) == "CANCELED"
    desk.now += 200
    assert len(desk.updates("queued-run/dlt")) == 1


def test_without_a_queue_a_run_beside_another_one_is_skipped() -> None:
    desk = JobDesk("runs-limited")
    run = desk.run(desk.run_now("runs-limited"))
    assert run["state"]["life_cycle_state"] == "SKIPPED"
    assert run["state"]["result_state"] == "MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert desk.life(desk.run_now("runs-limited", queue={"enabled": True})) == "QUEUED"


def test_a_run_that_somebody_repairs_runs_again_and_keeps_its_history() -> None:
    desk = JobDesk("repaired")
    run_id = desk.run_now("repaired")
    looks = desk.looks(run_id, seconds=160)
    assert lives(looks) == ["PENDING", "RUNNING", "INTERNAL_ERROR", "TERMINATED"]
    assert [look["state"].get("result_state") for look in looks][110] == "FAILED"
    assert looks[140]["state"]["life_cycle_state"] == "RUNNING"
    assert looks[140]["end_time"] == 0
    run = desk.run(run_id, include_history="true")
    original, repair = run["repair_history"]
    assert (original["type"], repair["type"]) == ("ORIGINAL", "REPAIR")
    assert original["state"]["result_state"] == "FAILED"
    assert repair["state"]["result_state"] == "SUCCESS"
    assert len(original["task_run_ids"]) == 2
    assert repair["task_run_ids"] == [run["tasks"][-1]["run_id"]]
    assert "id" not in original
    assert len(desk.updates("repaired/dlt")) == 1


def test_a_repair_runs_what_failed_and_asks_for_the_latest_one() -> None:
    desk = JobDesk()
    run_id = desk.submit(
        notebook("a", "/Shared/fails-once"),
        notebook("b", "/Shared/fails", "a"),
        notebook("c"),
    )
    assert "is active" in desk.no("/runs/repair", run_id=run_id, rerun_tasks=["a"])[2]
    desk.now += 60
    twice = desk.no("/runs/repair", run_id=run_id, rerun_tasks=["a", "a"])
    assert twice[2] == "rerun_tasks cannot contain duplicate task keys."
    asked = {"run_id": run_id, "rerun_all_failed_tasks": True}
    repair_id = desk.post("/runs/repair", **asked)["repair_id"]
    assert desk.life(run_id) == "PENDING"
    desk.now += 80
    assert desk.results(run_id) == {"a": "SUCCESS", "b": "FAILED", "c": "SUCCESS"}
    keys = [t["task_key"] for t in desk.run(run_id)["tasks"]]
    assert keys == ["a", "b", "c", "a", "b"]
    again = {"run_id": run_id, "rerun_tasks": ["c"]}
    assert "latest repair ID needs" in desk.no("/runs/repair", **again)[2]
    desk.post("/runs/repair", **again, latest_repair_id=repair_id)


def test_many_tasks_come_in_pages_since_version_2_2() -> None:
    desk = JobDesk("many-tasks")
    run_id = desk.run_now("many-tasks")
    first = desk.run(run_id)
    second = desk.run(run_id, page_token=first["next_page_token"])
    assert (len(first["tasks"]), len(second["tasks"])) == (100, 51)
    keys = {t["task_key"] for t in first["tasks"] + second["tasks"]}
    assert len(keys) == 151
    assert "next_page_token" not in second
    assert second["run_id"] == run_id
    old = desk.ask("/api/2.1/jobs/runs/get", run_id=run_id)
    assert len(old["tasks"]) == 100
    assert "next_page_token" not in old
    third = desk.refused(f"{API}/runs/get", run_id=run_id, page_token="x")
    assert third[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_somebody_else_may_run_the_job_and_cancel_a_run() -> None:
    desk = JobDesk()
    theirs = desk.workspace.rival_run("success")
    assert desk.run(theirs)["creator_user_name"] == "anna@example.com"
    ours = desk.run_now("success")
    assert desk.life(ours) == "QUEUED"
    desk.now += 30
    desk.workspace.person_cancels(theirs)
    desk.now += 10
    assert (desk.result(theirs), desk.life(ours)) == ("CANCELED", "RUNNING")
    desk.now += 100
    assert desk.result(ours) == "SUCCESS"


def test_a_stop_of_the_update_by_a_person_cancels_the_task() -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += 50
    desk.workspace.person_stops("success")
    desk.now += 20
    task = desk.task(run_id)
    assert task["state"]["result_state"] == "CANCELED"
    assert desk.output(task["run_id"])["error"] == SEE_LOGS
    assert desk.result(run_id) == "CANCELED"


def test_an_update_that_ignores_the_stop_keeps_the_run_terminating() -> None:
    desk = JobDesk(scenarios=("stop-ignored", "success"))
    run_id = desk.run_now("stop-ignored")
    desk.now += 50
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 3_600
    assert desk.life(run_id) == "TERMINATING"


def test_a_task_follows_successors_that_nobody_announces() -> None:
    desk = JobDesk(scenarios=("schema-change", "success"))
    run_id = desk.run_now("schema-change")
    desk.now += 135
    causes = [u["cause"] for u in desk.updates("schema-change")]
    assert causes == ["SCHEMA_CHANGE", "JOB_TASK"]
    assert desk.result(run_id) == "SUCCESS"


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_run_that_is_canceled_at_once_starts_no_update(seconds: float) -> None:
    desk = JobDesk()
    run_id = desk.run_now("success")
    desk.now += seconds
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 100
    assert desk.result(run_id) == "CANCELED"
    assert desk.updates("success") == []


def test_a_run_that_is_canceled_before_a_retry_starts_none() -> None:
    desk = JobDesk("task-retried")
    run_id = desk.run_now("task-retried")
    desk.now += 74.0
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 100
    assert desk.result(run_id) == "CANCELED"
    assert len(desk.updates("task-retried/dlt")) == 1


def test_a_repair_may_run_what_depends_on_a_task_as_well() -> None:
    desk = JobDesk()
    chain = notebook("a"), notebook("b", "/x", "a"), notebook("c", "/x", "b")
    run_id = desk.submit(*chain, notebook("d"))
    desk.now += 100
    asked = {"run_id": run_id, "rerun_tasks": ["b"], "rerun_dependent_tasks": True}
    desk.post("/runs/repair", **asked)
    desk.now += 100
    keys = [t["task_key"] for t in desk.run(run_id)["tasks"]]
    assert keys == ["a", "b", "c", "d", "b", "c"]
    assert desk.result(run_id) == "SUCCESS"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Exactly one of rerun_tasks or rerun_all_failed_tasks"),
        (
            {"rerun_tasks": ["a"], "rerun_all_failed_tasks": True},
            "Exactly one of rerun_tasks or rerun_all_failed_tasks",
        ),
        ({"rerun_tasks": ["x"]}, "Task x does not exist in the run."),
        ({"rerun_all_failed_tasks": True}, "has no tasks to repair"),
        ({"rerun": ["a"]}, "unknown field 'rerun'"),
    ],
)
def test_a_repair_of_nothing_is_refused(asked: Answer, says: str) -> None:
    desk = JobDesk()
    run_id = desk.submit(notebook("a"))
    desk.now += 60
    assert says in desk.no("/runs/repair", run_id=run_id, **asked)[2]
    task_run_id = desk.task(run_id, "a")["run_id"]
    refused = desk.no("/runs/repair", run_id=task_run_id, rerun_tasks=["a"])
    assert refused[2] == f"Run {task_run_id} does not exist."


def test_a_stop_that_came_too_late_leaves_a_canceled_run_and_a_good_update() -> None:
    desk = JobDesk(scenarios=("stop-too-late", "success"))
    run_id = desk.run_now("stop-too-late")
    desk.now += 60
    desk.post("/runs/cancel", run_id=run_id)
    desk.now += 20
    assert desk.updates("stop-too-late")[0]["state"] == "COMPLETED"
    assert desk.result(run_id) == "CANCELED"


def test_what_is_scripted_is_stretched_and_what_a_client_asks_for_is_not() -> None:
    desk = JobDesk()
    desk.workspace = Workspace(clock=desk.clock, scenarios=["success"], stretch=0.1)
    pipeline_id = desk.workspace.pipeline_id("success")
    task = {"task_key": "dlt", "pipeline_task": {"pipeline_id": pipeline_id}}
    run_id = desk.submit(task, timeout_seconds=10)
    desk.now += 8
    assert desk.result(run_id) == "SUCCESS"
    assert desk.run(run_id)["run_duration"] == 7_850
    late = desk.submit({**task, "max_retries": 1}, timeout_seconds=4)
    desk.now += 3.9
    assert desk.life(late) == "RUNNING"
    desk.now += 2
    assert desk.result(late) == "TIMEDOUT"


def test_lists_of_runs_may_be_behind_as_lists_of_updates_are() -> None:
    desk = JobDesk()
    desk.workspace = Workspace(clock=desk.clock, scenarios=["success"], list_lag=5.0)
    run_id = desk.run_now("success")
    assert "runs" not in desk.ask(f"{API}/runs/list")
    assert desk.life(run_id) == "PENDING"
    desk.now += 5
    assert desk.ask(f"{API}/runs/list")["runs"][0]["run_id"] == run_id


def test_a_full_refresh_may_be_asked_for_in_text() -> None:
    desk = JobDesk()
    asked = {
        "pipeline_id": desk.workspace.pipeline_id("success"),
        "full_refresh": "true",
    }
    run_id = desk.submit({"task_key": "dlt", "pipeline_task": asked})
    desk.now += 10
    assert desk.updates("success")[0]["full_refresh"] is True
    assert desk.task(run_id)["pipeline_task"]["full_refresh"] is True
