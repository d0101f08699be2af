"""
Judging the quality gate: rules on one side, what the log told on the other.

Each match of a rule is judged alone (`core.measuring`). Names say what breaks: one that
means nothing, or two things, or a number that is not there, breaks its rule; under a
glob such a number is listed, and breaks only if nothing else could be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlt_action.core.gate import Gate, Rule
from dlt_action.core.ledger import Ledger
from dlt_action.core.measuring import Measure, Seen
from dlt_action.core.names import glob, is_glob
from dlt_action.core.record import GateResult, GateRow, GateVerdict, Outcome
from dlt_action.core.text import cut
from dlt_action.core.words import plural
from dlt_action.lean import dataclass, replace

MOST_ROWS = 200  # of one rule; what goes beyond is counted in one row
MOST_CANDIDATES = 5
MOST_NAMED = 3  # rules that a warning names
LONGEST_NAMED = 200  # characters of each
NOTHING = "nothing of that name"  # is what was declared

_V = GateVerdict
_WORST_FIRST = (
    _V.BREAKS,
    _V.NO_MATCH,
    _V.NOT_AVAILABLE,
    _V.NO_BASELINE,
    _V.NO_DATA,
    _V.NOT_JUDGED,
    _V.HOLDS,
)
_JUDGED = frozenset({_V.HOLDS, _V.BREAKS, _V.NO_DATA, _V.NO_BASELINE})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of the gate."""

    rows: tuple[GateRow, ...]  # worst first
    result: GateResult
    broken: int  # mandatory rules that broke
    warned: tuple[Rule, ...] = ()  # others that broke
    unbased: tuple[Unbased, ...] = ()  # rules that had nothing to compare with
    has_last: bool = True  # whether there was an update to compare with

    def warnings(self) -> Iterator[str]:
        """What has to be said even where the gate holds: our words, and its rules."""
        if self.unbased and not self.has_last:
            many = len(self.unbased)
            yield (
                f"Quality gate: {plural(many, 'rule')} had nothing to compare with and"
                f" {'counts' if many == 1 else 'count'} as held: no update of this kind"
                " that completed before was found, or could be read."
            )
        elif self.unbased:
            told = [one.told for one in self.unbased[:MOST_NAMED]]
            more = len(self.unbased) - MOST_NAMED
            if more > 0:
                told.append(f"So had {plural(more, 'more rule')}.")
            yield f"Quality gate: {' '.join(told)}"
        if self.warned:
            yield warning(self.warned)
        if self.result is GateResult.NOT_JUDGED:
            yield (
                "Quality gate: not judged, because the update refreshed nothing that"
                " its rules name."
            )


@dataclass(frozen=True, slots=True)
class Unbased:
    """A rule that had nothing to compare some of its datasets with."""

    rule: Rule
    datasets: int  # without a number of the last update
    judged: int  # all that the rule was to judge
    reason: str  # in our words

    @property
    def told(self) -> str:
        """It, in a sentence; which they are, the rows say."""
        who, counts = _quoted(self.rule), "counts"
        if self.datasets < self.judged:
            who = f"{self.datasets:,} of {plural(self.judged, 'dataset')} of {who}"
            counts = "counts" if self.datasets == 1 else "count"
        return f"{who} had nothing to compare with and {counts} as held: {self.reason}."


def warning(broken: Sequence[Rule]) -> str:
    """That rules are *broken* which do not fail the gate."""
    return f"Quality gate: {_named(broken)} broke; `warn` rules do not fail the gate."


def _named(rules: Sequence[Rule]) -> str:
    names = [_quoted(rule) for rule in rules[:MOST_NAMED]]
    if len(rules) > MOST_NAMED:
        names.append(plural(len(rules) - MOST_NAMED, "more rule"))
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _quoted(rule: Rule) -> str:
    # In backticks, so that reports show it as code: its own would end them.
    return f"`{cut(rule.text.replace('`', ''), LONGEST_NAMED)}`"


def without_numbers(outcome: Outcome) -> Outcome:
    """*outcome* without sums that may be too small: its log was not read to its end."""
    flows = (
        replace(flow, rows=None, upserted=None, deleted=None, dropped=None)
        for flow in outcome.flows
    )
    # That all flows of a dataset completed cannot be known either, so no action counts.
    datasets = (replace(row, actions=()) for row in outcome.datasets)
    return replace(
        outcome,
        flows=tuple(flows),
        datasets=tuple(datasets),
        expectations=(),
        rows_written=None,
    )


