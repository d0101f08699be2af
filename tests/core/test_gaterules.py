"""The rule language of the quality gate: what is read, and what is refused where."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.gate import EXAMPLE, Gate, Metric, Rule, Unit
from dlt_action.core.gaterules import LONGEST_LINE, MOST_RULES, parse


def rule(text: str) -> Rule:
    found, problems = parse(text)
    assert problems == ()
    (one,) = found.rules
    return one


def refused(text: str) -> list[tuple[int, int, str]]:
    """Line, column and words of each problem."""
    return [(one.line, one.column, one.what) for one in parse(text)[1]]


@pytest.mark.parametrize(
    ("text", "dataset", "expectation"),
    [
        ("all failed <= 0.5%", "*", "*"),
        ('main.sales.orders:"valid id" failed == 0', "main.sales.orders", "valid id"),
        ("orders:valid_id failed == 0", "orders", "valid_id"),
        ("orders failed == 0", "orders", "*"),
        ("main.sales.* rows >= 1", "main.sales.*", "*"),
        ("`main`.`sa les`.orders rows >= 1", "main.sa les.orders", "*"),
        ('main."sa les".orders rows >= 1', "main.sa les.orders", "*"),
        ('"a:b,c":"d ""e""" failed == 0', "a:b,c", 'd "e"'),
        ('"all" rows >= 1', "all", "*"),
        ("orders:all failed == 0", "orders", "*"),
        ("allorders rows >= 1", "allorders", "*"),
        ("orders[!0-9] rows >= 1", "orders[!0-9]", "*"),
        ("warnings rows >= 1", "warnings", "*"),
        ('"warn" rows >= 1', "warn", "*"),
        ("warn warn rows >= 1", "warn", "*"),
        ("größe rows >= 1", "größe", "*"),
        ("orders#1 rows >= 1", "orders#1", "*"),
        ('orders:"# 1" failed == 0', "orders", "# 1"),
        ('"orders[" rows >= 1', "orders[", "*"),
        ("`orders[`:a failed == 0", "orders[", "a"),
        ("orders[]x] rows >= 1", "orders[]x]", "*"),
        ("error rows >= 1", "error", "*"),
        ("fail:must failed == 0", "fail", "must"),
    ],
)
def test_a_rule_names_a_dataset_and_perhaps_an_expectation(
    text: str, dataset: str, expectation: str
) -> None:
    found = rule(text)
    assert (found.dataset, found.expectation) == (dataset, expectation)


@pytest.mark.parametrize(
    ("text", "op", "value", "unit"),
    [
        ("a failed <= 0.5%", "<=", Fraction(1, 2), Unit.PERCENT),
        ("a failed<=0.5%", "<=", Fraction(1, 2), Unit.PERCENT),
        ("a failed < 0.1 %", "<", Fraction(1, 10), Unit.PERCENT),
        ("a failed == 0", "==", Fraction(0), Unit.RECORDS),
        ("a passed > 99.999999%", ">", Fraction(99_999_999, 1_000_000), Unit.PERCENT),
        ("a passed >= 100%", ">=", Fraction(100), Unit.PERCENT),
        ("a dropped <= 10.0", "<=", Fraction(10), Unit.RECORDS),
        ("a rows >= 999999999999999", ">=", Fraction(10**15 - 1), Unit.RECORDS),
        ("a rows >= 80% of last", ">=", Fraction(80), Unit.OF_LAST),
        ("a rows <= 150 %  of   last", "<=", Fraction(150), Unit.OF_LAST),
        ("a\trows\t>=\t1", ">=", Fraction(1), Unit.RECORDS),
    ],
)
def test_a_value_is_a_number_of_records_or_a_share_of_something(
    text: str, op: str, value: Fraction, unit: Unit
) -> None:
    found = rule(text)
    assert (found.op, found.value, found.unit) == (op, value, unit)


def test_only_a_rule_that_says_warn_is_not_mandatory() -> None:
    assert rule("warn all dropped <= 1%").mandatory is False
    assert rule("all dropped <= 1%").mandatory is True
    assert rule("all dropped <= 1%").metric is Metric.DROPPED


