"""Short names for the parts of a step, none like another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.labels import LONGEST_FOLDER, LONGEST_LABEL, Named, folders, labels

A, B = "aaaaaaaa-1111", "bbbbbbbb-2222"
TAKEN = ("result.json", "events.ndjson")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("orders", "refunds"), ("orders", "refunds")),
        (("orders", "orders"), ("orders aaaaaaaa", "orders bbbbbbbb")),
        (("orders", "Orders"), ("orders aaaaaaaa", "Orders bbbbbbbb")),
        (("", "orders"), ("aaaaaaaa", "orders")),
        (("[dev] a", "b\nc"), ("(dev) a", "b c")),
        (("x" * 60, "x" * 60), ("x" * 30 + "… aaaaaaaa", "x" * 30 + "… bbbbbbbb")),
        (("orders", "orders aaaaaaaa"), ("orders", B)),
    ],
)
def test_labels_are_names_and_where_these_do_not_do_ids(
    names: tuple[str, str], shown: tuple[str, str]
) -> None:
    found = labels([Named(names[0], A), Named(names[1], B)])
    if names[1] == "orders aaaaaaaa":
        assert len(set(found)) == 2
    else:
        assert found == shown


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("orders", "refunds"), ("orders", "refunds")),
        (("orders (prod)", "a/../b"), ("orders-prod", "a-..-b")),
        (("..", "."), ("aaaaaaaa", "bbbbbbbb")),
        (("Result.json", "x"), ("Result.json-aaaaaaaa", "x")),
        (("Müller", "日本"), ("M-ller", "bbbbbbbb")),
    ],
)
def test_folders_are_of_letters_that_every_file_system_takes(
    names: tuple[str, str], shown: tuple[str, str]
) -> None:
    assert folders([Named(names[0], A), Named(names[1], B)], TAKEN) == shown


texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["orders", "Orders", "part-1", "part-2", "..", "", "a", "A", "[", "result.json"]
)


@given(st.lists(texts, min_size=2, max_size=8), st.data())
def test_whatever_names_and_keys_are_no_two_are_alike(
    names: list[str], data: st.DataObject
) -> None:
    keys = data.draw(
        st.lists(texts, min_size=len(names), max_size=len(names), unique=True)
    )
    parts = [Named(name, key) for name, key in zip(names, keys, strict=True)]
    for folder in folders(parts, TAKEN):
        assert re.fullmatch(r"[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?", folder)
        assert len(folder) <= LONGEST_FOLDER
        assert folder.casefold() not in TAKEN
    assert len({one.casefold() for one in folders(parts, TAKEN)}) == len(parts)
    ids = [Named(name, f"{n:08d}-{n}") for n, name in enumerate(names)]
    shown = labels(ids)
    assert len(set(shown)) == len(ids)
    for label in shown:
        assert len(label) <= LONGEST_LABEL
        assert not set(label) & set("[]\n\r")
