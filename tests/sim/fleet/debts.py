"""What has to hold of the state that is left, and of the post step that reads it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.debts import FOR_A_RESTART, POST_SECONDS
from tests.sim.facts import could_be_missed
from tests.sim.fleet.facts import FleetFacts, Invariant
from tests.sim.fleet.leaving import met_nothing, proven_by, stops_of
from tests.sim.invariants import TELLS

# Between an answer and the writing of what it told.
A_MOMENT = 0.1
# Of what the state does not name, the post step tells that; or it looks for it.
SAYS = (
    "ended before it knew of",
    "Job run ",
    "may still begin",
)
# So long it looks for a one-time run whose start was not answered.
LOOKED_FOR = 60.0


def _is_left_to_stop(facts: FleetFacts, result: str) -> bool:
    """Whether the order is to stop what this run could not stop any more."""
    order = facts.order
    if not order.wait:
        return False
    if facts.killed or result == "unfinished":
        clocks = (facts.deadline, order.queue_timeout, order.stall_timeout)
        rang = any(one is not None and one <= facts.ended for one in clocks)
        return order.on_cancel == "stop" and not rang
    if result == "timed-out":
        return order.on_timeout == "stop"
    return result == "interrupted" and order.on_cancel == "stop"


def what_runs_and_is_to_be_stopped_is_owed(facts: FleetFacts) -> Iterator[str]:
    if facts.silent or (met_nothing(facts) and not facts.order.by_run):
        return
    for run in facts.played.left.runs:
        result, _ = facts.told(facts.pipeline_of(run))
        if not _is_left_to_stop(facts, result) or run.repairs:
            continue
        named = any(one.stop and one.run == str(run.run_id) for one in facts.debts)
        if run in facts.told_runs(facts.ended - A_MOMENT) and not named:
            yield f"run {run.run_id} runs, and is not owed: {facts.debts}"
        elif facts.killed and not facts.owes_run(run):
            yield f"the start of run {run.run_id} is not owed: {facts.debts}"
    for update in facts.played.left.updates:
        row = facts.row(facts.world_of(update).pipeline_id)
        result = facts.result if row is None else row.result
        known = update.chain in facts.confirmed(facts.ended - A_MOMENT)
        if not known or not _is_left_to_stop(facts, result) or facts.owes(update):
            continue
        told = facts.update(row.update) if row is not None else None
        if told is None or not (told.ended and could_be_missed(told, facts.order)):
            yield f"{update.update_id} runs, and is not owed: {facts.debts}"


def nothing_is_owed_where_nothing_is_left(facts: FleetFacts) -> Iterator[str]:
    if facts.killed or facts.silent:
        return
    for row in facts.rows:
        for debt in facts.debts:
            same = debt.run == row.run if row.run else debt.pipeline == row.pipeline
            if not (debt.stop and same) or facts.order.trigger == "job":
                continue
            if row.result in ("succeeded", "started", "conflict", "gate-failed"):
                yield f"{row.result}, and {debt} is owed"
    good = facts.result in ("succeeded", "started", "conflict", "gate-failed")
    if good and len(facts.debts) == 1 and facts.debts[0].stop:
        yield f"{facts.result}, and {facts.debts[0]} is owed"


def only_ours_is_owed(facts: FleetFacts) -> Iterator[str]:
    ours = {str(run.run_id) for run in facts.told_runs(facts.ended)}
    for debt in facts.debts:
        owed = facts.update(debt.update)
        if debt.stop and debt.run and debt.run not in ours:
            yield f"{debt} is owed, and no answer told that run"
        known = facts.confirmed(facts.ended)
        if debt.stop and owed is not None and owed.chain not in known:
            yield f"{debt} is owed, and no answer told that update"


def a_debt_is_a_debt_of_its_pipeline(facts: FleetFacts) -> Iterator[str]:
    if facts.order.trigger == "job" or len(facts.debts) < 2:
        return
    for pipeline, debt in zip(facts.pipelines, facts.debts, strict=False):
        owed = facts.update(debt.update)
        run = next((one for one in facts.runs if str(one.run_id) == debt.run), None)
        if owed is not None and facts.world_of(owed).pipeline_id != pipeline:
            yield f"{debt} is in the place of {pipeline}"
        if run is not None and facts.pipeline_of(run) != pipeline:
            yield f"{debt} is in the place of {pipeline}"


def the_post_step_starts_nothing(facts: FleetFacts) -> Iterator[str]:
    if any(sent.kind == "start" for sent in facts.afterwards):
        yield "a start was sent by the post step"


def the_post_step_ends_only_what_is_owed(facts: FleetFacts) -> Iterator[str]:
    for sent in facts.afterwards:
        if sent.kind != "cancel":
            continue
        if sent.run is None or not facts.owes_run(sent.run):
            yield f"a cancel of run {sent.run and sent.run.run_id}, which is not owed"
    for pipeline in facts.pipelines:
        for stop, proof in stops_of(facts.afterwards, pipeline):
            proven = proven_by(facts, stop, proof)
            if proven is None:
                yield f"a stop of {pipeline} at {stop.at:.1f} without a proof"
            elif not facts.owes(proven) and not any(
                facts.owes(one) for one in proven.chain.updates
            ):
                yield f"a stop of {proven.update_id}, which is not owed"


def the_post_step_asks_for_each_that_is_owed(facts: FleetFacts) -> Iterator[str]:
    played = facts.played
    calm = all(sent.good for sent in facts.afterwards)
    if played.post_code is None or not calm:
        return
    for run in played.post_left.runs:
        owed = any(one.stop and one.run == str(run.run_id) for one in facts.debts)
        soon = run.begun < played.post_began + LOOKED_FOR
        if facts.order.trigger == "submit-run" and soon:
            owed = facts.owes_run(run)  # by its name, which has the token
        asked = any(one.kind == "cancel" and one.run is run for one in facts.afterwards)
        if owed and not asked and not run.repairs:
            yield f"run {run.run_id} runs, is owed, and was not canceled"


def what_the_post_step_leaves_is_told(facts: FleetFacts) -> Iterator[str]:
    played = facts.played
    if played.post_code is None:
        return
    told = played.post_code != 0 and TELLS.search(played.post_said)
    for run in played.post_left.runs:
        owed = any(one.stop and one.run == str(run.run_id) for one in facts.debts)
        if owed and not told and not run.repairs:
            yield f"run {run.run_id} runs after the post step"
    for update in played.post_left.updates:
        seen = [one for one in update.chain.updates if one.created <= played.post_ended]
        missed = any(
            could_be_missed(one, facts.order, FOR_A_RESTART)
            for one in seen
            if one.ended
        )
        if facts.owes(update) and not (told or missed or met_nothing(facts)):
            yield f"{update.update_id} runs after the post step"


def what_is_owed_and_not_known_is_told(facts: FleetFacts) -> Iterator[str]:
    """A token alone is no id: who sent it again could start what nobody wants."""
    played = facts.played
    for debt in facts.debts if played.post_code is not None else ():
        nameless = debt.stop and not (debt.run or debt.update)
        if nameless and not any(one in played.post_said for one in SAYS):
            yield f"{debt} is owed, and the post step says nothing of it"


def the_post_step_ends_in_time(facts: FleetFacts) -> Iterator[str]:
    played = facts.played
    if played.post_code is not None:
        seconds = played.post_ended - played.post_began
        if seconds > POST_SECONDS:
            yield f"the post step took {seconds:.0f} s"


DEBTS: tuple[Invariant, ...] = (
    what_runs_and_is_to_be_stopped_is_owed,
    nothing_is_owed_where_nothing_is_left,
    only_ours_is_owed,
    a_debt_is_a_debt_of_its_pipeline,
    the_post_step_starts_nothing,
    the_post_step_ends_only_what_is_owed,
    the_post_step_asks_for_each_that_is_owed,
    what_the_post_step_leaves_is_told,
    what_is_owed_and_not_known_is_told,
    the_post_step_ends_in_time,
)
