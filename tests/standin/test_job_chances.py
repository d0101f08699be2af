"""Whatever a job is made of and whenever somebody meddles: what holds of its run."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_action.standin.jobs.spec import RUN_IFS
from tests.standin.desk import Answer
from tests.standin.jobdesk import JobDesk, notebook
from tests.standin.test_job_runs import agrees

PATHS = ("/Shared/good", "/Shared/fails", "/Shared/fails-once")
PIPELINES = ("success", "retry-succeeds", "code-error", "canceled")


@st.composite
def tasks(draw: st.DrawFn) -> list[Answer]:
    """Up to five tasks, each of which may depend on those before it."""
    made: list[Answer] = []
    for n in range(draw(st.integers(1, 5))):
        keys = [task["task_key"] for task in made]
        needs = draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
        more: dict[str, Any] = {
            "run_if": draw(st.sampled_from(RUN_IFS)),
            "max_retries": draw(st.integers(0, 2)),
            "timeout_seconds": draw(st.sampled_from([0, 0, 10, 60])),
            "retry_on_timeout": draw(st.booleans()),
            "disabled": draw(st.sampled_from([False, False, False, True])),
        }
        task = notebook(f"t{n}", draw(st.sampled_from(PATHS)), *needs, **more)
        if draw(st.booleans()):
            del task["notebook_task"]
            task["pipeline_task"] = {"pipeline_id": draw(st.sampled_from(PIPELINES))}
        made.append(task)
    return made


def submitted(desk: JobDesk, made: list[Answer], timeout: int) -> int:
    """A run of these tasks, whose pipelines are told by name."""
    asked = [
        {**task, "pipeline_task": {"pipeline_id": desk.workspace.pipeline_id(name)}}
        if (name := task.get("pipeline_task", {}).get("pipeline_id"))
        else task
        for task in made
    ]
    return desk.submit(*asked, timeout_seconds=timeout)


@settings(max_examples=35, deadline=None)
@given(
    tasks(),
    st.one_of(st.none(), st.floats(0, 400)),
    st.sampled_from([0, 0, 100]),
    st.floats(5, 500),
)
def test_a_run_comes_to_an_end_and_leaves_nothing_behind(
    made: list[Answer], canceled: float | None, timeout: int, step: float
) -> None:
    desk = JobDesk(scenarios=PIPELINES)
    run_id = submitted(desk, made, timeout)
    begin = desk.now
    if canceled is not None:
        desk.now += canceled
        desk.post("/runs/cancel", run_id=run_id)
    run = desk.run(run_id)
    while desk.now < begin + 4_000:
        desk.now += step
        run = desk.run(run_id)
        assert all(map(agrees, (run, *run["tasks"])))
    assert run["state"]["life_cycle_state"] in (
        "TERMINATED",
        "INTERNAL_ERROR",
        "SKIPPED",
    )
    assert run["end_time"] >= max(task["end_time"] for task in run["tasks"])
    for task in made:
        attempts = [t for t in run["tasks"] if t["task_key"] == task["task_key"]]
        numbers = [t["attempt_number"] for t in attempts]
        assert numbers == list(range(len(attempts)))
        assert len(attempts) <= task["max_retries"] + 1
        assert all(a["end_time"] <= b["start_time"] for a, b in started(attempts))
    for name in PIPELINES:
        assert desk.pipeline(name)["state"] in ("IDLE", "FAILED")


def started(attempts: list[Answer]) -> list[tuple[Answer, Answer]]:
    """Each attempt that was started, with the one before it."""
    return [(a, b) for a, b in pairwise(attempts) if b["start_time"] > 0]


@settings(max_examples=15, deadline=None)
@given(tasks(), st.floats(3, 120))
def test_how_often_somebody_looks_changes_nothing_of_any_run(
    made: list[Answer], step: float
) -> None:
    watched, alone = JobDesk(scenarios=PIPELINES), JobDesk(scenarios=PIPELINES)
    run_id = submitted(watched, made, 0)
    assert submitted(alone, made, 0) == run_id
    until = watched.now + 1_000
    while watched.now + step < until:
        watched.now += step
        watched.updates("success")
        watched.run(run_id)
    watched.now = alone.now = until
    assert watched.run(run_id) == alone.run(run_id)
    for name in PIPELINES:
        assert watched.updates(name) == alone.updates(name)


@pytest.mark.parametrize("retries", [0, 2])
def test_each_attempt_of_a_pipeline_task_has_an_update_of_its_own(retries: int) -> None:
    desk = JobDesk(scenarios=PIPELINES)
    task = {"task_key": "dlt", "pipeline_task": {"pipeline_id": "code-error"}}
    submitted(desk, [{**task, "max_retries": retries}], 0)
    desk.now += 500
    updates = desk.updates("code-error")
    assert [update["cause"] for update in updates] == ["JOB_TASK"] * (retries + 1)
