"""
Write the tables of inputs, refusals, outputs and ratios to where they are read.

What stands between `name:begin` and `name:end` is replaced; the rest is left alone.
Run it after a change of `dlt_action/settings`, and after `make bench`:
`.venv/bin/python tools/update_docs.py`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from benchmarks import quotes
from dlt_action.settings import formats, judging, manual
from dlt_action.settings.table import INPUTS

ROOT = Path(__file__).resolve().parents[1]

Sections = Mapping[str, Callable[[], str]]

_WIDTH = 84  # of the lines of a TypedDict
_COMMENT = "    # "
# What the parser of an input returns, and what it may be given instead of a text.
_VALUES: Mapping[Any, str] = {
    bool: "bool",
    int: "int",
    float: "timedelta",  # there are no numbers with a fraction but durations
    tuple: "Sequence[str]",
    dict: "Mapping[str, Json]",
    Mapping: "Mapping[str, str]",
}


def typed_inputs() -> str:
    """The inputs as keys of a `TypedDict`, each below its help."""
    lines: list[str] = []
    for one in INPUTS:
        about = f"{one.help} (default: {one.default})" if one.default else one.help
        lines += textwrap.wrap(
            about,
            _WIDTH,
            initial_indent=_COMMENT,
            subsequent_indent=_COMMENT,
            break_on_hyphens=False,
        )
        types = _types(one.format.parse)
        lines.append(f"    {one.name.replace('-', '_')}: {types} | None")
    return "\n".join(lines)


def _types(parse: Any) -> str:  # noqa: ANN401 - any parser, looked at from outside
    """What an argument may be whose text *parse* reads."""
    if isinstance(parse, partial) and issubclass(parse.args[0], StrEnum):
        words = ", ".join(f'"{word.value}"' for word in parse.args[0])
        return f"Literal[{words}]"
    if parse is judging.gate:  # one rule a line
        return "Sequence[str] | str"
    if parse in (formats.folder, formats.authorities):
        return "PathLike[str] | str"
    returned = get_type_hints(parse)["return"]
    value = _VALUES.get(get_origin(returned) or returned)
    return f"{value} | str" if value is not None else "str"


FILES: Mapping[str, Sections] = {
    "README.md": {
        "inputs": manual.inputs_markdown,
        "refusals": manual.refusals_markdown,
        "outputs": manual.outputs_markdown,
        "fast": quotes.markdown,
    },
    "action.yml": {
        "inputs": manual.inputs_yaml,
        "outputs": manual.outputs_yaml,
    },
    "dlt_action/inputs.py": {"inputs": typed_inputs},
}


def updated(text: str, sections: Sections) -> str:
    """Return *text* with its sections written anew; `LookupError` if one is missing."""
    for name, render in sections.items():
        marked = re.compile(
            rf"^(?P<begin>[^\n]*\b{name}:begin\b[^\n]*\n)"
            rf".*?(?P<end>^[^\n]*\b{name}:end\b)",
            re.MULTILINE | re.DOTALL,
        )
        match = marked.search(text)
        if match is None:
            message = f"no `{name}:begin` and `{name}:end`"
            raise LookupError(message)
        body = f"{match['begin']}{render()}\n{match['end']}"
        text = text[: match.start()] + body + text[match.end() :]
    return text


def main() -> None:
    """Rewrite the files, and say which changed."""
    for name, sections in FILES.items():
        path = ROOT / name
        before = path.read_text("utf-8")
        after = updated(before, sections)
        path.write_text(after, "utf-8")
        print(f"{name}: {'unchanged' if after == before else 'written'}")


if __name__ == "__main__":
    main()
