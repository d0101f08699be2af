from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import FlowRow, Outcome, Phase
from dlt_action.reports.diagrams import lineage_section, timeline_section
from dlt_action.reports.lineage import MOST_BYTES, MOST_EDGES, MOST_NODES, lineage
from dlt_action.reports.timeline import MOST_ATTEMPTS, MOST_BARS, MOST_STATES, timeline
from tests.oracles.hostile import EVERYTHING
from tests.oracles.mermaid import Bar, Flowchart, flowchart, gantt, pictures
from tests.reports.records import NOON, OUTCOMES, attempt

# Of Mermaid, as GitHub leaves them: above these, an error is drawn instead.
MAX_TEXT_SIZE = 50_000
MAX_EDGES = 500


def test_pictures_stay_far_below_the_limits_of_mermaid() -> None:
    assert MOST_BYTES <= MAX_TEXT_SIZE // 2
    assert MOST_EDGES <= MAX_EDGES // 2


def flow(name: str, *inputs: str, status: str = "COMPLETED", **more: object) -> FlowRow:
    row = FlowRow(
        name=name, status=FlowStatus(status), status_text=status, inputs=inputs
    )
    return replace(row, **more)  # type: ignore[arg-type] # any field


def timed(name: str, began: float, ended: float | None, **more: object) -> FlowRow:
    return flow(
        name,
        began=NOON + timedelta(seconds=began),
        ended=None if ended is None else NOON + timedelta(seconds=ended),
        **more,  # type: ignore[arg-type] # any field
    )


def drawn(
    *flows: FlowRow, broken: tuple[str, ...] = (), views: tuple[FlowRow, ...] = ()
) -> Flowchart:
    (picture,) = pictures(lineage(flows, broken, views=views))
    return flowchart(picture)


def note(*flows: FlowRow, views: tuple[FlowRow, ...] = ()) -> str:
    return lineage(flows, views=views).rpartition("```")[2].strip()


def bars(*flows: FlowRow, outcome: Outcome = OUTCOMES["skipped"]) -> list[Bar]:
    (picture,) = pictures(timeline(replace(outcome, flows=flows)))
    return gantt(picture)


# -- lineage --


def test_arrows_go_from_what_is_read_to_what_is_made_of_it() -> None:
    chart = drawn(flow("bronze", "files"), flow("gold", "silver"), flow("silver"))
    assert sorted(chart.named_edges()) == [("files", "bronze"), ("silver", "gold")]


def test_a_dataset_from_outside_has_a_shape_of_its_own() -> None:
    chart = drawn(flow("bronze", "files"))
    assert [chart.labels[key] for key in chart.round] == ["files"]
    assert chart.named_looks() == {"bronze": "done", "files": "outside"}
    assert "round: read from outside of the pipeline" in note(flow("bronze", "files"))
    assert "outside" not in note(flow("a"), flow("b", "a"))


def test_a_view_stands_between_what_it_reads_and_who_reads_it() -> None:
    views = (flow("s.cleaned", "raw", status="QUEUED"),)
    chart = drawn(flow("orders", "cleaned"), views=views)
    read, made = ("raw", "s.cleaned"), ("s.cleaned", "orders")
    assert sorted(chart.named_edges()) == [read, made]
    # Nothing is told of it, so it has no colour of a flow, unless a rule broke.
    assert chart.named_looks()["s.cleaned"] == "outside"
    broken = drawn(flow("orders", "cleaned"), broken=("S.cleaned",), views=views)
    assert broken.named_looks()["s.cleaned"] == "broken"
    assert "⛔" in broken.marks.values()
    told = note(flow("orders", "cleaned"), views=(flow("cleaned", "orders"),))
    assert "round: a view" in told
    assert "outside" not in told
    both = note(flow("orders", "cleaned"), views=(flow("cleaned", "raw"),))
    assert "round: a view, or read from outside of the pipeline" in both


@pytest.mark.parametrize(
    ("status", "look", "mark"),
    [
        ("COMPLETED", "done", ""),
        ("FAILED", "failed", "❌"),
        ("SKIPPED", "skipped", "⏭️"),
        ("EXCLUDED", "skipped", "⚪"),
        ("STOPPED", "stopped", "⚠️"),
        ("DREAMING", "stopped", "❔"),
        ("RUNNING", "busy", "▶️"),
        ("QUEUED", "busy", "⏳"),
        ("IDLE", "busy", "💤"),
    ],
)
def test_a_dataset_has_the_colour_and_mark_of_its_flow(
    status: str, look: str, mark: str
) -> None:
    chart = drawn(flow("orders", "files", status=status))
    key = next(key for key, label in chart.labels.items() if label == "orders")
    assert (chart.looks[key], chart.marks[key]) == (look, mark)


