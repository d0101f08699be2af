"""
The scripted log as the API answers it: filters, pages, tokens, and what was asked for.

It is written for one client that asks as the documentation says, and is no second
stand-in: what it does not know is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from benchmarks.log.scripted import BEGAN, UPDATE, ScriptedLog

MOST = 1000  # events of a page

_WHERE = re.compile(
    rf"update_id = '{UPDATE}'"
    r"(?: AND level in \((?P<levels>[A-Z', ]+)\))?"
    r"(?: AND timestamp >= '(?P<since>[^']+)')?"
)


@dataclass(slots=True)
class Counts:
    """What was sent."""

    pages: int = 0
    events: int = 0
    size: int = 0  # bytes
    overlapping: int = 0  # events that were sent again because a read began before them


class ServedLog:
    """Answers what is asked of a log, as it is at some second."""

    def __init__(self, log: ScriptedLog) -> None:
        """Serve *log*."""
        self.log = log
        self.sent = Counts()
        self._reads: list[frozenset[str]] = []  # the levels that each asked for
        self._seen = bytearray(log.length)  # in which read it was sent, modulo 255

    def page(self, query: Mapping[str, str], second: float) -> bytes:
        """The page that *query* asks for, at that second."""
        size = min(int(query["max_results"]), MOST)
        if "page_token" in query:
            begin, read = map(int, query["page_token"].split("."))
        else:
            begin, read = self._begin(query["filter"]), len(self._reads)
        numbers = self._numbers(begin, self._reads[read - 1], second)
        found = list(islice(numbers, size))
        token = ""
        if len(found) == size:
            token = f',"next_page_token":"{found[-1] + 1}.{read}"'
        texts = ",".join(map(self.log.event, found))
        page = f'{{"events":[{texts}]{token}}}'.encode("ascii")
        self._count(found, read, len(page))
        return page

    def _begin(self, where: str) -> int:
        found = _WHERE.fullmatch(where)
        if found is None:
            raise ValueError(where)
        self._reads.append(frozenset(re.findall(r"[A-Z]+", found["levels"] or "")))
        if found["since"] is None:
            return 0
        since = datetime.fromisoformat(found["since"])
        return self.log.since((since - BEGAN).total_seconds())

    def _numbers(
        self, begin: int, levels: frozenset[str], second: float
    ) -> Iterator[int]:
        for number in range(begin, self.log.until(second)):
            wanted = not levels or self.log.level(number) in levels
            if wanted and self.log.visible(number, second):
                yield number

    def _count(self, found: list[int], read: int, size: int) -> None:
        self.sent.pages += 1
        self.sent.events += len(found)
        self.sent.size += size
        mark = read % 255 + 1
        for number in found:
            # What one read brings twice is no overlap.
            self.sent.overlapping += self._seen[number] not in (0, mark)
            self._seen[number] = mark
