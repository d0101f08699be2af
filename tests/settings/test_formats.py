"""One parser at a time: what it reads, and the advice where it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.plan import LogLevel
from dlt_action.settings import formats, structures, table
from dlt_action.settings.formats import Unfit
from dlt_action.settings.shape import Input
from tests.settings.door import PIPELINE

PEM = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"
Parser = Callable[[str], object]
MANY = "\n".join(map(str, range(101)))

READ: list[tuple[Parser, str, object]] = [
    (formats.boolean, "true", True),
    (formats.boolean, "True", True),
    (formats.boolean, "TRUE", True),
    (formats.boolean, "false", False),
    (formats.boolean, "False", False),
    (formats.boolean, "FALSE", False),
    (formats.full_refresh, "true", True),
    (formats.duration, "90s", 90.0),
    (formats.duration, "45m", 2700.0),
    (formats.duration, "2h", 7200.0),
    (formats.duration, "1h30m", 5400.0),
    (formats.duration, "1h0m1s", 3601.0),
    (formats.duration, "90m", 5400.0),
    (formats.duration_or_off, "90s", 90.0),
    (formats.duration_or_off, "off", inf),
    (formats.update_id, "latest", "latest"),
    (formats.update_id, PIPELINE, PIPELINE),
    (formats.digits, "1234567890123456", "1234567890123456"),
    (formats.job_id, "4711", "4711"),
    (formats.job_id, "0004711", "4711"),
    (formats.job_id, "9223372036854775807", "9223372036854775807"),
    (formats.pipeline_id, PIPELINE, PIPELINE),
    (formats.one_line, "Aufträge (prod), täglich", "Aufträge (prod), täglich"),
    (formats.names, "a", ("a",)),
    (formats.names, "a, b ,c", ("a", "b", "c")),
    (formats.names, "a\r\n\n  b,\nc", ("a", "b", "c")),
    (formats.names, "a\na,b", ("a", "b")),
    (formats.names, "main.sales.`my, table`, b", ("main.sales.`my, table`", "b")),
    (formats.names, '"my, table" , b', ("my, table", "b")),
    (formats.names, '"", a', ("a",)),
    (formats.flow_names, "a.b.c", ("a.b.c",)),
    (formats.flow_names, "a.`b.x`.c, d.e.f", ("a.`b.x`.c", "d.e.f")),
    (formats.folder, "reports", "reports"),
    (formats.folder, "./a//b/./c/", "a/b/c"),
    (formats.folder, "a..b/.hidden", "a..b/.hidden"),
    (formats.authorities, "certs/ca.pem", "certs/ca.pem"),
    (formats.authorities, "/etc/ssl/ca.pem", "/etc/ssl/ca.pem"),
    (formats.authorities, PEM, PEM),
    (structures.parameters, "a=1\n\n b = x=y \nc=", {"a": "1", "b": "x=y", "c": ""}),
    (structures.parameters, '{"a": " 1 ", "b": "x\\ny"}', {"a": " 1 ", "b": "x\ny"}),
    (structures.parameters, "{}", {}),
    (structures.request_fields, '{"rewind_spec": {}}', {"rewind_spec": {}}),
]

A_BOOLEAN = "Write `true` or `false`."
AN_UPDATE = (
    "An id has 1 to 64 letters, digits and hyphens. Write the id that the update's page"
    " shows, or `latest`."
)
A_DURATION = "Write hours, minutes, seconds: `90s`, `45m`, `2h`, `1h30m`."
A_LIST = "Write one name a line"
A_FOLDER = "Write a folder in the workspace, such as `dlt-report`."
LONG_NUMBER = f'{{"a": {"1" * 5000}}}'

REFUSED: list[tuple[Parser, str, str]] = [
    (formats.boolean, "yes", f"`yes` is not a boolean. {A_BOOLEAN}"),
    (formats.boolean, "1", f"`1` is not a boolean. {A_BOOLEAN}"),
    (formats.boolean, "tRUE", f"`tRUE` is not a boolean. {A_BOOLEAN}"),
    (
        formats.full_refresh,
        "orders,customers",
        (
            "`orders,customers` is not a boolean. Write `true` to reset every table;"
            " names of tables go into `full-refresh-selection`."
        ),
    ),
    (
        formats.duration,
        "60",
        "`60` has no unit. Write `60s` for seconds or `60m` for minutes.",
    ),
    (formats.duration, "60 s", f"`60 s` is not a duration. {A_DURATION}"),
    (formats.duration, "1.5h", f"`1.5h` is not a duration. {A_DURATION}"),
    (formats.duration, "30m1h", f"`30m1h` is not a duration. {A_DURATION}"),
    (formats.duration, "-5m", f"`-5m` is not a duration. {A_DURATION}"),
    (formats.duration, "1H", f"`1H` is not a duration. {A_DURATION}"),
    (
        formats.duration_or_off,
        "never",
        f"`never` is not a duration. {A_DURATION} Or write `off`.",
    ),
    (
        formats.update_id,
        f"https://w.test/pipelines/p1/updates/{PIPELINE}?o=1",
        f"It is an address, not an id. Write the id: `{PIPELINE}`.",
    ),
    (formats.update_id, "a b", AN_UPDATE),
    (formats.update_id, "x" * 65, AN_UPDATE),
    (formats.update_id, "ü", AN_UPDATE),
    (formats.duration, "off", f"`off` is not a duration. {A_DURATION}"),
    (formats.duration, "100000h", f"`100000h` is not a duration. {A_DURATION}"),
    (formats.duration, "6\u0661s", "a text of 3 characters is not a duration."),
    (formats.duration, "0m", "A duration must be longer than nothing. Write `1s`"),
    (formats.digits, "12a", "A workspace id is a number. Write the digits"),
    (formats.digits, "\u0661", "A workspace id is a number."),
    (formats.pipeline_ids, " , ,", "It names no pipeline. Write one a line."),
    (formats.pipeline_names, ",\n , ,", "It names no pipeline. Write one a line."),
    (formats.pipeline_ids, MANY, "It names 101 pipelines; a step takes 100."),
    (formats.pipeline_names, MANY, "It names 101 pipelines; a step takes 100."),
    (formats.pipeline_ids, "a b", "An id has 1 to 64 letters, digits and hyphens."),
    (formats.pipeline_ids, "a, ../b", "An id has 1 to 64 letters, digits"),
    (formats.pipeline_names, "a\nb\x1b[1m", "It holds a line break or a control"),
    (formats.job_id, "nightly", "The id of a job is a number. Write the digits"),
    (formats.job_id, "1" * 20, "The id of a job is a number."),
    (formats.job_id, "0", "The id of a job is a number."),
    (formats.job_id, "9" * 19, "The id of a job is a number."),
    (formats.job_id, "\u0661", "The id of a job is a number."),
    (
        formats.job_id,
        "https://x.cloud.databricks.com/jobs/4711?o=1",
        "It is an address, not an id. Write the id alone: `4711`.",
    ),
    (
        formats.job_id,
        "https://x.cloud.databricks.com/?o=1#job/4711/run/5",
        "It is an address, not an id. Write the id alone: `4711`.",
    ),
    (formats.count, "0", "`0` is not a whole number from 1 on. Write `5`, say."),
    (formats.count, "ten", "`ten` is not a whole number from 1 on."),
    (formats.count, "1.5", "`1.5` is not a whole number from 1 on."),
    (
        formats.pipeline_id,
        f"https://x.cloud.databricks.com/pipelines/{PIPELINE}?o=1",
        f"It is an address, not an id. Write the id alone: `{PIPELINE}`.",
    ),
    (
        formats.pipeline_id,
        f"https://x.cloud.databricks.com/?o=1#joblist/pipelines/{PIPELINE}/updates/u",
        f"It is an address, not an id. Write the id alone: `{PIPELINE}`.",
    ),
    (formats.pipeline_id, "../x", "An id has 1 to 64 letters, digits and hyphens."),
    (formats.pipeline_id, "a" * 65, "An id has 1 to 64 letters, digits and hyphens."),
    (formats.one_line, "a\nb", "It holds a line break or a control character."),
    (formats.one_line, "a\x1b[1m", "It holds a line break or a control character."),
    (formats.one_line, "a\udc80", "It holds a line break or a control character."),
    (formats.names, ",\n,", "It holds no name."),
    (formats.names, "orders customers", f"A name holds a blank. {A_LIST}"),
    (formats.names, "- orders\n- customers", "It is JSON or YAML, not plain names."),
    (formats.names, '["orders"]', f"It is JSON or YAML, not plain names. {A_LIST}"),
    (formats.names, 'a, "b', f"A quotation mark or backtick has no partner. {A_LIST}"),
    (formats.names, "a.`b, c", "A quotation mark or backtick has no partner."),
    (formats.names, 'a "b" c', "A quotation mark or backtick has no partner."),
    (formats.names, '"a\x00"', "It holds a line break or a control character."),
    (
        formats.flow_names,
        "a.b.c, b.c",
        "`b.c` is not fully qualified. Write `catalog.schema.flow`.",
    ),
    (formats.flow_names, "a..c", "`a..c` is not fully qualified."),
    (formats.flow_names, "a.b.c.d", "`a.b.c.d` is not fully qualified."),
    (formats.folder, "/tmp", f"It is not relative to the workspace. {A_FOLDER}"),
    (formats.folder, "~/x", f"It is not relative to the workspace. {A_FOLDER}"),
    (formats.folder, "a/../../b", f"It leaves the workspace by `..`. {A_FOLDER}"),
    (formats.folder, "..", f"It leaves the workspace by `..`. {A_FOLDER}"),
    (formats.folder, ".", f"It names the workspace itself. {A_FOLDER}"),
    (
        formats.folder,
        "a\\b",
        f"It holds a backslash or a control character. {A_FOLDER}",
    ),
    (formats.folder, "a\nb", "It holds a backslash or a control character."),
    (formats.authorities, "a\nb", "It is neither one path nor PEM text."),
    (formats.authorities, PEM[:40], "The PEM text is cut off: it has no END line."),
    (
        formats.authorities,
        f"-----BEGIN RSA PRIVATE KEY-----\n{PEM}",
        "It holds a private key, which is never needed here.",
    ),
    (structures.parameters, "a=1\nb", "Line 2 holds no `=`. Write `key=value` lines"),
    (structures.parameters, "=1", "A key is empty or holds a blank."),
    (structures.parameters, "a b=1", "A key is empty or holds a blank."),
    (structures.parameters, '{"a\\n": "1"}', "A key is empty or holds a blank."),
    (structures.parameters, "a=1\na=1", "It gives `a` twice. Keep one of them."),
    (
        structures.parameters,
        '{"a": 1}',
        "The value of `a` is not a string. Put it in double quotes.",
    ),
    (structures.parameters, '{"a": "1"', "It is not JSON (line 1, column 10)."),
    (structures.request_fields, "x", "It is not JSON (line 1, column 1). Write one"),
    (structures.request_fields, "[]", "It is JSON, but not an object."),
    (structures.request_fields, '{"a": NaN}', "`NaN` is not JSON. Write a number."),
    (structures.request_fields, '{"a": 1, "a": 1}', "It gives `a` twice."),
    (structures.request_fields, '{"a": {"b": 1, "b": 2}}', "It gives `b` twice."),
    (structures.request_fields, LONG_NUMBER, "It is nested too deeply, or holds a n"),
    (structures.request_fields, '{"a":' * 10**5, "It is nested too deeply, or holds"),
    (
        structures.request_fields,
        '{"cause": "RETRY_ON_FAILURE"}',
        "`cause` is recorded by the server. Leave it out.",
    ),
    (
        structures.request_fields,
        '{"fullRefresh": true}',
        "`full_refresh` has an input. Use `full-refresh`.",
    ),
]


@pytest.mark.parametrize(("parse", "text", "expected"), READ)
def test_a_text_is_read_as_what_it_means(
    parse: Parser, text: str, expected: object
) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("parse", "text", "expected"), REFUSED)
def test_a_text_is_refused_with_what_to_write(
    parse: Parser, text: str, expected: str
) -> None:
    with pytest.raises(Unfit) as refused:
        parse(text)
    assert str(refused.value).startswith(expected)
    assert refused.value.remedy.endswith(".") or "`" in refused.value.remedy


def test_a_choice_knows_its_words_only() -> None:
    assert formats.choice(LogLevel, "events") is LogLevel.EVENTS
    with pytest.raises(Unfit) as refused:
        formats.choice(LogLevel, "EVENTS")
    assert str(refused.value) == (
        "`EVENTS` is not known. Write one of `quiet`, `progress`, `events`, `debug`."
    )


@given(st.integers(0, 99999), st.integers(0, 99999), st.integers(0, 99999))
def test_a_duration_is_the_sum_of_its_parts(h: int, m: int, s: int) -> None:
    total = h * 3600 + m * 60 + s
    if total:
        assert formats.duration(f"{h}h{m}m{s}s") == total


@given(st.text())
def test_no_number_without_a_unit_is_a_duration(text: str) -> None:
    try:
        seconds = formats.duration(text)
    except Unfit:
        return
    assert seconds > 0
    assert text[-1] in "hms"


@given(st.text().filter(lambda text: text.lower() not in {"true", "false"}))
def test_nothing_but_true_and_false_is_a_boolean(text: str) -> None:
    with pytest.raises(Unfit):
        formats.boolean(text)


@given(st.lists(st.from_regex(r"\w+(\.\w+)?", fullmatch=True), min_size=1))
def test_names_come_back_from_lines_and_from_commas(names: list[str]) -> None:
    expected = tuple(dict.fromkeys(names))
    assert formats.names("\n".join(names)) == expected
    assert formats.names(" , ".join(names)) == expected


@given(st.dictionaries(st.from_regex(r"[\w.]+", fullmatch=True), st.text()))
def test_parameters_as_json_come_back_exactly(wanted: dict[str, str]) -> None:
    assert structures.parameters(json.dumps(wanted)) == wanted


@pytest.mark.parametrize("field", structures.FIELDS_WITH_INPUT)
def test_a_field_with_an_input_names_it(field: str) -> None:
    name = field.replace("_", "-")
    assert name in table.BY_NAME
    with pytest.raises(Unfit, match=f"Use `{name}`"):
        structures.request_fields(json.dumps({field: None}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", "`orders`"),
        ("a b", "`a b`"),
        ("a" * 24, f"`{'a' * 24}`"),
        ("a" * 25, "a text of 25 characters"),
        (" a", "a text of 2 characters"),
        ("a\u202eb", "a text of 3 characters"),
        ("::error::", "a text of 9 characters"),
        ("a`b", "a text of 3 characters"),
    ],
)
def test_only_what_is_short_and_plain_is_repeated(text: str, expected: str) -> None:
    assert formats.shown(text) == expected


@pytest.mark.parametrize("one", table.INPUTS, ids=lambda one: one.name)
def test_every_default_and_example_can_be_read(one: Input[object]) -> None:
    for text in (one.default, one.example):
        if text:
            one.format.parse(text)
