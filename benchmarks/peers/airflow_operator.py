"""Airflow's operator, without scheduler and database: the least that it can take."""

import os
from types import SimpleNamespace

from airflow.providers.databricks.operators.databricks import (
    DatabricksSubmitRunOperator,
)

# All that it needs of its task instance.
instance = SimpleNamespace(stats_tags={}, xcom_push=lambda **_: None)
DatabricksSubmitRunOperator(
    task_id="update_pipeline",
    pipeline_task={"pipeline_id": os.environ["PIPELINE"]},
).execute({"ti": instance})
