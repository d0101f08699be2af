"""The pipeline as a task of a Databricks Job: a bundle, and a body for the Jobs API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import OperationFailed
from databricks.sdk.service.jobs import (
    CreateResponse,
    JobSettings,
    Run,
    RunResultState,
)
from databricks.sdk.service.pipelines import PipelineSpec

from dlt_action.standin import serve
from tests.standin.desk import Desk

FOLDER = Path(__file__).resolve().parents[2] / "examples/databricks-job"
BODY: dict[str, Any] = json.loads((FOLDER / "job.json").read_text("utf-8"))
REFERENCE = "${resources.pipelines.orders.id}"
A_DAY = timedelta(days=1)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def sdk(desk: Desk) -> Iterator[WorkspaceClient]:
    with serve(desk.workspace) as served:
        config = Config(host=served.url, token="dapi-standin", auth_type="pat")
        yield WorkspaceClient(config=config)


def resource(kind: str) -> dict[str, Any]:
    """The one resource of the bundle of that *kind*."""
    found: dict[str, Any] = {}
    for path in (FOLDER / "resources").glob("*.yml"):
        loaded = yaml.safe_load(path.read_text("utf-8"))
        found |= loaded["resources"].get(kind, {})
    (one,) = found.values()
    assert isinstance(one, dict)
    return one


def run(desk: Desk, sdk: WorkspaceClient, scenario: str) -> Run:
    """Create the job as the body says, for a pipeline here; run it, and wait for it."""
    body = json.loads(json.dumps(BODY))
    task = body["tasks"][0]["pipeline_task"]
    task["pipeline_id"] = desk.workspace.pipeline_id(scenario)
    answer = sdk.api_client.do("POST", "/api/2.2/jobs/create", body=body)
    assert isinstance(answer, dict)
    job_id = CreateResponse.from_dict(answer).job_id
    assert job_id is not None
    waiter = sdk.jobs.run_now(job_id)
    desk.now += 3600  # so that the waiter sees the end at its first look
    return waiter.result(timeout=A_DAY)


def test_the_body_is_a_job_in_each_of_its_fields() -> None:
    assert JobSettings.from_dict(BODY).as_dict() == BODY


def test_the_bundle_has_the_same_job_and_its_pipeline() -> None:
    job, pipeline = resource("jobs"), resource("pipelines")
    assert JobSettings.from_dict(job).as_dict() == job
    assert PipelineSpec.from_dict(pipeline).as_dict() == pipeline
    refers = json.dumps(job).replace(
        json.dumps(REFERENCE),
        json.dumps(BODY["tasks"][0]["pipeline_task"]["pipeline_id"]),
    )
    assert json.loads(refers) == BODY
    assert pipeline["continuous"] is False


def test_what_the_bundle_refers_to_is_there() -> None:
    bundle = yaml.safe_load((FOLDER / "databricks.yml").read_text("utf-8"))
    assert bundle["include"] == ["resources/*.yml"]
    texts = [path.read_text("utf-8") for path in (FOLDER / "resources").glob("*.yml")]
    for name in re.findall(r"\$\{var\.(\w+)\}", "".join(texts)):
        assert name in bundle["variables"]
    for library in resource("pipelines")["libraries"]:
        assert (FOLDER / "resources" / library["file"]["path"]).is_file()


def test_the_job_runs_and_the_official_waiter_sees_its_success(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    ended = run(desk, sdk, "success")
    assert ended.state is not None
    assert ended.state.result_state is RunResultState.SUCCESS
    assert (
        desk.ask(desk.path("success", "/updates"))["updates"][0]["cause"] == "JOB_TASK"
    )


def test_its_failure_refers_to_a_log_and_does_not_say_why(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    with pytest.raises(OperationFailed):
        run(desk, sdk, "code-error")
    listed = next(iter(sdk.jobs.list_runs(expand_tasks=True)))
    assert listed.tasks is not None
    assert listed.tasks[0].run_id is not None
    output = sdk.jobs.get_run_output(listed.tasks[0].run_id)
    assert output.error is not None
    assert "refer to the logs" in output.error
    assert "NameError" not in output.error
