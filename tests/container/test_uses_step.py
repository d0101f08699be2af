"""
The real `uses:` step: the workflow that tests the action on GitHub, run through act.

act builds the image and passes inputs and outputs as GitHub does; it knows neither the
runner's signals, nor its limits, nor OIDC. On GitHub the workflow itself runs instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.container.conftest import Engine, absent, copy_of_the_checkout

pytestmark = pytest.mark.container

RUNNER = os.environ.get("DLT_ACTION_RUNNER_IMAGE", "localhost/runner:latest")
WORKFLOW = ".github/workflows/self-test.yml"


def test_the_self_test_workflow_passes(engine: Engine, tmp_path: Path) -> None:
    act = Path(sys.executable).with_name("act")
    if not act.exists():
        absent("act is not installed: `make container-test` brings it")
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        absent("act speaks to a docker socket, and there is none")
    if engine.call("image", "inspect", RUNNER).returncode != 0:
        absent(f"no image {RUNNER} to play the runner (DLT_ACTION_RUNNER_IMAGE)")
    # A copy: act writes into the checkout, and reads what git says of it.
    copy_of_the_checkout(tmp_path)
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*who, "commit", "--quiet", "--message=as it lies here"),
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    ended = subprocess.run(
        [
            act,
            "push",
            f"--workflows={WORKFLOW}",
            f"--platform=ubuntu-latest={RUNNER}",
            "--pull=false",
            # `-`: no socket is mounted; the default would be the host's own.
            "--container-daemon-socket=-",
            "--network=host",
            "--rm",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )

    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    assert "Job succeeded" in ended.stdout
