"""The most memory that a run takes: with a long log, and with fifty pipelines."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import machine
from benchmarks.log.hosted import hosted
from benchmarks.log.scripted import FLOWS, ScriptedLog
from benchmarks.peers.following import LAUNCH
from benchmarks.report import Goal, Group, Table, met
from benchmarks.served import Trust, trust
from benchmarks.start import OURS, PEERS, surroundings, warm

TITLE = "Memory"
GOALS = (
    Goal("Memory of a run with 100,000 events, that with 100 = 1", 1.6),
    Goal("Receptions of an event, of 100,000", 1.02),
    Goal("Memory of fifty pipelines with 200 events each, MB", 64),
    Goal("Runs that did not succeed", 0),
)
SEVERAL = 50


@dataclass(frozen=True, slots=True)
class Load:
    """What a run has to follow."""

    pipelines: int
    events: int  # of each
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """What it took."""

    code: int
    memory: float  # MB
    receptions: float  # per event


SHORT, LONG = Load(1, 100, 30.0), Load(1, 100_000, 40.0)
FLEET, LARGE = Load(SEVERAL, 200, 10.0), Load(SEVERAL, 1000, 20.0)
# At the same time; fifty keep a machine busy, and who lags behind has more to keep.
LOADS = ((SHORT, LONG), (FLEET,), (LARGE,))
_NOTE = (
    "The most that the process ever had, over TLS. A log tells of up to"
    f" {FLOWS} flows and as many datasets: one of 200 events of some of them, a longer"
    " one of all."
)


def play(*, quick: bool) -> Group:
    """Play all loads; *quick*, those that are small."""
    warm()
    found: dict[Load, Found] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        play_one = partial(_played, believed=trust(Path(folder)))
        for loads in ((SHORT,), (FLEET,)) if quick else LOADS:
            found.update(zip(loads, pool.map(play_one, loads), strict=True))
    rows = [
        (
            f"{load.pipelines} of {load.events:,} events",
            of.memory,
            of.memory / found[SHORT].memory,
            of.receptions,
        )
        for load, of in found.items()
    ]
    header = ("", "MB", "the first = 1", "receptions of an event")
    long = found.get(LONG)
    said = {
        GOALS[0].said: None if long is None else long.memory / found[SHORT].memory,
        GOALS[1].said: None if long is None else long.receptions,
        GOALS[2].said: found[FLEET].memory,
        GOALS[3].said: sum(one.code != 0 for one in found.values()),
    }
    return Group(
        tables=(Table(header, rows, note=_NOTE),),
        goals=met(GOALS, said),
        numbers={row[0]: list(row[1:]) for row in rows},
    )


def _played(load: Load, believed: Trust) -> Found:
    log = ScriptedLog(load.events, load.events / load.seconds)
    with hosted(load.pipelines, log, believed) as (fleet, url):
        pipelines = ",".join(fleet.names)
        with tempfile.TemporaryDirectory() as folder:
            environ = surroundings(Path(folder), url, pipelines, believed)
            environ["INPUT_MAX_PARALLEL"] = str(load.pipelines)
            code, memory = _run(PEERS[OURS], Path(folder), environ)
        received = sum(one.sent.events for one in fleet.logs.values())
    return Found(code, memory, received / load.events / load.pipelines)


def _run(
    command: Sequence[str], folder: Path, environ: dict[str, str]
) -> tuple[int, float]:
    """The exit code, and the most memory that it had, in MB."""
    done = subprocess.run(
        [*LAUNCH, *command],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
    )
    _, _, code, _, memory = done.stdout.split()
    return int(code), machine.megabytes(int(memory))
