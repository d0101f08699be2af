"""What one writes in ten minutes: requests, tenacity, and a retry of whatever fails."""

import os

import requests
from tenacity import (
    retry,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['DATABRICKS_TOKEN']}"
pipeline = f"{os.environ['DATABRICKS_HOST']}/api/2.0/pipelines/{os.environ['PIPELINE']}"


@retry(
    retry=retry_if_exception_type(requests.RequestException),
    stop=stop_after_attempt(5),
    wait=wait_exponential(max=30),
    reraise=True,
)
def get() -> str:
    """The name of the pipeline."""
    response = session.get(pipeline, timeout=30)
    response.raise_for_status()
    return str(response.json()["name"])


print(get())
