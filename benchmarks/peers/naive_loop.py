"""What one writes in an hour: requests, tenacity, and a look each five seconds."""

import os
import sys
import time
from typing import Any

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
def call(method: str, path: str) -> Any:  # noqa: ANN401 - whatever the API answers
    """What the API answers."""
    response = session.request(method, f"{pipeline}{path}", timeout=30)
    response.raise_for_status()
    return response.json()


update = call("POST", "/updates")["update_id"]
while True:
    state = call("GET", f"/updates/{update}")["update"]["state"]
    if state in {"COMPLETED", "FAILED", "CANCELED"}:
        sys.exit(state != "COMPLETED")
    time.sleep(5)
