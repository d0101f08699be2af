"""How many connections a run takes, by how it signs in and starts."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.peers.script import update
from benchmarks.report import Goal, Group, Table, met
from benchmarks.served import Trust, trust, watched
from benchmarks.start import OURS, PEERS, surroundings, warm
from dlt_action.standin import CLIENT_ID, CLIENT_SECRET

TITLE = "Connections"
GOALS = (Goal("Connections to the workspace, the most of all runs", 2),)

SECONDS = 20.0  # of an update

WAYS: Mapping[str, Mapping[str, str]] = {
    "a token": {},
    "a service principal, which signs in at the workspace": {
        "DATABRICKS_TOKEN": "",
        "INPUT_CLIENT_ID": CLIENT_ID,
        "INPUT_CLIENT_SECRET": CLIENT_SECRET,
    },
    "a token, and a one-time run of the Jobs API": {"INPUT_TRIGGER": "submit-run"},
}
_NOTE = (
    "One for the reads before the start, and one that the start opens and all that"
    " follows keeps. Each row is one run against the stand-in, over TLS."
)


def play(*, quick: bool) -> Group:
    """Play each way once, all at the same time: nothing is to be quicker about."""
    del quick
    warm()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        play_one = partial(_played, believed=trust(Path(folder)))
        found = dict(zip(WAYS, pool.map(play_one, WAYS.values()), strict=True))
    rows = [(way, opened, calls) for way, (opened, calls) in found.items()]
    return Group(
        tables=(Table(("", "connections", "calls"), rows, note=_NOTE),),
        goals=met(GOALS, {GOALS[0].said: max(opened for _, opened, _ in rows)}),
        numbers={way: list(numbers) for way, numbers in found.items()},
    )


def _played(more: Mapping[str, str], believed: Trust) -> tuple[int, int]:
    with (
        watched(update(SECONDS, seed=1), believed) as (workspace, url),
        tempfile.TemporaryDirectory() as folder,
    ):
        pipeline = workspace.pipeline.pipeline_id
        environ = surroundings(Path(folder), url, pipeline, believed)
        subprocess.run(
            PEERS[OURS],
            cwd=folder,
            env={**environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        return workspace.opened, len(workspace.seen)
