"""One update, followed by one process: what that took, and when it knew of the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmarks import machine
from benchmarks.served import TOKEN, Trust, Watched, now, watched
from benchmarks.start import surroundings
from dlt_action.standin import Scenario

LAUNCH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")))
PATIENCE = 60.0  # until it has started the update; and, after its end, until it is over

# How an answer tells of the end: of an update, of its pipeline, of a job run.
_ENDED = re.compile(
    rb'"state": "(COMPLETED|FAILED|CANCELED|IDLE)"|"life_cycle_state": "TERMINATED"'
)


class Play:
    """A process that follows an update, on a workspace of its own."""

    def __init__(
        self, scenario: Scenario, command: Sequence[str], believed: Trust
    ) -> None:
        """Serve *scenario*, and start the process."""
        self._left = ExitStack()
        enter = self._left.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self._workspace, url = enter(watched(scenario, believed))
        self._seconds = scenario.seconds
        self._said = folder / "said"
        pipeline = self._workspace.pipeline.pipeline_id
        self._process = subprocess.Popen(
            [*LAUNCH, *command],
            cwd=folder,
            env={
                **surroundings(folder, url, pipeline, believed),
                "AIRFLOW_HOME": str(folder),
                "AIRFLOW_CONN_DATABRICKS_DEFAULT": _connection(url),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=enter(self._said.open("wb")),
            start_new_session=True,  # to be killed with its child
            text=True,
        )

    def __enter__(self) -> Self:
        """It has begun."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._left.close()

    def await_start(self) -> None:
        """Wait until the update has begun, so that nobody else starts meanwhile."""
        give_up = time.monotonic() + PATIENCE
        while not self._has_asked() and time.monotonic() < give_up:
            if self._process.poll() is not None:
                return  # why, is told at the end
            time.sleep(0.02)

    def _has_asked(self) -> bool:
        """Whether it has started the update, or a job run that will."""
        seen = tuple(self._workspace.seen)
        return any(one.request.method == "POST" for one in seen)

    def end(self) -> Mapping[str, float]:
        """What came of it."""
        out, _ = self._process.communicate(timeout=self._seconds + PATIENCE)
        _, ended, code, processor, memory = map(float, out.split())
        if code:
            raise RuntimeError(self._said.read_text("utf-8", "replace"))
        over = _over(self._workspace)
        told = next(
            seen.at
            for seen in self._workspace.seen
            if seen.at >= over and _ENDED.search(seen.response.body)
        )
        exited = now() - (time.monotonic() - ended)
        return {
            "calls": len(self._workspace.seen),
            "connections": self._workspace.opened,
            "seconds until it knew": told - over,
            "seconds until it was over": exited - over,
            "seconds of a processor": processor,
            "MB": machine.megabytes(int(memory)),
        }


def _connection(url: str) -> str:
    """The workspace, as Airflow wants to be told of it."""
    at = urlsplit(url)
    told = {"conn_type": "databricks", "schema": at.scheme, "password": TOKEN}
    return json.dumps({**told, "host": at.hostname, "port": at.port})


def _over(workspace: Watched) -> float:
    """When the end could be seen: of the job run, where there is one."""
    ends = [run.ended for run in workspace.world.jobs.runs.values()]
    (over,) = ends or [workspace.pipeline.runs[-1].ended]
    if over is None:
        raise RuntimeError("it is over before its update is")
    return over
