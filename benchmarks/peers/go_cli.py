"""
What `databricks bundle run` asks, and when: two calls, and a second of sleep.

The loop of bundle/run/pipeline.go and bundle/run/progress/pipeline.go, commit 7bbe285
of github.com/databricks/cli, written again in Python: what it takes of a processor
and of memory says nothing about the original.
"""

import http.client
import json
import os
import sys
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

connection = http.client.HTTPSConnection(urlsplit(os.environ["DATABRICKS_HOST"]).netloc)
pipeline = f"/api/2.0/pipelines/{os.environ['PIPELINE']}"


def call(method: str, path: str, **query: str | int) -> Any:  # noqa: ANN401 - whatever the API answers
    """What the API answers."""
    sign_in = {"Authorization": f"Bearer {os.environ['DATABRICKS_TOKEN']}"}
    asked = f"?{urlencode(query)}" if query else ""
    connection.request(method, f"{pipeline}{path}{asked}", headers=sign_in)
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        sys.exit(body.decode())
    return json.loads(body)


update = call("POST", "/updates")["update_id"]
latest = ""
while True:
    asked = f"update_id = '{update}'" + (
        f" AND timestamp > '{latest}'" if latest else ""
    )
    page = call("GET", "/events", max_results=100, filter=asked)
    events = page.get("events", [])
    while token := page.get("next_page_token"):
        # It sends the filter as well; we give it that this is not refused.
        page = call("GET", "/events", page_token=token)
        events += page.get("events", [])
    progress = [
        event
        for event in reversed(events)
        if event["event_type"] in {"flow_progress", "update_progress"}
    ]
    latest = progress[-1]["timestamp"] if progress else latest
    state = call("GET", f"/updates/{update}")["update"]["state"]
    if state in {"COMPLETED", "FAILED", "CANCELED"}:
        sys.exit(state != "COMPLETED")
    time.sleep(1)
