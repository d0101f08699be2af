"""
The timeline: when each flow ran, as a picture.

It shows what no table does: what waited for what, and which flow made it long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, datetime, timedelta
from typing import TypeGuard

from dlt_action.core import mermaid
from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.model import FlowStatus, UpdateState
from dlt_action.core.record import Attempt, FlowRow, Outcome
from dlt_action.core.words import plural
from dlt_action.lean import dataclass
from dlt_action.reports.order import worst_flows_first
from dlt_action.reports.shortnames import LONGEST_LABEL, shortened
from dlt_action.reports.titles import FLOW_MARKS

MOST_BARS = 40
MOST_ATTEMPTS = 10
MOST_STATES = 10
_SHORTEST = timedelta(seconds=1)  # what the picture resolves

# A picture that is folded away is drawn where nothing has a width: it gets one.
_HEAD = (
    "---",
    "config:",
    "  gantt:",
    "    useWidth: 1000",
    "---",
    "gantt",
    "dateFormat YYYY-MM-DD HH:mm:ss",
    "axisFormat %H:%M:%S",
    "todayMarker off",
)
_TAGS = {
    FlowStatus.COMPLETED: "done, ",
    FlowStatus.FAILED: "crit, ",
    FlowStatus.RUNNING: "active, ",
}
_STATE_TAGS = {UpdateState.COMPLETED: "done, ", UpdateState.FAILED: "crit, "}


@dataclass(frozen=True, slots=True)
class _Bar:
    flow: FlowRow
    began: datetime
    ended: datetime


def timeline(outcome: Outcome) -> str:
    """The picture and a line about it; ``""`` where the log tells no times."""
    bars = _bars(outcome.flows)
    if not bars:
        return ""
    # Failed ones first, then the longest; shown in the order in which they ran.
    kept = sorted(bars, key=_importance)[:MOST_BARS]
    kept.sort(key=lambda bar: (bar.began, bar.ended))
    drawn = mermaid.picture(_lines(outcome.attempts, kept))
    if len(kept) == len(bars):
        return drawn
    return f"{drawn}\n\n{plural(len(bars) - len(kept), 'more flow')} not drawn"


def _bars(flows: Sequence[FlowRow]) -> list[_Bar]:
    """A bar for each flow that began; none where no end tells how long one is."""
    ends = [flow.ended for flow in flows if flow.ended is not None]
    if not ends:
        return []
    last = max([*ends, *(flow.began for flow in flows if flow.began is not None)])
    return [
        _Bar(flow, flow.began, last if flow.ended is None else flow.ended)
        for flow in worst_flows_first(flows)
        if _drawable(flow.began) and flow.name != MORE_FLOWS
    ]


def _drawable(at: datetime | None) -> TypeGuard[datetime]:
    # At the end of time there is no second for the shortest bar.
    return at is not None and at.year < MAXYEAR


def _importance(bar: _Bar) -> tuple[bool, timedelta]:
    return bar.flow.status is not FlowStatus.FAILED, bar.began - bar.ended


def _lines(attempts: Sequence[Attempt], bars: Sequence[_Bar]) -> Iterator[str]:
    yield from _HEAD
    numbered = list(enumerate(attempts, start=1))
    for number, attempt in numbered[:-1][-MOST_ATTEMPTS:]:
        if _drawable(attempt.created) and attempt.ended is not None:
            yield f"section Attempt {number}"
            tag = _STATE_TAGS.get(attempt.state, "")
            name = mermaid.after_mark("·", attempt.state_text, LONGEST_LABEL)
            yield _task(name, tag, attempt.created, attempt.ended)
    states = list(_states(attempts[-1])) if attempts else []
    if len(attempts) > 1:
        yield f"section Attempt {len(attempts)}"
    elif states:
        yield "section Update"
    yield from states
    if states:
        yield "section Flows"
    yield from map(_flow, bars)


def _states(attempt: Attempt) -> Iterator[str]:
    """What the update did before and after its flows ran, told from its end on."""
    at = attempt.ended
    if not _drawable(at):
        return
    bars = []
    for phase in reversed(attempt.phases):
        ended, at = at, at - timedelta(seconds=phase.seconds or 0.0)
        if ended - at >= _SHORTEST and phase.state != UpdateState.RUNNING:
            bars.append((phase.state, at, ended))
    for state, began, ended in reversed(bars[-MOST_STATES:]):
        yield _task(mermaid.after_mark("·", state, LONGEST_LABEL), "", began, ended)


def _flow(bar: _Bar) -> str:
    status = bar.flow.status
    mark = "·" if status is FlowStatus.COMPLETED else FLOW_MARKS[status]
    name = mermaid.after_mark(mark, _short(bar.flow.name), LONGEST_LABEL)
    return _task(name, _TAGS.get(status, ""), bar.began, bar.ended)


def _short(name: str) -> str:
    """*name* without its catalog and schema: bars have little room."""
    return shortened(name.rpartition(".")[2] or name)


def _task(name: str, tag: str, began: datetime, ended: datetime) -> str:
    first = began.replace(microsecond=0)
    last = max(ended.replace(microsecond=0), first + _SHORTEST)
    return f"{name} :{tag}{_stamp(first)}, {_stamp(last)}"


def _stamp(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ")
