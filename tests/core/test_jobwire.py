"""Reading what the Jobs API answers: tolerant, and never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.model import JobId, JsonObject, RunId
from tests.core.events import at

BIG = 2**60 + 1  # a float would lose the last digit


@pytest.mark.parametrize("told", [BIG, str(BIG)])
def test_an_id_is_a_number_or_its_digits_and_loses_none(told: int | str) -> None:
    assert jobwire.run_id({"run_id": told}) == str(BIG)
    assert jobwire.job_id({"job_id": told}) == str(BIG)


@pytest.mark.parametrize("told", [0, -1, "x", None, True, 2**63, 1.5, "", [], {}])
def test_anything_else_is_none(told: object) -> None:
    assert jobwire.run_id({"run_id": told}) is None  # type: ignore[dict-item] # any


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        *(("1", True), (str(2**63 - 1), True), (str(2**63), False)),
        *(("0", False), ("-1", False), ("٣", False), ("", False), ("1/../2", False)),
    ],
)
def test_what_may_be_an_id_is_a_positive_int64(text: str, *, usable: bool) -> None:
    assert jobwire.is_number(text) is usable


@pytest.mark.parametrize(
    ("key", "usable"),
    [
        ("load_2-b", True),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("x" * 101, False),
    ],
)
def test_what_may_be_a_key_is_what_the_documentation_allows(
    key: str, *, usable: bool
) -> None:
    assert jobwire.is_key(key) is usable


def test_a_job_is_read_with_its_pipeline_tasks_and_the_others() -> None:
    body: JsonObject = {
        "job_id": 5,
        "settings": {
            "name": "nightly",
            "tasks": [
                {"task_key": "load", "pipeline_task": {"pipeline_id": "p1"}},
                {"task_key": "mail", "notebook_task": {"notebook_path": "/x"}},
                {"task_key": "odd", "pipeline_task": {"pipeline_id": "{{x}}"}},
            ],
        },
    }
    job = jobwire.job(body)
    assert job is not None
    assert (job.job_id, job.name) == ("5", "nightly")
    found = [(task.key, task.pipeline_id) for task in job.tasks]
    assert found == [("load", "p1"), ("mail", None), ("odd", None)]
    assert jobwire.job({}) is None


def test_a_list_of_jobs_leaves_out_what_is_none() -> None:
    body: JsonObject = {"jobs": [{"job_id": 5, "settings": {"name": "a"}}, {}, 7]}
    assert [job.name for job in jobwire.jobs(body)] == ["a"]


def test_of_several_tries_the_last_counts_in_the_jobs_order() -> None:
    body: JsonObject = {
        "run_id": 77,
        "tasks": [
            {"task_key": "a", "run_id": 1, "attempt_number": 1},
            {"task_key": "b", "run_id": 2},
            {"task_key": "a", "run_id": 3, "attempt_number": 0},
            {"task_key": "b", "run_id": 4, "attempt_number": -3},
        ],
    }
    run = jobwire.run(body)
    assert run is not None
    assert [(one.key, one.run_id) for one in run.tasks] == [("a", "1"), ("b", "4")]
    assert jobwire.run({"tasks": []}) is None


def test_a_time_of_zero_is_none() -> None:
    body: JsonObject = {
        "run_id": 77,
        "tasks": [{"task_key": "a", "start_time": 0, "end_time": 0}],
    }
    run = jobwire.run(body)
    assert run is not None
    assert run.tasks[0].start is None
    assert run.tasks[0].seconds is None
    assert not run.tasks[0].began


def test_a_task_lasts_from_its_start_to_its_end_and_never_less_than_nothing() -> None:
    def lasting(start: float, end: float) -> float | None:
        times = [round(at(x).timestamp() * 1000) for x in (start, end)]
        task: JsonObject = {"start_time": times[0], "end_time": times[1]}
        run = jobwire.run({"run_id": 77, "tasks": [task]})
        assert run is not None
        return run.tasks[0].seconds

    assert lasting(2, 60) == 58
    assert lasting(60, 2) == 0


def test_a_kind_is_that_of_its_object() -> None:
    task: JsonObject = {
        "task_key": "a",
        "for_each_task": {"inputs": "[1]"},
        "notebook_task": {},
    }
    run = jobwire.run({"run_id": 77, "tasks": [task, {"task_key": "b"}]})
    assert run is not None
    assert [one.kind for one in run.tasks] == ["for_each", ""]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["1", "RUNNING", "p1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("run_id", "job_id", "tasks", "state", "status", "settings"),
                    *("task_key", "start_time", "pipeline_task", "attempt_number"),
                    *("life_cycle_state", "jobs", "pipeline_id", "name"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["run_id", "job_id", "tasks", "state"]), JSON))
def test_no_answer_is_a_crash(body: JsonObject) -> None:
    run = jobwire.run(body, (body,))
    if run is not None:
        assert jobwire.is_number(run.run_id)
        assert all(task.attempt >= 0 for task in run.tasks)
    jobwire.job(body)
    jobwire.jobs(body)
    jobwire.output_error(body)


def test_a_next_page_is_asked_for_by_its_token_and_the_rest_again() -> None:
    run = jobcalls.get_run(RunId("77"), "next")
    assert run.query == (("run_id", "77"), ("page_token", "next"))
    jobs = jobcalls.list_jobs("nightly", "next")
    assert jobs.query == (
        ("limit", "100"),
        ("name", "nightly"),
        ("page_token", "next"),
    )
    assert jobcalls.list_jobs().query == (("limit", "100"),)
    assert jobcalls.get_job(JobId("5")).query == (("job_id", "5"),)
