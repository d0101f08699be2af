"""
Measuring what one rule of the quality gate means, for one dataset or expectation.

On the sums of the last attempt, in whole numbers and fractions. What the log does not
tell is never taken for 0, and the rest follows from that:

* An expectation that is declared and has no numbers is either of the kind that fails
  the update, which leaves none, or it saw no record, or its numbers were not served.
  Most logs do not name the kind. Then a missing number means a `fail` expectation that
  held, 0 failed, only where all flows of the dataset are COMPLETED, told that records
  went through them, and told their quality: some `data_quality`, which leaves this one
  out; or, of a batch flow, the event that has both, its rows at its end. A streaming
  flow tells its quality in other events than its rows at the end, and those may not
  have been served. Where the flows told 0 records there is no data. Else nobody knows,
  and the number is not available. Where the log does name the kind, that decides: a
  `fail` expectation of a flow that COMPLETED held; of the other kinds a missing number
  is not available.
* What the log told in part, one number of the two for instance, is not available.
* A sum over several flows of which one told nothing is a lower bound, and so is any of
  a flow that is at work by the log of a COMPLETED update. That may suffice to hold `>=`
  or to break `<=`; else the number is not available.
* Not refreshed is what the log calls EXCLUDED, or what was not selected and never ran.
"""

from __future__ import annotations

from fractions import Fraction

from dlt_action.core.gate import OPS, Metric, Rule, Unit
from dlt_action.core.ledger import Account, Ledger
from dlt_action.core.record import GateVerdict
from dlt_action.core.words import share
from dlt_action.lean import dataclass

