"""Tables that may be long: some rows shown, more of them folded, the rest counted."""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.markdown import details, table
from dlt_action.core.words import plural


def folded_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    noun: str,
    *,
    shown: int,
    folded: int,
) -> str:
    """A table of *rows*, so many *shown* and so many *folded*; each is a *noun*."""
    parts = [table(header, rows[:shown])]
    more = rows[shown : shown + folded]
    if more:
        title = plural(len(more), f"more {noun}")
        parts.append(details(title, table(header, more)))
    if len(rows) > shown + folded:
        parts.append(left_out(len(rows) - shown - folded, noun))
    return "\n\n".join(parts)


def left_out(number: int, noun: str) -> str:
    """How many are not listed."""
    return f"_{plural(number, f'more {noun}')} not listed._"
