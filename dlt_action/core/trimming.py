"""
What matters of an error's message: it holds stack traces and wrapped wrappers.

The message of an exception from Spark names the exceptions that it went through, quotes
the plan of the query, and ends in the stack of the JVM. A Python traceback has more
frames of libraries than of the user's code. None of that says why it failed.

Repetitions are bounded: whoever wrote the message must not decide how long we look. And
a cut always shows: by its sign, half a secret is known as such (`core.redaction`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from dlt_action.core.text import cut

MOST_LINES = 30
MOST_CHARACTERS = 4000
MOST_READ = 100_000  # characters: the log cuts messages sooner
LONGEST_LINE = 4000
LONG_TRACEBACK = 12  # lines; a short one is shown as it is
_MOST_WRAPPERS = 12

# Of a Python traceback: notebook frames name their cell, files do not; IPython has a
# way of its own to write both.
PYTHON_FRAME = re.compile(
    r'File "(?P<path>[^"\n]{1,1000})"'
    r"(?:, cell (?P<cell>[0-9]{1,6}))?, line (?P<line>[0-9]{1,9})"
    r"|^File (?P<path2>[^\s\":][^:\n]{0,1000}):(?P<line2>[0-9]{1,9})",
    re.MULTILINE,
)
_NOT_USERS = ("/site-packages/", "/dist-packages/", "/databricks/", "/lib/python")

_ERROR_CLASS = re.compile(r"\s*\[(?P<name>[A-Z][A-Z0-9_.]{2,150})\]")
_WRAPPER = re.compile(
    r"\s*(?:Caused by: )?(?:"
    # java.lang.RuntimeException: …, also of pyspark
    r"(?P<name>(?:[A-Za-z_][\w$]{0,80}\.){1,15}"
    r"[A-Z][\w$]{0,120}?(?:Exception|Error|Throwable|Failure)):\s+"
    r"|\[STREAM_FAILED\] Query \[[^\]\n]{0,300}\] terminated with (?:exception|error): "
    r"|Job aborted due to stage failure: (?:Task [^\n:]{0,100} most recent failure: "
    r"Lost task [^\n]{0,200}? executor [^\n):]{1,60}\): )?"
    r"|(?<=Caused by: ))(?=\S)"
)
_PY4J = re.compile(
    r"An error occurred while calling [^\n]{1,120}\.[ \t]{0,9}\n\s{0,9}: ?"
)
_SQL_STATE = re.compile(r"\s{0,9}\bSQLSTATE: [0-9A-Z]{5}\b")
_TRACEBACK = "Traceback (most recent call last)"
_RULE = re.compile(r"-{3,}|={3,}")

_JVM_FRAME = re.compile(
    r"\s*(?:at [\w.$<>/]{1,300}\([^()\n]{0,200}\)|\.\.\. \d+ more"
    r"|Driver stacktrace:)\s*"
)
_JVM_STACK = re.compile(r"^[ \t]{0,9}JVM stacktrace:[ \t]{0,9}$", re.MULTILINE)
_PLAN_BRANCH = re.compile(r"[\s:|]*[+:]- ")
_PLAN_ROOT = re.compile(r"[!']?[A-Z]\w{0,60}(?:[ \[(]|$)")

_POSITION = re.compile(
    r"== SQL \(line (?P<line>[0-9]{1,9}), position [0-9]{1,9}\) =="
    r"|(?:; |\()line (?P<line2>[0-9]{1,9}),? pos [0-9]{1,9}"
)


def is_users(path: str) -> bool:
    """Whether *path* of a frame is code of the pipeline's and of no library."""
    return not path.startswith("<") and not any(part in path for part in _NOT_USERS)


def error_class(line: str) -> str:
    """The error class that *line* begins with, as in `[TABLE_OR_VIEW_NOT_FOUND]`."""
    found = _ERROR_CLASS.match(line)
    return "" if found is None else found["name"]


