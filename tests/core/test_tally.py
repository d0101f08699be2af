from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.datasets import MOST_DATASETS, MOST_EXPECTATIONS, MOST_LACKING
from dlt_action.core.event import Event
from dlt_action.core.flows import MORE_FLOWS, MOST_FLOWS, plain_name
from dlt_action.core.model import FlowStatus, Json, JsonObject, Level, RequestId
from dlt_action.core.record import DatasetRow, ExpectationRow, FlowRow, Phase
from dlt_action.core.tally import MOST_PROBLEMS, MOST_STATES, Tally
from tests.core.events import at, event, flow, state, thrown


def tally(*events: Event) -> Tally:
    folded = Tally()
    for one in events:
        folded.fold(one)
    return folded


def only(rows: Iterable[FlowRow]) -> FlowRow:
    (row,) = rows
    return row


def failing(
    name: str | None, said: str, *, final: bool = True, seconds: float = 0.0
) -> Event:
    level = Level.ERROR if final else Level.WARN
    kind, word = ("flow_progress", "status") if name else ("update_progress", "state")
    failed = event(kind, {word: "FAILED"}, seconds, flow=name, level=level)
    return replace(failed, chain=(thrown(said),))


def metrics(**numbers: Json) -> JsonObject:
    return {"metrics": dict(numbers)}


def quality(dropped: Json, *expectations: JsonObject) -> JsonObject:
    listed: list[Json] = list(expectations)
    return {"data_quality": {"dropped_records": dropped, "expectations": listed}}


def test_a_tally_of_nothing_knows_nothing() -> None:
    empty = tally()
    assert empty.events == 0
    assert empty.rows_written() is None
    assert empty.flow_counts() == {}
    assert empty.ended_at() is None
    assert not empty.flows() + empty.expectations() + empty.problems() + empty.phases()


def test_an_event_of_an_unknown_kind_is_counted_and_nothing_else() -> None:
    folded = tally(event("advisory", {"rows": 7}), event("", {}))
    assert folded.events == 2
    assert folded.flows() == ()


def test_rows_are_sums_over_micro_batches() -> None:
    folded = tally(
        flow("a", "RUNNING", 1, metrics(num_output_rows=5)),
        flow("a", "RUNNING", 2, metrics(num_output_rows="7", num_deleted_rows=1)),
        flow("a", "COMPLETED", 3, metrics(num_output_rows=None)),
    )
    row = only(folded.flows())
    assert (row.rows, row.upserted, row.deleted) == (12, None, 1)
    assert folded.rows_written() == 12


def test_a_number_that_the_log_does_not_carry_is_not_zero() -> None:
    row = only(tally(flow("a", "COMPLETED", more=metrics())).flows())
    assert (row.rows, row.upserted, row.deleted, row.dropped) == (None,) * 4
    zero = only(tally(flow("a", "COMPLETED", more=metrics(num_output_rows=0))).flows())
    assert zero.rows == 0


def test_rows_of_all_flows_are_written_and_an_upsert_counts_once() -> None:
    folded = tally(
        flow("a", "COMPLETED", more=metrics(num_output_rows=5, num_upserted_rows=5)),
        flow("b", "COMPLETED", more=metrics(num_upserted_rows=3)),
        flow("c", "COMPLETED"),
    )
    assert folded.rows_written() == 8


def test_metrics_count_and_say_nothing_of_the_status() -> None:
    late = replace(
        flow("a", "RUNNING", 9, metrics(num_output_rows=2)), level=Level.METRICS
    )
    row = only(tally(flow("a", "COMPLETED", 5), late).flows())
    assert row.status is FlowStatus.COMPLETED
    assert row.rows == 2


def test_a_flow_has_one_name_with_and_without_backticks() -> None:
    folded = tally(flow("`main`.a.`b`", "RUNNING"), flow("main.a.b", "COMPLETED", 1))
    assert only(folded.flows()).name == "main.a.b"
    assert plain_name("`a`.b") == "a.b"


def test_a_flow_that_is_not_named_is_known_by_its_dataset() -> None:
    nameless = replace(flow("x", "RUNNING"), flow=None, dataset="orders")
    assert only(tally(nameless).flows()).name == "orders"


