"""
GET events: the filter language, the order and the pages of the event log.

Documented: `level`, `id` and `timestamp`, joined with AND; accepted though
undocumented: `update_id`. Everything else is refused with the texts that real
workspaces answer (databricks/cli#6473, #647, databricks-sdk-py#818).
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from dlt_action.standin import paging
from dlt_action.standin.eventlog import Logged
from dlt_action.standin.wire import (
    Json,
    JsonObject,
    invalid,
    page_limit,
    parse_iso,
)
from dlt_action.standin.world import Call

Condition: TypeAlias = Callable[[Logged], bool]

MOST_EVENTS = 1000
DEFAULT_EVENTS = 25

_STRING = r"'(?:[^']|'')*'"
_CONDITION = re.compile(
    rf"\s*(?P<column>\w+)\s*"
    rf"(?:(?P<op>>=|<=|=|>|<)\s*(?P<value>{_STRING})"
    rf"|(?P<in>IN)\s*\(\s*(?P<values>{_STRING}(?:\s*,\s*{_STRING})*)\s*\))\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"AND\b", re.IGNORECASE)
_ORDER = re.compile(r"timestamp\s+(asc|desc)", re.IGNORECASE)

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COLUMNS: dict[str, Callable[[Logged], str]] = {
    "id": lambda event: event.event_id,
    "update_id": lambda event: event.update_id,
    "level": lambda event: event.level,
}


def parse_filter(text: str) -> list[Condition]:
    """The conditions of a filter, all of which must hold; a 400 if it is refused."""
    conditions: list[Condition] = []
    at = 0
    while True:
        found = _CONDITION.match(text, at)
        if found is None:
            raise invalid(f"Invalid filter expression: {text}")
        conditions.append(_condition(found))
        at = found.end()
        if at == len(text):
            return conditions
        joined = _AND.match(text, at)
        if joined is None:
            raise invalid(f"Invalid filter expression: {text}")
        at = joined.end()


def _condition(found: re.Match[str]) -> Condition:
    column = found["column"].lower()
    verb = "IN" if found["in"] else found["op"]
    literals = re.findall(_STRING, found["values"] or found["value"])
    values = [literal[1:-1].replace("''", "'") for literal in literals]
    if column == "timestamp" and verb != "IN":
        return _moment(_COMPARE[verb], values[0])
    if column in _COLUMNS and verb in ("=", "IN"):
        return _member(_COLUMNS[column], frozenset(values))
    raise invalid(f"Operation '{verb}' not allowed on '{column}'")


def _moment(compare: Callable[[int, int], bool], text: str) -> Condition:
    try:
        wanted = parse_iso(text)
    except ValueError:
        raise invalid(f"Invalid timestamp: {text}") from None
    return lambda event: compare(event.at_ms, wanted)


def _member(column: Callable[[Logged], str], values: frozenset[str]) -> Condition:
    return lambda event: column(event) in values


def _key(event: Logged) -> tuple[int, int]:
    return event.key


@dataclass(frozen=True, slots=True)
class _Query:
    """What a page is a page of; it travels in the page token."""

    filter: str | None
    ascending: bool
    after: tuple[int, int] | None  # key of the last event of the page before

    def select(
        self, events: Sequence[Logged], now: float, limit: int, *, metrics: bool
    ) -> list[Logged]:
        """At most *limit* events from where the page begins, in order."""
        conditions = [] if self.filter is None else parse_filter(self.filter)
        found = (
            event
            for event in self._remaining(events)
            if event.visible_at <= now
            and (metrics or event.level != "METRICS")
            and all(holds(event) for holds in conditions)
        )
        return list(islice(found, limit))

    def _remaining(self, events: Sequence[Logged]) -> Iterator[Logged]:
        if self.ascending:
            begin = (
                0 if self.after is None else bisect_right(events, self.after, key=_key)
            )
            return islice(events, begin, None)
        end = len(events)
        if self.after is not None:
            end = bisect_left(events, self.after, key=_key)
        return (events[index] for index in reversed(range(end)))

    def next_token(self, last: Logged) -> str:
        """The token of the page after the one that ends with *last*."""
        return paging.token(
            {"f": self.filter, "asc": self.ascending, "after": list(last.key)}
        )


def _query(call: Call) -> _Query:
    page_token = call.request.param("page_token")
    wanted = call.request.param("filter")
    order = call.request.param("order_by")
    if page_token is not None:
        says = "You can provide a page token or specify"
        if wanted is not None:
            raise invalid(f"{says} a filter, but not both.")
        if order is not None:
            raise invalid(f"{says} an ordering, but not both.")
        return _resumed(page_token)
    matched = _ORDER.fullmatch("timestamp desc" if order is None else order.strip())
    if matched is None:
        raise invalid(f"Invalid order_by: {order}")
    return _Query(wanted, matched[1].lower() == "asc", None)


def _resumed(page_token: str) -> _Query:
    match paging.position(page_token):
        case {
            "f": (str() | None) as wanted,
            "asc": bool(up),
            "after": [int(a), int(b)],
        }:
            return _Query(wanted, up, (a, b))
        case _:
            raise invalid(f"Invalid page token: {page_token}")


def list_events(call: Call) -> Json:
    """GET /api/2.0/pipelines/{pipeline_id}/events."""
    pipeline = call.pipeline()
    limit = page_limit(call.request, most=MOST_EVENTS, default=DEFAULT_EVENTS)
    query = _query(call)
    size = min(limit, call.world.page_size)
    found = query.select(
        pipeline.log.events,
        call.world.clock(),
        size + 1,
        metrics=pipeline.scenario.serves_metrics,
    )
    page = found[:size]
    if not page:
        return {}
    answer: JsonObject = {"events": [event.json for event in page]}
    if len(page) == len(found):
        return answer
    return {**answer, "next_page_token": query.next_token(page[-1])}
