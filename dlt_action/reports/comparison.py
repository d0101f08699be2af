"""
What changed against the last good update: how long it took, what it wrote, how good.

An update that did not complete wrote only a part, and took only a part of the time:
nothing is said of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlt_action.core.markdown import code, details, table
from dlt_action.core.model import UpdateState
from dlt_action.core.record import Asked, ExpectationRow, LastGood, Outcome
from dlt_action.core.words import count, duration, plural, share
from dlt_action.lean import dataclass
from dlt_action.reports.links import LONGEST_NAME, named, short_link

MOST_CHANGED = 20
_SAME = 0.5  # percent: less of a change is none


@dataclass(frozen=True, slots=True)
class _Change:
    """An expectation then and now."""

    then: ExpectationRow
    now: ExpectationRow

    @property
    def products(self) -> tuple[int, int]:
        """The shares that failed, now and then, as whole numbers to compare."""
        now, then = self.now, self.then
        return (
            now.failed * (then.failed + then.passed),
            then.failed * (now.failed + now.passed),
        )

    @property
    def growth(self) -> float:
        """By how much the share that failed grew."""
        return _part(self.now) - _part(self.then)


def comparison(outcome: Outcome, asked: Asked) -> str:
    """One line, and what became worse below it; ``""`` where nothing is known."""
    last = outcome.last_good
    if last is None:
        return ""
    changes = _changes(outcome, last)
    worse = [change for change in changes if change.products[0] > change.products[1]]
    worse.sort(key=lambda change: -change.growth)
    better = sum(change.products[0] < change.products[1] for change in changes)
    facts = [*_sizes(outcome, last), *_names(outcome, last, asked)]
    if worse:
        facts.append(f"{plural(len(worse), 'expectation')} worse{_alone(worse)}")
    if better:
        facts.append(f"{plural(better, 'expectation')} better")
    if not facts:
        return ""
    before = short_link(last.update_id, last.url, asked)
    line = f"**Against the last good update** {before}: {' · '.join(facts)}"
    return f"{line}\n\n{_worse(worse)}" if len(worse) > 1 else line


def _sizes(outcome: Outcome, last: LastGood) -> Iterator[str]:
    if not _completed(outcome):
        return
    attempt = outcome.attempts[-1]
    if attempt.created is not None and attempt.ended is not None and last.seconds:
        seconds = (attempt.ended - attempt.created).total_seconds()
        yield f"duration {duration(seconds)} ({_percent(seconds, last.seconds)})"
    rows = outcome.rows_written
    if rows is not None and last.rows_written:
        yield f"rows {count(rows)} ({_percent(rows, last.rows_written)})"
    elif rows is not None and last.rows_written == 0:
        yield f"rows {count(rows)} (then 0)"


def _completed(outcome: Outcome) -> bool:
    return outcome.state == UpdateState.COMPLETED


def _percent(now: float, then: float) -> str:
    change = 100 * (now - then) / then
    if abs(change) < _SAME:
        return "as then" if now == then else "±0 %"
    return f"{'+' if change > 0 else '−'}{count(round(abs(change)))} %"  # noqa: RUF001 - a minus


def _names(outcome: Outcome, last: LastGood, asked: Asked) -> Iterator[str]:
    now = {flow.name for flow in outcome.flows}
    then = {flow.name for flow in last.flows}
    if asked.selection or not now or not then:
        return  # of a selection, each update has flows of its own
    if now - then:
        yield f"{plural(len(now - then), 'new flow')}"
    # What was not read of the log may have told of them.
    if then - now and _completed(outcome) and outcome.log_complete:
        yield f"{plural(len(then - now), 'flow')} gone"


def _changes(outcome: Outcome, last: LastGood) -> list[_Change]:
    then = {(row.dataset, row.name): row for row in last.expectations}
    return [
        _Change(then[row.dataset, row.name], row)
        for row in outcome.expectations
        if (row.dataset, row.name) in then
    ]


def _alone(changes: Sequence[_Change]) -> str:
    """What became of a single one, which needs no table."""
    if len(changes) > 1:
        return ""
    then, now = changes[0].then, changes[0].now
    name = code(f"{now.dataset}:{now.name}", LONGEST_NAME)
    return f" ({name} {_share(then)} → {_share(now)})"


def _worse(changes: Sequence[_Change]) -> str:
    header = ["Dataset", "Expectation", "Failed then:", "Failed now:"]
    rows = [
        [
            named(change.now.dataset),
            named(change.now.name),
            _failed(change.then),
            _failed(change.now),
        ]
        for change in changes[:MOST_CHANGED]
    ]
    body = table(header, rows)
    if len(changes) > MOST_CHANGED:
        body += f"\n\n_{count(len(changes) - MOST_CHANGED)} more not listed._"
    return details(f"{plural(len(changes), 'expectation')} worse than then", body)


def _part(row: ExpectationRow) -> float:
    return row.failed / max(row.failed + row.passed, 1)


def _failed(row: ExpectationRow) -> str:
    return f"{count(row.failed)} ({_share(row)})"


def _share(row: ExpectationRow) -> str:
    return share(row.failed, row.failed + row.passed)
