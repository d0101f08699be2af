"""What is asked of the Jobs API: jobs and runs, made, found, listed and refused."""

from __future__ import annotations

import re

import pytest

from dlt_action.standin import Dropped, Fault
from dlt_action.standin.eventlog import ORG_ID
from tests.standin.desk import START, Answer
from tests.standin.jobdesk import API, JobDesk, notebook

INVALID = (400, "INVALID_PARAMETER_VALUE")


def pipeline_task(**fields: object) -> Answer:
    return {"task_key": "dlt", "pipeline_task": {"pipeline_id": "x", **fields}}


@pytest.mark.parametrize("route", ["/runs/submit", "/run-now"])
def test_the_same_token_is_the_same_run_even_when_that_is_over(route: str) -> None:
    desk = JobDesk()
    of_job = {"job_id": desk.workspace.job_id("success")}
    body = of_job if route == "/run-now" else {"tasks": [notebook("a")]}
    first = desk.post(route, **body, idempotency_token="t" * 64)
    desk.now += 200
    assert desk.post(route, **body, idempotency_token="t" * 64) == first
    assert desk.post(route, **body, idempotency_token="other") != first
    assert desk.post(route, **body) != desk.post(route, **body)


def test_a_token_of_submit_is_none_of_run_now() -> None:
    desk = JobDesk()
    submitted = desk.submit(notebook("a"), idempotency_token="t")
    assert desk.run_now("success", idempotency_token="t") != submitted


def test_a_token_that_is_too_long_starts_nothing() -> None:
    desk = JobDesk()
    asked = {"tasks": [notebook("a")], "idempotency_token": "t" * 65}
    assert desk.no("/runs/submit", **asked)[:2] == INVALID
    assert "runs" not in desk.ask(f"{API}/runs/list")


def test_the_token_of_a_run_that_was_deleted_is_an_error() -> None:
    desk = JobDesk()
    asked = {"tasks": [notebook("a")], "idempotency_token": "t"}
    run_id = desk.post("/runs/submit", **asked)["run_id"]
    assert "is active" in desk.no("/runs/delete", run_id=run_id)[2]
    desk.now += 60
    desk.post("/runs/delete", run_id=run_id)
    assert "was deleted" in desk.no("/runs/submit", **asked)[2]
    assert desk.refused(f"{API}/runs/get", run_id=run_id)[:2] == INVALID


@pytest.mark.parametrize("route", ["/runs/submit", "/run-now"])
def test_a_lost_answer_to_a_start_is_found_again_by_its_token(route: str) -> None:
    desk = JobDesk()
    of_job = {"job_id": desk.workspace.job_id("success")}
    body = of_job if route == "/run-now" else {"tasks": [notebook("a")]}
    lost = Fault(method="POST", path_pattern=f"{route}$", after_effect=True, drop=True)
    desk.workspace.faults.append(lost)
    with pytest.raises(Dropped):
        desk.post(route, **body, idempotency_token="t")
    desk.post(route, **body, idempotency_token="t")
    assert len(desk.ask(f"{API}/runs/list")["runs"]) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_fault_in_place_of_a_start_starts_nothing(status: int) -> None:
    desk = JobDesk()
    fault = Fault(method="POST", path_pattern="/jobs/", status=status)
    desk.workspace.faults.append(fault)
    path, job_id = f"{API}/run-now", desk.workspace.job_id("success")
    assert desk.send("POST", path, {"job_id": job_id}).status == status
    assert "runs" not in desk.ask(f"{API}/runs/list")


def test_a_run_has_the_ids_and_the_address_that_are_documented() -> None:
    desk = JobDesk()
    job_id = desk.workspace.job_id("success")
    answer = desk.post("/run-now", job_id=job_id)
    run_id = answer["run_id"]
    assert answer == {"run_id": run_id, "number_in_job": run_id}
    run = desk.run(run_id)
    assert run["number_in_job"] == run["original_attempt_run_id"] == run_id
    page = rf"https?://[^/]+/\?o={ORG_ID}#job/{job_id}/run/"
    assert re.fullmatch(f"{page}{run_id}", run["run_page_url"])
    task = run["tasks"][0]
    assert re.fullmatch(f"{page}{task['run_id']}", task["run_page_url"])
    alone = desk.run(task["run_id"])
    assert (alone["job_run_id"], alone["run_id"]) == (run_id, task["run_id"])
    assert alone["state"] == task["state"]
    assert "tasks" not in alone


def test_a_one_time_run_is_a_run_of_no_job_that_can_be_found() -> None:
    desk = JobDesk()
    run_id = desk.submit(notebook("a"), run_name="gha 1234")
    run = desk.run(run_id)
    assert (run["run_type"], run["run_name"]) == ("SUBMIT_RUN", "gha 1234")
    assert desk.refused(f"{API}/get", job_id=run["job_id"])[:2] == INVALID


