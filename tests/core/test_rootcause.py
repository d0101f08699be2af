from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.event import Frame, Thrown
from dlt_action.core.model import Level, Location
from dlt_action.core.record import Problem
from dlt_action.core.redaction import SHORTEST, disguises, redact
from dlt_action.core.rootcause import problem_of
from dlt_action.core.rows import LONGEST_NAME, without_rows
from dlt_action.core.trimming import (
    LONGEST_LINE,
    MOST_CHARACTERS,
    MOST_LINES,
    MOST_READ,
)
from tests.core.events import NOON, event, thrown

FAILED = event(
    "flow_progress", {"status": "FAILED"}, flow="main.a.b", level=Level.ERROR
)


def of(*chain: Thrown, said: str = "Flow 'b' has FAILED.") -> Problem:
    return problem_of(replace(FAILED, message=said, chain=chain))


NOTEBOOK = """Traceback (most recent call last):
  File "/Users/me/nb", cell 1, line 7, in orders
    raise ValueError("no orders today")
  File "/databricks/python/lib/python3.11/site-packages/pyspark/sql.py", line 9, in x
    fail()
ValueError: no orders today
"""


def test_a_problem_says_when_and_in_which_flow() -> None:
    problem = of(thrown("boom"))
    assert (problem.at, problem.flow) == (NOON, "main.a.b")
    assert not problem.fatal
    assert problem_of(replace(FAILED, fatal=True)).fatal


def test_the_innermost_exception_with_an_error_class_is_the_cause() -> None:
    problem = of(
        thrown("Failed to analyze", class_name="DLTAnalysisException"),
        thrown("column x not found", error_class="UNRESOLVED_COLUMN"),
        thrown("at some depth", class_name="java.lang.RuntimeException"),
    )
    assert problem.headline == "column x not found"
    assert problem.exception == "UNRESOLVED_COLUMN"


def test_of_several_error_classes_the_innermost_is_the_cause() -> None:
    problem = of(thrown("outer", "OUTER"), thrown("inner", "INNER"))
    assert (problem.headline, problem.exception) == ("inner", "INNER")


def test_an_error_class_may_stand_in_the_message() -> None:
    problem = of(thrown("outer"), thrown(" [TABLE_NOT_FOUND.X] no t"), thrown("inner"))
    assert problem.headline == "[TABLE_NOT_FOUND.X] no t"


def test_without_an_error_class_the_innermost_that_says_anything_is_the_cause() -> None:
    problem = of(
        thrown("outer"), thrown("inner", class_name="java.io.IOException"), thrown(" ")
    )
    assert problem.headline == "inner"
    assert problem.exception == "java.io.IOException"


@pytest.mark.parametrize("chain", [(), (thrown(""), thrown(" \n"))])
def test_a_chain_that_says_nothing_leaves_the_word_to_the_event(
    chain: tuple[Thrown, ...],
) -> None:
    problem = of(*chain, said="Update 4518bf is FAILED.")
    assert problem.headline == "Update 4518bf is FAILED."
    assert problem.exception == ""
    assert problem.detail == "Update 4518bf is FAILED."


def test_where_nobody_says_anything_the_headline_is_empty() -> None:
    assert of(said=" \n ").headline == ""


def test_a_traceback_says_what_happened_in_its_last_line() -> None:
    problem = of(thrown(NOTEBOOK, error_class="PYTHON.EXCEPTION"))
    assert problem.headline == "ValueError: no orders today"
    assert problem.detail == NOTEBOOK.strip()


def test_any_other_message_says_it_in_its_first_line() -> None:
    assert of(thrown("\n\n  what happened \n at x\n at y")).headline == "what happened"


def test_the_first_user_frame_from_the_error_is_the_place() -> None:
    assert of(thrown(NOTEBOOK)).location == Location(
        path="/Users/me/nb", line=7, cell=1
    )


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        ('File "/Workspace/x.py", line 3', Location(path="/Workspace/x.py", line=3)),
        (
            'File "/Workspace/x.py", line 3\n File "/Workspace/y.py", line 4',
            Location(path="/Workspace/y.py", line=4),
        ),
        (
            'File "/Workspace/x.py", line 3\n File "<frozen importlib>", line 4',
            Location(path="/Workspace/x.py", line=3),
        ),
        ('File "/usr/lib/python3/dist-packages/x.py", line 3', None),
        ('File "/usr/lib/python3.11/json/decoder.py", line 3', None),
        ('File "/databricks/spark/python/pyspark/sql.py", line 3', None),
        ('File "/x/site-packages/pandas/frame.py", line 3', None),
        ('File "<string>", line 1', None),
        ('File "x.py", line 99999999999', Location(path="x.py", line=999999999)),
        ('File "x.py", line x', None),
        ("no traceback", None),
    ],
)
def test_frames_that_are_not_the_users_are_skipped(
    frames: str, place: Location | None
) -> None:
    assert of(thrown(f"Traceback:\n {frames}\nE: m")).location == place


def framed(*frames: Frame) -> Thrown:
    return Thrown(message="boom", frames=frames)


