"""
A clock that ran out: how long it was, where the update was then, and what may help.

That is looked at before the update is stopped: afterwards it is STOPPING, and its flows
are STOPPED.
"""

from __future__ import annotations

from math import inf, isfinite

from dlt_action.core.model import UpdateState
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Running
from dlt_action.core.plan import Plan
from dlt_action.core.steps import Why
from dlt_action.core.text import as_code
from dlt_action.core.trip import Trip
from dlt_action.core.words import duration
from dlt_action.lean import dataclass

LONGEST_NAMED = 200  # characters of a flow's name
SILENCE = 120.0  # seconds: shorter ones are usual

_PLACES = {
    S.QUEUED: "It had not begun: look at its page for what is in front of it",
    S.CREATED: "It had not begun: look at its page for what is in front of it",
    S.WAITING_FOR_RESOURCES: "Its compute was not there yet: look at its page for the"
    " reason (quota, pool, capacity of the cloud)",
}


def length_of(why: Why, plan: Plan, trip: Trip) -> float:
    """How long the clock is that has run out; infinite where it is another's."""
    match why:
        case Why.TIMEOUT:
            return trip.deadline - plan.began
        case Why.QUEUE_TIMEOUT:
            return plan.queue_timeout
        case Why.STALL_TIMEOUT:
            return plan.stall_timeout
        case _:
            return inf


def with_length(why: Why, length: float) -> str:
    """What happened, as the beginning of a sentence, with the *length* of a clock."""
    if not isfinite(length):
        return why.told
    return f"The {why.value} of {duration(length)} passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """A clock that ran out, and where the update was then."""

    why: Why
    length: float  # of the clock, in seconds
    state: UpdateState
    longest: tuple[Running, ...] = ()  # of the flows that ran
    silent: float = 0.0  # seconds since there was news

    @property
    def told(self) -> str:
        """What happened, as the beginning of a sentence."""
        what = with_length(self.why, self.length)
        known = not self.state.terminal and self.state is not S.UNRECOGNISED
        return f"{what} while the update was {self.state.value}" if known else what

    @property
    def advice(self) -> str:
        """What hung, and what to do: our words, and names of flows as code."""
        if self.state.terminal:
            return ""
        instead = f", or raise `{self.why.value}`."
        if self.state in _PLACES:
            return _PLACES[self.state] + instead
        silent = ""
        if self.silent >= SILENCE and self.why is not Why.STALL_TIMEOUT:
            silent = f"There was no news of it for {duration(self.silent)}. "
        if not self.longest:
            return f"{silent}Look at its page for what it was at{instead}"
        flows = ", ".join(map(_flow, self.longest))
        hung = f"Still running then, the longest first: {flows}. Look at its page"
        return f"{silent}{hung}{instead}"


def _flow(one: Running) -> str:
    name = as_code(one.flow, LONGEST_NAMED)
    return name if one.seconds is None else f"{name} {duration(one.seconds)}"
