"""Rules of the quality gate against what an update told: a table of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.datasets import MOST_EXPECTATIONS
from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.gaterules import parse
from dlt_action.core.model import (
    FlowStatus,
    Result,
    UpdateId,
)
from dlt_action.core.quality import (
    MOST_ROWS,
    Judgement,
    judge,
    without_numbers,
)
from dlt_action.core.record import (
    DatasetRow,
    ExpectationRow,
    FlowRow,
    GateResult,
    GateRow,
    GateVerdict,
    LastGood,
    Outcome,
)
from tests.core.events import NOON

V = GateVerdict
C = FlowStatus.COMPLETED


def flow(
    name: str,
    *,
    rows: int | None = None,
    dropped: int | None = None,
    status: FlowStatus = C,
    output: str = "",
) -> FlowRow:
    return FlowRow(
        name=name,
        status=status,
        status_text=status.value,
        output=output,
        rows=rows,
        dropped=dropped,
    )


PARTLY = DatasetRow(name="m.s.view", declared=("seen",), untold=("seen",))


def dataset(name: str, *declared: str) -> DatasetRow:
    return DatasetRow(name=name, declared=declared)


def counted(name: str, check: str, passed: int, failed: int) -> ExpectationRow:
    return ExpectationRow(dataset=name, name=check, passed=passed, failed=failed)


# One of everything that a log tells, and of everything that it keeps to itself.
SHOP = Outcome(
    result=Result.SUCCEEDED,
    reason="",
    flows=(
        flow("m.s.orders", rows=996, dropped=4),
        replace(flow("m.s.strict", rows=10), tells_quality=True),
        flow("m.s.silent"),
        # A stream of whose events with quality none was served, in three ways.
        flow("m.s.stream", rows=10),
        replace(flow("s1", output="m.s.shared", rows=7), tells_quality=True),
        flow("s2", output="m.s.shared", rows=8),
        flow("s3", output="m.s.twoflows", rows=8),
        flow("s4", output="m.s.twoflows", rows=0),
        replace(flow("m.s.cut", rows=9, dropped=1), truncated=True),
        flow("m.s.idle", status=FlowStatus.IDLE, rows=5),
        flow("m.s.empty", rows=0),
        flow("m.s.left", status=FlowStatus.EXCLUDED),
        flow("first", output="`m`.s.two", rows=60, dropped=0),
        flow("second", output="m.s.two", rows=40, dropped=10),
        flow("third", output="m.s.half", rows=60, dropped=1),
        flow("fourth", output="m.s.half"),
        replace(flow("m.s.changes"), upserted=7),
        flow("m.s.odd", rows=-1, dropped=-1),
        flow("m.s.kinds", rows=10),
        flow("m.s.mute"),
        flow("m.s.failed", rows=1, status=FlowStatus.FAILED),
        flow("m.s.none", rows=0),
        flow("m.s.twin", rows=1),
        flow("m.t.twin", rows=2),
        flow("m.s.stale", rows=100, dropped=None, status=FlowStatus.STOPPED),
        flow("m.s.zero", rows=0, dropped=0, status=FlowStatus.STOPPED),
        flow(MORE_FLOWS, rows=1),
    ),
    datasets=(
        dataset("m.s.orders", "valid id", "amount", "unseen"),
        dataset("m.s.strict", "must"),
        dataset("m.s.silent", "must"),
        dataset("m.s.stream", "must"),
        dataset("m.s.shared", "must", "other"),
        dataset("m.s.twoflows", "must", "other"),
        DatasetRow(name="m.s.cut", declared=("must",), untold=("must",)),
        dataset("m.s.idle", "must"),
        dataset("m.s.empty", "must", "none"),
        dataset("m.s.left", "must"),
        dataset("m.s.two"),
        dataset("m.s.half"),
        dataset("m.s.view", "seen"),
        dataset("m.s.odd", "must"),
        DatasetRow(
            name="m.s.kinds",
            declared=("fails", "drops", "allows", "part", "both"),
            actions=("FAIL", "DROP", "ALLOW", "", ""),
            untold=("part", "both"),
        ),
        DatasetRow(name="m.s.mute", declared=("fails", "allows"), actions=("FAIL",)),
        DatasetRow(name="m.s.failed", declared=("fails",), actions=("FAIL",)),
        DatasetRow(name="m.s.none", declared=("fails",), actions=("FAIL",)),
        dataset("m.s.twin"),
        dataset("m.t.twin"),
    ),
    expectations=(
        counted("m.s.orders", "valid id", 995, 5),
        counted("orders", "amount", 1000, 0),
        counted("m.s.empty", "none", 0, 0),
        counted("m.s.shared", "other", 7, 0),
        counted("m.s.twoflows", "other", 8, 0),
        counted("m.s.view", "seen", 1, 2),
        counted("m.s.odd", "must", -5, 10),
        counted("kinds", "both", 5, 0),
    ),
    last_good=LastGood(
        update_id=UpdateId("u0"),
        url="",
        flows=(
            flow("m.s.orders", rows=1000),
            flow("m.s.strict", rows=0),
            flow("m.s.silent", rows=7),
            flow("x", output="m.s.two"),
            flow("third", output="m.s.half", rows=50),
            flow("fourth", output="m.s.half", rows=50),
            flow("m.s.changes", rows=3),
            flow("m.s.twin", rows=100_000),
        ),
    ),
)


def judged(text: str, outcome: Outcome = SHOP, *selection: str) -> Judgement:
    gate, problems = parse(text)
    assert problems == ()
    return judge(gate, outcome, selection)


def row(text: str, outcome: Outcome = SHOP, *selection: str) -> GateRow:
    (one,) = judged(text, outcome, *selection).rows
    return one


# Rule, verdict, whether it breaks its rule, what was measured.
CASES: Sequence[tuple[str, GateVerdict, bool, str]] = [
    # Expectations that were counted.
    ('orders:"valid id" failed <= 0.5%', V.HOLDS, False, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed < 0.5%', V.BREAKS, True, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed <= 0.499999%', V.BREAKS, True, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed == 0.5%', V.HOLDS, False, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed >= 0.5%', V.HOLDS, False, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed > 0.5%', V.BREAKS, True, "0.5 % (5 of 1,000)"),
    ('orders:"valid id" failed <= 5', V.HOLDS, False, "5"),
    ('orders:"valid id" failed < 5', V.BREAKS, True, "5"),
    ('orders:"valid id" failed == 0', V.BREAKS, True, "5"),
    ('orders:"valid id" passed >= 99.5%', V.HOLDS, False, "99.5 % (995 of 1,000)"),
    ('orders:"valid id" passed > 99.5%', V.BREAKS, True, "99.5 % (995 of 1,000)"),
    ('orders:"valid id" passed >= 995', V.HOLDS, False, "995"),
    ('orders:"valid id" passed >= 996', V.BREAKS, True, "995"),
    ("orders:amount failed == 0", V.HOLDS, False, "0"),
    ("orders:amount failed == 0%", V.HOLDS, False, "0 % (0 of 1,000)"),
    ("orders:amount passed == 100%", V.HOLDS, False, "100 % (1,000 of 1,000)"),
    ("m.s.orders:amount passed >= 1000", V.HOLDS, False, "1,000"),
    ("M.S.ORDERS:amount passed >= 1000", V.HOLDS, False, "1,000"),
    ("`orders`:amount passed >= 1000", V.HOLDS, False, "1,000"),
    ("view failed <= 50%", V.BREAKS, True, "66.67 % (2 of 3)"),
    ("vi?w:se* failed <= 67%", V.HOLDS, False, "66.67 % (2 of 3)"),
    # Expectations without numbers.
    ("orders:unseen failed == 0", V.HOLDS, False, "0"),
    ("strict:must failed == 0", V.HOLDS, False, "0"),
    ("strict:must failed <= 0.5%", V.HOLDS, False, "0 %"),
    ("strict:must failed >= 1", V.BREAKS, True, "0"),
    ("strict:must passed >= 99%", V.HOLDS, False, "100 %"),
    ("strict:must passed >= 1", V.NOT_AVAILABLE, True, ""),
    ("stream:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("stream:must passed == 100%", V.NOT_AVAILABLE, True, ""),
    ("shared:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("twoflows:must failed == 0", V.HOLDS, False, "0"),
    ("cut:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("cut rows >= 9", V.HOLDS, False, "at least 9"),
    ("cut rows <= 9", V.NOT_AVAILABLE, True, "at least 9"),
    ("cut dropped <= 10%", V.NOT_AVAILABLE, True, ""),
    ("silent:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("silent:* failed == 0", V.NOT_AVAILABLE, True, ""),
    ("idle:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("odd:must failed == 0", V.NOT_AVAILABLE, True, ""),
    ("empty:must failed == 0", V.NO_DATA, False, "0"),
    ("empty:none failed == 0", V.NO_DATA, False, "0"),
    ("empty:none failed <= 1%", V.NO_DATA, False, "0"),
    ("empty:none passed >= 1", V.NO_DATA, False, "0"),
    ("left:must failed == 0", V.NOT_JUDGED, False, ""),
    # Expectations whose kind the log names, and those that it tells in part.
    ("kinds:fails failed == 0", V.HOLDS, False, "0"),
    ("kinds:fails passed == 100%", V.HOLDS, False, "100 %"),
    ("kinds:fails passed >= 1", V.NOT_AVAILABLE, True, ""),
    ("kinds:drops failed == 0", V.NOT_AVAILABLE, True, ""),
    ("kinds:allows failed <= 1%", V.NOT_AVAILABLE, True, ""),
    ("kinds:part failed == 0", V.NOT_AVAILABLE, True, ""),
    ("kinds:both failed == 0", V.NOT_AVAILABLE, True, ""),
    ("mute:fails failed == 0", V.HOLDS, False, "0"),
    ("mute:fails failed <= 1%", V.HOLDS, False, "0 %"),
    ("mute:allows failed == 0", V.NOT_AVAILABLE, True, ""),
    ("failed:fails failed == 0", V.NOT_AVAILABLE, True, ""),
    ("none:fails failed == 0", V.NO_DATA, False, "0"),
    # Names that mean nothing, or too much.
    ("nothing rows >= 1", V.NO_MATCH, True, ""),
    ("nothing* rows >= 1", V.NO_MATCH, True, ""),
    ("orders:nothing failed == 0", V.NO_MATCH, True, ""),
    ("orders:no* failed == 0", V.NO_MATCH, True, ""),
    ("orders:Amount failed == 0", V.NO_MATCH, True, ""),
    ("two failed == 0", V.NO_MATCH, True, ""),
    ("nothing:amount failed == 0", V.NO_MATCH, True, ""),
    ("twin rows >= 1", V.BREAKS, True, ""),
    ("s.twin rows >= 1", V.HOLDS, False, "1"),
    # Rows.
    ("orders rows >= 1", V.HOLDS, False, "996"),
    ("orders rows > 996", V.BREAKS, True, "996"),
    ("orders rows == 996", V.HOLDS, False, "996"),
    ("orders rows <= 995", V.BREAKS, True, "996"),
    ("empty rows >= 1", V.BREAKS, True, "0"),
    ("empty rows >= 0", V.HOLDS, False, "0"),
    ("silent rows >= 0", V.NOT_AVAILABLE, True, ""),
    ("view rows >= 1", V.NOT_AVAILABLE, True, ""),
    ("vie? rows >= 1", V.NOT_AVAILABLE, True, ""),
    ("odd rows >= 0", V.NOT_AVAILABLE, True, ""),
    ("left rows >= 1", V.NOT_JUDGED, False, ""),
    ("two rows == 100", V.HOLDS, False, "100"),
    ("changes rows >= 7", V.HOLDS, False, "7"),
    ("half rows >= 60", V.HOLDS, False, "at least 60"),
    ("half rows > 59", V.HOLDS, False, "at least 60"),
    ("half rows >= 61", V.NOT_AVAILABLE, True, "at least 60"),
    ("half rows <= 60", V.NOT_AVAILABLE, True, "at least 60"),
    ("half rows <= 59", V.BREAKS, True, "at least 60"),
    ("half rows < 60", V.BREAKS, True, "at least 60"),
    ("half rows == 60", V.NOT_AVAILABLE, True, "at least 60"),
    ("half rows == 59", V.BREAKS, True, "at least 60"),
    ("half rows == 61", V.NOT_AVAILABLE, True, "at least 60"),
    # Rows, beside those of the last good update.
    ("orders rows >= 80% of last", V.HOLDS, False, "99.6 % (996, last 1,000)"),
    ("orders rows >= 99.6% of last", V.HOLDS, False, "99.6 % (996, last 1,000)"),
    ("orders rows > 99.6% of last", V.BREAKS, True, "99.6 % (996, last 1,000)"),
    ("orders rows >= 99.601% of last", V.BREAKS, True, "99.6 % (996, last 1,000)"),
    ("changes rows <= 233% of last", V.BREAKS, True, "233.33 % (7, last 3)"),
    ("strict rows >= 80% of last", V.HOLDS, False, "10, last 0"),
    ("strict rows <= 200% of last", V.BREAKS, True, "10, last 0"),
    ("s.twin rows >= 1% of last", V.BREAKS, True, "0.01 % (1, last 100,000)"),
    ("half rows >= 50% of last", V.HOLDS, False, "at least 60 % (60, last 100)"),
    ("silent rows >= 50% of last", V.NOT_AVAILABLE, True, ""),
    ("two rows >= 50% of last", V.NO_BASELINE, False, "100"),
    ("idle rows >= 50% of last", V.NO_BASELINE, False, "5"),
    # Dropped.
    ("orders dropped <= 0.4%", V.HOLDS, False, "0.4 % (4 of 1,000)"),
    ("orders dropped < 0.4%", V.BREAKS, True, "0.4 % (4 of 1,000)"),
    ("orders dropped <= 4", V.HOLDS, False, "4"),
    ("orders dropped == 0", V.BREAKS, True, "4"),
    ("two dropped <= 9%", V.BREAKS, True, "9.09 % (10 of 110)"),
    ("strict dropped == 0", V.NOT_AVAILABLE, True, ""),
    ("empty dropped == 0", V.NO_DATA, False, "0"),
    ("half dropped <= 1%", V.NOT_AVAILABLE, True, ""),
    ("half dropped == 0", V.BREAKS, True, "at least 1"),
    ("half dropped <= 1", V.NOT_AVAILABLE, True, "at least 1"),
    ("zero dropped <= 1%", V.NO_DATA, False, "0"),
    ("zero dropped <= 1", V.HOLDS, False, "0"),
    ("left dropped == 0", V.NOT_JUDGED, False, ""),
]


@pytest.mark.parametrize(
    ("text", "verdict", "broken", "measured"), CASES, ids=[case[0] for case in CASES]
)
def test_each_rule_comes_to_its_verdict(
    text: str, verdict: GateVerdict, measured: str, *, broken: bool
) -> None:
    found = row(text)
    assert (found.verdict, found.measured) == (verdict, measured)
    assert found.broken is broken
    assert found.mandatory
    assert found.rule == text
    result = GateResult.FAILED if broken else GateResult.PASSED
    if verdict is V.NOT_JUDGED:
        result = GateResult.NOT_JUDGED
    assert judged(text).result is result
    assert judged(f"warn {text}").result is (GateResult.WARNED if broken else result)


def test_the_table_has_a_case_for_every_verdict() -> None:
    assert {verdict for _, verdict, _, _ in CASES} == set(V)
    assert len(CASES) >= 60


def test_under_a_glob_a_missing_number_breaks_only_where_nothing_else_is() -> None:
    found = judged("all rows >= 0")
    verdicts = {one.dataset: one.verdict for one in found.rows}
    assert verdicts["m.s.silent"] is V.NOT_AVAILABLE
    assert verdicts["m.s.left"] is V.NOT_JUDGED
    assert not any(one.broken for one in found.rows)
    assert found.result is GateResult.PASSED
    lonely = judged("m.s.*i*e* rows >= 0", replace(SHOP, flows=SHOP.flows[2:3]))
    assert {one.verdict for one in lonely.rows} == {V.NOT_AVAILABLE}
    assert all(one.broken for one in lonely.rows)


def test_every_match_is_judged_alone() -> None:
    found = judged("orders failed == 0")
    by_name = {one.expectation: one.broken for one in found.rows}
    assert by_name == {"valid id": True, "amount": False, "unseen": False}


def test_an_ambiguous_name_breaks_with_a_list_of_what_it_may_be() -> None:
    assert row("twin rows >= 1").dataset == "m.s.twin, m.t.twin"
    many = replace(SHOP, flows=tuple(flow(f"m.s{n}.t", rows=1) for n in range(9)))
    assert row("t rows >= 1", many).dataset.endswith("m.s4.t, 4 more")


@pytest.mark.parametrize(
    ("text", "dataset", "reason"),
    [
        ("nothing failed == 0", "nothing", "nothing of that name"),
        ("nothing:a failed == 0", "nothing", "nothing of that name"),
        ("two failed == 0", "m.s.two", "no expectation of it"),
        ("two:a failed == 0", "m.s.two", "no such expectation of it"),
        ("*.tw?n:a failed == 0", "*.tw?n", "no such expectation of it"),
    ],
)
def test_a_rule_that_means_nothing_says_whether_the_dataset_is_there(
    text: str, dataset: str, reason: str
) -> None:
    found = row(text)
    assert (found.dataset, found.verdict) == (dataset, V.NO_MATCH)
    assert found.reason == f"the update declares {reason}"
    unread = row(text, replace(SHOP, log_complete=False))
    assert unread.broken
    assert unread.reason == (
        f"not all that was brought is known, and what is declares {reason}"
    )


def test_a_last_good_update_whose_log_was_not_read_is_not_said_to_be_silent() -> None:
    last = LastGood(update_id=UpdateId("u0"), url="", log_complete=False)
    judgement = judged("orders rows >= 80% of last", replace(SHOP, last_good=last))
    (found,) = judgement.rows
    assert (found.verdict, found.broken) == (V.NO_BASELINE, False)
    assert found.reason == (
        "the log of the last good update was not read to its end: it is too long, or"
        " was not served"
    )
    (warning,) = judgement.warnings()
    assert warning == (
        "Quality gate: `orders rows >= 80% of last` had nothing to compare with and"
        f" counts as held: {found.reason}."
    )


def test_some_datasets_without_a_last_number_are_counted_and_not_the_whole_rule() -> (
    None
):
    last = LastGood(update_id=UpdateId("u0"), url="")
    flows = tuple(flow(f"m.s.t{number}", rows=1) for number in range(9))
    left = flow("m.s.left", status=FlowStatus.EXCLUDED)

    def said(rules: str, known: int = 9) -> str:
        outcome = replace(
            SHOP,
            flows=(*flows, left),
            datasets=(),
            expectations=(),
            last_good=replace(last, flows=flows[:known]),
        )
        return "".join(judged(rules, outcome).warnings())

    assert said("m.s.* rows >= 1% of last") == ""
    assert said("m.s.* rows >= 1% of last", known=8) == (
        "Quality gate: 1 of 9 datasets of `m.s.* rows >= 1% of last` had nothing to"
        " compare with and counts as held: the last good update tells no rows of it."
    )
    assert "2 of 9 datasets of" in said("m.s.* rows >= 1% of last", known=7)
    assert "with and count as held" in said("m.s.* rows >= 1% of last", known=7)
    many = "\n".join(f"m.s.t{number} rows >= 1% of last" for number in range(2, 9))
    found = said(many, known=2)
    assert found.count("had nothing to compare with") == 3
    assert found.endswith("So had 4 more rules.")
    assert said(many, known=5).endswith("So had 1 more rule.")


@pytest.mark.parametrize("text", [case[0] for case in CASES])
def test_of_a_log_that_is_not_whole_no_number_is_judged(text: str) -> None:
    found = row(text, without_numbers(SHOP))
    assert found.broken or found.verdict is V.NOT_JUDGED
    assert found.measured == ""


def test_rules_are_listed_worst_first_whatever_their_order() -> None:
    found = judged(
        "orders rows >= 1\nwarn orders rows >= 1000\nempty:none failed == 0\n"
        "silent rows >= 1\norders dropped == 0"
    )
    assert [(one.verdict, one.broken, one.mandatory) for one in found.rows] == [
        (V.BREAKS, True, True),
        (V.NOT_AVAILABLE, True, True),
        (V.BREAKS, True, False),
        (V.NO_DATA, False, True),
        (V.HOLDS, False, True),
    ]
    assert (found.broken, len(found.warned)) == (2, 1)
    assert found.result is GateResult.FAILED


def test_without_a_last_good_update_a_comparison_holds_and_says_so() -> None:
    alone = replace(SHOP, last_good=None)
    found = judged("orders rows >= 80% of last\nall rows >= 0", alone)
    assert found.result is GateResult.PASSED
    assert len(found.unbased) == 1
    (warning,) = found.warnings()
    assert warning == (
        "Quality gate: 1 rule had nothing to compare with and counts as held: no update"
        " of this kind that completed before was found, or could be read."
    )
    both = judged("orders rows >= 80% of last\nall rows >= 0% of last", alone)
    assert "2 rules had nothing to compare with and count as held" in "".join(
        both.warnings()
    )
    assert "was found" in row("orders rows >= 80% of last", alone).reason
    assert "tells no rows" in row("two rows >= 80% of last").reason


def test_a_warning_that_broke_is_said_and_breaks_nothing() -> None:
    found = judged("warn orders dropped == 0")
    assert found.result is GateResult.WARNED
    (warning,) = found.warnings()
    assert warning == (
        "Quality gate: `warn orders dropped == 0` broke; `warn` rules do not fail the"
        " gate."
    )


def test_of_many_warnings_that_broke_some_are_named_without_their_backticks() -> None:
    rules = [f"warn `orders` rows >= {number}" for number in range(1000, 1006)]
    (two,) = judged("\n".join(rules[:2])).warnings()
    assert two.startswith(
        "Quality gate: `warn orders rows >= 1000` and `warn orders rows >= 1001` broke;"
    )
    (six,) = judged("\n".join(rules)).warnings()
    assert "rows >= 1002` and 3 more rules broke" in six
    assert "1003" not in six


def test_what_is_not_selected_and_did_not_run_is_not_judged() -> None:
    waiting = flow("m.s.later", status=FlowStatus.QUEUED)
    outcome = replace(SHOP, flows=(*SHOP.flows, waiting))
    assert row("later rows >= 1", outcome, "`Orders`").verdict is V.NOT_JUDGED
    unread = replace(outcome, expectations=())
    assert row("view failed == 0", unread, "orders").verdict is V.NOT_JUDGED
    # It was selected, or it ran all the same, or there was no selection.
    assert row("later rows >= 1", outcome, "S.Later").verdict is V.NOT_AVAILABLE
    assert row("orders rows >= 1", outcome, "later").verdict is V.HOLDS
    assert row("later rows >= 1", outcome).verdict is V.NOT_AVAILABLE
    # A name that means nothing selects nothing.
    assert row("later rows >= 1", outcome, "gone").verdict is V.NOT_JUDGED


def test_a_view_with_bad_records_is_judged_whatever_was_selected() -> None:
    # It has no flow of its own that runs: the numbers are those of who reads it.
    for selection in ((), ("orders",), ("orders", "strict")):
        assert row("view failed == 0", SHOP, *selection).verdict is V.BREAKS
    partly = replace(SHOP, expectations=(), datasets=(PARTLY,))
    assert row("view failed == 0", partly, "orders").verdict is V.NOT_AVAILABLE


@pytest.mark.parametrize(
    ("rule", "verdict", "measured"),
    [
        # What is known is a lower bound, which suffices to hold these, and to break.
        ("orders rows >= 900", V.HOLDS, "at least 996"),
        ("orders rows >= 1000", V.NOT_AVAILABLE, "at least 996"),
        ("orders dropped <= 3", V.BREAKS, "at least 4"),
        ("orders dropped <= 4", V.NOT_AVAILABLE, "at least 4"),
        ('orders:"valid id" failed <= 4', V.BREAKS, "at least 5"),
        ('orders:"valid id" failed <= 5', V.NOT_AVAILABLE, "at least 5"),
        ('orders:"valid id" failed <= 1%', V.NOT_AVAILABLE, ""),
        ("strict:must failed == 0", V.HOLDS, "0"),
        # Whose flows read a view, nobody says.
        ("view failed <= 67%", V.NOT_AVAILABLE, ""),
        ("view failed <= 1", V.BREAKS, "at least 2"),
    ],
)
def test_of_a_flow_whose_end_was_not_seen_there_may_be_more(
    rule: str, verdict: GateVerdict, measured: str
) -> None:
    first, *others = SHOP.flows
    for status in (FlowStatus.RUNNING, FlowStatus.STARTING, FlowStatus.PLANNING):
        outcome = replace(SHOP, flows=(replace(first, status=status), *others))
        found = row(rule, outcome)
        assert (found.verdict, found.measured) == (verdict, measured)


def test_no_record_of_a_flow_at_work_is_not_none_at_all() -> None:
    at_work = flow("m.s.empty", rows=0, status=FlowStatus.RUNNING)
    outcome = replace(SHOP, flows=(at_work,))
    assert row("empty:none failed <= 1%", outcome).verdict is V.NOT_AVAILABLE
    assert row("empty:none failed <= 1%").verdict is V.NO_DATA


@pytest.mark.parametrize("status", [FlowStatus.IDLE, FlowStatus.SKIPPED])
def test_a_flow_that_ran_once_and_long_ago_takes_no_part(status: FlowStatus) -> None:
    # Those of a backfill stand by in each triggered update after their first.
    backfill = flow("backfill", output="m.s.orders", status=status)
    outcome = replace(SHOP, flows=(*SHOP.flows, backfill))
    assert row("orders rows == 996", outcome).verdict is V.HOLDS
    assert row("orders dropped <= 1%", outcome).verdict is V.HOLDS
    strict = replace(backfill, output="m.s.strict")
    outcome = replace(SHOP, flows=(*SHOP.flows, strict))
    assert row("strict:must failed == 0", outcome).verdict is V.HOLDS
    last = SHOP.last_good
    assert last is not None
    outcome = replace(SHOP, last_good=replace(last, flows=(*last.flows, backfill)))
    assert row("orders rows >= 80% of last", outcome).verdict is V.HOLDS
    # Who began takes part, however it stands.
    began = replace(backfill, began=NOON)
    outcome = replace(SHOP, flows=(*SHOP.flows, began))
    assert row("orders rows == 996", outcome).verdict is V.NOT_AVAILABLE


def test_a_gate_of_which_nothing_can_be_judged_has_not_passed() -> None:
    found = judged("left rows >= 1\nwarn left:must failed == 0")
    assert found.result is GateResult.NOT_JUDGED
    assert "refreshed nothing that its rules name" in "".join(found.warnings())


def test_expectations_beyond_the_bound_of_the_tally_are_not_taken_for_zero() -> None:
    many = tuple(
        counted("m.s.orders", str(number), 1, 0) for number in range(MOST_EXPECTATIONS)
    )
    found = row("strict:must failed == 0", replace(SHOP, expectations=many))
    assert found.verdict is V.NOT_AVAILABLE


def test_numbers_of_one_dataset_in_two_spellings_are_one_sum() -> None:
    told = (
        counted("m.s.orders", "valid id", 1, 1),
        counted("orders", "valid id", 2, 0),
        counted("", "valid id", 1, 0),
    )
    found = row('orders:"valid id" failed <= 25%', replace(SHOP, expectations=told))
    assert (found.verdict, found.measured) == (V.HOLDS, "25 % (1 of 4)")


def test_what_matches_thousands_is_listed_to_a_bound_and_then_counted() -> None:
    flows = tuple(flow(f"t{number}", rows=number % 2) for number in range(2000))
    found = judged("all rows >= 1", replace(SHOP, flows=flows, datasets=()))
    kept, last = found.rows[:-1], found.rows[-1]
    assert len(kept) == MOST_ROWS
    assert all(one.broken for one in found.rows)
    assert last.reason.endswith("more rows, none of them worse")
    assert found.broken == 1


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 10**8))
def test_shares_are_compared_exactly(failed: int, passed: int, millionths: int) -> None:
    limit = Fraction(millionths, 10**6)
    told = (counted("m.s.orders", "amount", passed, failed),)
    whole, part = divmod(millionths, 10**6)
    text = f"orders:amount failed <= {whole}.{part:06d}%"
    found = row(text, replace(SHOP, expectations=told))
    assert found.broken is (Fraction(100 * failed, failed + passed) > limit)


NUMBERS = st.none() | st.integers(-5, 5)
METRICS = st.sampled_from(
    [
        "failed <= 1%",
        "failed == 0",
        "passed >= 1",
        "dropped <= 9%",
        "dropped > 0",
        "rows >= 0",
        "rows < 9",
        "rows == 0",
        "rows >= 50% of last",
    ]
)


@given(METRICS, st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from(FlowStatus))))
def test_whatever_the_flows_tell_what_they_do_not_tell_never_holds(
    rule: str, told: list[tuple[int | None, int | None, FlowStatus]]
) -> None:
    flows = tuple(
        replace(flow(f"f{n}", rows=rows, dropped=dropped, status=s), output="m.s.t")
        for n, (rows, dropped, s) in enumerate(told)
    )
    outcome = Outcome(
        result=Result.SUCCEEDED,
        reason="",
        flows=flows,
        datasets=(dataset("m.s.t", "a"),),
    )
    found = row(f"t:a {rule}" if rule[0] in "fp" else f"t {rule}", outcome)
    assert found.broken is (found.verdict in (V.BREAKS, V.NOT_AVAILABLE))
    if all(rows is None and dropped is None for rows, dropped, _ in told):
        assert found.verdict in (V.NOT_AVAILABLE, V.NOT_JUDGED)
