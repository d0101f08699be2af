"""The quality gate in summary, log and outputs: worst first, bounded, no link."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from dlt_action.core.model import Result
from dlt_action.core.record import (
    GateResult,
    GateRow,
    GateVerdict,
    Outcome,
    Record,
)
from dlt_action.reports import comment, jsonreport, junit, outputs, summary, telling
from dlt_action.reports.gatetable import (
    FEW_ROWS,
    FOLDED_ROWS,
    SHOWN_ROWS,
    TOLD_ROWS,
    broken_line,
    gate_cause,
    gate_lines,
    gate_section,
    result_of,
    worst_result,
)
from dlt_action.reports.order import root_cause
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import ASKED, OUTCOMES

RULED = replace(ASKED, rules=3)


def row(number: int = 0, *, broken: bool = False, mandatory: bool = True) -> GateRow:
    return GateRow(
        rule="all rows >= 1",
        dataset=f"main.sales.t{number}",
        verdict=GateVerdict.BREAKS if broken else GateVerdict.HOLDS,
        broken=broken,
        mandatory=mandatory,
        measured=f"{number}",
    )


def gated(*rows: GateRow, result: GateResult = GateResult.FAILED) -> Outcome:
    return replace(OUTCOMES["gate-failed"], gate=rows, gate_result=result)


@pytest.mark.parametrize("verdict", list(GateVerdict))
def test_every_verdict_is_told_everywhere_whether_it_breaks_its_rule_or_not(
    verdict: GateVerdict,
) -> None:
    for breaks in (True, False):
        record = Record(RULED, (gated(replace(row(broken=breaks), verdict=verdict)),))
        for render in (summary.render, jsonreport.render):
            assert verdict.value in render(record).replace("&nbsp;", " ")
        for text in (comment.render(record), junit.render(record)):
            assert "quality gate" in text.lower() or "gate-result" in text


def test_a_gate_whose_rules_are_all_of_other_pipelines_says_so() -> None:
    others = replace(OUTCOMES["succeeded"], gate_result=GateResult.PASSED)
    words = "No rule names anything of this pipeline."
    section = gate_section(others, RULED)
    assert section == f"### ✅ Quality gate: passed\n\n{words}"
    assert words in comment.render(Record(RULED, (others,)))
    assert [*gate_lines(others)] == ["quality gate: passed"]


def test_no_gate_has_no_section() -> None:
    assert gate_section(OUTCOMES["succeeded"], ASKED) == ""


def test_a_gate_that_was_not_reached_is_not_judged() -> None:
    section = gate_section(OUTCOMES["conflict"], RULED)
    assert section.startswith("### ⏭️ Quality gate: not judged")
    assert "Only an update that has completed is judged." in section
    assert result_of(OUTCOMES["conflict"], ASKED) is GateResult.NONE


@pytest.mark.parametrize(
    ("result", "title"),
    [
        (GateResult.PASSED, "✅ Quality gate: passed"),
        (GateResult.WARNED, "⚠️ Quality gate: passed with warnings"),
        (GateResult.FAILED, "❌ Quality gate: failed"),
        (GateResult.NOT_JUDGED, "⏭️ Quality gate: not judged"),
    ],
)
def test_each_result_has_a_title(result: GateResult, title: str) -> None:
    assert title in gate_section(gated(row(), result=result), RULED)


@pytest.mark.parametrize("verdict", GateVerdict)
def test_each_verdict_has_a_mark_and_its_name(verdict: GateVerdict) -> None:
    bad = verdict in (GateVerdict.BREAKS, GateVerdict.NO_MATCH)
    one = replace(row(broken=bad), verdict=verdict)
    line = gate_section(gated(one), RULED).splitlines()[-1]
    mark = line.split("|")[-2].strip().split("&nbsp;", 1)
    assert mark[1] == verdict.value
    assert (mark[0] == "❌") is bad


def test_a_rule_that_only_warns_has_a_milder_mark() -> None:
    section = gate_section(gated(row(broken=True, mandatory=False)), RULED)
    assert "⚠️&nbsp;breaks" in section


def test_what_breaks_the_gate_comes_first_everywhere() -> None:
    mild = row(1, broken=True, mandatory=False)
    outcome = gated(row(0), mild, row(2, broken=True))
    section = gate_section(outcome, RULED)
    assert section.index("t2") < section.index("t1") < section.index("t0")
    told = json.loads(outputs.render(Record(RULED, (outcome,)))["gate"])
    assert [one["measured"] for one in told] == ["2", "1", "0"]
    lines = telling.closing(Record(RULED, (outcome,))).splitlines()
    assert lines[:-3] == [
        "BROKEN main.sales.t2: 2 (rule: all rows >= 1)",
        "broken (warn) main.sales.t1: 1 (rule: all rows >= 1)",
    ]
    verdict, cause, link = lines[-3:]
    assert verdict.startswith("gate-failed: ")
    assert cause == lines[0]
    assert link.startswith(ASKED.host)


def test_what_can_be_done_about_a_failed_gate_is_told_before_its_verdict() -> None:
    outcome = replace(gated(row(broken=True)), advice="It is in the tables.")
    lines = telling.closing(Record(RULED, (outcome,))).splitlines()
    assert lines[0] == "It is in the tables."
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "BROKEN main.sales.t0: 0 (rule: all rows >= 1)"),
        (
            {"expectation": "valid id", "measured": "1,909"},
            "BROKEN main.sales.t0:valid id: 1,909 (rule: all rows >= 1)",
        ),
        (
            {"verdict": GateVerdict.NOT_AVAILABLE, "measured": "", "reason": "why"},
            "BROKEN main.sales.t0: not available · why (rule: all rows >= 1)",
        ),
        (
            {"measured": "", "reason": "the name is ambiguous"},
            "BROKEN main.sales.t0: the name is ambiguous (rule: all rows >= 1)",
        ),
        (
            {"dataset": "", "measured": "", "reason": "5 more rows"},
            "BROKEN 5 more rows (rule: all rows >= 1)",
        ),
    ],
)
def test_a_broken_rule_is_said_to_be_broken_once(
    fields: dict[str, Any], line: str
) -> None:
    assert broken_line(replace(row(broken=True), **fields)) == line


def test_a_gate_that_does_not_fail_ends_with_its_result() -> None:
    mild = row(1, broken=True, mandatory=False)
    outcome = replace(OUTCOMES["succeeded"], gate=(row(), mild))
    lines = list(gate_lines(replace(outcome, gate_result=GateResult.WARNED)))
    assert lines == [broken_line(mild), "quality gate: warned"]


def test_what_holds_is_folded_below_what_a_person_has_to_see() -> None:
    unbased = replace(row(99), verdict=GateVerdict.NO_BASELINE)
    broken = [row(n, broken=True) for n in range(2)]
    outcome = gated(*(row(n) for n in range(50, 60)), unbased, *broken)
    shown, folded = gate_section(outcome, RULED).split("<details>")
    assert shown.count("<code>main.sales.t") == 3
    assert "no baseline" in shown
    assert "10 more judgements" in folded
    shown, _ = gate_section(gated(*(row(n) for n in range(9))), RULED).split("<det")
    assert shown.count("<code>main.sales.t") == FEW_ROWS
    some = gated(*(row(n) for n in range(FEW_ROWS + 2)))
    assert "<details>" not in gate_section(some, RULED)


def test_long_gates_are_folded_and_then_counted() -> None:
    many = SHOWN_ROWS + FOLDED_ROWS + 5
    outcome = gated(*(row(n, broken=True) for n in range(many)))
    shown, folded = gate_section(outcome, RULED).split("<details>")
    assert shown.count("main.sales.t") == SHOWN_ROWS
    assert folded.count("main.sales.t") == FOLDED_ROWS
    assert "_5 more judgements not listed._" in folded


def test_the_log_names_some_and_counts_the_rest() -> None:
    outcome = gated(*(row(n, broken=True) for n in range(TOLD_ROWS + 4)))
    closing = telling.closing(Record(RULED, (outcome,)))
    assert closing.count("BROKEN ") == TOLD_ROWS + 1  # the last is the cause
    assert "gate: 4 more" in closing


def test_the_cause_of_a_failed_gate_is_its_worst_rule_and_no_recovered_flow() -> None:
    recovered = replace(
        gated(row(7, broken=True)), problems=OUTCOMES["failed"].problems
    )
    assert root_cause(recovered) == gate_cause(recovered)
    assert "main.sales.t7" in root_cause(recovered)
    assert gate_cause(OUTCOMES["failed"]) == ""
    assert gate_cause(replace(recovered, gate=())) == ""


def test_over_several_pipelines_what_is_not_known_to_be_good_outranks_the_rest() -> (
    None
):
    passed = gated(row(), result=GateResult.PASSED)
    warned = gated(row(), result=GateResult.WARNED)
    failed = gated(row(), result=GateResult.FAILED)
    unknown = replace(OUTCOMES["conflict"], gate_result=GateResult.NOT_JUDGED)
    assert worst_result((passed, warned), RULED) is GateResult.WARNED
    assert worst_result((passed, warned, unknown), RULED) is GateResult.NOT_JUDGED
    assert worst_result((unknown, failed), RULED) is GateResult.FAILED
    both = outputs.render(Record(RULED, (passed, failed)))
    assert (len(json.loads(both["gate"])), both["gate-result"]) == (2, "failed")


def test_what_a_killed_step_leaves_behind_has_no_verdict_of_the_gate() -> None:
    assert outputs.unfinished(Record(RULED))["gate-result"] == "not-judged"
    assert outputs.unfinished(Record(ASKED))["gate-result"] == "none"


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_names_are_text_in_every_sink(text: str) -> None:
    one = replace(row(broken=True), rule=text, dataset=text, expectation=text)
    outcome = replace(gated(one), result=Result.GATE_FAILED)
    html = MarkdownIt("commonmark").enable("table").render(gate_section(outcome, RULED))
    assert "<a " not in html
    assert "<img" not in html
    assert html.count("<tr>") == 2
    assert len(telling.closing(Record(RULED, (outcome,))).splitlines()) == 3
    values = outputs.render(Record(RULED, (outcome,)))
    assert values["gate"].isprintable()
    assert json.loads(values["gate"])[0]["dataset"].isprintable()
    assert values["error"].isprintable()


def test_thousands_of_long_names_stay_within_the_bounds() -> None:
    long = tuple(
        replace(row(n), dataset="@|" * 1000, rule="`<" * 400) for n in range(3000)
    )
    outcome = gated(*long)
    assert len(gate_section(outcome, RULED).encode()) < 600_000
    assert (
        len(outputs.render(Record(RULED, (outcome,)))["gate"]) <= outputs.LONGEST_JSON
    )
