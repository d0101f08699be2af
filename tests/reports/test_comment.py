from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dlt_action.core.hints import PAGES, hint_of
from dlt_action.core.model import FlowStatus, PipelineId, Result
from dlt_action.core.record import (
    FlowRow,
    GateResult,
    GateRow,
    GateVerdict,
    InCheckout,
    Outcome,
    Record,
)
from dlt_action.errors import InputProblem
from dlt_action.reports import comment
from dlt_action.reports.comment import (
    LONGEST,
    SHOWN_LINES,
    SHOWN_PROBLEMS,
    SHOWN_ROWS,
)
from dlt_action.reports.gatetable import cells
from dlt_action.reports.titles import TITLES
from tests.oracles.hostile import EVERYTHING
from tests.reports.hostile_records import FULL, GATE, hostile, of_a_job
from tests.reports.records import (
    ASKED,
    HOST,
    OUTCOMES,
    PIPELINE,
    attempt,
    record_of,
)

LINK = re.compile(re.escape(HOST) + r"/pipelines/[0-9A-Za-z/._~?&=#%-]*")
OURS = {"<code>", "</code>", "<br>", "<sub>", "</sub>", "<wbr>"}
MARKER = re.compile(r"<!-- dlt-action(?: [0-9A-Za-z_.-]+)* -->")
BY_ITSELF = re.compile(r"(?i)://|www\.|\S@\w|(?:^|\s)@\w")


def tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = parser.parse(markdown)
    return [*found, *(child for token in found for child in token.children or [])]


def foreign(markdown: str) -> list[str]:
    """What of *markdown*, below the marker, is neither ours nor plain text."""
    first, _, rest = markdown.partition("\n")
    found = [] if MARKER.fullmatch(first) else [first]
    for token in tokens(rest):
        if token.type == "link_open":
            target = str(token.attrs["href"])
            ours = target in PAGES or LINK.fullmatch(target) is not None
            found += [] if ours else [target]
        elif token.type in ("html_block", "html_inline"):
            found += set(re.findall(r"<[^>]*>?", token.content)) - OURS
        elif token.type == "text":
            found += BY_ITSELF.findall(token.content)
        elif token.type in (
            "image",
            "fence",
            "code_block",
            "blockquote_open",
            "s_open",
        ):
            found.append(token.type)
    return found


def of(outcome: Outcome) -> str:
    return comment.render(Record(ASKED, (outcome,)))


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_verdict_comes_first_and_all_links_lead_to_the_workspace(name: str) -> None:
    markdown = comment.render(record_of(name))
    first, blank, second, *_ = markdown.splitlines()
    assert MARKER.fullmatch(first)
    assert not blank
    assert TITLES[OUTCOMES[name].result] in second
    assert foreign(markdown) == []
    assert "mermaid" not in markdown


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_remote_text_becomes_a_link_an_element_or_a_mention(text: str) -> None:
    for result in (Result.FAILED, Result.SUCCEEDED):
        assert foreign(comment.render(hostile(text, result))) == []
        assert foreign(comment.render(of_a_job(text, result))) == []


@given(st.text(st.characters(exclude_categories=())))
def test_nor_does_any_other_text(text: str) -> None:
    assert foreign(comment.render(hostile(text))) == []


def test_the_marker_names_the_pipeline() -> None:
    assert comment.render(record_of("succeeded")).startswith(
        f"<!-- dlt-action {PIPELINE} -->\n"
    )
    assert comment.render(record_of("misconfigured")).startswith(
        "<!-- dlt-action -->\n"
    )


@pytest.mark.parametrize("spoilt", ["a --> <b>", "--", ">", "x\n--> y", "-->" * 99])
def test_nothing_ends_the_marker_early(spoilt: str) -> None:
    outcome = replace(OUTCOMES["failed"], pipeline_id=PipelineId(spoilt))
    assert foreign(of(outcome)) == []


@pytest.mark.parametrize("size", [40, 3_000])
@pytest.mark.parametrize("sign", ["x", "`", "😀", "\U000e0041", "://", "@", "<"])
def test_no_comment_is_longer_than_a_comment_may_be(sign: str, size: int) -> None:
    record = hostile(sign * size)
    many = replace(
        record.outcomes[0],
        flows=record.outcomes[0].flows * 200,
        expectations=record.outcomes[0].expectations * 200,
        gate=record.outcomes[0].gate * 200,
        problems=record.outcomes[0].problems * 20,
        input_problems=record.outcomes[0].input_problems * 200,
        warnings=record.outcomes[0].warnings * 200,
    )
    markdown = comment.render(Record(record.asked, (many,) * 3))
    assert len(markdown) <= LONGEST
    assert foreign(markdown) == []
    assert markdown.endswith("</sub>\n")


def test_what_there_is_no_room_for_is_counted() -> None:
    markdown = comment.render(Record(ASKED, (FULL,) * 200))
    assert re.search(r"_[\d,]+ more parts left out\._", markdown)


def test_the_cause_is_told_with_its_flow_and_place() -> None:
    markdown = of(FULL)
    assert (
        "**Cause:** <code>&#91;DIVIDE_BY_ZERO&#93; Division by zero.</code>" in markdown
    )
    assert "in flow <code>main.sales.orders</code> at <code>a.py" in markdown


def test_a_hint_follows_its_cause() -> None:
    assert "**What usually helps:** Look.\n" in of(FULL)
    known = hint_of(["DIVIDE_BY_ZERO"], "")
    assert known is not None
    problem = replace(FULL.problems[0], hint=known)
    markdown = of(replace(FULL, problems=(problem,)))
    assert f" [Documentation]({known.url})\n" in markdown
    assert foreign(markdown) == []


