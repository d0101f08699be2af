"""
GitHub Actions: workflow commands and the files that the runner reads afterwards.

The runner reads the files of a step even when it was canceled or killed. So a record
is written whole or not at all: built in memory, one `write` to a descriptor that
appends, synced; what a full disk tore off is cut away again, because half a record
fails the step with an error that explains nothing.

Limits are those of actions/runner (`ExecutionContext.cs`, `FileCommandManager.cs`).
What lies beyond them is dropped there in silence, so it is counted and cut here.
"""

from __future__ import annotations

import codecs
import errno
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dlt_action.core.markdown import fit
from dlt_action.core.text import Grade, cut_bytes, one_line, visible
from dlt_action.edge.writer import Writer
from dlt_action.errors import OutputsUnwritable

ANNOTATIONS_PER_GRADE = 10
LONGEST_ANNOTATION = 4096  # UTF-16 units, which is what .NET counts
LONGEST_TITLE = 200  # ours: a title is one line above the message
# The runner drops a file of more than 1 MiB whole. The rest is for what masking adds.
LARGEST_SUMMARY = 1_000_000  # bytes

_MEANING = {
    "GITHUB_OUTPUT": (
        "The outputs of this step are missing or old, whatever happened to the update:"
        " nothing may be deployed on them."
    ),
    "GITHUB_STATE": (
        "The post step of this action cannot know of the update, and would not stop it."
    ),
}
codecs.lookup("utf-16-le")  # an import: none comes once an update may be running
# What a file says that cannot be synced, a pipe for instance, or some mounts.
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


class GitHub:
    """The dialect of GitHub's runner."""

    def __init__(
        self, environ: Mapping[str, str], writer: Writer, *, nonce: Callable[[], str]
    ) -> None:
        """
        Use the files that *environ* names and the stream of *writer*.

        *nonce* makes a text that nobody can guess, for the delimiter of a value.
        """
        self._environ = environ
        self._writer = writer
        self._nonce = nonce
        self._annotated: Counter[str] = Counter()
        self._missing: set[str] = set()

    def mask(self, secret: str) -> None:
        """Tell the runner and the writer to hide *secret* and its encodings."""
        for form in self._writer.hide(secret):
            self._writer.command("add-mask", form)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is said inside under *title*; groups do not nest."""
        self._writer.command("group", one_line(title, LONGEST_TITLE))
        try:
            yield
        finally:
            self._writer.command("endgroup")

    def annotate(
        self,
        grade: Grade,
        message: str,
        *,
        title: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Annotate the run, while the runner still counts; afterwards say it."""
        self._annotated[grade] += 1
        if self._annotated[grade] > ANNOTATIONS_PER_GRADE:
            self._writer.say(f"{grade}: {one_line(title)}: {one_line(message)}")
            return
        # Redacted here as well: a secret that the cut goes through would be unknown.
        shown = visible(self._writer.redacted(message))
        self._writer.command(
            grade,
            cut_bytes(shown, 2 * LONGEST_ANNOTATION, "utf-16-le"),
            title=one_line(title, LONGEST_TITLE),
            file=one_line(file) if file is not None else "",
            line=str(line) if line is not None else "",
        )

    def outputs(self, values: Mapping[str, str]) -> None:
        """Append *values* to the outputs of the step. Raises `OutputsUnwritable`."""
        self._hand_over("GITHUB_OUTPUT", values)

    def state(self, values: Mapping[str, str]) -> None:
        """Append *values* to the state. Raises `OutputsUnwritable`."""
        self._hand_over("GITHUB_STATE", values)

    def summary(self, markdown: str) -> None:
        """Append *markdown* to the step summary, as far as it fits."""
        path = self._file("GITHUB_STEP_SUMMARY")
        if path is None:
            return
        text = self._writer.redacted(markdown)
        if not text.endswith("\n"):
            text += "\n"
        try:
            room = LARGEST_SUMMARY - Path(path).stat().st_size
            _append(path, _bytes(fit(text, room)))
        except OSError as error:
            self._writer.say(
                f"warning: no step summary: {path}: {error.strerror or error}"
            )

    def _file(self, variable: str) -> str | None:
        path = self._environ.get(variable)
        if path:
            return path
        if variable not in self._missing:
            self._missing.add(variable)
            self._writer.say(f"{variable} is not set: nothing is written there.")
        return None

    def _hand_over(self, variable: str, values: Mapping[str, str]) -> None:
        path = self._file(variable)
        if path is None:
            return
        try:
            record = "".join(
                self._heredoc(name, self._writer.redacted(value))
                for name, value in values.items()
            )
            _append(path, _bytes(record))
        except (OSError, ValueError) as error:
            cause = error.strerror if isinstance(error, OSError) else None
            raise OutputsUnwritable(
                f"{variable} could not be written: {path}: {cause or error}. "
                f"{_MEANING[variable]}"
            ) from error

    def _heredoc(self, name: str, value: str) -> str:
        delimiter = f"ghadelimiter_{self._nonce()}"
        # The name is ours. That a random text is in a value is no accident: the
        # generator is broken, or somebody can see it.
        if delimiter in value:
            raise ValueError(f"the value of {name} holds its own delimiter")
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _append(path: str, record: bytes) -> None:
    """Append all of *record* to the file at *path*, or nothing; raises OSError."""
    # No O_CREAT: the runner made the file, and reads no other.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor).st_size
        try:
            _write_whole(descriptor, record)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, record: bytes) -> None:
    # One write: a signal handler that raises cannot come in between.
    written = os.write(descriptor, record)
    if written < len(record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
