"""What a name or a glob means among the datasets of an update."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.names import LONGEST, Names, glob, spelled

KNOWN = Names(
    [
        "main.sales.orders",
        "main.ops.orders",
        "`main`.`sales`.`Lines`",
        "sales.lines",
        "customers",
        "main.sales.a*b",
        "main.sales.axb",
    ]
)
LINES = "main.sales.lines"


@pytest.mark.parametrize(
    ("written", "keys", "exact"),
    [
        ("main.sales.orders", ("main.sales.orders",), True),
        ("MAIN.Sales.ORDERS", ("main.sales.orders",), True),
        ("`main`.sales.`orders`", ("main.sales.orders",), True),
        ("sales.orders", ("main.sales.orders",), True),
        ("orders", ("main.ops.orders", "main.sales.orders"), True),
        ("rders", (), True),
        ("main", (), True),
        ("lines", (LINES,), True),
        ("sales.lines", (LINES,), True),
        ("customers", ("customers",), True),
        ("main.sales.customers", ("customers",), True),
        ("other.orders", (), True),
        ("main.ops.*", ("main.ops.orders",), False),
        ("ops.*", ("main.ops.orders",), False),
        ("m*s.orders", ("main.ops.orders", "main.sales.orders"), False),
        ("l?nes", (LINES,), False),
        ("[a-l]ines", (LINES,), False),
        ("nothing*", (), False),
        ("a*b", ("main.sales.a*b",), True),
        ("sales.a?b", ("main.sales.a*b", "main.sales.axb"), False),
    ],
)
def test_a_name_means_datasets_from_the_right(
    written: str, keys: tuple[str, ...], *, exact: bool
) -> None:
    meant = KNOWN.meant(written)
    assert tuple(sorted(meant.keys)) == keys
    assert meant.exact is exact


def test_all_are_each_dataset_once_by_its_longest_spelling() -> None:
    assert [KNOWN.shown[key] for key in KNOWN.meant("*").keys] == [
        "main.ops.orders",
        "main.sales.a*b",
        "main.sales.axb",
        "main.sales.Lines",
        "main.sales.orders",
        "customers",
    ]
    assert KNOWN.key("Sales.Lines") == LINES
    assert KNOWN.key("customers") == "customers"


def test_a_short_name_that_ends_two_others_is_a_dataset_of_its_own() -> None:
    names = Names(["a.orders", "b.orders", "orders"])
    assert set(names.shown) == {"a.orders", "b.orders", "orders"}
    assert names.named("orders") == ("orders",)


def test_what_is_longer_than_any_name_is_compared_by_its_end() -> None:
    assert len(spelled("x" * 5000 + ".orders")) == LONGEST
    assert spelled("x" * 5000 + ".orders").endswith(".orders")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("**", "a.b", True),
        ("?", "", False),
        ("a*", "a", True),
        ("*a*b*", "xaxxbx", True),
        ("a*b*c", "abcbc", True),
        ("a*bc*c", "abc", False),
        ("[", "[", True),
        ("[]", "[]", True),
        ("[]a]", "]", True),
        ("[!]a]", "b", True),
        ("[!a]", "a", False),
        ("[a-c]x", "bx", True),
        ("[c-a]", "b", False),
        ("[c-a]", "-", True),
        ("[a-]", "-", True),
        ("[^a]", "^", True),
        ("a.b", "axb", False),
        ("a\nb", "a\nb", True),
    ],
)
def test_a_glob_is_that_of_a_shell(pattern: str, text: str, *, matches: bool) -> None:
    assert (glob(pattern).fullmatch(text) is not None) is matches


PIECES = st.text(alphabet="ab.*?[]!^-\\\n", max_size=8)


@given(PIECES, st.text(alphabet="ab.[]!^-\\\n", max_size=8))
def test_stars_and_questions_are_those_of_python(pattern: str, text: str) -> None:
    plain = pattern.replace("[", "(")  # sets differ where Python itself has changed
    told = text.replace("[", "(")
    assert bool(glob(plain).fullmatch(told)) is fnmatchcase(told, plain)


@given(st.text(alphabet="ab[]!^-*", max_size=8))
def test_every_text_is_a_glob(pattern: str) -> None:
    glob(pattern)


def test_no_name_makes_a_glob_take_long() -> None:
    # With an ordinary translation each of these would outlast the universe.
    assert glob("*a" * 50 + "b").fullmatch("a" * LONGEST) is None
    hostile = Names(["a." * 5000, "a" * 5000])
    assert hostile.meant("a" + "*a" * 50 + "*b").keys == ()
