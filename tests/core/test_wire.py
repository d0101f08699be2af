from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core import wire
from dlt_action.core.event import EPOCH, Frame, Thrown
from dlt_action.core.exchange import Executed, decide
from dlt_action.core.model import (
    Cause,
    Json,
    JsonObject,
    Level,
    Location,
    PipelineState,
    UpdateState,
)
from dlt_action.core.reply import Answer

U1 = "4518bfc6-0000-4000-8000-000000000001"
P1 = "8199cd89-0000-4000-8000-000000000002"

UPDATE: JsonObject = {
    "update": {
        "pipeline_id": P1,
        "update_id": U1,
        "state": "RUNNING",
        "cause": "API_CALL",
        "creation_time": 1788264000123,
        "cluster_id": "0901-121703-ab12cd34",
        "full_refresh": False,
        "full_refresh_selection": ["main.a.b"],
        "refresh_selection": ["main.a.c"],
        "validate_only": True,
        "mode": "DEFAULT",
        "request_id": "req-1",
        "config": {"id": P1, "name": "orders"},
    }
}

PIPELINE: JsonObject = {
    "pipeline_id": P1,
    "name": "orders",
    "state": "RUNNING",
    "latest_updates": [
        {"update_id": U1, "state": "RUNNING", "creation_time": "2026-09-30T20:42:52Z"},
        {"update_id": "older", "state": "COMPLETED"},
    ],
    "spec": {
        "continuous": False,
        "configuration": {"pipelines.numUpdateRetryAttempts": "2"},
    },
}

EVENT: JsonObject = {
    "id": "15e29b10-48bb-11ed-b1cf-9649472ee14a",
    "sequence": {
        "control_plane_seq_no": 1788264000001000,
        "data_plane_id": {"instance": "i", "seq_no": 7},
    },
    "origin": {
        "org_id": 1234,
        "pipeline_id": P1,
        "update_id": U1,
        "request_id": "req-1",
        "flow_name": "main.a.b",
        "dataset_name": "b",
        "source_code_location": {
            "path": "/Workspace/x.py",
            "line_number": 7,
            "notebook_cell_number": "2",
        },
    },
    "timestamp": "2026-09-01T14:21:11.671Z",
    "message": "Flow 'main.a.b' has FAILED.",
    "level": "ERROR",
    "maturity_level": "STABLE",
    "event_type": "flow_progress",
    "error": {
        "fatal": True,
        "exceptions": [
            {
                "class_name": "Exception",
                "error_class": "PYTHON.EXCEPTION",
                "sql_state": "P0001",
                "message": "boom",
                "stack": [
                    {
                        "declaring_class": "f",
                        "method_name": "f",
                        "file_name": "nb",
                        "line_number": 7,
                    }
                ],
            }
        ],
    },
    "details": {
        "flow_progress": {
            "status": "FAILED",
            "metrics": {"num_output_rows": "12"},
            "data_quality": {
                "dropped_records": 1,
                "expectations": [
                    {
                        "name": "ok",
                        "dataset": "b",
                        "passed_records": 1,
                        "failed_records": 2,
                    }
                ],
            },
        }
    },
}

EVENTS: JsonObject = {"events": [EVENT], "next_page_token": "t"}
UPDATES: JsonObject = {"updates": [UPDATE["update"]], "next_page_token": "t"}
STATUSES: JsonObject = {"statuses": [{"pipeline_id": P1, "name": "orders"}]}


def test_an_update_is_read_in_full() -> None:
    seen = wire.update(wire.child(UPDATE, "update"))
    assert seen is not None
    assert seen.update_id == U1
    assert seen.state is UpdateState.RUNNING
    assert seen.state_text == "RUNNING"
    assert seen.cause is Cause.API_CALL
    assert seen.cause_text == "API_CALL"
    assert seen.created == datetime(2026, 9, 1, 12, 0, 0, 123000, UTC)
    assert not seen.full_refresh
    assert seen.validate_only
    assert seen.refresh_selection == ("main.a.c",)
    assert seen.full_refresh_selection == ("main.a.b",)
    assert seen.request_id == "req-1"


def test_a_pipeline_is_read_in_full() -> None:
    seen = wire.pipeline(PIPELINE)
    assert seen is not None
    assert seen.pipeline_id == P1
    assert seen.name == "orders"
    assert seen.state is PipelineState.RUNNING
    assert not seen.continuous
    assert seen.retries_configured == 2
    assert seen.newest == (U1, "older")
    assert seen.newest_states == (UpdateState.RUNNING, UpdateState.COMPLETED)


def test_a_pipeline_that_never_ran_has_no_newest_update() -> None:
    seen = wire.pipeline({"pipeline_id": P1})
    assert seen is not None
    assert seen.newest == ()
    assert seen.newest_states == ()
    assert seen.retries_configured is None


