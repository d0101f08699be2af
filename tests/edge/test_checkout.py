from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from dlt_action.core.model import Location
from dlt_action.core.record import InCheckout, Record
from dlt_action.edge.checkout import (
    DEEPEST,
    LARGEST_FILE,
    listed,
    located,
    text_of,
    with_sources,
)
from tests.reports.records import ASKED, OUTCOMES, PROBLEM, attempt

BUNDLE = "/Workspace/Users/x/.bundle/shop/dev/files"
ORDERS = Location(path=f"{BUNDLE}/etl/orders.py", line=2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "checkout"
    write(made, "etl/orders.py", "import dlt\nx = 1 / 0\n")
    write(made, "README.md", "# Shop\n")
    return made


def write(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_place_is_found_with_its_line(root: Path) -> None:
    assert located(root, [ORDERS]) == {ORDERS: InCheckout("etl/orders.py", 2)}


def test_each_place_is_found_for_itself(root: Path) -> None:
    beyond = replace(ORDERS, line=3)
    elsewhere = Location(path="/Users/x/customers", line=1)
    first = replace(ORDERS, line=None)
    found = located(root, [ORDERS, beyond, elsewhere, first])
    assert found == {
        ORDERS: InCheckout("etl/orders.py", 2),
        first: InCheckout("etl/orders.py", 1),
    }


def test_a_mark_at_the_start_of_a_file_hides_no_notebook(root: Path) -> None:
    write(root, "nb.py", "\ufeff# Databricks notebook source\nx = 1\n")
    place = Location(path="/Users/x/nb", cell=1, line=2)
    assert located(root, [place]) == {place: InCheckout("nb.py", 2)}


@pytest.mark.parametrize(
    "folder",
    [".git", ".venv", ".databricks/bundle/dev", "node_modules/a", "a/__pycache__"],
)
def test_copies_that_nobody_wrote_are_not_looked_at(root: Path, folder: str) -> None:
    write(root, f"{folder}/etl/orders.py")
    assert listed(root, {"orders.py"}) == ("etl/orders.py",)


def test_no_link_is_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/orders.py")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "orders.py").symlink_to(tmp_path / "outside/orders.py")
    assert listed(root, {"orders.py"}) == ("etl/orders.py",)


def test_a_walk_that_does_not_see_everything_finds_nothing(root: Path) -> None:
    assert listed(root, {"orders.py"}, most=3) == ("etl/orders.py",)
    assert listed(root, {"orders.py"}, most=2) == ()
    assert located(root, [ORDERS], most=2) == {}


def test_a_tree_that_is_too_deep_finds_nothing(root: Path) -> None:
    write(root, "/".join(["a"] * DEEPEST) + "/b.py")
    assert listed(root, {"orders.py"}) == ("etl/orders.py",)
    write(root, "/".join(["a"] * (DEEPEST + 1)) + "/b.py")
    assert listed(root, {"orders.py"}) == ()


def test_a_checkout_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert located(tmp_path / "nowhere", [ORDERS]) == {}


def test_where_no_name_is_wanted_nobody_looks(tmp_path: Path) -> None:
    assert located(tmp_path / "nowhere", [Location(path="../x.py", line=1)]) == {}


@pytest.mark.parametrize("name", ["../secret", "out/secret", "link", "gone", "etl"])
def test_only_files_inside_are_read(root: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, "secret", "s3cret")
    (root / "out").symlink_to(tmp_path)
    (root / "link").symlink_to(root / "README.md")
    assert text_of(root, name) is None


def test_a_pipe_keeps_nobody_waiting(root: Path) -> None:
    os.mkfifo(root / "orders.py")
    assert text_of(root, "orders.py") is None
    assert listed(root, {"orders.py"}) == ("etl/orders.py",)


def test_a_file_as_large_as_no_code_is_not_read(root: Path) -> None:
    write(root, "large.py", "x" * LARGEST_FILE)
    assert text_of(root, "large.py") is not None
    write(root, "large.py", "x" * (LARGEST_FILE + 1))
    assert text_of(root, "large.py") is None


def test_what_is_no_text_is_read_all_the_same(root: Path) -> None:
    (root / "raw.py").write_bytes(b"\xff\n\0")
    assert text_of(root, "raw.py") == "\ufffd\n\0"


def test_all_problems_of_all_attempts_get_their_file(root: Path) -> None:
    here = replace(PROBLEM, location=ORDERS)
    nowhere = replace(PROBLEM, location=None)
    other = replace(PROBLEM, location=Location(path="/Users/x/gone", line=1))
    outcome = replace(
        OUTCOMES["failed"],
        problems=(here, nowhere, other),
        attempts=(replace(attempt(1, "FAILED"), problems=(here,)),),
    )
    (told,) = with_sources(Record(ASKED, (outcome,)), root).outcomes
    source = InCheckout("etl/orders.py", 2)
    assert [problem.source for problem in told.problems] == [source, None, None]
    assert [problem.source for problem in told.attempts[0].problems] == [source]


def test_a_record_without_places_stays_as_it_is(tmp_path: Path) -> None:
    record = Record(ASKED, (OUTCOMES["succeeded"],))
    assert with_sources(record, tmp_path / "nowhere") is record
