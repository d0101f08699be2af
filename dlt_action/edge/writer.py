"""
The one writer: every byte that this program shows goes through here.

A runner reads the log for instructions, so a second `print` anywhere would be a second
door. Three promises:

* each line is one record in which a runner finds no command, except those that
  `command` was asked for, and no secret that `hide` was told of;
* a stream that is closed or full never changes how the run ends: the writer falls
  silent and remembers it in `broken`;
* everything goes to one stream. A runner reads the two in an order of its own.

The program must end with `close()` and then `sys.exit(code)`: without it Python flushes
what a broken stream left over, fails, and replaces the exit code by 120.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from dlt_action.core.redaction import disguises, redact
from dlt_action.core.text import cut, escape_data, escape_property, neutral, visible

LONGEST_LINE = 4000  # characters; what is longer is no line that anybody reads
# Verbatim lines stand behind this: problem matchers look for the start of a line.
_MARGIN = "| "
# The one command whose data is a secret; redacted, it would mask the asterisks.
_MASKING = "add-mask"


class Writer:
    """Writes lines of any text to *stream*, safely; commands only on *github*."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        clock: Callable[[], datetime] | None,
        github: bool,
    ) -> None:
        """
        Begin to write to *stream*, which is None where Python found it closed.

        *clock* tells the time that each line begins with; without one there is none.
        """
        self._stream = stream
        self._clock = clock
        self._github = github
        self._secrets: set[str] = set()
        self._forms: tuple[str, ...] = ()
        # Tokens are renewed on other threads, and hidden there.
        self._lock = threading.Lock()
        self.broken = stream is None

    def hide(self, secret: str) -> tuple[str, ...]:
        """Never write *secret* again; the forms of it that were not hidden before."""
        with self._lock:
            fresh = tuple(one for one in disguises(secret) if one not in self._secrets)
            self._secrets.update(fresh)
            self._forms = tuple(sorted(self._secrets, key=len, reverse=True))
        return fresh

    def redacted(self, text: str) -> str:
        """*text* without what `hide` was told of, for what is written elsewhere."""
        return redact(text, self._forms)

    def say(self, text: str) -> None:
        """Write *text*, of one or more lines, each with the time in UTC."""
        time = ""
        if self._clock is not None:
            time = f"{self._clock().astimezone(UTC):%H:%M:%S} "
        for line in self._lines(text):
            self._put(time + line if line else "")

    def block(self, lines: Iterable[str], *, limit: int = LONGEST_LINE) -> None:
        """
        Write *lines* as they are, without a time, behind a margin.

        A *limit* of their own is for lines that programs read: a part of one is none.
        """
        for text in lines:
            for line in self._lines(text, limit):
                self._put(_MARGIN + line)

    def command(self, name: str, data: str = "", **properties: str) -> None:
        """
        Write the workflow command `::name properties::data`.

        Outside GitHub it would be noise, and is left out. Empty properties are too,
        because the runner drops them.
        """
        if not self._github:
            return
        if name != _MASKING:
            data = visible(self.redacted(data))
        given = ",".join(
            f"{key}={escape_property(visible(self.redacted(value)))}"
            for key, value in properties.items()
            if value
        )
        head = f"{name} {given}" if given else name
        self._put(f"::{head}::{escape_data(data)}")

    def close(self) -> None:
        """Flush, and let the interpreter's own flush at the end find nothing to do."""
        if self._stream is None:
            return
        with self._lock:  # whoever still signs in on another thread writes no more
            stream, self._stream = self._stream, None
            try:
                stream.flush()
            except (OSError, ValueError):
                self.broken = True
        if self.broken:
            self._divert(stream)

    @staticmethod
    def _divert(stream: TextIO) -> None:
        # What is left in the buffer has to go somewhere where writing works: the
        # documentation of `signal` ("Note on SIGPIPE") has the recipe.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)

    def _lines(self, text: str, limit: int = LONGEST_LINE) -> list[str]:
        # Twice: a secret may span lines, and one may appear only when colours are gone.
        shown = self.redacted(visible(self.redacted(text)))
        return [neutral(cut(line, limit)) for line in shown.split("\n")]

    def _put(self, line: str) -> None:
        if self.broken or self._stream is None:
            return
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        safe = line.encode(encoding, "backslashreplace").decode(encoding)
        try:
            with self._lock:
                if self._stream is not None:  # closed in the meantime
                    self._stream.write(safe + "\n")
                    self._stream.flush()
        except (OSError, ValueError):  # closed, full, gone
            self.broken = True
