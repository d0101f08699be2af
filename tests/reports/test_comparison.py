from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dlt_action.core.record import ExpectationRow, LastGood, Outcome
from dlt_action.reports.comparison import MOST_CHANGED, comparison
from tests.reports.records import (
    ASKED,
    FLOWS,
    LAST_GOOD,
    NOON,
    OUTCOMES,
    attempt,
)

BARE = LastGood(update_id=LAST_GOOD.update_id, url=LAST_GOOD.url)
TOOK = attempt(1, "COMPLETED")


def outcome(seconds: float | None = None, **more: object) -> Outcome:
    took = replace(
        TOOK,
        created=NOON,
        ended=None if seconds is None else NOON + timedelta(seconds=seconds),
    )
    plain = replace(
        OUTCOMES["succeeded"],
        attempts=(took,),
        flows=(),
        expectations=(),
        rows_written=None,
        last_good=BARE,
    )
    return replace(plain, **more)  # type: ignore[arg-type] # any field


def facts(one: Outcome) -> list[str]:
    line = comparison(one, ASKED).split("\n")[0]
    return line.partition("): ")[2].split(" · ") if line else []


def quality(name: str, passed: int, failed: int) -> ExpectationRow:
    return ExpectationRow(dataset="d", name=name, passed=passed, failed=failed)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (250.0, 223.0, "duration 04:10 (+12 %)"),
        (97.0, 100.0, "duration 01:37 (−3 %)"),  # noqa: RUF001 - a minus
        (100.0, 100.0, "duration 01:40 (as then)"),
        (100.2, 100.0, "duration 01:40 (±0 %)"),
        (2000.0, 1.0, "duration 33:20 (+199,900 %)"),
    ],
)
def test_the_duration_is_compared(now: float, then: float, words: str) -> None:
    assert facts(outcome(now, last_good=replace(BARE, seconds=then))) == [words]


@pytest.mark.parametrize(
    ("now", "then", "found"),
    [
        (1_234_567, 1_272_749, ["rows 1.2 M (−3 %)"]),  # noqa: RUF001 - a minus
        (0, 5, ["rows 0 (−100 %)"]),  # noqa: RUF001 - a minus
        (5, 0, ["rows 5 (then 0)"]),
        (None, 5, []),
        (5, None, []),
    ],
)
def test_rows_are_compared_where_both_are_known(
    now: int | None, then: int | None, found: list[str]
) -> None:
    last = replace(BARE, rows_written=then)
    assert facts(outcome(rows_written=now, last_good=last)) == found


def test_a_duration_that_is_not_known_is_not_compared() -> None:
    assert facts(outcome(None, last_good=replace(BARE, seconds=9.0))) == []
    assert facts(outcome(9.0)) == []
    unknown = replace(outcome(9.0), attempts=(replace(TOOK, created=None),))
    assert facts(replace(unknown, last_good=replace(BARE, seconds=9.0))) == []


@pytest.mark.parametrize("attempts", [(), (attempt(1, "FAILED"),)])
def test_of_what_did_not_complete_neither_duration_nor_rows_are_compared(
    attempts: tuple[object, ...],
) -> None:
    one = outcome(attempts=attempts, rows_written=5, flows=FLOWS, last_good=LAST_GOOD)
    assert facts(one) == ["1 new flow"]


def test_flows_that_are_new_or_gone_are_counted() -> None:
    last = replace(BARE, flows=(replace(FLOWS[0], name="old"), FLOWS[0]))
    assert facts(outcome(flows=FLOWS, last_good=last)) == ["1 new flow", "1 flow gone"]
    failed = outcome(
        flows=FLOWS, last_good=last, attempts=(attempt(1, "FAILED"),)
    )  # it may not have come to them
    assert facts(failed) == ["1 new flow"]
    unread = outcome(flows=FLOWS, last_good=last, log_complete=False)
    assert facts(unread) == ["1 new flow"]
    assert facts(outcome(flows=FLOWS, last_good=replace(BARE, flows=FLOWS))) == []


def test_flows_of_a_selection_are_not_compared() -> None:
    one = outcome(flows=FLOWS, last_good=LAST_GOOD)
    assert comparison(one, replace(ASKED, selection=("orders",))) == ""


def test_expectations_are_compared_by_the_share_that_failed() -> None:
    last = replace(
        BARE,
        expectations=(
            quality("worse", 990, 10),
            quality("better", 50, 50),
            quality("same", 10, 10),
            quality("empty", 0, 0),
            quality("gone", 1, 1),
        ),
    )
    now = (
        quality("worse", 98, 2),
        quality("better", 60, 50),
        quality("same", 1, 1),
        quality("empty", 0, 0),
        quality("new", 0, 9),
    )
    one = outcome(expectations=now, last_good=last)
    worse = "1 expectation worse (<code>d:worse</code> 1 % → 2 %)"
    assert facts(one) == [worse, "1 expectation better"]
    assert "<details>" not in comparison(one, ASKED)


def test_many_that_became_worse_are_counted_and_the_worst_are_listed() -> None:
    names = [f"e{n:02d}" for n in range(MOST_CHANGED + 5)]
    last = replace(BARE, expectations=tuple(quality(name, 100, 0) for name in names))
    now = tuple(quality(name, 100, n) for n, name in enumerate(names, start=1))
    markdown = comparison(outcome(expectations=now, last_good=last), ASKED)
    assert markdown.count("\n| <code>d") == MOST_CHANGED
    assert "e24" in markdown
    assert "e04" not in markdown
    assert "| <code>d</code> | <code>e24</code> | 0 (0 %) | 25 (20 %) |" in markdown
    assert "_5 more not listed._" in markdown


def test_nothing_is_said_where_there_is_nothing_to_compare_with() -> None:
    assert comparison(outcome(last_good=None), ASKED) == ""
    assert comparison(outcome(), ASKED) == ""


def test_two_that_became_worse_are_both_listed_the_worst_first() -> None:
    last = replace(BARE, expectations=(quality("a", 99, 1), quality("b", 99, 1)))
    now = quality("a", 98, 2), quality("b", 90, 10)
    markdown = comparison(outcome(expectations=now, last_good=last), ASKED)
    assert "<summary>2 expectations worse than then</summary>" in markdown
    assert markdown.index("<code>b</code>") < markdown.index("<code>a</code>")
    assert "not listed" not in markdown
