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
from dlt_action.core.event import Event
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
        self._pages = 0  # of the API
        self._last_pages = 0  # of them, that none follows
        self._copies = BytesIO()
        self._books: list[BinaryIO] = [self._copies]
        self._places: dict[UpdateId, list[_Place]] = {}
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
        page = "events" in source
        if page:
            self._pages += 1
            self._last_pages += not wire.next_page(source)
        for item in wire.children(source, "events") if page else [source]:
            try:
                self._put(item, None if page else at)
            except RecursionError:  # nested as deep as only a trap is
                self.unreadable += 1

    def _put(self, source: JsonObject, at: tuple[int, int] | None) -> None:
        event = wire.event(source)
        update, mark = event.update_id, hash(event.event_id)
        if update is None or mark in self._seen:
            return
        self._seen.add(mark)
        self.chapters.setdefault(update, Chapter(update)).take(source, event)
        book, place = self._copied(source) if at is None else at
        self._places.setdefault(update, []).append(
            (event.at, event.sequence, book, place)
        )

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
        for *_, number, place in sorted(self._places[chapter.update_id]):
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
        if self._pages and not self._last_pages:
            yield "Pages of the event log are missing: each of these names a next one."
        if not chapter.begins:
            yield "The event log does not go back to the beginning of the update."


def read(path: Path, shelf: Shelf) -> None:
    """Put the events of the file at *path* on the *shelf*."""
    try:
        with path.open("rb") as file:
            first = file.readline(2 * LONGEST_LINE)
            file.seek(0)
            if not isinstance(_parsed(first), dict):
                _read_document(file.read(LARGEST_DOCUMENT + 1), path, shelf)
                return
        if path.stat().st_size > LARGEST_LOG:
            raise _bad(path, f"is larger than {LARGEST_LOG // 10**6} MB")
        shelf.add(path)
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from error


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
    return refusal("events", f"{path} {what}.", _FORMS)


def refusal(name: str, what: str, remedy: str) -> Misconfigured:
    """What is wrong with one argument of the command."""
    return Misconfigured((InputProblem(name, what, remedy),))
