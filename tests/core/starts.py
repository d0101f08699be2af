"""Starts that meet another update, and starts whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dlt_action.core.exchange import Outcome
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.plan import IfActive, Plan
from tests.core.answers import LOST, dated, info, updates
from tests.core.events import NOON, at
from tests.core.playbook import LIST, NAP, PLAN, START, Playbook

# Between these moments the lost request can have arrived.
SENT, LOST_AT = 0.0, 2.0

MOST_LOOKS = 300


def meets(policy: IfActive = IfActive.WAIT, **changes: object) -> Plan:
    """A plan that leaves once it has started."""
    return replace(PLAN, if_active=policy, wait=False, **changes)  # type: ignore[arg-type] # any field


def when(moment: float, before: Outcome, after: Outcome) -> Callable[[float], Outcome]:
    """An answer that changes at *moment*."""
    return lambda now: before if now < moment else after


def new(
    name: str, born: float = 1.0, cause: str = "API_CALL", **more: Json
) -> JsonObject:
    """An update that began *born* seconds after noon, which is when we began."""
    millis = round((NOON.timestamp() + born) * 1000)
    return info(name, "RUNNING", cause, **{"creation_time": millis, **more})


def lost(
    plan: Plan = PLAN,
    *known: JsonObject,
    ahead: float | None = 0.0,
    timeout: float = 19_800.0,
) -> Playbook:
    """A dialogue at the point where a start was not answered for two seconds."""
    p = Playbook(plan, timeout=timeout)
    listed = updates(*known)
    p << LIST >> (listed if ahead is None else dated(listed, at(ahead)))
    p << START
    return p.passes(LOST_AT) >> LOST


def reads(p: Playbook, listed: Callable[[float], Outcome]) -> Playbook:
    """The list is read, and what it shows depends on the time, until it is decided."""
    while p.step_is(LIST) or p.step_is(NAP):
        if p.step_is(NAP):
            p << NAP
        else:
            p >> listed(p.seconds)
        assert p.count(LIST) < MOST_LOOKS, "undecided"
    return p


def shows(p: Playbook, *newest_first: JsonObject) -> Playbook:
    """The list shows these until it is decided."""
    found = updates(*newest_first)
    return reads(p, lambda _: found)


def looks(p: Playbook) -> list[float]:
    """When the list was read, in seconds since the loss."""
    return [when - LOST_AT for when, name in p.sent if name == LIST][1:]
