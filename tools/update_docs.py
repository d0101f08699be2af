"""
Write the tables of inputs, refusals and outputs into README.md and action.yml.

What stands between `name:begin` and `name:end` is replaced; the rest is left alone.
Run it after a change of `dlt_action/settings`: `.venv/bin/python tools/update_docs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from dlt_action.settings import manual

ROOT = Path(__file__).resolve().parents[1]

Sections = Mapping[str, Callable[[], str]]

FILES: Mapping[str, Sections] = {
    "README.md": {
        "inputs": manual.inputs_markdown,
        "refusals": manual.refusals_markdown,
        "outputs": manual.outputs_markdown,
    },
    "action.yml": {
        "inputs": manual.inputs_yaml,
        "outputs": manual.outputs_yaml,
    },
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
