"""
What GitHub's runner makes of what a step writes: a port of its parsers.

Written from the runner's behaviour (actions/runner: `ActionCommand.cs`,
`ActionCommandManager.cs`, `FileCommandManager.cs`, `ProcessInvoker.cs`) and sharing
nothing with the code under test, so that the two can disagree.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field

REGISTERED = frozenset(
    (
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error"),
        *("group", "notice", "remove-matcher", "save-state", "set-env", "set-output"),
        *("stop-commands", "warning"),
    )
)
# What `String.TrimStart()` trims, which is not what Python's `str.strip` does.
_DOTNET_BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
ANNOTATIONS_PER_GRADE = 10
LARGEST_SUMMARY = 1024 * 1024


class Refused(Exception):
    """The runner would fail the step over this."""


@dataclass(frozen=True)
class Command:
    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def lines(raw: bytes) -> list[str]:
    """The lines that a .NET StreamReader finds: LF, CRLF and a lone CR end one."""
    text = raw.decode("utf-8", "replace")
    found = re.split(r"\r\n|\r|\n", text)
    return found if found[-1] else found[:-1]


def commands(raw: bytes) -> list[Command]:
    """The commands in the output of a step, in order; `stop-commands` is obeyed."""
    found = []
    stopped_until: str | None = None
    for line in lines(raw):
        if stopped_until is not None:
            resumes = parse(line, frozenset({stopped_until.lower()}))
            stopped_until = None if resumes is not None else stopped_until
            continue
        command = parse(line, REGISTERED)
        if command is None:
            continue
        found.append(command)
        if command.name.lower() == "stop-commands":
            stopped_until = command.data
    return found


def parse(line: str, registered: frozenset[str]) -> Command | None:
    """The command in one line: the newer form is tried first, then the older one."""
    newer = _parse_colons(line, registered)
    return newer if newer is not None else _parse_brackets(line, registered)


def _parse_colons(line: str, registered: frozenset[str]) -> Command | None:
    line = line.lstrip(_DOTNET_BLANKS)
    if not line.startswith("::"):
        return None
    end = line.find("::", 2)
    if end < 0:
        return None
    name, blank, rest = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    properties = _pairs(rest.strip(_DOTNET_BLANKS) if blank else "", ",")
    unescaped = {key: _unescape(value, "\r\n:,%") for key, value in properties}
    return Command(name, _unescape(line[end + 2 :], "\r\n%"), unescaped)


def _parse_brackets(line: str, registered: frozenset[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    unescaped = {key: _unescape(value, ";\r\n]%") for key, value in _pairs(rest, ";")}
    return Command(name, _unescape(line[end + 1 :], ";\r\n]%"), unescaped)


def _pairs(text: str, separator: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(separator)]
    return [(key, value) for key, _, value in pairs if key and value]


def _unescape(text: str, characters: str) -> str:
    for character in characters:  # "%" is the last one
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def environment_file(raw: bytes) -> dict[str, str]:
    """The values in GITHUB_OUTPUT or GITHUB_STATE; the last one of a name wins."""
    text = raw.decode("utf-8")
    values: dict[str, str] = {}
    index = 0
    while index < len(text):
        line, index, _ = _read_line(text, index)
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, values_text = line.partition("=")
            values[name] = values_text
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            values[name], index = _heredoc(text, index, delimiter)
        else:
            raise Refused(f"Invalid format '{line}'")
        if not name:
            raise Refused("Name must not be empty")
    return values


def _heredoc(text: str, start: int, delimiter: str) -> tuple[str, int]:
    if not delimiter:
        raise Refused("delimiter must not be empty")
    index = end = start
    while index < len(text):
        line, index, newline = _read_line(text, index)
        if line == delimiter:
            return text[start:end] if end > start else "", index
        if not newline:
            raise Refused("EOF marker missing new line")
        end = index - len(newline)
    raise Refused(f"Matching delimiter not found '{delimiter}'")


def _read_line(text: str, index: int) -> tuple[str, int, str]:
    end = text.find("\n", index)
    if end < 0:
        return text[index:], len(text), ""
    return text[index:end], end + 1, "\n"


class Step:
    """What a step leaves: annotations within the budget, masks, and a masked log."""

    def __init__(self, raw: bytes) -> None:
        self.annotations: list[Command] = []
        self.masks: set[str] = set()
        spent = {"error": 0, "warning": 0, "notice": 0}
        for command in commands(raw):
            if command.name in spent:
                spent[command.name] += 1
                if spent[command.name] <= ANNOTATIONS_PER_GRADE:
                    self.annotations.append(command)
            if command.name == "add-mask":
                self._mask(command.data)

    def _mask(self, value: str) -> None:
        if not value.strip():
            return
        self.masks.add(value)
        self.masks.update(line for line in re.split(r"[\r\n]+", value) if line)

    def masked(self, text: str) -> str:
        """*text* as the log shows it."""
        known = {form for mask in self.masks for form in (mask, *_base64(mask))}
        for form in sorted(known, key=len, reverse=True):
            text = text.replace(form, "***")
        return text


def _base64(value: str) -> list[str]:
    raw = value.encode()
    forms = [b64encode(raw[shift:]).decode().rstrip("=") for shift in range(3)]
    return [form[:-1] for form in forms if len(form) > 8]
