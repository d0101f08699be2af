"""
Events of saved logs, put in order.

A saved log is `events.ndjson`, or pages of the events API. It may be long, and an event
in it too: what is kept of each is its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO, TypeAlias

from dlt_action.core import wire
from dlt_action.core.event import EPOCH, Event
from dlt_action.core.model import Json, JsonObject, UpdateId
from dlt_action.core.plan import LATEST
from dlt_action.core.recording import LONGEST_LINE, NOTE
from dlt_action.core.retelling import Chapter
from dlt_action.core.words import plural
from dlt_action.edge.recorder import LARGEST
from dlt_action.errors import InputProblem, Misconfigured

# Whole pages of the API are parsed at once, and take several times their size.
LARGEST_DOCUMENT = 64 * 1000 * 1000  # bytes
LARGEST_LOG = LARGEST + 50 * 1000 * 1000  # of ours, and somewhat longer lines
_SHOWN_IDS = 5
_FORMS = "Give events.ndjson, or pages of the events API as JSON."
_PAGED = (
    "The event log is in pages that name others: whether all of them are there cannot"
    " be known."
)
_OTHER_PAGES = ("next_page_token", "prev_page_token")
_OF_UPDATES = frozenset(
    {
        "create_update",
        "update_progress",
        "flow_progress",
        "flow_definition",
        "dataset_definition",
    }
)

# When it was, to the tie; in which book it is, and where.
_Place: TypeAlias = tuple[datetime, int, int, int]


class Shelf:
    """
    Events of any number of updates, each once, to be had in order of time.

    What it keeps of an event is its place in a book: a file of lines, which stays open,
    or for those that came in pages a copy of its own.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.chapters: dict[UpdateId, Chapter] = {}
        self.cut_short = False  # by its own word
        self.unreadable = 0  # lines or events
        self._copies = BytesIO()
        self._books: list[BinaryIO] = [self._copies]
        self._places: dict[UpdateId, list[_Place]] = {}
        self._nameless: list[_Place] = []  # events that name no update
        self._lost: list[datetime] = []  # of them, those that are of one
        self._paged: set[UpdateId] = set()  # seen on a page that names another one
        self._seen: set[int] = set()  # hashes of ids: no two are alike by chance

    def close(self) -> None:
        """No event is wanted any more."""
        for book in self._books:
            book.close()

    def add(self, path: Path) -> None:
        """Add a file of lines, each an event or a page of them."""
        book, at = path.open("rb"), 0
        self._books.append(book)
        for line in book:
            source = _parsed(line)
            if isinstance(source, dict):
                self.put(source, (len(self._books) - 1, at))
            elif line.strip():
                self.unreadable += 1
            at += len(line)

    def put(self, source: JsonObject, at: tuple[int, int] | None = None) -> None:
        """Put one event in, or a page of them; *at*: its book and its place there."""
        if NOTE in source:
            self.cut_short = True
            return
        if "events" not in source:
            self._put(source, at)
            return
        items = wire.children(source, "events")
        listed = source["events"]
        self.unreadable += len(listed) - len(items) if isinstance(listed, list) else 1
        # Of pages that are missing between two of them, nothing tells.
        paged = any(wire.given(source, name) for name in _OTHER_PAGES)
        for item in items:
            self._put(item, None, paged=paged)

    def _put(
        self, source: JsonObject, at: tuple[int, int] | None, *, paged: bool = False
    ) -> None:
        try:
            event = wire.event(source)
            mark = hash(event.event_id)
            if mark in self._seen:
                return
            book, place = self._copied(source) if at is None else at
        except RecursionError:  # nested as deep as only a trap is
            self.unreadable += 1
            return
        self._seen.add(mark)
        placed = (event.at, event.sequence, book, place)
        update = event.update_id
        if update is None:
            self._nameless.append(placed)
            if event.event_type in _OF_UPDATES:
                self._lost.append(event.at)
            return
        self.chapters.setdefault(update, Chapter(update)).take(source, event)
        self._places.setdefault(update, []).append(placed)
        if paged:
            self._paged.add(update)

    def _copied(self, source: JsonObject) -> tuple[int, int]:
        place = self._copies.seek(0, SEEK_END)
        self._copies.write(f"{json.dumps(source)}\n".encode("ascii"))
        return 0, place

    def chapter(self, wanted: str | None) -> Chapter:
        """The update *wanted*, or the last. Raises `Misconfigured` without one."""
        if not self.chapters:
            what = "No event in there names an update."
            raise refusal("events", what, _FORMS)
        if wanted in (None, "", LATEST):
            return max(self.chapters.values(), key=lambda one: one.first)
        found = self.chapters.get(UpdateId(f"{wanted}"))
        if found is None:
            newest = sorted(self.chapters.values(), key=lambda one: one.first)
            known = ", ".join(one.update_id for one in newest[-_SHOWN_IDS:])
            raise refusal("update-id", "It is not in there.", f"There is {known}.")
        return found

    def events(self, chapter: Chapter) -> Iterator[Event]:
        """The events of *chapter*, oldest first."""
        places = [*self._places[chapter.update_id]]
        if len(self.chapters) == 1:  # whose else would they be?
            places += [one for one in self._nameless if _may_be_of(chapter, one[0])]
        for *_, number, place in sorted(places):
            book = self._books[number]
            book.seek(place)
            source = _parsed(book.readline())
            if isinstance(source, dict):
                yield wire.event(source)
            else:
                self.unreadable += 1  # somebody writes to the file meanwhile

    def missing(self, chapter: Chapter) -> Iterator[str]:
        """What *chapter* is not whole for, in our words; nothing where it is."""
        if self.cut_short:
            yield "By its own word, the event log holds only a part of what happened."
        if self.unreadable:
            parts = plural(self.unreadable, "part")
            yield f"Left out of the event log: {parts} that cannot be read."
        lost = sum(_may_be_of(chapter, at) for at in self._lost)
        if lost and len(self.chapters) > 1:
            events = plural(lost, "event")
            yield f"Left out of the event log: {events} that no update is named in."
        if chapter.update_id in self._paged:
            yield _PAGED
        if not chapter.begins:
            yield "The event log does not go back to the beginning of the update."