def test_a_one_time_run_may_be_in_the_format_of_a_single_task() -> None:
    desk = JobDesk()
    asked = {"pipeline_id": desk.workspace.pipeline_id("success")}
    body = {"run_name": "from airflow", "pipeline_task": asked, "timeout_seconds": 600}
    run_id = desk.post("/runs/submit", **body)["run_id"]
    desk.now += 100
    run = desk.run(run_id)
    assert (run["format"], run["state"]["result_state"]) == ("SINGLE_TASK", "SUCCESS")
    assert [t["task_key"] for t in run["tasks"]] == ["from_airflow"]
    assert desk.output(run_id)["metadata"]["job_run_id"] == run_id
    assert desk.updates("success")[0]["cause"] == "JOB_TASK"


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2"])
def test_the_older_versions_have_the_same_routes(version: str) -> None:
    desk = JobDesk()
    body = {"job_id": desk.workspace.job_id("success")}
    path = f"/api/{version}/jobs"
    assert desk.send("POST", f"{path}/run-now", body).status == 200
    run_id = desk.ask(f"{path}/runs/list")["runs"][0]["run_id"]
    assert desk.ask(f"{path}/runs/get", run_id=run_id)["run_id"] == run_id


def test_what_is_created_with_version_2_2_is_queued_and_nothing_older() -> None:
    desk = JobDesk()
    told = []
    for version in ("2.1", "2.2"):
        body = {"name": version, "tasks": [notebook("a")]}
        desk.send("POST", f"/api/{version}/jobs/create", body)
        desk.run_now(version)
        told.append(desk.life(desk.run_now(version)))
    assert told == ["SKIPPED", "QUEUED"]


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("/runs/get", {"run_id": 123}, "Run 123 does not exist."),
        ("/runs/get-output", {"run_id": 123}, "Run 123 does not exist."),
        ("/get", {"job_id": 123}, "Job 123 does not exist."),
        ("/runs/list", {"job_id": 123}, "Job 123 does not exist."),
        ("/runs/get", {}, "Missing required field: run_id"),
        ("/get", {}, "Missing required field: job_id"),
        ("/get", {"job_id": "x"}, "job_id must be a number, but was x."),
        ("/list", {"limit": 101}, "limit must be between 1 and 100, but was 101."),
        ("/runs/list", {"limit": 26}, "limit must be between 1 and 25, but was 26."),
        ("/runs/list", {"run_type": "X"}, "Invalid run_type: X"),
        (
            "/runs/list",
            {"active_only": 1},
            "active_only must be true or false, but was",
        ),
        (
            "/runs/list",
            {"active_only": "true", "completed_only": "true"},
            "active_only and completed_only cannot both be true.",
        ),
        ("/runs/list", {"page_token": "x"}, "Invalid page token: x"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_400(
    path: str, query: dict[str, object], says: str
) -> None:
    status, code, told = JobDesk().refused(API + path, **query)
    assert (status, code) == INVALID
    assert told.startswith(says)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/run-now", {}, "Missing required field: job_id"),
        ("/run-now", {"job_id": 123}, "Job 123 does not exist."),
        ("/run-now", {"job_id": True}, "bad value of 'job_id'"),
        ("/run-now", {"job_id": 1, "validate_only": True}, "field 'validate_only'"),
        ("/runs/cancel", {"run_id": "123"}, "Run 123 does not exist."),
        ("/runs/cancel", {}, "Missing required field: run_id"),
        ("/runs/cancel-all", {}, "Missing required field: job_id"),
        ("/runs/repair", {"run_id": 123}, "Run 123 does not exist."),
        ("/delete", {"job_id": 123}, "Job 123 does not exist."),
        ("/runs/submit", {}, "Missing required field: tasks"),
        ("/runs/submit", {"tasks": []}, "Missing required field: tasks"),
        ("/runs/submit", {"name": "x", "tasks": [notebook("a")]}, "field 'name'"),
        ("/create", {"queue": {}, "tasks": []}, "queue.enabled"),
        ("/create", {"max_concurrent_runs": 1001}, "max_concurrent_runs"),
        ("/create", {"timeout_seconds": -1}, "timeout_seconds must not be negative"),
        ("/create", {"name": "é" * 2049}, "name must have at most 4096 bytes"),
    ],
)
def test_a_request_that_cannot_be_met_is_a_400(
    path: str, body: dict[str, object], says: str
) -> None:
    status, code, told = JobDesk().no(path, **body)
    assert (status, code) == INVALID
    assert says in told


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (
            {"notebook_task": {"notebook_path": "/x"}},
            "Missing required field: task_key",
        ),
        ({"task_key": "a b", "sql_task": {}}, "Invalid task key: 'a b'"),
        ({"task_key": "a" * 101, "sql_task": {}}, "Invalid task key"),
        ({"task_key": "a"}, "exactly one task type"),
        ({"task_key": "a", "sql_task": {}, "dbt_task": {}}, "exactly one task type"),
        ({"task_key": "a", "notebook_task": {}}, "field: notebook_path"),
        ({"task_key": "a", "pipeline_task": {}}, "field: pipeline_id"),
        (pipeline_task(validate_only=True), "unknown field 'validate_only'"),
        (pipeline_task(full_refresh="maybe"), "bad value of 'full_refresh'"),
        (pipeline_task(refresh_selection="a"), "bad value of 'refresh_selection'"),
        (pipeline_task(parameters={"a": 1}), "bad value of 'parameters'"),
        (pipeline_task(parameters={"a": "x" * 10_000}), "10000 characters in total"),
        (notebook("a", run_if="NEVER"), "Invalid run_if"),
        (notebook("a", max_retries=-2), "Invalid max_retries"),
        (notebook("a", max_retries="few"), "bad value of 'max_retries'"),
        (notebook("a", description="x", run_if=1), "bad value of 'run_if'"),
        (notebook("a", depends_on="b"), "bad value of 'depends_on'"),
        (notebook("a", depends_on=["b"]), "bad value of 'depends_on'"),
        (
            notebook("a", depends_on=[{"task_key": "a", "outcome": "maybe"}]),
            "Invalid outcome of a dependency: maybe",
        ),
        (pipeline_task(refresh_selection=[1]), "bad value of 'refresh_selection'"),
        ({"task_key": "a", "notebook_task": "/x"}, "bad value of 'notebook_task'"),
        (
            {
                "task_key": "a",
                "condition_task": {"left": "1", "right": "2", "op": "LIKE"},
            },
            "Invalid op of a condition: LIKE",
        ),
        (notebook("a", disable=True), "unknown field 'disable'"),
        (notebook("a", "/x", "b"), "depends on unknown task b"),
        (notebook("a", "/x", "a"), "circle"),
        ({"task_key": "a", "condition_task": {"left": "1", "right": "2"}}, "field: op"),
    ],
)
def test_a_task_that_is_not_one_is_refused_by_create_and_by_submit(
    task: Answer, says: str
) -> None:
    desk = JobDesk()
    for path in ("/create", "/runs/submit"):
        status, code, told = desk.no(path, tasks=[task])
        assert (status, code) == INVALID
        assert says in told


