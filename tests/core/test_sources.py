"""From a path of the workspace to a file and a line of the checkout."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import Location
from dlt_action.core.record import InCheckout, Problem
from dlt_action.core.sources import in_checkout, line_in, names, told

FILES = (
    "README.md",
    "databricks.yml",
    "etl/bronze/orders.py",
    "etl/silver/orders.py",
    "etl/silver/customers.sql",
    "notebooks/report.ipynb",
    "notebooks/clean.scala",
    "notebooks/twice.py",
    "notebooks/twice.sql",
    "shop/src/main.py",
    "src/main.py",
    "src/utils/dates.py",
    "top.py",
)
BUNDLE = "/Workspace/Users/x@y.z/.bundle/shop/dev/files"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        # What a bundle deployed: all that follows agrees.
        (f"{BUNDLE}/etl/bronze/orders.py", "etl/bronze/orders.py"),
        (f"{BUNDLE}/bronze/orders.py", "etl/bronze/orders.py"),
        (f"{BUNDLE}/silver/customers", "etl/silver/customers.sql"),
        (f"{BUNDLE}/top.py", "top.py"),
        (f"{BUNDLE}/utils/dates.py", "src/utils/dates.py"),
        (f"{BUNDLE}/other/dates.py", None),
        (f"{BUNDLE}/gold/orders.py", None),
        (f"{BUNDLE}/src/main.py", None),  # two of them end so
        (f"{BUNDLE}/shop/src/main.py", "shop/src/main.py"),
        (f"{BUNDLE}/orders.py", None),
        (f"{BUNDLE}", None),
        ("/Workspace/Shared/.bundle/shop/prod/files/top.py", "top.py"),
        # A Git folder below Repos, with and without /Workspace.
        ("/Workspace/Repos/x@y.z/shop/etl/silver/orders.py", "etl/silver/orders.py"),
        ("/Repos/x@y.z/shop/etl/silver/customers", "etl/silver/customers.sql"),
        ("/Repos/x@y.z/shop/dates.py", "src/utils/dates.py"),
        ("/Repos/x@y.z/shop/lib/dates.py", None),
        ("/Repos/x@y.z/top.py", "top.py"),
        # Any other folder: the longest end that the checkout has.
        ("/Workspace/Users/x@y.z/shop/etl/bronze/orders.py", "etl/bronze/orders.py"),
        ("/Workspace/Users/x@y.z/silver/orders", "etl/silver/orders.py"),
        ("/Users/x@y.z/shop/shop/src/main.py", "shop/src/main.py"),
        ("/Users/x@y.z/dates.py", "src/utils/dates.py"),
        ("/Users/x@y.z/orders", None),
        ("/Users/x@y.z/report", "notebooks/report.ipynb"),
        ("/Users/x@y.z/clean", "notebooks/clean.scala"),
        ("/Users/x@y.z/twice", None),  # which of both?
        ("/Users/x@y.z/twice.sql", "notebooks/twice.sql"),
        ("/Users/x@y.z/report.py", None),
        ("report", "notebooks/report.ipynb"),
        (".../report", "notebooks/report.ipynb"),
        ("./top.py", "top.py"),
        ("//top.py//", "top.py"),
        ("/Users/x@y.z/TOP.py", None),
        ("/Users/x@y.z/databricks", None),
        # What is no path, or leads somewhere.
        ("", None),
        ("/", None),
        ("/Users/../top.py", None),
        ("../top.py", None),
        ("top.py/..", None),
        ("C:\\top.py", None),
        ("top.py\0", None),
        ("a/" * 600 + "top.py", None),
    ],
)
def test_a_path_is_the_one_file_that_ends_like_it(path: str, file: str | None) -> None:
    assert in_checkout(path, FILES) == file
    assert in_checkout(path, reversed(FILES)) == file
    assert file is None or file.rpartition("/")[2] in names(path)


def test_nothing_is_found_in_an_empty_checkout() -> None:
    assert in_checkout("top.py", ()) is None


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_path_is_found_at_most_once(path: str, files: list[str]) -> None:
    found = in_checkout(path, files)
    assert found is None or found in files


NOTEBOOK = """# Databricks notebook source
import dlt

