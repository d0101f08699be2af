from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_action.core import wire
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.recording import (
    DEEPEST,
    LONGEST_LINE,
    NOTE,
    SETTINGS_WITHHELD,
    WITHHELD,
    line_of,
    note,
)
from dlt_action.core.redaction import REDACTED, disguises, redact
from dlt_action.core.rows import without_rows
from tests.oracles.hostile import EVERYTHING

SECRET = 'p"a\\ss-wörd 12'
ROW = "{'name': 'Anna', 'age': 7}"


def read_back(event: JsonObject, *secrets: str) -> JsonObject:
    forms = [form for secret in secrets for form in disguises(secret)]
    line = line_of(event, lambda text: redact(text, forms))
    assert line.isascii()
    assert len(line.splitlines()) == 1
    found: JsonObject = json.loads(line)
    return found


def test_an_event_is_kept_as_it_came() -> None:
    event: JsonObject = {
        "id": "1",
        "sequence": {"control_plane_seq_no": 2**63},
        "details": {"x": [1, 2.5, True, None, {"y": "ö"}]},
        "of": {"a": "future"},
    }
    assert read_back(event, SECRET) == event


@pytest.mark.parametrize("text", EVERYTHING)
def test_a_hostile_text_is_one_line_and_the_same_text(text: str) -> None:
    event: JsonObject = {"message": text, "details": {text: [text]}}
    assert read_back(event) == event


@pytest.mark.parametrize("form", disguises(SECRET))
def test_a_secret_is_hidden_wherever_it_is_and_the_line_is_json(form: str) -> None:
    event: JsonObject = {"message": f"a {form} b", form: [{"deep": form}]}
    found = read_back(event, SECRET)
    assert SECRET not in json.dumps(found, ensure_ascii=False)
    assert REDACTED in found
    assert found["message"] == f"a {REDACTED} b"


def test_a_secret_of_digits_is_hidden_in_a_number() -> None:
    assert read_back({"n": 1234567890, "m": 1}, "1234567890") == {"n": "***", "m": 1}


@pytest.mark.parametrize("label", ["Input data", "Output record"])
def test_rows_are_withheld_wherever_they_are_quoted(label: str) -> None:
    said = f"Violated expectations: 'a'. {label}: '{ROW}'."
    thrown: JsonObject = {"message": said}
    event: JsonObject = {
        "message": said,
        "error": {"exceptions": [thrown]},
        "details": {"flow_progress": {"unheard of": said}},
        "timestamp": "2026-01-01T00:00:00Z",
    }
    found = read_back(event)
    assert "Anna" not in json.dumps(found)
    assert json.dumps(found).count("(row data withheld)") == 3
    assert found["timestamp"] == event["timestamp"]


def test_settings_whose_values_may_be_credentials_are_withheld() -> None:
    settings: JsonObject = {
        "name": "orders",
        "configuration": {"my.password": "x"},
        "clusters": [{"spark_env_vars": {"KEY": "x"}, "spark_conf": {}}],
    }
    found = read_back({"details": {"sink_definition": settings}})
    assert found["details"] == {
        "sink_definition": {
            "name": "orders",
            "configuration": SETTINGS_WITHHELD,
            "clusters": [{"spark_env_vars": SETTINGS_WITHHELD, "spark_conf": {}}],
        }
    }


# What of a specification is nobody's business.
SPEC: JsonObject = {
    "environment": {"dependencies": ["git+https://me:s3cr3t@host/a.git"]},
    "custom_tags": {"cost": "s3cr3t"},
    "notifications": [{"email_recipients": ["s3cr3t@example.com"]}],
}


def test_the_specification_of_a_pipeline_is_withheld_as_a_whole() -> None:
    created: JsonObject = {"cause": "USER_ACTION", "config": SPEC}
    found = read_back({"details": {"create_update": created}})
    kept = {"cause": "USER_ACTION", "config": SETTINGS_WITHHELD}
    assert found == {"details": {"create_update": kept}}


TOLD = json.dumps({"create_update": {"config": SPEC}})


@pytest.mark.parametrize(
    "event",
    [
        {"details": TOLD},
        {"details": json.dumps(TOLD)},
        {"details": "create_update{config=s3cr3t}"},
        {"details": {"create_update": json.dumps({"config": SPEC})}},
        {"details": {"create_update": [f"  {TOLD}"]}},
        {"details": {"settings": json.dumps([json.dumps({"options": "s3cr3t"})])}},
        {"details": {TOLD: 1}},
    ],
)
def test_settings_that_came_as_a_text_are_withheld_too(event: JsonObject) -> None:
    line = line_of({"id": "1", **event}, lambda text: text)
    assert SETTINGS_WITHHELD in line
    assert "s3cr3t" not in line
    assert json.loads(line)["id"] == "1"


@pytest.mark.parametrize(
    "text",
    [
        '{"status": "COMPLETED"}',
        '{"fields": [{"name": "options"}]}',
        'The "options" of the sink',
        "[INVALID_OPTIONS] options are wrong",
        "{options}",
    ],
)
def test_a_text_that_only_mentions_settings_is_kept(text: str) -> None:
    assert read_back({"message": text}) == {"message": text}
    kept: JsonObject = {"details": '{"status": "COMPLETED"}'}
    assert read_back(kept) == kept


def test_what_signs_in_inside_of_an_address_is_hidden_in_every_text() -> None:
    address = "git+https://me:s3cr3t@host/a.git"
    event: JsonObject = {"message": f"pip: {address}", address: [address]}
    hidden = "git+https://***@host/a.git"
    assert read_back(event) == {"message": f"pip: {hidden}", hidden: [hidden]}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, -(10**30)])
