"""The same with Databricks' SDK."""

import os

from databricks.sdk import WorkspaceClient

print(WorkspaceClient().pipelines.get(os.environ["PIPELINE"]).name)
