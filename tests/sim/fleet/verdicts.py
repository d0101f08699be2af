"""What has to hold of verdicts, and of the updates that they are told with."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.facts import could_be_missed, is_foreign, state_at
from tests.sim.fleet.facts import FleetFacts, Invariant, Row
from tests.sim.fleet.jobs import ENDED, GOOD, REFUSED, Run, TaskRun
from tests.sim.gates import holds
from tests.sim.limits import EXIT_CODES
from tests.sim.model import Update

JUDGED = ("succeeded", "gate-failed")
# What each verdict on a job run says of its result.
RESULTS = {
    "failed": ("FAILED", "SUCCESS_WITH_FAILURES"),
    "canceled": ("CANCELED",),
    "conflict": (
        "MAXIMUM_CONCURRENT_RUNS_REACHED",
        "FAILED",
        "SUCCESS_WITH_FAILURES",
    ),
}

# A list of updates that is further behind may show one when its run is long over.
LISTED_SOON = 6.0


def _verdicts(facts: FleetFacts) -> Iterator[tuple[Run | None, str, str]]:
    """Each job run of ours, with the verdict on it and its reason."""
    if facts.killed or not facts.order.by_run:
        return
    if facts.order.trigger == "job":
        run = facts.runs[0] if facts.runs else None
        yield run, facts.result, facts.reason
        return
    for row in facts.rows:
        yield facts.run_of(row.pipeline), row.result, row.reason


def a_run_is_called_good_only_if_it_is(facts: FleetFacts) -> Iterator[str]:
    for run, result, _ in _verdicts(facts):
        if result not in JUDGED:
            continue
        if run is None:
            yield f"{result} of no job run"
        elif run.at(facts.ended)[1] not in GOOD:
            yield f"{result}, and run {run.run_id} is {run.at(facts.ended)}"
        elif run.result == "SUCCESS_WITH_FAILURES":
            bad = [one.plot.key for one in run.tasks if _is_bad(one)]
            if bad:
                yield f"{result}, and of run {run.run_id} {bad} did not succeed"
            if not _warns(facts):
                yield f"run {run.run_id} has failed tasks, and nobody is told"


def _is_bad(task: TaskRun) -> bool:
    """Whether it is a Pipeline task that did not succeed, though it was to run."""
    ran = task.result not in ("SUCCESS", "EXCLUDED", "DISABLED")
    return task.plot.pipeline is not None and ran


def _warns(facts: FleetFacts) -> bool:
    return "counts as succeeded" in facts.played.log.getvalue()


def a_bad_verdict_is_that_of_the_run(facts: FleetFacts) -> Iterator[str]:
    for run, result, reason in _verdicts(facts):
        if result not in RESULTS or "fail-fast" in reason:
            continue
        if run is None:
            if result != "conflict":
                yield f"{result} of no job run"
            continue
        looks = [one.phase for one in facts.sent if one.run is run and one.good]
        seen = [word for phase, word in looks if phase in ENDED]
        if not seen or seen[-1] not in RESULTS[result]:
            yield f"{result}, and run {run.run_id} was last seen {looks[-1:]}"
        elif result == "conflict" and not (run.plot.skipped or _met(run)):
            yield f"conflict, and no task of run {run.run_id} met another update"


def _met(run: Run) -> bool:
    return any(one.message == REFUSED for one in run.tries)


def a_part_is_good_only_if_its_task_is(facts: FleetFacts) -> Iterator[str]:
    if facts.killed or facts.order.trigger != "job" or not facts.runs:
        return
    for row in facts.rows:
        tasks = [one for one in facts.runs[0].tasks if one.plot.key == row.task]
        if row.result != "succeeded" or not tasks:
            continue
        update = facts.update(row.update)
        completed = update is not None and update.word == "COMPLETED"
        if tasks[0].result != "SUCCESS" and not completed:
            yield f"task {row.task} succeeded, and it is {tasks[0].result}"


def a_part_of_a_good_run_is_good(facts: FleetFacts) -> Iterator[str]:
    if facts.killed or facts.order.trigger != "job" or facts.result not in JUDGED:
        return
    if facts.runs and facts.runs[0].result == "SUCCESS":
        for row in facts.rows:
            if row.result not in JUDGED:
                yield f"all tasks succeeded, and {row.task} is {row.result}"


def nothing_was_started_is_only_said_where_it_is_so(
    facts: FleetFacts,
) -> Iterator[str]:
    if facts.killed:
        return
    for row in facts.rows:
        if "othing was started" not in row.reason:
            continue
        begun = [one for one in facts.starts_of(row.pipeline) if one.update is not None]
        run = facts.run_of(row.pipeline)
        if begun or run is not None:
            yield f"{row.pipeline}: “{row.reason}”, and something was"
    if "othing was started" in facts.reason and facts.runs and not facts.rows:
        yield f"“{facts.reason}”, and run {facts.runs[0].run_id} was"


def _excused(facts: FleetFacts, told: Update, result: str) -> bool:
    """Whether an update looks like a task's of ours, and nobody could make sure."""
    starts = [
        task.start
        for run in facts.runs
        for task in run.tries
        if task.start is not None
        and task.plot.pipeline is not None
        and facts.worlds[task.plot.pipeline] is facts.world_of(told)
    ]
    looks = told.cause == "JOB_TASK" or told.chain.cause == "JOB_TASK"
    # Of one that cannot be read to its end nobody knows whose it is.
    calls = facts.about(facts.world_of(told).pipeline_id)
    read = all(one.good for one in calls if one.kind == "update")
    sure = result in JUDGED and read and not facts.killed
    return looks and not sure and any(told.created >= start - 2.1 for start in starts)