def _may_be_of(chapter: Chapter, at: datetime) -> bool:
    """Whether an event of that time, if it tells one, may belong to *chapter*."""
    return at == EPOCH or at >= chapter.first


def read(path: Path, shelf: Shelf) -> None:
    """Put the events of the file at *path* on the *shelf*."""
    try:
        with path.open("rb") as file:
            first = file.readline(2 * LONGEST_LINE)
            file.seek(0)
            if not isinstance(_parsed(first), dict) and _is_document(file, path, shelf):
                return
        if path.stat().st_size > LARGEST_LOG:
            raise _bad(path, f"is larger than {LARGEST_LOG // 10**6} MB")
        shelf.add(path)
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from error


def _is_document(file: BinaryIO, path: Path, shelf: Shelf) -> bool:
    """Put the events of *file* on the *shelf*, unless it is one of lines."""
    text = file.read(LARGEST_DOCUMENT + 1)
    found = _parsed(text) if len(text) <= LARGEST_DOCUMENT else None
    items = found if isinstance(found, list) else [found]
    events = [item for item in items if isinstance(item, dict)]
    if not events or len(events) < len(items):
        # The first line may be cut, or empty, and the rest be whole.
        if found is None and any(
            isinstance(_parsed(one), dict) for one in BytesIO(text)
        ):
            return False
        what = "holds no events"
        if len(text) > LARGEST_DOCUMENT:
            what = f"is larger than {LARGEST_DOCUMENT // 10**6} MB"
        raise _bad(path, what)
    for item in events:
        shelf.put(item)
    return True


def _parsed(text: bytes) -> Json:
    """What *text* says in JSON; None where that is nothing."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _bad(path: Path, what: str) -> Misconfigured:
    return refusal("events", f"{path} {what}.", _FORMS)


def refusal(name: str, what: str, remedy: str) -> Misconfigured:
    """What is wrong with one argument of the command."""
    return Misconfigured((InputProblem(name, what, remedy),))