def test_an_event_is_read_in_full() -> None:
    (seen,) = wire.events(EVENTS)
    assert seen.event_id == "15e29b10-48bb-11ed-b1cf-9649472ee14a"
    assert seen.at == datetime(2026, 9, 1, 14, 21, 11, 671000, UTC)
    assert seen.event_type == "flow_progress"
    assert seen.level is Level.ERROR
    assert seen.message == "Flow 'main.a.b' has FAILED."
    assert seen.sequence == 1788264000001000
    assert seen.update_id == U1
    assert seen.request_id == "req-1"
    assert (seen.flow, seen.dataset) == ("main.a.b", "b")
    assert seen.details == EVENT["details"]
    assert seen.fatal
    assert seen.location == Location(path="/Workspace/x.py", line=7, cell=2)
    assert seen.chain == (
        Thrown(
            class_name="Exception",
            error_class="PYTHON.EXCEPTION",
            message="boom",
            frames=(Frame("nb", 7),),
        ),
    )


def test_a_list_of_pipelines_leaves_out_what_has_no_usable_id() -> None:
    body: JsonObject = {
        "statuses": [
            {"pipeline_id": P1, "name": "orders"},
            {"pipeline_id": "../../x", "name": "orders"},
            {"name": "orders"},
            "text",
        ]
    }
    assert [named.pipeline_id for named in wire.named_pipelines(body)] == [P1]


def test_the_updates_of_a_page_keep_their_order() -> None:
    body: JsonObject = {"updates": [{"update_id": "b"}, {}, {"update_id": "a"}, 7]}
    assert [seen.update_id for seen in wire.updates(body)] == ["b", "a"]


@pytest.mark.parametrize(
    ("body", "token"),
    [
        ({}, None),
        ({"next_page_token": None}, None),
        ({"next_page_token": ""}, None),
        ({"next_page_token": 7}, None),
        ({"next_page_token": "t"}, "t"),
    ],
)
def test_only_the_absence_of_a_token_says_that_a_page_was_the_last(
    body: JsonObject, token: str | None
) -> None:
    assert wire.next_page(body) == token


@pytest.mark.parametrize(
    "strange", ["", "a/b", "..", "a b", "a?b", "é", "x" * 65, 7, None, ["a"], {"a": 1}]
)
def test_what_cannot_be_an_id_is_none(strange: Json) -> None:
    assert wire.update({"update_id": strange, "state": "COMPLETED"}) is None
    assert wire.pipeline({"pipeline_id": strange}) is None
    assert wire.request_id({"request_id": strange}) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (-7, -7),
        (0, 0),
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        (7.0, 7),
        ("9223372036854775807", 2**63 - 1),
        (2**63, None),
        (-(2**63), None),
        (10**400, None),
        (1e300, None),
        (7.5, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        (False, None),
        (None, None),
        ("", None),
        ("7.0", None),
        ("1e3", None),
        ("1_0", None),
        (" 7", None),
        ("+7", None),
        ("--7", None),
        ("१२", None),
        ("²", None),
        ("9" * 5_000, None),
        ([7], None),
        ({"a": 7}, None),
    ],
)
def test_a_number_is_a_json_number_or_a_decimal_string(
    value: Json, expected: int | None
) -> None:
    assert wire.number({"n": value}, "n") == expected


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE"])
def test_a_flag_may_be_a_word(value: Json) -> None:
    assert wire.flag({"f": value}, "f")


@pytest.mark.parametrize(
    "value", [False, "false", "", "yes", 1, None, [True], {"a": 1}]
)
def test_what_does_not_say_true_is_not(value: Json) -> None:
    assert not wire.flag({"f": value}, "f")
    assert not wire.flag({}, "f")


AT = datetime(2026, 9, 1, 12, 0, 0, 123000, UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1788264000123, AT),
        ("1788264000123", AT),
        (1788264000123.0, AT),
        ("2026-09-01T12:00:00.123Z", AT),
        ("2026-09-01T12:00:00.123000Z", AT),
        ("2026-09-01T12:00:00.123000999Z", AT),
        ("2026-09-01T12:00:00.123", AT),
        ("2026-09-01T14:00:00.123+02:00", AT),
        (0, EPOCH),
        (-1000, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        ("-", None),
        ("²", None),
        (10**18, None),
        (-(10**18), None),
        (10**20, None),
        (10**400, None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ([1], None),
        ({}, None),
    ],
)
def test_a_time_is_milliseconds_or_rfc_3339_and_else_absent(
    value: Json, expected: datetime | None
) -> None:
    assert wire.moment(value) == expected


@pytest.mark.parametrize(
    "state", [None, 7, "", "RECONCILING", "completed", ["COMPLETED"]]
)
def test_a_state_that_cannot_be_named_is_not_an_end(state: Json) -> None:
    seen = wire.update({"update_id": U1, "state": state})
    assert seen is not None
    assert seen.state is UpdateState.UNRECOGNISED
    assert not seen.state.terminal


