"""
Judging the quality gate of a job run: once, over all that its updates brought.

A rule names datasets, and not the task that writes them. So all updates of a run are
judged as if they were one; and where what one of them brought is not known, no number
counts, because what is not seen cannot be called good.
"""

from __future__ import annotations

from dlt_action.core.jobs.outcome import Tale
from dlt_action.core.jobs.task import TaskWatch
from dlt_action.core.model import UpdateState
from dlt_action.core.quality import Judgement, judge, without_numbers
from dlt_action.core.record import LastGood, Outcome
from dlt_action.core.selection import selected
from dlt_action.lean import dataclass, replace


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of the gate of a job run."""

    judgement: Judgement
    unseen: int  # updates of tasks that succeeded, and whose numbers are not known


def judge_run(tale: Tale, outcome: Outcome) -> Judged:
    """Judge the *outcome* of a job run that succeeded."""
    unseen = sum(_is_unseen(tale, task.key) for task in tale.job.tasks)
    merged = _merged(outcome)
    if unseen:
        merged = without_numbers(replace(merged, log_complete=False))
    return Judged(judge(tale.plan.gate, merged, _selection(tale)), unseen)


def _is_unseen(tale: Tale, key: str) -> bool:
    """Whether a task did something that is not known."""
    last, watch = tale.tasks.get(key), tale.crew.watches.get(key)
    if last is None or last.state.never_ran:
        return False
    return watch is None or not _is_seen(watch)


def _is_seen(watch: TaskWatch) -> bool:
    # A task that succeeded has an update that completed: any other was not its own.
    # And where there was no time to make sure of it, it may not be either.
    known = watch.watch
    completed = known is not None and known.current.state is UpdateState.COMPLETED
    return completed and not watch.missed and not watch.doubts


def _merged(outcome: Outcome) -> Outcome:
    """All updates of a run, as if they were one."""
    parts = outcome.parts if outcome.parts else (outcome,)
    if len(parts) == 1:
        return parts[0]
    return replace(
        outcome,
        flows=tuple(row for part in parts for row in part.flows),
        datasets=tuple(row for part in parts for row in part.datasets),
        expectations=tuple(row for part in parts for row in part.expectations),
        last_good=_last_good(parts),
    )


def _last_good(parts: tuple[Outcome, ...]) -> LastGood | None:
    found = [part.last_good for part in parts if part.last_good is not None]
    if not found:
        return None
    return replace(
        found[0],
        flows=tuple(row for one in found for row in one.flows),
        expectations=tuple(row for one in found for row in one.expectations),
        log_complete=all(one.log_complete for one in found),
    )


def _selection(tale: Tale) -> tuple[str, ...]:
    """The datasets that the updates were to refresh; () where one refreshed all."""
    chosen: list[tuple[str, ...]] = []
    for watch in tale.crew.watches.values():
        update = None if watch.watch is None else watch.watch.current.last
        chosen.append(selected(update, tale.plan.request))
    if not all(chosen):
        return ()
    return tuple(name for names in chosen for name in names)
