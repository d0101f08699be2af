"""
Putting any text into a Mermaid picture so that it is shown as that text.

Mermaid reads a picture three times: as lines with keywords, then what stands in a label
as Markdown and icons, then as HTML. So every character with a meaning becomes one of
Mermaid's own codes (`#58;` is a colon), which are resolved after the lines were read.
Against the readers after that a code is no help: what Markdown would obey is parted by
a zero-width space, or replaced by a character that looks like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlt_action.core.text import one_line

_PART = "\u200b"
# Markdown's signs in any position, for their likes. The ligature begins what Mermaid
# itself writes for a code, and `¶ß` ends it: it resolves them wherever it finds them.
_LIKES = str.maketrans({"*": "\u2217", "`": "'", "~": "\u223c", "\ufb02": "fl"})
# Links, icons (`fa:fa-x`), formulas (`$$`), line breaks (`\n`), addresses.
_TELLING = re.compile(r"[:@$\\\]\u00b6]|(?i:www)(?=\.)")
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_WITH_MEANING = re.compile(r"[^0-9A-Za-z _./-]")
# A list, a heading, a rule: only after something else.
_PLAIN_START = re.compile(r"[A-Za-z]")


def label(text: str, limit: int) -> str:
    """*text*, one line of *limit* characters at most, for a label in double quotes."""
    line = one_line(text, limit).translate(_LIKES)
    line = _TELLING.sub(lambda found: found[0] + _PART, line)
    line = _OUTER_UNDERSCORE.sub("_" + _PART, line)
    if _PLAIN_START.match(line) is None:
        line = _PART + line
    return _WITH_MEANING.sub(lambda found: f"#{ord(found[0])};", line)


def after_mark(mark: str, text: str, limit: int) -> str:
    """*text* as a label without quotes; *mark*, no letter, keeps it from a keyword."""
    return f"{mark.strip()} {label(text, limit)}"


def picture(lines: Iterable[str]) -> str:
    """The lines of a picture as a block of Markdown that GitHub draws."""
    return "\n".join(("```mermaid", *lines, "```"))
