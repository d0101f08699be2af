"""
Write docs/result.schema.json, the JSON Schema of `result.json`, from the record.

Run it after a change of `dlt_action/core/record.py`:
`.venv/bin/python tools/result_schema.py`. Whatever is read by programs is only ever
added to, so what the schema does not know is allowed, and what it knows is there.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from dlt_action.core.model import Result
from dlt_action.core.record import Asked, Outcome
from dlt_action.reports.jsonreport import SCHEMA

PATH = Path(__file__).resolve().parents[1] / "docs" / "result.schema.json"

Schema = dict[str, Any]

_BASIC: dict[object, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
}
_COMMENT = re.compile(r"^    (\w+):[^#\n]*#\s*(.+)$", re.MULTILINE)


def rendered() -> str:
    """The schema as it stands in the file."""
    definitions: dict[str, Schema] = {}
    outcome = _schema(Outcome, definitions)
    top: dict[str, Schema] = {
        "schema": {
            "const": SCHEMA,
            "description": "number of this form; another one is another meaning",
        },
        "version": {"type": "string", "description": "of dlt-action"},
        "result": _schema(Result, definitions),
        "ok": {"type": "boolean", "description": "succeeded, or running as asked"},
        "asked": _schema(Asked, definitions),
        "seconds": {
            "type": ["number", "null"],
            "description": "of the whole step, where it has several pipelines",
        },
        "outcomes": {"type": "array", "items": outcome, "minItems": 1},
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "result.json of dlt-action",
        "description": "Texts are as the API sent them: escape them where they are"
        " shown. Fields may be added; their meaning does not change.",
        "type": "object",
        "properties": top,
        "required": list(top),
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schema(kind: Any, definitions: dict[str, Schema]) -> Schema:  # noqa: ANN401 - any type hint
    """The schema of what a field of that type becomes in JSON."""
    if kind in _BASIC:
        return dict(_BASIC[kind])
    arguments = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        (one,) = (each for each in arguments if each is not type(None))
        return _or_null(_schema(one, definitions))
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    kind = getattr(kind, "__supertype__", kind)
    if kind is str:
        return {"type": "string"}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # its place, should it hold itself
        definitions[kind.__name__] = _definition(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _definition(kind: type, definitions: dict[str, Schema]) -> Schema:
    if issubclass(kind, StrEnum):
        return {"description": _described(kind), "enum": [one.value for one in kind]}
    if kind is not Outcome:
        return _object(kind, definitions)
    text = _or_null(_schema(str, definitions))
    return _object(kind, definitions, before={"update_id": text, "update_url": text})


def _object(
    kind: type, definitions: dict[str, Schema], before: dict[str, Schema] | None = None
) -> Schema:
    if not is_dataclass(kind):
        message = f"nothing for a report: {kind}"
        raise TypeError(message)
    hints, comments = get_type_hints(kind), dict(_COMMENT.findall(_source(kind)))
    properties = dict({} if before is None else before)
    for one in fields(kind):
        schema = _schema(hints[one.name], definitions)
        if one.name in comments:
            schema = {**schema, "description": comments[one.name]}
        properties[one.name] = schema
    return {
        "description": _described(kind),
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _source(kind: type) -> str:
    return inspect.getsource(kind)


def _described(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


def _or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def main() -> None:
    """Write the file, and say whether it changed."""
    before = PATH.read_text("utf-8") if PATH.is_file() else ""
    after = rendered()
    PATH.write_text(after, "utf-8")
    print(f"{PATH.name}: {'unchanged' if after == before else 'written'}")


if __name__ == "__main__":
    main()
