"""Which tasks of a job run, by `run_if`, conditions, `only` and `disabled`."""

from __future__ import annotations

import pytest

from tests.standin.desk import Answer
from tests.standin.jobdesk import JobDesk, notebook

GOOD, BAD, LONG = "/Shared/good", "/Shared/fails", "/Shared/takes-an-hour"
NO = {"condition_task": {"left": "1", "op": "EQUAL_TO", "right": "2"}}


def left_out(key: str) -> tuple[Answer, Answer]:
    """A task that is excluded, and the condition that excludes it."""
    task = notebook(key)
    task["depends_on"] = [{"task_key": f"{key}_if", "outcome": "true"}]
    return {"task_key": f"{key}_if", **NO}, task


def played(desk: JobDesk, run_if: str, upstream: str) -> str:
    """What becomes of a task with *run_if* after tasks that end as *upstream* says."""
    tasks: list[Answer] = []
    for n, letter in enumerate(upstream):
        key = f"t{n}"
        if letter == "x":
            tasks += left_out(key)
        elif letter == "d":
            tasks.append(notebook(key, disabled=True))
        else:
            path = {"s": GOOD, "f": BAD, "c": LONG}[letter]
            tasks.append(notebook(key, path))
    keys = [f"t{n}" for n in range(len(upstream))]
    run_id = desk.submit(*tasks, notebook("end", GOOD, *keys, run_if=run_if))
    desk.now += 30
    for n, letter in enumerate(upstream):
        if letter == "c":
            desk.post("/runs/cancel", run_id=desk.task(run_id, f"t{n}")["run_id"])
    desk.now += 40
    return desk.results(run_id)["end"]


# s: succeeded, f: failed, c: canceled, x: excluded, d: disabled.
RUN_IF = {
    "ALL_SUCCESS": {
        "ss": "SUCCESS",
        "sf": "UPSTREAM_FAILED",
        "sc": "UPSTREAM_CANCELED",
        "fc": "UPSTREAM_FAILED",
        "sx": "SUCCESS",
        "xx": "EXCLUDED",
        "sd": "SUCCESS",
        "dd": "SUCCESS",
        "xd": "EXCLUDED",
    },
    "AT_LEAST_ONE_SUCCESS": {
        "sf": "SUCCESS",
        "sx": "SUCCESS",
        "ff": "UPSTREAM_FAILED",
        "cc": "UPSTREAM_CANCELED",
        "xx": "EXCLUDED",
    },
    "NONE_FAILED": {
        "sx": "SUCCESS",
        "ss": "SUCCESS",
        "sf": "UPSTREAM_FAILED",
        "sc": "UPSTREAM_CANCELED",
        "xx": "EXCLUDED",
    },
    "ALL_DONE": {"ff": "SUCCESS", "fc": "SUCCESS", "xx": "EXCLUDED"},
    "AT_LEAST_ONE_FAILED": {
        "sf": "SUCCESS",
        "sc": "SUCCESS",
        "ss": "EXCLUDED",
        "xx": "EXCLUDED",
    },
    "ALL_FAILED": {"ff": "SUCCESS", "fc": "SUCCESS", "sf": "EXCLUDED"},
}


@pytest.mark.parametrize(
    ("run_if", "upstream", "result"),
    [(r, up, told) for r, table in RUN_IF.items() for up, told in table.items()],
)
def test_run_if_decides_by_what_became_of_the_dependencies(
    run_if: str, upstream: str, result: str
) -> None:
    assert played(JobDesk(), run_if, upstream) == result


@pytest.mark.parametrize(
    ("left", "op", "right", "outcome"),
    [
        ("12.0", "EQUAL_TO", "12", "false"),
        ("12.0", "NOT_EQUAL", "12", "true"),
        ("12.0", "GREATER_THAN_OR_EQUAL", "12", "true"),
        ("10.0", "GREATER_THAN_OR_EQUAL", "12", "false"),
        ("2", "GREATER_THAN", "10", "false"),
        ("2", "LESS_THAN", "10", "true"),
        ("2", "LESS_THAN_OR_EQUAL", "2", "true"),
        ("{{job.parameters.day}}", "EQUAL_TO", "monday", "true"),
        ("{{tasks.first.result_state}}", "EQUAL_TO", "success", "true"),
        ("{{ tasks.nobody.x }}", "EQUAL_TO", "{{ tasks.nobody.x }}", "true"),
    ],
)
def test_a_condition_compares_text_or_numbers(
    left: str, op: str, right: str, outcome: str
) -> None:
    desk = JobDesk()
    asked = {"left": left, "op": op, "right": right}
    needs = [{"task_key": "first"}]
    check = {"task_key": "check", "depends_on": needs, "condition_task": asked}
    settings = {"tasks": [notebook("first"), check]}
    parameters = [{"name": "day", "default": "sunday"}]
    job_id = desk.post("/create", **settings, parameters=parameters)["job_id"]
    monday = {"day": "monday"}
    run_id = desk.post("/run-now", job_id=job_id, job_parameters=monday)["run_id"]
    desk.now += 60
    assert desk.task(run_id, "check")["condition_task"] == {**asked, "outcome": outcome}
    told = [{"name": "day", "value": "monday", "default": "sunday"}]
    assert desk.run(run_id)["job_parameters"] == told


