from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dlt_action.core.hints import PAGES
from dlt_action.core.model import (
    Attribution,
    Cause,
    FlowStatus,
    Location,
    PipelineId,
    Result,
    UpdateId,
    UpdateState,
)
from dlt_action.core.record import (
    Attempt,
    DatasetRow,
    ExpectationRow,
    FlowRow,
    Hint,
    InCheckout,
    LastGood,
    Outcome,
    Phase,
    Problem,
    Record,
)
from dlt_action.errors import InputProblem
from dlt_action.reports import summary
from dlt_action.reports.lineage import MOST_NODES
from dlt_action.reports.sections import FOLDED_ROWS, SHOWN_ROWS
from dlt_action.reports.summary import MOST_DRAWN
from tests.oracles.hostile import EVERYTHING
from tests.oracles.mermaid import flowchart, gantt, pictures
from tests.reports.records import (
    ASKED,
    HOST,
    NOON,
    OUTCOMES,
    PROBLEM,
    attempt,
    record_of,
)

OURS = re.compile(re.escape(HOST) + r"/(?:pipelines/[0-9A-Za-z/._~?&=#%-]*)?")
OUR_HTML = {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}
OUR_HTML |= {"<br>", "<sub>", "</sub>"}
LINKED_BY_ITSELF = re.compile(r"(?i)://|www\.|\S@\w|(?:^|\s)@\w")


def _tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    return [*tokens, *(child for token in tokens for child in token.children or [])]


def _foreign(markdown: str) -> list[str]:
    """What of *markdown* is neither ours nor plain text."""
    found = []
    for token in _tokens(markdown):
        if token.type == "link_open":
            target = str(token.attrs["href"])
            ours = OURS.fullmatch(target) is not None or target in PAGES
            found += [] if ours else [target]
        elif token.type in ("html_block", "html_inline"):
            found += set(re.findall(r"<[^>]*>?", token.content)) - OUR_HTML
        elif token.type == "text":
            found += LINKED_BY_ITSELF.findall(token.content)
        elif token.type in ("image", "blockquote_open", "code_block", "s_open", "hr"):
            found.append(token.type)
    return found


def _hostile_problem(text: str) -> Problem:
    return Problem(
        at=NOON,
        flow=text,
        headline=text,
        exception=text,
        detail=text + "\n" + text,
        location=Location(path=text, line=1, cell=2),
        hint=Hint(text, text),
        source=InCheckout(text, 1),
    )


def _hostile_flow(text: str) -> FlowRow:
    return FlowRow(
        name=text,
        status=FlowStatus.UNRECOGNISED,
        status_text=text,
        inputs=("files", f"{text}.x"),
        began=NOON,
    )


def _hostile_last(text: str) -> LastGood:
    return LastGood(
        update_id=UpdateId(text),
        url=text,
        expectations=(ExpectationRow(dataset=text, name=text, passed=1, failed=0),),
    )


def _hostile(text: str, result: Result = Result.FAILED) -> Record:
    problem = _hostile_problem(text)
    failed = Attempt(
        update_id=UpdateId(text),
        url=text,
        state=UpdateState.UNRECOGNISED,
        state_text=text,
        cause=Cause.UNRECOGNISED,
        cause_text=text,
        phases=(Phase(text, 1.0),),
        problems=(problem,),
    )
    canceled = replace(
        failed,
        phases=(),
        state=UpdateState.CANCELED,
        canceled_by=text,
        cancellation_cause=text,
    )
    outcome = Outcome(
        result=result,
        reason=text,
        pipeline_id=PipelineId(text),
        pipeline_name=text,
        pipeline_url=f"{HOST}/pipelines/{text}",
        attribution=Attribution.INFERRED,
        attempts=(failed, canceled),
        flows=(_hostile_flow(text),) * (SHOWN_ROWS + 1),
        expectations=(ExpectationRow(dataset=text, name=text, passed=1, failed=1),),
        datasets=(DatasetRow(name=text, declared=(text, "x")),),
        last_good=_hostile_last(text),
        problems=(problem,) * 5,
        warnings=(text,),
        advice=text,
        server_said=text,
        input_problems=(InputProblem(text, text, text),),
    )
    asked = replace(
        ASKED, pipeline=text, kind=text, selection=(text,) * 12, sign_in=text
    )
    return Record(replace(asked, version=text), (outcome,))


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_remote_text_becomes_a_link_an_element_or_a_quote(text: str) -> None:
    assert _foreign(summary.render(_hostile(text))) == []
    assert _foreign(summary.render(_hostile(text, Result.SUCCEEDED))) == []


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from([*"\\`*_[]()<>|~#!&@:/.-+=$ \nx1", "```", "www.", "http://"]),
        max_size=25,
    ).map("".join)
)
def test_no_text_at_all_does(text: str) -> None:
    assert _foreign(summary.render(_hostile(text))) == []