def test_progress_of_no_flow_at_all_is_no_flow() -> None:
    nobody = replace(flow("x", "RUNNING"), flow=None)
    assert tally(nobody).flows() == ()


def test_a_flow_lasts_from_its_first_work_to_its_end() -> None:
    row = only(
        tally(
            flow("a", "QUEUED", 0),
            flow("a", "STARTING", 10),
            flow("a", "RUNNING", 12),
            flow("a", "COMPLETED", 25),
        ).flows()
    )
    assert row.seconds == 15.0
    assert row.status is FlowStatus.COMPLETED


@pytest.mark.parametrize("status", ["QUEUED", "PLANNING", "RUNNING", "IDLE", "NEW"])
def test_a_flow_that_has_not_ended_has_no_duration(status: str) -> None:
    row = only(tally(flow("a", "RUNNING", 0), flow("a", status, 5)).flows())
    assert row.seconds is None
    assert row.status_text == status


def test_a_flow_that_is_tried_again_counts_its_failures() -> None:
    row = only(
        tally(
            flow("a", "RUNNING", 0),
            flow("a", "FAILED", 5),
            flow("a", "RUNNING", 6),
            flow("a", "COMPLETED", 9),
        ).flows()
    )
    assert row.failures == 1
    assert row.status is FlowStatus.COMPLETED
    assert row.seconds == 9.0


def test_a_status_that_we_cannot_name_is_shown_and_has_not_ended() -> None:
    folded = tally(flow("a", "HIBERNATING"))
    row = only(folded.flows())
    assert row.status is FlowStatus.UNRECOGNISED
    assert row.status_text == "HIBERNATING"
    assert folded.flow_counts() == {FlowStatus.UNRECOGNISED: 1}


LIFE = (
    flow("a", "RUNNING", 1),
    flow("a", "FAILED", 2),
    flow("a", "RUNNING", 3),
    flow("a", "COMPLETED", 4),
)


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_a_flows_last_status_wins_in_whatever_order_it_is_told(
    order: tuple[Event, ...],
) -> None:
    row = only(tally(*order).flows())
    assert row.status is FlowStatus.COMPLETED
    assert row.failures == 1
    assert row.seconds == 3.0


def test_of_two_statuses_of_one_millisecond_the_sequence_decides() -> None:
    running = replace(flow("a", "RUNNING", 1), sequence=1)
    completed = replace(flow("a", "COMPLETED", 1), sequence=2)
    for order in ((running, completed), (completed, running)):
        assert only(tally(*order).flows()).status is FlowStatus.COMPLETED


def test_flows_are_counted_by_what_they_do() -> None:
    folded = tally(
        *(flow(name, "RUNNING") for name in "ab"),
        flow("c", "QUEUED"),
        *(
            flow(s, s)
            for s in ("COMPLETED", "FAILED", "SKIPPED", "STOPPED", "EXCLUDED")
        ),
        flow("i", "IDLE"),
    )
    assert folded.flow_counts() == {
        FlowStatus.RUNNING: 2,
        FlowStatus.QUEUED: 1,
        FlowStatus.COMPLETED: 1,
        FlowStatus.FAILED: 1,
        FlowStatus.SKIPPED: 1,
        FlowStatus.STOPPED: 1,
        FlowStatus.EXCLUDED: 1,
        FlowStatus.IDLE: 1,
    }


def test_flows_stand_in_order_of_appearance() -> None:
    folded = tally(flow("b", "QUEUED"), flow("a", "QUEUED"), flow("b", "RUNNING", 1))
    assert [row.name for row in folded.flows()] == ["b", "a"]


def test_flows_beyond_the_bound_are_summed_in_one_row() -> None:
    folded = tally(*(flow(f"f{n}", "RUNNING") for n in range(MOST_FLOWS + 5)))
    assert len(folded.flows()) == MOST_FLOWS + 1
    assert folded.flows()[-1].name == MORE_FLOWS
    assert folded.events == MOST_FLOWS + 5


def expectation(
    name: str, dataset: str | None, passed: Json, failed: Json
) -> JsonObject:
    body: JsonObject = {
        "name": name,
        "passed_records": passed,
        "failed_records": failed,
    }
    return body if dataset is None else {**body, "dataset": dataset}


