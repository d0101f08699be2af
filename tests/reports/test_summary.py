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
from dlt_action.core.quality import without_numbers
from dlt_action.core.record import (
    Attempt,
    DatasetRow,
    ExpectationRow,
    FlowRow,
    GateVerdict,
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
from tests.reports.hostile_records import of_a_job
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
OUR_HTML |= {"<br>", "<sub>", "</sub>", "<wbr>"}
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
    assert _foreign(summary.render(of_a_job(text))) == []


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
    assert lines[0] == headings[0] == "## ❌ 1 of 2 pipelines failed"
    assert [heading[3] for heading in headings] == ["❌", "❌", "✅"]
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
    assert "_860 more flows not listed._" in markdown
    chart, plan = pictures(markdown)
    named = list(flowchart(chart).labels.values())
    assert len(named) <= MOST_NODES
    assert set(named[:4]) == {"table_0000", "table_0250", "table_0500", "table_0750"}
    assert {"table_0125", "table_0375", "table_0501"} <= set(named[4:])
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
    assert "21 flows: 1 <code>S" in markdown
    assert " · 9 other\n" in markdown


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
    assert "<summary>22 expectations without numbers in the event log" in markdown
    assert markdown.count("| <code>d</code> | <code>rule") == SHOWN_ROWS
    assert "_2 more expectations not listed._" in markdown
    assert "✅ <code>rule" not in markdown


def test_an_expectation_with_numbers_under_another_spelling_is_not_without() -> None:
    data = (
        DatasetRow(name="main.sales.Orders", declared=("a", "b", "c")),
        DatasetRow(name="orders", declared=("d",)),
    )
    told = (
        ExpectationRow(dataset="`main`.`sales`.`orders`", name="a", passed=1, failed=0),
        ExpectationRow(dataset="orders", name="b", passed=1, failed=0),
    )
    outcome = replace(OUTCOMES["succeeded"], datasets=data, expectations=told)
    markdown = summary.render(Record(ASKED, (outcome,)))
    silent = markdown[markdown.index("<summary>2 expectations without numbers") :]
    for name in "cd":
        assert f"| <code>main.sales.orders</code> | <code>{name}</code> |" in silent


def test_numbers_that_were_withheld_are_not_said_to_be_missing_in_the_log() -> None:
    outcome = without_numbers(OUTCOMES["succeeded"])
    assert "without numbers" in summary.render(Record(ASKED, (outcome,)))
    outcome = replace(outcome, log_complete=False)
    assert "without numbers" not in summary.render(Record(ASKED, (outcome,)))


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
    outcome = replace(OUTCOMES["failed"], problems=(PROBLEM,) * 6, problems_omitted=0)
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
    ("result", "who", "why", "said"),
    [
        (
            "canceled",
            "anna@example.com",
            "USER_ACTION",
            " by** <code>anna@&#8203;example.com</code> (<code>USER_ACTION</code>)",
        ),
        ("canceled", "", "USER_ACTION", ":** <code>USER_ACTION</code>"),
        ("canceled", "a|b`<i>", "", " by** <code>a&#124;b&#96;&lt;i&gt;</code>"),
        ("canceled", "", "", None),
        ("timed-out", "bot@example.com", "USER_ACTION", None),  # that was us
    ],
)
def test_who_canceled_is_told_first(
    result: str, who: str, why: str, said: str | None
) -> None:
    last = replace(attempt(1, "CANCELED"), canceled_by=who, cancellation_cause=why)
    outcome = replace(OUTCOMES[result], attempts=(last,))
    lines = summary.render(Record(ASKED, (outcome,))).splitlines()
    told = [line for line in lines if line.startswith("**Canceled")]
    assert told == ([] if said is None else [f"**Canceled{said}"])
    assert not told or lines[2] == told[0]


