"""
How the text of one input is read: small pure parsers that refuse with advice.

A parser takes the trimmed, non-empty text of one input and returns a value, or raises
`Unfit` with what is wrong and what to write instead. It never guesses: `60` is neither
seconds nor minutes here, and `yes` is not `true`.

What a person typed is repeated only where it is short and plain (`shown`), for it may
be a secret that went into the wrong input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from math import inf
from pathlib import PurePosixPath
from typing import TypeVar

from dlt_action.core.jobs.wire import is_number
from dlt_action.core.model import JobId, PipelineId, UpdateId, is_id

Choice = TypeVar("Choice", bound=StrEnum)
Named = TypeVar("Named", bound=str)

# Outputs, state and summary of a step have room for so many, and a person hardly.
MOST_PIPELINES = 100

_TRUE = frozenset({"true", "True", "TRUE"})  # YAML 1.2 core schema, as GitHub's toolkit
_FALSE = frozenset({"false", "False", "FALSE"})

# Personal access tokens are longer than this, so no message can repeat one.
_SHOWN = re.compile(r"[0-9A-Za-z_.,;/+*=-][0-9A-Za-z_.,;/+*= -]{0,23}")

# Five digits keep the sum far below what Python can wait for (about 292 years).
_DURATION = re.compile(r"(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,5})s)?")

_PIPELINE_URL = re.compile(r"/pipelines/([0-9a-fA-F-]{36})(?=[/?#]|$)")
_JOB_URL = re.compile(r"/?jobs?/([0-9]{1,19})(?=[/?#]|$)")
_UPDATE_URL = re.compile(r"/updates/([0-9a-fA-F-]{36})(?=[/?#]|$)")

# One name of a list: in double quotes (ours, taken off), or as it is, where parts in
# backticks (SQL's) may hold commas and blanks.
_NAME = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>(?:`[^`]*`|[^`",])*))\s*(?:,|$)"""
)
_PART = re.compile(r"(?:`[^`]+`|[^`.]+)")

_NAMES = (
    "Write one name a line, or put commas between them;"
    " a name with blanks or commas goes in double quotes."
)


class Unfit(Exception):
    """A text that an input cannot take: what is wrong, and what to write."""

    def __init__(self, what: str, remedy: str) -> None:
        """Take two sentences; neither may hold text that could be a secret."""
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


def shown(text: str) -> str:
    """Return *text* in backquotes, or its length unless it is short and plain."""
    if _SHOWN.fullmatch(text):
        return f"`{text}`"
    return f"a text of {len(text)} characters"


def as_written(text: str) -> str:
    """Take any text."""
    return text


def boolean(text: str) -> bool:
    """Read a YAML 1.2 core boolean."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    what = f"{shown(text)} is not a boolean."
    raise Unfit(what, "Write `true` or `false`.")


def full_refresh(text: str) -> bool:
    """Read the boolean that the Databricks CLI's users take for a list of tables."""
    try:
        return boolean(text)
    except Unfit as unfit:
        remedy = (
            "Write `true` to reset every table;"
            " names of tables go into `full-refresh-selection`."
        )
        raise Unfit(unfit.what, remedy) from None


def duration(text: str) -> float:
    """Read hours, minutes and seconds such as `1h30m`, in seconds; positive."""
    if re.fullmatch(r"[0-9]{1,5}", text):
        what = f"`{text}` has no unit."
        remedy = f"Write `{text}s` for seconds or `{text}m` for minutes."
        raise Unfit(what, remedy)
    match = _DURATION.fullmatch(text)
    if match is None:
        remedy = "Write hours, minutes, seconds: `90s`, `45m`, `2h`, `1h30m`."
        raise Unfit(f"{shown(text)} is not a duration.", remedy)
    hours, minutes, seconds = (int(part or "0") for part in match.groups())
    total = float(hours * 3600 + minutes * 60 + seconds)
    if not total:
        raise Unfit("A duration must be longer than nothing.", "Write `1s` or more.")
    return total


def duration_or_off(text: str) -> float:
    """Read a duration, or `off`, which is for ever."""
    if text == "off":
        return inf
    try:
        return duration(text)
    except Unfit as unfit:
        raise Unfit(unfit.what, f"{unfit.remedy} Or write `off`.") from None


def choice(kind: type[Choice], text: str) -> Choice:
    """Read one word of the enumeration *kind*."""
    for member in kind:
        if member.value == text:
            return member
    words = ", ".join(f"`{member.value}`" for member in kind)
    raise Unfit(f"{shown(text)} is not known.", f"Write one of {words}.")


def digits(text: str) -> str:
    """Read a workspace id: digits only."""
    if re.fullmatch(r"[0-9]{1,20}", text):
        return text
    remedy = "Write the digits that stand after `?o=` in the workspace's address."
    raise Unfit("A workspace id is a number.", remedy)


def pipeline_ids(text: str) -> tuple[PipelineId, ...]:
    """Read pipeline ids, one a line or with commas; doubles count once."""
    ids = filter(None, map(str.strip, re.split(r"[\n,]", text)))
    return _some(pipeline_id(one) for one in ids)


def pipeline_id(text: str) -> PipelineId:
    """Read one pipeline id; a pasted address is answered with the id in it."""
    if is_id(text):
        return PipelineId(text)
    pasted = _PIPELINE_URL.search(text)
    if pasted is not None:
        remedy = f"Write the id alone: `{pasted[1]}`."
        raise Unfit("It is an address, not an id.", remedy)
    remedy = "Write the id that the pipeline's page shows, or use `pipeline-name`."
    raise Unfit("An id has 1 to 64 letters, digits and hyphens.", remedy)


