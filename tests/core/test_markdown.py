from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dlt_action.core.markdown import block, code, details, fit, inline, quoted, table
from dlt_action.core.text import one_line
from tests.oracles.hostile import EVERYTHING

ANY_TEXT = st.text() | st.lists(
    st.sampled_from([*"\\`*_[]()<>|~#!&@:/.-+=$^ \n1a", "```", "www.", "http://"]),
    max_size=30,
).map("".join)
PART = "\u200b"
# What GitHub links without being asked, looked for in the finished text.
LINKED_BY_ITSELF = re.compile(r"(?i)://|www\.|\S@\w|(?:^|\s)@\w")


def _tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    flat: list[Token] = []
    for token in parser.parse(markdown):
        flat += [token, *(token.children or [])]
    return [token for token in flat if token.type != "inline"]


def _kinds(markdown: str) -> set[str]:
    return {token.type for token in _tokens(markdown)}


def _text(markdown: str) -> str:
    kinds = ("text", "text_special", "code_inline")
    return "".join(token.content for token in _tokens(markdown) if token.type in kinds)


@pytest.mark.parametrize("text", EVERYTHING)
def test_inline_text_is_read_as_itself_and_makes_no_element(text: str) -> None:
    markdown = inline(text)
    assert _kinds(markdown) <= {"paragraph_open", "paragraph_close", "text"}
    assert _text(markdown).replace(PART, "").strip() == one_line(text)


@given(ANY_TEXT)
def test_no_text_makes_an_element(text: str) -> None:
    markdown = inline(text)
    assert _kinds(markdown) <= {"paragraph_open", "paragraph_close", "text"}
    assert _text(markdown).replace(PART, "").strip() == one_line(text)


@given(ANY_TEXT)
def test_nothing_is_left_that_github_links_by_itself(text: str) -> None:
    assert LINKED_BY_ITSELF.search(_text(inline(text))) is None


@given(ANY_TEXT, ANY_TEXT)
def test_a_cell_stays_one_cell(left: str, right: str) -> None:
    rendered = _tokens(table(["a", "b"], [["x" + inline(left), "x" + inline(right)]]))
    assert sum(token.type == "td_open" for token in rendered) == 2
    assert not {token.type for token in rendered} & {"html_inline", "link_open"}


@given(ANY_TEXT)
def test_code_is_one_element_of_code(text: str) -> None:
    tags = [token.content for token in _tokens(f"- {code(text)}") if token.markup == ""]
    html = [tag for tag in tags if tag.startswith("<") and tag.endswith("code>")]
    assert html == (["<code>", "</code>"] if one_line(text) else [])


@pytest.mark.parametrize("text", EVERYTHING)
def test_a_block_holds_its_text_whatever_it_is(text: str) -> None:
    tokens = _tokens(f"{block(text)}\n\nafter")
    assert [token.type for token in tokens] == [
        "fence",
        "paragraph_open",
        "text",
        "paragraph_close",
    ]


def test_a_block_is_cut_where_asked() -> None:
    assert block("abcdef", 3) == "```text\nabc…\n```"
    assert block("abc", 3) == "```text\nabc\n```"


def test_a_fence_is_longer_than_any_inside() -> None:
    assert block("x ```` y").startswith("`````text\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snake_case_name", "snake_case_name"),
        ("_private", "&#95;private"),
        ("a|b", "a&#124;b"),
        ("me@here.example", "me@&#8203;here.example"),
        ("https://x", "https:&#8203;//x"),
        ("www.x", "www&#8203;.x"),
        ("- item", "&#45; item"),
        ("1. item", "1&#46; item"),
        ("1.", "1&#46;"),
        ("1.5 s", "1.5 s"),
        ("403): no", "403): no"),
    ],
)
def test_escaping_leaves_names_readable(text: str, expected: str) -> None:
    assert inline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see #12", "see &#35;&#8203;12"),
        ("# 12", "&#35; 12"),
        ("gh-12", "gh&#8203;-12"),
        ("high-12", "high-12"),
        (":shipit:", ":&#8203;shipit:"),
        ("a:b", "a:&#8203;b"),
        ("at 12:00:01", "at 12:00:01"),
        (":100:", ":&#8203;100:"),
        ("ab" * 20, "ab" * 10 + "&#8203;" + "ab" * 10),
        ("ab" * 21, "ab" * 21),
    ],
)
def test_nothing_refers_to_what_github_knows(text: str, expected: str) -> None:
    assert inline(text) == expected


@pytest.mark.parametrize("text", ["#12", "GH-12", ":shipit:", "ab" * 20])
def test_in_code_nothing_does_and_it_can_be_copied(text: str) -> None:
    assert _text(code(text)) == text


def test_a_column_without_a_value_is_left_out() -> None:
    assert table(["a", "b:", "c"], [["1", "2", ""], ["", "3", ""]]) == (
        "| a | b |\n| --- | --: |\n| 1 | 2 |\n|  | 3 |"
    )


def test_a_document_that_fits_is_left_alone() -> None:
    assert fit("a\n\nb\n", 5) == "a\n\nb\n"


def test_a_document_is_cut_between_blocks_and_says_so() -> None:
    document = f"# head\n\n{'x' * 300}\n\n{'y' * 300}\n\nlast"
    assert fit(document, 450) == (
        f"# head\n\n{'x' * 300}\n\n"
        "_2 more parts left out: a step summary holds 1 MiB._\n"
    )


def test_a_document_that_is_long_for_its_blank_lines_loses_only_those() -> None:
    assert fit(f"a\n\n{chr(10) * 500}b", 200) == "a\n\nb\n"


@pytest.mark.parametrize(
    "whole",
    [
        "```text\none\n\n<details>\n\ntwo\n```",
        "````text\n```\n\nnot the end\n````",
        details("title", "one\n\ntwo"),
    ],
)
def test_fences_and_folds_are_kept_whole_or_not_at_all(whole: str) -> None:
    document = f"head\n\n{whole}\n\n{'x' * 200}\n\ntail"
    assert whole in fit(document, len(document) - 60)
    assert whole not in fit(document, 130)
    assert fit(document, 130).startswith("head\n\n_3 more parts")


@given(st.lists(ANY_TEXT, max_size=8), st.integers(150, 600))
def test_a_document_never_exceeds_its_limit(parts: list[str], limit: int) -> None:
    document = "\n\n".join(parts)
    assert len(fit(document, limit).encode("utf-8", "backslashreplace")) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`60` has no unit.", "<code>60</code> has no unit."),
        ("Write `60s` or `60m`.", "Write <code>60s</code> or <code>60m</code>."),
        ("one ` alone", "one &#96; alone"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
    ],
)
def test_what_stands_between_backticks_is_code(text: str, shown: str) -> None:
    assert quoted(text) == shown


def test_an_emoji_with_two_underscores_in_a_row_is_none() -> None:
    # Those are escaped before anybody looks for emoji.
    assert inline(":made__up:") == ":&#8203;made&#95;&#95;up:"