def test_the_first_line_of_a_gate_that_failed_tells_what_broke_by_how_much() -> None:
    lines = summary.render(record_of("gate-failed")).splitlines()
    assert lines[2] == (
        "**Cause:** <code>main.sales.orders:amount</code> breaks"
        " <code>all failed &lt;= 0.5%</code> · 2 % · 20 of 1,000 records failed."
    )


def test_of_several_broken_rules_the_others_are_counted_and_warnings_are_not() -> None:
    first = OUTCOMES["gate-failed"].gate[0]
    unknown = replace(first, measured="", reason="", verdict=GateVerdict.NO_MATCH)
    rows = (unknown, first, replace(first, mandatory=False))
    lines = summary.render(
        Record(ASKED, (replace(OUTCOMES["gate-failed"], gate=rows),))
    ).splitlines()
    assert lines[2].endswith("</code> · no match · 1 more below")


def test_the_same_reason_is_told_for_the_first_attempt_only() -> None:
    attempts = (
        attempt(1, "FAILED", failed="Lost."),
        attempt(2, "FAILED", failed="Lost."),
        replace(attempt(3, "CANCELED"), cancellation_cause="SERVICE_UPGRADE"),
        attempt(4, "FAILED", failed="Lost."),
        attempt(5, "COMPLETED"),
    )
    outcome = replace(OUTCOMES["succeeded"], attempts=attempts)
    markdown = summary.render(Record(ASKED, (outcome,)))
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    told = [row.split(" | ")[-1] for row in rows if "[<code>0000000" in row]
    assert told[-5:] == [
        "<code>Lost.</code> |",
        "as attempt 1 |",
        "<code>SERVICE_UPGRADE</code> |",
        "as attempt 1 |",
        " |",
    ]


def test_an_update_that_is_not_linked_is_named_by_its_whole_id() -> None:
    asked = replace(ASKED, host="https://elsewhere.example")
    markdown = summary.render(Record(asked, (OUTCOMES["succeeded-after-retry"],)))
    assert "| 2 | <code>00000002-aaaa-bbbb-cccc-000000000000</code> |" in markdown


def test_what_was_skipped_does_not_hide_the_slowest_flow_of_many() -> None:
    slow = FlowRow(
        name="slow",
        status=FlowStatus.COMPLETED,
        status_text="COMPLETED",
        seconds=99.0,
    )
    idle = replace(
        slow,
        name="idle",
        status=FlowStatus.SKIPPED,
        status_text="SKIPPED",
        seconds=None,
    )
    outcome = replace(OUTCOMES["failed"], flows=(*(idle,) * SHOWN_ROWS, slow))
    shown = summary.render(Record(ASKED, (outcome,)))
    rows = shown[shown.index("### Flows") :]
    assert rows.index("<code>slow</code>") < rows.index("<code>idle</code>")
    few = replace(outcome, flows=(slow, idle))
    rows = summary.render(Record(ASKED, (few,)))
    rows = rows[rows.index("### Flows") :]
    assert rows.index("<code>idle</code>") < rows.index("<code>slow</code>")


def test_many_flows_of_one_status_are_told_in_one_word() -> None:
    flow = FlowRow(name="f", status=FlowStatus.COMPLETED, status_text="COMPLETED")
    outcome = replace(OUTCOMES["succeeded"], flows=(flow,) * (SHOWN_ROWS + 1))
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "\n21 flows, all <code>COMPLETED</code>\n" in markdown


