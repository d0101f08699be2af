"""The pages beside the README name what exists, and lead to where they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlt_action.settings.outputs import OUTPUTS
from dlt_action.settings.table import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
MOVING = (ROOT / "docs/moving.md").read_text("utf-8")
COMPARISON = (ROOT / "docs/comparison.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
# What stands on our side of the tables and is no input: keys of a workflow, two values
# of `log-level`.
NO_INPUTS = {"needs", "if", "concurrency", "vars", "progress", "events"}
TOOLS = ["Job", "Airflow", "Data Factory", "CLI"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of *page*."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    # Links leave their text; letters, digits, hyphens and blanks stay.
    plain = [re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in plain}


def inputs_of_steps(text: str) -> Iterator[str]:
    """The keys under each `with:` of our own action."""
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        # A block of another action says so above its `with:`.
        for step in re.split(r"^ *- (?=uses|if|run)", block, flags=re.MULTILINE):
            if re.search(r"uses: (?!OWNER/dlt-action@)", step):
                continue
            if found := re.search(r"^( *)with:\n((?:\1 .*\n|\n)*)", step, re.MULTILINE):
                deeper = f"^ {{{len(found[1]) + 2}}}([a-z-]+):"
                yield from re.findall(deeper, found[2], re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_to_a_file_leads_to_one_and_to_a_heading_in_it(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text)
    for path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_steps_that_are_shown_have_inputs_that_exist(page: Path) -> None:
    shown = set(inputs_of_steps(page.read_text("utf-8")))
    assert shown <= set(BY_NAME), shown - set(BY_NAME)


def test_who_moves_is_told_inputs_that_exist() -> None:
    told = set()
    for row in re.findall(r"^\|.*\|$", MOVING, re.MULTILINE):
        ours = row.strip("|").split("|", 1)[1]  # what is there, what is here
        told |= set(re.findall(r"`([a-z][a-z-]*)(?:: [^`]*)?`", ours))
    told -= NO_INPUTS | {one.name for one in OUTPUTS}
    assert told <= set(BY_NAME), told - set(BY_NAME)
    assert {"trigger", "job-name", "max-parallel", "if-active", "on-cancel"} <= told


def test_the_comparison_has_a_source_for_every_tool_in_every_row() -> None:
    table = README.split("## What the others do\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| \[.*\|$", table, re.MULTILINE)
    assert 10 <= len(rows) <= 14
    told = [re.findall(r"\(docs/comparison\.md#([a-z-]+)\)", row) for row in rows]
    first, *sections = re.split(r"^## ", COMPARISON, flags=re.MULTILINE)
    titles = [one.splitlines()[0].lower().replace(" ", "-") for one in sections]
    assert [one for (one,) in told] == titles
    for section in sections:
        for tool in TOOLS:
            assert re.search(rf"^\* \*\*[^*]*\b{tool}\b", section, re.MULTILINE), (
                f"{section.splitlines()[0]}: {tool}"
            )
    for row in rows:
        assert row.count("|") == 7, row
    assert "November 2026" in first
    assert "November 2026" in table


def test_the_code_map_names_each_module_and_nothing_that_is_not_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = text.split("## Code map\n")[1].split("\n## ")[0]
    named = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        folder = ""  # of the first in a row; those after it lie beside it
        for place in re.findall(r"`([^`]+)`", row):
            folder = place.rpartition("/")[0] if "/" in place else folder
            named.add(f"{folder}/{place.rpartition('/')[2]}".lstrip("/"))
    rooms = ("dlt_action", ".")
    lost = [one for one in named if not any((ROOT / r / one).exists() for r in rooms)]
    assert not lost
    package = ROOT / "dlt_action"
    modules = {one.relative_to(package) for one in package.rglob("*.py")}
    unnamed = [
        one.as_posix()
        for one in modules
        if one.name != "__init__.py"
        and one.as_posix() not in named
        and not any(f"{above.as_posix()}/" in named for above in one.parents)
    ]
    assert not unnamed
