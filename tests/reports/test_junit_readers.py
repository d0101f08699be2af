"""`junit.xml` is valid by the schema of Jenkins, and a reader of results shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from dlt_action.core.model import Result
from dlt_action.core.record import Record
from dlt_action.reports import junit
from tests.oracles.hostile import EVERYTHING
from tests.oracles.junit import Case, Suite, faults, suites
from tests.reports.hostile_records import FULL, hostile
from tests.reports.records import ASKED, FAILED_FLOWS, OUTCOMES, PROBLEM, record_of


def shown(record: Record) -> Suite:
    """What a reader shows of *record*, which is of one pipeline."""
    (suite,) = suites(junit.render(record))
    assert suite.told == suite.counted
    return suite


def case(suite: Suite, group: str, name: str) -> Case:
    """The one case of that name."""
    (found,) = (one for one in suite.cases if (one.group, one.name) == (group, name))
    return found


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_ending_is_valid_and_its_counts_are_those_of_its_cases(name: str) -> None:
    assert faults(junit.render(record_of(name))) == []
    shown(record_of(name))


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_texts_leave_it_valid(text: str) -> None:
    for result in (Result.FAILED, Result.GATE_FAILED, Result.SUCCEEDED):
        record = hostile(text, result)
        assert faults(junit.render(record)) == []
        shown(record)


def test_several_pipelines_are_several_suites() -> None:
    both = Record(ASKED, (OUTCOMES["failed"], OUTCOMES["succeeded"]))
    assert faults(junit.render(both)) == []
    assert len(suites(junit.render(both))) == 2


def test_a_success_is_shown_without_anything_red() -> None:
    suite = shown(record_of("succeeded"))
    assert suite.name == "orders_pipeline"
    assert suite.seconds == 250.2
    assert suite.told == Counter(tests=5, skipped=1)
    assert suite.properties["result"] == "succeeded"
    customers = case(suite, "flows", "main.sales.customers")
    assert (customers.verdict, customers.seconds) == ("passed", 120.0)
    assert customers.out == "upserted: 17\ndeleted: 0"
    bad = case(suite, "expectations.main.sales.orders", "amount")
    assert bad.verdict == "skipped"
    assert bad.message == "20 of 1,000 records failed (2 %)"


def test_a_failure_with_retries_shows_each_attempt_and_why() -> None:
    after = replace(
        OUTCOMES["failed-after-retries"], flows=FAILED_FLOWS, problems=(PROBLEM,)
    )
    suite = shown(Record(ASKED, (after,)))
    first, second = (one for one in suite.cases if one.group == "updates")
    assert first.name.startswith("attempt 1: ")
    assert (first.verdict, first.message) == (
        "skipped",
        "FAILED; the platform went on",
    )
    assert first.text == "Cluster was lost."
    assert first.seconds == 250.0
    assert (second.verdict, second.message) == ("failure", "FAILED")
    orders = case(suite, "flows", "main.sales.orders")
    assert (orders.verdict, orders.seconds) == ("failure", 3.0)
    assert orders.message == "[DIVIDE_BY_ZERO] Division by zero."
    assert "/Workspace/Repos/shop/etl/orders.py" in orders.text
    assert orders.out == "rows: 0\nfailed tries: 2"
    assert case(suite, "flows", "main.sales.customers").message == "SKIPPED"


def test_a_gate_that_failed_shows_the_rule_that_broke() -> None:
    suite = shown(record_of("gate-failed"))
    assert suite.told["failures"] == 1
    (red,) = (one for one in suite.cases if one.verdict == "failure")
    assert red.group == "gate"
    assert red.name == "all failed <= 0.5% - main.sales.orders:amount"
    assert red.message == "breaks: 2 %; 20 of 1,000 records failed."


def test_an_expectation_that_was_violated_and_counted_is_one_case() -> None:
    told = replace(PROBLEM, violated="amount")
    suite = shown(Record(ASKED, (replace(FULL, flows=FAILED_FLOWS, problems=(told,)),)))
    amount = case(suite, "expectations.main.sales.orders", "amount")
    assert amount.verdict == "failure"
