"""What the outcomes of one step mean together: rules that match in some of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from dlt_action.core.gate import Gate, Metric, Rule
from dlt_action.core.jobs.rows import JobRun
from dlt_action.core.model import Result, RunId
from dlt_action.core.quality import judge
from dlt_action.core.record import (
    DatasetRow,
    ExpectationRow,
    GateResult,
    GateVerdict,
    Outcome,
    badness,
    worst_of,
)
from dlt_action.core.together import together
from tests.reports.records import OUTCOMES

WELL = OUTCOMES["succeeded"]


def rule(dataset: str, *, mandatory: bool = True) -> Rule:
    return Rule(
        text=f"{'' if mandatory else 'warn '}{dataset} failed >= 0",
        mandatory=mandatory,
        dataset=dataset,
        metric=Metric.FAILED,
        op=">=",
        value=Fraction(0),
    )


def gate(*rules: Rule) -> Gate:
    return Gate(rules, shared=True)


def judged(rules: Gate, *datasets: str) -> Outcome:
    """A pipeline that completed, and declares *datasets*."""
    declared = tuple(DatasetRow(name=one, declared=("check",)) for one in datasets)
    numbers = tuple(
        ExpectationRow(dataset=one, name="check", passed=1, failed=0)
        for one in datasets
    )
    outcome = replace(WELL, datasets=declared, expectations=numbers, flows=())
    found = judge(rules, outcome)
    assert found.broken == 0
    return replace(outcome, gate=found.rows, gate_result=found.result)


UNJUDGED = replace(OUTCOMES["failed"], gate=(), gate_result=GateResult.NOT_JUDGED)
A, B, NOWHERE = rule("a"), rule("b"), rule("nowhere")
WARN = rule("nowhere", mandatory=False)


@pytest.mark.parametrize(
    ("rules", "datasets", "others", "results"),
    [
        ((A, B), ("a", "b"), (), ["succeeded", "succeeded"]),
        ((A,), ("a", "b"), (), ["succeeded", "succeeded"]),
        ((A, NOWHERE), ("a", "b"), (), ["gate-failed", "gate-failed"]),
        ((A, NOWHERE), ("a", "b"), (UNJUDGED,), ["succeeded", "succeeded", "failed"]),
        ((A, WARN), ("a", "b"), (), ["succeeded", "succeeded"]),
        ((NOWHERE,), ("a",), (UNJUDGED,), ["succeeded", "failed"]),
    ],
)
def test_a_rule_is_broken_where_it_means_nothing_in_any_of_them(
    rules: tuple[Rule, ...],
    datasets: tuple[str, ...],
    others: tuple[Outcome, ...],
    results: list[str],
) -> None:
    shared = gate(*rules)
    outcomes = (*(judged(shared, one) for one in datasets), *others)
    assert [one.result for one in together(shared, outcomes)] == results


def test_the_words_count_the_rules_that_broke() -> None:
    shared = gate(A, NOWHERE, B)
    one, two = together(shared, [judged(shared, "a"), judged(shared, "b")])
    for outcome in (one, two):
        assert "1 of 3 rules of the quality gate broke" in outcome.reason
        assert outcome.gate_result is GateResult.FAILED
        first = outcome.gate[0]
        assert (first.broken, first.verdict) == (True, GateVerdict.NO_MATCH)


def test_a_warning_is_told_once_and_fails_nothing() -> None:
    shared = gate(A, WARN)
    one, two = together(shared, [judged(shared, "a"), judged(shared, "b")])
    assert one.gate_result is two.gate_result is GateResult.WARNED
    assert "`warn nowhere failed >= 0` broke" in one.warnings[-1]
    assert two.warnings == WELL.warnings


def test_a_rule_that_broke_already_is_counted_with_those_that_match_nowhere() -> None:
    shared = gate(A, NOWHERE)
    well = judged(shared, "a")
    broken = tuple(
        replace(row, broken=True) if row.rule == A.text else row for row in well.gate
    )
    failed = replace(well, result=Result.GATE_FAILED, gate=broken)
    one, _ = together(shared, [failed, judged(shared, "b")])
    assert "all 2 rules" in one.reason


def test_of_a_job_run_it_is_the_run_whose_gate_fails() -> None:
    shared = gate(A, NOWHERE)
    run = replace(judged(shared, "a"), job=JobRun(run_id=RunId("77")))
    one, _ = together(shared, [run, judged(shared, "b")])
    assert one.result is Result.GATE_FAILED
    assert "77" in one.reason


def test_what_ended_otherwise_keeps_its_end() -> None:
    shared = gate(NOWHERE)
    late = replace(judged(shared, "a"), result=Result.INTERRUPTED)
    one, two = together(shared, [late, judged(shared, "b")])
    assert (one.result, two.result) == (Result.INTERRUPTED, Result.GATE_FAILED)


def test_a_gate_of_one_pipeline_has_judged_already() -> None:
    alone = Gate((NOWHERE,))
    rows = judge(alone, WELL).rows
    assert rows[0].broken
    outcome = replace(WELL, gate=rows)
    assert together(alone, [outcome]) == (outcome,)


def test_who_is_stopped_for_another_ranks_before_what_was_not_begun_only() -> None:
    stopped = replace(OUTCOMES["canceled"], failed_fast=True)
    skipped = replace(OUTCOMES["skipped"], failed_fast=True)
    gate_failed, canceled = OUTCOMES["gate-failed"], OUTCOMES["canceled"]
    ranked = sorted([skipped, WELL, stopped, gate_failed, canceled], key=badness)
    assert ranked == [canceled, gate_failed, stopped, skipped, WELL]
    assert worst_of([stopped, gate_failed]) is gate_failed


def test_what_may_be_in_the_part_of_a_log_that_was_not_read_is_not_called_good() -> (
    None
):
    shared = gate(A, B)
    cut_short = replace(WELL, log_complete=False, datasets=(), expectations=())
    found = judge(shared, cut_short)
    assert (found.result, found.broken) == (GateResult.FAILED, 2)
    failed = replace(cut_short, result=Result.GATE_FAILED, gate=found.rows)
    one, two = together(shared, [failed, judged(shared, "a")])
    assert (one.result, two.result) == (Result.GATE_FAILED, Result.GATE_FAILED)


def test_a_rule_of_another_pipeline_is_no_row_of_this_one() -> None:
    shared = gate(A, B, NOWHERE)
    one, two = together(shared, [judged(shared, "a"), judged(shared, "b")])
    told = [{row.rule for row in outcome.gate} for outcome in (one, two)]
    assert told == [{A.text, NOWHERE.text}, {B.text, NOWHERE.text}]
    # A job of the step has nothing that a rule names: it has no row at all.
    three = together(gate(A), [judged(gate(A), "a"), judged(gate(A), "b")])[1]
    assert (three.gate, three.gate_result) == ((), GateResult.PASSED)


def test_a_rule_that_may_mean_what_was_not_judged_says_so() -> None:
    shared = gate(A, NOWHERE)
    one, _ = together(shared, [judged(shared, "a"), UNJUDGED])
    (row,) = (row for row in one.gate if row.rule == NOWHERE.text)
    assert (row.broken, row.verdict) == (False, GateVerdict.NO_MATCH)
    assert row.reason == "nothing of this pipeline; it may mean one that was not judged"


def test_a_rule_that_matches_nowhere_says_that_it_is_of_no_update() -> None:
    shared = gate(NOWHERE)
    one, _ = together(shared, [judged(shared, "a"), judged(shared, "b")])
    assert one.gate[0].reason == "no update of this step declares anything of that name"
    other = replace(A, expectation="other")
    one, _ = together(gate(other), [judged(gate(other), "a"), judged(gate(other), "b")])
    assert one.gate[0].reason == "no update of this step declares such an expectation"