def what_is_told_is_of_ours(facts: FleetFacts) -> Iterator[str]:
    for row in facts.rows:
        told = facts.update(row.update)
        if told is None:
            if row.update:
                yield f"{row.update} is told, and there is no such update"
        elif facts.world_of(told).pipeline_id != row.pipeline:
            yield f"{told.update_id} is told of {row.pipeline}"
        elif facts.order.by_run and not _is_of(facts, row, told):
            if not _excused(facts, told, row.result):
                yield f"{told.update_id} is told of {row.pipeline}, and not its run's"
        elif not facts.order.by_run and is_foreign(told.chain):
            lost = any(one.may_have_arrived for one in facts.starts_of(row.pipeline))
            adopted = lost and facts.order.ambiguous == "adopt"
            if facts.order.if_active != "attach" and not adopted:
                yield f"{told.update_id} is told of {row.pipeline}, and is not ours"


def _is_of(facts: FleetFacts, row: Row, told: Update) -> bool:
    run = facts.run_of(row.pipeline)
    if run is None:
        return False
    tries = [one for one in run.tries if row.task in ("", one.plot.key)]
    return any(one.chain is told.chain for one in tries)


def an_update_is_called_good_only_if_it_is(facts: FleetFacts) -> Iterator[str]:
    if facts.killed or facts.order.by_run:
        return
    for row in facts.rows:
        told = facts.update(row.update)
        if row.result in JUDGED and (
            told is None
            or state_at(told, facts.ended) != "COMPLETED"
            or told is not told.chain.last
        ):
            yield f"{row.result}, and {row.update} is {told.word if told else 'none'}"
        if row.result in ("failed", "canceled") and "fail-fast" not in row.reason:
            if told is None:
                yield f"{row.result} of no update"
            elif told.word.lower() != row.result:
                yield f"{row.result}, and {told.update_id} is {told.word}"
            elif not could_be_missed(told, facts.order) and not is_foreign(told.chain):
                yield f"{row.result}, and {told.update_id} is followed by another"


def the_gate_judges_what_was_written(facts: FleetFacts) -> Iterator[str]:
    # The updates of several tasks are judged as one.
    if facts.killed or (facts.order.trigger == "job" and len(facts.rows) != 1):
        return
    for row in facts.rows:
        told = facts.update(row.update)
        if row.result == "gate-failed" and not facts.order.gate:
            yield "gate-failed without a gate"
        if row.result != "succeeded" or not facts.order.gate or told is None:
            continue
        if not holds(facts.order.gate, told, None) and not is_foreign(told.chain):
            yield f"{facts.order.gate} passed, and {told.update_id} breaks it"


def the_worst_decides(facts: FleetFacts) -> Iterator[str]:
    played, values = facts.played, facts.outputs
    if facts.killed:
        return
    if played.ci.failed or played.unwritable:
        if played.code != 74:
            yield f"outputs were not written, and the code is {played.code}"
        return
    results = {row.result for row in facts.rows}
    ok = facts.result == "succeeded"
    if values.get("ok") != str(ok).lower():
        yield f"{facts.result}, and ok is {values.get('ok')}"
    if ok and facts.order.trigger != "job" and results != {"succeeded"}:
        yield f"succeeded, and the parts are {sorted(results)}"
    codes = {EXIT_CODES.get(facts.result)}
    if facts.result == "interrupted" and played.line.signals:
        codes = {128 + why.value for _, why in played.line.signals[:1]}
    if facts.result == "skipped" or played.code not in codes:
        yield f"{facts.result}, and the exit code is {played.code}"
    if ok and facts.order.trigger != "job" and len(facts.rows) != len(facts.pipelines):
        yield f"succeeded, and {len(facts.rows)} of {len(facts.pipelines)} are told"


def a_run_that_nobody_disturbs_tells_its_update(facts: FleetFacts) -> Iterator[str]:
    schedule = facts.schedule
    late = schedule.traits[0].list_lag > LISTED_SOON
    if facts.killed or late or not schedule.healthy or not facts.order.by_run:
        return
    for row in facts.rows:
        told = facts.update(row.update)
        run = facts.run_of(row.pipeline)
        if row.result != "succeeded" or run is None:
            continue
        if told is None:
            yield f"{row.pipeline} succeeded, and no update is told"
        elif told.word != "COMPLETED":
            yield f"{row.pipeline} succeeded, and {told.update_id} is {told.word}"


VERDICTS: tuple[Invariant, ...] = (
    a_run_is_called_good_only_if_it_is,
    a_bad_verdict_is_that_of_the_run,
    a_part_is_good_only_if_its_task_is,
    a_part_of_a_good_run_is_good,
    nothing_was_started_is_only_said_where_it_is_so,
    what_is_told_is_of_ours,
    an_update_is_called_good_only_if_it_is,
    the_gate_judges_what_was_written,
    the_worst_decides,
    a_run_that_nobody_disturbs_tells_its_update,
)
