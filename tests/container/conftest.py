"""
A container engine, the image built with it, and runs of that image.

Without an engine the tests of this folder are skipped, with the reason; where one is
known to be there, `DLT_ACTION_ENGINE=required` makes its absence a failure instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from dlt_action.standin import Server, Workspace, serve

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
IMAGE = "localhost/dlt-action:test"
TOKEN = "dapi-container-test"
BUILD_SECONDS = 300
RUN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine's command line."""

    program: str

    def call(
        self, *arguments: str, seconds: float = RUN_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to the end; the caller judges the exit code."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds,
        )


def find_engine() -> Engine | None:
    """Return the first engine whose daemon answers."""
    for program in ("docker", "podman"):
        if shutil.which(program) is not None:
            engine = Engine(program)
            if (
                engine.call("version", "--format", "{{.Server.Version}}").returncode
                == 0
            ):
                return engine
    return None


def absent(reason: str) -> NoReturn:
    """Skip for want of an engine, or fail where one has to be there."""
    if os.environ.get("DLT_ACTION_ENGINE") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def copy_of_the_checkout(target: Path) -> None:
    """Copy what is under version control, as it lies here, changes included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in listed:
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine to use; skips where there is none."""
    found = find_engine()
    if found is None:
        absent("no container engine answers: neither docker nor podman")
    return found


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The action's image, built from this checkout."""
    built = engine.call("build", "--tag", IMAGE, ".", seconds=BUILD_SECONDS)
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


@pytest.fixture
def workspace() -> Workspace:
    """A stand-in workspace that plays twenty times as fast as written."""
    return Workspace(clock=time.time, token=TOKEN, stretch=0.05)


@pytest.fixture
def served(workspace: Workspace) -> Iterator[Server]:
    """The workspace on this machine's loopback, which `--network host` shares."""
    with serve(workspace) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the runner would start it: its folders, and what it says."""

    engine: Engine
    image: str
    folder: Path
    inputs: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        """What the container sees as its working directory."""
        return self.folder / "workspace"

    @property
    def home(self) -> Path:
        """What the container sees as HOME, and all container steps of a job share."""
        return self.folder / "home"

    def start_options(self) -> list[str]:
        """Return what the runner puts between `docker run` and the image."""
        mounts = {
            self.checkout: "/github/workspace",
            self.home: "/github/home",
            self.folder / "commands": "/github/file_commands",
        }
        for folder in mounts:
            folder.mkdir(parents=True, exist_ok=True)
        for name in ("output", "summary", "state"):
            (self.folder / "commands" / name).touch()
        variables = {
            "HOME": "/github/home",
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            "GITHUB_STATE": "/github/file_commands/state",
            **{f"INPUT_{name.upper()}": text for name, text in self.inputs.items()},
            **self.environment,
        }
        return [
            "--network=host",
            "--workdir=/github/workspace",
            *(f"--volume={here}:{there}" for here, there in mounts.items()),
            *(f"--env={name}={text}" for name, text in variables.items()),
        ]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the step to its end."""
        options = self.start_options()
        return self.engine.call("run", "--rm", *options, self.image, *arguments)

    def begin(self, *options: str) -> subprocess.Popen[str]:
        """Start the step and go on, as a runner does that may cancel it."""
        given = (*self.start_options(), *options)
        return subprocess.Popen(
            [self.engine.program, "run", "--rm", *given, self.image],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def post_options(self, state: Mapping[str, str]) -> list[str]:
        """Return what makes a post step, told the *state*, of a run of the image."""
        script = ACTION["runs"]["post-entrypoint"]
        told = (f"--env=STATE_{name}={text}" for name, text in state.items())
        return [*told, f"--entrypoint={script}"]

    def after(self) -> subprocess.CompletedProcess[str]:
        """Run the post step to its end, told the state that the main step left."""
        options = (*self.start_options(), *self.post_options(self.state()))
        return self.engine.call("run", "--rm", *options, self.image)

    def outputs(self) -> dict[str, str]:
        """Return the outputs as the runner would read them; the last one counts."""
        return self._commands("output")

    def state(self) -> dict[str, str]:
        """Return the state likewise."""
        return self._commands("state")

    def _commands(self, kind: str) -> dict[str, str]:
        lines = iter((self.folder / "commands" / kind).read_text().splitlines())
        found = {}
        for line in lines:
            name, heredoc, delimiter = line.partition("<<")
            assert heredoc, f"no heredoc: {line}"
            value = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        return found


@pytest.fixture
def step(engine: Engine, image: str, served: Server, tmp_path: Path) -> Step:
    """A step that starts the update that succeeds."""
    inputs = {
        "host": served.url,
        "token": TOKEN,
        "pipeline-name": "success",
        "poll-interval": "1s",
        "timeout": "2m",
    }
    return Step(engine, image, tmp_path, inputs)
