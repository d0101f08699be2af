"""The page about the API names what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import dlt_action
from dlt_action import UpdateResult, run_update
from dlt_action.settings.outputs import OUTPUTS
from dlt_action.settings.table import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs/python-api.md", ROOT / "examples/airflow/README.md"]
PAGE = PAGES[0].read_text("utf-8")


def code(text: str) -> str:
    """All that *text* shows as Python."""
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


def test_the_page_tells_everything_that_a_result_has() -> None:
    told = set(re.findall(r"`(\w+)(?:\(\))?`", PAGE))
    public = {name for name in dir(UpdateResult) if not name.startswith("_")}
    assert public <= told, public - told


def test_a_result_has_every_output() -> None:
    outputs = {one.name.replace("-", "_") for one in OUTPUTS}
    assert outputs <= set(dir(UpdateResult)), outputs - set(dir(UpdateResult))


def test_the_page_tells_every_argument_that_is_no_input() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    arguments = inspect.signature(run_update).parameters
    assert {*arguments} - {"inputs"} <= told
    assert not {*arguments} & {name.replace("-", "_") for name in BY_NAME}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_shown_of_the_package_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    shown = set(re.findall(r"\bdlt_action\.([A-Za-z_]+)", text))
    assert shown
    assert shown <= set(dlt_action.__all__), shown


def test_code_that_is_shown_is_python_and_passes_arguments_that_exist() -> None:
    shown = code(PAGE)
    compile(shown, "docs/python-api.md", "exec")
    call = shown.split("run_update(")[1].split("\n)")[0]
    keywords = re.findall(r"^    (\w+)=", call, re.MULTILINE)
    passed = {keyword.replace("_", "-") for keyword in keywords}
    assert len(passed) > 3
    assert passed <= set(BY_NAME), passed