def test_a_dataset_of_several_flows_has_the_colour_of_the_worst() -> None:
    chart = drawn(
        flow("first", "files", output="orders"),
        flow("second", "files", output="ORDERS", status="FAILED"),
    )
    assert chart.named_looks() == {"ORDERS": "failed", "files": "outside"}


def test_a_dataset_that_broke_a_rule_is_marked_unless_it_failed_anyway() -> None:
    flows = flow("a", "files"), flow("b", "a", status="FAILED"), flow("c", "a")
    chart = drawn(*flows, broken=("A", "b"))
    assert chart.labels["n1"] in ("a", "b")  # what has to be explained comes first
    assert chart.named_looks()["a"] == "broken"
    assert chart.named_looks()["b"] == "failed"
    assert chart.named_looks()["c"] == "done"
    assert sorted(chart.marks.values()) == ["", "", "⛔", "❌"]


def test_what_failed_and_what_hangs_on_it_comes_before_the_slowest() -> None:
    chart = drawn(
        flow("slow", "files", seconds=900.0),
        flow("skipped", "failed", status="SKIPPED"),
        flow("quick", "files", seconds=1.0),
        flow("before", "files"),
        flow("failed", "before", status="FAILED", seconds=3.0),
    )
    names = list(chart.labels.values())
    assert names == ["failed", "before", "skipped", "files", "slow", "quick"]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("orders", "main.sales.orders"),
        ("sales.ORDERS", "main.sales.orders"),
        ("main.sales.orders", "main.sales.orders"),
        ("other.sales.orders", "other.sales.orders"),
        ("rders", "rders"),
        ("twice", "twice"),  # of two schemas: nobody knows which
    ],
)
def test_a_dataset_that_is_told_in_short_is_found_if_only_one_is_called_so(
    told: str, meant: str
) -> None:
    chart = drawn(
        flow("main.sales.orders"),
        flow("main.sales.twice"),
        flow("dev.sales.twice"),
        flow("dev.sales.target", told),
    )
    assert chart.named_edges() == [(meant, "dev.sales.target")]


def test_what_all_names_have_in_common_is_said_once() -> None:
    flows = (
        flow("main.sales.orders", "main.landing.files"),
        flow("main.sales.eu.orders", "main.sales.orders"),
    )
    chart = drawn(*flows)
    assert sorted(chart.labels.values()) == [
        "eu.orders",
        "main.landing.files",
        "orders",
    ]
    assert "\nNames without a schema are in" in note(*flows)
    assert "<code>main.sales</code>" in note(*flows)


def test_one_name_alone_stays_whole() -> None:
    chart = drawn(flow("main.sales.orders", "main.landing.files"))
    assert set(chart.labels.values()) == {"main.sales.orders", "main.landing.files"}


@pytest.mark.parametrize(
    "flows",
    [
        (),
        (flow("orders"),),
        (flow("orders"), flow("customers")),
        (flow("orders", "orders"),),
        (flow("orders", ""),),
        (flow(MORE_FLOWS, "files"),),
    ],
)
def test_nothing_is_drawn_where_nothing_is_made_of_anything(
    flows: tuple[FlowRow, ...],
) -> None:
    assert lineage(flows) == ""


def test_what_is_not_drawn_is_counted() -> None:
    wide = [flow(f"t{n}", "files", seconds=n) for n in range(MOST_NODES + 5)]
    chart = drawn(*wide)
    assert len(chart.labels) == MOST_NODES
    assert "t64" in chart.labels.values()
    assert "t0" not in chart.labels.values()
    assert "6 more datasets not drawn" in note(*wide)
    dense = [flow(f"t{n}", *(f"t{m}" for m in range(n))) for n in range(20)]
    assert len(drawn(*dense).edges) == MOST_EDGES
    assert "70 more arrows not drawn" in note(*dense)


def test_where_some_are_left_out_nothing_stands_alone_unless_it_failed() -> None:
    alone = [flow(f"alone{n}", seconds=n) for n in range(2 * MOST_NODES)]
    bad = flow("bad", status="FAILED")
    pair = flow("source"), flow("target", "source", seconds=999.0)
    labels = set(drawn(*alone, bad, *pair).labels.values())
    assert labels == {"bad", "source", "target"}
    assert "alone1" in drawn(*alone[:9], bad, *pair).labels.values()


@pytest.mark.parametrize("name", ["x" * 200, "ü" * 200, "\U0001f600" * 200, "*_" * 99])
def test_a_picture_stays_small_whatever_the_names_are(name: str) -> None:
    flows = [
        flow(f"{n}{name}", *(f"{m}{name}" for m in range(n)), status="FAILED")
        for n in range(80)
    ]
    (picture,) = pictures(lineage(flows))
    assert len(picture.encode()) <= MOST_BYTES
    assert flowchart(picture).labels


