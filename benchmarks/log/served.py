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
    r"(?: AND timestamp < '(?P<before>[^']+)')?"
)


@dataclass(slots=True)
class Counts:
    """What was sent."""

    pages: int = 0
    events: int = 0
    size: int = 0  # bytes


class ServedLog:
    """Answers what is asked of a log, as it is at some second."""

    def __init__(self, log: ScriptedLog) -> None:
        """Serve *log*."""
        self.log = log
        self.sent = Counts()
        # Of each read, the levels that it asked for, and the number to which it goes.
        self._reads: list[tuple[frozenset[str], int]] = []

    def page(self, query: Mapping[str, str], second: float) -> bytes:
        """The page that *query* asks for, at that second."""
        size = min(int(query["max_results"]), MOST)
        if "page_token" in query:
            begin, read = map(int, query["page_token"].split("."))
        else:
            begin, read = self._begin(query["filter"]), len(self._reads)
        numbers = self._numbers(begin, read, second)
        found = list(islice(numbers, size))
        token = ""
        if len(found) == size:
            token = f',"next_page_token":"{found[-1] + 1}.{read}"'
        texts = ",".join(map(self.log.event, found))
        page = f'{{"events":[{texts}]{token}}}'.encode("ascii")
        self.sent.pages += 1
        self.sent.events += len(found)
        self.sent.size += len(page)
        return page

    def _begin(self, where: str) -> int:
        found = _WHERE.fullmatch(where)
        if found is None:
            raise ValueError(where)
        levels = frozenset(re.findall(r"[A-Z]+", found["levels"] or ""))
        since, before = self._number(found["since"], 0), self._number(found["before"])
        self._reads.append((levels, before))
        return since

    def _number(self, stamp: str | None, default: int | None = None) -> int:
        """The number of the first event that is not older."""
        if stamp is None:
            return self.log.length if default is None else default
        at = datetime.fromisoformat(stamp)
        return self.log.since((at - BEGAN).total_seconds())

    def _numbers(self, begin: int, read: int, second: float) -> Iterator[int]:
        levels, end = self._reads[read - 1]
        for number in range(begin, min(end, self.log.until(second))):
            wanted = not levels or self.log.level(number) in levels
            if wanted and self.log.visible_at(number) <= second:
                yield number