def test_a_state_is_shown_as_the_api_spelled_it() -> None:
    unknown = wire.update({"update_id": U1, "state": "RECONCILING"})
    absent = wire.update({"update_id": U1})
    assert unknown is not None
    assert unknown.state_text == "RECONCILING"
    assert absent is not None
    assert absent.state_text == "no state"


def test_an_event_without_id_or_time_is_not_lost() -> None:
    body: JsonObject = {
        "events": [
            {
                "origin": {"dataset_name": name},
                "details": {"dataset_definition": {"dataset_type": "TABLE"}},
            }
            for name in ("one", "two")
        ]
    }
    one, two = wire.events(body)
    assert one.event_id != two.event_id
    assert one.event_type == two.event_type == "dataset_definition"
    assert one.at == EPOCH


def test_an_event_without_an_id_is_the_same_when_it_is_read_again() -> None:
    nameless = {name: value for name, value in EVENT.items() if name != "id"}
    assert wire.event(nameless).event_id == wire.event(dict(nameless)).event_id


def test_two_events_without_ids_that_say_different_things_are_two() -> None:
    def micro_batch(rows: int) -> JsonObject:
        progress: JsonObject = {"metrics": {"num_output_rows": rows}}
        return {"message": "Completed.", "details": {"flow_progress": progress}}

    one, two = wire.event(micro_batch(1)), wire.event(micro_batch(2))
    assert one.event_id != two.event_id


def test_an_event_that_says_nothing_is_still_an_event() -> None:
    seen = wire.event({})
    assert seen.event_type == ""
    assert seen.level is Level.UNRECOGNISED
    assert seen.chain == ()
    assert seen.location is None


# What stands in the place of each value of each answer, one at a time.
REPLACEMENTS: tuple[Json, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    float("inf"),
    "",
    "a\u2028b\ud800",
    "0001-01-01T00:00:00+23:59",
    [],
    [None, 7, "x", [], {}],
    {},
    {"state": 7},
)
ANSWERS = {
    "update": UPDATE,
    "pipeline": PIPELINE,
    "events": EVENTS,
    "updates": UPDATES,
    "statuses": STATUSES,
}


def mutants(value: Json) -> Iterator[Json]:
    """*value* with one thing less, or one thing replaced, at any depth."""
    match value:
        case dict():
            for key, item in value.items():
                yield {name: other for name, other in value.items() if name != key}
                for other in (*REPLACEMENTS, *mutants(item)):
                    yield {**value, key: other}
        case list():
            for index, item in enumerate(value):
                yield value[:index] + value[index + 1 :]
                for other in (*REPLACEMENTS, *mutants(item)):
                    yield [*value[:index], other, *value[index + 1 :]]
        case _:
            pass


def mutants_of(body: JsonObject) -> Iterator[JsonObject]:
    return (mutant for mutant in mutants(body) if isinstance(mutant, dict))


def keys(value: Json) -> set[str]:
    """Every key in *value*, at any depth."""
    match value:
        case dict():
            return set(value).union(*map(keys, value.values()))
        case list():
            return set[str]().union(*map(keys, value))
        case _:
            return set()


def read_all(body: JsonObject) -> None:
    """Read *body* as whatever it could be taken for."""
    wire.update(wire.child(body, "update"))
    wire.update(body)
    wire.updates(body)
    wire.pipeline(body)
    wire.named_pipelines(body)
    wire.events(body)
    wire.event(body)
    wire.next_page(body)
    wire.update_id(body)


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_mutant_of_an_answer_raises(body: JsonObject) -> None:
    for mutant in mutants_of(body):
        read_all(mutant)


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_mutant_of_an_answer_completes_an_update(body: JsonObject) -> None:
    for mutant in mutants_of(body):
        seen = (wire.update(wire.child(mutant, "update")), *wire.updates(mutant))
        assert all(one is None or not one.state.terminal for one in seen)


def test_no_mutant_of_a_page_of_events_loses_an_event() -> None:
    for mutant in mutants_of(EVENTS):
        objects = wire.children(mutant, "events")
        assert len(wire.events(mutant)) == len(objects)


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_with_any_key_twice_is_no_answer(body: JsonObject) -> None:
    text = json.dumps(body)
    for key in keys(body):
        doubled = text.replace(f'"{key}":', f'"{key}": null, "{key}":', 1)
        reply = Answer(200, {"content-type": "application/json"}, doubled.encode())
        assert not isinstance(decide(reply), Executed)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("update", "updates", "events", "update_id", "state", "origin"),
                    *("details", "error", "exceptions", "stack", "timestamp", "spec"),
                    *("latest_updates", "creation_time", "pipeline_id", "sequence"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), ANY_JSON) | ANY_JSON)
def test_no_json_at_all_raises(value: Json) -> None:
    if isinstance(value, dict):
        read_all(value)
