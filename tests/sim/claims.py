"""What has to hold of what a run says: who refused, what ran, what was asked of it."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.core.reply import Answer
from tests.sim.facts import Facts, ended_at, is_foreign, status_of
from tests.sim.invariants import Invariant, proven_by, stops_of
from tests.sim.line import Sent


def whoever_has_no_access_was_refused(facts: Facts) -> Iterator[str]:
    statuses = facts.statuses()
    if facts.killed:
        return
    if facts.result == "unauthorized" and not statuses & {401, 403}:
        yield "unauthorized, and nobody refused access"
    if facts.result == "gone" and 404 not in statuses:
        yield "gone, and there was no 404"
    if facts.result == "interrupted" and facts.signal is None:
        yield "interrupted by nothing"
    if facts.result == "misconfigured":
        told = any(
            isinstance(sent.reply, Answer) and 400 <= sent.reply.status < 500
            for sent in facts.sent
        )
        if not told and not facts.world.traits.continuous and not facts.order.theirs:
            yield "misconfigured, and nothing was refused"


def a_kept_promise_to_run(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result != "running":
        return
    told, settle = facts.told, facts.order.settle
    if told is None:
        yield "no update runs"
        return
    since = min((at for at, word in told.history if word == "RUNNING"), default=None)
    end = ended_at(told)
    if since is None or facts.ended - since < settle - 0.5:
        yield f"running for {settle} s, and it did not"
    elif end is not None and end < facts.ended - 20.0:
        yield "running, and it has ended"


def _lasted(facts: Facts, statuses: tuple[int, ...]) -> tuple[int, float]:
    """How often the last reads of the update were refused so in a row; how long."""
    row: list[Sent] = []
    for sent in facts.sent:
        if status_of(sent) in statuses:
            row.append(sent)
        elif sent.kind == "update" and sent.good:
            row = []
    return len(row), row[-1].at - row[0].at if row else 0.0


def a_refusal_is_believed_when_it_was_repeated(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.told is None:
        return
    if facts.result == "unauthorized":
        times, lasted = _lasted(facts, (401, 403))
        if times < 2 or lasted < 4.5:
            yield f"unauthorized after {times} refusals in {lasted:.1f} s"
    if facts.result == "gone":
        times, lasted = _lasted(facts, (404,))
        if times < 3 or lasted < 59.0:
            yield f"gone after {times} refusals in {lasted:.1f} s"


def who_does_not_wait_says_so(facts: Facts) -> Iterator[str]:
    if facts.killed:
        return
    if facts.result == "started" and (facts.order.wait or facts.told is None):
        yield "started, and it was to be waited for"
    if facts.result == "running" and not facts.order.until_running:
        yield "running, and its end was to be waited for"
    if facts.attribution == "attached":
        allowed = facts.order.if_active == "attach" or facts.order.theirs
        if not allowed:
            yield "attached, which was not asked for"


def what_is_to_be_left_is_not_stopped(facts: Facts) -> Iterator[str]:
    timed_out = facts.result == "timed-out" and facts.order.on_timeout == "leave"
    early = facts.signal is not None and facts.signal < facts.deadline
    canceled = facts.result == "interrupted" and facts.order.on_cancel == "leave"
    clocks = facts.order.queue_timeout, facts.order.stall_timeout
    if not timed_out and not (canceled and early and clocks == (None, None)):
        return
    for stop, proof in stops_of(facts.sent):
        proven = proven_by(facts, stop, proof)
        if proven is not None and not is_foreign(proven.chain):
            yield f"{proven.update_id} is stopped, and was to be left"


def what_is_to_be_stopped_is_asked_to(facts: Facts) -> Iterator[str]:
    order = facts.order
    if facts.killed or facts.result not in ("timed-out", "interrupted"):
        return
    left = order.on_timeout if facts.result == "timed-out" else order.on_cancel
    # A clock first and a signal then: which policy holds depends on who was faster.
    if left == "leave" or order.on_timeout != order.on_cancel or not order.wait:
        return
    ours = [one for one in facts.played.running if one.chain in facts.confirmed(1e9)]
    since = facts.ended - 181.0 if facts.signal is None else facts.signal
    calm = all(
        sent.good and (sent.came or 0.0) <= sent.at + 1.0
        for sent in facts.sent
        if sent.at + sent.within >= since
    )
    asked = any(sent.kind == "stop" for sent in facts.sent)
    lags = facts.world.traits.pipeline_lags and facts.world.traits.list_lag
    if not ours or not calm or asked or lags or facts.world.deleted:
        return
    if not ours[-1].ended and ours[-1].created < since - 5.0:
        yield f"{ours[-1].update_id} runs, and was not asked to stop"


CLAIMS: tuple[Invariant, ...] = (
    whoever_has_no_access_was_refused,
    a_kept_promise_to_run,
    a_refusal_is_believed_when_it_was_repeated,
    who_does_not_wait_says_so,
    what_is_to_be_left_is_not_stopped,
    what_is_to_be_stopped_is_asked_to,
)
