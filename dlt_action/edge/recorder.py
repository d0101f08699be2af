"""
The event log on disk: each event once, in order of arrival, as it comes.

A step that is killed leaves what it had. That a disk is full, or a folder not to be
written to, is a warning and changes nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dlt_action.core.event import Event
from dlt_action.core.recording import line_of, note
from dlt_action.edge.files import Unwritable, new_file
from dlt_action.edge.writer import Writer
from dlt_action.lean import dataclass

EVENTS = "events.ndjson"
# An artifact that somebody downloads, and a disk that others need as well.
LARGEST = 200 * 1000 * 1000  # bytes
_FULL = f"{EVENTS} holds {LARGEST // 10**6} MB at most; later events are left out."
_IN_PART = "The run did not read the event log to its end: there are more events."


@dataclass(slots=True)
class Room:
    """How many bytes there still are, for all logs of a step together."""

    left: int = LARGEST


class Recorder:
    """Writes events to `events.ndjson`; where there is no *folder*, nowhere."""

    def __init__(
        self,
        root: Path,
        folder: str | None,
        writer: Writer,
        room: Room | None = None,
    ) -> None:
        """
        Begin an empty file in *folder* below *root*; *writer* redacts and warns.

        What it takes, it takes of the *room* that there is for all such files.
        """
        self._writer = writer
        self._room = Room() if room is None else room
        self._room.left -= max(len(note(text)) for text in (_FULL, _IN_PART)) + 1
        self._size = 0
        self._file: int | None = None
        if folder is None:
            return
        try:
            self._file = new_file(root, folder, EVENTS)
        except Unwritable as error:
            writer.say(f"warning: {error}")

    def record(self, event: Event) -> None:
        """Write *event*; that it cannot be written is told once."""
        self._guarded(lambda: self._record(event))

    def close(self, *, whole: bool = True) -> None:
        """No event comes any more; a log that is not *whole* says so itself."""
        if not whole:
            self._guarded(self._say_so)
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
        self._file = None

    def _guarded(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self._give_up(error.strerror or type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a bug in a report loses no update
            self._give_up(f"a bug ({type(error).__name__})")

    def _give_up(self, cause: str) -> None:
        # Half a line is none: whoever reads the file would stumble over it.
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
        self.close()
        self._writer.say(f"warning: {EVENTS} ends early: {cause}")

    def _record(self, event: Event) -> None:
        if self._file is None or not event.raw:
            return
        line = line_of(event.raw, self._writer.redacted)
        if len(line) + 1 > self._room.left:
            self._put(self._file, note(_FULL))
            self.close()
            self._writer.say(f"warning: {_FULL}")
            return
        self._room.left -= len(line) + 1
        self._put(self._file, line)

    def _say_so(self) -> None:
        if self._file is not None:
            self._put(self._file, note(_IN_PART))

    def _put(self, file: int, line: str) -> None:
        data = rest = f"{line}\n".encode("ascii")
        while rest:  # a disk that fills up takes a part at first
            rest = rest[os.write(file, rest) :]
        self._size += len(data)
