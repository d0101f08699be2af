"""
Which addresses a report may show as links, and no other.

Pages of the workspace that was asked for, and the pages of the documentation that our
own hints name.
"""

from __future__ import annotations

import re

from dlt_action.core.hints import PAGES
from dlt_action.core.markdown import code, inline
from dlt_action.core.record import Asked

LONGEST_NAME = 200  # characters; names that people gave are shorter

# An origin that settings let through; plain http only where nothing leaves the machine.
_ORIGIN = re.compile(
    r"https://(?:[0-9A-Za-z.-]+|\[::1\])(?::\d+)?"
    r"|http://(?:127(?:\.\d+){3}|\[::1\])(?::\d+)?"
)
# Nothing that ends a link in Markdown or begins an element; ids are checked letters.
_PATH = re.compile(r"/[0-9A-Za-z/._~?&=#%-]*")


def checked(url: str | None, asked: Asked) -> str:
    """*url* if it is an address in the workspace that was asked for, else ``""``."""
    if not url or _ORIGIN.fullmatch(asked.host) is None:
        return ""
    if not url.startswith(asked.host):
        return ""
    return url if _PATH.fullmatch(url, len(asked.host)) is not None else ""


def link(text: str, url: str | None, asked: Asked) -> str:
    """*text* as code in Markdown, leading to *url* where that may be."""
    shown = code(text, LONGEST_NAME)
    target = checked(url, asked)
    return f"[{shown}]({target})" if target and shown else shown


def documented(url: str) -> str:
    """*url* if it is a page of the documentation that a hint of ours names."""
    return url if url in PAGES else ""


def prose(text: str, asked: Asked) -> str:
    """Our own words in Markdown: lines stay lines, pages of the workspace are links."""
    lines = (
        " ".join(_word(word, asked) for word in line.split())
        for line in text.strip().splitlines()
    )
    return "<br>\n".join(lines)


def _word(word: str, asked: Asked) -> str:
    target = checked(word, asked)
    return f"[{inline(without_scheme(word))}]({target})" if target else inline(word)


def without_scheme(url: str) -> str:
    """*url* as people say it."""
    return url.partition("://")[2]
