"""
Taking secrets out of text, as they are and in the disguises in which they travel.

A runner masks what it was told to mask, and knows some encodings. It does not know
base64 without padding, percent-encoding of `/` or hexadecimal, and a local run has no
runner at all. So this program never relies on it.

Whoever escapes a text, for Markdown for one, disguises every secret in it once more, in
ways that are as many as the signs of Markdown. So texts are redacted before that; what
comes of it is so again, as a second net.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from types import NoneType
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from dlt_action.core.text import ELLIPSIS
from dlt_action.lean import replace, values_of

T = TypeVar("T")

REDACTED = "***"
# Shorter ones are words of every log; masking them would hide the log and, on GitHub,
# drop every job output that holds them.
SHORTEST = 8
_TELLING = 32  # characters: what has these of a secret may well have all of it
_MOST_BLANKS = 4  # between what was cut off and the sign of it
# Base64 codes three bytes at a time, so a secret inside a longer text has three forms.
# Of each, this many leading characters also depend on what stands before the secret.
_SHIFTS = ((0, 0), (1, 2), (2, 3))
_PERCENT = re.compile(r"%[0-9A-F]{2}")
# As `html.escape` does it, whose module has much else, and is long to import.
_IN_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_QUOTES = str.maketrans({'"': "&quot;", "'": "&#x27;"})
# Of what records hold; of texts, these are our own words.
_NO_TEXTS = (NoneType, int, float, datetime, Enum)


def disguises(secret: str) -> tuple[str, ...]:
    """
    Every form of *secret* that is to be hidden, longest first; () for a blank one.

    Lines of a secret that has several count as secrets, because logs are cut in lines.
    """
    parts = {secret, secret.strip(), *(line.strip() for line in secret.splitlines())}
    forms = {form for part in parts for form in _encoded(part)}
    long_enough = (form for form in forms if len(form.strip()) >= SHORTEST)
    return tuple(sorted(long_enough, key=lambda form: (-len(form), form)))


def _encoded(secret: str) -> Iterable[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    if len(secret) < SHORTEST:
        return  # the forms of a word are as common as the word
    for percent in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
        yield percent
        yield _PERCENT.sub(lambda found: found[0].lower(), percent)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    in_xml = secret.translate(_IN_XML)
    yield in_xml.translate(_QUOTES)
    yield in_xml
    yield in_xml.replace('"', "&quot;")
    yield raw.hex()
    yield raw.hex().upper()
    yield b64encode(raw).decode("ascii")
    yield urlsafe_b64encode(raw).decode("ascii")
    yield urlsafe_b64encode(raw).decode("ascii").rstrip("=")
    for shift, borrowed in _SHIFTS:
        padded = b"\0" * shift + raw
        own = len(padded) * 8 // 6  # characters that no later byte has a part in
        yield b64encode(padded).decode("ascii")[borrowed:own]
        yield urlsafe_b64encode(padded).decode("ascii")[borrowed:own]


def redact(text: str, forms: Iterable[str]) -> str:
    """*text* without any of *forms*, which `disguises` made, whole or cut off."""
    known = tuple(forms)
    for form in known:
        # To look for all of a token takes longer than to see that it is not there.
        if form[:_TELLING] in text:
            text = text.replace(form, REDACTED)
    # What was cut off, by us (`text.cut`), may have been cut in a secret's midst.
    for form in known if ELLIPSIS in text else ():
        text = _without_beginnings(text, form)
    return text


def _without_beginnings(text: str, form: str) -> str:
    """*text* without the beginnings of *form* that were cut off."""
    head, room = form[:SHORTEST], len(form) + _MOST_BLANKS + 1
    kept: list[str] = []
    # Not from one cut to the next: who wrote the text decides how many there are.
    done, start = 0, text.find(head)
    while start >= 0:
        end = text.find(ELLIPSIS, start, start + room)
        cut_off = text[start : max(end, start)].rstrip()
        if cut_off and form.startswith(cut_off):
            kept += (text[done:start], REDACTED)
            done = start + len(cut_off)
        start = text.find(head, max(done, start + 1))
    return "".join((*kept, text[done:])) if kept else text


def hidden_in(whole: T, redacted: Callable[[str], str]) -> T:
    """
    *whole*, a record or a part of one, with every text in it *redacted*.

    Raises `TypeError` where it holds what no record does, and what may hold a text.
    """
    texts: list[str] = []
    _gather(whole, texts)
    # What is found in none of them together is in none of them: that is one search.
    together = "\0".join(texts)
    if redacted(together) == together:
        return whole
    fit: T = _fit(whole, redacted)
    return fit


def _gather(value: object, texts: list[str]) -> None:
    if type(value) is str:
        texts.append(value)
    elif not isinstance(value, _NO_TEXTS):
        for one in value if isinstance(value, tuple) else values_of(value).values():
            _gather(one, texts)


def _fit(value: Any, redacted: Callable[[str], str]) -> Any:  # noqa: ANN401 - any field
    if type(value) is str:
        return redacted(value)
    if isinstance(value, _NO_TEXTS):
        return value
    if isinstance(value, tuple):
        return tuple(_fit(one, redacted) for one in value)
    held = values_of(value).items()
    return replace(value, **{name: _fit(one, redacted) for name, one in held})
