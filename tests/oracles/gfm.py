"""
What GitHub makes of Markdown: its own parser, and what it links by itself afterwards.

`cmarkgfm` is the parser that GitHub runs. Links to people, issues and emoji are made of
the finished text later on, and of everything that is no code; that is looked for here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Neither of them has types.
import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # likewise

# Raw HTML is let through, as GitHub does before it cleans it.
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
_EXTENSIONS = ("table", "autolink", "strikethrough", "tasklist")
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr"})
# Elements in which GitHub links nothing and replaces nothing.
_VERBATIM = frozenset({"code", "pre", "a"})

# What GitHub makes a link or a picture of, in text that is no code.
LINKED_LATER = re.compile(
    r"""(?ix) (?:https?|ftp)://\w | (?<!\w)www\.\w | \w@\w | (?<![\w/])@[a-z0-9]
    | \#\d | (?<!\w)GH-\d
    | :(?:[a-z+-][a-z0-9_+-]*|100|1234):
    | (?<!\w)[0-9a-f]{40}(?!\w)"""
)


@dataclass
class Page:
    """A document as a browser gets it."""

    # Every element, with its attributes, in the order in which they begin.
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""  # that of code included
    loose: str = ""  # only what is no code and no link
    blocks: list[tuple[str, str]] = field(default_factory=list)  # language, text
    unclosed: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # comments, declarations

    @property
    def tags(self) -> list[str]:
        """The names of the elements."""
        return [tag for tag, _ in self.elements]

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        found = (given.get("href") for tag, given in self.elements if tag == "a")
        return [target or "" for target in found]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.page.elements.append((tag, given))
        if tag == "code" and self._open[-1:] == ["pre"]:
            language = given.get("class") or ""
            self.page.blocks.append((language.removeprefix("language-"), ""))
        if tag not in _VOID:
            self._open.append(tag)
        self._part()

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.page.unclosed.append(tag)
        self._part()

    def _part(self) -> None:
        # What stands in two elements is no one word.
        self.page.loose += "\0"

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if self._open[-2:] == ["pre", "code"]:
            language, text = self.page.blocks.pop()
            self.page.blocks.append((language, text + data))
        if _VERBATIM.isdisjoint(self._open):
            self.page.loose += data

    def handle_comment(self, data: str) -> None:
        self.page.strange.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.page.strange.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.page.strange.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.page.strange.append(f"<?{data}>")

    def end(self) -> Page:
        self.close()
        self.page.unclosed += self._open
        return self.page


def html(markdown: str) -> str:
    """*markdown* as HTML."""
    rendered = cmarkgfm.cmark.markdown_to_html_with_extensions(
        markdown, _OPTIONS, _EXTENSIONS
    )
    assert isinstance(rendered, str)
    return rendered


def page(markdown: str) -> Page:
    """*markdown* as a browser gets it."""
    reader = _Reader()
    reader.feed(html(markdown))
    return reader.end()
