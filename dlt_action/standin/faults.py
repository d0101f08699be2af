"""
Faults to order: what goes wrong, for which requests, how often and when.

A fault answers instead of the handler, or, with `after_effect`, after it: the
update was started and the client is not told. That is the case that a client
must not solve by asking again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dlt_action.standin.wire import Request, Response


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule; the first rule that applies to a request is used up by it."""

    method: str
    path_pattern: str  # regular expression, searched for in the path
    skip: int = 0  # let this many matching requests pass first
    times: int = 1  # then spoil this many
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str = b""
    after_effect: bool = False
    from_second: float | None = None  # of the workspace's life, inclusive
    until_second: float | None = None  # exclusive
    drop: bool = False
    seen: int = 0

    def applies(self, request: Request, second: float) -> bool:
        """Whether this request is to be spoiled; counts the ones that match."""
        if request.method != self.method or not self._in_window(second):
            return False
        if re.search(self.path_pattern, request.path) is None:
            return False
        self.seen += 1
        return self.skip < self.seen <= self.skip + self.times

    def _in_window(self, second: float) -> bool:
        begun = self.from_second is None or second >= self.from_second
        return begun and (self.until_second is None or second < self.until_second)

    def answer(self) -> Response:
        """What the client gets instead; raises `Dropped` when it gets nothing."""
        if self.drop:
            raise Dropped
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return Response(self.status, dict(self.headers), body)