def test_expectations_are_sums_by_dataset_and_name() -> None:
    batch = quality(
        4, expectation("ok", "`s`.t", 90, "10"), expectation("id", "s.t", 0, 1)
    )
    other = quality("1", expectation("ok", "s.u", 5, 0))
    folded = tally(
        flow("f", "RUNNING", 1, batch),
        flow("f", "RUNNING", 2, batch),
        flow("g", "COMPLETED", 3, other),
    )
    assert folded.expectations() == (
        ExpectationRow(dataset="s.t", name="id", passed=0, failed=2),
        ExpectationRow(dataset="s.t", name="ok", passed=180, failed=20),
        ExpectationRow(dataset="s.u", name="ok", passed=5, failed=0),
    )
    assert [row.dropped for row in folded.flows()] == [8, 1]


def test_an_expectation_that_names_no_dataset_is_of_the_events() -> None:
    told = replace(
        flow("f", "COMPLETED", more=quality(0, expectation("ok", None, 1, 0))),
        dataset="d",
    )
    (row,) = tally(told).expectations()
    assert row.dataset == "d"


def test_expectations_beyond_the_bound_are_not_kept_and_no_crash() -> None:
    many = [expectation(f"e{n}", "d", 1, 0) for n in range(MOST_EXPECTATIONS + 5)]
    folded = tally(flow("f", "RUNNING", more=quality(0, *many, many[0])))
    assert len(folded.expectations()) == MOST_EXPECTATIONS
    assert folded.expectations()[0].passed == 2


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED"])
def test_of_what_a_flow_was_in_one_moment_the_end_is_last(end: str) -> None:
    for events in permutations((flow("a", "RUNNING", 9), flow("a", end, 9))):
        assert only(tally(*events).flows()).status.value == end


def test_what_defines_a_view_is_no_flow_that_an_update_runs() -> None:
    reads: JsonObject = {"input_datasets": ["raw"], "output_dataset": "cleaned"}
    view = event("flow_definition", {"flow_type": "VIEW", **reads}, flow="cleaned")
    table = event("flow_definition", {"flow_type": "APPEND"}, flow="orders")
    folded = tally(view, table, flow("orders", "COMPLETED", 9))
    assert [row.name for row in folded.flows()] == ["orders"]
    assert folded.flow_counts() == {FlowStatus.COMPLETED: 1}
    (row,) = folded.views()
    assert (row.name, row.output, row.inputs) == ("cleaned", "cleaned", ("raw",))
    # Who is told of is run, and counts as any other.
    folded.fold(flow("cleaned", "QUEUED", 10))
    assert [row.name for row in folded.flows()] == ["cleaned", "orders"]
    assert folded.flow_counts()[FlowStatus.QUEUED] == 1
    assert not folded.views()


def test_the_start_tells_how_often_the_update_failed_before() -> None:
    assert tally().failed_attempts is None
    assert tally(event("create_update", {"failed_attempts": "2"})).failed_attempts == 2


def test_the_request_is_remembered_from_any_event_that_names_it() -> None:
    named = replace(event("advisory", {}), request_id=RequestId("r1"))
    assert tally(named, event("advisory", {}, 1)).request_id == "r1"


def test_phases_last_until_the_next_state() -> None:
    folded = tally(
        state("CREATED", 0), state("INITIALIZING", 5), state("RUNNING", 65.5)
    )
    assert folded.phases() == (
        Phase("CREATED", 5.0),
        Phase("INITIALIZING", 60.5),
        Phase("RUNNING", None),
    )
    assert folded.ended_at() is None


def test_a_state_that_is_told_late_takes_its_place() -> None:
    folded = tally(state("RUNNING", 9), state("COMPLETED", 20), state("CREATED", 1))
    assert [phase.state for phase in folded.phases()] == [
        "CREATED",
        "RUNNING",
        "COMPLETED",
    ]
    assert folded.last_state == "COMPLETED"
    assert folded.ended_at() == at(20)


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "CANCELED"])
def test_nothing_comes_after_the_end_whatever_a_clock_says(end: str) -> None:
    # Several write one log, and the clock of one was 4 s ahead.
    told = state("RUNNING", 9), state("STOPPING", 11), state(end, 7)
    for events in permutations(told):
        folded = tally(*events)
        assert folded.last_state == end
        assert folded.ended_at() == at(7)
        assert folded.phases()[:-1] == (Phase("RUNNING", 2.0), Phase("STOPPING", 0.0))


