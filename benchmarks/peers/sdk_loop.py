"""Start an update with Databricks' SDK, and look each five seconds."""

import os
import sys
import time

from databricks.sdk import WorkspaceClient

pipelines = WorkspaceClient().pipelines
pipeline = os.environ["PIPELINE"]
started = pipelines.start_update(pipeline)
while True:
    update = pipelines.get_update(pipeline, str(started.update_id)).update
    state = "" if update is None or update.state is None else update.state.value
    if state in {"COMPLETED", "FAILED", "CANCELED"}:
        sys.exit(state != "COMPLETED")
    time.sleep(5)
