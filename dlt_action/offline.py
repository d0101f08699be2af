"""
Reports made again from a saved event log: without a network, and of anybody's update.

What is read is `events.ndjson`, which a run leaves in its `report-dir`, or pages of the
events API as they were saved. A log knows nothing of what the step was asked for, so
the verdict is the update's own: no gate is judged, and no clock ran out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from dlt_action import __version__
from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.model import EXIT_CODES, Json, JsonObject, UpdateId
from dlt_action.core.record import Asked, Record
from dlt_action.core.recording import LONGEST_LINE, NOTE
from dlt_action.core.retelling import Chapter, chain_to, retell
from dlt_action.core.words import plural
from dlt_action.edge.arguments import Arguments
from dlt_action.edge.files import Unwritable, write_reports
from dlt_action.edge.recorder import LARGEST
from dlt_action.edge.writer import Writer
from dlt_action.errors import InputProblem, Misconfigured, OutputsUnwritable
from dlt_action.publishing import files_of
from dlt_action.reports.telling import closing

# Whole pages of the API are parsed at once, and take several times their size.
LARGEST_DOCUMENT = 64 * 1000 * 1000  # bytes
LARGEST_LOG = LARGEST + 50 * 1000 * 1000  # of ours, and somewhat longer lines
_NO_END = 1  # the exit code where the log shows no end
_SHOWN_IDS = 5
_FORMS = "Give events.ndjson, or pages of the events API as JSON."

# When it was, to the tie; its place in the file; the event.
_Packed: TypeAlias = tuple[datetime, int, int, bytes]


def report(argv: Sequence[str], writer: Writer) -> int:
    """Make the reports again; the exit code of the state that the log shows."""
    parser = Arguments(prog="dlt-action report")
    parser.add_argument("events", nargs="+", type=Path)
    parser.add_argument("--report-dir", type=Path)
    parser.add_argument("--update-id")
    asked = parser.parse_args(argv)
    shelf = Shelf()
    for path in asked.events:
        _read(path, shelf)
    record = _told(shelf, shelf.chapter(asked.update_id))
    folder = asked.events[0].parent if asked.report_dir is None else asked.report_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_reports(folder, ".", files_of(record, writer))
    except (OSError, Unwritable) as error:
        raise OutputsUnwritable(f"The reports cannot be written: {error}") from error
    writer.say(closing(record))
    writer.say(f"reports: {folder}")
    return EXIT_CODES.get(record.worst.result, _NO_END)


def _told(shelf: Shelf, last: Chapter) -> Record:
    chain = chain_to(last, shelf.chapters.values())
    outcome = retell((one, shelf.events(one)) for one in chain)
    asked = Asked(
        pipeline=last.pipeline,
        kind=last.request.kind.value,
        resets=last.request.kind.resets,
        version=__version__,
    )
    return Record(asked, (replace(outcome, warnings=tuple(shelf.warnings())),))


class Shelf:
    """Events of any number of updates, each once; small enough to be sorted."""

    def __init__(self) -> None:
        """Begin with none."""
        self.chapters: dict[UpdateId, Chapter] = {}
        self.cut_short = False  # by its own word
        self.unreadable = 0  # lines or events
        self._events: dict[UpdateId, list[_Packed]] = {}
        self._seen: set[str] = set()

    def put(self, source: JsonObject) -> None:
        """Put one event in, or a page of them."""
        if NOTE in source:
            self.cut_short = True
            return
        page = "events" in source
        for item in wire.children(source, "events") if page else [source]:
            try:
                self._put(item)
            except RecursionError:  # nested as deep as only a trap is
                self.unreadable += 1

    def _put(self, source: JsonObject) -> None:
        event = wire.event(source)
        update = event.update_id
        if update is None or event.event_id in self._seen:
            return
        self._seen.add(event.event_id)
        self.chapters.setdefault(update, Chapter(update)).take(source, event)
        # Text takes a fraction of the room that what it says does.
        packed = json.dumps(source).encode("ascii")
        self._events.setdefault(update, []).append(
            (event.at, event.sequence, len(self._seen), packed)
        )

    def chapter(self, wanted: str | None) -> Chapter:
        """The update *wanted*, or the last. Raises `Misconfigured` without one."""
        if not self.chapters:
            what = "No event in there names an update."
            raise Misconfigured((InputProblem("events", what, _FORMS),))
        if wanted is None:
            return max(self.chapters.values(), key=lambda one: one.first)
        found = self.chapters.get(UpdateId(wanted))
        if found is None:
            newest = sorted(self.chapters.values(), key=lambda one: one.first)
            known = ", ".join(one.update_id for one in newest[-_SHOWN_IDS:])
            raise Misconfigured(
                (
                    InputProblem(
                        "update-id", "It is not in there.", f"There is {known}."
                    ),
                )
            )
        return found

    def events(self, chapter: Chapter) -> Iterator[Event]:
        """The events of *chapter*, oldest first."""
        for *_, packed in sorted(self._events[chapter.update_id]):
            yield wire.event(json.loads(packed))

    def warnings(self) -> Iterator[str]:
        """What is not as it should be, in our words."""
        if self.cut_short:
            yield "The event log was larger than what is kept: its end is missing."
        if self.unreadable:
            parts = plural(self.unreadable, "part")
            yield f"Left out of the event log: {parts} that cannot be read."


def _read(path: Path, shelf: Shelf) -> None:
    """Put the events of the file at *path* on the *shelf*."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.readline(2 * LONGEST_LINE)
            file.seek(0)
            if not isinstance(_parsed(first), dict):
                _read_document(file.read(LARGEST_DOCUMENT + 1), path, shelf)
            elif size > LARGEST_LOG:
                raise _bad(path, f"is larger than {LARGEST_LOG // 10**6} MB")
            else:
                _read_lines(file, shelf)
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from error


def _read_lines(lines: Iterable[bytes], shelf: Shelf) -> None:
    for line in lines:
        source = _parsed(line)
        if isinstance(source, dict):
            shelf.put(source)
        elif line.strip():
            shelf.unreadable += 1


def _read_document(text: bytes, path: Path, shelf: Shelf) -> None:
    if len(text) > LARGEST_DOCUMENT:
        raise _bad(path, f"is larger than {LARGEST_DOCUMENT // 10**6} MB")
    found = _parsed(text)
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise _bad(path, "holds no events")
    for item in items:
        if isinstance(item, dict):
            shelf.put(item)


def _parsed(text: bytes) -> Json:
    """What *text* says in JSON; None where that is nothing."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _bad(path: Path, what: str) -> Misconfigured:
    return Misconfigured((InputProblem("events", f"{path} {what}.", _FORMS),))