def test_states_beyond_the_bound_are_forgotten_and_never_the_end() -> None:
    told = [state("RUNNING", second) for second in range(MOST_STATES + 50)]
    folded = tally(*told, state("COMPLETED", 10_000))
    assert len(folded.phases()) == MOST_STATES
    assert folded.last_state == "COMPLETED"
    assert folded.ended_at() == at(10_000)


def test_an_update_progress_without_a_state_says_nothing() -> None:
    folded = tally(state("RUNNING"), event("update_progress", {}, 5))
    assert folded.last_state == "RUNNING"


def test_who_canceled_is_remembered() -> None:
    folded = tally(
        state("STOPPING", 1, cancellation_cause="USER_ACTION"), state("CANCELED", 2)
    )
    assert folded.cancellation_cause == "USER_ACTION"


def said(folded: Tally) -> list[tuple[str | None, str]]:
    return [(problem.flow, problem.headline) for problem in folded.problems()]


def test_the_most_useful_problem_comes_first() -> None:
    folded = tally(
        failing("recovered", "a hiccup", final=False, seconds=1),
        failing(None, "the cluster is gone", seconds=2),
        failing("broken", "boom", seconds=3),
        flow("recovered", "COMPLETED", 4),
    )
    assert said(folded) == [
        ("broken", "boom"),
        (None, "the cluster is gone"),
        ("recovered", "a hiccup"),
    ]


def test_a_problem_of_a_flow_that_is_not_known_comes_last() -> None:
    stranger = replace(
        event("hook_progress", {}, flow="ghost", level=Level.WARN),
        chain=(thrown("a hook failed"),),
    )
    folded = tally(stranger, failing(None, "boom"))
    assert said(folded) == [(None, "boom"), ("ghost", "a hook failed")]


def test_the_update_repeating_its_flows_problem_is_one_problem() -> None:
    folded = tally(
        failing("f", "boom", final=False),
        failing("f", "boom", seconds=1),
        failing(None, "boom", seconds=2),
    )
    assert said(folded) == [("f", "boom")]


TROUBLES = (
    failing("f", "boom", final=False, seconds=1),
    failing("f", "boom", seconds=2),
    failing("g", "boom", seconds=2),
    failing(None, "boom", seconds=3),
    failing(None, "the cluster is gone", seconds=4),
    failing("h", "bang", final=False, seconds=5),
    flow("h", "COMPLETED", 6),
)


@given(st.permutations(TROUBLES))
def test_the_same_problems_are_told_in_whatever_order_they_become_visible(
    order: list[Event],
) -> None:
    folded = tally(*order)
    assert said(folded) == [
        ("f", "boom"),
        ("g", "boom"),
        (None, "the cluster is gone"),
        ("h", "bang"),
    ]
    assert folded.problems() == tally(*TROUBLES).problems()
    assert folded.problems()[0].at == at(1)


def test_two_flows_with_the_same_problem_are_two_problems() -> None:
    assert len(said(tally(failing("f", "boom"), failing("g", "boom")))) == 2


def test_an_exception_on_an_informing_event_is_no_problem() -> None:
    informing = replace(failing("f", "boom"), level=Level.INFO)
    assert tally(informing).problems() == ()


def test_a_failure_without_an_exception_is_told_in_the_events_own_words() -> None:
    assert said(tally(replace(failing("f", "boom"), chain=()))) == [
        ("f", "flow_progress of f")
    ]


def test_an_error_that_is_no_failure_is_no_problem_without_an_exception() -> None:
    assert tally(event("advisory", {}, level=Level.ERROR)).problems() == ()


def test_problems_beyond_the_bound_are_counted() -> None:
    folded = tally(*(failing("f", f"boom {n}") for n in range(MOST_PROBLEMS + 7)))
    assert len(folded.problems()) == MOST_PROBLEMS
    assert folded.problems_omitted == 7


