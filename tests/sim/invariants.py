"""What has to hold of every run: about starts, verdicts, stops and what is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from tests.sim.facts import (
    Facts,
    could_be_missed,
    is_foreign,
    state_at,
    successor,
)
from tests.sim.line import Sent
from tests.sim.model import Flags, Update

Invariant: TypeAlias = Callable[[Facts], Iterator[str]]

GOOD = ("succeeded", "validated")
BAD = ("failed", "canceled")
SILENT = (*GOOD, *BAD, "conflict", "misconfigured", "gate-failed", "skipped")
SPEAKING = ("started", "running", "unknown-start", "unfinished")
TELLS = re.compile(
    r"may (still )?be running|may or may not|may start|left (running|behind)"
    r"|could not be confirmed|disappeared|still (runs|running)|was started|goes on"
)


def at_most_one_start_is_executed(facts: Facts) -> Iterator[str]:
    if len(facts.begun) > 1:
        yield f"{len(facts.begun)} updates were started"


def no_start_is_sent_after_one_that_may_have_arrived(facts: Facts) -> Iterator[str]:
    for before, after in zip(facts.starts, facts.starts[1:], strict=False):
        if before.may_have_arrived:
            yield f"a start at {after.at:.1f} after the one at {before.at:.1f}"


def a_good_verdict_is_that_of_a_chain_that_completed(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result not in GOOD:
        return
    told, dry = facts.told, facts.order.flags.validate_only
    if told is None:
        yield "success of no update"
    elif state_at(told, facts.ended) != "COMPLETED" or told is not told.chain.last:
        yield f"success, and {told.update_id} is {told.word}"
    if not facts.order.theirs and dry is not (facts.result == "validated"):
        yield f"{facts.result} of a dry run: {dry}"


def a_bad_verdict_is_that_of_a_chain_that_ended_so(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result not in BAD:
        return
    told = facts.told
    if told is None:
        yield f"{facts.result} of no update"
        return
    word = state_at(told, facts.ended)
    if word.lower() != facts.result:
        yield f"{facts.result}, and {told.update_id} is {word}"
    elif not could_be_missed(told, facts.order) and not facts.mistaken:
        following = successor(told)
        name = "a restart" if following is None else following.update_id
        yield f"{facts.result}, and {name} goes on with {told.update_id}"


def what_is_followed_is_the_last_of_its_chain(facts: Facts) -> Iterator[str]:
    told = facts.told
    if facts.killed or told is None or facts.attribution != "confirmed":
        return
    if is_foreign(told.chain):
        yield f"{told.update_id} is somebody else's, and called confirmed"
    elif told.chain not in facts.confirmed(facts.ended):
        yield f"{told.update_id} is called confirmed, and no answer told its id"


def a_conflict_is_with_somebody_else_and_nothing_of_ours_began(
    facts: Facts,
) -> Iterator[str]:
    if facts.killed or facts.result != "conflict":
        return
    if facts.begun:
        yield f"conflict, and {facts.begun[0].update_id} is ours"
    met = any(
        is_foreign(one.chain) and one.created <= facts.ended and one.history
        for one in facts.world.updates
    )
    refused = any(sent.fate and sent.fate.mishap.name == "409" for sent in facts.starts)
    if not met and not refused:
        yield "conflict, and nobody else is there"


def no_lost_start_is_told_where_the_id_was_read(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result != "unknown-start":
        return
    if not any(sent.may_have_arrived for sent in facts.starts):
        yield "unknown-start, and no start may have arrived"
    if facts.confirmed(facts.ended) and facts.signal is None:
        yield "unknown-start, and the id was read"


def nothing_was_started_is_only_said_where_it_is_so(facts: Facts) -> Iterator[str]:
    if facts.killed or "othing was started" not in facts.reason:
        return
    if facts.begun:
        yield f"“{facts.reason}”, and {facts.begun[0].update_id} was"


def what_is_said_to_be_stopped_is_canceled(facts: Facts) -> Iterator[str]:
    if facts.killed or "is CANCELED" not in facts.reason:
        return
    told = facts.told
    if told is None or state_at(told, facts.ended) != "CANCELED":
        yield f"“{facts.reason}”, and it is {told.word if told else 'not there'}"


def no_update_of_ours_is_left_behind_in_silence(facts: Facts) -> Iterator[str]:
    played = facts.played
    if facts.killed or played.unwritable:
        return
    late = [one for one in facts.begun if one.created > facts.ended]
    left = [*played.running, *late]
    if not left or facts.owed or facts.result in SPEAKING:
        return
    if facts.mistaken or facts.stop_was_late:
        return
    if facts.result in SILENT:
        told = facts.told
        missed = told is not None and could_be_missed(told, facts.order)
        if facts.result in BAD and missed:
            return
        yield f"{left[0].update_id} runs, and the result is {facts.result}"
    elif not TELLS.search(facts.reason):
        yield f"{left[0].update_id} runs, and the reason is “{facts.reason}”"


def stops_of(calls: Iterable[Sent]) -> Iterator[tuple[Sent, Sent | None]]:
    """Each stop that was sent, with the last read of the pipeline before it."""
    proof: Sent | None = None
    for sent in calls:
        if sent.kind == "stop":
            yield sent, proof
        elif sent.kind == "pipeline":
            proof = sent


def proven_by(facts: Facts, stop: Sent, proof: Sent | None) -> Update | None:
    """The update that was proven to be active when *stop* was sent."""
    if proof is None or proof.came is None or proof.came > stop.at or not proof.good:
        return None
    return facts.update(proof.shown) if proof.shown is not None else None


def nothing_is_stopped_without_a_proof(facts: Facts) -> Iterator[str]:
    replaced = None
    for stop, proof in stops_of(facts.sent):
        proven = proven_by(facts, stop, proof)
        if proven is None:
            yield f"a stop at {stop.at:.1f} without a proof"
        elif proven.chain in facts.confirmed(stop.at):
            continue
        elif facts.order.if_active != "replace" or not is_foreign(proven.chain):
            yield f"a stop at {stop.at:.1f} of {proven.update_id}, not proven ours"
        elif replaced not in (None, proven.chain):
            yield f"a second rival, {proven.update_id}, is stopped"
        else:
            replaced = proven.chain


def at_most_two_stops_of_one_update_may_arrive(facts: Facts) -> Iterator[str]:
    counts: dict[str, int] = {}
    for stop, proof in stops_of(facts.sent):
        proven = proven_by(facts, stop, proof)
        if proven is not None and stop.may_have_arrived:
            counts[proven.update_id] = counts.get(proven.update_id, 0) + 1
    for name, count in counts.items():
        if count > 2:
            yield f"{count} stops of {name}"


def the_latest_is_the_newest_that_was_shown(facts: Facts) -> Iterator[str]:
    told = facts.first_told
    if facts.killed or facts.order.theirs != "latest" or told is None:
        return
    for sent in facts.sent:
        newest = facts.update(sent.newest) if sent.newest is not None else None
        if newest is not None and newest.created > told.created:
            if newest.chain is not told.chain:
                yield f"{told.update_id} is followed, {newest.update_id} was shown"
            return
        if sent.kind == "list":
            return


def unavoidable_gaps(facts: Facts) -> int:
    """Stops that hit what became active after the read that allowed for them."""
    return (
        facts.stop_was_late
        + facts.post_stop_was_late
        + sum(
            1
            for stop, proof in (*stops_of(facts.sent), *stops_of(facts.afterwards))
            if stop.did is not None
            and stop.active is not None
            and is_foreign(stop.active.chain)
            and stop.active is not proven_by(facts, stop, proof)
        )
    )


def only_what_cannot_be_told_apart_is_adopted(facts: Facts) -> Iterator[str]:
    adopted = facts.first_told
    if facts.killed or facts.attribution != "inferred":
        return
    if adopted is None:
        yield "inferred, and no update is named"
        return
    if facts.order.ambiguous == "fail":
        yield f"{adopted.update_id} is adopted, which was forbidden"
    lost = [sent for sent in facts.starts if sent.may_have_arrived]
    if not lost:
        yield f"{adopted.update_id} is adopted, and no start was lost"
        return
    fitting = [
        one
        for one in facts.world.updates
        if _fits(one, lost[-1], facts) and one.created <= facts.ended
    ]
    if adopted not in fitting:
        yield f"{adopted.update_id} does not fit, and is adopted"
    before, looked = _lists_around(facts, adopted, lost[-1])
    for other in fitting:
        is_new = before < other.created and other.visible <= looked
        if other.chain is adopted.chain or not is_new:
            continue
        if _fits(other, lost[-1], facts, strictly=True):
            yield f"{adopted.update_id} is adopted, and {other.update_id} fits as well"


def _lists_around(facts: Facts, adopted: Update, lost: Sent) -> tuple[float, float]:
    """When the lists were read: the last before the start, the last before adopting."""
    written, name = facts.played.ci.written, adopted.update_id
    when = min((at for at, one in written if one.get("update-id") == name), default=0.0)
    looks = [
        sent.did
        for sent in facts.sent
        if sent.kind == "list" and sent.good and sent.did is not None
    ]
    before = max((at for at in looks if at <= lost.at), default=0.0)
    return before, max((at for at in looks if at <= when), default=0.0)


def _told(flags: Flags, facts: Facts) -> Flags:
    """What the workspace tells of what was asked for."""
    told = facts.world.traits.tells_parameters
    return flags if told else replace(flags, parameters=())


def _fits(one: Update, lost: Sent, facts: Facts, *, strictly: bool = False) -> bool:
    # The two clocks are compared over an answer, which takes its time.
    way = facts.played.schedule.latency[1]
    slack = 5.5 + way if facts.world.traits.dated else 601.0
    if strictly and facts.world.traits.dated:
        slack = max(3.5 - way, 0.0)
    until = lost.at + lost.within if lost.came is None else lost.came
    return (
        one.cause == "API_CALL"
        and _told(one.chain.flags, facts) == _told(facts.order.flags, facts)
        and lost.at - slack <= one.created <= until + slack
    )


SAFETY: tuple[Invariant, ...] = (
    at_most_one_start_is_executed,
    no_start_is_sent_after_one_that_may_have_arrived,
    a_good_verdict_is_that_of_a_chain_that_completed,
    a_bad_verdict_is_that_of_a_chain_that_ended_so,
    what_is_followed_is_the_last_of_its_chain,
    a_conflict_is_with_somebody_else_and_nothing_of_ours_began,
    no_lost_start_is_told_where_the_id_was_read,
    nothing_was_started_is_only_said_where_it_is_so,
    what_is_said_to_be_stopped_is_canceled,
    no_update_of_ours_is_left_behind_in_silence,
    nothing_is_stopped_without_a_proof,
    at_most_two_stops_of_one_update_may_arrive,
    only_what_cannot_be_told_apart_is_adopted,
    the_latest_is_the_newest_that_was_shown,
)
