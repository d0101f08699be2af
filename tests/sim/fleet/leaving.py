"""What has to hold of leaving: what is canceled and stopped, how soon, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from tests.sim.facts import could_be_missed, is_foreign, state_at
from tests.sim.fleet.facts import FleetFacts, Invariant
from tests.sim.fleet.jobs import ENDED, Run
from tests.sim.fleet.line import FleetSent
from tests.sim.invariants import BAD, SILENT, SPEAKING, TELLS
from tests.sim.model import TERMINAL, Update, Who

AFTER_SIGNAL = 7.0
AFTER_TIMEOUT = 180.0 + 30.0
A_MOMENT = 0.05


def a_job_run_is_never_stopped_by_its_pipeline(facts: FleetFacts) -> Iterator[str]:
    if facts.order.by_run:
        for sent in (*facts.sent, *facts.afterwards):
            if sent.kind == "stop":
                yield f"a stop of {sent.pipeline} at {sent.at:.1f}"


def only_job_runs_of_ours_are_canceled(facts: FleetFacts) -> Iterator[str]:
    for run in facts.jobs.runs:
        if run.who is Who.OTHER and any(who is Who.US for _, who in run.canceled_by):
            yield f"run {run.run_id} of somebody else is canceled"
    for sent in facts.sent:
        if sent.kind != "cancel":
            continue
        if not facts.order.by_run:
            yield f"a cancel at {sent.at:.1f}, and no job run is ours"
        elif sent.run not in facts.told_runs(sent.at):
            yield f"a cancel at {sent.at:.1f} of a run that no answer told"
        elif sent.at < facts.leaves:
            yield f"a cancel at {sent.at:.1f}, and nothing says so before"
        elif _is_to_be_left(facts, sent.at):
            yield f"a cancel at {sent.at:.1f} of what is to be left"


def _is_to_be_left(facts: FleetFacts, at: float) -> bool:
    order = facts.order
    if facts.failure(judged=True) <= at:
        return False
    by_signal = facts.signal is not None and facts.signal <= at
    clocks = facts.deadline, order.queue_timeout, order.stall_timeout
    by_clock = any(one is not None and one <= at for one in clocks)
    stops = (by_signal and order.on_cancel == "stop") or (
        by_clock and order.on_timeout == "stop"
    )
    return not stops


def stops_of(
    calls: Iterable[FleetSent], pipeline: str
) -> Iterator[tuple[FleetSent, FleetSent | None]]:
    """Each stop of a pipeline, with the last read of it before."""
    proof = None
    for sent in calls:
        if sent.pipeline == pipeline and sent.kind == "stop":
            yield sent, proof
        elif sent.pipeline == pipeline and sent.kind == "pipeline":
            proof = sent


def proven_by(
    facts: FleetFacts, stop: FleetSent, proof: FleetSent | None
) -> Update | None:
    if proof is None or proof.came is None or proof.came > stop.at or not proof.good:
        return None
    return None if proof.shown is None else facts.update(proof.shown)


def nothing_is_stopped_without_a_proof(facts: FleetFacts) -> Iterator[str]:
    for pipeline in facts.pipelines:
        for stop, proof in stops_of(facts.sent, pipeline):
            proven = proven_by(facts, stop, proof)
            if proven is None:
                yield f"a stop of {pipeline} at {stop.at:.1f} without a proof"
            elif proven.chain in facts.confirmed(stop.at):
                if stop.at < facts.leaves:
                    yield f"{proven.update_id} is stopped, and nothing says so before"
            elif facts.order.if_active != "replace" or not is_foreign(proven.chain):
                yield f"a stop of {proven.update_id}, which is not proven ours"


def every_run_ends_in_time(facts: FleetFacts) -> Iterator[str]:
    if facts.played.ran_away:
        yield "it does not end"
        return
    signal = facts.signal
    if facts.killed:
        if signal is not None and facts.ended - signal >= 9.9:
            yield "it had to be killed"
        return
    if signal is not None and facts.ended > signal + AFTER_SIGNAL:
        yield f"it took {facts.ended - signal:.1f} s to leave after a signal"
    if facts.ended > max(facts.deadline, 0.0) + AFTER_TIMEOUT:
        yield f"it ended {facts.ended - facts.deadline:.0f} s after the deadline"


def _followed(facts: FleetFacts, signal: float) -> tuple[list[Run], list[Update]]:
    """What of ours is watched when the signal comes, where that is plain."""
    runs = [
        run
        for run in facts.told_runs(signal - 1.0)
        if not any(at <= signal and phase in ENDED for at, phase, _ in run.history)
        and not any(at < signal and who is Who.US for at, who in run.canceled_by)
    ]
    updates = [
        chain.last
        for chain in facts.confirmed(signal - 1.0)
        if len(chain.updates) == 1
        and not chain.pending
        and state_at(chain.last, signal) not in TERMINAL
    ]
    return runs, updates


def a_signal_is_obeyed_at_once_for_each(facts: FleetFacts) -> Iterator[str]:
    signal, order = facts.signal, facts.order
    if facts.killed or signal is None or order.on_cancel != "stop" or not order.wait:
        return
    failure = facts.failure(judged=True)
    clocks = (facts.deadline, order.queue_timeout, order.stall_timeout, failure)
    if any(one is not None and one < signal + 1 for one in clocks):
        return
    runs, updates = _followed(facts, signal)
    for run in runs:
        asked = [
            one.at for one in facts.sent if one.kind == "cancel" and one.run is run
        ]
        first = min((at for at in asked if at >= signal), default=inf)
        if first > signal + A_MOMENT and facts.ended > signal:
            yield f"run {run.run_id} is canceled {first - signal:.1f} s after a signal"
    for update in updates if not order.by_run else ():
        pipeline = facts.world_of(update).pipeline_id
        after = [one for one in facts.about(pipeline) if one.at >= signal]
        if after and after[0].at == signal and after[0].kind != "pipeline":
            del after[0]
        soon = after and after[0].at <= signal + A_MOMENT
        if not (soon and after[0].kind == "pipeline"):
            known = facts.row(pipeline)
            if known is not None and known.update == update.update_id:
                yield f"{pipeline}: {[one.kind for one in after[:2]]} after a signal"


def what_is_to_be_stopped_is_asked_to(facts: FleetFacts) -> Iterator[str]:
    order = facts.order
    if facts.killed or order.on_timeout != order.on_cancel or not order.wait:
        return
    since = min(facts.leaves, facts.ended)
    if not facts.calm_since(since) or facts.silent:
        return
    for run in facts.played.left.runs:
        told = facts.told(facts.pipeline_of(run))
        known = run in facts.told_runs(since - 5.0)
        asked = any(one.kind == "cancel" and one.run is run for one in facts.sent)
        if _has_to_go(facts, told) and known and not (asked or run.repairs):
            yield f"run {run.run_id} runs, and was not asked to cancel ({told[0]})"
    traits = facts.schedule.traits[0]
    lags = traits.pipeline_lags and traits.list_lag
    for update in facts.played.left.updates if not lags else ():
        pipeline = facts.world_of(update).pipeline_id
        told = facts.told(pipeline)
        known = update.chain in facts.confirmed(since) and update.created < since - 5.0
        asked = any(True for _ in stops_of(facts.sent, pipeline))
        if _has_to_go(facts, told) and known and not (asked or update.ended):
            yield f"{update.update_id} runs, and was not asked to stop ({told[0]})"


def _has_to_go(facts: FleetFacts, told: tuple[str, str]) -> bool:
    """Whether what ended with that result, and that reason, was to be stopped."""
    result, reason = told
    if "fail-fast" in reason:
        return result == "canceled"
    return result in ("timed-out", "interrupted") and facts.order.on_cancel == "stop"


def nothing_of_ours_is_left_behind_in_silence(facts: FleetFacts) -> Iterator[str]:
    played = facts.played
    if facts.killed or facts.silent:
        return
    late = [one for one in facts.runs if one.begun > facts.ended]
    for run in (*played.left.runs, *late):
        result, reason = facts.told(facts.pipeline_of(run))
        if facts.owes_run(run) or result in SPEAKING or run.repairs:
            continue
        if result in SILENT or not TELLS.search(reason):
            yield f"run {run.run_id} runs, and: {result}: {reason}"
    for update in played.left.updates:
        row = facts.row(facts.world_of(update).pipeline_id)
        if row is None or facts.owes(update) or row.result in SPEAKING:
            continue
        told = facts.update(row.update)
        foreign = told is not None and is_foreign(told.chain)
        missed = told is not None and could_be_missed(told, facts.order)
        if foreign or met_nothing(facts) or (row.result in BAD and missed):
            continue
        if not TELLS.search(row.reason):
            yield f"{update.update_id} runs, and: {row.result}: {row.reason}"


def met_nothing(facts: FleetFacts) -> bool:
    """Whether a stop met nothing, because the platform had just ended our update."""
    calls = (*facts.sent, *facts.afterwards)
    return any(one.kind == "stop" and one.good and one.active is None for one in calls)


LEAVING: tuple[Invariant, ...] = (
    a_job_run_is_never_stopped_by_its_pipeline,
    only_job_runs_of_ours_are_canceled,
    nothing_is_stopped_without_a_proof,
    every_run_ends_in_time,
    a_signal_is_obeyed_at_once_for_each,
    what_is_to_be_stopped_is_asked_to,
    nothing_of_ours_is_left_behind_in_silence,
)
