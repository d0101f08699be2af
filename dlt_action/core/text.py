"""
Making any text safe for a line of a log and for a workflow command.

What the API returns was written by others: SQL comments, exception texts, names. Two
readers must not be fooled by it. The runner takes a line that begins with `::name::`,
or that has `##[name]` *anywhere*, for an instruction. A person is fooled by characters
that cannot be seen: colours, cursor moves, right-to-left overrides, zero-width ones.

The rules: one record, one line; what cannot be seen is spelled out; what a runner
would obey is broken by a blank that can be seen. Markdown has `core.markdown`.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

# Colours say nothing here and would become a heap of `\x1b[0;31m` in a traceback.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Letters and marks by category, and yet nothing to see: combining grapheme joiner,
# Hangul fillers, Khmer inherent vowels, selectors of variants. The sixteen that emoji
# are made of (U+FE0F) stay.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
) | frozenset(map(chr, range(0xE0100, 0xE01F0)))
# GitHub's first dialect, `##[name]`, and Azure's `##vso[name]`: found anywhere.
_BRACKET_COMMAND = re.compile(r"##(?=\w*\[)")
_COLON_COMMAND = re.compile(r"\A(\s*):(?=:)")
# The frame of a Python traceback, which a matcher that setup-python leaves behind
# makes an annotation of.
_FRAME = re.compile(r'(\bFile "[^"]*"),(?= line \d)')

# How loud an annotation is: the names of GitHub's commands. Every CI has these three.
Grade: TypeAlias = Literal["error", "warning", "notice"]

ELLIPSIS = "…"


def cut(text: str, limit: int) -> str:
    """*text*, at most *limit* characters long; a cut shows."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def cut_bytes(text: str, limit: int, encoding: str = "utf-8") -> str:
    """*text*, at most *limit* bytes long in *encoding*; never half a character."""
    raw = text.encode(encoding, "backslashreplace")
    if len(raw) <= limit:
        return text
    room = limit - len(ELLIPSIS.encode(encoding))
    return raw[:room].decode(encoding, "ignore") + ELLIPSIS


def visible(text: str) -> str:
    """*text* with each line break as LF and all that cannot be seen spelled out."""
    return "\n".join(_seen(line) for line in _COLOUR.sub("", text).splitlines())


def _seen(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    return "".join(_seen_character(character) for character in line)


def _seen_character(character: str) -> str:
    if character.isprintable() and character not in _UNSEEN:
        return character
    if character.isspace():  # tabs, and the blanks of other scripts
        return " "
    number = ord(character)
    if number <= 0xFF:  # noqa: PLR2004 - what two hexadecimal digits can say
        return f"\\x{number:02x}"
    if number <= 0xFFFF:  # noqa: PLR2004 - what four can
        return f"\\u{number:04x}"
    return f"\\U{number:08x}"


def one_line(text: str, limit: int | None = None) -> str:
    """*text* as one line without control characters, *limit* characters at most."""
    lines = (line.strip() for line in visible(text).split("\n"))
    joined = " ".join(line for line in lines if line)
    return joined if limit is None else cut(joined, limit)


def as_code(text: str, limit: int) -> str:
    """*text* in backticks, which reports show as code; its own would end it."""
    return f"`{one_line(text.replace('`', ''), limit)}`"


def neutral(text: str) -> str:
    """*text* as one line in which no runner finds a command or a traceback."""
    line = visible(text).replace("\n", " ")
    line = _BRACKET_COMMAND.sub("## ", line)
    line = _FRAME.sub(r"\1", line)
    return _COLON_COMMAND.sub(r"\1: ", line)


def escape_data(text: str) -> str:
    """*text* as the data of a workflow command (actions/runner, `ActionCommand`)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """*text* as the value of a workflow command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
