"""
Messages as workspaces send them: headline, class, place and hint of each.

They follow Databricks' pages on error conditions, and what people pasted into issues
and notes; names are changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.event import Frame, Thrown
from dlt_action.core.hints import _CAUSES, PAGES, SEARCHED, hint_of
from dlt_action.core.model import Level, Location
from dlt_action.core.record import Problem
from dlt_action.core.rootcause import problem_of, tells_failure
from dlt_action.core.trimming import (
    MOST_READ,
    detail,
    position,
    unwrapped,
)
from tests.core.events import event, thrown

DOCS = "https://docs.databricks.com/aws/en/"
FAILED = event("flow_progress", {"status": "FAILED"}, flow="a.b.c", level=Level.ERROR)


class Told(NamedTuple):
    said: str
    headline: str
    exception: str = "C"
    page: str = ""
    error_class: str = ""
    location: Location | None = None


def of(*chain: Thrown, place: Location | None = None) -> Problem:
    return problem_of(replace(FAILED, chain=chain, location=place))


def wrapped(message: str) -> str:
    return (
        "Job aborted due to stage failure: Task 0 in stage 12.0 failed 4 times, most"
        " recent failure: Lost task 0.3 in stage 12.0 (TID 55) (10.0.0.1 executor 1):"
        f" org.apache.spark.SparkException: {message}\n"
        "\tat org.apache.spark.sql.Some$.thing$1(Some.scala:147)\n"
        "\tat java.lang.Thread.run(Thread.java:750)\n\t... 12 more\n\n"
        "Driver stacktrace:"
    )


NOT_FOUND = "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found."
COLUMN = (
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `x` cannot be resolved."
)
FILE = "/Workspace/Users/x@y.z/.bundle/shop/dev/files/src/orders.py"
CONNECT = f"""Traceback (most recent call last):
  File "{FILE}", line 12, in orders
    return spark.read.table("x")
  File "/databricks/python/lib/python3.11/site-packages/pyspark/sql/client.py", line 9
    raise convert(error)
pyspark.errors.exceptions.connect.AnalysisException: {COLUMN} SQLSTATE: 42703
'Project ['x]
+- Relation [y]

