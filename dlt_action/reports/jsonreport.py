"""
`result.json`: everything in the record, for programs.

The same record gives the same bytes. Fields are only ever added; a change of meaning
is a new number in `schema`. All texts are as the API sent them, so that a program can
compare them; who shows them has to escape them for the place where they are shown.
"""

from __future__ import annotations

import json
from datetime import datetime

from dlt_action.core.record import Outcome, Record
from dlt_action.lean import values_of

SCHEMA = 1


def render(record: Record) -> str:
    """*record* as JSON, with a line end."""
    worst = record.worst
    document = {
        "schema": SCHEMA,
        "version": record.asked.version,
        "result": worst.result,
        "ok": worst.result.ok,
        "asked": record.asked,
        "seconds": record.seconds,
    }
    # One outcome after the other: an encoder holds all of its pieces until it is done.
    outcomes = ",\n".join(_indented(_written(one)) for one in record.outcomes)
    head = _written(document).removesuffix("\n}")
    return f'{head},\n  "outcomes": [\n{outcomes}\n  ]\n}}\n'


def _indented(text: str) -> str:
    return "    " + text.replace("\n", "\n    ")  # a text has no such line breaks


def _written(value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_plain)
    # Half a surrogate pair is no text: it has no bytes in UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else _fields(value)


def _fields(value: object) -> dict[str, object]:
    told = values_of(value)
    if isinstance(value, Outcome):
        return {"update_id": value.update_id, "update_url": value.update_url} | told
    return told