def test_a_rule_is_kept_as_it_was_written_without_its_comment() -> None:
    assert rule('  warn  a:"b"  failed == 0   # why').text == 'warn  a:"b"  failed == 0'


def test_blank_lines_and_comments_are_no_rules() -> None:
    found, problems = parse("# a\n\nall rows >= 1 # b\n   \n  # c\norders rows > 2")
    assert [one.dataset for one in found.rules] == ["*", "orders"]
    assert problems == ()


BAD = [
    ("", 1, "there is no rule"),
    ("# nothing", 1, "there is no rule"),
    ("warn", 5, "the metric is missing"),
    ("orders", 7, "the metric is missing"),
    ("orders <= 5", 8, "the metric is missing"),
    (":valid failed == 0", 1, "a dataset is missing"),
    ("orders: failed == 0", 8, "an expectation is missing"),
    ('"" rows >= 1', 1, "a dataset is missing"),
    ("orders faild == 0", 8, "`faild` is no metric"),
    ("orders FAILED == 0", 8, "this is no metric"),
    ("orders:valid id failed == 0", 14, "`id` is no metric"),
    ("orders dapi0123456789abcdef >= 1", 8, "this is no metric"),
    ("orders failed 0", 15, "the comparison is missing"),
    ("orders failed = 0", 15, "this is no comparison"),
    ("orders failed != 0", 15, "this is no comparison"),
    ("orders failed => 0", 15, "this is no comparison"),
    ("orders failed ≤ 0", 15, "this is no comparison"),
    ("orders failed ==", 17, "the value is missing"),
    ("orders failed == none", 18, "the value is missing"),
    ("orders failed >= -1", 18, "the value is negative"),
    ("orders failed <= \N{MINUS SIGN}1%", 18, "the value is negative"),
    ("orders failed == 0 or less", 20, "something stands after"),
    ("orders failed == 1,000", 19, "nothing between the digits"),
    ("orders failed <= 0,5%", 19, "with a point"),
    ("orders failed == 1_000", 19, "nothing between the digits"),
    ("orders failed == 1 000", 20, "nothing between the digits"),
    ("orders failed == 1e3", 19, "write numbers as `1000` or `0.5%`"),
    ("orders failed == 1234567890123456", 33, "15 digits"),
    ("orders failed == 0.1234567%", 26, "6 after the point"),
    ("[warn] all failed == 0", 1, "write `warn` without brackets"),
    ("  [WARN]: all failed == 0", 3, "write `warn` without brackets"),
    ("error all failed == 0", 1, "only `warn`, small and without a colon, may"),
    ("fail all rows >= 1", 1, "only `warn`, small and without a colon, may"),
    ("WARN all dropped <= 1%", 1, "only `warn`, small and without a colon, may"),
    ("error: all failed == 0", 1, "only `warn`, small and without a colon, may"),
    ("all failed <= 1%, all rows >= 1", 17, "something stands after the value"),
    ("all failed <= 5 each", 17, "something stands after the value"),
    ("orders failed == 1e+3", 19, "write numbers as `1000` or `0.5%`"),
    ("failed <= 1%", 8, "after the dataset, or `all`"),
    ("fail faild == 0", 6, "`faild` is no metric"),
    ('"orders" : "valid id" failed == 0', 10, "no blanks around `:`"),
    ("orders :valid failed == 0", 8, "no blanks around `:`"),
    ('orders: "valid id" failed == 0', 8, "without blanks around `:`"),
    ("orders[ rows >= 1", 7, "`[` has no `]`"),
    ("orders:a[] failed == 0", 9, "nothing stands in it"),
    ('main."[".b[a-z rows >= 1', 11, "`[` has no `]`"),
    ("orders failed <= 1.5", 18, "whole numbers"),
    ("orders failed <= 101%", 18, "no share is above"),
    ("orders failed <= 5% of last", 18, "only `rows`"),
    ("orders rows >= 80%", 16, "no whole to be a part of"),
    ("orders rows >= 80 of last", 16, "needs a percentage"),
    ("orders rows >= 80% of yesterday", 20, "something stands after"),
    ("orders:valid rows >= 1", 7, "datasets have `rows`"),
    ("orders:valid dropped <= 1", 7, "datasets have `dropped`"),
    ("a,b rows >= 1", 2, "a name cannot go on"),
    ("orders:a:b failed == 0", 9, "a name cannot go on"),
    ("orders<5", 7, "a name cannot go on"),
    ('orders:"valid id failed == 0', 8, "has no partner"),
    ("`orders rows >= 1", 1, "has no partner"),
    ("orders\x07 rows >= 1", 7, "control character"),
    ("orders\u00a0rows >= 1", 7, "a blank that cannot be"),
    ("a" * LONGEST_LINE + " rows >= 1", LONGEST_LINE + 1, "too long"),
]