A_WHOLE_LOG = (
    state("RUNNING", 0),
    *LIFE,
    flow("b", "RUNNING", 5, metrics(num_output_rows=3)),
    flow("b", "RUNNING", 6, quality(2, expectation("ok", "b", 8, 2))),
    flow("b", "STOPPED", 7, metrics(num_output_rows=4)),
    failing("a", "boom", seconds=2.5),
    flow("a", "COMPLETED", 4.5),
    state("COMPLETED", 8),
)


@given(st.permutations(A_WHOLE_LOG))
def test_the_sums_do_not_depend_on_the_order_in_which_events_become_visible(
    order: list[Event],
) -> None:
    one, other = tally(*A_WHOLE_LOG), tally(*order)
    assert set(one.flows()) == set(other.flows())
    assert one.expectations() == other.expectations()
    assert one.phases() == other.phases()
    assert one.problems() == other.problems()
    assert one.rows_written() == other.rows_written()
    assert one.ended_at() == other.ended_at()


def test_a_flow_is_known_by_what_it_reads_and_writes() -> None:
    details: JsonObject = {
        "flow_type": "APPEND",
        "input_datasets": ["`main`.raw", "main.more"],
        "output_dataset": "main.sales.orders",
    }
    row = only(tally(event("flow_definition", details, flow="`main`.sales.o")).flows())
    assert (row.name, row.kind, row.output, row.inputs) == (
        "main.sales.o",
        "APPEND",
        "main.sales.orders",
        ("main.raw", "main.more"),
    )


def test_a_flow_may_write_to_a_sink() -> None:
    details: JsonObject = {"output_sink": "kafka"}
    row = only(tally(event("flow_definition", details, flow="f")).flows())
    assert row.output == "kafka"


def test_a_dataset_is_known_by_what_it_declares() -> None:
    declared: JsonObject = {
        "dataset_type": "STREAMING_TABLE",
        "expectations": [{"name": "valid id"}, {"name": ""}, {}],
    }
    defined = replace(event("dataset_definition", declared), dataset="main.`sales`.o")
    assert tally(defined).datasets() == (
        DatasetRow(name="main.sales.o", kind="STREAMING_TABLE", declared=("valid id",)),
    )


def declaring(*expectations: JsonObject) -> Event:
    listed: list[Json] = list(expectations)
    told = event("dataset_definition", {"expectations": listed})
    return replace(told, dataset="d")


def test_what_becomes_of_a_record_that_fails_is_known_where_the_log_tells_it() -> None:
    (row,) = tally(
        declaring(
            {"name": "id", "action": "FAIL"},
            {"name": "age"},
            {"name": "size", "action": "drop"},
            {"name": "new", "action": "::set-output::"},
        )
    ).datasets()
    assert row.declared == ("id", "age", "size", "new")
    assert row.actions == ("FAIL", "", "DROP", "")
    assert [row.action_of(name) for name in ("id", "age", "gone")] == ["FAIL", "", ""]


def test_of_a_dataset_that_tells_no_action_none_is_known() -> None:
    (row,) = tally(declaring({"name": "id"}, {"name": "age"})).datasets()
    assert (row.actions, row.action_of("id")) == ((), "")


