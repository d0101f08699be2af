"""The example DAGs, run by the real Airflow with its real provider."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.databricks.operators.databricks import (
    DatabricksSubmitRunOperator,
)
from airflow.utils import db

from dlt_action.standin import CLIENT_ID, CLIENT_SECRET
from tests.airflow.conftest import DAGS, VARIABLE, Standin

BY_OPERATOR = "pipeline_by_submit_run"
BY_ACTION = "pipeline_by_dlt_action"
BOTH = pytest.mark.parametrize("dag_id", [BY_OPERATOR, BY_ACTION])
PATIENCE = 60.0  # far longer than anything takes here


@dataclass
class Ran:
    """What came of a run of a DAG with one task."""

    state: str
    instance: Any  # the task instance
    errors: list[str] = field(default_factory=list)

    def xcom(self, key: str) -> Any:  # noqa: ANN401 - whatever was pushed
        return self.instance.xcom_pull(task_ids="update_pipeline", key=key)


@pytest.fixture(scope="module")
def bag() -> Iterator[DagBag]:
    """The DAGs, and a database for their runs."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGALRM)}
    db.initdb()
    yield DagBag(DAGS, load_op_links=False)
    for number, handler in before.items():
        signal.signal(number, handler)


def run(bag: DagBag, dag_id: str, standin: Standin, scenario: str) -> Ran:
    """Run the DAG for the pipeline of that scenario."""
    dag = bag.dags[dag_id]
    task: Any = dag.get_task("update_pipeline")
    errors: list[str] = []
    task.on_failure_callback = [
        lambda context: errors.append(str(context["exception"]))
    ]
    if isinstance(task, DatabricksSubmitRunOperator):
        task.polling_period_seconds = 1
    done = dag.test(
        run_conf={"pipeline_id": standin.workspace.pipeline_id(scenario)},
    )
    (instance,) = done.get_task_instances()
    return Ran(str(done.state.value), instance, errors)


def until(happened: Callable[[], bool]) -> bool:
    """Wait until something happened; whether it did."""
    give_up = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < give_up:
        time.sleep(0.02)  # there is nothing else to wait on
    return happened()


def when(happened: Callable[[], bool], act: Callable[[], None]) -> None:
    """*act*, on another thread, as soon as something has happened."""

    def watch() -> None:
        until(happened)
        act()

    threading.Thread(target=watch, daemon=True).start()


def kill() -> None:
    """Tell this process to end, as a supervisor tells its task."""
    os.kill(os.getpid(), signal.SIGTERM)


def test_both_dags_are_imported_without_errors(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {BY_OPERATOR, BY_ACTION}


@BOTH
def test_a_success_is_one(bag: DagBag, standin: Standin, dag_id: str) -> None:
    ran = run(bag, dag_id, standin, "success")
    assert (ran.state, ran.errors) == ("success", [])
    assert standin.states("success") == ["COMPLETED"]


def test_the_operator_starts_a_job_run_with_a_pipeline_task(
    bag: DagBag, standin: Standin
) -> None:
    ran = run(bag, BY_OPERATOR, standin, "success")
    assert standin.sent("POST", "/jobs/runs/submit") == 1
    assert standin.sent("POST", "/updates") == 0
    assert f"/run/{ran.xcom('run_id')}" in ran.xcom("run_page_url")


def test_the_operator_fails_without_saying_why(bag: DagBag, standin: Standin) -> None:
    ran = run(bag, BY_OPERATOR, standin, "retry-fails")
    assert ran.state == "failed"
    (error,) = ran.errors
    assert "failed with terminal state" in error
    assert "DIVIDE_BY_ZERO" not in error


def test_run_update_fails_with_the_root_cause_of_the_last_attempt(
    bag: DagBag, standin: Standin
) -> None:
    ran = run(bag, BY_ACTION, standin, "retry-fails")
    assert ran.state == "failed"
    (error,) = ran.errors
    assert "failed after 3 attempts" in error
    assert "[DIVIDE_BY_ZERO] Division by zero" in error
    assert ran.xcom("outputs")["result"] == "failed"


def test_run_update_leaves_all_outputs_to_later_tasks(
    bag: DagBag, standin: Standin
) -> None:
    ran = run(bag, BY_ACTION, standin, "retry-succeeds")
    outputs = ran.xcom("outputs")
    assert (ran.state, outputs["ok"], outputs["gate-result"]) == (
        "success",
        "true",
        "passed",
    )
    assert outputs["update-url"] == ran.xcom("return_value")
    assert standin.states("retry-succeeds") == ["FAILED", "COMPLETED"]


def test_run_update_takes_a_connection_whose_host_is_an_address(
    bag: DagBag, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, standin.connection(host=f"{standin.url}/"))
    assert run(bag, BY_ACTION, standin, "success").state == "success"


def test_run_update_signs_in_as_a_service_principal(
    bag: DagBag, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = {"login": CLIENT_ID, "password": CLIENT_SECRET}
    monkeypatch.setenv(VARIABLE, standin.connection(**principal))
    assert run(bag, BY_ACTION, standin, "success").state == "success"
    assert standin.sent("POST", "/oidc/v1/token") == 1


def test_run_update_fails_where_the_data_is_bad(bag: DagBag, standin: Standin) -> None:
    ran = run(bag, BY_ACTION, standin, "worse-data")
    assert ran.state == "failed"
    assert ran.xcom("outputs")["gate-result"] == "failed"
    assert standin.states("worse-data")[-1] == "COMPLETED"


@BOTH
def test_a_task_that_is_killed_leaves_no_update_behind(
    bag: DagBag, standin: Standin, dag_id: str
) -> None:
    when(
        lambda: standin.states("slow-resources")[-1:] == ["WAITING_FOR_RESOURCES"], kill
    )
    ran = run(bag, dag_id, standin, "slow-resources")
    assert ran.state == "failed"
    assert until(lambda: standin.states("slow-resources") == ["CANCELED"])


def test_run_update_says_of_a_kill_what_became_of_the_update(
    bag: DagBag, standin: Standin
) -> None:
    when(lambda: "WAITING_FOR_RESOURCES" in standin.states("slow-resources"), kill)
    ran = run(bag, BY_ACTION, standin, "slow-resources")
    assert ran.xcom("outputs")["result"] == "interrupted"
    assert "was stopped and is CANCELED" in ran.errors[0]


@BOTH
def test_a_task_that_takes_too_long_leaves_no_update_behind(
    bag: DagBag, standin: Standin, dag_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = bag.dags[dag_id].get_task("update_pipeline")
    monkeypatch.setattr(task, "execution_timeout", timedelta(seconds=3))
    ran = run(bag, dag_id, standin, "slow-resources")
    assert ran.state == "failed"
    assert until(lambda: standin.states("slow-resources") == ["CANCELED"])
