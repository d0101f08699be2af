"""The tables in words: nothing of them is left out, and nothing is invented."""

from __future__ import annotations

import pytest
import yaml

from dlt_action.settings import manual, table
from dlt_action.settings.outputs import OUTPUTS
from dlt_action.settings.refusals import REFUSALS, Refusal
from dlt_action.settings.shape import Input

NAMES = [one.name for one in table.INPUTS]


@pytest.mark.parametrize("one", table.INPUTS, ids=NAMES)
def test_help_has_each_input_once_and_no_flag_for_a_secret(one: Input[object]) -> None:
    heads = [line for line in manual.help_text().splitlines() if line[:3].strip()]
    named = [line for line in heads if line.startswith(f"  {one.flag} ")]
    secret = [line for line in heads if line.startswith(f"  {one.environment_name} ")]
    assert (len(named), len(secret)) == ((0, 1) if one.secret else (1, 0))


def test_no_line_of_help_is_wider_than_a_terminal() -> None:
    assert max(map(len, manual.help_text().splitlines())) <= 100


@pytest.mark.parametrize("one", table.INPUTS, ids=NAMES)
def test_the_readme_has_a_row_for_each_input_with_its_default(
    one: Input[object],
) -> None:
    rows = manual.inputs_markdown().splitlines()
    (row,) = [row for row in rows if row.startswith(f"| `{one.name}` |")]
    assert one.default == "" or f"`{one.default}`" in row
    assert row.count("|") == 4


def test_the_action_has_each_input_and_no_default_of_its_own() -> None:
    found = yaml.safe_load(manual.inputs_yaml())
    assert list(found) == NAMES
    assert all(set(one) == {"description", "required"} for one in found.values())
    assert not any(one["required"] for one in found.values())


def test_each_output_is_in_the_readme_and_in_the_action() -> None:
    found = yaml.safe_load(manual.outputs_yaml())
    assert list(found) == [one.name for one in OUTPUTS]
    rows = manual.outputs_markdown().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(found)


@pytest.mark.parametrize(
    "rule", REFUSALS, ids=lambda rule: f"{rule.one} x {rule.other}"
)
def test_each_refusal_is_in_the_readme_with_its_reason(rule: Refusal) -> None:
    rows = manual.refusals_markdown().splitlines()
    other = f"no `{rule.other}`" if rule.needed else f"`{rule.other}`"
    one = str(rule.one) if rule.one.several else f"`{rule.one}`"
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    assert any(
        one in cell[1].split(", ") and other in cell[2].split(", ")
        for cell in cells
        if cell[3] == rule.why
    )


def test_what_befalls_several_alike_is_one_row_of_the_readme() -> None:
    rows = manual.refusals_markdown().splitlines()
    tails = [row.split("|")[2:] for row in rows]
    assert all(tails.count(tail) == 1 for tail in tails)
