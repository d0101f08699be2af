"""
Watching the updates of one Pipeline task of a job run, beside the run.

No field of the API says which update a task's run has started. It is the one that its
pipeline did not have before, that a job's task has caused, and that was created after
the task's run began, by the workspace's own times. Where that is not one single update,
it is said, and the run goes on without its log: the verdict is the run's in any case.

A task that is tried again, or repaired, has another run and with it another update. All
of these, and the platform's own restarts, are one chain of attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dlt_action.core import calls, wire
from dlt_action.core.departure import Custody
from dlt_action.core.exchange import Executed, Rejected
from dlt_action.core.jobwire import TaskIdentity, TaskRun, is_key
from dlt_action.core.launched import Launched
from dlt_action.core.machine import Scripted
from dlt_action.core.model import (
    Attribution,
    Cause,
    PipelineId,
    Result,
    Update,
    UpdateId,
)
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted, Warned
from dlt_action.core.pace import look_again_after
from dlt_action.core.plan import PipelineTask, Plan
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.refusals import Refusals
from dlt_action.core.run import LOG_INCOMPLETE, was_read
from dlt_action.core.steps import Script, Wait, Why
from dlt_action.core.trip import Trip
from dlt_action.core.watch import Watch

# Both times are the workspace's, but of two services of it.
SLACK = timedelta(seconds=2)
# Looks at a list that may be behind, after the task's run has ended.
LOOKS_AFTER_END = 3
# Who has nothing to do waits to be woken; an hour is as good as for ever.
LONG = 3600.0

_UNSEEN = frozenset({Result.UNAUTHORIZED, Result.UNREACHABLE, Result.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What those who follow one job run share."""

    known: frozenset[UpdateId]  # updates that there were before the start
    stays: Callable[[], bool]  # whether we stay, once interrupted, to see the end
    wake: Callable[[], None]  # tell whoever follows the run that something happened
    chance: Callable[[], float]
    taken: set[UpdateId] = field(default_factory=set)  # that are a task's
    searching: list[PipelineId] = field(default_factory=list)