@pytest.mark.parametrize("name", OUTCOMES)
def test_all_links_lead_to_the_workspace(name: str) -> None:
    assert _foreign(summary.render(record_of(name))) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/pipelines/x",
        f"{HOST}.evil.example/",
        f"{HOST}@evil.example/",
        f"{HOST}/a)[b](https://evil.example",
        f"{HOST}/a b",
        f"{HOST}/<img>",
        f"{HOST}/\n",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_elsewhere_is_never_a_link(url: str) -> None:
    outcome = replace(OUTCOMES["conflict"], pipeline_url=url, advice="")
    markdown = summary.render(Record(ASKED, (outcome,)))
    targets = [
        token.attrs["href"] for token in _tokens(markdown) if token.type == "link_open"
    ]
    assert targets == [f"{HOST}/"]


@pytest.mark.parametrize(
    ("host", "linked"),
    [
        ("https://adb-1.2.azuredatabricks.net", True),
        ("https://localhost:8443", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://adb-1.2.azuredatabricks.net", False),
        ("javascript:x", False),
        ("", False),
    ],
)
def test_plain_http_is_linked_only_on_the_machine_itself(
    host: str, *, linked: bool
) -> None:
    record = Record(replace(ASKED, host=host), (OUTCOMES["misconfigured"],))
    assert (f"]({host}/)" in summary.render(record)) is linked


def test_a_page_that_the_advice_names_is_a_link_and_other_addresses_are_text() -> None:
    advice = f"See {HOST}/pipelines/1 and https://evil.example/ there."
    outcome = replace(OUTCOMES["conflict"], advice=advice)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert f"({HOST}/pipelines/1) and https:&#8203;//evil.example/ there." in markdown


def test_the_verdict_comes_first_and_the_worst_one_of_several() -> None:
    record = Record(ASKED, (OUTCOMES["succeeded"], OUTCOMES["failed"]))
    lines = summary.render(record).splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    assert lines[0] == headings[0]
    assert [heading[3] for heading in headings] == ["❌", "✅"]
    assert lines[-1].startswith("<sub>")
    assert "2,468 events read" in lines[-1]


def test_long_lists_are_folded_and_then_counted() -> None:
    total = SHOWN_ROWS + FOLDED_ROWS + 5
    flows = tuple(
        FlowRow(
            name=f"flow_{number}",
            status=FlowStatus.COMPLETED,
            status_text="COMPLETED",
            seconds=float(number),
        )
        for number in range(total)
    )
    outcome = replace(OUTCOMES["canceled"], flows=flows)
    markdown = summary.render(Record(ASKED, (outcome,)))
    shown, folded = markdown.split("<details>")
    assert shown.count("<code>flow_") == SHOWN_ROWS
    assert folded.count("<code>flow_") == FOLDED_ROWS
    assert f"flow_{total - 1}" in shown  # the slowest
    assert f"{FOLDED_ROWS} more flows</summary>" in folded
    assert "_5 more flows not listed._" in folded


def test_thousands_of_long_names_stay_below_the_limit_of_a_summary() -> None:
    name = "@|" * 1000
    row = ExpectationRow(dataset=name, name=name, passed=0, failed=0)
    flow = FlowRow(name=name, status=FlowStatus.FAILED, status_text=name)
    outcome = replace(
        OUTCOMES["failed"], flows=(flow,) * 2000, expectations=(row,) * 2000
    )
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert len(markdown.encode()) < 1_000_000


def test_a_thousand_flows_are_told_by_the_worst_the_slowest_and_by_number() -> None:
    flows = tuple(
        FlowRow(
            name=f"main.sales.table_{n:04d}",
            status=FlowStatus.FAILED if n % 250 == 0 else FlowStatus.COMPLETED,
            status_text="FAILED" if n % 250 == 0 else "COMPLETED",
            inputs=(f"main.sales.table_{n // 2:04d}", "main.landing.files"),
            began=NOON + timedelta(seconds=n),
            ended=NOON + timedelta(seconds=2 * n),
            seconds=float(n),
        )
        for n in range(1000)
    )
    outcome = replace(OUTCOMES["failed"], flows=flows, last_good=None)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert len(markdown.encode()) < 100_000
    assert "1,000 flows: 4 <code>FAILED</code> · 996 <code>COMPLETED</code>" in markdown
    assert "<summary>120 more flows</summary>" in markdown
    assert "_850 more flows not listed._" in markdown
    chart, plan = pictures(markdown)
    named = list(flowchart(chart).labels.values())
    assert len(named) <= MOST_NODES
    assert set(named[:4]) == {"table_0000", "table_0250", "table_0500", "table_0750"}
    assert "table_0999" in named
    assert [bar.label for bar in gantt(plan) if bar.tag == "crit"] == named[:4][::-1]
    assert f"{1001 - len(named)} more datasets not drawn" in markdown
    assert "960 more flows not drawn" in markdown


def test_statuses_by_the_dozen_are_counted_as_others() -> None:
    flows = tuple(
        FlowRow(name=f"f{n}", status=FlowStatus.UNRECOGNISED, status_text=f"S{n:02d}")
        for n in range(SHOWN_ROWS + 1)
    )
    outcome = replace(OUTCOMES["failed"], flows=flows)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "31 flows: 1 <code>S" in markdown
    assert " · 19 other\n" in markdown


def test_only_the_first_of_many_pipelines_have_pictures() -> None:
    record = Record(ASKED, (OUTCOMES["failed"],) * (MOST_DRAWN + 2))
    assert len(pictures(summary.render(record))) == 2 * MOST_DRAWN


def test_a_dropped_record_is_told_beside_the_expectations_of_its_dataset() -> None:
    flows = tuple(
        FlowRow(
            name=name,
            status=FlowStatus.COMPLETED,
            status_text="COMPLETED",
            output="main.sales.orders",
            dropped=dropped,
        )
        for name, dropped in (("first", 30), ("second", 4), ("third", None))
    )
    outcome = replace(OUTCOMES["succeeded"], flows=flows)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "<code>amount</code> | 980 | 20 | 2 % | 34 |" in markdown


def test_an_expectation_without_numbers_is_listed_as_such_and_not_as_good() -> None:
    declared = tuple(f"rule {n:02d}" for n in range(SHOWN_ROWS + 2))
    data = DatasetRow(name="d", declared=(*declared, declared[0]))
    outcome = replace(OUTCOMES["succeeded"], datasets=(data,), expectations=())
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "<summary>32 expectations without numbers in the event log" in markdown
    assert markdown.count("| <code>d</code> | <code>rule") == SHOWN_ROWS
    assert "_2 more expectations not listed._" in markdown
    assert "✅ <code>rule" not in markdown


def test_an_error_that_the_cause_says_already_is_not_repeated() -> None:
    bare = Problem(at=None, flow=None, headline="Out of memory.")
    outcome = replace(OUTCOMES["failed"], problems=(bare,), problems_omitted=0)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert markdown.count("Out of memory.") == 1


def test_errors_of_a_run_that_went_well_are_told_as_such() -> None:
    outcome = replace(OUTCOMES["succeeded"], problems=(PROBLEM,))
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "### Errors on the way" in markdown
    assert "**Cause:**" not in markdown


def test_more_errors_than_a_person_reads_are_folded() -> None:
    outcome = replace(OUTCOMES["failed"], problems=(PROBLEM,) * 5, problems_omitted=0)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "<summary>2 more errors</summary>" in markdown
    assert "not listed" not in markdown


def test_a_long_selection_is_counted() -> None:
    asked = replace(
        ASKED,
        kind="refresh of a selection",
        selection=tuple(f"t{number}" for number in range(12)),
    )
    markdown = summary.render(Record(asked, (OUTCOMES["succeeded"],)))
    assert "refresh of a selection: <code>t0</code>, " in markdown
    assert "<code>t9</code>, 2 more names |" in markdown


def test_an_error_without_words_is_named_as_such() -> None:
    blank = Problem(at=None, flow="f", headline="")
    outcome = replace(OUTCOMES["failed"], problems=(blank, blank))
    assert "**(no message)**" in summary.render(Record(ASKED, (outcome,)))


@pytest.mark.parametrize(
    ("state", "who", "why", "said"),
    [
        (
            "CANCELED",
            "anna@example.com",
            "USER_ACTION",
            "<code>anna@&#8203;example.com</code> · <code>USER_ACTION</code>",
        ),
        ("CANCELED", "", "USER_ACTION", "<code>USER_ACTION</code>"),
        ("CANCELED", "a|b`<i>", "", "<code>a&#124;b&#96;&lt;i&gt;</code>"),
        ("CANCELED", "", "", None),
        ("COMPLETED", "anna@example.com", "USER_ACTION", None),
    ],
)
def test_who_canceled_is_among_the_facts(
    state: str, who: str, why: str, said: str | None
) -> None:
    last = replace(attempt(1, state), canceled_by=who, cancellation_cause=why)
    outcome = replace(OUTCOMES["canceled"], attempts=(last,))
    text = summary.render(Record(ASKED, (outcome,)))

    facts = [line for line in text.splitlines() if "**Canceled by**" in line]

    assert facts == ([] if said is None else [f"| **Canceled by** | {said} |"])
