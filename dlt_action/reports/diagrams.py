"""
The pictures of the step summary: the lineage, and the timeline.

They are open where something has to be explained, and folded away where all went well.
"""

from __future__ import annotations

from dlt_action.core.markdown import details
from dlt_action.core.model import Result
from dlt_action.core.record import Outcome
from dlt_action.reports.lineage import lineage
from dlt_action.reports.order import ended_badly
from dlt_action.reports.timeline import timeline


def lineage_section(outcome: Outcome) -> str:
    """Which dataset is made of which, coloured by what became of it."""
    broken = [row.dataset for row in outcome.gate if row.broken]
    body = lineage(outcome.flows, broken)
    return _section("Lineage", body, shown=ended_badly(outcome))


def timeline_section(outcome: Outcome) -> str:
    """When each flow ran."""
    # Where only the data were bad, no time explains it.
    shown = ended_badly(outcome) and outcome.result is not Result.GATE_FAILED
    return _section("Timeline", timeline(outcome), shown=shown)


def _section(title: str, body: str, *, shown: bool) -> str:
    if not body:
        return ""
    return f"### {title}\n\n{body}" if shown else details(title, body)
