"""What the README says in prose and tables of its own is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from dlt_action.cli import COMMANDS
from dlt_action.core import cleaning, reconcile, rivals, trip
from dlt_action.core.jobs import seeking
from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.plan import IfActive
from dlt_action.demo import GATE_EXAMPLE
from dlt_action.settings.manual import help_text
from dlt_action.settings.table import BY_NAME

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text under the heading *title*."""
    found = re.search(
        rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL
    )
    assert found, f"README has no section {title!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in *text*, without their heads."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    heads = [n for n, row in enumerate(cells) if set(row[0]) <= set("-:")]
    skipped = {*heads, *(n - 1 for n in heads)}
    return [row for n, row in enumerate(cells) if n not in skipped]


def test_every_policy_for_an_active_update_has_its_row_in_order() -> None:
    told = [row[0].strip("`") for row in rows(section("When another update is active"))]
    assert told == [policy.value for policy in IfActive]


def test_every_result_is_told_with_its_exit_code() -> None:
    told: dict[str, str] = {}
    for row in rows(README):
        if len(row) == 3 and re.fullmatch(r"[\d, ]+", row[1]):
            told |= dict.fromkeys(re.findall(r"`([a-z-]+)`", row[0]), row[1])
    codes = {one.value: str(code) for one, code in EXIT_CODES.items()}
    codes[Result.INTERRUPTED.value] = "129, 130, 143"
    assert told == codes


def test_results_are_told_worst_first() -> None:
    (told,) = re.findall(r"the worst decides, in this order: (.*)\.", README)
    ranked = [one.value for one in Result if one is not Result.UNFINISHED]
    assert re.findall(r"`([a-z-]+)`", told) == ranked


def test_the_inputs_that_the_prose_names_exist() -> None:
    # `name: value` and `name`, as far as it looks like an input.
    named = set(
        re.findall(r"`((?:on|if|wait|queue|stall|restart)-[a-z-]+)[`:]", README)
    )
    assert named <= set(BY_NAME), named - set(BY_NAME)
    assert {"on-cancel", "on-timeout", "if-active"} <= named


def test_every_action_in_the_readme_is_pinned_by_its_full_sha() -> None:
    used = re.findall(r"uses: (\S+)( # v\d\S*)?\n", README)
    assert {name.partition("@")[0] for name, _ in used} == {
        "OWNER/dlt-action",
        "actions/checkout",
        "actions/upload-artifact",
    }
    for name, version in used:
        assert re.fullmatch(r"[^@]+@[0-9a-f]{40}", name), name
        assert version, name


def test_the_gate_that_is_tried_out_is_the_one_that_help_and_demo_name() -> None:
    assert f".venv/bin/{GATE_EXAMPLE}\n" in README
    assert GATE_EXAMPLE.removeprefix("dlt-action ") in help_text()


def test_commands_in_the_readme_exist() -> None:
    called = set(re.findall(r"dlt-action ([a-z]+)\b(?! \.)", README))
    assert "stop" in called
    assert called <= set(COMMANDS), called - set(COMMANDS)


def test_the_seconds_in_the_table_of_leaving_are_those_of_the_code() -> None:
    text = section("Cancellation and time-outs")
    assert "gone within 7 s" in text
    assert trip.SECONDS_AFTER_SIGNAL < 7
    assert "watched for up to 3 minutes" in text
    assert trip.SECONDS_AFTER_TIMEOUT == 180
    assert "looks for 60 s" in text
    assert reconcile.LOOKS[-1] == 60
    assert "waits for it for 90 s more" in text
    assert cleaning.SECONDS_FOR_A_RESTART == 90
    assert "looks for a one-time run by its name for a minute" in text
    assert seeking.LOOKS[-1] == 60
    assert "it takes 4 minutes at most" in text
    assert cleaning.SECONDS_IN_ALL == 240
    assert "five minutes at most" in section("When another update is active")
    assert rivals.SECONDS_TO_END == 300


def test_what_a_killed_step_leaves_behind_is_told_to_be_the_post_steps() -> None:
    text = section("Cancellation and time-outs")
    assert "the post step stops it, if its id was known" in text
    assert "it starts nothing" in text.lower()
