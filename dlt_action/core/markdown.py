"""
Putting any text into Markdown so that it is read as that text and as nothing else.

A step summary is rendered as GitHub-flavoured Markdown with a set of HTML elements. A
remote text that could make a link there would speak in our name. So every character
with a meaning becomes an entity, and what GitHub links by itself (addresses, `www.`,
mentions, issues, commits, emoji) is parted by a zero-width space: GitHub looks for
those in the finished text, where an entity is a character like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from dlt_action.core.text import one_line, visible
from dlt_action.core.words import plural

_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {character: f"&#{ord(character)};" for character in "\\`*[]|~#!$^"}
)
_PART = "&#8203;"
_ADDRESS = re.compile(r"(?i):(?=//)|@|(?<=www)(?=\.)")
# What GitHub looks for later, and never in code, which stays fit to be copied there:
# issues (`#1`, `GH-1`), emoji (`:x:`), commits. Numbers between colons are times.
_REFERENCE = re.compile(
    r"&#35;(?=\d)|(?i:\bGH)(?=-\d)"
    r"|:(?=(?:[A-Za-z+-](?:[\w+-]|&#95;)*|100|1234)(?::|\Z))"
    r"|\b[0-9a-f]{20}(?=[0-9a-f]{20}\b)"
)
# `_` inside a word is no emphasis, and names are full of it.
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# At the start of a line: lists, headings underlined, rules.
_LINE_START = re.compile(r"\A([-+=])|\A(\d{1,9})([.)])(?=\s|\Z)")
_BACKTICKS = re.compile(r"`+")
_FENCE = re.compile(r"`{3,}")
_ROOM_FOR_THE_COUNT = 100  # bytes


def inline(text: str, limit: int | None = None) -> str:
    """*text* for a paragraph, a heading, a list or a table cell, as one line."""
    return _REFERENCE.sub(_parted, _escaped(text, limit))


def _escaped(text: str, limit: int | None) -> str:
    line = one_line(text, limit).translate(_ENTITIES)
    line = _OUTER_UNDERSCORE.sub("&#95;", line)
    line = _ADDRESS.sub(_parted, line)
    return _LINE_START.sub(_unlisted, line)


def _parted(found: re.Match[str]) -> str:
    return found[0] + _PART


def _unlisted(found: re.Match[str]) -> str:
    sign, number, mark = found.groups()
    return f"&#{ord(sign)};" if sign else f"{number}&#{ord(mark)};"


def code(text: str, limit: int | None = None) -> str:
    """*text* in one line of code; nothing at all for a blank one."""
    line = _escaped(text, limit)
    return f"<code>{line}</code>" if line else ""


def quoted(text: str) -> str:
    """*text* for a paragraph, with what stands between its backticks as code."""
    parts = one_line(text).split("`")
    if len(parts) % 2 == 0:  # one that is never closed quotes nothing
        return inline(text)
    shown = []
    for number, part in enumerate(parts):
        words = code(part) if number % 2 else inline(part)
        before = " " if part.startswith(" ") else ""
        after = " " if part.endswith(" ") and part.strip() else ""
        shown.append(f"{before}{words}{after}")
    return "".join(shown)


def block(text: str, limit: int | None = None) -> str:
    """*text* as a fenced block of its lines, *limit* characters at most."""
    shown = visible(text)
    if limit is not None and len(shown) > limit:
        shown = shown[:limit] + "…"
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of *rows*; columns that are empty in each of them are left out."""
    kept = [n for n in range(len(header)) if any(row[n] for row in rows)]
    # A heading that ends in ":" is of a column of numbers.
    lines = [
        _row([header[n].rstrip(":") for n in kept]),
        _row(["--:" if header[n].endswith(":") else "---" for n in kept]),
    ]
    lines += [_row([row[n] for n in kept]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def details(title: str, body: str) -> str:
    """*body* folded away under *title*, both of them Markdown already."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def fit(document: str, limit: int) -> str:
    """
    As many of the *document*'s blocks as go into *limit* bytes, and how many do not.

    Blocks end at blank lines outside of fences and folds, so nothing is left open.
    """
    if len(document.encode("utf-8", "backslashreplace")) <= limit:
        return document
    blocks = _blocks(document)
    ends = accumulate(
        len(part.encode("utf-8", "backslashreplace")) + 2 for part in blocks
    )
    fitting = sum(end <= limit - _ROOM_FOR_THE_COUNT for end in ends)
    kept = blocks[:fitting]
    if fitting < len(blocks):
        left_out = plural(len(blocks) - fitting, "more part")
        kept.append(f"_{left_out} left out: a step summary holds 1 MiB._")
    return "\n\n".join(kept) + "\n"


def _blocks(document: str) -> list[str]:
    blocks: list[str] = []
    fence = ""
    folds = 0
    lines: list[str] = []
    for line in document.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            fence = "" if line == fence else fence
        elif opening is not None:
            fence = opening[0]
        else:
            folds += line.count("<details>") - line.count("</details>")
        if line or fence or folds:
            lines.append(line)
        elif lines:
            blocks.append("\n".join(lines))
            lines = []
    return [*blocks, "\n".join(lines)] if lines else blocks