def test_two_tasks_cannot_have_the_same_key_and_there_are_at_most_a_thousand() -> None:
    desk = JobDesk()
    assert "Duplicate" in desk.no("/create", tasks=[notebook("a"), notebook("a")])[2]
    many = [notebook(f"t{n}") for n in range(1_001)]
    assert "at most 1000 tasks" in desk.no("/create", tasks=many)[2]


@pytest.mark.parametrize(
    ("permission", "asked"),
    [
        ("View", lambda desk, job, _: desk.refused(f"{API}/get", job_id=job)),
        ("View", lambda desk, _, run: desk.refused(f"{API}/runs/get", run_id=run)),
        ("Manage Run", lambda desk, job, _: desk.no("/run-now", job_id=job)),
        ("Manage Run", lambda desk, _, run: desk.no("/runs/cancel", run_id=run)),
        ("Manage", lambda desk, job, _: desk.no("/delete", job_id=job)),
    ],
)
def test_who_may_not_is_told_which_permission_is_missing(
    permission: str, asked: object
) -> None:
    desk = JobDesk()
    job_id, run_id = desk.workspace.job_id("success"), desk.run_now("success")
    desk.workspace.forbid_job("success", permission)
    assert callable(asked)
    status, code, says = asked(desk, job_id, run_id)
    assert (status, code) == (403, "PERMISSION_DENIED")
    expected = r'User "[^"]+" does not have (View or |Manage or )?Manage Run or Owner'
    assert re.match(rf"{expected} or Admin permissions on job {job_id}$", says)


def test_a_job_is_found_by_its_exact_name_in_whatever_case() -> None:
    desk = JobDesk(scenarios=("success", "burst"))
    for name, count in (("SUCCESS", 1), ("twins", 2), ("succes", 0), ("%", 0)):
        jobs = desk.ask(f"{API}/list", name=name).get("jobs", [])
        assert len(jobs) == count
        assert all("tasks" not in job["settings"] for job in jobs)


