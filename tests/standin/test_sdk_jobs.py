"""
The judge of jobs: Databricks' own client against the stand-in, over a real socket.

Its waiters sleep between two looks, from one second on. In this workspace some time
passes with every request, so that they see at their first look what they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import (
    InternalError,
    InvalidParameterValue,
    OperationFailed,
    PermissionDenied,
    ResourceDoesNotExist,
)
from databricks.sdk.service import jobs as api
from databricks.sdk.service.jobs import (
    PipelineTask,
    RunIf,
    RunLifeCycleState,
    RunLifecycleStateV2State,
    RunResultState,
    RunType,
    SubmitTask,
    Task,
    TerminationCodeCode,
    TerminationTypeType,
)

from dlt_action.standin import (
    JOBS,
    SCENARIOS,
    Fault,
    Request,
    Response,
    Workspace,
    serve,
)
from tests.standin.desk import START

A_WHILE = 300.0  # longer than any run of a job here


class Hasty(Workspace):
    """A workspace in which time passes with every request."""

    def __init__(self, *jobs: str) -> None:
        self.now = START
        self.stride = A_WHILE
        self.noted: list[str] = []
        super().__init__(clock=self.clock, jobs=jobs, log=self.noted.append)

    def clock(self) -> float:
        return self.now

    def handle(self, request: Request) -> Response:
        try:
            return super().handle(request)
        finally:
            self.now += self.stride


@pytest.fixture
def hasty() -> Hasty:
    return Hasty(*JOBS)


@pytest.fixture
def sdk(hasty: Hasty) -> Iterator[WorkspaceClient]:
    with serve(hasty) as served:
        config = Config(
            host=served.url,
            token="dapi-standin",
            auth_type="pat",
            retry_timeout_seconds=2,
        )
        hasty.now = START
        yield WorkspaceClient(config=config)


def of_pipeline(hasty: Hasty, name: str) -> SubmitTask:
    asked = PipelineTask(pipeline_id=hasty.pipeline_id(name), full_refresh=False)
    return SubmitTask(task_key="dlt", pipeline_task=asked)


def test_it_submits_and_waits(hasty: Hasty, sdk: WorkspaceClient) -> None:
    run = sdk.jobs.submit_and_wait(
        run_name="gha 1234",
        idempotency_token="t" * 64,
        tasks=[of_pipeline(hasty, "success")],
        timeout_seconds=7200,
        queue=api.QueueSettings(enabled=True),
    )
    assert run.state is not None
    assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert run.state.result_state is RunResultState.SUCCESS
    assert run.status is not None
    assert run.status.state is RunLifecycleStateV2State.TERMINATED
    assert run.status.termination_details is not None
    assert run.status.termination_details.code is TerminationCodeCode.SUCCESS
    assert run.status.termination_details.type is TerminationTypeType.SUCCESS
    assert run.run_type is RunType.SUBMIT_RUN
    assert run.tasks is not None
    task = run.tasks[0]
    assert task.run_if is RunIf.ALL_SUCCESS
    assert task.pipeline_task is not None
    assert task.pipeline_task.pipeline_id == hasty.pipeline_id("success")
    assert run.start_time is not None
    assert task.start_time is not None
    assert task.end_time is not None
    assert run.end_time is not None
    assert run.start_time < task.start_time < task.end_time < run.end_time


def test_it_runs_now_and_waits(hasty: Hasty, sdk: WorkspaceClient) -> None:
    job_id = hasty.job_id("two-pipelines")
    run = sdk.jobs.run_now_and_wait(
        job_id,
        idempotency_token="t",
        pipeline_params=api.PipelineParams(full_refresh=True),
    )
    assert run.job_id == job_id
    assert run.number_in_job == run.run_id
    assert run.state is not None
    assert run.state.result_state is RunResultState.SUCCESS
    assert run.overriding_parameters is not None
    assert run.overriding_parameters.pipeline_params is not None
    assert run.overriding_parameters.pipeline_params.full_refresh is True
    tasks = {task.task_key: task for task in run.tasks or []}
    assert tasks.keys() == {"bronze", "gold", "check"}
    assert tasks["gold"].depends_on == [api.TaskDependency(task_key="check")]


def test_its_waiter_raises_what_a_failed_run_says(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    says = "got RunLifeCycleState.INTERNAL_ERROR: Task dlt failed with message: "
    with pytest.raises(OperationFailed, match=f"{says}Workload failed"):
        sdk.jobs.submit_and_wait(tasks=[of_pipeline(hasty, "code-error")])


def test_the_output_of_a_failed_task_points_to_the_pipeline(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    run_id = sdk.jobs.submit(tasks=[of_pipeline(hasty, "code-error")]).run_id
    assert run_id is not None
    with pytest.raises(InvalidParameterValue, match="multiple tasks is not supported"):
        sdk.jobs.get_run_output(run_id)
    tasks = sdk.jobs.get_run(run_id).tasks
    assert tasks is not None
    assert tasks[0].run_id is not None
    output = sdk.jobs.get_run_output(tasks[0].run_id)
    says = "Please refer to the logs for this pipeline in the pipelines page."
    assert output.error == says
    assert output.error_trace is None
    assert output.metadata is not None
    assert output.metadata.job_run_id == run_id
    assert output.metadata.state is not None
    assert output.metadata.state.result_state is RunResultState.FAILED


def test_it_cancels_and_waits(hasty: Hasty, sdk: WorkspaceClient) -> None:
    hasty.stride = 30.0
    run_id = sdk.jobs.submit(tasks=[of_pipeline(hasty, "success")]).run_id
    assert run_id is not None
    run = sdk.jobs.cancel_run_and_wait(run_id)
    assert run.state is not None
    assert run.state.result_state is RunResultState.CANCELED
    assert run.state.user_cancelled_or_timedout is True
    assert run.status is not None
    assert run.status.termination_details is not None
    assert run.status.termination_details.code is TerminationCodeCode.USER_CANCELED
    updates = sdk.pipelines.list_updates(hasty.pipeline_id("success")).updates
    assert updates is not None
    assert updates[0].state is not None
    assert updates[0].state.value == "CANCELED"
    assert updates[0].cause is not None
    assert updates[0].cause.value == "JOB_TASK"


def test_it_reads_a_run_that_timed_out(hasty: Hasty, sdk: WorkspaceClient) -> None:
    task = of_pipeline(hasty, "success")
    run = sdk.jobs.submit_and_wait(tasks=[task], timeout_seconds=20)
    assert run.state is not None
    assert run.state.result_state is RunResultState.TIMEDOUT


def test_its_waiter_gives_up_after_its_own_timeout(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    waiter = sdk.jobs.submit(tasks=[of_pipeline(hasty, "queued-for-ever")])
    with pytest.raises(TimeoutError):
        waiter.result(timeout=timedelta())


@pytest.mark.parametrize("name", JOBS)
def test_it_can_name_every_state_of_every_job(
    hasty: Hasty, sdk: WorkspaceClient, name: str
) -> None:
    hasty.stride = 20.0
    run_id = sdk.jobs.run_now(hasty.job_id(name)).run_id
    assert run_id is not None
    seen: list[RunResultState | None] = []
    for _ in range(12):
        run = sdk.jobs.get_run(run_id, include_history=True)
        for shown in (run, *(run.tasks or []), *(run.repair_history or [])):
            assert shown.state is not None
            assert shown.state.life_cycle_state is not None
            assert shown.status is not None
            assert shown.status.state is not None
            if shown.state.result_state is not None:
                assert shown.status.termination_details is not None
                assert shown.status.termination_details.code is not None
        assert run.state is not None
        seen.append(run.state.result_state)
    assert seen[-1] is not None
    assert seen[-1].value == JOBS[name].expect


def test_it_gathers_the_tasks_of_all_pages(hasty: Hasty, sdk: WorkspaceClient) -> None:
    job_id = hasty.job_id("many-tasks")
    run = sdk.jobs.run_now_and_wait(job_id)
    assert len({task.task_key for task in run.tasks or []}) == 151
    settings = sdk.jobs.get(job_id).settings
    assert settings is not None
    assert len(settings.tasks or []) == 151
    expanded = next(sdk.jobs.list_runs(job_id=job_id, expand_tasks=True))
    assert len(expanded.tasks or []) == 151


def test_it_creates_finds_runs_and_deletes_a_job(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    asked = PipelineTask(
        pipeline_id=hasty.pipeline_id("success"),
        refresh_selection=["orders"],
        parameters={"day": "{{job.parameters.day}}"},
    )
    made = sdk.jobs.create(
        name="Nightly shop",
        tasks=[Task(task_key="dlt", pipeline_task=asked, max_retries=1)],
        parameters=[api.JobParameterDefinition(name="day", default="today")],
        max_concurrent_runs=1,
        timeout_seconds=7200,
        tags={"team": "shop"},
    )
    assert made.job_id is not None
    assert [job.job_id for job in sdk.jobs.list(name="nightly SHOP")] == [made.job_id]
    run = sdk.jobs.run_now_and_wait(made.job_id, job_parameters={"day": "monday"})
    assert run.run_id is not None
    assert run.job_parameters == [
        api.JobParameter(name="day", value="monday", default="today")
    ]
    again = sdk.jobs.get_run(run.run_id, include_resolved_values=True).tasks
    assert again is not None
    resolved = again[0].resolved_values
    assert resolved is not None
    assert resolved.pipeline_task is not None
    assert resolved.pipeline_task.parameters == {"day": "monday"}
    sdk.jobs.delete(made.job_id)
    assert list(sdk.jobs.list(name="nightly SHOP")) == []
    with pytest.raises(ResourceDoesNotExist):
        sdk.jobs.get(made.job_id)


def test_it_pages_through_jobs_and_runs(hasty: Hasty, sdk: WorkspaceClient) -> None:
    count = len(SCENARIOS) + 3 + len(JOBS)
    assert len({job.job_id for job in sdk.jobs.list(limit=7)}) == count
    job_id = hasty.job_id("success")
    hasty.stride = 90.0
    ours = [sdk.jobs.run_now(job_id).run_id for _ in range(7)]
    runs = [run.run_id for run in sdk.jobs.list_runs(job_id=job_id, limit=3)]
    assert runs == ours[::-1]
    assert list(sdk.jobs.list_runs(job_id=job_id, active_only=True)) == []
    assert len(list(sdk.jobs.list_runs(run_type=RunType.SUBMIT_RUN))) == 0


def test_it_repairs_and_waits(sdk: WorkspaceClient) -> None:
    path = "/Shared/fails-once"
    task = SubmitTask(task_key="a", notebook_task=api.NotebookTask(notebook_path=path))
    run_id = sdk.jobs.submit(tasks=[task]).run_id
    assert run_id is not None
    run = sdk.jobs.repair_run_and_wait(run_id, rerun_all_failed_tasks=True)
    assert run.state is not None
    assert run.state.result_state is RunResultState.SUCCESS
    assert [task.attempt_number for task in run.tasks or []] == [0, 1]
    history = sdk.jobs.get_run(run_id, include_history=True).repair_history
    assert history is not None
    assert [item.type for item in history] == [
        api.RepairHistoryItemType.ORIGINAL,
        api.RepairHistoryItemType.REPAIR,
    ]


def test_a_start_whose_answer_was_lost_may_be_sent_again(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    lost = Fault(method="POST", path_pattern="/submit$", after_effect=True, status=500)
    hasty.faults.append(lost)
    tasks = [of_pipeline(hasty, "success")]
    with pytest.raises(InternalError):
        sdk.jobs.submit(tasks=tasks, idempotency_token="t")
    run_id = sdk.jobs.submit(tasks=tasks, idempotency_token="t").run_id
    runs = list(sdk.jobs.list_runs(run_type=RunType.SUBMIT_RUN))
    assert [run.run_id for run in runs] == [run_id]


def test_what_is_not_there_or_not_allowed_is_an_error_of_its_own(
    hasty: Hasty, sdk: WorkspaceClient
) -> None:
    with pytest.raises(ResourceDoesNotExist, match="Run 123 does not exist"):
        sdk.jobs.get_run(123)
    with pytest.raises(ResourceDoesNotExist, match="Job 123 does not exist"):
        sdk.jobs.get(123)
    with pytest.raises(InvalidParameterValue, match="Job 123 does not exist"):
        sdk.jobs.run_now(123)
    hasty.forbid_job("success", "Manage Run")
    with pytest.raises(PermissionDenied, match="Manage Run or Owner or Admin"):
        sdk.jobs.run_now(hasty.job_id("success"))
    assert not hasty.noted
