"""
The rules of the quality gate: one a line, read into data, or refused with a position.

    [warn] DATASET[:EXPECTATION] METRIC OP VALUE        # a comment

A rule that cannot be read is refused before anything is started: a gate that silently
lost a line would be worse than none. Values are fractions, because 0.1 % has no float.
A refused line is repeated by its short plain words and numbers only: what else stands
where a rule should be may be a secret.
"""

from __future__ import annotations

import re
from fractions import Fraction

from dlt_action.core.gate import EXAMPLE, OPS, Gate, Metric, Rule, Unit
from dlt_action.core.names import unclosed
from dlt_action.core.text import ELLIPSIS, cut
from dlt_action.lean import dataclass

MOST_RULES = 100
LONGEST_LINE = 1000  # characters
LONGEST_QUOTE = 80  # of a refused line

# Words that may be repeated: what has no capitals and no digits is no token.
_SHOWN = re.compile(r"[a-z_-]{1,16}")
_WORD = re.compile(r"[^\s.:\"'`,<>=!#\[\]]+")
_PLAIN = re.compile(
    r"(?=.{1,16}$)(?:[A-Z]?[a-z_*?-]+|[A-Z_]+|[-+]?[0-9][0-9_e]{0,7}%?|%)"
)
# A part: plain letters, and what stands in double quotes or backticks, in any order.
_PART = re.compile(r'(?:"(?:[^"]|"")*"|`[^`]*`|[^\s:,"`<>=])+')
_PIECE = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|([^"`]+)')
_WARN = re.compile(r"warn(?=\s)")
_BRACKETED = re.compile(r"\[\s*(?:warn|WARN|Warn)\s*\]:?(?=\s)")
# What people write where `warn` may stand; all are names of datasets, too.
_SEVERITY = re.compile(
    r"(?:warn(?:ing)?|err(?:or)?|fail(?:ure)?|fatal|critical|info|block|must|mandatory)"
    r"(?P<colon>:?)\s",
    re.IGNORECASE,
)
_ONLY_WARN = "only `warn`, small and without a colon, may stand before the dataset."
_METRIC_AHEAD = re.compile(r"\s(?:failed|passed|dropped|rows)(?=[\s<>=]|$)")
_METRIC = re.compile(r"[^\s<>=!]+")
_OP = re.compile(r"[<>=!≤≥]+")
_VALUE = re.compile(
    r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(?P<percent>%)?(?P<last>\s*of\s+last)?"
)
_NUMBERS = (
    "write numbers as `1000` or `0.5%`, with a point and nothing between the digits."
)
_GROUPED = re.compile(r"[,_'.eE]?[\s+-]?[0-9]")  # goes on as a number of another kind
_PER_LINE = "one rule per line"


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong with a rule, and where; our words."""

    line: int  # from 1
    column: int  # likewise
    what: str
    rule: str = ""  # the line, as far as it may be repeated

    def __str__(self) -> str:
        """The problem for people."""
        quoted = f" of `{self.rule}`" if self.rule else ""
        return f"Line {self.line}, column {self.column}{quoted}: {self.what}"


def parse(text: str) -> tuple[Gate, tuple[RuleProblem, ...]]:
    """The rules of *text*, and all that is wrong with the others."""
    rules: list[Rule] = []
    problems: list[RuleProblem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            rule = _rule(line.replace("\t", " ").rstrip())
        except _BadRuleError as bad:
            shown = _repeated(line)
            problems.append(RuleProblem(number, bad.column + 1, bad.what, shown))
            continue
        if rule is not None and len(rules) == MOST_RULES:
            what = f"there are more than {MOST_RULES} rules; globs say more with fewer."
            problems.append(RuleProblem(number, 1, what))
            break
        if rule is not None:
            rules.append(rule)
    if not rules and not problems:
        problems.append(RuleProblem(1, 1, "there is no rule."))
    return Gate(tuple(rules)), tuple(problems)


def _repeated(line: str) -> str:
    """*line*, with every word left out that could be a secret, or no word at all."""
    short = line[:LONGEST_LINE].replace("`", '"')
    words = _WORD.sub(
        lambda word: word[0] if _PLAIN.fullmatch(word[0]) else ELLIPSIS, short
    )
    printed = "".join(sign if sign.isprintable() else " " for sign in words)
    return cut(" ".join(printed.split()), LONGEST_QUOTE)


class _BadRuleError(Exception):
    """A line that is no rule."""

    def __init__(self, column: int, what: str) -> None:
        super().__init__(what)
        self.column = column  # from 0
        self.what = what


def _rule(line: str) -> Rule | None:
    if len(line) > LONGEST_LINE:
        raise _BadRuleError(LONGEST_LINE, "the line is too long.")
    for at, character in enumerate(line):
        if not character.isprintable():
            raise _BadRuleError(at, "a control character, or a blank that cannot be.")
    said = _uncommented(line).rstrip()
    if not said.strip():
        return None
    return _Reader(said).rule()


def _uncommented(line: str) -> str:
    """*line* up to a `#` that stands after a blank and outside of quotes."""
    quote, opened = "", 0
    for at, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in '"`':
            quote, opened = character, at
        elif character == "#" and (at == 0 or line[at - 1] == " "):
            return line[:at]
    if quote:
        raise _BadRuleError(opened, "a quotation mark or backtick has no partner.")
    return line


class _Reader:
    """Reads one line from the left to the right."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def rule(self) -> Rule:
        text = self._line.strip()
        self._blanks()
        if _BRACKETED.match(self._line, self._at):
            raise self._bad("write `warn` without brackets.")
        severe = _SEVERITY.match(self._line, self._at)
        if severe is not None and severe["colon"]:
            raise self._bad(_ONLY_WARN)
        warn = self._take(_WARN)
        self._blanks()
        dataset = self._part("a dataset")
        of_expectation = self._at
        expectation = None
        if self._line[self._at : self._at + 1] == ":":
            self._at += 1
            expectation = self._part("an expectation")
        self._end_of_part()
        metric = self._metric(severe)
        if expectation is not None and not metric.of_expectations:
            what = f"datasets have `{metric}`, expectations do not: leave `:…` out."
            raise _BadRuleError(of_expectation, what)
        op = self._op()
        value, unit = self._value(metric)
        return Rule(
            text=text,
            mandatory=not warn,
            dataset=dataset,
            expectation="*" if expectation is None else expectation,
            metric=metric,
            op=op,
            value=value,
            unit=unit,
        )

    def _blanks(self) -> None:
        rest = self._line[self._at :]
        self._at += len(rest) - len(rest.lstrip(" "))

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._line, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]

    def _bad(self, what: str) -> _BadRuleError:
        return _BadRuleError(self._at, what)

    def _part(self, noun: str) -> str:
        began = self._at
        written = self._take(_PART)
        pieces = [*_PIECE.finditer(written)]
        name = "".join(map(_unquoted, pieces)).strip()
        if not name:
            what = f"{noun} is missing, as in `{EXAMPLE}`, without blanks around `:`."
            raise _BadRuleError(began, what)
        # A bracket in quotes may belong to a name.
        at = unclosed("".join(piece[3] or "_" * len(piece[0]) for piece in pieces))
        if at is not None:
            what = "`[` has no `]`, or nothing stands in it; a name with `[` goes in"
            raise _BadRuleError(began + at, f"{what} double quotes.")
        # `all` in quotes is a dataset of that name.
        return "*" if written == "all" else name

    def _end_of_part(self) -> None:
        if self._line[self._at : self._at + 1] not in ("", " "):
            raise self._bad(
                f"here a name cannot go on: {_PER_LINE}; names with `:`, `,`, `<`,"
                ' `>` or `=` in double quotes, as in `orders:"a: b" failed == 0`.'
            )
        self._blanks()
        if self._line[self._at : self._at + 1] == ":":
            raise self._bad(
                'no blanks around `:`, as in `orders:"valid id" failed == 0`.'
            )

    def _metric(self, severe: re.Match[str] | None) -> Metric:
        began = self._at
        word = self._take(_METRIC)
        for metric in Metric:
            if metric.value == word:
                self._blanks()
                return metric
        known = "`failed`, `passed`, `dropped` or `rows`"
        if not word:
            what = f"the metric is missing: {known}, after the dataset, or `all`."
            raise _BadRuleError(began, what)
        if severe is not None and _METRIC_AHEAD.search(self._line, self._at):
            raise _BadRuleError(severe.start(), _ONLY_WARN)
        shown = f"`{word}`" if _SHOWN.fullmatch(word) else "this"
        raise _BadRuleError(
            began,
            f"{shown} is no metric: write {known}; a name with blanks goes in double"
            ' quotes, as in `orders:"valid id" failed == 0`.',
        )

    def _op(self) -> str:
        began = self._at
        op = self._take(_OP)
        if op not in OPS:
            known = ", ".join(f"`{one}`" for one in OPS)
            what = "this is no comparison" if op else "the comparison is missing"
            raise _BadRuleError(began, f"{what}: write one of {known}.")
        self._blanks()
        return op

    def _value(self, metric: Metric) -> tuple[Fraction, Unit]:
        found = _VALUE.match(self._line, self._at)
        rest = self._line[self._at :]
        if found is None and rest[:1] in ("-", "\N{MINUS SIGN}"):
            raise self._bad("the value is negative; nothing here can be below 0.")
        if found is None:
            like = "`80% of last`" if metric is Metric.ROWS else "`0.5%`"
            raise self._bad(
                f"the value is missing: a number, such as `1000` or {like}."
            )
        if found.end() < len(self._line):
            raise self._after(found.end())
        unit = Unit.RECORDS
        if found["percent"]:
            unit = Unit.OF_LAST if found["last"] else Unit.PERCENT
        value = Fraction(found["number"])
        if found["last"] and unit is not Unit.OF_LAST:
            raise self._bad("`of last` needs a percentage, as in `80% of last`.")
        if unit is Unit.OF_LAST and metric is not Metric.ROWS:
            raise self._bad("only `rows` can be compared with the last update.")
        if unit is Unit.PERCENT and metric is Metric.ROWS:
            raise self._bad(
                "`rows` has no whole to be a part of: write a number, or `80% of last`."
            )
        if unit is Unit.PERCENT and value > 100:  # noqa: PLR2004 - what percent means
            raise self._bad("no share is above `100%`.")
        if unit is Unit.RECORDS and value.denominator != 1:
            raise self._bad("records are counted in whole numbers.")
        return value, unit

    def _after(self, end: int) -> _BadRuleError:
        """Something stands after the value, which ends at *end*."""
        self._at = end
        if self._line[end - 1 : end + 1].isdigit():
            return self._bad("numbers have 15 digits and 6 after the point, at most.")
        if _GROUPED.match(self._line, len(self._line[:end].rstrip())):
            return self._bad(_NUMBERS)
        self._blanks()
        return self._bad(f"something stands after the value: {_PER_LINE}.")


def _unquoted(piece: re.Match[str]) -> str:
    quoted, ticked, plain = piece.groups()
    if quoted is not None:
        return quoted.replace('""', '"')
    return ticked if ticked is not None else plain