_V = GateVerdict
_FAIL = "FAIL"  # the action of an expectation that fails the update
_FAIL_HELD = "no number is told, and all flows completed: a `fail` expectation held"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured, and what is to be said of it."""

    verdict: GateVerdict
    measured: str = ""
    reason: str = ""


_NO_RECORD = Seen(_V.NO_DATA, "0", "no record came")


class Measure:
    """Measures what one rule wants to know."""

    def __init__(self, rule: Rule, ledger: Ledger, before: Ledger | None) -> None:
        """Measure *rule* in *ledger*; *before* is the last good update's."""
        self._rule = rule
        self._ledger = ledger
        self._before = before

    def seen(self, key: str, name: str) -> Seen:
        """What there is to see of a dataset, or of its expectation of that name."""
        if self._ledger.left_out(key):
            return Seen(_V.NOT_JUDGED, reason="the update did not refresh it")
        account = self._ledger[key]
        match self._rule.metric:
            case Metric.ROWS:
                return self._of_rows(key, account)
            case Metric.DROPPED:
                return self._of_dropped(account)
            case _:
                return self._of_expectation(account, name)

    def _of_rows(self, key: str, account: Account) -> Seen:
        rows = account.rows
        if rows.total is None:
            return _unknown("the log tells no rows of it")
        base: int | None = None
        limit = self._rule.value
        if self._rule.unit is Unit.OF_LAST:
            base = self._base(key)
            if base is None:
                return Seen(_V.NO_BASELINE, _number(rows.total), self._unbased)
            limit = limit * base / 100
        return self._compare(
            rows.total, limit, _of_last(rows.total, base), whole=rows.whole
        )

    @property
    def _unbased(self) -> str:
        if self._before is None:
            return "no last good update of this kind was found, or could be read"
        if not self._before.whole:
            return (
                "the log of the last good update was not read to its end: it is too"
                " long, or was not served"
            )
        return "the last good update tells no rows of it"

    def _base(self, key: str) -> int | None:
        if self._before is None:
            return None
        account = self._before.get(key)
        rows = None if account is None else account.rows
        return rows.total if rows is not None and rows.whole else None

    def _of_dropped(self, account: Account) -> Seen:
        dropped, rows = account.dropped, account.rows
        if rows.total == 0 and rows.whole and not dropped.total and account.completed:
            return _NO_RECORD
        if dropped.total is None:
            return _unknown("the log tells no dropped records of it")
        if self._rule.unit is Unit.RECORDS:
            text = _number(dropped.total)
            return self._compare(
                dropped.total, self._rule.value, text, whole=dropped.whole
            )
        if rows.total is None or not (rows.whole and dropped.whole):
            return _unknown("the log tells no share: a flow is silent on its rows")
        if rows.total + dropped.total == 0:
            return _NO_RECORD
        return self._part(dropped.total, rows.total + dropped.total)

    def _of_expectation(self, account: Account, name: str) -> Seen:
        if name in account.untold:
            return _unknown("the log tells its numbers in part only")
        passed, failed = account.counted.get(name, (None, None))
        if passed is None or failed is None:
            return self._uncounted(account, account.declared.get(name, ""))
        if passed < 0 or failed < 0:
            return _unknown("the log tells numbers that cannot be")
        return self._counted(passed, failed, whole=not account.unfinished)

    def _counted(self, passed: int, failed: int, *, whole: bool) -> Seen:
        if passed + failed == 0 and whole:
            return _NO_RECORD
        part = passed if self._rule.metric is Metric.PASSED else failed
        if self._rule.unit is Unit.RECORDS:
            return self._compare(part, self._rule.value, _number(part), whole=whole)
        if not whole:
            return _unknown("the log does not tell that all its flows ended")
        return self._part(part, passed + failed)

    def _uncounted(self, account: Account, action: str) -> Seen:
        """Declared and without numbers: see the top of this module."""
        told = [one for one in (account.rows.total, account.dropped.total) if one]
        if self._ledger.full:
            return _unknown("there are more expectations than are counted")
        if not account.completed:
            return _unknown("no number is told, and not all its flows completed")
        if not told and account.rows.total == 0 and account.rows.whole:
            return _NO_RECORD
        silence = _silence(account, action, told)
        if silence:
            return _unknown(silence)
        failing = self._rule.metric is Metric.FAILED
        if self._rule.unit is Unit.RECORDS and not failing:
            return _unknown("a `fail` expectation leaves no count of what passed")
        part = Fraction(0 if failing else 100)
        whole = self._rule.unit is Unit.PERCENT
        return self._verdict(part, f"{part} %" if whole else f"{part}", _FAIL_HELD)

    def _part(self, part: int, whole: int) -> Seen:
        text = f"{share(part, whole)} ({_number(part)} of {_number(whole)})"
        return self._verdict(Fraction(100 * part, whole), text)

    def _verdict(self, measured: Fraction, text: str, reason: str = "") -> Seen:
        holds = OPS[self._rule.op](measured, self._rule.value)
        return Seen(_V.HOLDS if holds else _V.BREAKS, text, reason)

    def _compare(self, number: int, limit: Fraction, text: str, *, whole: bool) -> Seen:
        op = self._rule.op
        holds = OPS[op](Fraction(number), limit)
        if whole:
            return Seen(_V.HOLDS if holds else _V.BREAKS, text)
        least = f"at least {text}"
        if op in (">=", ">") and holds:
            return Seen(_V.HOLDS, least)
        if op in ("<=", "<", "==") and number >= limit and not holds:
            return Seen(_V.BREAKS, least)
        why = "a flow of it tells no number, or not that it ended"
        return Seen(_V.NOT_AVAILABLE, least, why)


def _silence(account: Account, action: str, told: list[int]) -> str:
    """Why a missing number does not mean a `fail` expectation that held."""
    if action == _FAIL:
        return ""
    if action or not told:  # of another kind, which leaves numbers
        return "the log tells no number of it"
    if not account.tells_quality:
        return "the log tells no number of it, and of a flow no data quality at all"
    return ""


def _unknown(reason: str) -> Seen:
    return Seen(_V.NOT_AVAILABLE, reason=reason)


def _number(number: int) -> str:
    return f"{number:,}"


def _of_last(rows: int, base: int | None) -> str:
    if base is None:
        return _number(rows)
    if base == 0:
        return f"{_number(rows)}, last {_number(base)}"
    if rows <= base:
        return f"{share(rows, base)} ({_number(rows)}, last {_number(base)})"
    hundredths = rows * 10_000 // base
    percent = f"{hundredths // 100:,}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{percent} % ({_number(rows)}, last {_number(base)})"
