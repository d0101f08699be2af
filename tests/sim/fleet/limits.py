"""What has to hold of every run of the fleet: time, calls, outputs and crashes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.facts import ended_at, is_foreign
from tests.sim.fleet.debts import DEBTS
from tests.sim.fleet.facts import FleetFacts, Invariant
from tests.sim.fleet.leaving import LEAVING
from tests.sim.fleet.starts import STARTS
from tests.sim.fleet.verdicts import VERDICTS
from tests.sim.limits import (
    LONGEST_CALL,
    PER_HOUR,
    PER_HOUR_IN_A_STORM,
    SHORTEST_PAUSE,
    throttled,
)

# One poll, the settling of the log, and two reads of which one may take a second; and
# a few reads of a log that is behind.
A_LOOK, A_POLL = 15.0, 20.0
A_SHARE = 0.05
SETTLING = 12.0 + 3.0 + 6.0
# Once its updates are known, a job run is read as often as they are.
SHARES = 3


def the_end_of_each_is_noticed_soon(facts: FleetFacts) -> Iterator[str]:
    """No pipeline's trouble delays another's verdict by more than one poll."""
    schedule = facts.schedule
    chosen = any("poll-interval" in one for one in facts.order.given)
    if facts.killed or not schedule.calm or not schedule.alone or chosen:
        return
    troubled = {facts.pipelines[number] for number, _ in schedule.local}
    for row in facts.rows:
        if row.result != "succeeded" or row.pipeline in troubled:
            continue
        end = _end_of(facts, row.pipeline)
        heard = facts.last_heard(row.pipeline)
        if facts.order.trigger == "job":
            heard = facts.ended
            if troubled:
                continue  # the run ends with the last of its tasks
        if end is None:
            continue
        began = min(one.at for one in facts.about(row.pipeline))
        elapsed = end - began + schedule.head_start
        poll = min(max(A_SHARE * elapsed, A_LOOK), A_POLL)
        if heard > end + poll + SETTLING:
            yield f"the end of {row.pipeline} was noticed after {heard - end:.0f} s"


def _end_of(facts: FleetFacts, pipeline: str) -> float | None:
    if facts.order.by_run:
        run = facts.run_of(pipeline)
        if run is None or len(run.history) == 0 or run.plot.page < len(run.plot.tasks):
            return None
        return run.end
    row = facts.row(pipeline)
    told = None if row is None else facts.update(row.update)
    if told is None or told is not told.chain.updates[0] or is_foreign(told.chain):
        return None
    return ended_at(told)


def calls_keep_to_their_budget(facts: FleetFacts) -> Iterator[str]:
    tasks = sum(len(one.tasks) for one in facts.schedule.runs)
    most = max(len(facts.pipelines), tasks)
    storm = [one.at for one in facts.sent if throttled(one)]
    limit = PER_HOUR_IN_A_STORM * most
    for at, later in zip(storm, storm[limit:], strict=False):
        if later - at < 3600.0:
            yield f"{limit} throttled calls in {later - at:.0f} s"
            break
    chosen = any("poll-interval" in one for one in facts.order.given)
    if not facts.schedule.healthy or chosen:
        return
    times = [one.at for one in facts.sent]
    limit = PER_HOUR * most * (SHARES if facts.order.by_run else 1)
    for at, later in zip(times, times[limit:], strict=False):
        if later - at < 3600.0:
            yield f"{limit} calls in {later - at:.0f} s"
            break


def each_pipeline_costs_no_more_than_alone(facts: FleetFacts) -> Iterator[str]:
    if not facts.schedule.healthy or facts.killed:
        return
    for pipeline in facts.pipelines:
        kinds = [one.kind for one in facts.about(pipeline)]
        looks, reads = kinds.count("update"), kinds.count("events")
        tries = 1 + sum(
            len(one.chain.updates)
            for run in facts.runs
            for one in run.tries
            if one.chain is not None
        )
        world = facts.worlds[facts.pipelines.index(pipeline)]
        chains = [one for one in world.chains if not is_foreign(one)]
        tries += sum(len(one.updates) for one in chains)
        settling = (12 + world.traits.log_lag) * tries
        if looks + reads > 2 * facts.ended / SHORTEST_PAUSE + settling + 10:
            yield f"{looks + reads} looks at {pipeline} in {facts.ended:.0f} s"


def a_job_run_is_looked_at_now_and_then(facts: FleetFacts) -> Iterator[str]:
    if not facts.schedule.healthy or facts.killed:
        return
    for run in facts.runs:
        looks = [one for one in facts.sent if one.kind == "run" and one.run is run]
        tries = len(run.tries) if run.plot.all_tries else len(run.tasks)
        pages = 1 + tries // run.plot.page
        lasted = looks[-1].at - looks[0].at if looks else 0.0
        if len(looks) > (lasted / 1.9 + 8) * pages:
            yield f"{len(looks)} reads of run {run.run_id} in {lasted:.0f} s"


def no_call_lasts_long(facts: FleetFacts) -> Iterator[str]:
    for sent in (*facts.sent, *facts.afterwards):
        if sent.within > LONGEST_CALL:
            yield f"{sent.within:.0f} s for one call"
            return


def unfinished_outputs_are_written_first(facts: FleetFacts) -> Iterator[str]:
    written = facts.played.ci.written
    if 0 in (facts.schedule.outputs_break, facts.schedule.state_break):
        if facts.sent:
            yield "calls were made without outputs"
        return
    if facts.killed and not written and not facts.sent:
        return
    if not written or written[0][1].get("result") != "unfinished":
        yield "the first outputs are not those of a step that is killed"
    elif facts.sent and written[0][0] > facts.sent[0].at:
        yield "the first call comes before the first outputs"


def nothing_crashes(facts: FleetFacts) -> Iterator[str]:
    results = {facts.result, *(row.result for row in facts.rows)}
    if "internal-error" in results or facts.played.code == 70:
        yield f"crash: {facts.reason}"
    if "a bug in a report" in facts.played.log.getvalue():
        yield "crash in a report"


def what_was_noticed_on_the_way(facts: FleetFacts) -> Iterator[str]:
    yield from facts.played.problems


LIMITS: tuple[Invariant, ...] = (
    the_end_of_each_is_noticed_soon,
    calls_keep_to_their_budget,
    each_pipeline_costs_no_more_than_alone,
    a_job_run_is_looked_at_now_and_then,
    no_call_lasts_long,
    unfinished_outputs_are_written_first,
    nothing_crashes,
    what_was_noticed_on_the_way,
)


def violations(facts: FleetFacts) -> list[str]:
    """Each sentence that did not hold, with what was seen instead."""
    return [
        f"{one.__name__}: {seen}"
        for one in (*STARTS, *VERDICTS, *LEAVING, *DEBTS, *LIMITS)
        for seen in one(facts)
    ]
