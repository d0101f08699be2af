"""The input `quality-gate`: rules, or a file that has them; refused as a whole."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from dlt_action.core.gate import EXAMPLE, NO_GATE
from dlt_action.core.gaterules import parse
from dlt_action.core.model import Pipeline, PipelineId, PipelineState
from dlt_action.errors import InputProblem
from dlt_action.settings.asking import planned, what_is_asked
from dlt_action.settings.judging import MOST_PROBLEMS, RulesIn, gate, read
from dlt_action.settings.load import gate_file_of, load
from tests.core.events import NOON
from tests.settings.door import PIPELINE, inputs, refusal, settings

README = Path(__file__).parents[2] / "README.md"
RULES = "all failed <= 0.5%\norders rows >= 80% of last"


def test_rules_reach_the_plan_and_their_number_the_reports() -> None:
    asked = settings(quality_gate=RULES)
    plan = planned(
        asked,
        Pipeline(
            pipeline_id=PipelineId(PIPELINE), name="orders", state=PipelineState.IDLE
        ),
        began=0.0,
        began_at=NOON,
    )
    assert plan.gate == parse(RULES)[0]
    assert plan.gate.needs_last
    assert what_is_asked(asked).rules == 2


def test_without_the_input_there_is_no_gate() -> None:
    assert settings().gate == NO_GATE
    assert what_is_asked(settings()).rules == 0
    assert gate_file_of([], inputs({})) is None


def test_lines_may_end_as_on_windows() -> None:
    assert gate(RULES.replace("\n", "\r\n")) == gate(RULES)


def test_all_bad_rules_are_one_problem_with_places_and_an_example() -> None:
    text = "orders faild == 0\nall rows >= 1\nall rows >= 80%"
    (problem,) = refusal(inputs({"quality-gate": text}))
    assert problem.startswith(
        "quality-gate: Line 1, column 8 of `orders faild == 0`: `faild` is no metric"
    )
    assert "Line 3, column 13 of `all rows >= 80%`: `rows` has no whole" in problem
    assert problem.endswith(f"such as `{EXAMPLE}`.")


def test_of_many_bad_rules_the_first_are_told_and_the_rest_counted() -> None:
    (problem,) = refusal(inputs({"quality-gate": "nothing\n" * (MOST_PROBLEMS + 7)}))
    assert problem.count("Line ") == MOST_PROBLEMS
    assert "And 7 more." in problem


def test_bad_rules_are_told_beside_other_problems() -> None:
    problems = refusal(inputs({"quality-gate": "x", "timeout": "60"}))
    assert [one.partition(":")[0] for one in problems] == ["timeout", "quality-gate"]


@pytest.mark.parametrize("path", ["gate.txt", "ci/gate.txt", "./ci/gate.txt"])
def test_a_file_is_named_by_its_path_in_the_checkout(path: str) -> None:
    environ = inputs({"quality-gate": f"file: {path}"})
    assert gate_file_of([], environ) == path.removeprefix("./")
    assert gate(f"file:{path}") == RulesIn(path.removeprefix("./"))
    # Who reads files puts the rules there.
    assert load([], environ).gate == NO_GATE


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("", "needs a path"),
        (".", "needs a path"),
        ("a\\b", "needs a path"),
        ("a\nb", "needs a path"),
        ("/etc/passwd", "out of the checkout"),
        ("../gate.txt", "out of the checkout"),
        ("ci/../../gate.txt", "out of the checkout"),
        ("~/gate.txt", "out of the checkout"),
    ],
)
def test_a_path_that_is_none_or_leads_out_is_refused(path: str, what: str) -> None:
    (problem,) = refusal(inputs({"quality-gate": f"file:{path}"}))
    assert what in problem
    assert "file:ci/gate.txt" in problem


def test_the_rules_of_a_file_are_read_as_those_of_the_input() -> None:
    assert read(RULES, "") == gate(RULES)


def test_an_unreadable_file_and_bad_rules_in_it_are_problems_of_the_input() -> None:
    missing = read(None, "there is no such file")
    bad = read("all\n", "")
    assert isinstance(missing, InputProblem)
    assert isinstance(bad, InputProblem)
    assert "there is no such file" in str(missing)
    assert str(bad).startswith("quality-gate: (in the file) Line 1, column 4")


def test_an_update_of_somebody_else_s_can_be_judged() -> None:
    found = load([], inputs({"update-id": "latest", "quality-gate": RULES}))
    assert len(found.gate.rules) == 2


@pytest.mark.parametrize("other", ["wait", "validate-only", "wait-for"])
def test_a_gate_is_refused_where_no_update_completes(other: str) -> None:
    value = {"wait": "false", "validate-only": "true", "wait-for": "running"}[other]
    (problem,) = refusal(inputs({other: value, "quality-gate": RULES}))
    assert f"`{other}: {value}` does not go with `quality-gate`" in problem


def test_the_rules_of_the_readme_are_rules() -> None:
    shown = README.read_text("utf-8").partition("quality-gate: |\n")[2]
    text = dedent(shown.partition("```")[0])
    assert len(parse(text)[0].rules) == 5
    assert parse(text)[1] == ()


def test_the_rules_may_come_by_a_flag() -> None:
    assert settings(f"--quality-gate={RULES}").gate == settings(quality_gate=RULES).gate
