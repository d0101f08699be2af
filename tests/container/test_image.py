"""What is in the image, and what is not."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.container.conftest import (
    BUILD_SECONDS,
    ROOT,
    Engine,
    Step,
    copy_of_the_checkout,
)

pytestmark = pytest.mark.container

PYTHON = "/usr/local/bin/python"
BASE = "python:3.13-slim"
MB = 1000 * 1000

# Runs inside the image, isolated as the entrypoint does, and tells what it sees.
INSPECTION = """
import importlib.metadata, importlib.util, json, os, pathlib, sys
sys.path[:0] = ["/app", "/app/lib"]
folders = [pathlib.Path(folder) for folder in sys.path if pathlib.Path(folder).is_dir()]
sources = {source for folder in folders for source in folder.rglob("*.py")}
below = list(pathlib.Path("/app").rglob("*"))
files = [path for path in below if path.is_file()]
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
    "lib": sorted(path.name for path in pathlib.Path("/app/lib").iterdir()),
    "third_party": sum(path.stat().st_size for path in files
                       if path.is_relative_to("/app/lib") and path.suffix != ".pyc"),
    "others_than_python": sorted(str(path) for path in files
                                 if path.suffix not in (".py", ".pyc")
                                 and not path.match("*.dist-info/*")
                                 and not path.match("*.dist-info/licenses/*")),
    "folders": sorted({path.name for path in below if path.is_dir()}),
    "roots": sorted(path.name for path in pathlib.Path("/").iterdir()),
}))
"""


@pytest.fixture(scope="module")
def inside(engine: Engine, image: str) -> dict[str, Any]:
    """What a Python in the image sees."""
    said = engine.call(
        "run", "--rm", f"--entrypoint={PYTHON}", image, "-I", "-B", "-c", INSPECTION
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


def test_beside_the_program_there_are_the_six_packages_and_their_papers(
    inside: dict[str, Any],
) -> None:
    packages = {re.sub(r"-[0-9.]+[.]dist-info$", "", name) for name in inside["lib"]}
    assert packages == {name.replace("-", "_") for name in inside["distributions"]}
    assert len(inside["lib"]) == 2 * len(packages)


def test_nobody_left_tests_caches_or_a_history_in_it(inside: dict[str, Any]) -> None:
    strange = {"tests", "test", "docs", "benchmarks", "build", "bin"}
    assert strange.isdisjoint(inside["folders"])
    assert [one for one in inside["folders"] if one.startswith(".")] == []
    assert "build" not in inside["roots"]
    strangers = [
        one for one in inside["others_than_python"] if not one.endswith("/py.typed")
    ]
    assert strangers == [
        "/app/LICENSE",
        "/app/lib/certifi/cacert.pem",
        "/app/lib/urllib3/contrib/emscripten/emscripten_fetch_worker.js",
    ]


def test_third_party_code_is_less_than_4_mb(inside: dict[str, Any]) -> None:
    # Its files as they come, certificates included, and not the bytecode made of them.
    assert 1 * MB < inside["third_party"] < 4 * MB


def layers(engine: Engine, image: str) -> list[str]:
    """The digests of an image's layers, the lowest first."""
    said = engine.call("image", "inspect", image)
    found: list[str] = json.loads(said.stdout)[0]["RootFS"]["Layers"]
    return found


def sizes(archive: Path) -> list[int]:
    """Bytes of each layer of a saved image, compressed as for a registry."""
    with tarfile.open(archive) as saved:
        manifest = saved.extractfile("manifest.json")
        assert manifest is not None
        names: Sequence[str] = json.load(manifest)[0]["Layers"]
        contents = [saved.extractfile(name) for name in names[-3:]]
        return [len(gzip.compress(one.read(), 6)) for one in contents if one]


def test_it_adds_less_than_20_mb_to_what_the_base_brings(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    ours = layers(engine, image)[len(layers(engine, BASE)) :]
    assert len(ours) == 3
    saved = engine.call("save", "--output", f"{tmp_path}/image.tar", image)
    assert saved.returncode == 0, saved.stderr
    assert sum(sizes(tmp_path / "image.tar")) < 20 * MB


def test_a_change_of_ours_is_one_new_layer(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    copy_of_the_checkout(tmp_path)
    with (tmp_path / "dlt_action" / "errors.py").open("a") as file:
        file.write("# changed\n")
    changed = "localhost/dlt-action:changed"
    built = engine.call("build", "--tag", changed, f"{tmp_path}", seconds=BUILD_SECONDS)
    assert built.returncode == 0, built.stdout + built.stderr
    before, after = layers(engine, image), layers(engine, changed)
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]


def test_a_run_compiles_nothing(step: Step) -> None:
    options = step.start_options()
    said = step.engine.call(
        *("run", "--rm", *options, f"--entrypoint={PYTHON}", step.image),
        *("-I", "-u", "-B", "-v", "-X", "utf8", "/app/entrypoint.py"),
    )
    assert step.outputs()["result"] == "succeeded", said.stdout
    read = re.findall(r"^# code object from (.+)$", said.stderr, re.MULTILINE)
    assert len(read) > 300
    assert [one for one in read if not one.endswith(".pyc'")] == []


def test_it_shows_what_a_run_is_without_any_workspace(
    engine: Engine, image: str
) -> None:
    said = engine.call("run", "--rm", "--network=none", image, "demo", "success")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "succeeded: " in said.stdout


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
