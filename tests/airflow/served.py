"""A served stand-in, and the Airflow connection that leads to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from dlt_action.standin import Server, Workspace

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "examples" / "airflow" / "dags"
VARIABLE = "AIRFLOW_CONN_DATABRICKS_DEFAULT"
TOKEN = "dapi-standin-0123456789"
PATIENCE = 60.0  # far longer than anything takes here


class Standin:
    """A served workspace, and the connection that leads there."""

    def __init__(self, workspace: Workspace, server: Server) -> None:
        self.workspace = workspace
        self.url = server.url

    def connection(self, **more: str) -> str:
        """An Airflow connection, as an environment variable has it."""
        split = urlsplit(self.url)
        return json.dumps(
            {
                "conn_type": "databricks",
                "schema": split.scheme,
                "host": split.hostname,
                "port": split.port,
                "password": TOKEN,
                **more,
            }
        )

    def sent(self, method: str, ending: str) -> int:
        """How many requests of that kind came."""
        return sum(
            request.method == method and request.path.endswith(ending)
            for request in tuple(self.workspace.requests)
        )

    def states(self, scenario: str) -> list[str]:
        """The states of a pipeline's updates, oldest first."""
        workspace = self.workspace
        with workspace.lock:
            found = workspace.world.pipelines[workspace.pipeline_id(scenario)]
            found.advance(time.time())
            return [run.state for run in found.runs]

    def waits(self) -> bool:
        """Whether the update that waits for ever has begun to."""
        return "QUEUED" in self.states("queued-for-ever")

    def is_canceled(self) -> bool:
        """Whether it is over, as the only one of its pipeline."""
        return self.states("queued-for-ever") == ["CANCELED"]


def until(happened: Callable[[], bool]) -> bool:
    """Wait until something happened; whether it did."""
    give_up = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < give_up:
        time.sleep(0.02)  # there is nothing else to wait on
    return happened()
