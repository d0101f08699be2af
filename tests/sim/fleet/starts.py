"""What has to hold of starts: of job runs, and of several pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.sim.fleet.facts import FleetFacts, Invariant
from tests.sim.fleet.jobs import ENDED
from tests.sim.model import Who

A_MOMENT = 0.01
A_PAUSE = 0.3
A_CALL = 35.0  # and what it takes to go on from there
REFUSED = ("400", "401", "403", "404", "409")
# A verdict that does not come with an answer: a clock, or the time for leaving.
NOT_BY_AN_ANSWER = ("timed-out", "interrupted")


def _whose(facts: FleetFacts) -> list[str]:
    return [""] if facts.order.trigger == "job" else facts.pipelines


def each_start_makes_one_run_at_most(facts: FleetFacts) -> Iterator[str]:
    if not facts.order.by_run:
        if facts.runs:
            yield "a job run was started, and updates were asked for"
        for pipeline in facts.pipelines:
            begun = [one for one in facts.starts_of(pipeline) if one.update is not None]
            if len(begun) > 1:
                yield f"{len(begun)} updates of {pipeline} were started"
        return
    for whose in _whose(facts):
        runs = [run for run in facts.runs if facts.pipeline_of(run) == whose]
        if len(runs) > 1:
            yield f"{len(runs)} job runs were started for {whose or 'the job'}"


def a_token_is_kept_before_it_is_used(facts: FleetFacts) -> Iterator[str]:
    for sent in facts.starts:
        known = sent.idempotency in sent.kept
        if sent.idempotency and not known and not facts.silent:
            yield f"{sent.idempotency} was sent at {sent.at:.1f} and not kept before"


def a_token_is_of_one_start(facts: FleetFacts) -> Iterator[str]:
    for whose in _whose(facts):
        tokens = {one.idempotency for one in facts.starts_of(whose)}
        others = {one.idempotency for one in facts.starts if one.pipeline != whose}
        if facts.order.by_run and (len(tokens) > 1 or tokens & others):
            yield f"tokens of {whose or 'the job'}: {sorted(tokens)}"


def a_start_is_repeated_only_where_that_is_safe(facts: FleetFacts) -> Iterator[str]:
    for whose in _whose(facts):
        lost = False
        for before, after in pairwise(facts.starts_of(whose)):
            lost = lost or facts.is_lost(before)
            if not facts.order.by_run and before.may_have_arrived:
                yield f"a start at {after.at:.1f} after the one at {before.at:.1f}"
            elif facts.took(before) and before.may_have_arrived:
                yield f"a start at {after.at:.1f}, and the run was known"
            elif before.fate is not None and before.fate.mishap.name in REFUSED:
                met = before.fate.mishap.name == "409" and not facts.order.by_run
                if not (lost or met):
                    yield f"a start at {after.at:.1f} after a refusal"


def nobody_hammers_at_a_start(facts: FleetFacts) -> Iterator[str]:
    for whose in _whose(facts) if facts.order.by_run else ():
        for before, after in pairwise(facts.starts_of(whose)):
            leaves = after.at >= facts.leaves - A_MOMENT  # it asks one last time
            if after.at - facts.heard(before) < A_PAUSE and not leaves:
                yield f"{whose or 'the job'} at {before.at:.2f} and {after.at:.2f}"
                return


def nothing_is_started_after_a_signal(facts: FleetFacts) -> Iterator[str]:
    signal = facts.signal
    for number, sent in enumerate(facts.starts):
        if signal is None or sent.at <= signal + A_MOMENT:
            continue
        lost = any(
            one.idempotency == sent.idempotency and facts.is_lost(one)
            for one in facts.starts[:number]
        )
        left = facts.order.on_cancel == "leave"
        if not facts.order.by_run or not lost or left:
            yield f"a start at {sent.at:.1f} after a signal at {signal:.1f}"


def nothing_begins_after_a_failure(facts: FleetFacts) -> Iterator[str]:
    begun, failure = set[str](), facts.failure(judged=False)
    # Where an ending did not come with an answer, its moment is not known.
    known = all(row.result not in NOT_BY_AN_ANSWER for row in facts.rows)
    known = known and not (facts.killed or facts.silent)
    for sent in facts.starts:
        first = sent.pipeline not in begun
        begun.add(sent.pipeline)
        if first and known and sent.at > failure + A_MOMENT:
            yield f"{sent.pipeline} is started {sent.at - failure:.1f} s after"


def a_failure_ends_the_others(facts: FleetFacts) -> Iterator[str]:
    failure = facts.failure(judged=False)
    until = failure + A_CALL
    known = all(row.result not in NOT_BY_AN_ANSWER for row in facts.rows)
    if facts.killed or not known or facts.ended < until:
        return
    for run in facts.told_runs(failure - 1.0):
        asked = any(at <= until for at, who in run.canceled_by if who is Who.US)
        lost = any(one.kind == "cancel" and one.run is run for one in facts.sent)
        over = facts.last_heard(facts.pipeline_of(run)) <= until or run.repairs
        if not (asked or lost or over) and run.at(until)[0] not in ENDED:
            yield f"run {run.run_id} goes on after a failure"
    for chain in facts.confirmed(failure - 1.0):
        pipeline = facts.world_of(chain.last).pipeline_id
        # A clock may have asked for the stop already: it is not asked for again.
        kinds = {
            one.kind for one in facts.about(pipeline) if one.at >= chain.last.created
        }
        last = [one for one in chain.updates if one.created <= until][-1]
        over = last.ended and last.history[-1][0] <= until
        over = over or facts.last_heard(pipeline) <= until
        if facts.calm_since(failure) and not (over or "stop" in kinds):
            yield f"{chain.last.update_id} goes on after a failure: {kinds}"


def no_more_at_once_than_asked(facts: FleetFacts) -> Iterator[str]:
    spans = []
    for pipeline in facts.pipelines if facts.order.trigger != "job" else ():
        starts = facts.starts_of(pipeline)
        if starts:
            spans.append((starts[0].at, facts.last_heard(pipeline)))
    for since, _ in spans:
        at_it = sum(one <= since < until - A_MOMENT for one, until in spans)
        if at_it > facts.order.max_parallel:
            yield f"{at_it} at once at {since:.1f}"
            return


STARTS: tuple[Invariant, ...] = (
    each_start_makes_one_run_at_most,
    a_token_is_kept_before_it_is_used,
    a_token_is_of_one_start,
    a_start_is_repeated_only_where_that_is_safe,
    nobody_hammers_at_a_start,
    nothing_is_started_after_a_signal,
    nothing_begins_after_a_failure,
    a_failure_ends_the_others,
    no_more_at_once_than_asked,
)
