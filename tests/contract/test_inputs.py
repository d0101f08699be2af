"""One table, four places: settings, action.yml, README and `--help` say the same."""

from __future__ import annotations

import re
from dataclasses import fields
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlt_action.cli import COMMANDS
from dlt_action.core.model import Result, UpdateRequest
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.reports import outputs as rendered
from dlt_action.settings import manual
from dlt_action.settings.outputs import OUTPUTS
from dlt_action.settings.structures import FIELDS_WITH_INPUT
from dlt_action.settings.table import BY_NAME, INPUTS
from tools.update_docs import FILES, updated

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))

# Of the Marketplace: "You must ensure the description is less than 125 characters".
LONGEST_DESCRIPTION = 124
# docs.github.com, metadata syntax, `branding.color`.
COLOURS = {
    "white",
    "black",
    "yellow",
    "blue",
    "green",
    "orange",
    "red",
    "purple",
    "gray-dark",
}
# The same page, `branding.icon`: of Feather 4.28 these are left out. Not all others are
# listed here; ours is one of them, and a change of it has to come by this line.
ICONS_LEFT_OUT = {
    "coffee",
    "columns",
    "divide-circle",
    "divide-square",
    "divide",
    "frown",
    "hexagon",
    "key",
    "meh",
    "mouse-pointer",
    "smile",
    "tool",
    "x-octagon",
}
ICONS = {"activity", "check-circle", "git-commit", "play-circle", "shield"}


@pytest.mark.parametrize("name", FILES)
def test_the_tables_in_the_files_are_those_of_the_code(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    wanted = updated(text, FILES[name])
    changed = [
        line
        for line in ndiff(text.splitlines(), wanted.splitlines())
        if line[0] in "+-"
    ]
    advice = f"run `.venv/bin/python tools/update_docs.py`; {name} should change by:"
    assert not changed, "\n".join([advice, *changed])


def test_action_yml_has_exactly_the_inputs_of_the_table() -> None:
    assert list(ACTION["inputs"]) == [one.name for one in INPUTS]


def test_action_yml_has_exactly_the_outputs_that_are_written() -> None:
    record = Record(Asked(), (Outcome(result=Result.SUCCEEDED, reason=""),))
    assert set(ACTION["outputs"]) == set(rendered.render(record))
    assert list(ACTION["outputs"]) == [one.name for one in OUTPUTS]


@pytest.mark.parametrize("name", BY_NAME)
def test_an_input_is_described_with_default_and_example_and_has_none(
    name: str,
) -> None:
    entry = ACTION["inputs"][name]
    assert set(entry) == {"description", "required"}
    assert entry["required"] is False
    assert re.fullmatch(r".+\. Default: .+\. Example: .+", entry["description"])


def test_no_description_holds_an_expression() -> None:
    # The runner evaluates expressions in action.yml wherever it finds them.
    assert "${{" not in (ROOT / "action.yml").read_text("utf-8")


def test_the_marketplace_takes_name_description_and_branding() -> None:
    assert len(ACTION["description"]) <= LONGEST_DESCRIPTION
    assert ACTION["branding"]["color"] in COLOURS
    assert ACTION["branding"]["icon"] in ICONS - ICONS_LEFT_OUT


def test_inputs_reach_the_container_as_they_are() -> None:
    # Neither `args` nor `env` nor another `entrypoint`, in the main step or after it.
    assert ACTION["runs"] == {
        "using": "docker",
        "image": "Dockerfile",
        "post-entrypoint": "/app/post.py",
        "post-if": "cancelled() || failure()",
    }
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r'^ENTRYPOINT \["/', dockerfile, re.MULTILINE)


def test_names_are_lower_case_with_hyphens() -> None:
    names = [*ACTION["inputs"], *ACTION["outputs"]]
    assert [n for n in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", n)] == []


def test_twelve_inputs_are_everyday_and_shown_first() -> None:
    everyday = [one for one in INPUTS if one.everyday]
    assert len(everyday) == 12
    first, _, folded = manual.inputs_markdown().partition("<details>")
    assert [f"| `{one.name}` |" in first for one in INPUTS] == [
        one.everyday for one in INPUTS
    ]
    assert [f"| `{one.name}` |" in folded for one in INPUTS] == [
        not one.everyday for one in INPUTS
    ]


def test_help_names_every_input_with_default_and_variable() -> None:
    text = manual.help_text()
    for one in INPUTS:
        head = one.environment_name if one.secret else one.flag
        entry = re.search(rf"^  {head} .*\n(?:      .*\n)+", text, re.MULTILINE)
        assert entry, f"--help lacks {head}"
        words = " ".join(entry[0].split())
        unset = one.unset.replace("`", "")
        for fact in (one.default, one.variable, unset):
            assert fact in words


def test_help_fits_into_a_hundred_columns() -> None:
    assert max(map(len, manual.help_text().splitlines())) <= 100


def test_help_names_every_command() -> None:
    usage = manual.help_text().partition("\n\n")[0]
    for command in (*COMMANDS, "--version", "--help"):
        assert re.search(rf"(?<![a-z]){command}\b", usage), command


def test_every_field_of_the_request_has_an_input_or_is_extra() -> None:
    named = {one.name for one in fields(UpdateRequest)}
    assert named == {*FIELDS_WITH_INPUT, "extra"}


def test_words_break_no_table() -> None:
    words = [one.help for one in INPUTS] + [one.help for one in OUTPUTS]
    assert [text for text in words if "|" in text or "\n" in text] == []
    assert [text for text in words if text.endswith(".")] == []


def test_a_file_without_the_markers_is_told_so() -> None:
    with pytest.raises(LookupError, match="no `inputs:begin` and `inputs:end`"):
        updated("# empty", FILES["README.md"])