class TaskWatch(Scripted):
    """The machine that follows the updates of one Pipeline task."""

    def __init__(
        self,
        task: PipelineTask,
        plan: Plan,
        company: Company,
        begun: TaskRun,
        now: float,
    ) -> None:
        """Follow *task*, whose run has *begun*, from *now* on."""
        self.key = task.key
        self.plan = plan
        self.watch: Watch | None = None
        self.missed = ""  # why an update was not followed, in our words
        self.rests = False  # whether there is nothing to do for now
        self._company = company
        self._task = begun
        self._sought: TaskIdentity | None = None  # the run whose update was looked for
        self._since: datetime | None = None  # when that began
        self._refusals = Refusals()
        self._closed = False
        trip = Trip(began=now, deadline=float("inf"), chance=company.chance)
        trip.heart = self._heartbeat
        super().__init__(trip, self._play())

    @property
    def trip(self) -> Trip:
        """Its time, its patience, its news."""
        return self._trip

    @property
    def rang(self) -> Why | None:
        """The clock that ran out for its update, if one has."""
        why = self._trip.interrupted
        return None if why is None or why.is_signal else why

    @property
    def settles(self) -> bool:
        """Whether its update has ended, and only the log is still to be read."""
        return self.watch is not None and self.watch.current.state.terminal

    def tell_of(self, task: TaskRun) -> None:
        """Take how the task is, which may go on with another run."""
        over = self._is_over()
        self._task = task
        if self._is_over() is not over or self._has_more:
            self.wake()

    def close(self, *, closed: bool = True) -> None:
        """Take that the job run has ended, or that it goes on after all."""
        if closed is not self._closed:
            self._closed = closed
            self.wake()

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(state="looking for its update", elapsed=self._trip.elapsed)

    @property
    def _name(self) -> str:
        return f"task {self.key}" if is_key(self.key) else "a task"

    @property
    def _has_more(self) -> bool:
        """Whether the task has a run whose update was not looked for yet."""
        return self._task.identity != self._sought and self._task.began

    def _is_over(self) -> bool:
        """Whether nothing can follow the end of the update that is watched."""
        # A task's run goes on until the platform has given up on its update.
        another = self._task.identity != self._sought
        return self._closed or another or self._task.state.ended

    def _play(self) -> Script[RunOutcome]:
        while True:  # it ends with whoever follows the run
            self._sought, self._since = self._task.identity, self._task.start
            found = yield from self._find()
            if found is not None:
                yield from self._follow(found)
            yield from self._rest()

    def _rest(self) -> Script[None]:
        """Wait for another run of the task."""
        self.rests = True
        self._company.wake()
        yield Wait(self._trip.now)  # so that whoever was woken has a turn at once
        while not self._has_more:
            yield Wait(self._trip.now + LONG)

    def _find(self) -> Script[Update | None]:
        """The update of the task's run; None where it cannot be told."""
        self.missed, self.rests = "", False
        pipeline, company = self.plan.pipeline.pipeline_id, self._company
        company.searching.append(pipeline)
        found = yield from self._search()
        company.searching.remove(pipeline)
        if isinstance(found, Update):
            company.taken.add(found.update_id)
            return found
        self._miss(found)
        return None

    def _miss(self, why: str) -> None:
        self.missed = why
        if why is _NONE and self._task.state.good is False:
            # It failed before it could start one: that is told as its failure.
            self._trip.tell(Noted(f"{self._name} has started no update"))
            return
        self._trip.tell(
            Warned(
                f"The update of {self._name} is not followed: {why}. What its event log"
                " tells is missing; the verdict is the job run's all the same."
            )
        )

    def _search(self) -> Script[Update | str]:
        trip, began, looks = self._trip, self._trip.now, 0
        while True:
            over = self._is_over()
            found = yield from self._look()
            if found is not None:
                return found
            looks = looks + 1 if over else 0
            if looks >= LOOKS_AFTER_END:
                return _NONE
            leaves = trip.interrupted is not None and not self._company.stays()
            if leaves or trip.out_of_time:
                return _NO_TIME
            yield from trip.nap(self._pause(began))

    def _pause(self, began: float) -> float:
        if self._trip.interrupted is not None:
            return self._trip.leaving_pause
        if self._is_over():
            return look_again_after(0.0, ceiling=self.plan.poll_ceiling)
        elapsed = self._trip.now - began
        return look_again_after(elapsed, ceiling=self.plan.poll_ceiling)

    def _look(self) -> Script[Update | str | None]:
        trip, plan, pipeline = self._trip, self.plan, self.plan.pipeline.pipeline_id
        answer = yield from trip.insist(
            calls.list_updates(pipeline), grace=plan.outage_grace
        )
        match answer:
            case Executed(body=body):
                self._refusals.clear()
                found = self._candidates(wire.updates(body))
                alone = self._company.searching.count(pipeline) == 1
                if len(found) > 1 or (found and not alone):
                    return _SEVERAL
                return found[0] if found else None
            case Rejected():
                belief = self._refusals.believed(answer, trip.now, plan.outage_grace)
                return None if belief is None else f"HTTP {answer.status}"
            case _ if trip.away_for >= plan.outage_grace:
                return "the API did not answer"
            case _:
                return None

    def _candidates(self, listed: Iterable[Update]) -> list[Update]:
        known = self._company.known | self._company.taken
        return [
            update
            for update in listed
            if update.cause is Cause.JOB_TASK
            and update.update_id not in known
            and self._is_of_its_time(update)
        ]

    def _is_of_its_time(self, update: Update) -> bool:
        """Whether *update* was created while the run that is meant was at it."""
        if update.created is None or self._since is None:
            return False
        another = self._task.start if self._task.identity != self._sought else None
        created = update.created + SLACK
        return self._since <= created and (another is None or created < another)

    def _follow(self, found: Update) -> Script[None]:
        trip, plan, before = self._trip, self.plan, self.watch
        chain = () if before is None else (*before.before, before.current)
        custody = Custody(self._company.stays, self._is_over, chain)
        launched = Launched(
            update_id=found.update_id,
            request_id=found.request_id,
            attribution=Attribution.INFERRED,
            seen=found,
        )
        watch = self.watch = Watch(trip, plan, launched, custody)
        verdict = yield from watch.script()
        if verdict.result in _UNSEEN:
            self._miss(verdict.reason.removesuffix("."))
            return
        judged = bool(plan.gate.rules) and watch.current.state is S.COMPLETED
        if not was_read(watch) and (trip.interrupted is None or judged):
            trip.tell(Warned(LOG_INCOMPLETE))
        if judged and plan.gate.needs_last:
            yield from watch.look_back.finish()


_NONE = "its pipeline shows no update that this task can have started"
_SEVERAL = "its pipeline shows more than one update that this task can have started"
_NO_TIME = "the time was over before it was found"
