"""What is true of a run that was played, worked out once for all invariants."""

from __future__ import annotations

import json
from functools import cached_property
from math import inf

from dlt_action.core.reply import Answer, Unsigned
from tests.sim.line import Sent
from tests.sim.model import TERMINAL, Chain, Update, Who
from tests.sim.orders import Order
from tests.sim.played import Played

# A successor that nothing announces, and that comes later than this before the end of
# the client's patience, may be missed by a look that is under way.
MARGIN = 8.0
AFTER_SIGNAL_FOR_A_START = 3.0


class Facts:
    """A run, looked at from outside."""

    def __init__(self, played: Played) -> None:
        self.played = played
        self.order: Order = played.schedule.order
        self.world = played.world
        self.sent = played.line.sent[: played.post_from]
        self.kept = played.kept
        self.ended = played.ended
        self.killed = played.code is None
        self.result = played.result
        self.reason = played.reason
        self.deadline = self.order.timeout
        signals = played.line.signals
        self.signal = signals[0][0] if signals else None

    @cached_property
    def starts(self) -> list[Sent]:
        """The starts that were sent."""
        return [sent for sent in self.sent if sent.kind == "start"]

    @cached_property
    def begun(self) -> list[Update]:
        """What our starts started, sooner or later."""
        return [sent.update for sent in self.starts if sent.update is not None]

    @cached_property
    def attribution(self) -> str:
        return self.played.outputs.get("attribution", "")

    @cached_property
    def told(self) -> Update | None:
        """The update that the outputs name."""
        return self.update(self.played.outputs.get("update-id", ""))

    @cached_property
    def first_told(self) -> Update | None:
        """The first update of those that the outputs list."""
        attempts = json.loads(self.played.outputs.get("attempts") or "[]")
        listed = [one["update_id"] for one in attempts if "update_id" in one]
        return self.update(listed[0]) if listed else self.told

    @cached_property
    def mistaken(self) -> bool:
        """Whether somebody else's update was adopted, which cannot be ruled out."""
        first = self.first_told
        theirs = first is not None and is_foreign(first.chain)
        return self.attribution == "inferred" and theirs

    @cached_property
    def stop_was_late(self) -> bool:
        """
        Whether a stop met nothing, because the platform had just canceled our update.

        The stop was accepted and the update is CANCELED: it looks as if it had worked.
        """
        return _met_nothing(self.sent)

    @cached_property
    def post_stop_was_late(self) -> bool:
        """The same of the post step."""
        return _met_nothing(self.afterwards)

    @cached_property
    def owed(self) -> bool:
        """Whether the post step is told to stop something."""
        return self.kept.get("owed") == "stop"

    @cached_property
    def owed_update(self) -> Update | None:
        """The update that the state names."""
        return self.update(self.kept.get("update_id", ""))

    @cached_property
    def afterwards(self) -> list[Sent]:
        """The calls of the post step."""
        if self.played.post_from is None:
            return []
        return self.played.line.sent[self.played.post_from :]

    def update(self, name: str) -> Update | None:
        """The update of that id."""
        for one in self.world.updates:
            if one.update_id == name:
                return one
        return None

    def confirmed(self, at: float) -> list[Chain]:
        """The chains whose id a 2xx to our own start had told us by *at*."""
        return [
            sent.update.chain
            for sent in self.starts
            if sent.good
            and sent.update is not None
            and sent.came is not None
            and sent.came <= min(at, sent.at + sent.within, self._patience(sent))
        ]

    def _patience(self, sent: Sent) -> float:
        """Until when the answer to a start was waited for, a signal in between."""
        if self.signal is None or self.signal < sent.at:
            return inf
        return self.signal + AFTER_SIGNAL_FOR_A_START

    def statuses(self) -> set[int]:
        """The HTTP statuses of the answers that came."""
        return {status_of(sent) for sent in self.sent if sent.came is not None} - {0}


def status_of(sent: Sent) -> int:
    """The HTTP status of the answer; 401 where the sign-in was refused; 0 for none."""
    if isinstance(sent.reply, Unsigned):
        return 401
    return sent.reply.status if isinstance(sent.reply, Answer) else 0


def _met_nothing(calls: list[Sent]) -> bool:
    return any(one.kind == "stop" and one.good and one.active is None for one in calls)


def state_at(update: Update, when: float) -> str:
    """The state of *update* at that time."""
    state = ""
    for at, word in update.history:
        if at <= when:
            state = word
    return state


def ended_at(update: Update) -> float | None:
    """When *update* ended."""
    for at, word in update.history:
        if word in TERMINAL:
            return at
    return None


def successor(update: Update) -> Update | None:
    """The automatic restart that followed *update*, whenever it came."""
    updates = update.chain.updates
    place = updates.index(update)
    return updates[place + 1] if place + 1 < len(updates) else None


def could_be_missed(update: Update, order: Order, longest: float = inf) -> bool:
    """Whether the restart of *update* comes when no client can be expected to wait."""
    following = successor(update)
    if not order.follow_restarts:
        return True
    chain = update.chain
    number = chain.updates.index(update) + 1
    if following is None:
        return not chain.pending
    leg = chain.legs[number]
    end = ended_at(update)
    assert end is not None
    patience = min(order.restart_grace, longest)
    late = following.visible - end > patience - MARGIN
    return late and not leg.announced


def is_foreign(chain: Chain) -> bool:
    """Whether somebody else started it."""
    return chain.who is Who.OTHER
