"""
`result.json`: everything in the record, for programs.

The same record gives the same bytes. Fields are only ever added; a change of meaning
is a new number in `schema`. All texts are as the API sent them, so that a program can
compare them; who shows them has to escape them for the place where they are shown.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime

from dlt_action.core.record import Outcome, Record

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
        "outcomes": record.outcomes,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, default=_plain)
    # Half a surrogate pair is no text: it has no bytes in UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else _fields(value)


def _fields(value: object) -> dict[str, object]:
    if not is_dataclass(value):
        raise TypeError(f"nothing for a report: {type(value)}")
    told = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Outcome):
        return {"update_id": value.update_id, "update_url": value.update_url} | told
    return told
