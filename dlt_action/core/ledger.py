"""
What is known of each dataset of an update, in the words of the quality gate.

A number that the log does not carry is None here. Sums over several flows say whether
every flow told its part: what is not whole is a lower bound and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlt_action.core.datasets import MOST_EXPECTATIONS
from dlt_action.core.flows import AT_WORK, MORE_FLOWS
from dlt_action.core.model import FlowStatus
from dlt_action.core.names import Names
from dlt_action.core.record import DatasetRow, ExpectationRow, FlowRow
from dlt_action.lean import dataclass, field

_LEFT_OUT = frozenset({FlowStatus.QUEUED, FlowStatus.EXCLUDED})


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over flows; *whole* if each of them told its part."""

    total: int | None
    whole: bool


_NOTHING = Sum(None, whole=False)


def _sum(parts: Sequence[int | None], *, lacking: bool) -> Sum:
    known = [part for part in parts if part is not None]
    if not known or min(known) < 0:
        return _NOTHING
    return Sum(sum(known), whole=len(known) == len(parts) and not lacking)


_STANDS_BY = frozenset({FlowStatus.IDLE, FlowStatus.SKIPPED})


def _takes_part(flow: FlowRow) -> bool:
    """Whether the update runs *flow*: not one that runs once, and did so before."""
    if flow.status is FlowStatus.EXCLUDED:
        return False
    return has_begun(flow) or flow.status not in _STANDS_BY


def rows_of(flow: FlowRow) -> int | None:
    """What *flow* wrote: one that upserts counts its rows in one of two fields."""
    return flow.upserted if flow.rows is None else flow.rows


def has_begun(flow: FlowRow) -> bool:
    """Whether the log shows that *flow* began, or that it wrote."""
    return flow.began is not None or rows_of(flow) is not None


@dataclass(slots=True)
class Account:
    """One dataset. Its sums are of the flows that take part in the update."""

    flows: list[FlowRow] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)  # in order, with its action
    untold: set[str] = field(default_factory=set)  # told in part, or wrongly
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)  # passed, failed
    rows: Sum = _NOTHING  # written
    dropped: Sum = _NOTHING  # records
    completed: bool = False  # all of its flows
    unfinished: bool = False  # a flow that may tell of it was at work when last told

    def add_up(self) -> None:
        """Make the sums, once all flows are known."""
        flows = [one for one in self.flows if _takes_part(one)]
        done = all(flow.status is FlowStatus.COMPLETED for flow in flows)
        self.unfinished = any(flow.status in AT_WORK for flow in flows)
        lacking = self.unfinished or any(flow.truncated for flow in flows)
        self.rows = _sum([rows_of(flow) for flow in flows], lacking=lacking)
        self.dropped = _sum([flow.dropped for flow in flows], lacking=lacking)
        self.completed = done and bool(flows)

    @property
    def tells_quality(self) -> bool:
        """Whether the log tells the quality of all that was written into it."""
        flows = [one for one in self.flows if _takes_part(one)]
        wrote = [flow for flow in flows if rows_of(flow) != 0]
        if self.counted and len(wrote) == 1:
            return True
        return all(flow.tells_quality for flow in wrote)


class Ledger:
    """All datasets of one update."""

    def __init__(
        self,
        flows: Iterable[FlowRow] = (),
        datasets: Iterable[DatasetRow] = (),
        expectations: Sequence[ExpectationRow] = (),
        selection: Sequence[str] = (),
        *,
        whole: bool = True,
    ) -> None:
        """
        Know an update by what its log told.

        *selection*: what it is to refresh; *whole*: the log was read to its end.
        """
        self.whole = whole
        # The row that sums what is beyond the tally's bound is of no dataset.
        known = [one for one in flows if one.name != MORE_FLOWS]
        written = [(one.output or one.name, one) for one in known]
        defined = list(datasets)
        self.names = Names(
            (
                *(row.name for row in defined),
                *(name for name, _ in written),
                *(row.dataset for row in expectations),
            )
        )
        # Beyond its bound the tally drops what is new: what is missing says nothing.
        untold = sum(len(row.untold) for row in defined)
        self.full = len(expectations) + untold >= MOST_EXPECTATIONS
        self._accounts = {key: Account() for key in self.names.shown}
        for row in defined:
            account = self._of(row.name)
            for name in row.declared:
                account.declared[name] = row.action_of(name)
            account.untold.update(row.untold)
        for name, flow in written:
            self._of(name).flows.append(flow)
        self._add_up(known)
        for told in expectations:
            counted = self._of(told.dataset).counted
            passed, failed = counted.get(told.name, (0, 0))
            counted[told.name] = (passed + told.passed, failed + told.failed)
        self._selects = bool(selection)
        self._selected = {key for one in selection for key in self.names.named(one)}

    def _add_up(self, flows: Sequence[FlowRow]) -> None:
        at_work = any(one.status in AT_WORK for one in flows)
        for account in self._accounts.values():
            account.add_up()
            if not account.flows:  # of a view, any flow may tell
                account.unfinished = at_work

    def _of(self, name: str) -> Account:
        return self._accounts[self.names.key(name)]

    def __getitem__(self, key: str) -> Account:
        """What is known of the dataset with that key."""
        return self._accounts[key]

    def get(self, name: str) -> Account | None:
        """What is known of the one dataset that *name* means."""
        keys = self.names.named(name)
        return self._accounts[keys[0]] if len(keys) == 1 else None

    def left_out(self, key: str) -> bool:
        """Whether the update does not refresh that dataset."""
        account = self._accounts[key]
        flows = account.flows
        if flows and all(flow.status is FlowStatus.EXCLUDED for flow in flows):
            return True
        if not self._selects or key in self._selected:
            return False
        if account.counted or account.untold:
            return False  # a view has no flow of its own that runs, and has records
        return all(flow.status in _LEFT_OUT for flow in flows)
