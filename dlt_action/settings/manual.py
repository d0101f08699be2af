"""
The tables in words: `--help`, the README's tables and action.yml's entries.

Nothing here is written by hand a second time; `tools/update_docs.py` puts it into the
files, and a contract test holds the files against it.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from itertools import groupby

from dlt_action.settings.outputs import OUTPUTS
from dlt_action.settings.refusals import REFUSALS, Refusal, Side
from dlt_action.settings.shape import Group, Input
from dlt_action.settings.table import INPUTS

_WIDTH = 100
_INDENT = " " * 6

_USAGE = """\
Usage: dlt-action [run] [--INPUT VALUE]...
       dlt-action stop --pipeline-id ID --update-id ID [--INPUT VALUE]...
       dlt-action report EVENTS... [--report-dir FOLDER] [--update-id ID]
                         [--quality-gate RULES|file:PATH]... [--checkout FOLDER]
                         [--host URL [--allow-host HOST]]
       dlt-action demo [SCENARIO | --list] [--out FOLDER]
                       [--quality-gate RULES|file:PATH]
       dlt-action standin [--port N] [--bind ADDRESS] [--cert FILE --key FILE]
                          [--scenario NAME] [--token TOKEN] [--stretch FACTOR]
       dlt-action --version | --help

run      start an update of each pipeline, or a job that updates them, follow them to
         their real end, exit accordingly
stop     stop that update and its automatic restarts, and nothing else
report   make the reports again, from events.ndjson or saved pages of the events API:
         judged by a quality gate, with files of the checkout (unless told: the current
         folder) and links to the workspace; asks nobody and needs no credentials
demo     play a scenario against a workspace of our own; nothing to sign up for; judged
         by a quality gate: demo worse-data --quality-gate 'all failed <= 5%'
standin  serve that workspace; the first line on standard output is its URL, the second
         the token; --stretch 0.1 plays ten times faster

Each input below may also come as a variable: pipeline-id is INPUT_PIPELINE_ID, or
INPUT_PIPELINE-ID as GitHub sets it. A flag outranks it, and it outranks the variable of
Databricks' own tools, where one is named. Empty means not given. Lists have one entry a
line; those of ids and of tables take commas as well. Durations have units: 90s, 45m,
1h30m.
"""


def help_text() -> str:
    """Return what `--help` prints."""
    sections = [_USAGE, _section("Everyday inputs", (i for i in INPUTS if i.everyday))]
    for group in Group:
        rest = [one for one in INPUTS if one.group is group and not one.everyday]
        sections.append(_section(f"Advanced, {group.value}", rest))
    return "\n".join(sections)


def inputs_markdown() -> str:
    """Return the README's tables of inputs, the advanced ones folded."""
    everyday = _rows(one for one in INPUTS if one.everyday)
    advanced = _rows(one for one in INPUTS if not one.everyday)
    return (
        f"{everyday}\n\n<details>\n<summary>Advanced</summary>\n\n"
        f"{advanced}\n\n</details>"
    )


def refusals_markdown() -> str:
    """Return the README's table of inputs that do not go together."""
    rows: dict[tuple[str, str], dict[str, None]] = {}  # whom else the same befalls
    for (one, needed, why), rules in groupby(REFUSALS, _alike):
        others = ", ".join(rule.other.shown for rule in rules)
        row = (f"no {others}" if needed else others, why)
        rows.setdefault(row, {})[one.shown] = None
    return _table(
        ("Input", "refused with", "because"),
        ((", ".join(ones), *row) for row, ones in rows.items()),
    )


def outputs_markdown() -> str:
    """Return the README's table of outputs."""
    rows = [(f"`{one.name}`", _sentence(one.help)) for one in OUTPUTS]
    return _table(("Output", "Meaning"), rows)


def inputs_yaml() -> str:
    """Return the entries of action.yml's `inputs:`; never with a `default:`."""
    return "\n".join(
        f"  {one.name}:\n"
        f"    description: {_scalar(_described(one))}\n"
        f"    required: false"
        for one in INPUTS
    )


def outputs_yaml() -> str:
    """Return the entries of action.yml's `outputs:`."""
    return "\n".join(
        f"  {one.name}:\n    description: {_scalar(_plain(_sentence(one.help)))}"
        for one in OUTPUTS
    )


def _alike(rule: Refusal) -> tuple[Side, bool, str]:
    """Return what rules must share to stand in one row."""
    return rule.one, rule.needed, rule.why


def _section(title: str, inputs: Iterable[Input[object]]) -> str:
    """Return one heading of `--help` with its inputs."""
    return "\n".join([f"{title}:", *(_entry(one) for one in inputs), ""])


def _entry(one: Input[object]) -> str:
    """Return one input of `--help`."""
    head = f"{one.flag} {one.format.metavar}"
    if one.secret:
        head = f"{one.environment_name}  (no flag: it is a secret)"
    facts = [f"default {default}" for default in _default(one)]
    tail = f" [{'; '.join(facts)}]" if facts else ""
    body = textwrap.fill(
        _plain(one.help) + tail,
        width=_WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )
    return f"  {head}\n{body}"


def _rows(inputs: Iterable[Input[object]]) -> str:
    """Return a Markdown table of inputs."""
    rows = [
        (f"`{one.name}`", ", ".join(_default(one, "`")) or "none", _sentence(one.help))
        for one in inputs
    ]
    return _table(("Input", "Default", "Meaning"), rows)


def _default(one: Input[object], mark: str = "") -> list[str]:
    """Return what holds when the input is not given, codes between *mark*s."""
    codes = [f"{mark}{code}{mark}" for code in (one.variable, one.default) if code]
    unset = one.unset if mark else _plain(one.unset)
    return [*codes, unset] if unset else codes


def _described(one: Input[object]) -> str:
    """Return the description of an input for action.yml: plain text, sentences."""
    default = ", ".join(_default(one)) or "none"
    help_ = _plain(_sentence(one.help))
    return f"{help_} Default: {default}. Example: {one.example}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; no cell of ours holds a bar."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sentence(text: str) -> str:
    """Return *text* as a sentence, with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def _plain(text: str) -> str:
    """Return Markdown without its marks."""
    return re.sub(r"[*`]", "", text)


def _scalar(text: str) -> str:
    """Return *text* in double quotes: JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