def test_what_is_no_number_to_every_reader_is_left_out(number: float) -> None:
    assert read_back({"n": number}) == {"n": None}


def test_what_is_nested_as_only_a_trap_is_ends_somewhere() -> None:
    deep: Json = "end"
    for _ in range(500):
        deep = [deep]
    assert "(left out)" in json.dumps(read_back({"deep": deep}))


def test_a_long_event_keeps_all_of_its_texts_but_shorter() -> None:
    found = read_back({"id": "1", "message": "x" * LONGEST_LINE, "level": "INFO"})
    assert str(found["message"]).endswith("x…")
    assert found["level"] == "INFO"


def test_of_an_event_of_too_many_texts_its_skeleton_is_left() -> None:
    event: JsonObject = {
        "id": "1" * 5000,
        "level": "INFO",
        "origin": {"update_id": "u1", "flow_name": "f"},
        "details": {"all": ["x" * 2000] * 1000},
    }
    found = read_back(event)
    assert set(found) == {"id", "timestamp", "level", "event_type", "origin"}
    assert found["origin"] == {"update_id": "u1"}
    assert len(str(found["id"])) == 2000


def test_a_secret_in_a_long_event_is_hidden_as_well() -> None:
    found = read_back({"message": ("y" * 1990 + SECRET) + "x" * LONGEST_LINE}, SECRET)
    assert "p" not in str(found["message"])


def keyed(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    *before, _ = re.split(r'\\*"\s*:', text)
    return any(one.endswith(tuple(WITHHELD)) for one in before)


def withheld(key: str, item: Json) -> bool:
    if key == "details" and isinstance(item, str):
        return any(name in item for name in WITHHELD)
    return key in WITHHELD and bool(item)


def text_by_text(event: Json, redacted: Callable[[str], str]) -> str:
    """What `line_of` promises, without any of its shortcuts."""

    def fit(text: str) -> str:
        if keyed(text):
            return SETTINGS_WITHHELD
        return redacted(without_rows(text))

    def number(value: float) -> Json:
        known = abs(value) < 2**64 if isinstance(value, int) else isfinite(value)
        said = fit(str(value))
        return None if not known else value if said == str(value) else said

    def fitting(value: Json, depth: int) -> Json:
        match value:
            case str():
                return fit(value)
            case bool() | None:
                return value
            case int() | float():
                return number(value)
            case _ if depth == 0:
                return "(left out)"
            case list():
                return [fitting(item, depth - 1) for item in value]
            case _:
                return {
                    fit(key): SETTINGS_WITHHELD
                    if withheld(key, item)
                    else fitting(item, depth - 1)
                    for key, item in value.items()
                }

    return json.dumps(fitting(event, DEEPEST), separators=(",", ":"))


SECRETS = (SECRET, "1234567890", "dapi-0123456789-abcdefghijklmnopqrstuvwxyz")
FORMS = [form for secret in SECRETS for form in disguises(secret)]
# What a text is made of that has something in it to be hidden, or nearly has.
PIECES = st.sampled_from(
    [
        *FORMS,
        *(form[:cut] for form in FORMS[::5] for cut in (8, 31, 33)),
        *("…", "\0", "\n", " ", '"', "\\", "'", ":", "{", "}", "é", "😀", "x", "7"),
        *("Input data", "Output record", ": ", "violated by row with values"),
        *(
            "[CAST_INVALID_INPUT] ",
            "The value ",
            "'Anna'",
            ' of the type "',
            "(String)",
        ),
        *(
            " cannot be cast to ",
            " SQLSTATE: 22018",
            "Could not convert ",
            " with type ",
        ),
        *(" during parsing: ", '{"name": "Anna"}', ", which can be fixed", "Anna"),
        *('For input string: "', "time data '", "' does not match format ", "Value "),
        *(
            "invalid literal for int() with base 10: ",
            "(row data withheld)",
            " in type ",
        ),
        *(
            "can not accept object ",
            "content parsed=",
            "Row(name=",
            "Key (a)=(",
            ") already exists",
            "DateTimeParseException: ",
            "ValueError: ",
            " is not a valid Name",
            "Unknown string format: ",
            "type=a, input_value=",
            "Text '",
            "' could not be parsed",
        ),
        *("https://", "//", "anna:", "@host", "@", "/"),
        *("options", '{"options": 1}', 'config"', "config", '{\\"parameters\\":'),
    ]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from([2**64, 2**64 - 1, -(2**64), 1234567890, 51234567890.5, 10**30])
)
KEYS = TEXTS | st.sampled_from(["name", "details", *sorted(WITHHELD)])
EVENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=10,
)


def nested(value: Json, deep: int) -> Json:
    for level in range(deep):
        value = [value] if level % 2 else {"in": value}
    return value


@settings(max_examples=400)
@given(st.dictionaries(KEYS, EVENTS, max_size=4), st.integers(0, DEEPEST + 2))
def test_what_saves_time_changes_no_line(event: JsonObject, deep: int) -> None:
    forms = sorted(set(FORMS), key=len, reverse=True)
    whole: JsonObject = {"deep": nested(event, deep), **event}

    def redacted(text: str) -> str:
        return redact(text, forms)

    assert line_of(whole, redacted) == text_by_text(whole, redacted)


def test_a_note_is_no_event() -> None:
    assert json.loads(note("full")) == {NOTE: "full"}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=20), VALUES, max_size=5))
def test_any_event_becomes_a_line_that_says_the_same_to_the_reader(
    event: JsonObject,
) -> None:
    found = read_back(event)
    again = read_back(found)
    assert again == found
    assert wire.event(found).message == wire.event(event).message
