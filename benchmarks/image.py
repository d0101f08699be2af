"""The image: what it adds to its base, and how soon a run in it sends a request."""

from __future__ import annotations

import gzip
import json
import queue
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import sleep

from benchmarks.report import Goal, Group, Table, met
from benchmarks.served import TOKEN, now, watched
from dlt_action.standin import SCENARIOS

TITLE = "The image"
GOALS = (
    Goal("Compressed, over what the base brings, MB", 20),
    Goal("Run to first request over an empty container, without bytecode = 1", 0.4),
)

ROOT = Path(__file__).resolve().parents[1]
IMAGE, BARE = "localhost/dlt-action:bench", "localhost/dlt-action:bench-bare"
# The same, as the base comes: Python compiles what it imports, and throws it away.
_BARE = f"FROM {IMAGE}\nRUN find / -xdev -name '*.pyc' -delete\n"
OURS, WITHOUT, EMPTY = "dlt-action", "the same without bytecode", "an empty container"
ROUNDS, QUICK = 9, 2
PATIENCE = 60.0
BUILD_SECONDS = 300.0
MB = 1_000_000
_NOTE = (
    "From before `run` until the first request of the API is at the stand-in, over HTTP"
    " on the host's network; of the empty container, until a `touch` in it was seen. A"
    " ratio is the median of the rounds' ratios."
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine's command line."""

    program: str

    def call(self, *arguments: str, text: str | None = None) -> str:
        """What one of its commands says; raises where it fails."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=ROOT,
            input=text,
            capture_output=True,
            check=True,
            text=True,
            timeout=BUILD_SECONDS,
        ).stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """A container that is removed at the end, whatever it does."""
        name = "dlt-action-bench"
        process = subprocess.Popen(
            [
                self.program,
                "run",
                "--rm",
                f"--name={name}",
                "--network=host",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            subprocess.run(
                [self.program, "rm", "--force", name], capture_output=True, check=False
            )
            process.wait(PATIENCE)


def find_engine() -> Engine | None:
    """The first engine that answers."""
    for program in ("docker", "podman"):
        if shutil.which(program) is not None:
            engine = Engine(program)
            try:
                engine.call("version", "--format", "{{.Server.Version}}")
            except subprocess.CalledProcessError:
                continue
            return engine
    return None


def play(*, quick: bool) -> Group:
    """Build it, weigh it, and run it in turns with what it is compared with."""
    engine = find_engine()
    if engine is None:
        reason = "no container engine answers: neither docker nor podman"
        return Group(goals=GOALS, skipped=reason)
    engine.call("build", "--tag", IMAGE, ".")
    engine.call("build", "--tag", BARE, "-", text=_BARE)
    layers = weighed(engine)
    found: dict[str, list[float]] = {OURS: [], WITHOUT: [], EMPTY: []}
    for turn in range(-1, QUICK if quick else ROUNDS):
        for name, seconds in (
            (OURS, first_request(engine, IMAGE)),
            (WITHOUT, first_request(engine, BARE)),
            (EMPTY, empty(engine)),
        ):
            if turn >= 0:  # the first round is for the caches
                found[name].append(seconds)
    ratio = median(
        (ours - least) / (bare - least)
        for ours, bare, least in zip(*found.values(), strict=True)
    )
    compressed = sum(one.compressed for one in layers) / MB
    return Group(
        tables=(_weights(layers), _times(found)),
        goals=met(GOALS, {GOALS[0].said: compressed, GOALS[1].said: ratio}),
        numbers={
            "layers": [[one.what, one.unpacked, one.compressed] for one in layers],
            **found,
        },
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of ours, in bytes."""

    what: str
    unpacked: int
    compressed: int


# In this order, in the Dockerfile.
WHAT = ("bytecode of the standard library", "packages", "the program")


def weighed(engine: Engine) -> list[Layer]:
    """The layers that the image adds to its base."""
    (config,) = json.loads(engine.call("image", "inspect", IMAGE))
    first = len(config["RootFS"]["Layers"]) - len(WHAT)
    with tempfile.TemporaryDirectory() as folder:
        engine.call("save", "--output", f"{folder}/image.tar", IMAGE)
        with tarfile.open(f"{folder}/image.tar") as saved:
            names = json.loads(_read(saved, "manifest.json"))[0]["Layers"]
            contents = [_read(saved, name) for name in names[first:]]
    return [
        Layer(what, len(content), len(gzip.compress(content, 6)))
        for what, content in zip(WHAT, contents, strict=True)
    ]


def _read(saved: tarfile.TarFile, name: str) -> bytes:
    file = saved.extractfile(name)
    if file is None:
        raise RuntimeError(f"{name} is no file")
    return file.read()


def first_request(engine: Engine, image: str) -> float:
    """Seconds from `run` to the first request."""
    with watched(SCENARIOS["success"]) as (workspace, url):
        variables = {
            "DATABRICKS_HOST": url,
            "DATABRICKS_TOKEN": TOKEN,
            "INPUT_PIPELINE_ID": workspace.pipeline.pipeline_id,
        }
        told = [f"--env={name}={value}" for name, value in variables.items()]
        began = now()
        with engine.running(*told, image):
            try:
                return workspace.first.get(timeout=PATIENCE) - began
            except queue.Empty:
                raise RuntimeError(f"nothing came from {image}") from None


def empty(engine: Engine) -> float:
    """Seconds from `run` to the first thing that a program in the image does."""
    with tempfile.TemporaryDirectory() as folder:
        mark = Path(folder, "mark")
        told = (f"--volume={folder}:/marks", "--entrypoint=/bin/touch")
        began = now()
        with engine.running(*told, IMAGE, "/marks/mark"):
            while not mark.exists():
                if now() - began > PATIENCE:
                    raise RuntimeError("an empty container did not start")
                sleep(0.001)
            return now() - began


def _weights(layers: Sequence[Layer]) -> Table:
    unpacked = sum(one.unpacked for one in layers)
    total = Layer("all", unpacked, sum(one.compressed for one in layers))
    rows = [
        (one.what, one.unpacked / MB, one.compressed / MB) for one in (*layers, total)
    ]
    header = ("layer", "unpacked, MB", "compressed, MB")
    return Table(header, rows, "What it adds to its base")


def _times(found: dict[str, list[float]]) -> Table:
    least = median(found[EMPTY])
    rows = [
        (name, 1000 * median(seconds), 1000 * (median(seconds) - least), len(seconds))
        for name, seconds in found.items()
    ]
    header = ("", "median, ms", "over an empty container, ms", "rounds")
    return Table(header, rows, "From `run` to the first request", _NOTE)
