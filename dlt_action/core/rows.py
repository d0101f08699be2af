"""
Row data in messages: cut before anything can print or store it.

A violated expectation quotes whole rows, and many an error quotes the value that it
stumbled over. Either can be personal data, and no report has any business with it. What
stays is what a person needs: the class of the error, columns, types and advice.

The table follows the templates of Apache Spark, Delta Lake and Databricks, and what
Java, Python and their parsers say when a function meets a value that it cannot read. A
value is what stands between an opening and the next closing; where the message was cut
before that, all of the rest is withheld. Each text is read from the left to the right
once for each row of the table, whatever it is made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dlt_action.core.userinfo import without_userinfo

WITHHELD = "(row data withheld)"
MOST_NAMES = 20  # of unknown fields
LONGEST_NAME = 100

# From where to where in a text, and what is told instead.
_Cut: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class _Quote:
    """Between what a message quotes a value."""

    word: str  # of the opening; looking for it first is what makes this cheap
    opening: re.Pattern[str]
    closing: re.Pattern[str] | None  # None: nothing after it can be trusted
    sure: bool  # whether a value follows, whatever comes then

    def cuts(self, text: str) -> Iterator[_Cut]:
        """Where the values are in *text*."""
        at = 0
        while (opened := self.opening.search(text, at)) is not None:
            start = opened.end()
            closed = None
            if self.closing is not None:
                closed = self.closing.search(text, start)
            if closed is not None:
                yield start, closed.start(), WITHHELD
                at = closed.end()
                continue
            if self.sure:
                yield start, len(text), WITHHELD
            return


def _quote(word: str, opening: str, closing: str = "", *, sure: bool = True) -> _Quote:
    end = re.compile(closing) if closing else None
    return _Quote(word, re.compile(opening), end, sure)


def _of(name: str) -> str:
    """A message of that error class, up to its words."""
    return rf"\[{name}(?:\.[A-Z0-9_]{{1,80}})?\] "


# Where a message says nothing more.
_OVER = r"\.?\s{0,9}(?:SQLSTATE: |\Z)"
_LINE = r"\n|\Z"

_QUOTES = (
    # A violated expectation, and a constraint of a table: nothing that follows counts.
    _quote("Input data", r"(?=Input data\s*:)"),
    _quote("Output record", r"(?=Output record\s*:)"),
    _quote("by row with values", r"(?<=by row with values)(?=\s*:)"),
    _quote('Value "', r'\bValue "', r'" exceeds char/varchar type length', sure=False),
    # Casts and conversions.
    _quote(
        "he value ",
        r"\b[Tt]he value (?!of |in )",
        r' of the type "| (?:\([^()\n]{0,200}\) )?cannot be (?:cast|converted) '
        r"| cannot be interpreted as a numeric",
        sure=False,
    ),
    _quote(
        "] The value ",
        _of("(?:CAST|CONVERSION)_[A-Z_]{1,40}") + r"The value (?!\(row data withheld)",
        _OVER,
    ),
    _quote("The variant value ", "The variant value ", " cannot be cast into "),
    _quote(
        "Failed to cast ",
        r"Failed to cast (?:partition )?value ",
        r" to (?:data type |[`\"A-Z])|" + _OVER,
    ),
    _quote(
        "NUMERIC_VALUE_OUT_OF_RANGE",
        _of("NUMERIC_VALUE_OUT_OF_RANGE") + "(?:The )?",
        r" cannot be represented as Decimal|" + _OVER,
    ),
    _quote(
        "BINARY_ARITHMETIC_OVERFLOW",
        _of("BINARY_ARITHMETIC_OVERFLOW"),
        r" caused overflow|" + _OVER,
    ),
    _quote("operation overflow: ", r"Datetime operation overflow: ", _OVER),
    _quote(
        "Failed to convert ",
        r"Failed to convert (?:the row )?value ",
        r" of the class | \(class of ",
    ),
    # Dates, times and intervals.
    _quote(
        "CANNOT_PARSE_TIMESTAMP",
        _of("CANNOT_PARSE_TIMESTAMP"),
        r"\.? Use `|" + _OVER,
    ),
    _quote(
        "DATETIME_FIELD_OUT",
        _of("DATETIME_FIELD_OUT_OF_BOUNDS"),
        r"\.? If necessary|" + _OVER,
    ),
    _quote("Text '", r"\bText '", r"' could not be parsed", sure=False),
    _quote("Unparseable date: ", r'Unparseable date: "', r'"(?=[\s.)]|\Z)'),
    _quote("Fail to parse ", r"Fail to parse ", r" in the new parser", sure=False),
    _quote(
        "CANNOT_PARSE_INTERVAL",
        _of("CANNOT_PARSE_INTERVAL") + "Unable to parse ",
        r"\. Please|" + _OVER,
    ),
    _quote("INVALID_INTERVAL_FORMAT", _of("INVALID_INTERVAL_FORMAT"), _OVER),
    _quote(
        "the provided value is ",
        r"but the provided value is ",
        r"\. To avoid|" + _OVER,
    ),
    _quote("Illegal input for day", r"Illegal input for day of week: ", _OVER),
    _quote("The timezone: ", r"The timezone: ", r" is invalid\."),
    _quote("row with eventTime=", r"a row with eventTime=", r" which is older"),
    # Files and records.
    _quote(
        "in record parsing:",
        r"detected in record parsing: ?",
        r"\.?\s{1,9}Parse Mode: ",
    ),
    _quote("Cannot parse the value ", "Cannot parse the value ", r" of the field `"),
    _quote(
        "Cannot parse the field ",
        r"Cannot parse the field name [^\n]{1,300}? and the value ",
        r" of the JSON token type",
    ),
    _quote("Malformed CSV record: ", "Malformed CSV record: ", _OVER),
    _quote("content parsed=", r"content parsed="),
    _quote("Invalid UTF8 byte", r"Invalid UTF8 byte sequence found in string: ", _OVER),
    _quote(
        "[Source: (String)",
        r'\[Source: \(String\)"',
        r'"(?:\[[^\]\n]{1,60}\])?; line: ',
    ),
    _quote("Unrecognized token ", r"Unrecognized token '", r"': was expecting "),
    # What functions are given.
    _quote("Duplicate map key ", "Duplicate map key ", r" was found"),
    _quote("duplicate object key ", "duplicate object key `", "`"),
    _quote(
        "for a comparison between ",
        "for a comparison between ",
        r"\.\s{1,9}It should return",
    ),
    _quote(
        "URL cannot be decoded: ",
        r"The provided URL cannot be decoded: ",
        r"\. Please ensure",
    ),
    _quote(
        "The url is invalid: ",
        r"The url is invalid: ",
        r"\. (?:Use `|If necessary)|" + _OVER,
    ),
    _quote(
        "regexp_replace for source",
        r'Could not perform regexp_replace for source = "',
        r'", pattern = "',
    ),
    _quote(
        "The input ",
        r'\bThe input "?[A-Z]{1,20}"? ',
        r" does not match the format",
        sure=False,
    ),
    _quote(
        "NEGATIVE_VALUES_IN_",
        _of("NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION"),
        r", but expected",
    ),
    _quote(
        "Cannot convert SQL ",
        r"Cannot convert SQL [^\n]{1,300}? because ",
        r" is not in defined values for",
    ),
    _quote("H3_INVALID_CELL_ID", _of("H3_INVALID_CELL_ID"), r" is not a valid H3 cell"),
    _quote("response JSON was:", r'response JSON was: ?"', r'"\. Please|' + _OVER),
    _quote("more than one column ", r'more than one column "', r'"\. However|' + _OVER),
    # Java and Python, as functions of the user's own throw them.
    _quote("For input string: ", r'For input string: "', r'"(?=[\s.)(]|\Z)'),
    _quote(
        "invalid literal for ",
        r"invalid literal for int\(\) with base [0-9]{1,2}: ",
        _LINE,
    ),
    _quote(
        "not convert string to ",
        r"could not convert string to [a-z]{1,20}: ",
        _LINE,
    ),
    _quote("time data ", r"\btime data (?=['\"])", r" does(?: not|n't) match format "),
    _quote("Invalid isoformat string: ", r"Invalid isoformat string: ", _LINE),
    _quote("Unable to parse string ", r'Unable to parse string "', r'" at position '),
    _quote("Could not convert ", r"Could not convert ", r" with type ", sure=False),
    _quote("accept ", r"can ?not accept (?:the )?object ", r" in type "),
    _quote(
        "FIELD_TYPE_MISMATCH",
        _of("FIELD_TYPE_MISMATCH"),
        r" is not an instance of type ",
    ),
)

# Auto Loader tells the new fields of a record with their values, as JSON.
_FIELDS = re.compile(r"(?<= during parsing: )(?=\{)")
_AFTER_FIELDS = re.compile(r",\s{1,9}which can be fixed|\n")
_DECODER = json.JSONDecoder()


def without_rows(text: str) -> str:
    """
    *text* without the rows, and the values of rows, that it quotes.

    Nor with what signs in inside of an address: each message comes by here.
    """
    text = without_userinfo(text)
    if " " not in text:  # each opening has one; names and ids do not
        return text
    for quote in _QUOTES:
        if quote.word in text:
            text = _replaced(text, quote.cuts(text))
    if " during parsing: {" in text:
        text = _replaced(text, _fields(text))
    return text


def _replaced(text: str, cuts: Iterator[_Cut]) -> str:
    kept: list[str] = []
    at = 0
    for start, end, told in cuts:
        if text[start:end].strip() in ("", WITHHELD):
            continue  # withheld already
        blank = " " if text[start - 1 : start].isalnum() else ""
        kept += (text[at:start], blank, told)
        at = end
    return "".join((*kept, text[at:])) if kept else text


def _fields(text: str) -> Iterator[_Cut]:
    at = 0
    while (opened := _FIELDS.search(text, at)) is not None:
        start = opened.end()
        try:
            record, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            closed = _AFTER_FIELDS.search(text, start)
            end = len(text) if closed is None else closed.start()
            yield start, end, WITHHELD
        else:
            yield start, end, f"[{_names(record)}] {WITHHELD}"
        at = end


def _names(record: Iterable[str]) -> str:
    names = [name[:LONGEST_NAME] for name in record]
    if len(names) > MOST_NAMES:
        names[MOST_NAMES:] = [f"{len(names) - MOST_NAMES} more"]
    return ", ".join(names)