@pytest.mark.parametrize("defined_first", [True, False])
def test_an_expectation_has_the_action_that_its_numbers_tell_or_its_dataset(
    defined_first: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    numbers = quality(
        0,
        {**expectation("id", "d", 1, 0), "action": "ALLOW"},
        expectation("age", "d", 1, 0),
        expectation("size", "d", 1, 0),
        expectation("id", "other", 1, 0),
    )
    events = [
        declaring({"name": "id", "action": "FAIL"}, {"name": "age", "action": "DROP"}),
        flow("d", "COMPLETED", more=numbers),
    ]
    folded = tally(*(events if defined_first else reversed(events)))
    assert {(row.dataset, row.name): row.action for row in folded.expectations()} == {
        ("d", "id"): "ALLOW",
        ("d", "age"): "DROP",
        ("d", "size"): "",
        ("other", "id"): "",
    }


@pytest.mark.parametrize(
    "numbers",
    [
        {"passed_records": 5},
        {"failed_records": 5},
        {"passed_records": 5, "failed_records": None},
        {"passed_records": 5, "failed_records": [20]},
        {"passed_records": -5, "failed_records": 0},
        {"passed_records": 5, "failed_records": -1},
        {},
    ],
)
def test_an_expectation_that_lacks_a_number_has_none_and_is_no_zero(
    numbers: JsonObject,
) -> None:
    part: JsonObject = {"name": "id", "dataset": "d", **numbers}
    folded = tally(
        declaring({"name": "age", "action": "DROP"}),
        flow("d", "RUNNING", 1, quality(0, part)),
        flow("d", "RUNNING", 2, quality(0, expectation("id", "d", 90, 10))),
        flow("d", "RUNNING", 3, quality(0, expectation("age", "d", 90, 10))),
    )
    assert [row.name for row in folded.expectations()] == ["age"]
    (row,) = folded.datasets()
    assert (row.declared, row.actions) == (("age", "id"), ("DROP", ""))
    assert row.untold == ("id",)


def test_an_untold_expectation_of_a_dataset_that_is_not_defined_is_not_lost() -> None:
    part: JsonObject = {"name": "id", "dataset": "d", "passed_records": 1}
    folded = tally(flow("d", "RUNNING", 1, quality(0, part)))
    assert folded.datasets() == (
        DatasetRow(name="d", declared=("id",), untold=("id",)),
    )


def test_what_has_no_name_is_no_flow_and_no_dataset() -> None:
    folded = tally(
        event("flow_definition", {"flow_type": "APPEND"}),
        event("dataset_definition", {"dataset_type": "VIEW"}),
    )
    assert (folded.flows(), folded.datasets()) == ((), ())


def test_datasets_are_bounded() -> None:
    folded = Tally()
    for number in range(MOST_DATASETS + 5):
        one = event("dataset_definition", {"dataset_type": "VIEW"})
        folded.fold(replace(one, dataset=f"d{number}"))
    assert len(folded.datasets()) == MOST_DATASETS


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_backlog_is_the_last_one_told_in_whatever_order_events_become_visible(
    order: tuple[int, ...],
) -> None:
    told: list[tuple[float, int, Json]] = [
        (1, 1, 100),
        (2, 1, 70),
        (2, 2, 40),
        (3, 1, None),
    ]
    events = [
        replace(
            flow("f", "RUNNING", seconds, metrics(backlog_bytes=size)), sequence=number
        )
        for seconds, number, size in told
    ]
    row = only(tally(*(events[number] for number in order)).flows())
    assert row.backlog_bytes == 40


@pytest.mark.parametrize("action", ["STOP", "CANCEL", "START"])
def test_who_canceled_is_who_asked_for_a_stop(action: str) -> None:
    who: JsonObject = {"user_name": "anna@example.com", "action": action}
    told = tally(event("user_action", who)).canceled_by
    assert told == ("" if action == "START" else "anna@example.com")


def cut_event(name: str, fields: Json, details: JsonObject) -> Event:
    told = event("flow_progress", details, 9, flow=name)
    return replace(told, raw={"truncation": fields})


def named(*names: str) -> JsonObject:
    return {"truncated_fields": [{"field_name": name} for name in names]}


CUT = [
    (named("details"), {}),
    (named("details.flow_progress"), {"status": "RUNNING"}),
    (named("error", "details"), {"status": "FAILED"}),
    (named("error"), {}),
    ({"truncated_fields": [{}]}, {"status": "RUNNING"}),
    ({"unheard": "of"}, {"status": "RUNNING"}),
    (True, {"status": "RUNNING"}),
]


@pytest.mark.parametrize(("fields", "details"), CUT)
def test_of_an_event_that_was_cut_no_number_of_its_dataset_is_known(
    fields: Json, details: JsonObject
) -> None:
    folded = tally(
        declared_by("c.s.a", "id", "age"),
        declared_by("c.s.b", "id"),
        writing("f", "c.s.a"),
        flow("f", "RUNNING", 1, quality(0, expectation("id", "c.s.a", 90, 10))),
        flow("g", "RUNNING", 1, quality(0, expectation("id", "c.s.b", 9, 1))),
        cut_event("f", fields, details),
    )
    assert [row.dataset for row in folded.expectations()] == ["c.s.b"]
    first, second = folded.datasets()
    assert (first.untold, second.untold) == (("id", "age"), ())
    assert {row.name: row.truncated for row in folded.flows()} == {
        "f": True,
        "g": False,
    }


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        (named("error"), {"status": "FAILED"}),
        (named("origin"), {"status": "RUNNING"}),
        (None, {"status": "RUNNING"}),
    ],
)
def test_what_else_was_cut_takes_no_number_with_it(
    fields: Json, details: JsonObject
) -> None:
    folded = tally(
        declared_by("a", "id"),
        flow("a", "RUNNING", 1, quality(0, expectation("id", "a", 90, 10))),
        cut_event("a", fields, details),
    )
    assert [row.untold for row in folded.datasets()] == [()]
    assert len(folded.expectations()) == 1
    assert not any(row.truncated for row in folded.flows())


