"""
Update a pipeline by `dlt_action.run_update`, and know what came of it.

The task fails with the root cause, follows the platform's restarts to the last one,
judges the data by a quality gate, and leaves all outputs to later tasks. When Airflow
kills it, the update is stopped.
"""

from datetime import timedelta
from threading import Event

from airflow.sdk import DAG, Connection, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

import dlt_action

CONNECTION = "databricks_default"  # the one that Databricks' operators use
RULES = ["all failed <= 5%", "main.sales.orders rows >= 1"]


def signing_in(connection: str) -> dlt_action.Inputs:
    """Where the workspace is and how to sign in, as the operators would."""
    conn = Connection.get(connection)
    host = conn.host or ""
    if "://" not in host:
        port = f":{conn.port}" if conn.port else ""
        host = f"{conn.schema or 'https'}://{host}{port}"
    if conn.login:
        # A service principal: the operators want `service_principal_oauth` as well.
        return {
            "host": host,
            "client_id": conn.login,
            "client_secret": conn.password,
        }
    return {"host": host, "token": conn.password}


# No retries: the platform retries an update, and the task follows it.
@task(retries=0, execution_timeout=timedelta(hours=2, minutes=5))
def update_pipeline(pipeline_id: str) -> str | None:
    """Update the pipeline; the page of the update."""
    ti = get_current_context()["ti"]
    # When Airflow kills a task it calls this; five seconds later it ends the process
    # by force, which is time to stop the update, if not to see it stopped.
    killed = Event()
    ti.task.on_kill = killed.set
    inputs: dlt_action.Inputs = {
        **signing_in(CONNECTION),
        "pipeline_id": pipeline_id,
        "if_active": "wait",
        "quality_gate": RULES,
        "timeout": timedelta(hours=2),
    }
    result = dlt_action.run_update(**inputs, cancel=killed)
    ti.xcom_push("outputs", dict(result.outputs))
    if result.exit_code != 0:
        cause = f" Cause: {result.error}" if result.error else ""
        raise AirflowFailException(f"{result.reason}{cause}")
    return result.update_url


with DAG(
    dag_id="pipeline_by_dlt_action",
    schedule=None,
    catchup=False,
    params={"pipeline_id": Param(type="string", description="id of the pipeline")},
    doc_md=__doc__,
) as dag:
    update_pipeline("{{ params.pipeline_id }}")
