"""What describes the image says the same everywhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlt_action.core.model import PipelineId, UpdateId
from dlt_action.core.owed import Owed, read, written

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
SCRIPTS = ("entrypoint.py", "post.py")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """The versions in one of the requirement files."""
    text = (ROOT / name).read_text("utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)", text, re.MULTILINE))


def distribution(requirement: str) -> str:
    """Return the name in a requirement such as `requests>=2`."""
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0]


def test_the_image_holds_what_pyproject_asks_for_and_what_that_brings() -> None:
    asked = {distribution(line) for line in PYPROJECT["project"]["dependencies"]}
    brought = {"certifi", "charset-normalizer", "idna", "urllib3"}
    assert asked == {"requests", "tenacity"}
    assert set(locked("requirements.txt")) == asked | brought


def test_the_image_runs_on_the_versions_that_the_tests_ran_on() -> None:
    tested = locked("requirements-dev.txt")
    assert locked("requirements.txt").items() <= tested.items()


def test_every_requirement_is_held_by_its_hashes() -> None:
    for name in ("", "-dev", "-container"):
        text = (ROOT / f"requirements{name}.txt").read_text("utf-8")
        for entry in re.split(r"^(?=[\w-]+==)", text, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_and_the_image_start_python_the_same_way(name: str) -> None:
    (entrypoint,) = re.findall(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.MULTILINE)
    shebang = (ROOT / name).read_text("utf-8").splitlines()[0]
    env, *command, script = json.loads(entrypoint)
    assert shebang == f"#!{env} -S {' '.join(command)}"
    assert script == "/app/entrypoint.py"


def test_the_post_step_is_a_script_that_the_image_has_at_that_place() -> None:
    # The runner starts it as `--entrypoint`: a path, and nothing else.
    path = Path(ACTION["runs"]["post-entrypoint"])
    assert path.name in SCRIPTS
    copied = re.findall(r"^COPY (?!--from)(.+) (/\S*)$", DOCKERFILE, re.MULTILINE)
    assert [
        target.rstrip("/") for sources, target in copied if path.name in sources.split()
    ] == [str(path.parent)]
    assert re.search(
        rf"^COPY --from=program {path.parent} {path.parent}$", DOCKERFILE, re.MULTILINE
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_may_be_executed_after_a_fresh_checkout(name: str) -> None:
    # The runner builds the image from a checkout: git's mode is what it gets.
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--stage", name],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    assert listed.startswith("100755 ")


def test_the_post_step_runs_after_what_may_have_left_an_update_behind() -> None:
    # `always()` would start a container after each good run, to say nothing.
    condition = ACTION["runs"]["post-if"].split(" || ")
    assert sorted(condition) == ["cancelled()", "failure()"]


def test_the_source_distribution_has_both_scripts() -> None:
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {f"/{name}" for name in SCRIPTS} <= set(included)


def test_names_in_the_state_can_be_names_of_variables() -> None:
    owed = Owed(
        stop=True, asked=True, pipeline_id=PipelineId("p"), update_id=UpdateId("u")
    )
    names = written({1: owed, 12: owed}, 12)
    assert set(owed.written()) < set(names)
    assert all(re.fullmatch(r"[a-z_]+(_[0-9]+)?", name) for name in names)
    assert read(names) == read(names, 12) == owed


def test_all_stages_stand_on_one_base() -> None:
    # Bytecode of one Python is of no use to another.
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 3
    assert len(set(bases)) == 1


def test_what_changes_seldom_is_below_what_changes_often() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    steps = re.findall(r"^(RUN|COPY --from=\w+)", last, re.MULTILINE)
    assert steps == ["RUN", "COPY --from=wheels", "COPY --from=program"]


def test_the_image_says_what_the_package_says() -> None:
    assert PYPROJECT["project"]["description"] in DOCKERFILE
    assert f'licenses="{PYPROJECT["project"]["license"]}"' in DOCKERFILE


def test_what_the_image_copies_is_let_in_and_nothing_else_is() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
