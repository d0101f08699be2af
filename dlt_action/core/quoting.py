"""
How a message quotes a value: what stands before it, and what after.

A value is what stands between an opening and the next closing. Where the message was
cut before the closing, all of the rest is withheld; unless the opening is of words that
may begin another sentence as well (not *sure*): then there is a value only where the
closing says so.

Each text is read from the left to the right once for each row of a table, whatever it
is made of. What is found in a text is found as well in one that holds it between two
NULs: that is how many texts are looked at in one go (`core.recording`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from dlt_action.lean import dataclass

WITHHELD = "(row data withheld)"

# A run meets few of them, and the start should not pay for all.
_compiled = cache(re.compile)

# From where to where in a text, and what is told instead.
Cut: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """Between what a message quotes a value."""

    word: str  # of the opening; looking for it first is what makes this cheap
    opening: str  # a pattern
    closing: str  # likewise; "": nothing after it can be trusted
    sure: bool  # whether a value follows, also where the message was cut before its end

    def cuts(self, text: str) -> Iterator[Cut]:
        """Where the values are in *text*."""
        at, opening = 0, _compiled(self.opening)
        while (opened := opening.search(text, at)) is not None:
            start = opened.end()
            closed = None
            if self.closing:
                closed = _compiled(self.closing).search(text, start)
            if closed is not None:
                yield start, closed.start(), WITHHELD
                at = closed.end()
                continue
            if self.sure:
                yield start, len(text), WITHHELD
            return


def quote(word: str, opening: str, closing: str = "", *, sure: bool = True) -> Quote:
    """One row of a table, by its patterns; without a *closing* all of the rest is."""
    return Quote(word, opening, closing, sure)


def of(name: str) -> str:
    """A message of that error class, up to its words."""
    return rf"\[{name}(?:\.[A-Z0-9_]{{1,80}})?\] "


# Where a message says nothing more.
OVER = r"\.?\s{0,9}(?:SQLSTATE: |\Z)"
LINE = r"\n|\Z"
# A value that is told as it is may have lines of its own: up to the frames of a stack.
FRAMES = (
    r"\n(?=\s{0,9}(?:at |File |Caused by: |Traceback |During handling |The above "
    r"exception |JVM stacktrace))|\Z"
)
