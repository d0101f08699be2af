"""What was measured is told as it was found, and nobody quotes anything else."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from benchmarks import machine
from benchmarks.__main__ import GROUPS, RESULTS, played
from benchmarks.peers.script import GAP, LAYERS, update
from benchmarks.report import (
    TIMES,
    Goal,
    Group,
    Table,
    as_json,
    met,
    page,
    rounded_up,
    section,
)
from dlt_action.standin.script import Asked, Scene

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")

Raw: TypeAlias = "dict[str, Any]"

# From the root of any machine, from a home or a drive; the workspace's paths are none.
FOLDER = re.compile(r"(^|[^\w/])(/(?!api/)[\w.-]+/|~/|[A-Z]:\\|\\\\\w)")

AT_MOST = Goal("at most", 2.0)
AT_LEAST = Goal("at least", 2.0, least=True)


class Broken:
    """A group that cannot be played."""

    TITLE = "Broken"
    GOALS = (AT_MOST,)

    def play(self, *, quick: bool) -> Group:
        raise RuntimeError(f"it cannot be played, {quick=}")


@pytest.fixture(scope="module")
def raw() -> Raw:
    """What was written down the last time."""
    read: Raw = json.loads((RESULTS / "raw.json").read_text("utf-8"))
    return read


def test_the_page_says_what_the_numbers_are(raw: Raw) -> None:
    assert (RESULTS / "README.md").read_text("utf-8") == page(raw)


def test_every_group_was_played_and_tells_of_each_of_its_goals(raw: Raw) -> None:
    declared = {
        name: [(goal.said, goal.limit, goal.least) for goal in group.GOALS]
        for name, group in GROUPS.items()
    }
    told = {
        name: [(goal["said"], goal["limit"], goal["least"]) for goal in group["goals"]]
        for name, group in raw["groups"].items()
    }
    assert told == declared


def test_a_goal_is_said_to_be_met_where_it_was(raw: Raw) -> None:
    for group in raw["groups"].values():
        for told in group["goals"]:
            goal = Goal(told["said"], told["limit"], told["least"], told["found"])
            assert told["holds"] is goal.holds


def test_what_was_measured_names_no_folder_of_any_machine(raw: Raw) -> None:
    assert [text for text in texts(raw) if FOLDER.search(text)] == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("/builds/acme/benchmarks/log/cases.py", True),
        ("No such file: '/home/somebody/.venv'", True),
        ("python=/usr/bin/python", True),
        ("~/work", True),
        (r"C:\Users\somebody", True),
        (r"\\server\share", True),
        ("GET /api/2.0/pipelines/{id}/events", False),
        ("requests / hour, 2/3 of them", False),
        ("EPYC/Linux x86_64", False),
    ],
)
def test_a_folder_is_known_by_how_it_is_written(text: str, *, is_found: bool) -> None:
    assert bool(FOLDER.search(text)) is is_found


def test_what_was_measured_names_no_machine(raw: Raw) -> None:
    about = raw["machine"]
    assert about.keys() == machine.described().keys()
    words = {word for text in texts(about) for word in re.split(r"[\s,()]+", text)}
    assert platform.node() not in words


def texts(told: object) -> Iterator[str]:
    """Every text in what was written down, names included."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for name, value in told.items():
            yield from (name, *texts(value))
    elif isinstance(told, list):
        for value in told:
            yield from texts(value)


def test_the_readme_quotes_ratios_that_were_found(raw: Raw) -> None:
    found = {
        rounded_up(goal["found"])
        for group in raw["groups"].values()
        for goal in group["goals"]
        if goal["found"] is not None
    }
    quoted = re.findall(rf"([\d.,]+) {TIMES}", README)
    assert quoted
    assert set(quoted) <= found


@pytest.mark.parametrize(
    ("goal", "met_by", "missed_by"), [(AT_MOST, 2.0, 2.01), (AT_LEAST, 2.0, 1.99)]
)
def test_a_goal_is_met_at_its_limit(
    goal: Goal, met_by: float, missed_by: float
) -> None:
    found = [met([goal], {goal.said: number}) for number in (met_by, missed_by)]
    assert [one.holds for (one,) in found] == [True, False]


def test_a_goal_that_was_not_measured_is_neither_met_nor_missed() -> None:
    (goal,) = met([AT_MOST], {})
    assert goal.holds is None


def test_what_no_goal_asks_for_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="at mots"):
        met([AT_MOST], {"at mots": 1.0})


def test_a_group_that_breaks_says_so_and_meets_no_goal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = played(Broken(), quick=True)
    assert "it cannot be played, quick=True" in capsys.readouterr().err
    assert found["broke"] is True
    assert [goal["found"] for goal in found["goals"]] == [None]
    assert "Not played: it broke (RuntimeError)." in section(found)


def test_a_missed_goal_can_be_seen_in_its_row() -> None:
    group = Group(
        tables=[Table(("", "MB"), [("a|b", 1234.5), ("c", 0.123)])],
        goals=met([AT_MOST, AT_LEAST], {"at most": 2.001, "at least": 2.0}),
    )
    about = {"date": "2026-01-01", "seconds": 1, "load": 0.0}
    told = section({**as_json("Title", group), **about})
    assert "| at most | ≤ 2 | 2.001 | **missed** |" in told
    assert "| at least | ≥ 2 | 2 | ok |" in told
    assert "| a\\|b | 1,234 |\n| c | 0.12 |" in told


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(0.1701, "0.18"), (0.17, "0.17"), (1.21, "1.3"), (12.1, "13"), (0.001, "0.01")],
)
def test_a_quoted_ratio_is_never_better_than_what_was_found(
    ratio: float, told: str
) -> None:
    assert rounded_up(ratio) == told


@pytest.mark.parametrize("seconds", [18.0, 120.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_flows_of_a_followed_update_begin_and_end_before_it_does(
    seconds: float, seed: int
) -> None:
    scene = Scene(
        update_id="u",
        request_id="r",
        pipeline_id="p",
        pipeline_name="n",
        spec={},
        asked=Asked(),
        cause="API_CALL",
    )
    beats = list(update(seconds, seed).acts[0].script(scene))
    assert (beats[-1].at, beats[-1].state) == (seconds, "COMPLETED")
    last = {
        str(beat.origin["flow_name"]): beat
        for beat in beats
        if beat.event_type == "flow_progress"
    }
    assert len(last) == sum(LAYERS)
    assert all(beat.message.endswith("has COMPLETED.") for beat in last.values())
    gap = seconds - max(beat.at for beat in last.values())
    assert GAP[0] <= gap <= GAP[1]