JVM = Frame("PhysicalFlow.scala", 201)


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        ((Frame("nb", 7),), Location(path="nb", line=7)),
        ((JVM, Frame("nb", None)), Location(path="nb")),
        ((JVM, Frame("Thread.java", 750)), None),
        ((Frame("", 7),), None),
        (
            (Frame("/databricks/x.py", 7), Frame("nb", 1)),
            Location(path="nb", line=1),
        ),
        ((), None),
    ],
)
def test_a_stack_is_searched_for_a_frame_that_is_not_the_jvms(
    frames: tuple[Frame, ...], place: Location | None
) -> None:
    assert of(framed(*frames)).location == place


def test_the_innermost_exception_is_searched_first() -> None:
    outer, inner = framed(Frame("outer.py", 1)), framed(Frame("inner.py", 2))
    assert of(outer, inner).location == Location(path="inner.py", line=2)
    assert of(outer, framed(JVM)).location == Location(path="outer.py", line=1)


def test_a_traceback_is_nearer_to_the_source_than_the_stack() -> None:
    both = replace(framed(Frame("nb", 7)), message=NOTEBOOK)
    assert of(both).location == Location(path="/Users/me/nb", line=7, cell=1)


def test_the_platforms_own_location_is_the_best() -> None:
    told = Location(path="/Workspace/z.sql", line=1)
    problem = problem_of(replace(FAILED, location=told, chain=(thrown(NOTEBOOK),)))
    assert problem.location == told


def test_a_long_detail_is_cut_by_lines() -> None:
    lines = [f"line {n}" for n in range(MOST_LINES + 12)]
    detail = of(thrown("\n".join(lines))).detail.splitlines()
    assert detail == [*lines[:MOST_LINES], "… 12 more lines"]


def test_a_long_line_is_cut_by_characters() -> None:
    detail = of(thrown("x" * 10_000)).detail
    assert detail == "x" * MOST_CHARACTERS + " …"


SECRET = "dose0123456789abcdef0123456789abcdef"
FRAMES = "\n\tat a.b(C.java:1)"
WRAPPERS = f"{('a' * 75 + '.') * 4}XException: " * 12


@pytest.mark.parametrize(
    "before",
    [
        "x" * (MOST_CHARACTERS - 20),
        "x" * 20 + FRAMES * (MOST_READ // len(FRAMES)) + "\n",
        (FRAMES[1:] + "\n") * (MOST_READ // len(FRAMES)),
        WRAPPERS + "x" * (LONGEST_LINE - 20 - len(WRAPPERS)),
        'Encountered unknown fields during parsing: {"' + "x" * (LONGEST_NAME - 20),
    ],
    ids=range(5),
)
def test_no_piece_of_a_secret_outlives_a_cut_of_its_message(before: str) -> None:
    for more in range(0, 28, 4):
        problem = of(thrown(f'{before[more:]}{SECRET}": 1}} {"and more " * 500}'))
        told = f"{problem.headline}\n{problem.detail}"
        assert SECRET[:SHORTEST] not in redact(told, disguises(SECRET))


def test_headline_and_exception_are_short_lines() -> None:
    problem = of(thrown("m" * 9_000, error_class="E\n::error::" + "E" * 9_000))
    assert len(problem.headline) <= 500
    assert len(problem.exception) <= 200
    assert "\n" not in problem.exception


VIOLATION = (
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'f' failed to meet the expectation."
    " Violated expectations: 'valid id, positive'."
)
ROWS = [
    """ Input data: '{"a":"s3cret"}'. Output record: 's3cret'. Missing input data: x""",
    """ Input data: 'could not be determined'. Output record: '{"x":"s3cret"}'.""",
    """ Output record: '{"x":"it's s3cret's'. Missing input data: true"}'.""",
    """ Output record: '{"x":"a. Missing input data: false, then s3cret"}'.""",
    """ Output record: '{"x":"Input data: 's3cret'""",
    """ Input data: '{"x":"two\nlines: s3cret\n\nmore s3cret"}'. Missing input""",
    """ Input data : "{s3cret}" """,
    """ Output record: '{"x":"File \\"s3cret\\", line 3"}'""",
    """ Output record: '{"x": 'File "/s3cret.py", line 3' }'""",
]


@pytest.mark.parametrize("rows", ROWS)
def test_rows_are_withheld_and_the_violated_expectations_are_told(rows: str) -> None:
    assert without_rows(VIOLATION + rows) == f"{VIOLATION} (row data withheld)"


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("before", ["", "Traceback (most recent call last):\n"])
def test_no_part_of_a_problem_holds_row_data(rows: str, before: str) -> None:
    message = before + VIOLATION + rows
    nested = of(thrown("outer"), thrown(message), thrown(message, class_name="E"))
    alone = of(said=message)
    assert "s3cret" not in f"{nested}{alone}"
    assert "valid id" in nested.headline
    assert "valid id" in alone.headline


@given(st.text())
def test_no_row_at_all_gets_through(row: str) -> None:
    text = f"{VIOLATION} Output record: '{row}'. Missing input data: false"
    assert without_rows(text) == f"{VIOLATION} (row data withheld)"


def test_a_text_without_rows_is_left_as_it_is() -> None:
    assert without_rows(NOTEBOOK) == NOTEBOOK
