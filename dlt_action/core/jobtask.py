"""
Following the updates of one Pipeline task of a job run, beside the run.

A task that is tried again, or repaired, has another run and with it another update. All
of these, and the platform's own restarts, are one chain of attempts. What cannot be
followed is said, and changes nothing else: the verdict is the job run's in any case.
"""

from __future__ import annotations

from math import inf

from dlt_action.core.departure import Custody
from dlt_action.core.exchange import Outcome
from dlt_action.core.jobsearch import NONE, SEVERAL, Company, Search
from dlt_action.core.jobwire import TaskRun, is_key
from dlt_action.core.launched import Launched
from dlt_action.core.machine import Done, Scripted, Step
from dlt_action.core.model import Attribution, Result, Update
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted, Warned
from dlt_action.core.plan import PipelineTask, Plan
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.run import LOG_INCOMPLETE, was_read
from dlt_action.core.steps import Script, Wait, Why
from dlt_action.core.trip import Trip
from dlt_action.core.watch import Watch

# Who has nothing to do waits to be woken; an hour is as good as for ever.
LONG = 3600.0

_UNSEEN = frozenset({Result.UNAUTHORIZED, Result.UNREACHABLE, Result.GONE})


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
        self._doubts = False  # whether there is something to make sure of, at the end
        self._dropped = False
        trip = Trip(began=now, deadline=inf, chance=company.chance)
        trip.heart = self._heartbeat
        self._search = Search(trip, plan, company, begun)
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
        over = self._search.over
        self._search.latest = task
        self._noticed(before=over)

    def close(self, *, closed: bool = True) -> None:
        """Take that the job run has ended, or that it goes on after all."""
        over = self._search.over
        self._search.closed = closed
        self._noticed(before=over)

    def _noticed(self, *, before: bool) -> None:
        if self._search.over is not before or self._has_more:
            self.rests = self.rests and not self._doubts
            self.wake()

    def drop(self) -> None:
        """End it: what it follows is not its task's."""
        self._dropped = self._search.vain = True

    def next_step(self, now: float) -> Step:
        """See `Machine`."""
        if not self._dropped:
            return super().next_step(now)
        outcome = RunOutcome(result=Result.SKIPPED, reason="It has started no update.")
        return Done(outcome)

    def saw(self, outcome: Outcome, now: float) -> None:
        """See `Machine`: what comes too late is of no use."""
        if self._dropped:
            return
        before = self.rang
        super().saw(outcome, now)
        if self.rang is not before:  # whoever follows the run leaves, too
            self._company.wake()

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(state="looking for its update", elapsed=self._trip.elapsed)

    @property
    def _name(self) -> str:
        return f"task {self.key}" if is_key(self.key) else "a task"

    @property
    def _has_more(self) -> bool:
        """Whether the task has a run whose update was not looked for yet."""
        return self._search.has_another and self._search.latest.began

    def _play(self) -> Script[RunOutcome]:
        while True:  # it ends with whoever follows the run
            found = yield from self._search.script()
            if isinstance(found, Update):
                yield from self._follow(found)
            else:
                self._miss(found)
            yield from self._rest()
            before, trip, company = self._search, self._trip, self._company
            self._search = Search(trip, self.plan, company, before.latest)
            self._search.closed = before.closed
            self.missed, self.rests = "", False

    def _rest(self) -> Script[None]:
        """Wait for another run of the task; once this one has ended, make sure."""
        while not self._has_more:
            if self._doubts and self._search.over:
                yield from self._make_sure()
            self.rests = True
            self._company.wake()
            yield Wait(self._trip.now)  # so that whoever was woken has a turn at once
            yield Wait(self._trip.now + LONG)

    def _make_sure(self) -> Script[None]:
        """Another update that can be the task's may have been queued behind ours."""
        self._doubts = False
        hurried = self._trip.hurried
        if not hurried and (yield from self._search.is_unsure()):
            self._miss(SEVERAL)

    def _miss(self, why: str) -> None:
        self.missed = why
        if why is NONE and self._search.failed:
            # It failed before it could start one: that is told as its failure.
            self._trip.tell(Noted(f"{self._name} has started no update"))
            return
        self._trip.tell(
            Warned(
                f"The update of {self._name} is not followed: {why}. What its event log"
                " tells is missing; the verdict is the job run's all the same."
            )
        )

    def _follow(self, found: Update) -> Script[None]:
        trip, plan, before = self._trip, self.plan, self.watch
        chain = () if before is None else (*before.before, before.current)
        search = self._search
        custody = Custody(self._company.stays, lambda: search.over, chain)
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
        self._doubts = watch.current.state is S.COMPLETED
        judged = bool(plan.gate.rules) and self._doubts
        if not was_read(watch) and (trip.interrupted is None or judged):
            trip.tell(Warned(LOG_INCOMPLETE))
        if judged and plan.gate.needs_last:
            yield from watch.look_back.finish()
