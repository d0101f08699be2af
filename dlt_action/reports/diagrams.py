"""
The pictures of the step summary: the lineage, and the timeline.

They are open where they explain how it ended, and folded away elsewhere.
"""

from __future__ import annotations

from dlt_action.core.markdown import details
from dlt_action.core.model import Result
from dlt_action.core.record import Outcome
from dlt_action.reports.lineage import lineage
from dlt_action.reports.timeline import timeline

# Bad data have a place, and no time; for a clock that ran out, it is the other way.
_PLACE_EXPLAINS = frozenset({Result.FAILED, Result.GATE_FAILED})
_TIME_EXPLAINS = frozenset({Result.FAILED, Result.TIMED_OUT})


def lineage_section(outcome: Outcome) -> str:
    """Which dataset is made of which, coloured by what became of it."""
    broken = [row.dataset for row in outcome.gate if row.broken]
    ran = outcome.result is not Result.VALIDATED
    body = lineage(outcome.flows, broken, views=outcome.views, ran=ran)
    return _section("Lineage", body, shown=outcome.result in _PLACE_EXPLAINS)


def timeline_section(outcome: Outcome) -> str:
    """When each flow ran."""
    shown = outcome.result in _TIME_EXPLAINS
    return _section("Timeline", timeline(outcome), shown=shown)


def _section(title: str, body: str, *, shown: bool) -> str:
    if not body:
        return ""
    return f"### {title}\n\n{body}" if shown else details(title, body)
