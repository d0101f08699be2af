"""
The pictures of the step summary: the lineage, and the timeline.

They are open where something has to be explained, and folded away where all went well.
"""

from __future__ import annotations

from dlt_action.core.markdown import details
from dlt_action.core.record import Outcome
from dlt_action.reports.lineage import lineage
from dlt_action.reports.order import ended_badly
from dlt_action.reports.timeline import timeline


def lineage_section(outcome: Outcome) -> str:
    """Which dataset is made of which, coloured by what became of it."""
    return _section("Lineage", lineage(outcome.flows), outcome)


def timeline_section(outcome: Outcome) -> str:
    """When each flow ran."""
    return _section("Timeline", timeline(outcome), outcome)


def _section(title: str, body: str, outcome: Outcome) -> str:
    if not body:
        return ""
    if ended_badly(outcome):
        return f"### {title}\n\n{body}"
    return details(title, body)
