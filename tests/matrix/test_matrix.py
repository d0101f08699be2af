"""Each known fault has a test that exists, or the later work that owes it one."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.matrix.row import LATER, PARTS, Row
from tests.matrix.rows import MATRIX

ROOT = Path(__file__).resolve().parents[2]


def test_the_rows_are_complete_and_in_order() -> None:
    expected = [
        f"{part}{number}"
        for part, size in PARTS.items()
        for number in range(1, size + 1)
    ]
    assert [row.id for row in MATRIX] == expected
    assert len(MATRIX) == 96


@cache
def named_in(path: Path) -> frozenset[str]:
    """The names of the tests in a module; none where it is not there."""
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def missing(row: Row) -> list[str]:
    """The tests of *row* that nobody has written."""
    lost = []
    for node_id in row.tests:
        file, _, name = node_id.partition("::")
        if name not in named_in(ROOT / file):
            lost.append(node_id)
    return lost


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.id)
def test_a_row_has_tests_that_exist_or_belongs_to_a_later_piece_of_work(
    row: Row,
) -> None:
    assert missing(row) == []
    assert len(set(row.tests)) == len(row.tests)
    # What is tested is not owed, and what is owed is not tested.
    assert bool(row.tests) != bool(row.open)
    assert row.open in LATER | {""}


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.id)
def test_a_row_says_what_goes_wrong_and_what_the_user_gets(row: Row) -> None:
    for words in (row.fault, row.gets):
        assert 5 < len(words) < 100
        assert not words.endswith(".")


def test_nothing_is_owed_more_than_once() -> None:
    owed = [row.open for row in MATRIX if row.open]
    assert len(set(owed)) == len(owed)


def test_a_name_that_is_no_test_is_noticed() -> None:
    here = "tests/matrix/test_matrix.py"
    row = Row(
        "A1",
        "a fault",
        "a sentence",
        (
            f"{here}::test_a_name_that_is_no_test_is_noticed",
            f"{here}::test_nobody_wrote",
            f"{here}::missing",
            "tests/nowhere.py::test_nobody_wrote",
        ),
    )
    assert missing(row) == list(row.tests[1:])
