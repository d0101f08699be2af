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
_LONG_NAME = 40  # characters: a few columns of numbers have room beside it
_SHORT_ID = 8  # characters

# An origin that settings let through; plain http only where nothing leaves the machine.
_ORIGIN = re.compile(
    r"https://(?:[0-9A-Za-z.-]+|\[::1\])(?::\d+)?"
    r"|http://(?:127(?:\.\d+){3}|\[::1\])(?::\d+)?"
)
# Nothing that ends a link in Markdown or begins an element; ids are checked letters.
_PATH = re.compile(r"/[0-9A-Za-z/._~?&=#%-]*")
# Between the words of a name. Entities have none of these signs.
_JOINT = re.compile(r"(?<=[0-9A-Za-z][._])(?=[0-9A-Za-z])")
_PARTS = re.compile(r"`(?P<quoted>[^`]+)`|[^\s`]+|`|\s+")


def checked(url: str | None, asked: Asked) -> str:
    """*url* if it is an address in the workspace that was asked for, else ``""``."""
    if not url or _ORIGIN.fullmatch(asked.host) is None:
        return ""
    if not url.startswith(asked.host):
        return ""
    return url if _PATH.fullmatch(url, len(asked.host)) is not None else ""


def named(name: str) -> str:
    """*name* as code for a cell of a table, which may break it where it is long."""
    shown = code(name, LONGEST_NAME)
    return _JOINT.sub("<wbr>", shown) if len(name) > _LONG_NAME else shown


def link(text: str, url: str | None, asked: Asked) -> str:
    """*text* as code in Markdown, leading to *url* where that may be."""
    shown = code(text, LONGEST_NAME)
    target = checked(url, asked)
    return f"[{shown}]({target})" if target and shown else shown


def short_link(update_id: str, url: str | None, asked: Asked) -> str:
    """A link as short as the workspace's own pages name an update; else all of it."""
    short = update_id[:_SHORT_ID] if checked(url, asked) else update_id
    return link(short, url, asked)


def documented(url: str) -> str:
    """*url* if it is a page of the documentation that a hint of ours names."""
    return url if url in PAGES else ""


def prose(text: str, asked: Asked) -> str:
    """Our own words: lines stay lines, backticks make code, our pages are links."""
    lines = (
        "".join(_part(found, asked) for found in _PARTS.finditer(line.strip()))
        for line in text.strip().splitlines()
    )
    return "<br>\n".join(lines)


def _part(found: re.Match[str], asked: Asked) -> str:
    word, quoted = found[0], found["quoted"]
    if quoted is not None:
        return code(quoted)
    target = checked(word, asked)
    if target:
        return f"[{inline(without_scheme(word))}]({target})"
    return inline(word) or " "


def without_scheme(url: str) -> str:
    """*url* as people say it."""
    return url.partition("://")[2]
