"""From the start of a process to its first request, beside what else sends it."""

from __future__ import annotations

import compileall
import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.report import Goal, Group, Table, met
from benchmarks.served import TOKEN, Trust, now, trust, watched
from dlt_action.standin import SCENARIOS

TITLE = "From the start to the first request"
GOALS = (
    Goal("Start to first request, that of requests + tenacity = 1", 1.25),
    Goal("Start to first request, that of the SDK = 1", 0.18),
)

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(__file__).with_name("peers")
PATIENCE = 60.0
ROUNDS = 21
SELDOM = 3  # what takes long is played in each third round

OURS, NAIVE, SDK = "dlt-action", "requests + tenacity", "databricks-sdk"
FLAGS = (sys.executable, "-I", "-B", "-X", "utf8")
_GET = '-sf -H "authorization: Bearer $DATABRICKS_TOKEN"'
_URL = '"$DATABRICKS_HOST/api/2.0/pipelines/$PIPELINE"'

PEERS: Mapping[str, Sequence[str]] = {
    OURS: (*FLAGS, str(ROOT / "entrypoint.py")),
    NAIVE: (*FLAGS, str(PROGRAMS / "naive.py")),
    SDK: (*FLAGS, str(PROGRAMS / "sdk_get.py")),
    "http.client": (*FLAGS, str(PROGRAMS / "bare.py")),
    "curl": ("sh", "-c", f"curl {_GET} {_URL}"),
}


def play(*, quick: bool) -> Group:
    """Play all in turns; the first round is for the caches."""
    warm()
    rounds = SELDOM if quick else ROUNDS
    names = [name for name in PEERS if name != "curl" or shutil.which("curl")]
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    with tempfile.TemporaryDirectory() as folder:
        believed = trust(Path(folder))
        for turn in range(-1, rounds):
            for name in names:
                if name != SDK or turn % SELDOM == 0 or turn < 0:
                    seconds = first_request(PEERS[name], believed)
                    if turn >= 0:
                        found[name][turn] = seconds
    ratios = {name: _ratio(found[OURS], found[name]) for name in names}
    rows = [
        (
            name,
            1000 * median(found[name].values()),
            1000 * min(found[name].values()),
            ratios[name],
            len(found[name]),
        )
        for name in names
    ]
    header = ("", "median, ms", "least, ms", "dlt-action ÷ it", "rounds")
    return Group(
        tables=(Table(header, rows, note=_NOTE),),
        goals=met(
            GOALS,
            {GOALS[0].said: ratios[NAIVE], GOALS[1].said: ratios[SDK]},
        ),
        numbers={name: list(found[name].values()) for name in names},
    )


_NOTE = (
    "From before the process is made until its first request of the API is at the"
    " stand-in, over TLS, with Mozilla's authorities to be read; all files are in the"
    " page cache, and all that is imported is compiled. A ratio is the median of the"
    " rounds' ratios."
)


def warm() -> None:
    """Compile what is imported, as it is in the image."""
    compileall.compile_dir(ROOT / "dlt_action", quiet=1)


def _ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float:
    """The median of those of the rounds in which both were played."""
    return median(ours[turn] / theirs[turn] for turn in theirs)


def first_request(command: Sequence[str], believed: Trust) -> float:
    """Seconds until the first request of a process, which is killed after that."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workspace, url = stack.enter_context(watched(SCENARIOS["success"], believed))
        pipeline = workspace.pipeline.pipeline_id
        environ = surroundings(folder, url, pipeline, believed)
        began = now()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            return workspace.first.get(timeout=PATIENCE) - began
        except queue.Empty:
            process.kill()
            _, said = process.communicate()
            raise RuntimeError(said.decode(errors="replace")) from None
        finally:
            process.kill()
            process.communicate()


def surroundings(
    folder: Path, url: str, pipeline: str, believed: Trust
) -> dict[str, str]:
    """What a runner sets for a step, and what the others need."""
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STATE")}
    for file in (*files.values(), folder / "summary"):
        file.touch()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **{name: str(file) for name, file in files.items()},
        "DATABRICKS_HOST": url,
        "DATABRICKS_TOKEN": TOKEN,
        "INPUT_PIPELINE_ID": pipeline,
        "PIPELINE": pipeline,
        # Ours reads Mozilla's beside it; the others get them in one file.
        "INPUT_CA_BUNDLE": str(believed.authority),
        "INPUT_ALLOW_HOST": "127.0.0.1",
        "REQUESTS_CA_BUNDLE": str(believed.bundle),
        "CURL_CA_BUNDLE": str(believed.bundle),
        "SSL_CERT_FILE": str(believed.bundle),
    }
