"""The two scripts, each copied beside a program that tells what it was handed."""

from __future__ import annotations

import ast
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
# What each of them calls, in the program and in `dlt_action.cli`.
SCRIPTS = {"entrypoint.py": ("start", "main"), "post.py": ("tidy_up", "post")}

# Signals arrive while this is being imported: the longest stretch without a handler,
# were there none.
PROGRAM = """
import os, signal
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGINT)

import json, sys
import helper

def tell(name, early_signals):
    print(json.dumps({
        "called": name,
        "signals": list(early_signals),
        "keys": os.environ.get("SSLKEYLOGFILE"),
        "code": os.environ.get("OPENSSL_CONF"),
        "helper": helper.__file__,
    }))
    return 7

def main(argv=None, early_signals=None):
    return tell("main", early_signals)

def post(early_signals=None):
    return tell("post", early_signals)
"""


@pytest.fixture(params=SCRIPTS)
def script(request: pytest.FixtureRequest) -> str:
    """The name of a script."""
    name: str = request.param
    return name


@pytest.fixture
def told(tmp_path: Path, script: str) -> dict[str, Any]:
    """What the program was handed, started from another folder, isolated."""
    app = tmp_path / "app"
    for folder in (app / "dlt_action", app / "lib"):
        folder.mkdir(parents=True)
    (app / "dlt_action" / "__init__.py").touch()
    shutil.copy(ROOT / "dlt_action" / "__main__.py", app / "dlt_action")
    (app / "dlt_action" / "cli.py").write_text(PROGRAM)
    (app / "lib" / "helper.py").touch()
    shutil.copy(ROOT / script, app)
    elsewhere = tmp_path / "checkout"
    elsewhere.mkdir()
    (elsewhere / "helper.py").write_text("raise SystemExit('the wrong one')\n")
    ended = subprocess.run(
        [sys.executable, "-I", app / script],
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


def test_each_script_calls_its_own_part_of_the_program(
    told: dict[str, Any], script: str
) -> None:
    assert told["called"] == SCRIPTS[script][1]


def test_it_can_be_executed_by_its_path(script: str) -> None:
    # Whoever runs the image otherwise than by its ENTRYPOINT has one path, and no
    # arguments: the post step.
    assert os.access(ROOT / script, os.X_OK)


def without_words(script: str) -> str:
    """The code of *script*, without its docstring, its own name for what it calls."""
    text = (ROOT / script).read_text("utf-8")
    module = ast.parse(text)
    assert ast.get_docstring(module)
    code = ast.unparse(ast.Module(body=module.body[1:], type_ignores=[]))
    return text.splitlines()[0] + "\n" + code.replace(SCRIPTS[script][0], "CALLED")


def test_the_scripts_differ_only_in_what_they_call_and_in_their_words() -> None:
    codes = {without_words(script) for script in SCRIPTS}
    assert len(codes) == 1
    assert codes.pop().count("CALLED") == 2


def test_each_script_hands_over_what_came_before_the_program_was_there() -> None:
    module = ast.parse((ROOT / "dlt_action" / "__main__.py").read_text("utf-8"))
    functions = {
        node.name: ast.unparse(node)
        for node in module.body
        if isinstance(node, ast.FunctionDef)
    }
    for name, called in SCRIPTS.values():
        assert "prepare()" in functions[name]
        assert f"return {called}(early_signals=EARLY_SIGNALS)" in functions[name]