@pytest.mark.parametrize("name", ["x" * 200, "#" * 200, "\U0001f600" * 200])
def test_a_timeline_stays_small_whatever_the_names_are(name: str) -> None:
    flows = tuple(timed(f"{n}{name}", n, n + 9) for n in range(2 * MOST_BARS))
    phases = tuple(Phase(name, 2.0) for _ in range(50))
    many = [replace(attempt(n, "FAILED"), state_text=name) for n in range(1, 50)]
    attempts = (*many, replace(many[-1], phases=phases))
    outcome = replace(OUTCOMES["skipped"], attempts=attempts, flows=flows)
    (picture,) = pictures(timeline(outcome))
    assert len(picture) <= MAX_TEXT_SIZE // 2


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_name_adds_a_statement_to_a_picture(text: str) -> None:
    flows = (
        timed(f"{text}1", 0, 5, inputs=(text, "files")),
        timed(text or "x", 5, None, status=text),
    )
    assert len(drawn(*flows).labels) >= 2
    retried = replace(
        OUTCOMES["succeeded-after-retry"],
        attempts=(
            replace(attempt(1, "FAILED"), state_text=text),
            replace(attempt(2, "FAILED"), phases=(Phase(text, 9.0), Phase("x", None))),
        ),
    )
    assert len(bars(*flows, outcome=retried)) == 4


def test_of_many_what_failed_is_drawn_with_what_it_is_made_of_and_hangs_on_it() -> None:
    rates = flow("rates", "raw", status="FAILED")
    sales = [flow(f"sales{n}", "rates", f"clean{n}", seconds=n) for n in range(200)]
    report = flow("report", *(f"sales{n}" for n in range(200)), status="SKIPPED")
    other = [flow(f"other{n}", "files", seconds=900.0) for n in range(200)]
    labels = list(drawn(rates, *sales, report, *other).labels.values())
    assert labels[:2] == ["rates", "raw"]
    assert labels[2:12] == [f"sales{n}" for n in range(10)]
    assert labels[12] == "report"
    assert set(labels[13:]) == {f"clean{n}" for n in range(10)}


def test_of_many_without_a_failure_something_is_drawn_whatever_is_known() -> None:
    raw = [flow(f"raw{n}") for n in range(100)]
    made = [flow(f"made{n}", f"raw{n}") for n in range(100)]
    chart = drawn(*raw, *made)
    assert len(chart.edges) == MOST_NODES // 2


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = "value_by_customer_segment_and_region_of_the_first_order"
    label = "value_by_customer_segm…ion_of_the_first_order"
    assert label in drawn(flow(name, "files")).labels.values()
    assert [bar.label for bar in bars(timed(f"a.b.{name}", 0, 5))] == [label]


def test_a_dry_run_has_a_lineage_without_statuses() -> None:
    flows = flow("a", "files", status="QUEUED"), flow("b", "a", status="QUEUED")
    outcome = replace(OUTCOMES["validated"], flows=flows)
    (picture,) = pictures(lineage_section(outcome))
    chart = flowchart(picture)
    assert set(chart.looks.values()) == {"outside"}
    assert set(chart.marks.values()) == {""}
    assert [chart.labels[key] for key in chart.round] == ["files"]


# -- timeline --


def test_where_no_flow_has_ended_nobody_knows_how_long_a_bar_is() -> None:
    flows = timed("a", 0, None), timed("b", 3, None)
    assert timeline(replace(OUTCOMES["skipped"], flows=flows)) == ""


def test_bars_come_in_the_order_in_which_flows_ran() -> None:
    found = bars(timed("b.c.late", 60, 90), timed("b.c.early", 0, 30))
    assert [(bar.label, bar.began.minute) for bar in found] == [
        ("early", 0),
        ("late", 1),
    ]


@pytest.mark.parametrize(
    ("status", "tag", "mark"),
    [
        ("COMPLETED", "done", "·"),
        ("FAILED", "crit", "❌"),
        ("RUNNING", "active", "▶️"),
        ("STOPPED", "", "⚠️"),
        ("DREAMING", "", "❔"),
    ],
)
def test_a_bar_shows_what_became_of_its_flow(status: str, tag: str, mark: str) -> None:
    (bar,) = bars(timed("orders", 0, 30, status=status))
    assert (bar.tag, bar.mark) == (tag, mark)


def test_a_flow_that_did_not_end_lasts_until_the_last_thing_known() -> None:
    ended = [bar.ended for bar in bars(timed("a", 0, 50), timed("b", 10, None))]
    assert ended == [datetime(2026, 11, 22, 12, 0, 50)] * 2  # noqa: DTZ001 - as drawn


def test_a_flow_of_no_time_is_still_seen() -> None:
    (bar,) = bars(timed("a", 0.2, 0.3))
    assert bar.ended - bar.began == timedelta(seconds=1)


