"""The step summary."""

from __future__ import annotations

from dlt_action.core.markdown import inline
from dlt_action.core.record import Record


def render(record: Record) -> str:
    """The step summary of *record* as Markdown."""
    outcome = record.worst
    return f"## {outcome.result.value}\n\n{inline(outcome.reason)}\n"
