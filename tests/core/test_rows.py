"""
Row data in messages: what is withheld, and what stays.

The messages follow the templates in which Apache Spark, Delta Lake, Databricks, Java
and Python quote a value; `{}` is where it stands.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import JsonObject
from dlt_action.core.quoting import WITHHELD
from dlt_action.core.recording import line_of
from dlt_action.core.rows import MOST_NAMES, without_rows

# Of an error class: these are withheld wherever the message was cut.
CLASSES = [
    (
        "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'f' failed to meet the expectation."
        " Violated expectations: 'a'. Input data: {}"
    ),
    (
        "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint p (id > 0)"
        " violated by row"
        " with values: {}"
    ),
    (
        '[CAST_INVALID_INPUT] The value {} of the type "STRING" cannot be cast to "INT"'
        " because it is malformed. Correct the value as per the syntax, or change its"
        " target type. Use `try_cast` to tolerate malformed input. SQLSTATE: 22018"
    ),
    (
        '[CAST_OVERFLOW] The value {} of the type "DOUBLE" cannot be cast to'
        ' "INT" due to'
        " an overflow. Use `try_cast` to tolerate overflow. SQLSTATE: 22003"
    ),
    (
        '[CONVERSION_INVALID_INPUT] The value {} ("fmt") cannot be converted'
        " to 'BINARY'"
        " because it is malformed. Use `try_to_binary`. SQLSTATE: 22018"
    ),
    (
        "[INVALID_VARIANT_CAST] The variant value `{}` cannot be cast into"
        " `DATE`. Please"
        " use `try_variant_get` instead."
    ),
    (
        "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] {} cannot be represented as"
        " Decimal(5, 2). If necessary set x to y"
    ),
    (
        "[NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION] The {} rounded half up from {}"
        " cannot be represented as Decimal(5, 2)."
    ),
    "[BINARY_ARITHMETIC_OVERFLOW] {} + 5S caused overflow. Use `try_add`.",
    "[DATETIME_OVERFLOW] Datetime operation overflow: {}. SQLSTATE: 22008",
    (
        "[DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION] Invalid value {}. If"
        " necessary set"
        ' x to "false" to bypass this error.'
    ),
    (
        "[FAILED_ROW_TO_JSON] Failed to convert the row value {} of the class"
        " `C` to the"
        ' target SQL type "DATE" in the JSON format.'
    ),
    (
        "[CANNOT_PARSE_TIMESTAMP] Text {} could not be parsed at index 0. Use"
        " `try_to_timestamp` to tolerate invalid input string. SQLSTATE: 22007"
    ),
    "[CANNOT_PARSE_TIMESTAMP] Unparseable date: {}. SQLSTATE: 22007",
    (
        "[CANNOT_PARSE_INTERVAL] Unable to parse {}. Please ensure that the"
        " value provided"
        " is in a valid format for defining an interval."
    ),
    (
        "[INVALID_INTERVAL_FORMAT.INVALID_UNIT] Error parsing '{}' to interval. Please"
        " ensure that the value provided is in a valid format. Invalid unit"
        " {}. SQLSTATE: 2"
    ),
    (
        "[INVALID_FRACTION_OF_SECOND] Valid range for seconds is [0, 60]"
        " (inclusive), but"
        " the provided value is {}. To avoid this error, use `try_make_timestamp`."
    ),
    "[ILLEGAL_DAY_OF_WEEK] Illegal input for day of week: {}. SQLSTATE: 22009",
    "[INVALID_TIMEZONE] The timezone: {} is invalid. The timezone must be either a",
    (
        "[EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED] Previous node"
        " emitted a row with"
        " eventTime={} which is older than current_watermark_value=7"
    ),
    (
        "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records"
        " are detected in"
        " record parsing: {}.\nParse Mode: FAILFAST. To process malformed records"
    ),
    (
        "[MALFORMED_RECORD_IN_PARSING.CANNOT_PARSE_STRING_AS_DATATYPE] Cannot parse the"
        ' value {} of the field `id` as target spark data type "INT" from the'
        " input type"
        ' "STRING".'
    ),
    (
        "[CANNOT_PARSE_JSON_FIELD] Cannot parse the field name `a` and the"
        " value {} of the"
        ' JSON token type "STRING" to target Spark data type "INT".'
    ),
    "[MALFORMED_CSV_RECORD] Malformed CSV record: {} SQLSTATE: KD000",
    "[INVALID_UTF8_STRING] Invalid UTF8 byte sequence found in string: {}. SQLSTATE: 2",
    "[DUPLICATED_MAP_KEY] Duplicate map key {} was found, please check the input data.",
    (
        "[VARIANT_DUPLICATE_KEY] Failed to build variant because of a"
        " duplicate object key"
        " `{}`."
    ),
    (
        "[COMPARATOR_RETURNS_NULL] The comparator has returned a NULL for a comparison"
        " between {} and {}.\nIt should return a positive integer"
    ),
    "[CANNOT_DECODE_URL] The provided URL cannot be decoded: {}. Please ensure",
    "[INVALID_URL] The url is invalid: {}. Use `try_parse_url` to tolerate",
    (
        '[INVALID_REGEXP_REPLACE] Could not perform regexp_replace for source = "{}",'
        ' pattern = "a", replacement = "b" and position = 1.'
    ),
    (
        "[NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION] Found the negative value in"
        " x: {}, but"
        " expected a positive integral value."
    ),
    (
        "[CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE] Cannot convert SQL"
        " `a` to Protobuf"
        " `a` because {} is not in defined values for enum: X, Y."
    ),
    (
        "[DELTA_FAILED_CAST_PARTITION_VALUE] Failed to cast partition value"
        " `{}` to DateType"
    ),
    (
        "[DELTA_PARTITION_COLUMN_CAST_FAILED] Failed to cast value `{}` to"
        " `DateType` for"
        " partition column `day`"
    ),
    (
        '[INVALID_PARTITION_VALUE] Failed to cast value {} to data type "DATE" for'
        " partition column `day`."
    ),
    "[H3_INVALID_CELL_ID] {} is not a valid H3 cell ID.",
    (
        "[AI_FUNCTION_HTTP_PARSE_CAST_ERROR] Failed to parse model output,"
        " response JSON"
        ' was: "{}". Please update the returnType'
    ),
    (
        "[AI_FUNCTION_HTTP_PARSE_COLUMNS_ERROR] The actual model output has"
        " more than one"
        ' column "{}". However, the return type has one.'
    ),
    (
        "[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_RECORD] Encountered unknown"
        " fields during"
        ' parsing: {{"name":"{}"}}, which can be fixed by an automatic retry: true'
    ),
    (
        "[MAP_KEY_DOES_NOT_EXIST] Key {} does not exist. Use `try_element_at` to"
        " tolerate non-existent key"
    ),
]
# Of Java, Python and databases: of these the opening can be nothing else, too.
THROWN = [
    "java.time.format.DateTimeParseException: Text '{}' could not be parsed at index 4",
    "java.lang.IllegalArgumentException: Invalid UUID string: {}",
    'JsonParseException: x\n at [Source: (byte[])"{}"[truncated 5 bytes]; line: 1]',
    "decimal.InvalidOperation: Invalid literal for Decimal: {}\nof a frame",
    "dateutil.parser._parser.ParserError: Unknown string format: {}",
    "ParserError: Unknown string format: {}\n  at a.b(C.java:1)",
    "ParserError: String does not contain a date: {}",
    "Unknown datetime string format, unable to parse: {}, at position 0",
    "OutOfBoundsDatetime: Out of bounds nanosecond timestamp: {}, at position 3",
    "pyarrow.lib.ArrowInvalid: Could not parse '{}' as int",
    "ArrowInvalid: Failed to parse string: '{}' as a scalar of type int32",
    (
        "1 validation error for Order\nemail\n  value is not a valid email address"
        " [type=value_error, input_value='{}', input_type=str]"
    ),
    (
        'ERROR: duplicate key value violates unique constraint "u"\n'
        "  Detail: Key (email)=({}) already exists."
    ),
    "DETAIL:  Key (lower(email), id)=({}) is still referenced from table",
    "DETAIL:  Key (a)=({}) conflicts with existing key (a)=({}).\n\tat a.b(C.java:7)",
    "The duplicate key value is ({}).\n\tat a.b(C.java:7)",
    "Duplicate entry '{}' for key 'email'",
    "Incorrect integer value: '{}' for column 'age' at row 1",
]
# Of no error class, or a word of theirs stands beside the value only.
OTHERS = [
    (
        '[DELTA_EXCEED_CHAR_VARCHAR_LIMIT] Value "{}" exceeds char/varchar type length'
        " limitation. Failed check: (length(a) <= 3)."
    ),
    (
        "[NUMERIC_OUT_OF_SUPPORTED_RANGE] The value {} cannot be interpreted"
        " as a numeric"
        " since it has more than 38 digits."
    ),
    (
        "[INVALID_FORMAT.MISMATCH_INPUT] The format is invalid: '999'. The"
        ' input "STRING"'
        " {} does not match the format."
    ),
    (
        "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER]"
        " You may get a"
        " different result: Fail to parse {} in the new parser."
    ),
    "Failed to convert value {} (class of class java.lang.String) in type DATE to XML.",
    "Caused by: Text '{}' could not be parsed at index 4",
    'java.text.ParseException: Unparseable date: "{}"',
    'java.text.ParseException: Unparseable number: "{}"',
    "java.util.NoSuchElementException: Key '{}' does not exist. If necessary set x",
    "Could not parse '{}' as double",
    "ValueError: '{}' is not a valid Colour",
    'ERROR: invalid input syntax for type integer: "{}"\n  Position: 7',
    'ERROR: value "{}" is out of range for type integer',
    'Encountered unknown fields during parsing: [{{"a":"{}"}}], which can be fixed',
    'java.lang.NumberFormatException: For input string: "{}"',
    (
        "com.fasterxml.jackson.core.JsonParseException: Unrecognized token '{}': was"
        ' expecting (JSON String, Number)\n at [Source: (String)"{}"[truncated'
        " 5 chars];"
        " line: 1, column: 5]"
    ),
    (
        "com.univocity.parsers.common.TextParsingException: null\nInternal"
        " state when error"
        " was thrown: line=1, column=0, record=1, charIndex=9, content parsed={}"
    ),
    "ValueError: invalid literal for int() with base 10: {}",
    "ValueError: could not convert string to float: {}\nof a frame",
    "ValueError: time data '{}' does not match format '%Y'",
    'ValueError: time data "{}" doesn\'t match format "%Y"',
    "ValueError: Invalid isoformat string: {}",
    'ValueError: Unable to parse string "{}" at position 0',
    "pyarrow.lib.ArrowInvalid: Could not convert {} with type str: tried to convert",
    "TypeError: field id: LongType() can not accept object {} in type <class 'str'>",
    (
        "[CANNOT_ACCEPT_OBJECT_IN_TYPE] `IntegerType()` can not accept object"
        " `{}` in type"
        " `str`."
    ),
    "[FIELD_TYPE_MISMATCH] {} is not an instance of type IntegerType().",
]
VALUES = ["s3cret", "'s3cret'", "it's s3cret: (s3cret)", "s3cret, 7.5 s3cret", "s3c"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("template", [*CLASSES, *THROWN, *OTHERS])
def test_a_value_is_withheld_and_what_stands_around_it_stays(
    template: str, value: str
) -> None:
    text = template.format(value, value)
    told = without_rows(f"Failed.\n{text}")
    assert "s3c" not in told
    assert WITHHELD in told
    assert told.startswith(f"Failed.\n{template[:12]}")
    after = template.rpartition("{}")[2].replace("}}", "}")
    assert told.endswith(after[-12:])


@pytest.mark.parametrize("template", [*CLASSES, *THROWN, *OTHERS])
def test_what_was_withheld_once_stays_as_it_is(template: str) -> None:
    told = without_rows(template.format("s3cret", "s3cret"))
    assert without_rows(told) == told


@pytest.mark.parametrize("template", [*CLASSES, *THROWN])
def test_a_message_that_was_cut_anywhere_tells_no_part_of_a_value(
    template: str,
) -> None:
    text = template.format("s3cret words", "s3cret words")
    for length in range(len(text)):
        assert "s3" not in without_rows(text[:length])


@given(
    st.sampled_from([*CLASSES, *THROWN]),
    st.text(alphabet="s3crt '\\()[]{}<>:;=-+/", min_size=1),
)
def test_values_of_any_other_kind_are_withheld_too(template: str, value: str) -> None:
    if "{{" in template:
        value = value.replace("\\", "\\\\")
    told = without_rows(template.format(f"s3cret{value}s3cret", "x"))
    assert "s3cret" not in told


@pytest.mark.parametrize(
    "template",
    [
        "AssertionError: bad Row(email='{}', id=3)",
        "Row(email='{}')",
        "AssertionError: bad Row(the name='{}')",
        "<Row('{}', 3)>",
        "<Row(None, '{}')>",
        "Row(7, '{}')",
        "ERROR: null value\n  Detail: Failing row contains (1, null, {}).",
        "Violated expectations: 'a'. Input Data: {}",
        "Violated expectations: 'a'. input record: '{}'",
    ],
)
@pytest.mark.parametrize("value", VALUES)
def test_where_no_end_can_be_told_the_rest_is_withheld(
    template: str, value: str
) -> None:
    text = template.format(value)
    told = without_rows(text)
    for length in range(len(text)):
        assert "s3" not in without_rows(text[:length])
    assert "s3" not in told
    assert told.startswith(template[:4])
    assert without_rows(told) == told
    assert "s3" not in line_of({"message": text}, lambda text: text)


@given(
    st.sampled_from([*CLASSES, *THROWN, *OTHERS]),
    st.text(alphabet="s3c '\\()\n", max_size=8),
    st.integers(0, 400),
)
def test_what_is_changed_in_a_text_is_changed_between_others_as_well(
    template: str, value: str, length: int
) -> None:
    text = template.format(value, value)[:length]
    if without_rows(text) != text:
        together = f"a b\0{text}\0c d"
        assert without_rows(together) != together


@pytest.mark.parametrize(
    "text",
    [
        "[USER_RAISED_EXCEPTION] Order 7 has no customer",
        "KeyError: 'amount'",
        "ValueError: no order of today",
        "ValueError: Colour is not a valid name of a column",
        "AssertionError: class Row(tuple) of the notebook",
        "return Row(**fields)",
        "Key (of the secret) is missing",
        "Key 'amount' does not exist in the scope",
        "Could not parse 'settings.yml'",
        "type=str, value=7",
        "Out of bounds of the array",
    ],
)
def test_what_a_function_says_in_its_own_words_is_kept(text: str) -> None:
    assert without_rows(text) == text


def test_the_words_that_help_stay() -> None:
    said = CLASSES[2].format("'s3cret'")
    assert without_rows(said) == said.replace("'s3cret'", WITHHELD)
    said = (
        "[CANNOT_PARSE_TIMESTAMP] Text 's3cret' could not be parsed. Use `try_to_date`"
    )
    assert (
        without_rows(said) == f"[CANNOT_PARSE_TIMESTAMP] {WITHHELD}. Use `try_to_date`"
    )
    said = "violated by row with values:\n - id : s3cret"
    assert without_rows(said) == f"violated by row with values {WITHHELD}"


def test_each_of_several_values_is_withheld_alone() -> None:
    said = "Why: {} at a.\nCaused by: {} at b."
    value = "[INVALID_URL] The url is invalid: {}. Use `try_parse_url`"
    told = without_rows(said.format(value.format("s3cret"), value.format("s3")))
    assert told == said.format(value.format(WITHHELD), value.format(WITHHELD))


@pytest.mark.parametrize(
    ("blob", "told"),
    [
        ('{"a":"s3cret","b":{"c":"s3cret"}}', f"[a, b] {WITHHELD}"),
        ("[feed_version]", "[feed_version]"),
        ('{"a":"s3cret', WITHHELD),
        ('{"a":' * 100_000, WITHHELD),
        ("{}", f"[] {WITHHELD}"),
    ],
)
def test_new_fields_are_named_without_their_values(blob: str, told: str) -> None:
    said = "Encountered unknown fields during parsing: {}, which can be fixed by: true"
    assert without_rows(said.format(blob)) == said.format(told)
    cut = said.partition(",")[0].format(blob)
    assert without_rows(cut) == said.partition(",")[0].format(told)


def test_many_new_fields_are_counted() -> None:
    fields = ",".join(f'"f{number}":1' for number in range(MOST_NAMES + 5))
    told = without_rows(f"fields during parsing: {{{fields}}}")
    assert told.endswith(f"f{MOST_NAMES - 1}, 5 more] {WITHHELD}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Flow 'f' is RUNNING.",
        "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found.",
        "[UNRESOLVED_COLUMN] A column with name `The value ` cannot be resolved.",
        "[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `a` in `f` is",
        "[INVALID_ARRAY_INDEX] The index 7 is out of bounds. The array has 3 elements.",
        "The value is up to you; nothing is cast.",
        "class a.B cannot be cast to class c.D",
        "Text 'is shown",
        "Could not convert the notebook",
        "[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'. SQLSTATE: 42601",
    ],
)
def test_a_message_that_quotes_no_row_is_left_as_it_is(text: str) -> None:
    assert without_rows(text) == text


@pytest.mark.parametrize("template", [*CLASSES, *THROWN, *OTHERS])
def test_no_value_is_recorded(template: str) -> None:
    said = template.format("s3cret", "s3cret")
    event: JsonObject = {"id": "1", "error": {"exceptions": [{"message": said}]}}
    assert "s3cret" not in line_of(event, lambda text: text)
    assert WITHHELD in line_of({"message": said}, lambda text: text)
