"""
Update a pipeline by the operator that Databricks' documentation shows.

It submits a job run with one Pipeline task, and follows the job run: of the pipeline it
tells whether it went well, and where to look.
"""

from datetime import timedelta

from airflow.providers.databricks.operators.databricks import (
    DatabricksSubmitRunOperator,
)
from airflow.sdk import DAG, Param

with DAG(
    dag_id="pipeline_by_submit_run",
    schedule=None,
    catchup=False,
    params={"pipeline_id": Param(type="string", description="id of the pipeline")},
    doc_md=__doc__,
) as dag:
    DatabricksSubmitRunOperator(
        task_id="update_pipeline",
        databricks_conn_id="databricks_default",
        pipeline_task={"pipeline_id": "{{ params.pipeline_id }}"},
        # The platform ends the run, and so the update; Airflow only a task that hangs.
        timeout_seconds=int(timedelta(hours=2).total_seconds()),
        execution_timeout=timedelta(hours=2, minutes=5),
    )
