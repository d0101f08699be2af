"""What is in the image, and what is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.container.conftest import ROOT, Engine

pytestmark = pytest.mark.container

# Runs inside the image, isolated as the entrypoint does, and tells what it sees.
INSPECTION = """
import importlib.metadata, importlib.util, json, os, pathlib, sys
sys.path[:0] = ["/app", "/app/lib"]
folders = [pathlib.Path(folder) for folder in sys.path if pathlib.Path(folder).is_dir()]
sources = {source for folder in folders for source in folder.rglob("*.py")}
def flags(source):
    compiled = pathlib.Path(importlib.util.cache_from_source(str(source)))
    return compiled.read_bytes()[4] if compiled.is_file() else None
print(json.dumps({
    "distributions": sorted(d.name for d in importlib.metadata.distributions()),
    "importable": [m for m in ("pip", "setuptools", "wheel", "ensurepip")
                   if importlib.util.find_spec(m)],
    "sources": len(sources),
    "unchecked": sum(flags(source) == 1 for source in sources),
    "others": sorted(str(s) for s in sources if flags(s) != 1)[:20],
    "app": sorted(path.name for path in pathlib.Path("/app").iterdir()),
    "executable": sorted(path.name for path in pathlib.Path("/app").glob("*.py")
                         if os.access(path, os.X_OK)),
    "shared": sorted(str(s) for s in pathlib.Path("/app").rglob("*.so")),
}))
"""


@pytest.fixture(scope="module")
def inside(engine: Engine, image: str) -> dict[str, Any]:
    """What a Python in the image sees."""
    python = "/usr/local/bin/python"
    said = engine.call(
        "run", "--rm", f"--entrypoint={python}", image, "-I", "-B", "-c", INSPECTION
    )
    assert said.returncode == 0, said.stderr
    seen: dict[str, Any] = json.loads(said.stdout)
    return seen


@pytest.fixture(scope="module")
def config(engine: Engine, image: str) -> dict[str, Any]:
    """The image's configuration."""
    said = engine.call("image", "inspect", image)
    found: dict[str, Any] = json.loads(said.stdout)[0]["Config"]
    return found


def test_the_distributions_are_exactly_the_six_that_are_locked(
    inside: dict[str, Any],
) -> None:
    locked = re.findall(
        r"^([\w-]+)==", Path(ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert inside["distributions"] == sorted(locked)
    assert len(locked) == 6


def test_the_app_is_two_scripts_the_package_and_what_it_needs(
    inside: dict[str, Any],
) -> None:
    rest = {"LICENSE", "__pycache__", "dlt_action", "lib"}
    assert set(inside["app"]) == {"entrypoint.py", "post.py", *rest}
    assert inside["executable"] == ["entrypoint.py", "post.py"]


def test_nothing_in_it_can_install_anything(inside: dict[str, Any]) -> None:
    assert inside["importable"] == []


def test_no_installer_is_on_the_path(engine: Engine, image: str) -> None:
    listing = "ls /usr/local/bin /usr/bin /bin"
    said = engine.call("run", "--rm", "--entrypoint=/bin/sh", image, "-c", listing)
    assert [name for name in said.stdout.split() if re.match(r"pip|uv$", name)] == []


def test_every_module_is_compiled_and_never_checked_again(
    inside: dict[str, Any],
) -> None:
    assert inside["others"] == []
    assert inside["unchecked"] == inside["sources"] > 300  # the standard library's too


def test_no_machine_code_of_ours_is_in_it(inside: dict[str, Any]) -> None:
    assert inside["shared"] == []


def test_python_is_the_first_process_and_isolated(config: dict[str, Any]) -> None:
    assert config["Entrypoint"] == [
        "/usr/bin/env",
        *("-u", "PYTHONEXECUTABLE", "-u", "__PYVENV_LAUNCHER__"),
        "/usr/local/bin/python",
        "-I",
        "-u",
        "-B",
        "-X",
        "utf8",
        "/app/entrypoint.py",
    ]


def test_it_runs_as_root_as_the_runner_asks(config: dict[str, Any]) -> None:
    assert config.get("User", "") in {"", "root", "0"}


def test_a_dead_resolver_is_given_up_on_soon(config: dict[str, Any]) -> None:
    assert "RES_OPTIONS=timeout:1 attempts:2" in config["Env"]


def test_its_labels_say_what_it_is(config: dict[str, Any]) -> None:
    prefix = "org.opencontainers.image."
    labels = config["Labels"]
    assert labels[f"{prefix}title"] == "dlt-action"
    assert labels[f"{prefix}licenses"] == "Apache-2.0"
    assert labels[f"{prefix}description"]
