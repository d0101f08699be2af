from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dlt_action.core import mermaid
from dlt_action.core.text import one_line
from tests.oracles.hostile import EVERYTHING, PICTURES
from tests.oracles.mermaid import shown

LIKES = str.maketrans({"*": "\u2217", "`": "'", "~": "\u223c", "ﬂ": "fl"})
SIGNS = "\"'`*_~[](){}<>|#;:&@$%/\\.-+=ﬂ°¶ß \n1xn"
PLAIN = re.compile(r"(?:#\d+;|[0-9A-Za-z _./-])*")
OBEYED = re.compile(r"(?i)://|www\.|\S@\w|fa[bklrs]?:fa-|\$\$|\\n|\]\(|ﬂ|¶ß")


def browser(label: str) -> str:
    """The text of a label when Mermaid has resolved its codes."""
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)


def is_harmless(text: str) -> None:
    label = mermaid.label(text, 80)
    assert PLAIN.fullmatch(label)
    assert shown(label) == one_line(text, 80).translate(LIKES)
    assert OBEYED.search(browser(label)) is None
    # Between its codes and its Markdown, Mermaid escapes what is left of HTML.
    markdown = escape(browser(label), quote=False)
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(markdown)
    kinds = [token.type for token in tokens]
    assert kinds == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children or []} <= {"text"}


@pytest.mark.parametrize("text", EVERYTHING + PICTURES)
def test_no_label_is_obeyed_and_each_is_read_as_it_was_written(text: str) -> None:
    is_harmless(text)


@given(
    st.lists(
        st.sampled_from(
            [*"\"'`*_~[](){}<>|#;:&@$%/\\.-+=ﬂ°¶ß \n1xn", "www.", "fa:fa-"]
        ),
        max_size=20,
    ).map("".join)
    | st.text(max_size=60)
)
def test_no_text_at_all_is(text: str) -> None:
    is_harmless(text)


def test_a_name_stays_as_it_is() -> None:
    assert mermaid.label("main.sales.orders_2026-01", 60) == "main.sales.orders_2026-01"


def test_a_long_label_is_cut() -> None:
    assert shown(mermaid.label("x" * 61, 60)) == "x" * 59 + "…"


def test_a_label_without_quotes_begins_with_no_keyword() -> None:
    assert mermaid.after_mark("❌ ", "title x", 60) == "❌ title x"


def test_a_picture_is_a_block_that_ends() -> None:
    assert mermaid.picture(["flowchart LR"]) == "```mermaid\nflowchart LR\n```"