def test_jobs_come_in_pages_newest_first() -> None:
    desk = JobDesk()
    made = []
    for n in range(5):
        desk.now += 1
        body = {"name": f"job {n}", "tasks": [notebook("a")]}
        made.append(desk.post("/create", **body)["job_id"])
    first = desk.ask(f"{API}/list", limit=3, expand_tasks="true")
    assert first["has_more"] is True
    assert len(first["jobs"][0]["settings"]["tasks"]) == 1
    second = desk.ask(f"{API}/list", limit=100, page_token=first["next_page_token"])
    ids = [job["job_id"] for job in first["jobs"] + second["jobs"]]
    assert ids[:5] == made[::-1]
    assert second["has_more"] is False
    assert desk.ask(f"{API}/list", offset=4)["jobs"][0]["job_id"] == made[0]


def test_runs_come_in_pages_newest_first_and_as_asked_for() -> None:
    desk = JobDesk()
    ours = [desk.run_now("success"), desk.submit(notebook("a"))]
    desk.now += 200
    ours.append(desk.run_now("success"))
    job_id = desk.workspace.job_id("success")

    def listed(**query: object) -> list[int]:
        runs = desk.ask(f"{API}/runs/list", **query).get("runs", [])
        return [ours.index(run["run_id"]) for run in runs]

    assert listed() == [2, 1, 0]
    assert listed(active_only="true") == [2]
    assert listed(completed_only="true") == [1, 0]
    assert listed(run_type="SUBMIT_RUN") == [1]
    assert listed(job_id=job_id) == [2, 0]
    assert listed(start_time_from=int((START + 100) * 1000)) == [2]
    assert listed(start_time_to=int((START + 100) * 1000)) == [1, 0]
    assert listed(limit=0) == [2, 1, 0]
    page = desk.ask(f"{API}/runs/list", limit=2)
    assert "tasks" not in page["runs"][0]
    assert listed(page_token=page["next_page_token"]) == [0]
    expanded = desk.ask(f"{API}/runs/list", expand_tasks="true")["runs"]
    assert [len(run["tasks"]) for run in expanded] == [1, 1, 1]


def test_a_job_keeps_what_it_was_created_with() -> None:
    desk = JobDesk()
    task = notebook("a", max_retries=2, description="the only one")
    settings = {"name": "kept", "tags": {"team": "x"}, "tasks": [task]}
    job_id = desk.post("/create", **settings)["job_id"]
    found = desk.ask(f"{API}/get", job_id=job_id)["settings"]
    assert found["name"] == "kept"
    assert found["tags"] == {"team": "x"}
    assert found["tasks"] == [{"run_if": "ALL_SUCCESS", "timeout_seconds": 0, **task}]
    desk.post("/update", job_id=job_id, new_settings={"name": "new"})
    assert desk.ask(f"{API}/get", job_id=job_id)["settings"]["tags"] == {"team": "x"}
    desk.post("/update", job_id=job_id, fields_to_remove=["tags"])
    assert "tags" not in desk.ask(f"{API}/get", job_id=job_id)["settings"]
    desk.post("/reset", job_id=job_id, new_settings={"tasks": [notebook("b")]})
    found = desk.ask(f"{API}/get", job_id=job_id)["settings"]
    assert (found["name"], found["tasks"][0]["task_key"]) == ("Untitled", "b")
    desk.post("/delete", job_id=job_id)
    assert desk.refused(f"{API}/get", job_id=job_id)[:2] == INVALID


def test_what_a_run_is_asked_for_goes_before_what_its_tasks_say() -> None:
    desk = JobDesk()
    asked = {
        "pipeline_id": desk.workspace.pipeline_id("success"),
        "refresh_selection": ["customers"],
        "parameters": {"day": "{{job.parameters.day}}", "run": "{{job.run_id}}"},
    }
    body = {
        "name": "asked",
        "parameters": [{"name": "day", "default": "sunday"}],
        "tasks": [{"task_key": "dlt", "pipeline_task": asked}],
    }
    desk.post("/create", **body)
    run_id = desk.run_now(
        "asked",
        pipeline_params={"full_refresh": True, "refresh_selection": ["orders"]},
        job_parameters={"day": "monday"},
    )
    desk.now += 10
    update = desk.updates("success")[0]
    assert (update["full_refresh"], update["refresh_selection"]) == (True, ["orders"])
    assert update["parameters"] == {"day": "monday", "run": str(run_id)}
    run = desk.run(run_id, include_resolved_values="true")
    resolved = run["tasks"][0]["resolved_values"]["pipeline_task"]
    assert resolved["parameters"] == update["parameters"]
    assert run["overriding_parameters"]["pipeline_params"]["full_refresh"] is True


def test_flows_can_be_chosen_by_name() -> None:
    desk = JobDesk()
    desk.run_now("success", pipeline_params={"refresh_flow_selection": ["customers"]})
    desk.now += 100
    events = desk.events("success", filter="level = 'INFO'")
    excluded = [e for e in events if "EXCLUDED" in e["message"]]
    assert len(excluded) == 7