JVM stacktrace:
org.apache.spark.sql.catalyst.ExtendedAnalysisException
\tat org.apache.spark.sql.Some.thing(Some.scala:1)"""
RULE = "-" * 75

MESSAGES = [
    # Wrappers and what they wrap.
    Told(
        f"java.util.concurrent.ExecutionException: org.apache.spark.sql."
        f"AnalysisException: {NOT_FOUND} SQLSTATE: 42P01; line 3 pos 14;\n"
        "'Project [*]\n+- 'UnresolvedRelation [a, b], [], false\n",
        f"{NOT_FOUND}; line 3 pos 14",
        "TABLE_OR_VIEW_NOT_FOUND",
        "error-messages/table-or-view-not-found-error-class",
    ),
    Told(
        wrapped(
            "[CAST_INVALID_INPUT] The value 'abc' of the type \"STRING\" cannot be cast"
            ' to "INT" because it is malformed. SQLSTATE: 22018'
        ),
        '[CAST_INVALID_INPUT] The value (row data withheld) of the type "STRING" cannot'
        ' be cast to "INT" because it is malformed.',
        "CAST_INVALID_INPUT",
        "error-messages/cast-invalid-input-error-class",
    ),
    Told(
        "[STREAM_FAILED] Query [id = 1a, runId = 2b] terminated with exception:"
        " [DELTA_SOURCE_TABLE_IGNORE_CHANGES] Detected a data update (for example"
        " WRITE (Map(mode -> Overwrite))) in the source table at version 1.",
        "[DELTA_SOURCE_TABLE_IGNORE_CHANGES] Detected a data update (for example"
        " WRITE (Map(mode -> Overwrite))) in the source table at version 1.",
        "DELTA_SOURCE_TABLE_IGNORE_CHANGES",
        "structured-streaming/delta-lake",
        error_class="STREAM_FAILED",
    ),
    Told(
        "An error occurred while calling o418.load.\n: java.io.FileNotFoundException:"
        " No such file or directory: dbfs:/x",
        "No such file or directory: dbfs:/x",
        "java.io.FileNotFoundException",
        "ingestion/cloud-object-storage/auto-loader/",
    ),
    Told(
        "Failed to start\nCaused by: java.lang.IllegalStateException: no\nCaused by:"
        " org.apache.spark.sql.catalyst.parser.ParseException: [PARSE_SYNTAX_ERROR]"
        " Syntax error at or near 'FORM'. SQLSTATE: 42601 (line 3, pos 7)",
        "[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'. (line 3, pos 7)",
        "PARSE_SYNTAX_ERROR",
        "error-messages/error-classes",
    ),
    Told("Failed\nCaused by: java.lang.X: no", "Failed"),
    Told("java.lang.NullPointerException", "java.lang.NullPointerException"),
    Told(
        "java.lang.IllegalStateException: Cannot call methods on a stopped context.",
        "Cannot call methods on a stopped context.",
        "java.lang.IllegalStateException",
    ),
    Told("Caused by: ", "Caused by:"),
    Told("main.sales.Orders: no wrapper", "main.sales.Orders: no wrapper"),
    # Tracebacks.
    Told(
        CONNECT,
        COLUMN,
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        "error-messages/unresolved-column-error-class",
        error_class="PYTHON.ANALYSIS_EXCEPTION",
        location=Location(path=FILE, line=12),
    ),
    Told(
        f"{RULE}\nModuleNotFoundError       Traceback (most recent call last)\n"
        "File <command-123>:1\n----> 1 import shop.orders\n\n"
        "ModuleNotFoundError: No module named 'shop.orders'",
        "ModuleNotFoundError: No module named 'shop.orders'",
        page="ldp/developer/external-dependencies",
    ),
    Told(
        f"{RULE}\nKeyError           Traceback (most recent call last)\n"
        "File /Workspace/Repos/me/shop/etl.py:31, in f(x)\n     30 def f(x):\n"
        "---> 31     return x['a']\n32 # end\n\nKeyError: 'a'",
        "KeyError: 'a'",
        location=Location(path="/Workspace/Repos/me/shop/etl.py", line=31),
    ),
    Told(
        "An exception was thrown from the Python worker. Please see the stack trace"
        ' below.\nTraceback (most recent call last):\n  File "<command-1>", line 3, in'
        " to_int\nValueError: invalid literal for int()\n",
        "ValueError: invalid literal for int()",
    ),
    Told(
        'Traceback (most recent call last):\n  File ".../nb", cell 1, line 7, in t\n'
        '    raise Exception("intentional") ...',
        'raise Exception("intentional") ...',
        "PYTHON.EXCEPTION",
        error_class="PYTHON.EXCEPTION",
        location=Location(path=".../nb", line=7, cell=1),
    ),
    Told(
        "Traceback (most recent call last):\n",
        "Traceback (most recent call last):",
    ),
    Told(
        "Traceback (most recent call last):\n"
        '  File "/Users/me/nb", cell 3, line 5, in orders\n'
        "NameError: name 'vaild' is not defined",
        "NameError: name 'vaild' is not defined",
        "PYTHON.NAME_ERROR",
        "ldp/developer/python-dev",
        error_class="PYTHON.NAME_ERROR",
        location=Location(path="/Users/me/nb", line=5, cell=3),
    ),
    Told(
        'Traceback (most recent call last):\n  File "/Users/me/nb", line 5, in f\n'
        "ZeroDivisionError: division by zero",
        "ZeroDivisionError: division by zero",
        location=Location(path="/Users/me/nb", line=5),
    ),
    # One for each cause, mostly by its class.
    Told(
        "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'f' failed to meet the"
        " expectation. Violated expectations: 'a'. Input data: '{\"x\":1}'.",
        "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'f' failed to meet the"
        " expectation. Violated expectations: 'a'. (row data withheld)",
        "EXPECTATION_VIOLATION.VERBOSITY_ALL",
        "ldp/expectations",
    ),
    Told(
        "[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE] Encountered unknown fields"
        " during parsing: [feed_version]",
        "[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE] Encountered unknown fields"
        " during parsing: [feed_version]",
        "UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE",
        "ingestion/cloud-object-storage/auto-loader/schema",
    ),
    Told(
        "[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] Cannot infer schema when the input path"
        " `/Volumes/a/b/c` is empty.",
        "[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] Cannot infer schema when the input path"
        " `/Volumes/a/b/c` is empty.",
        "CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE",
        "ingestion/cloud-object-storage/auto-loader/schema",
    ),
    Told(
        "[PATH_NOT_FOUND] Path does not exist: s3://a/b.",
        "[PATH_NOT_FOUND] Path does not exist: s3://a/b.",
        "PATH_NOT_FOUND",
        "ingestion/cloud-object-storage/auto-loader/",
    ),
    Told(
        "com.databricks.pipelines.common.errors.DLTAnalysisException:"
        " [NO_TABLES_IN_PIPELINE] Pipelines are expected to have at least one table"
        " defined but no tables were found in your pipeline.",
        "[NO_TABLES_IN_PIPELINE] Pipelines are expected to have at least one table"
        " defined but no tables were found in your pipeline.",
        "NO_TABLES_IN_PIPELINE",
        "ldp/configure-pipeline",
    ),
    Told(
        "Table `a`.`b` is already managed by pipeline 1d6fc313-9068-4d44.\nA table can"
        " only be owned by one pipeline.",
        "Table `a`.`b` is already managed by pipeline 1d6fc313-9068-4d44.",
        page="ldp/move-table",
    ),
    Told(
        "Materializing tables in custom schemas is not supported. Please remove the"
        " database qualifier from table 'a.b'",
        "Materializing tables in custom schemas is not supported. Please remove the"
        " database qualifier from table 'a.b'",
        page="ldp/migrate-to-dpm",
    ),
    Told(
        "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have"
        " SELECT on Table 'a.b.c'. SQLSTATE: 42501",
        "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:",
        "INSUFFICIENT_PERMISSIONS",
        "ldp/unity-catalog",
    ),
    Told(
        "PERMISSION_DENIED: User does not have CREATE TABLE on Schema 'a.b'.",
        "PERMISSION_DENIED: User does not have CREATE TABLE on Schema 'a.b'.",
        page="ldp/unity-catalog",
    ),
    Told(
        "[SCHEMA_NOT_FOUND] The schema `a`.`b` cannot be found.",
        "[SCHEMA_NOT_FOUND] The schema `a`.`b` cannot be found.",
        "SCHEMA_NOT_FOUND",
        "ldp/unity-catalog",
    ),
    Told(
        "Failed to read dataset 'main.a.raw'. Dataset is not defined in the pipeline.",
        "Failed to read dataset 'main.a.raw'. Dataset is not defined in the pipeline.",
        page="error-messages/table-or-view-not-found-error-class",
    ),
    Told(
        "[DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE] Cannot perform Merge"
        " as multiple source rows matched.",
        "[DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE] Cannot perform Merge"
        " as multiple source rows matched.",
        "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
        "ldp/cdc",
    ),
    Told(
        "[DELTA_FAILED_TO_MERGE_FIELDS] Failed to merge fields 'a' and 'a'",
        "[DELTA_FAILED_TO_MERGE_FIELDS] Failed to merge fields 'a' and 'a'",
        "DELTA_FAILED_TO_MERGE_FIELDS",
        "data-engineering/schema-evolution",
    ),
    Told(
        "[DELTA_SCHEMA_CHANGED_WITH_VERSION] Detected schema change in version 3:",
        "[DELTA_SCHEMA_CHANGED_WITH_VERSION] Detected schema change in version 3:",
        "DELTA_SCHEMA_CHANGED_WITH_VERSION",
        "data-engineering/schema-evolution",
    ),
    Told(
        "[DELTA_CONCURRENT_APPEND.WITH_PARTITION_HINT] A concurrent WRITE added data.",
        "[DELTA_CONCURRENT_APPEND.WITH_PARTITION_HINT] A concurrent WRITE added data.",
        "DELTA_CONCURRENT_APPEND.WITH_PARTITION_HINT",
        "optimizations/isolation-level",
    ),
    Told(
        "io.delta.exceptions.ConcurrentAppendException: Files were added to the root.",
        "Files were added to the root.",
        "io.delta.exceptions.ConcurrentAppendException",
        "optimizations/isolation-level",
    ),
    Told(
        "assertion failed: There are [1] sources in the checkpoint offsets and now"
        " there are [2] sources requested by the query. Cannot continue.",
        "assertion failed: There are [1] sources in the checkpoint offsets and now"
        " there are [2] sources requested by the query. Cannot continue.",
        page="ldp/recover-streaming",
    ),
    Told(
        "Append output mode not supported when there are streaming aggregations on"
        " streaming DataFrames/DataSets without watermark;",
        "Append output mode not supported when there are streaming aggregations on"
        " streaming DataFrames/DataSets without watermark",
        page="ldp/stateful-processing",
    ),
    Told(
        '[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve "(a = b)".',
        '[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve "(a = b)".',
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        "error-messages/datatype-mismatch-error-class",
    ),
    Told(
        "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n"
        "== SQL (line 4, position 9) ==\n       total / items\n       ^^^^^^^^^^^^^",
        "[DIVIDE_BY_ZERO] Division by zero.",
        "DIVIDE_BY_ZERO",
        "error-messages/divide-by-zero-error-class",
    ),
    Told(
        "java.lang.IllegalArgumentException: Secret does not exist with scope: a and"
        " key: b",
        "Secret does not exist with scope: a and key: b",
        "java.lang.IllegalArgumentException",
        "security/secrets/",
    ),
    Told(
        "Failed to launch pipeline cluster 1-2-3: CLOUD_PROVIDER_LAUNCH_FAILURE(CLOUD_"
        "FAILURE): aws_api_error_code: InsufficientInstanceCapacity",
        "Failed to launch pipeline cluster 1-2-3: CLOUD_PROVIDER_LAUNCH_FAILURE(CLOUD_"
        "FAILURE): aws_api_error_code: InsufficientInstanceCapacity",
        page="compute/troubleshooting/cluster-error-codes",
    ),
    Told(
        "RESOURCE_EXHAUSTED: Cannot create the resource, please try again later.",
        "RESOURCE_EXHAUSTED: Cannot create the resource, please try again later.",
        page="admin/account-settings/serverless-quotas",
    ),
    Told(
        "java.lang.OutOfMemoryError: Java heap space",
        "Java heap space",
        "java.lang.OutOfMemoryError",
        "optimizations/spark-ui-guide/spark-memory-issues",
    ),
    Told(
        "java.nio.file.AccessDeniedException: s3a://a/b: getFileStatus on s3a://a/b:"
        " Forbidden (Status Code: 403)",
        "s3a://a/b: getFileStatus on s3a://a/b: Forbidden (Status Code: 403)",
        "java.nio.file.AccessDeniedException",
        "sql/language-manual/sql-ref-external-locations",
    ),
    Told(
        "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint p (id > 0) violated by"
        " row with values:\n - id : -7",
        "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint p (id > 0) violated by"
        " row with values (row data withheld)",
        "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES",
        "tables/constraints",
    ),
    Told(
        "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column:"
        " id.",
        "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column:"
        " id.",
        "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
        "tables/constraints",
    ),
    Told(
        "[DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES] Found invalid character(s) among"
        " ' ,;{}()\\n\\t=' in the column names of your schema.",
        "[DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES] Found invalid character(s) among"
        " ' ,;{}()\\n\\t=' in the column names of your schema.",
        "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES",
        "delta/column-mapping",
    ),
    Told(
        "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are"
        " detected in record parsing: [7,jane].\nParse Mode: FAILFAST.",
        "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are"
        " detected in record parsing: (row data withheld).",
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        "ingestion/cloud-object-storage/auto-loader/schema",
    ),
    Told(
        "pyspark.errors.exceptions.captured.AnalysisException: Cannot redefine dataset"
        " 'orders'",
        "Cannot redefine dataset 'orders'",
        "pyspark.errors.exceptions.captured.AnalysisException",
        "ldp/developer/python-dev",
    ),
    Told("Something else happened.", "Something else happened."),
]


@pytest.mark.parametrize("told", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_told_as_it_was_agreed(told: Told) -> None:
    problem = of(thrown(told.said, told.error_class, "C"))
    page = "" if problem.hint is None else problem.hint.url.removeprefix(DOCS)
    assert (problem.headline, problem.exception) == (told.headline, told.exception)
    assert (page, problem.location) == (told.page, told.location)


@pytest.mark.parametrize("told", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_told_alike_wherever_it_stands_in_the_chain(told: Told) -> None:
    alone = of(thrown(told.said, told.error_class, "C"))
    outer = thrown("Failed to analyze flow 'c'.", class_name="Outer")
    nested = of(outer, thrown(told.said, told.error_class, "C"))
    assert nested == alone


def test_the_table_shows_every_hint() -> None:
    shown = {DOCS + told.page for told in MESSAGES if told.page}
    assert shown == PAGES
    assert len(_CAUSES) >= 20


def test_a_hint_is_a_sentence_or_two_and_a_page_of_the_documentation() -> None:
    for cause in _CAUSES:
        assert cause.hint.text.endswith(".")
        assert len(cause.hint.text) <= 200
        assert cause.hint.text.isprintable()
        assert cause.hint.url.startswith(DOCS)


def test_the_class_decides_before_the_words() -> None:
    by_class = hint_of(["DIVIDE_BY_ZERO"], "[X] PERMISSION_DENIED")
    assert by_class is not None
    assert by_class.url.endswith("divide-by-zero-error-class")


@pytest.mark.parametrize("names", [[], [""], ["UNHEARD_OF"], ["divide_by_zero"]])
def test_without_a_known_class_the_words_decide(names: list[str]) -> None:
    by_words = hint_of(names, "x PERMISSION_DENIED: y")
    assert by_words is not None
    assert by_words.url.endswith("unity-catalog")
    assert hint_of(names, "") is None


def test_what_comes_late_in_a_long_message_gives_no_hint() -> None:
    assert hint_of((), " " * SEARCHED + "java.lang.OutOfMemoryError") is None


def test_a_wrapper_may_know_what_the_cause_does_not() -> None:
    problem = of(
        thrown("no privilege", class_name="SomeError"),
        thrown("outer", "QUOTA_EXCEEDED"),
        thrown("boom", "UNHEARD_OF"),
    )
    assert problem.headline == "boom"
    assert problem.hint is not None
    assert problem.hint.url.endswith("serverless-quotas")


def test_no_row_reaches_a_hint_through_a_wrapper() -> None:
    rows = "Violated expectations: 'a'. Input data: 'java.lang.OutOfMemoryError'"
    assert of(thrown(rows), thrown("boom", "UNHEARD_OF")).hint is None


def test_a_skipped_flow_tells_no_failure_of_its_own() -> None:
    skipped = event("flow_progress", {"status": "SKIPPED"}, flow="c", level=Level.WARN)
    assert not tells_failure(replace(skipped, chain=(thrown("upstream failed"),)))
    assert tells_failure(FAILED)


POINTED = "[X_Y] boom\n== SQL (line 4, position 9) ==\nSELECT"


@pytest.mark.parametrize(
    ("place", "said", "line"),
    [
        (Location(path="/w/a.sql"), POINTED, 4),
        (Location(path="/w/a.SQL"), "boom; line 3 pos 14", 3),
        (Location(path="/w/a.sql"), "boom (line 5, pos 1)", 5),
        (Location(path="/w/a.sql"), "boom", None),
        (Location(path="/w/a.sql"), "== SQL of VIEW v (line 4, position 9) ==", None),
        (Location(path="/w/a.sql", line=40), POINTED, 40),
        (Location(path="/w/a.py"), POINTED, None),
        (Location(path="/w/a.py", line=7), POINTED, 7),
    ],
)
def test_a_position_in_a_query_is_a_line_of_a_file_of_sql_alone(
    place: Location, said: str, line: int | None
) -> None:
    found = of(thrown(said), place=place).location
    assert found == replace(place, line=line)


def test_a_query_is_shown_with_its_position_and_without_its_plan() -> None:
    said = wrapped("[X_Y] boom SQLSTATE: 22012") + f"\n{POINTED}\n'Project [*]\n+- 'R\n"
    assert detail(said).splitlines() == [
        "[X_Y] boom",
        "",
        "[X_Y] boom",
        "== SQL (line 4, position 9) ==",
        "SELECT",
    ]


def test_a_long_traceback_keeps_the_users_frames() -> None:
    library = '  File "/x/site-packages/a.py", line 1, in f\n    f()\n'
    user = '  File "/Workspace/b.py", line 2, in g\n    g()\n'
    start = "Traceback (most recent call last):\n"
    long = start + library * 4 + user + library * 2 + "ValueError: x"
    assert detail(long).splitlines() == [
        "Traceback (most recent call last):",
        "  … 4 of libraries",
        '  File "/Workspace/b.py", line 2, in g',
        "    g()",
        "  … 2 of libraries",
        "ValueError: x",
    ]
    assert detail(start + library * 8).endswith("\n  … 8 of libraries")


SPITEFUL = [
    " " * MOST_READ,
    "\n" * MOST_READ,
    "[STREAM_FAILED] Query [" * 5000,
    "a." * 50_000 + "Exception: ",
    "a.Exception: " * 10_000,
    "Caused by: " * 10_000,
    "Caused by:\n" * 10_000,
    'File "' * 20_000,
    "File a" * 20_000,
    "An error occurred while calling x.\n" * 3000,
    "Job aborted due to stage failure: Task " * 3000,
    "Traceback (most recent call last)\n" * 3000,
    "Input data " * 10_000,
    "violated by row with values " * 4000,
    "\tat a" * 20_000,
    ": " * 50_000 + "+- ",
    "secret scope " * 8000,
    "quota " * 16_000,
    "SQLSTATE: " * 10_000,
]


@pytest.mark.parametrize("text", SPITEFUL, ids=range(len(SPITEFUL)))
def test_nobody_decides_how_long_we_look(text: str) -> None:
    problem = of(thrown(text), thrown(text + "\n" + text))
    assert len(problem.headline) <= 500


PIECES = st.sampled_from(
    [
        *(told.said for told in MESSAGES),
        *("\n", " ", ": ", "  ", "[", "]", "\t", "at a.b(C.java:1)", "+- ", "'Project"),
        *("Traceback (most recent call last)", 'File "a.py", line 1', "Caused by: "),
        "a.b.CException: ",
    ]
)


@given(st.lists(PIECES | st.text(max_size=9), max_size=8).map("".join), st.text())
def test_any_message_is_told(text: str, name: str) -> None:
    frame = Frame(text, 1)
    problem = of(
        Thrown(class_name=name, error_class=name, message=text, frames=(frame,))
    )
    assert len(problem.headline) <= 500
    assert problem.headline.count("\n") == 0
    assert unwrapped(text)[1] in text
    line = position(text)
    assert line is None or line >= 0