@pytest.mark.parametrize("name", ["", "nobody"])
def test_where_nobody_knows_whose_event_was_cut_no_expectation_is_known(
    name: str,
) -> None:
    folded = tally(
        declared_by("a", "id"),
        declared_by("b"),
        flow("a", "RUNNING", 1, quality(0, expectation("id", "a", 90, 10))),
        flow("c", "RUNNING", 1, quality(0, expectation("id", "c", 90, 10))),
        cut_event(name, named("details"), {}),
    )
    assert folded.expectations() == ()
    untold = {row.name: row.untold for row in folded.datasets()}
    assert untold == {"a": ("id",), "b": (), "c": ("id",)}


def test_a_view_may_be_told_of_in_the_event_that_was_cut() -> None:
    view = event("dataset_definition", {"dataset_type": "VIEW"})
    folded = tally(
        replace(view, dataset="v"),
        declared_by("a"),
        flow("a", "RUNNING", 1, quality(0, expectation("id", "v", 90, 10))),
        cut_event("a", named("details"), {}),
    )
    assert folded.expectations() == ()


def test_the_names_of_what_was_cut_are_bounded() -> None:
    folded = tally(
        declared_by("a", "id"),
        flow("a", "RUNNING", 1, quality(0, expectation("id", "a", 90, 10))),
        *(declared_by(f"d{n}") for n in range(MOST_LACKING + 1)),
    )
    for number in range(MOST_LACKING):
        folded.fold(cut_event(f"d{number}", named("details"), {}))
    assert len(folded.expectations()) == 1
    folded.fold(cut_event(f"d{MOST_LACKING}", named("details"), {}))
    assert folded.expectations() == ()


def writing(name: str, output: str, kind: str = "APPEND") -> Event:
    defined: JsonObject = {"output_dataset": output, "flow_type": kind}
    return event("flow_definition", defined, flow=name)


def declared_by(dataset: str, *names: str) -> Event:
    listed: list[Json] = [{"name": name} for name in names]
    told = event("dataset_definition", {"dataset_type": "T", "expectations": listed})
    return replace(told, dataset=dataset)


@pytest.mark.parametrize(
    ("kind", "status", "more", "tells"),
    [
        ("APPEND", "RUNNING", quality(0), True),
        ("APPEND", "COMPLETED", metrics(num_output_rows=7), False),
        ("MATERIALIZED_VIEW", "COMPLETED", metrics(num_output_rows=7), True),
        ("COMPLETE", "COMPLETED", metrics(num_upserted_rows=7), True),
        ("COMPLETE", "COMPLETED", metrics(backlog_bytes=7), False),
        ("COMPLETE", "COMPLETED", {}, False),
        ("COMPLETE", "RUNNING", metrics(num_output_rows=7), False),
    ],
)
def test_a_flow_tells_its_quality_in_some_event_or_in_the_one_that_would_hold_it(
    kind: str, status: str, more: JsonObject, *, tells: bool
) -> None:
    folded = tally(writing("f", "d", kind), flow("f", status, 1, more))
    assert only(folded.flows()).tells_quality is tells