def pipeline_names(text: str) -> tuple[str, ...]:
    """Read names of pipelines, one a line; doubles count once."""
    lines = map(str.strip, text.splitlines())
    return _some(one_line(line) for line in lines if line.strip(", "))


def _some(names: Iterable[Named]) -> tuple[Named, ...]:
    """Return *names*, each once: at least one, and no more than a step can tell of."""
    found = dict.fromkeys(names)
    if not found:
        raise Unfit("It names no pipeline.", "Write one a line.")
    if len(found) > MOST_PIPELINES:
        what = f"It names {len(found):,} pipelines; a step takes {MOST_PIPELINES}."
        raise Unfit(what, "Use a matrix, or several steps.")
    return tuple(found)


def job_id(text: str) -> JobId:
    """Read the id of a job; a pasted address is answered with the id in it."""
    if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII):
        number = str(int(text))  # `007` is 7, and the workspace says so
        if is_number(number):
            return JobId(number)
    pasted = _JOB_URL.search(text)
    if pasted is not None:
        remedy = f"Write the id alone: `{pasted[1]}`."
        raise Unfit("It is an address, not an id.", remedy)
    remedy = "Write the digits that the job's page shows, or use `job-name`."
    raise Unfit("The id of a job is a number.", remedy)


def count(text: str) -> int:
    """Read a whole number from 1 on."""
    if re.fullmatch(r"[1-9][0-9]{0,5}", text, re.ASCII):
        return int(text)
    raise Unfit(f"{shown(text)} is not a whole number from 1 on.", "Write `5`, say.")


def update_id(text: str) -> UpdateId:
    """Read one update id, or `latest`; a pasted address is answered with its id."""
    if is_id(text):
        return UpdateId(text)
    pasted = _UPDATE_URL.search(text)
    if pasted is not None:
        raise Unfit("It is an address, not an id.", f"Write the id: `{pasted[1]}`.")
    what = "An id has 1 to 64 letters, digits and hyphens."
    raise Unfit(what, "Write the id that the update's page shows, or `latest`.")


def one_line(text: str) -> str:
    """Read a text of one line, such as a name."""
    if text.isprintable():
        return text
    raise Unfit("It holds a line break or a control character.", "Write one line.")


def names(text: str) -> tuple[str, ...]:
    """Read names of tables or flows, one a line or with commas; doubles count once."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        found.update(dict.fromkeys(_names_of_line(line)))
    if not found:
        raise Unfit("It holds no name.", "Write one name a line.")
    return tuple(found)


def flow_names(text: str) -> tuple[str, ...]:
    """Read fully qualified flow names: with fewer parts the *update* would fail."""
    found = names(text)
    for name in found:
        if not re.fullmatch(rf"{_PART.pattern}(?:\.{_PART.pattern}){{2}}", name):
            what = f"{shown(name)} is not fully qualified."
            raise Unfit(what, "Write `catalog.schema.flow`.")
    return found


def folder(text: str) -> str:
    """Read a folder below the workspace; return it normalised."""
    remedy = "Write a folder in the workspace, such as `dlt-report`."
    if not text.isprintable() or "\\" in text:
        raise Unfit("It holds a backslash or a control character.", remedy)
    path = PurePosixPath(text)
    if path.is_absolute() or text.startswith("~"):
        raise Unfit("It is not relative to the workspace.", remedy)
    if ".." in path.parts:
        raise Unfit("It leaves the workspace by `..`.", remedy)
    if not path.parts:
        raise Unfit("It names the workspace itself.", remedy)
    return str(path)


def authorities(text: str) -> str:
    """Read a path to certificates, or the certificates themselves as PEM text."""
    remedy = "Write the path of a PEM file, or the text of one, certificates only."
    if "PRIVATE KEY-----" in text:
        raise Unfit("It holds a private key, which is never needed here.", remedy)
    if is_pem(text):
        if "-----END CERTIFICATE-----" in text:
            return text
        raise Unfit("The PEM text is cut off: it has no END line.", remedy)
    if text.isprintable():
        return text
    raise Unfit("It is neither one path nor PEM text.", remedy)


def is_pem(text: str) -> bool:
    """Whether *text* is certificates, not the path to some."""
    return "-----BEGIN CERTIFICATE-----" in text


def _names_of_line(line: str) -> list[str]:
    """Split one line at the commas outside of quotes; raise `Unfit` where it cannot."""
    found, at = [], 0
    line = line.strip()
    if line.startswith(("[", "{", "- ")):
        raise Unfit("It is JSON or YAML, not plain names.", _NAMES)
    while at < len(line):
        match = _NAME.match(line, at)
        if match is None:
            raise Unfit("A quotation mark or backtick has no partner.", _NAMES)
        at = match.end()
        quoted, plain = match["quoted"], match["plain"]
        name = _unquoted(plain.strip()) if quoted is None else quoted.strip()
        if name:
            found.append(one_line(name))
    return found


def _unquoted(name: str) -> str:
    """Refuse blanks, which more often separate two names than belong to one."""
    if re.search(r"\s", re.sub(r"`[^`]*`", "", name)):
        raise Unfit("A name holds a blank.", _NAMES)
    return name