def test_a_condition_that_compares_what_is_no_number_fails() -> None:
    desk = JobDesk()
    asked = {"left": "many", "op": "LESS_THAN", "right": "2"}
    run_id = desk.submit(
        {"task_key": "check", "condition_task": asked, "max_retries": 3}
    )
    desk.now += 60
    assert desk.results(run_id) == {"check": "FAILED"}
    assert len(desk.run(run_id)["tasks"]) == 1


@pytest.mark.parametrize(
    ("only", "ran"),
    [
        (["b"], "b"),
        (["+b"], "ab"),
        (["b+"], "bcd"),
        (["+b+"], "abcd"),
        (["a", "d"], "ad"),
    ],
)
def test_only_some_tasks_are_run_and_the_others_disabled(
    only: list[str], ran: str
) -> None:
    desk = JobDesk()
    tasks = [notebook("a"), notebook("b", GOOD, "a"), notebook("c", GOOD, "b")]
    job = desk.post("/create", tasks=[*tasks, notebook("d", GOOD, "c")])["job_id"]
    run_id = desk.post("/run-now", job_id=job, only=only)["run_id"]
    desk.now += 200
    told = desk.results(run_id)
    assert "".join(k for k, result in told.items() if result == "SUCCESS") == ran
    assert set(told.values()) <= {"SUCCESS", "DISABLED"}
    assert desk.result(run_id) == "SUCCESS"


def test_only_tasks_of_the_job_may_be_chosen() -> None:
    desk = JobDesk()
    job_id = desk.workspace.job_id("success")
    assert "Task x does not exist" in desk.no("/run-now", job_id=job_id, only=["x"])[2]


@pytest.mark.parametrize(
    ("tasks", "result"),
    [
        ([notebook("a"), notebook("b")], "SUCCESS"),
        ([notebook("a", BAD), notebook("b")], "FAILED"),
        ([notebook("a", BAD), notebook("b", GOOD, "a")], "FAILED"),
        (
            [notebook("a", BAD), notebook("b", GOOD, "a", run_if="ALL_DONE")],
            "SUCCESS_WITH_FAILURES",
        ),
        ([notebook("a"), notebook("b", GOOD, "a", disabled=True)], "SUCCESS"),
        ([notebook("a", disabled=True)], "EXCLUDED"),
    ],
)
def test_the_leaves_decide_how_a_run_ends(tasks: list[Answer], result: str) -> None:
    desk = JobDesk()
    run_id = desk.submit(*tasks)
    desk.now += 100
    assert desk.result(run_id) == result


def test_a_failed_run_names_its_culprit_and_what_came_of_it() -> None:
    desk = JobDesk()
    run_id = desk.submit(notebook("a", BAD), notebook("b", GOOD, "a"))
    desk.now += 100
    run = desk.run(run_id)
    assert run["state"]["state_message"] == (
        "Task a failed with message: Workload failed, see run output for details. "
        "This caused all downstream tasks to get skipped."
    )
    assert (
        desk.task(run_id, "b")["state"]["state_message"] == "An upstream task failed."
    )


def test_a_branch_that_is_not_taken_is_excluded_whatever_else_it_waits_for() -> None:
    desk = JobDesk()
    needs = [{"task_key": "if", "outcome": "true"}, {"task_key": "other"}]
    task = {**notebook("branch"), "depends_on": needs}
    run_id = desk.submit({"task_key": "if", **NO}, notebook("other"), task)
    desk.now += 60
    assert desk.results(run_id)["branch"] == "EXCLUDED"
    assert desk.result(run_id) == "SUCCESS"