def judge(gate: Gate, outcome: Outcome, selection: Sequence[str] = ()) -> Judgement:
    """Judge what came of a COMPLETED update that was to refresh *selection*."""
    ledger = Ledger(
        outcome.flows,
        outcome.datasets,
        outcome.expectations,
        selection,
        whole=outcome.log_complete,
    )
    last = outcome.last_good
    before = None
    if last is not None:
        before = Ledger(last.flows, whole=last.log_complete)
    listed: list[GateRow] = []
    warned: list[Rule] = []
    unbased: list[Unbased] = []
    broken = left_out = 0
    for rule in gate.rules:
        rows = _Judge(rule, ledger, before, shared=gate.shared).rows()
        broke = any(row.broken for row in rows)
        broken += broke and rule.mandatory
        if broke and not rule.mandatory:
            warned.append(rule)
        if any(row.verdict is _V.NO_BASELINE for row in rows):
            unbased.append(_unbased(rule, rows))
        left_out += all(row.verdict is _V.NOT_JUDGED for row in rows)
        listed += _bounded(rows)
    result = GateResult.PASSED
    if broken:
        result = GateResult.FAILED
    elif warned:
        result = GateResult.WARNED
    elif left_out == len(gate.rules):
        result = GateResult.NOT_JUDGED
    return Judgement(
        rows=tuple(sorted(listed, key=_rank)),
        result=result,
        broken=broken,
        warned=tuple(warned),
        unbased=tuple(unbased),
        has_last=last is not None,
    )


def _unbased(rule: Rule, rows: Sequence[GateRow]) -> Unbased:
    found = [row for row in rows if row.verdict is _V.NO_BASELINE]
    judged = sum(row.verdict is not _V.NOT_JUDGED for row in rows)
    return Unbased(rule, len(found), judged, found[0].reason)


def _rank(row: GateRow) -> tuple[bool, bool, int]:
    place = _WORST_FIRST.index(row.verdict)
    return not (row.broken and row.mandatory), not row.broken, place


def _bounded(rows: list[GateRow]) -> list[GateRow]:
    ordered = sorted(rows, key=_rank)
    kept, rest = ordered[:MOST_ROWS], ordered[MOST_ROWS:]
    if rest:
        more = f"{plural(len(rest), 'more row')}, none of them worse"
        worst = replace(rest[0], dataset="", expectation="", measured="", reason=more)
        kept.append(worst)
    return kept


class _Judge:
    """Judges one rule."""

    def __init__(
        self, rule: Rule, ledger: Ledger, before: Ledger | None, *, shared: bool
    ) -> None:
        self._rule = rule
        self._shared = shared
        self._ledger = ledger
        self._before = before
        self._matches = glob(rule.expectation).fullmatch

    def rows(self) -> list[GateRow]:
        """One row for each match; one that says so where there is none."""
        rule, meant = self._rule, self._ledger.names.meant(self._rule.dataset)
        if meant.exact and len(meant.keys) > 1:
            return [self._ambiguous(meant.keys)]
        if rule.metric.of_expectations:
            matches = [(k, name) for k in meant.keys for name in self._named(k)]
        else:
            matches = [(key, "") for key in meant.keys]
        if not matches:
            return [self._no_match(meant.keys)]
        measure = Measure(rule, self._ledger, self._before)
        seen = [measure.seen(key, name) for key, name in matches]
        exact = meant.exact and (
            not rule.metric.of_expectations or rule.expectation == matches[0][1]
        )
        strict = exact or not any(one.verdict in _JUDGED for one in seen)
        return [
            self._row(key, name, one, strict=strict)
            for (key, name), one in zip(matches, seen, strict=True)
        ]

    def _row(self, key: str, name: str, seen: Seen, *, strict: bool) -> GateRow:
        breaks = seen.verdict is _V.BREAKS
        return GateRow(
            rule=self._rule.text,
            dataset=self._ledger.names.shown[key],
            expectation=name,
            verdict=seen.verdict,
            broken=breaks or (strict and seen.verdict is _V.NOT_AVAILABLE),
            mandatory=self._rule.mandatory,
            measured=seen.measured,
            reason=seen.reason,
        )

    def _ambiguous(self, keys: Sequence[str]) -> GateRow:
        shown = [self._ledger.names.shown[key] for key in keys[:MOST_CANDIDATES]]
        if len(keys) > MOST_CANDIDATES:
            shown.append(f"{len(keys) - MOST_CANDIDATES} more")
        return GateRow(
            rule=self._rule.text,
            dataset=", ".join(shown),
            verdict=_V.BREAKS,
            broken=True,
            mandatory=self._rule.mandatory,
            reason="the name is ambiguous; write it in full, or a glob for all",
        )

    def _no_match(self, keys: Sequence[str]) -> GateRow:
        rule, shown = self._rule, self._ledger.names.shown
        what = NOTHING
        if keys:  # there are such datasets
            any_of_it = rule.expectation == "*"
            what = "no expectation of it" if any_of_it else "no such expectation of it"
        who = "the update"
        if not self._ledger.whole:  # of a job run, an update may not have completed
            who = "not all that was brought is known, and what is"
        return GateRow(
            rule=rule.text,
            dataset=shown[keys[0]] if len(keys) == 1 else rule.dataset,
            expectation=rule.expectation if rule.metric.of_expectations else "",
            verdict=_V.NO_MATCH,
            # What is not seen cannot be said to be another pipeline's.
            broken=not self._shared or not self._ledger.whole,
            mandatory=rule.mandatory,
            reason=f"{who} declares {what}",
        )

    def _named(self, key: str) -> Iterator[str]:
        """The expectations of a dataset that the rule means."""
        account, wanted = self._ledger[key], self._rule.expectation
        known = dict.fromkeys((*account.declared, *account.counted))
        if wanted in known:
            yield wanted
        elif is_glob(wanted):
            yield from (name for name in known if self._matches(name))