def test_failed_flows_and_then_the_longest_are_kept() -> None:
    flows = [timed(f"t{n}", 0, n) for n in range(1, MOST_BARS + 6)]
    flows.append(timed("failed", 0, 0.5, status="FAILED"))
    outcome = replace(OUTCOMES["skipped"], flows=tuple(flows))
    labels = {bar.label for bar in bars(*flows)}
    assert len(labels) == MOST_BARS
    assert {"failed", "t45", "t7"} <= labels
    assert "t6" not in labels
    assert timeline(outcome).endswith("6 more flows not drawn")


def test_earlier_attempts_and_the_states_of_the_last_have_bars() -> None:
    found = bars(timed("a", 370, 480), outcome=OUTCOMES["succeeded-after-retry"])
    assert [(bar.section, bar.label, bar.tag) for bar in found] == [
        ("Attempt 1", "FAILED", "crit"),
        ("Attempt 2", "WAITING_FOR_RESOURCES", ""),
        ("Flows", "a", "done"),
    ]


def test_attempts_without_times_have_no_bars() -> None:
    first = replace(attempt(1, "FAILED"), created=None)
    second = replace(attempt(2, "CANCELED"), ended=None)
    last = replace(attempt(3, "RUNNING"), ended=None)
    outcome = replace(OUTCOMES["skipped"], attempts=(first, second, last))
    assert [bar.section for bar in bars(timed("a", 0, 1), outcome=outcome)] == [
        "Attempt 3"
    ]


def test_attempts_and_states_are_bounded() -> None:
    phases = tuple(Phase(f"S{n}", 2.0) for n in range(50))
    many = [attempt(n, "FAILED") for n in range(1, 50)]
    outcome = replace(
        OUTCOMES["skipped"], attempts=(*many, replace(many[-1], phases=phases))
    )
    found = bars(timed("a", 0, 1), outcome=outcome)
    assert len(found) == MOST_ATTEMPTS + MOST_STATES + 1
    assert [bar.label for bar in found[-3:]] == ["S8", "S9", "a"]


@pytest.mark.parametrize(
    "row",
    [
        flow("orders"),
        timed(MORE_FLOWS, 0, 1),
        flow("orders", began=datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_nothing_is_drawn_where_no_time_is_known(row: FlowRow) -> None:
    assert timeline(replace(OUTCOMES["succeeded"], flows=(row,))) == ""


# -- both --


def test_pictures_are_open_where_something_has_to_be_explained() -> None:
    failed, good, gate = (
        OUTCOMES[name] for name in ("failed", "succeeded", "gate-failed")
    )
    assert lineage_section(failed).startswith("### Lineage\n\n```mermaid")
    assert timeline_section(failed).startswith("### Timeline\n\n```mermaid")
    assert lineage_section(good).startswith("<details><summary>Lineage</summary>")
    assert timeline_section(good).startswith("<details><summary>Timeline</summary>")
    # Bad data have a place, and no time; for a clock that ran out, it is the other way.
    late = replace(failed, result=Result.TIMED_OUT)
    assert lineage_section(late).startswith("<details>")
    assert timeline_section(late).startswith("### Timeline")
    assert lineage_section(gate).startswith("### Lineage")
    assert timeline_section(gate).startswith("<details>")


def test_the_gate_s_broken_rules_are_in_the_lineage() -> None:
    (picture,) = pictures(lineage_section(OUTCOMES["gate-failed"]))
    chart = flowchart(picture)
    assert chart.named_looks()["orders"] == "broken"
    told = lineage_section(OUTCOMES["gate-failed"])
    assert "\n\n⛔ broke a rule of the gate · no mark: completed · round: " in told


NAMES = st.text(st.sampled_from('ab."#;:]\n`'), max_size=5)
ROWS = st.builds(
    FlowRow,
    name=NAMES,
    status=st.sampled_from(FlowStatus),
    status_text=NAMES,
    output=NAMES,
    inputs=st.lists(NAMES, max_size=4).map(tuple),
    began=st.none() | st.datetimes(timezones=st.just(UTC)),
    ended=st.none() | st.datetimes(timezones=st.just(UTC)),
    seconds=st.none() | st.floats(0, 1e6),
)


@settings(max_examples=200)
@given(st.lists(ROWS, max_size=8), st.lists(NAMES, max_size=2))
def test_whatever_the_flows_are_the_pictures_can_be_read(
    flows: list[FlowRow], broken: list[str]
) -> None:
    for picture in pictures(lineage(flows, broken)):
        chart = flowchart(picture)
        assert len(chart.labels) >= 2
        assert all(source != target for source, target in chart.edges)
    outcome = replace(OUTCOMES["skipped"], flows=tuple(flows), result=Result.FAILED)
    for picture in pictures(timeline(outcome)):
        assert len(gantt(picture)) <= len(flows)
