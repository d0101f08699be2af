"""
What a group of cases found, and how it is written down.

All of it is in `raw.json`; the page beside that is made of it and of nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any, Protocol

from benchmarks import machine

Cell = str | int | float
_PREFACE = """\
# Benchmark

Written by `make bench`; every number is in [raw.json](raw.json). Machines differ, so
ratios are what can be compared, and only within a group: each says how it was played,
when, and how busy the machine was. Nothing here was asked of a real workspace.

A goal is what was to be reached before anything was measured; where it was not, it says
**missed**. What says "no goal" is there because it is worth knowing as well.
"""
TIMES = "\N{MULTIPLICATION SIGN}"
_NUMBER = re.compile(r"[≤≥-]? ?\d")
_LEAST = 0.01  # what is nearer to nothing is told by its powers of ten


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers side by side."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""  # where a group has several
    note: str = ""  # what has to be known to read it; a line below it


@dataclass(frozen=True, slots=True)
class Goal:
    """What a number is to be, and what it was found to be."""

    said: str  # "CPU of a run of 120 s, the SDK's = 1": no other goal of the group's
    limit: float | None  # None: it is told, and nothing was asked of it
    least: bool = False  # the limit is the least that will do, not the most
    found: float | None = None  # not measured

    @property
    def holds(self) -> bool | None:
        """Whether it was met; None where nothing was measured, or asked for."""
        if self.found is None or self.limit is None:
            return None
        return self.found >= self.limit if self.least else self.found <= self.limit


@dataclass(frozen=True, slots=True)
class Group:
    """What the cases of one group found."""

    tables: Sequence[Table] = ()
    goals: Sequence[Goal] = ()
    about: str = ""  # what has to be known before one reads any of it
    numbers: Mapping[str, Any] | None = None  # whatever was measured, as JSON
    skipped: str = ""  # why it could not be played


class Playable(Protocol):
    """A module that plays a group of cases."""

    @property
    def TITLE(self) -> str:  # noqa: N802 - what a module has is written like this
        """What the group is about."""
        ...

    @property
    def GOALS(self) -> Sequence[Goal]:  # noqa: N802 - see above
        """All of its goals, without what was found."""
        ...

    def play(self, *, quick: bool) -> Group:
        """Play all cases; *quick* is for looking whether they play at all."""
        ...


def met(goals: Iterable[Goal], found: Mapping[str, float | None]) -> tuple[Goal, ...]:
    """Put what was *found*, by what is said, into *goals*."""
    goals = tuple(goals)
    strange = found.keys() - {goal.said for goal in goals}
    if strange:
        raise KeyError(*strange)
    return tuple(replace(goal, found=found.get(goal.said)) for goal in goals)


def as_json(title: str, group: Group) -> dict[str, Any]:
    """All of a group, as `raw.json` has it."""
    return {
        "title": title,
        "skipped": group.skipped,
        "about": group.about,
        "goals": [
            {
                "said": goal.said,
                "limit": goal.limit,
                "least": goal.least,
                "found": goal.found,
                "holds": goal.holds,
            }
            for goal in group.goals
        ],
        "tables": [
            {
                "title": table.title,
                "header": list(table.header),
                "rows": [list(row) for row in table.rows],
                "note": table.note,
            }
            for table in group.tables
        ],
        "numbers": dict(group.numbers or {}),
    }


def write(raw: Mapping[str, Any], folder: Path) -> None:
    """Keep what was found, as JSON and as a page."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(raw, indent=1, ensure_ascii=False)
    (folder / "raw.json").write_text(f"{text}\n", "utf-8")
    (folder / "README.md").write_text(page(raw), "utf-8")


def page(raw: Mapping[str, Any]) -> str:
    """All that was found, in Markdown."""
    about = f"On {machine.told(raw['machine'])}."
    parts = [_PREFACE.rstrip(), about, *map(section, raw["groups"].values())]
    return "\n\n".join(parts) + "\n"


def section(group: Mapping[str, Any]) -> str:
    """A group, as `raw.json` has it, in Markdown."""
    took = f"It took {group['seconds']} s; the load was {group['load']} when it began."
    parts = [f"## {group['title']}", f"{group['date']}. {took}"]
    if group["skipped"]:
        parts.append(f"Not played: {group['skipped']}.")
    if group.get("about"):
        parts.append(group["about"])
    if group["goals"]:
        goals = [_goal(goal) for goal in group["goals"]]
        parts.append(grid(("goal", "limit", "found", ""), goals))
    for table in group["tables"]:
        if table["title"]:
            parts.append(f"### {table['title']}")
        parts.append(grid(table["header"], table["rows"]))
        if table["note"]:
            parts.append(table["note"])
    return "\n\n".join(parts)


def _goal(goal: Mapping[str, Any]) -> Sequence[str]:
    sign = "≥" if goal["least"] else "≤"
    found, limit = goal["found"], goal["limit"]
    return (
        goal["said"],
        "no goal" if limit is None else f"{sign} {shown(limit)}",
        "not measured" if found is None else _beside(found, limit),
        {True: "ok", False: "**missed**", None: ""}[goal["holds"]],
    )


def _beside(found: float, limit: float | None) -> str:
    """A number with so many digits that it is not taken for its *limit*."""
    told = shown(found)
    same = float(told.replace(",", "")) == limit != found
    return f"{found:.4g}" if same else told


def grid(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table in Markdown: words are ranged left, numbers right."""
    cells = [list(map(shown, row)) for row in rows]
    columns = list(zip(*cells, strict=True)) or [() for _ in header]
    rules = ["--:" if any(map(_NUMBER.match, column)) else "---" for column in columns]
    lines = [list(header), rules, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(cell: Cell) -> str:
    """A number with as many digits as one can believe."""
    if isinstance(cell, str):
        return cell.replace("|", "\\|")
    if cell == int(cell) or abs(cell) >= 100:  # noqa: PLR2004 - of three digits none is behind the point
        return f"{cell:,.0f}"
    if abs(cell) < _LEAST:
        return f"{cell:.1g}"
    return f"{cell:.2f}" if abs(cell) < 10 else f"{cell:.1f}"  # noqa: PLR2004 - three digits


def rounded_up(ratio: float) -> str:
    """A ratio in two digits, so that nothing is told better than it was found."""
    digits = 2 - len(str(int(ratio))) if ratio >= 1 else 2
    return f"{ceil(round(ratio * 10**digits, 6)) / 10**digits:.{max(digits, 0)}f}"
