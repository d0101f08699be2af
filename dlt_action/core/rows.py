"""
Row data in messages: cut before anything can print or store it.

A violated expectation quotes whole rows, and many an error quotes the value that it
stumbled over. Either can be personal data, and no report has any business with it. What
stays is what a person needs: the class of the error, columns, types and advice.

The tables say what is known of messages: of Apache Spark, Delta Lake and Databricks
(`core.sparkquotes`), and of what functions call (`core.otherquotes`). How a row of a
table is read stands in `core.quoting`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from dlt_action.core.otherquotes import OTHERS
from dlt_action.core.quoting import WITHHELD, Cut
from dlt_action.core.sparkquotes import SPARK
from dlt_action.core.text import cut
from dlt_action.core.userinfo import without_userinfo

MOST_NAMES = 20  # of unknown fields
LONGEST_NAME = 100
ROW = "Row("  # all other openings have a blank

_QUOTES = (*SPARK, *OTHERS)

# Auto Loader tells the new fields of a record with their values, as JSON.
_FIELDS = re.compile(r"(?<= during parsing: )(?=\[?\{)")
_AFTER_FIELDS = re.compile(r",\s{1,9}which can be fixed|\n")
_DECODER = json.JSONDecoder()


def without_rows(text: str) -> str:
    """
    *text* without the rows, and the values of rows, that it quotes.

    Nor with what signs in inside of an address: each message comes by here.
    """
    text = without_userinfo(text)
    if " " not in text and ROW not in text:  # names and ids
        return text
    for quote in _QUOTES:
        if quote.word in text:
            text = _replaced(text, quote.cuts(text))
    if " during parsing: " in text:
        text = _replaced(text, _fields(text))
    return text


def _replaced(text: str, cuts: Iterator[Cut]) -> str:
    kept: list[str] = []
    at = 0
    for start, end, told in cuts:
        if text[start:end].strip() in ("", WITHHELD):
            continue  # withheld already
        blank = " " if text[start - 1 : start].isalnum() else ""
        kept += (text[at:start], blank, told)
        at = end
    return "".join((*kept, text[at:])) if kept else text


def _fields(text: str) -> Iterator[Cut]:
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
            names = f"[{_names(record)}] " if isinstance(record, dict) else ""
            yield start, end, f"{names}{WITHHELD}"
        at = end


def _names(record: Iterable[str]) -> str:
    names = [cut(name, LONGEST_NAME) for name in record]
    if len(names) > MOST_NAMES:
        names[MOST_NAMES:] = [f"{len(names) - MOST_NAMES} more"]
    return ", ".join(names)