# COMMAND ----------

# DBTITLE 1,Orders
@dlt.table
def orders():
    ...

# COMMAND ----------
x = 1"""
SQL = "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\nSELECT 2\n"
JSON = json.dumps({"cells": [{"source": ["a\n", "b"]}, {"source": []}]})


@pytest.mark.parametrize(
    ("cell", "line", "file", "text", "expected"),
    [
        (None, 1, "a.py", "x = 1\ny = 2\n", 1),
        (None, 2, "a.py", "x = 1\ny = 2\n", 2),
        (None, 3, "a.py", "x = 1\ny = 2\n", None),
        (None, 0, "a.py", "x = 1\n", None),
        (None, -1, "a.py", "x = 1\n", None),
        (None, None, "a.py", "x = 1\n", 1),
        (None, 2, "a.py", "a\fb\u2028c\nd", 2),
        (None, 3, "a.py", "a\r\nb\r\nc\r\n", 3),
        (None, 1, "a.py", "", 1),
        (1, 2, "nb.py", NOTEBOOK, 2),
        (1, 3, "nb.py", NOTEBOOK, 3),
        (1, 4, "nb.py", NOTEBOOK, None),
        (2, 1, "nb.py", NOTEBOOK, 5),
        (2, 4, "nb.py", NOTEBOOK, 8),
        (2, 7, "nb.py", NOTEBOOK, None),
        (2, None, "nb.py", NOTEBOOK, 5),
        (3, 1, "nb.py", NOTEBOOK, 12),
        (4, 1, "nb.py", NOTEBOOK, None),
        (0, 1, "nb.py", NOTEBOOK, None),
        (2, 1, "nb.py", NOTEBOOK.replace("\n", "\r\n"), 5),
        (2, 2, "nb.sql", SQL, 6),
        (2, 2, "nb.scala", SQL, None),
        (1, 1, "nb.py", "x = 1", None),
        (1, 1, "nb.py", "", None),
        (1, 1, "nb.txt", NOTEBOOK, None),
        (2, 9, "nb.ipynb", JSON, 1),
        (3, 1, "nb.ipynb", JSON, None),
        (1, 1, "nb.ipynb", "no JSON", None),
        (1, 1, "nb.ipynb", "[]", None),
        (1, 1, "nb.ipynb", '{"cells": 1}', None),
        (1, 1, "nb.ipynb", "[" * 100_000, None),
    ],
)
def test_a_line_is_one_of_the_file_or_none(
    cell: int | None, line: int | None, file: str, text: str, expected: int | None
) -> None:
    assert line_in(Location(path="x", line=line, cell=cell), file, text) == expected


@given(
    st.none() | st.integers(),
    st.none() | st.integers(),
    st.sampled_from(["a.py", "a.sql", "a.ipynb", "a", ""]),
    st.text() | st.just(NOTEBOOK) | st.just(JSON),
)
def test_no_line_lies_outside_of_the_file(
    cell: int | None, line: int | None, file: str, text: str
) -> None:
    found = line_in(Location(path="x", line=line, cell=cell), file, text)
    assert found is None or 1 <= found <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("location", "source", "said"),
    [
        (None, None, ""),
        (Location(path="/w/x.py", line=3), None, "/w/x.py:3"),
        (Location(path="/w/x.py", line=3), InCheckout("x.py", 3), "x.py:3"),
        (Location(path="/w/x", line=3, cell=2), InCheckout("x.py", 9), "x.py:9"),
        (
            Location(path="/w/x", line=3, cell=2),
            InCheckout("x.ipynb", 1),
            "x.ipynb, cell 2, line 3",
        ),
        (Location(path="/w/x.ipynb", line=3), InCheckout("x.ipynb", 3), "x.ipynb:3"),
        (None, InCheckout("x.py", 9), "x.py:9"),
    ],
)
def test_the_repository_is_told_before_the_workspace(
    location: Location | None, source: InCheckout | None, said: str
) -> None:
    problem = Problem(at=None, flow=None, headline="", location=location, source=source)
    assert told(problem) == said
