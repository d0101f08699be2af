from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.text import (
    cut,
    cut_bytes,
    escape_data,
    escape_property,
    neutral,
    one_line,
    visible,
)
from tests.oracles import runner
from tests.oracles.hostile import COMMANDS, EVERYTHING, FRAMES, UNSEEN

# Any text, and text made of the pieces that commands are made of.
ANY_TEXT = st.text() | st.lists(
    st.sampled_from(
        [
            *"#[]:;=%\r\n\t\v\f\x1b\x85\u2028\u200b \u3000m0",
            *("::", "##[", "##", "error", "add-mask", "stop-commands"),
            *("set-output name=x", "\x1b[0m", "vso[x"),
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_hostile_text_is_a_command_when_neutral(text: str) -> None:
    raw = (neutral(text) + "\n").encode()
    assert runner.commands(raw) == []
    assert len(runner.lines(raw)) == 1


@given(ANY_TEXT)
def test_no_text_at_all_is_a_command_when_neutral(text: str) -> None:
    raw = neutral(text).encode() + b"\n"
    assert runner.commands(raw) == []
    assert len(runner.lines(raw)) == 1


@given(ANY_TEXT, st.integers(0, 40))
def test_cutting_a_neutral_text_does_not_make_a_command_of_it(
    text: str, length: int
) -> None:
    # We cut ends off, never beginnings: a runner looks at the beginning of a line.
    assert runner.commands(neutral(text)[:length].encode()) == []


def test_the_corpus_is_hostile_where_nobody_defends() -> None:
    obeyed = [text for text in COMMANDS if runner.commands(text.encode())]
    assert len(obeyed) >= len(COMMANDS) // 2


@given(st.text())
def test_what_cannot_be_seen_is_never_in_a_line(text: str) -> None:
    seen = one_line(text) + neutral(text)
    assert seen.isprintable()
    assert not {unicodedata.category(character) for character in seen} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_spelled_out(text: str) -> None:
    assert "\\" in visible(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Größe 東京 😀", "Größe 東京 😀"),
        ("\ud800", "\\ud800"),
        ("a\x00b\x1b", "a\\x00b\\x1b"),
        ("\U000e0041", "\\U000e0041"),
        ("tab\tand\u3000wide", "tab and wide"),
        ("\x1b[0;31mred\x1b[0m", "red"),
        ("a\r\nb\rc\vd\fe\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("ends\n", "ends"),
        ("", ""),
    ],
)
def test_visible_keeps_letters_and_lines_and_spells_the_rest(
    text: str, expected: str
) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \n\n  b\r\nc  ", "a b c"),
        ("\n", ""),
        ("\u2028a\u2028", "a"),
    ],
)
def test_one_line_joins_lines_with_one_blank(text: str, expected: str) -> None:
    assert one_line(text) == expected


def test_one_line_is_cut_where_asked() -> None:
    assert one_line("abc\ndef", 5) == "abc …"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boom ##[error]x", "boom ## [error]x"),
        ("####[error]x", "#### [error]x"),
        ("##vso[task]x", "## vso[task]x"),
        ("## heading", "## heading"),
        ("  ::error::x", "  : :error::x"),
        ("a::b", "a::b"),
        ('File "a.py", line 1', 'File "a.py" line 1'),
        ("    indented", "    indented"),
        ("two\nlines", "two lines"),
    ],
)
def test_neutral_changes_as_little_as_it_can(text: str, expected: str) -> None:
    assert neutral(text) == expected


@pytest.mark.parametrize("text", FRAMES)
def test_no_line_looks_like_a_frame_of_a_traceback(text: str) -> None:
    assert '", line' not in neutral(text)


@pytest.mark.parametrize(("limit", "expected"), [(3, "abc"), (2, "a…"), (1, "…")])
def test_a_cut_shows_and_counts(limit: int, expected: str) -> None:
    assert cut("abc", limit) == expected


@given(st.text(), st.integers(3, 60))
def test_bytes_are_cut_between_characters(text: str, limit: int) -> None:
    short = cut_bytes(text, limit)
    assert len(short.encode("utf-8", "backslashreplace")) <= limit
    assert short == text or short.endswith("…")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(2, 30))
def test_units_of_another_encoding_are_cut_too(text: str, limit: int) -> None:
    short = cut_bytes(text, 2 * limit, "utf-16-le")
    assert len(short.encode("utf-16-le")) <= 2 * limit


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_data_and_properties_come_back_from_the_runner_as_they_were(text: str) -> None:
    line = f"::notice title={escape_property(text)}::{escape_data(text)}"
    (command,) = runner.commands(line.encode())
    assert command.data == text
    # The runner trims the properties; our values are trimmed before.
    assert command.properties.get("title", "").strip() == text.strip()
