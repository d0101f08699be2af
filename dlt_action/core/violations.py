"""
Which expectations made a flow fail: all that the log tells of those that fail it.

They leave no numbers, because the update stops before it records any. But the message
lists them, `Violated expectations: 'a, b'.`, and the row that it quotes is withheld. A
name may hold the comma that parts names: what the dataset declares says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlt_action.core.flows import plain_name
from dlt_action.core.ledger import Ledger
from dlt_action.core.model import FlowStatus
from dlt_action.core.record import Outcome

MOST_NAMES = 50
LONGEST = 2000  # characters of a list
SEARCHED = 20_000  # characters of a message: the names are told first
_LISTED = re.compile(
    rf"Violated expectations?: '(?P<names>[^\n]{{1,{LONGEST}}}?)'(?=\.? ?\(|\.|\s*\Z)"
)
_COMMA = ", "


def listed(messages: Iterable[str]) -> str:
    """The expectations that one of *messages* lists, as it spells the list."""
    for message in messages:
        found = _LISTED.search(message[:SEARCHED])
        if found is not None:
            return found["names"]
    return ""


def violations(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Dataset and name of each expectation that a flow of the last attempt broke."""
    told = [one for one in outcome.problems if one.violated]
    if not told:
        return ()
    ledger = Ledger(outcome.flows, outcome.datasets, outcome.expectations)
    flows = {flow.name: flow for flow in outcome.flows}
    found: dict[tuple[str, str], None] = {}
    for problem in told:
        flow = flows.get(plain_name(problem.flow or ""))
        if flow is None or flow.status is not FlowStatus.FAILED:
            continue  # a later try was well
        dataset = flow.output or flow.name
        account = ledger.get(dataset)
        declared = () if account is None else tuple(account.declared)
        shown = ledger.names.shown.get(ledger.names.key(dataset), dataset)
        found.update(
            ((shown, one), None) for one in _parted(problem.violated, declared)
        )
    return tuple(found)[:MOST_NAMES]


def _parted(text: str, declared: Iterable[str]) -> Iterator[str]:
    """The names in *text*, which the dataset's own names tell apart."""
    longest_first = sorted(declared, key=lambda name: -len(name))
    at = 0
    while at < len(text):
        rest = text[at:]
        known = (
            name
            for name in longest_first
            if rest == name or rest.startswith(name + _COMMA)
        )
        name = next(known, rest.partition(_COMMA)[0])
        if name:
            yield name
        at += len(name) + len(_COMMA)
