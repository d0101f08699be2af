"""What has to hold of every run: how soon it acts on a signal."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.facts import Facts, state_at
from tests.sim.invariants import Invariant
from tests.sim.line import Sent
from tests.sim.model import TERMINAL, Update

A_MOMENT = 0.05
NO_STOP = frozenset({"--on-cancel=leave", "--wait=false"})


def followed(facts: Facts) -> Update | None:
    """The update that is watched when the signal comes, where that is plain."""
    order, signal = facts.order, facts.signal
    if facts.killed or signal is None or NO_STOP.intersection(order.given):
        return None
    clocks = (facts.deadline, order.queue_timeout, order.stall_timeout)
    told = facts.told
    if told is None or any(one is not None and one < signal + 1 for one in clocks):
        return None
    alone = told.chain.updates == [told] and not told.chain.pending
    known = told.chain in facts.confirmed(signal - 1.0)
    runs = state_at(told, signal) not in TERMINAL
    return told if alone and known and runs and facts.ended > signal else None


def a_stop_is_the_first_thing_after_a_signal(facts: Facts) -> Iterator[str]:
    update, signal = followed(facts), facts.signal
    if update is None or signal is None:
        return
    # What a thread sends again for a call that was given up is no decision.
    after = [one for one in facts.sent if one.at >= signal and not one.again]
    if after and after[0].at == signal and after[0].kind != "pipeline":
        del after[0]  # it left in the moment in which the signal came
    if not after:
        yield "nothing was asked after a signal"
        return
    first, *rest = after
    if first.kind != "pipeline" or first.at > signal + A_MOMENT:
        yield f"{first.kind} was asked {first.at - signal:.1f} s after a signal"
    elif proven(first, update) and [one.kind for one in rest[:1]] != ["stop"]:
        yield "the proof was there, and no stop followed it"


def proven(sent: Sent, update: Update) -> bool:
    """Whether the answer proved, in time, that *update* is the active one."""
    in_time = sent.came is not None and sent.came <= sent.at + sent.within
    return sent.good and in_time and sent.shown == update.update_id


PROMPTNESS: tuple[Invariant, ...] = (a_stop_is_the_first_thing_after_a_signal,)
