from __future__ import annotations

from benchmarks.__main__ import GROUPS
from benchmarks.quotes import QUOTED
from benchmarks.report import Goal, Group, as_json, met, section

TOLD = Goal("Calls, theirs = 1", None)


def test_what_is_no_goal_is_told_and_neither_met_nor_missed() -> None:
    (goal,) = met([TOLD], {TOLD.said: 2.41})
    assert goal.holds is None
    about = {"date": "2026-01-01", "seconds": 1, "load": 0.0}
    told = section({**as_json("Title", Group(goals=[goal])), **about})
    assert "| Calls, theirs = 1 | no goal | 2.41 |  |" in told


def test_what_has_to_be_known_is_told_before_any_number() -> None:
    goals = met([Goal("Calls", 1.0)], {"Calls": 0.5})
    about = {"date": "2026-01-01", "seconds": 1, "load": 0.0}
    group = as_json("Title", Group(goals=goals, about="All of it is made up."))
    told = section({**group, **about})
    assert told.index("All of it is made up.") < told.index("| Calls |")


def test_what_the_readme_quotes_is_found_by_a_group() -> None:
    declared = {
        (name, goal.said) for name, group in GROUPS.items() for goal in group.GOALS
    }
    assert {(group, said) for _, _, group, said in QUOTED} <= declared