def unwrapped(line: str) -> tuple[str, str]:
    """*line* without the exceptions that it went through, and the last one's name."""
    name, rest = "", line
    for _ in range(_MOST_WRAPPERS):
        found = _WRAPPER.match(rest)
        if found is None or not found[0]:
            break
        name, rest = found["name"] or name, rest[found.end() :]
    return name, rest.strip()


def telling_line(message: str) -> str:
    """The line of *message* that says what happened, in its wrappers; may be blank."""
    text = _PY4J.sub("", cut(message, MOST_READ))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    first = lines[0]
    if error_class(unwrapped(first)[1]):
        return first
    if any(_TRACEBACK in line for line in lines):
        return _last_words(lines)
    causes = (
        line for line in reversed(lines) if line.lstrip().startswith("Caused by:")
    )
    telling = (line for line in causes if error_class(unwrapped(line)[1]))
    return next(telling, first)


def _last_words(lines: list[str]) -> str:
    # A traceback says what happened in the first line after its frames; a cut one (the
    # log truncates) ends in a source line, which is still better than the first.
    marks = [n for n, line in enumerate(lines) if _is_mark(line)]
    after = lines[marks[-1] + 1 :]
    words = (line for line in after if not line[0].isspace() and not _RULE.match(line))
    code = ("->", "File ", "|")  # how IPython shows the lines around an error
    told = (line for line in words if not line.startswith(code) and not _numbered(line))
    return next(told, lines[-1])


def _is_mark(line: str) -> bool:
    return _TRACEBACK in line or PYTHON_FRAME.search(line) is not None


def _numbered(line: str) -> bool:
    return line.split(maxsplit=1)[0].isdigit()


def headline(line: str) -> str:
    """*line* as a headline: no wrappers, and no SQLSTATE, which its class implies."""
    return _headline(cut(line, LONGEST_LINE))


def _headline(line: str) -> str:
    said = unwrapped(line)[1]
    if "SQLSTATE" in said:
        said = _SQL_STATE.sub("", said)
    return said.rstrip("; ")


def position(message: str) -> int | None:
    """The line of the SQL query that *message* points at."""
    found = _POSITION.search(message[:MOST_READ])
    return None if found is None else int(found["line"] or found["line2"])


def detail(message: str) -> str:
    """*message* for reading: no stack of the JVM, no plan, few frames of libraries."""
    text = _PY4J.sub("", cut(message, MOST_READ))
    stack = _JVM_STACK.search(text)
    if stack is not None:
        text = text[: stack.start()]
    lines = text.strip().splitlines()
    lines = [line for line in lines if not _JVM_FRAME.fullmatch(line)]
    lines = list(_without_plan("\n".join(lines).strip().splitlines()))
    if len(lines) > LONG_TRACEBACK and any(_TRACEBACK in line for line in lines):
        lines = list(_without_libraries(lines))
    if lines and _TRACEBACK not in lines[0]:
        lines[0] = _headline(lines[0][:LONGEST_LINE]) + lines[0][LONGEST_LINE:]
    return _cut(lines)


def _without_plan(lines: list[str]) -> Iterator[str]:
    for line, following in pairwise([*lines, ""]):
        branch = _PLAN_BRANCH.match(line)
        root = _PLAN_BRANCH.match(following) and _PLAN_ROOT.match(line)
        if not branch and not root:
            yield line


def _without_libraries(lines: list[str]) -> Iterator[str]:
    left_out, leaving = 0, False
    for line in lines:
        frame = PYTHON_FRAME.search(line)
        if frame is not None:
            leaving = not is_users(frame["path"] or frame["path2"])
            left_out += leaving
        elif leaving and not line[:1].isspace():
            leaving = False
        if leaving:
            continue
        if left_out:
            yield f"  … {left_out} of libraries"
            left_out = 0
        yield line
    if left_out:
        yield f"  … {left_out} of libraries"


def _cut(lines: list[str]) -> str:
    if len(lines) > MOST_LINES:
        left = len(lines) - MOST_LINES
        lines = [*lines[:MOST_LINES], f"… {left} more lines"]
    text = "\n".join(lines)
    if len(text) > MOST_CHARACTERS:
        return text[:MOST_CHARACTERS] + " …"
    return text
