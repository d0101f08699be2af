"""The example DAGs, played in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.providers.databricks.operators.databricks import (
    DatabricksSubmitRunOperator,
)

from tests.airflow.served import Standin, until

BY_OPERATOR = "pipeline_by_submit_run"
BY_ACTION = "pipeline_by_dlt_action"
TASK = "update_pipeline"


@dataclass
class Ran:
    """What came of a run of a DAG with one task."""

    state: str
    instance: Any  # the task instance
    errors: list[str] = field(default_factory=list)

    def xcom(self, key: str) -> Any:  # noqa: ANN401 - whatever was pushed
        return self.instance.xcom_pull(task_ids=TASK, key=key)


def run(bag: DagBag, dag_id: str, standin: Standin, scenario: str) -> Ran:
    """Run the DAG for the pipeline of that scenario."""
    dag = bag.dags[dag_id]
    task: Any = dag.get_task(TASK)
    errors: list[str] = []
    task.on_failure_callback = [lambda about: errors.append(str(about["exception"]))]
    if isinstance(task, DatabricksSubmitRunOperator):
        task.polling_period_seconds = 1
    pipeline = standin.workspace.pipeline_id(scenario)
    done = dag.test(run_conf={"pipeline_id": pipeline})
    (instance,) = done.get_task_instances()
    return Ran(str(done.state.value), instance, errors)


def when(happened: Callable[[], bool], act: Callable[[], object]) -> None:
    """*act*, on another thread, as soon as something has happened."""

    def watch() -> None:
        until(happened)
        act()

    threading.Thread(target=watch, daemon=True).start()
