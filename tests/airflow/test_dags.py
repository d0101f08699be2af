"""The example DAGs, run by the real Airflow with its real provider."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.executors.workloads import BundleInfo
from airflow.models.taskinstance import TaskInstance
from airflow.sdk.execution_time import supervisor
from airflow.utils import db
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState

from dlt_action.standin import CLIENT_ID, CLIENT_SECRET
from tests.airflow.playing import BY_ACTION, BY_OPERATOR, TASK, run, when
from tests.airflow.served import DAGS, VARIABLE, Standin, until

BOTH = pytest.mark.parametrize("dag_id", [BY_OPERATOR, BY_ACTION])


@pytest.fixture(scope="module")
def bag() -> Iterator[DagBag]:
    """The DAGs, and a database for their runs."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGALRM)}
    db.initdb()
    yield DagBag(DAGS, load_op_links=False)
    for number, handler in before.items():
        signal.signal(number, handler)


def kill() -> None:
    """Tell this process to end, as a supervisor tells its task."""
    os.kill(os.getpid(), signal.SIGTERM)


def test_both_dags_are_imported_without_errors(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {BY_OPERATOR, BY_ACTION}


def test_the_operator_starts_a_job_run_with_a_pipeline_task(
    bag: DagBag, standin: Standin
) -> None:
    ran = run(bag, BY_OPERATOR, standin, "success")
    assert (ran.state, ran.errors) == ("success", [])
    assert standin.states("success") == ["COMPLETED"]
    assert standin.sent("POST", "/jobs/runs/submit") == 1
    assert standin.sent("POST", "/updates") == 0
    assert f"/run/{ran.xcom('run_id')}" in ran.xcom("run_page_url")


def test_run_update_starts_an_update(bag: DagBag, standin: Standin) -> None:
    ran = run(bag, BY_ACTION, standin, "success")
    assert (ran.state, ran.errors) == ("success", [])
    assert standin.states("success") == ["COMPLETED"]
    assert standin.sent("POST", "/jobs/runs/submit") == 0
    assert standin.sent("POST", "/updates") == 1


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
    when(standin.waits, kill)
    ran = run(bag, dag_id, standin, "queued-for-ever")
    assert ran.state == "failed"
    assert until(standin.is_canceled)
    if dag_id == BY_ACTION:
        assert ran.xcom("outputs")["result"] == "interrupted"
        assert "was stopped and is CANCELED" in ran.errors[0]


@BOTH
def test_a_task_that_takes_too_long_leaves_no_update_behind(
    bag: DagBag, standin: Standin, dag_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = bag.dags[dag_id].get_task(TASK)
    monkeypatch.setattr(task, "execution_timeout", timedelta(seconds=3))
    ran = run(bag, dag_id, standin, "queued-for-ever")
    assert ran.state == "failed"
    assert until(standin.is_canceled)


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """
    Let Airflow's real supervisor fork and watch the process of a task.

    `dag.test()` plays tasks in its own process; there is no other way to it without a
    scheduler and a server. The ids of the tasks that were begun so are returned.
    """
    begun: list[UUID] = []

    def supervise(ti: Any, task: Any) -> SimpleNamespace:  # noqa: ANN401 - Airflow's
        begun.append(ti.id)
        supervisor.supervise_task(
            ti=ti,
            bundle_info=BundleInfo(name="dags-folder", version=None),
            dag_rel_path=f"{ti.dag_id}.py",
            token="",
            client=supervisor.InProcessTestSupervisor._api_client(task.dag),  # noqa: SLF001 - see above
        )
        ended = SimpleNamespace(state=TaskInstanceState.FAILED, task=task)
        return SimpleNamespace(ti=ended, msg=None)

    monkeypatch.setattr(supervisor, "run_task_in_process", supervise)
    return begun


@BOTH
def test_a_task_that_somebody_marks_as_failed_leaves_no_update_behind(
    bag: DagBag, standin: Standin, supervised: list[UUID], dag_id: str
) -> None:
    def mark() -> None:
        with create_session() as session:
            (found,) = session.query(TaskInstance).filter(
                TaskInstance.id == supervised[0]
            )
            found.state = TaskInstanceState.FAILED

    when(standin.waits, mark)
    run(bag, dag_id, standin, "queued-for-ever")
    assert len(supervised) == 1
    assert until(standin.is_canceled)
