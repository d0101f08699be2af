"""
What the outcomes of one step mean together.

A rule of the quality gate that names what only one of several pipelines has is not
broken by the others: it breaks where it means nothing in any of them, and that can only
be said when all of them have ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.endings import gate_failed
from dlt_action.core.gate import Gate
from dlt_action.core.jobs import endings as jobendings
from dlt_action.core.model import Result
from dlt_action.core.quality import NOTHING, warning
from dlt_action.core.record import GateResult, GateRow, GateVerdict, Outcome
from dlt_action.lean import replace


def together(gate: Gate, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """*outcomes*, with the rules of a shared *gate* broken that match in none."""
    if not gate.shared:
        return tuple(outcomes)
    rows = [row for outcome in outcomes for row in outcome.gate]
    meant = {row.rule for row in rows if row.verdict is not GateVerdict.NO_MATCH}
    mine = [_without_others(meant, outcome) for outcome in outcomes]
    # What was not judged may have what a rule means.
    if not all(outcome.gate for outcome in outcomes):
        return tuple(map(_in_doubt, mine))
    nowhere = {rule.text for rule in gate.rules} - meant
    first, *others = (_broken_by(nowhere, gate, one) for one in mine)
    warned = [one for one in gate.rules if one.text in nowhere and not one.mandatory]
    if warned:
        first = replace(first, warnings=(*first.warnings, warning(warned)))
    return first, *others


def _without_others(meant: set[str], outcome: Outcome) -> Outcome:
    """*outcome* without the rules that are *meant* for other pipelines."""
    rows = (row for row in outcome.gate if not (_is_foreign(row) and row.rule in meant))
    return replace(outcome, gate=tuple(rows))


def _in_doubt(outcome: Outcome) -> Outcome:
    """*outcome*, whose rules that match nowhere may be meant for another."""
    rows = (
        replace(row, reason=_NOT_HERE) if _is_foreign(row) else row
        for row in outcome.gate
    )
    return replace(outcome, gate=tuple(rows))


def _is_foreign(row: GateRow) -> bool:
    return row.verdict is GateVerdict.NO_MATCH and not row.broken


_NOT_HERE = "nothing of this pipeline; it may mean one that was not judged"


def _broken_by(nowhere: set[str], gate: Gate, outcome: Outcome) -> Outcome:
    """*outcome*, with the rules broken that match *nowhere*."""
    if not nowhere:
        return outcome
    rows = [
        _broken(row) if row.rule in nowhere and _is_foreign(row) else row
        for row in outcome.gate
    ]
    rows.sort(key=lambda row: (not (row.broken and row.mandatory), not row.broken))
    broken = {row.rule for row in rows if row.broken and row.mandatory}
    judged = replace(outcome, gate=tuple(rows), gate_result=_result(rows))
    update = outcome.lead.update_id
    if not broken or update is None or outcome.result not in _JUDGED:
        return judged
    many = sum(rule.mandatory and rule.text in broken for rule in gate.rules)
    told = {"broken": many, "rules": len(gate.rules)}
    if outcome.job is not None:
        verdict = jobendings.gate_failed(outcome.job.run_id, **told)
    else:
        verdict = gate_failed(update, **told)
    return verdict.ends(judged)


_JUDGED = (Result.SUCCEEDED, Result.GATE_FAILED)


def _broken(row: GateRow) -> GateRow:
    unknown = row.reason.endswith(NOTHING)
    what = "anything of that name" if unknown else "such an expectation"
    reason = f"no update of this step declares {what}"
    return replace(row, broken=True, reason=reason)


def _result(rows: Sequence[GateRow]) -> GateResult:
    if any(row.broken and row.mandatory for row in rows):
        return GateResult.FAILED
    broken = any(row.broken for row in rows)
    return GateResult.WARNED if broken else GateResult.PASSED