def test_a_cause_without_a_place_is_a_cause() -> None:
    first = FULL.problems[0]
    bare = replace(first, flow=None, location=None, source=None, hint=None)
    markdown = of(replace(FULL, problems=(bare,) * (SHOWN_PROBLEMS + 2)))
    assert markdown.count("**Cause:**") == SHOWN_PROBLEMS
    assert "_2 more errors._" in markdown
    assert " at <code>" not in markdown


def test_a_run_that_went_well_tells_of_no_cause() -> None:
    assert "**Cause:**" not in of(replace(FULL, result=Result.SUCCEEDED))


def test_the_cause_is_told_at_its_place_in_the_checkout() -> None:
    found = InCheckout("src/orders.py", 7)
    problem = replace(FULL.problems[0], source=found)
    assert "at <code>src/orders.py:7</code>" in of(replace(FULL, problems=(problem,)))


def judged(*rows: GateRow, result: GateResult = GateResult.FAILED) -> str:
    outcome = replace(FULL, result=Result.GATE_FAILED, gate=rows, gate_result=result)
    return comment.render(Record(replace(ASKED, rules=1), (outcome,)))


def test_rules_that_broke_are_told_in_the_words_of_the_summary() -> None:
    markdown = judged(*GATE)
    assert "**❌ Quality gate: failed**" in markdown
    assert "| <code>all failed &lt;= 0.5%</code> |" in markdown
    for row in GATE:
        line = f"| {' | '.join(cells(row))} |"
        assert (line in markdown) is row.broken
    hidden = sum(not row.broken for row in GATE)
    assert f"_{hidden} more judgements in the step summary._" in markdown


def test_a_gate_that_holds_is_one_line() -> None:
    holds = replace(GATE[0], broken=False, verdict=GateVerdict.HOLDS)
    markdown = judged(holds, holds, result=GateResult.PASSED)
    assert "**✅ Quality gate: passed**\n\n_2 judgements in the step" in markdown
    assert "| Rule |" not in markdown


def test_a_gate_that_was_not_reached_says_why() -> None:
    markdown = comment.render(Record(replace(ASKED, rules=1), (OUTCOMES["conflict"],)))
    assert "**⏭️ Quality gate: not judged.** Only an update" in markdown
    assert "Quality gate" not in of(OUTCOMES["conflict"])


def test_where_a_gate_failed_what_recovered_is_no_cause() -> None:
    markdown = judged(*GATE)
    assert markdown.count("**Cause:**") == 1
    assert "**Cause:** <code>main.sales.orders:amount</code> breaks" in markdown


def test_who_canceled_is_told() -> None:
    last = replace(attempt(1, "CANCELED"), canceled_by="anna", cancellation_cause="X")
    markdown = of(replace(OUTCOMES["canceled"], attempts=(last,)))
    assert "**Canceled by** <code>anna</code> (<code>X</code>)" in markdown


def test_flows_that_were_skipped_are_one_line() -> None:
    failed = replace(FULL.flows[0], status=FlowStatus.FAILED, failures=0)
    others = tuple(
        replace(failed, name=f"f{n}", status=FlowStatus.SKIPPED) for n in range(30)
    )
    markdown = of(replace(FULL, flows=(failed, *others)))
    assert "30 flows were skipped because <code>" in markdown
    assert "<code>f7</code>" not in markdown


def test_lines_to_paste_are_told_as_they_are() -> None:
    pasted = "\n".join(f"line {number} <b>" for number in range(SHOWN_LINES + 2))
    problem = InputProblem("timeout", "60.", "Write 60s.", "timeout: 60s")
    outcome = replace(
        OUTCOMES["misconfigured"], paste=pasted, input_problems=(problem,)
    )
    markdown = of(outcome)
    assert "<code>line 0 &lt;b&gt;</code><br>\n<code>line 1" in markdown
    assert "_2 more lines._" in markdown
    assert "Write 60s.\n\n<code>timeout: 60s</code>" in markdown


def test_expectations_that_failed_the_update_are_told_by_name() -> None:
    flow = replace(FULL.flows[0], status=FlowStatus.FAILED, output="m.s.orders")
    problem = replace(FULL.problems[0], flow=flow.name, violated="valid id, amount")
    markdown = of(replace(FULL, flows=(flow,), problems=(problem,)))
    for name in ("valid id", "amount"):
        row = f"| <code>m.s.orders</code> | <code>{name}</code> | violated |"
        assert row in markdown


def test_only_what_needs_looking_at_is_listed() -> None:
    markdown = of(OUTCOMES["succeeded"])
    assert "**Flows**" not in markdown
    assert "2 of 2 flows completed" in markdown
    assert markdown.count("| <code>main.sales.orders</code> |") == 1  # an expectation


def test_long_tables_are_cut_and_counted() -> None:
    failed = FULL.flows[1]
    flows: tuple[FlowRow, ...] = (failed,) * (SHOWN_ROWS + 3)
    assert "_3 more rows._" in of(replace(FULL, flows=flows))


def test_the_worst_pipeline_comes_first() -> None:
    both = Record(ASKED, (OUTCOMES["canceled"], OUTCOMES["failed"]))
    markdown = comment.render(both)
    assert markdown.index("Update failed") < markdown.index("Update was canceled")


def test_what_a_person_has_to_see_is_all_that_there_is() -> None:
    markdown = judged(GATE[0])
    assert "judgement" not in markdown
