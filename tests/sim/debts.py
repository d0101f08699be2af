"""What must hold of the state that a run leaves, and of the post step that reads it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.facts import Facts, could_be_missed, is_foreign
from tests.sim.invariants import TELLS, Invariant, proven_by, stops_of

FOR_A_RESTART = 90.0  # the post step waits, where nothing announces one
POST_SECONDS = 240.0 + 31.0  # and one call that is on its way


def _left_to_stop(facts: Facts) -> bool:
    """Whether the order is to stop what this run could not stop any more."""
    order = facts.order
    if not order.wait or order.theirs or facts.result == "running":
        return False
    late = facts.ended >= facts.deadline and facts.result != "interrupted"
    if facts.result == "timed-out" or late:
        return order.on_timeout == "stop"
    return order.on_cancel == "stop"


def what_runs_and_is_to_be_stopped_is_owed(facts: Facts) -> Iterator[str]:
    """A killed run, and one that has to leave: the state names what is left."""
    played = facts.played
    broken = played.ci.failed or played.ci.state_failed or played.unwritable
    if broken or facts.stop_was_late or not _left_to_stop(facts):
        return
    known = facts.confirmed(facts.ended)
    running = [one for one in played.running if one.chain in known]
    if facts.killed and facts.ended >= facts.deadline:
        return  # between two clocks: which of the two policies holds is not known
    if facts.order.until_running and played.schedule.killed_after_write is not None:
        return  # it ran as asked, and was killed before it could say so
    if not running or (facts.ended - (facts.starts[-1].came or 0.0)) < 0.1:
        return
    told = facts.told
    if told is not None and could_be_missed(told, facts.order) and told.ended:
        return
    if not facts.owed:
        yield f"{running[0].update_id} runs, and nothing is owed"
    elif facts.owed_update is None or facts.owed_update.chain is not running[0].chain:
        yield f"{running[0].update_id} runs, and {facts.kept} is owed"


def nothing_is_owed_where_nothing_is_left(facts: Facts) -> Iterator[str]:
    played = facts.played
    if facts.killed or played.unwritable or played.ci.state_failed or not facts.owed:
        return
    if facts.result in ("succeeded", "validated", "started", "running", "conflict"):
        yield f"{facts.result}, and {facts.kept} is owed"
    if facts.attribution not in ("confirmed", ""):
        yield f"what is {facts.attribution} is owed"
    owed = facts.owed_update
    if owed is not None and owed.chain.over and facts.result in ("failed", "canceled"):
        yield f"{owed.update_id} has ended, and is owed"


def only_ours_is_owed(facts: Facts) -> Iterator[str]:
    owed = facts.owed_update
    if not facts.owed or owed is None:
        return
    if is_foreign(owed.chain):
        yield f"{owed.update_id} is somebody else's, and is owed"
    elif owed.chain not in facts.confirmed(facts.ended):
        yield f"{owed.update_id} is owed, and no answer told its id"


def the_post_step_starts_nothing(facts: Facts) -> Iterator[str]:
    if any(sent.kind == "start" for sent in facts.afterwards):
        yield "a start was sent by the post step"


def the_post_step_stops_only_what_is_owed(facts: Facts) -> Iterator[str]:
    for stop, proof in stops_of(facts.afterwards):
        proven = proven_by(facts, stop, proof)
        if not facts.owed:
            yield "a stop, and nothing is owed"
        elif proven is None:
            yield f"a stop at {stop.at:.1f} without a proof"
        elif facts.owed_update is None or proven.chain is not facts.owed_update.chain:
            yield f"a stop of {proven.update_id}, which is not owed"


def what_the_post_step_leaves_is_told(facts: Facts) -> Iterator[str]:
    played, owed = facts.played, facts.owed_update
    if played.post_code is None or not facts.owed or owed is None:
        return
    left = [one for one in played.post_left if one.chain is owed.chain]
    told = played.post_code != 0 and TELLS.search(played.post_said)
    seen = [one for one in owed.chain.updates if one.created <= played.post_ended]
    missed = any(
        could_be_missed(one, facts.order, FOR_A_RESTART) for one in seen if one.ended
    )
    if left and not told and not missed and not facts.post_stop_was_late:
        yield f"{left[0].update_id} runs after the post step: {played.post_said[-200:]}"


def the_post_step_ends_in_time(facts: Facts) -> Iterator[str]:
    played = facts.played
    if played.post_code is not None:
        seconds = played.post_ended - played.post_began
        if seconds > POST_SECONDS:
            yield f"the post step took {seconds:.0f} s"


DEBTS: tuple[Invariant, ...] = (
    what_runs_and_is_to_be_stopped_is_owed,
    nothing_is_owed_where_nothing_is_left,
    only_ours_is_owed,
    the_post_step_starts_nothing,
    the_post_step_stops_only_what_is_owed,
    what_the_post_step_leaves_is_told,
    the_post_step_ends_in_time,
)
