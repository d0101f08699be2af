"""
Airflow, as it is installed, with a home that lasts as long as the tests.

It reads its configuration when it is imported, so all of that is set here, before any
test is. It is not among what the other tests need: `make airflow` makes an environment
of its own, and elsewhere there is nothing to test.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dlt_action.standin import Server, Workspace, serve

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "examples" / "airflow" / "dags"
VARIABLE = "AIRFLOW_CONN_DATABRICKS_DEFAULT"
TOKEN = "dapi-standin-0123456789"
# Fifty times as fast as life.
STRETCH = 0.02

if find_spec("airflow") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Give Airflow a home."""
    home = tempfile.TemporaryDirectory(prefix="airflow-")
    config.add_cleanup(home.cleanup)
    os.environ.update(
        AIRFLOW_HOME=home.name,
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:9/execution/",
        AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",
    )


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


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A workspace of one's own."""
    workspace = Workspace(
        clock=time.time, token=TOKEN, stretch=STRETCH, log=lambda _: None
    )
    with serve(workspace) as server:
        opened = Standin(workspace, server)
        monkeypatch.setenv(VARIABLE, opened.connection())
        yield opened
