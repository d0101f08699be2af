"""
Airflow, as it is installed, with a home that lasts as long as the tests.

It reads its configuration when it is imported, so all of that is set here, before any
test is. It is not among what the other tests need: `make airflow` makes an environment
of its own, and elsewhere there is nothing to test.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from dlt_action.standin import Workspace, serve
from tests.airflow.served import DAGS, TOKEN, VARIABLE, Standin

# Fifty times as fast as life.
STRETCH = 0.02

INSTALLED = find_spec("airflow") is not None
collect_ignore_glob = [] if INSTALLED else ["*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Give Airflow a home."""
    if not INSTALLED:
        return
    home = tempfile.TemporaryDirectory(prefix="airflow-")
    config.add_cleanup(home.cleanup)
    os.environ.update(
        AIRFLOW_HOME=home.name,
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL="1",
    )


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