def test_a_long_name_may_be_broken_where_it_has_joints() -> None:
    name = "main.sales.lifetime_value_by_customer_segment_and_region"
    flow = FlowRow(name=name, status=FlowStatus.COMPLETED, status_text="COMPLETED")
    markdown = summary.render(
        Record(ASKED, (replace(OUTCOMES["succeeded"], flows=(flow,)),))
    )
    broken = name.replace(".", ".<wbr>").replace("_", "_<wbr>")
    assert f"| <code>{broken}</code> | ✅&nbsp;<code>COMPLETED</code> |" in markdown


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("ALLOW", "the record is kept"),
        ("DROP", "the record is dropped"),
        ("FAIL", "the update fails"),
        ("", None),
    ],
)
def test_what_becomes_of_a_bad_record_is_told_where_it_is_known(
    action: str, said: str | None
) -> None:
    row = ExpectationRow(dataset="d", name="x", passed=1, failed=1, action=action)
    silent = DatasetRow(name="d", declared=("y",), actions=(action,))
    outcome = replace(OUTCOMES["succeeded"], expectations=(row,), datasets=(silent,))
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert ("| If it fails |" in markdown) is (said is not None)
    if said is not None:
        assert f"| ⚠️&nbsp;<code>x</code> | {said} | 1 | 1 |" in markdown
        assert f"| <code>d</code> | <code>y</code> | {said} |" in markdown


def test_a_dry_run_tells_what_is_defined_and_no_statuses() -> None:
    flows = OUTCOMES["succeeded"].flows
    outcome = replace(
        OUTCOMES["validated"], flows=flows, datasets=OUTCOMES["succeeded"].datasets
    )
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "| **Defines** | 2 flows · 2 datasets · 3 expectations |" in markdown
    assert "### Flows" not in markdown
    assert "Expectation" not in markdown


def test_expectations_of_what_still_runs_are_not_missed() -> None:
    outcome = replace(OUTCOMES["running"], datasets=OUTCOMES["succeeded"].datasets)
    assert "Expectation" not in summary.render(Record(ASKED, (outcome,)))


@pytest.mark.parametrize(
    ("update", "step", "told"),
    [
        (250.0, 250.2, "04:10"),
        (250.0, 262.0, "04:10 · this step 04:22"),
        (250.0, 0.5, "04:10"),
        (None, 262.0, "04:22"),
    ],
)
def test_the_duration_is_the_update_s_and_the_step_s_where_that_is_another(
    update: float | None, step: float, told: str
) -> None:
    last = attempt(1, "COMPLETED")
    if update is None:
        last = replace(last, ended=None)
    outcome = replace(OUTCOMES["succeeded"], attempts=(last,), seconds=step)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert f"| **Duration** | {told} |" in markdown


def test_an_end_that_the_log_does_not_tell_is_told_as_the_state() -> None:
    last = replace(attempt(1, "CANCELED"), phases=(Phase("STOPPING", None),))
    outcome = replace(OUTCOMES["timed-out"], attempts=(last,))
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert "| **State** | STOPPING → CANCELED |" in markdown


def test_what_our_words_have_in_backticks_is_code() -> None:
    advice = "Set `wait-for: running` at `x|y` or a lone ` one."
    outcome = replace(OUTCOMES["conflict"], advice=advice)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert (
        "Set <code>wait-for: running</code> at <code>x&#124;y</code>"
        " or a lone &#96; one."
    ) in markdown


def test_an_expectation_that_failed_its_flow_comes_first_and_has_no_numbers() -> None:
    broken = replace(PROBLEM, violated="no future")
    outcome = replace(
        OUTCOMES["failed"],
        problems=(broken,),
        datasets=OUTCOMES["succeeded"].datasets,
        expectations=OUTCOMES["succeeded"].expectations,
    )
    markdown = summary.render(Record(ASKED, (outcome,)))
    table = markdown[markdown.index("### Expectations") :].splitlines()
    assert table[4].startswith(
        "| <code>main.sales.orders</code> | ❌&nbsp;<code>no future</code> |  |"
        " violated |  |"
    )
    assert "without numbers" not in markdown


@pytest.mark.parametrize("complete", [True, False])
def test_flows_of_a_log_that_was_not_read_to_its_end_are_told_as_such(
    *, complete: bool
) -> None:
    outcome = replace(OUTCOMES["succeeded"], log_complete=complete)
    markdown = summary.render(Record(ASKED, (outcome,)))
    assert ("_As last told: the event log was not" in markdown) is not complete