@pytest.mark.parametrize(("text", "column", "what"), BAD)
def test_a_bad_rule_is_refused_with_its_column(
    text: str, column: int, what: str
) -> None:
    ((line, at, said),) = refused(text)
    assert (line, at) == (1, column)
    assert what in said


def test_all_bad_rules_are_told_together_each_with_its_line() -> None:
    text = "all rows >= 1\norders faild == 0\n\n# c\norders rows >= 80%\n"
    assert [(line, column) for line, column, _ in refused(text)] == [(2, 8), (5, 16)]
    assert str(parse(text)[1][0]).startswith(
        "Line 2, column 8 of `orders faild == 0`: `faild` is no metric"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\torders  faild <= 0.5%", "orders faild <= 0.5%"),
        ('main.`sales`.*:"valid id" x', 'main."sales".*:"valid id" x'),
        ("orders FAILED == 1_000", "orders FAILED == 1_000"),
        ("orders failed >= -1%", "orders failed >= -1%"),
        ("orders failed >= +1 % x", "orders failed >= +1 % x"),
        ("orders dapi0123456789abcdef", "orders …"),
        ("orders\x1b[31m rows", "…[… rows"),
        ("ab " * 50, "ab " * 26 + "a…"),
        ("", ""),
    ],
)
def test_a_refused_line_is_repeated_by_its_plain_words(text: str, shown: str) -> None:
    assert parse(text)[1][0].rule == shown


def test_what_may_be_a_secret_is_not_repeated() -> None:
    for word in ("dapi0123456789abcdef", "eyJhbGciOi.J9.x", "a" * 17):
        assert word not in str(parse(f"orders {word} >= 1")[1])


def test_more_rules_than_a_gate_can_have_are_refused() -> None:
    found, problems = parse("all rows >= 1\n" * MOST_RULES)
    assert (len(found.rules), problems) == (MOST_RULES, ())
    (problem,) = parse("all rows >= 1\n" * (MOST_RULES + 5))[1]
    assert problem.line == MOST_RULES + 1


def test_a_gate_needs_the_last_update_only_for_what_compares_with_it() -> None:
    assert parse("all rows >= 1\nall rows >= 80% of last")[0].needs_last
    assert not parse("all rows >= 80")[0].needs_last
    assert Gate().needs_last is False


def test_the_example_that_messages_show_is_a_rule() -> None:
    assert rule(EXAMPLE).mandatory


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(NAMES, NAMES, st.sampled_from(Metric), st.integers(0, 10**15 - 1))
def test_any_name_can_be_written_in_quotes(
    dataset: str, expectation: str, metric: Metric, value: int
) -> None:
    quoted = '"{}"'.format(dataset.replace('"', '""'))
    if metric.of_expectations:
        quoted += ':"{}"'.format(expectation.replace('"', '""'))
    found = rule(f"{quoted} {metric} <= {value}")
    assert found.dataset == dataset
    assert found.metric is metric
    assert found.value == value
    if metric.of_expectations:
        assert found.expectation == expectation


@given(st.text(alphabet='a:"`,.* <=>!#%0159\n\tfailedrowswarnof last', max_size=60))
def test_any_text_is_read_or_refused_at_a_place_that_it_has(text: str) -> None:
    found, problems = parse(text)
    lines = text.split("\n")
    assert found.rules or problems
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
