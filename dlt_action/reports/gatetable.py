"""The quality gate in the step summary, in the log and in the outputs: worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dlt_action.core.markdown import code, inline
from dlt_action.core.model import Result
from dlt_action.core.record import Asked, GateResult, GateRow, GateVerdict, Outcome
from dlt_action.core.text import one_line
from dlt_action.reports.folding import folded_table
from dlt_action.reports.links import LONGEST_NAME, named

SHOWN_ROWS = 20
FEW_ROWS = 5  # are shown where nobody has to see any
_NOT_WORTH_A_FOLD = 2
FOLDED_ROWS = 100  # with names as long and as hostile as can be, some 500 kB
TOLD_ROWS = 10  # in the log

HEADER = ["Rule", "Dataset", "Expectation", "Measured", "Verdict", "Because"]
NOT_COMPLETED = "Only an update that has completed is judged."
NOTHING_NAMED = "No rule names anything of this pipeline."
# What is not known to be good outranks what is.
_WORST_FIRST = (
    GateResult.FAILED,
    GateResult.NOT_JUDGED,
    GateResult.WARNED,
    GateResult.PASSED,
    GateResult.NONE,
)
_TITLES = {
    GateResult.FAILED: "❌ Quality gate: failed",
    GateResult.NOT_JUDGED: "⏭️ Quality gate: not judged",
    GateResult.WARNED: "⚠️ Quality gate: passed with warnings",
    GateResult.PASSED: "✅ Quality gate: passed",
}
_MARKS = {
    GateVerdict.HOLDS: "✅",
    GateVerdict.NO_DATA: "✅",
    GateVerdict.NO_BASELINE: "⚠️",
    GateVerdict.NOT_AVAILABLE: "❔",
    GateVerdict.NOT_JUDGED: "⚪",
    GateVerdict.NO_MATCH: "⚪",
    GateVerdict.BREAKS: "❌",
}


def result_of(outcome: Outcome, asked: Asked) -> GateResult:
    """The gate's result; one that was asked for and never reached is not judged."""
    told = outcome.gate_result
    return GateResult.NOT_JUDGED if told is GateResult.NONE and asked.rules else told


def worst_result(outcomes: Iterable[Outcome], asked: Asked) -> GateResult:
    """The gate's result over all pipelines."""
    found = {result_of(outcome, asked) for outcome in outcomes}
    return next(one for one in _WORST_FIRST if one in found)


def loud(row: GateRow) -> bool:
    """Whether a person has to see *row*, however many others there are."""
    return row.broken or row.verdict is GateVerdict.NO_BASELINE


def worst_rows_first(rows: Iterable[GateRow]) -> list[GateRow]:
    """*rows*: what breaks the gate, what breaks a rule, what a person has to see."""
    return sorted(
        rows,
        key=lambda row: (
            not (row.broken and row.mandatory),
            not row.broken,
            not loud(row),
        ),
    )


def gate_title(outcome: Outcome, asked: Asked) -> str:
    """What came of the gate in a few words; ``""`` where none was asked for."""
    return _TITLES.get(result_of(outcome, asked), "")


def why_no_rows(outcome: Outcome, asked: Asked) -> str:
    """Why a gate that was asked for has nothing to show."""
    unjudged = result_of(outcome, asked) is GateResult.NOT_JUDGED
    return NOT_COMPLETED if unjudged else NOTHING_NAMED


def gate_section(outcome: Outcome, asked: Asked) -> str:
    """The gate for the step summary; ``""`` where none was asked for."""
    title = gate_title(outcome, asked)
    if not title:
        return ""
    if not outcome.gate:
        return f"### {title}\n\n{why_no_rows(outcome, asked)}"
    ordered = worst_rows_first(outcome.gate)
    wanted = sum(map(loud, ordered))
    shown = min(SHOWN_ROWS, wanted if wanted else FEW_ROWS)
    if len(ordered) <= shown + _NOT_WORTH_A_FOLD:
        shown = len(ordered)
    rows = [cells(row) for row in ordered]
    folded = folded_table(HEADER, rows, "judgement", shown=shown, folded=FOLDED_ROWS)
    return f"### {title}\n\n{folded}"


def cells(row: GateRow) -> Sequence[str]:
    """A row of a table with that `HEADER`."""
    measured = inline(row.measured, LONGEST_NAME).replace(" ", "&nbsp;")
    return [
        code(row.rule, LONGEST_NAME),
        named(row.dataset),
        named(row.expectation),
        measured,
        f"{_mark(row)}&nbsp;{inline(row.verdict.value)}",
        inline(row.reason, LONGEST_NAME),
    ]


def _mark(row: GateRow) -> str:
    if row.broken:
        return "❌" if row.mandatory else "⚠️"
    return _MARKS[row.verdict]


def gate_lines(outcome: Outcome) -> Iterator[str]:
    """What broke, a line each, and how the gate ended; for the log."""
    broken = [row for row in worst_rows_first(outcome.gate) if row.broken]
    told_at_the_end = bool(gate_cause(outcome))
    if told_at_the_end and len(broken) == 1:
        broken = []  # it is the cause, right below
    for row in broken[:TOLD_ROWS]:
        yield broken_line(row)
    if len(broken) > TOLD_ROWS:
        yield f"gate: {len(broken) - TOLD_ROWS} more"
    judged = outcome.gate_result not in (GateResult.NONE, GateResult.NOT_JUDGED)
    if (outcome.gate or judged) and not told_at_the_end:
        yield f"quality gate: {outcome.gate_result.value}"


def broken_line(row: GateRow) -> str:
    """A match that breaks its rule, in one line."""
    # That it breaks is said by the first word.
    breaks = row.verdict is GateVerdict.BREAKS
    facts = (row.measured, "" if breaks else row.verdict.value, row.reason)
    said = " · ".join(part for part in facts if part)
    about = ": ".join(part for part in (one_line(row.subject, 400), said) if part)
    word = "BROKEN" if row.mandatory else "broken (warn)"
    return f"{word} {about} (rule: {one_line(row.rule, 200)})"


def gate_cause(outcome: Outcome) -> str:
    """Why the gate failed, in one line of remote text; ``""`` where it did not."""
    worst = next(iter(worst_rows_first(outcome.gate)), None)
    failed = outcome.result is Result.GATE_FAILED
    return broken_line(worst) if failed and worst is not None and worst.broken else ""
