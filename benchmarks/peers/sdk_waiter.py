"""Start an update and wait, as Databricks' SDK does."""

import os
import sys

from databricks.sdk import WorkspaceClient

pipelines = WorkspaceClient().pipelines
pipeline = os.environ["PIPELINE"]
started = pipelines.start_update(pipeline)
# Of the pipeline it tells that it is idle; of the update nothing.
pipelines.wait_get_pipeline_idle(pipeline)
update = pipelines.get_update(pipeline, str(started.update_id)).update
sys.exit(update is None or update.state is None or update.state.value != "COMPLETED")
