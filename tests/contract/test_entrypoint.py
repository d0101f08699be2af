"""`entrypoint.py`, copied beside a program that tells what it was handed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Signals arrive while this is being imported: the longest stretch without a handler,
# were there none.
PROGRAM = """
import os, signal
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGINT)

import json, sys
import helper

def main(argv=None, early_signals=None):
    print(json.dumps({
        "signals": list(early_signals),
        "keys": os.environ.get("SSLKEYLOGFILE"),
        "code": os.environ.get("OPENSSL_CONF"),
        "helper": helper.__file__,
    }))
    return 7
"""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    """What the program was handed, started from another folder, isolated."""
    app = tmp_path / "app"
    for folder in (app / "dlt_action", app / "lib"):
        folder.mkdir(parents=True)
    (app / "dlt_action" / "__init__.py").touch()
    shutil.copy(ROOT / "dlt_action" / "__main__.py", app / "dlt_action")
    (app / "dlt_action" / "cli.py").write_text(PROGRAM)
    (app / "lib" / "helper.py").touch()
    shutil.copy(ROOT / "entrypoint.py", app)
    elsewhere = tmp_path / "checkout"
    elsewhere.mkdir()
    (elsewhere / "helper.py").write_text("raise SystemExit('the wrong one')\n")
    ended = subprocess.run(
        [sys.executable, "-I", app / "entrypoint.py"],
        cwd=elsewhere,
        env={
            **os.environ,
            "SSLKEYLOGFILE": str(tmp_path / "keys"),
            "OPENSSL_CONF": str(tmp_path / "evil.cnf"),
        },
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode == 7, ended.stderr
    heard: dict[str, Any] = json.loads(ended.stdout)
    return heard


def test_a_signal_during_the_imports_is_handed_over(told: dict[str, Any]) -> None:
    assert told["signals"] == [SIGTERM, SIGINT]


def test_session_keys_are_not_written_where_the_environment_says(
    told: dict[str, Any],
) -> None:
    assert told["keys"] is None


def test_openssl_loads_no_code_that_the_environment_names(told: dict[str, Any]) -> None:
    assert told["code"] is None


def test_dependencies_lie_in_lib_beside_it(told: dict[str, Any]) -> None:
    assert Path(told["helper"]).parent.name == "lib"


def test_it_can_be_executed_by_its_path() -> None:
    # A hook that runs the image otherwise than by its ENTRYPOINT needs one path.
    assert os.access(ROOT / "entrypoint.py", os.X_OK)
