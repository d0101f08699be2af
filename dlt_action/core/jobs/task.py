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
from dlt_action.core.jobs.search import NONE, OUTLIVED, Company, Search
from dlt_action.core.jobs.wire import TaskIdentity, TaskRun, is_key
from dlt_action.core.launched import Launched
from dlt_action.core.machine import Done, Scripted, Step
from dlt_action.core.model import Attribution, Result, Update
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted, Warned
from dlt_action.core.plan import PipelineTask, Plan
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.run import of_attempts_before, tell_what_is_lacking
from dlt_action.core.selection import NOTHING_RAN
from dlt_action.core.steps import Script, Wait, Why
from dlt_action.core.trip import Trip
from dlt_action.core.watch import Watch

# Who has nothing to do waits to be woken; an hour is as good as for ever.
LONG = 3600.0

# How a task ends, whose update is then to be stopped.
_TAKE_TIME = frozenset({"CANCELED", "TIMEDOUT"})
# And what is seen to go on for longer than this is not what ended with the task.
SECONDS_AFTER_TASK = 30.0

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
        self.watch: Watch | None = None  # over what is its own, as far as is known
        self.dropped = False
        self.missed = ""  # why an update was not followed, in our words
        self.rests = False  # whether there is nothing to do for now
        self._company = company
        self.doubts = False  # whether it is still to be made sure that it is its own
        self._over_since = now
        self._earlier: Watch | None = None  # the same, before the run that is meant
        trip = Trip(began=now, deadline=inf, chance=company.chance)
        trip.heart = self._heartbeat
        self._search = Search(trip, plan, company, begun)
        super().__init__(trip, self._play())

    def comes_after(self, other: TaskWatch) -> None:
        """Take over from the *other*, which was dropped, what it knew before."""
        self.watch = self._earlier = other.watch

    @property
    def trip(self) -> Trip:
        """Its time, its patience, its news."""
        return self._trip

    @property
    def rang(self) -> Why | None:
        """The clock that ran out for its update, if one has."""
        why = self._trip.interrupted
        return None if why is None or why.is_signal or self.dropped else why

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
        if self._search.over is not before:
            self._over_since = self._trip.now
        if self._search.over is not before or self._has_more:
            self.rests = self.rests and not self.doubts
            self.wake()

    def drop(self, run: TaskIdentity) -> None:
        """End it: that *run* of its task has started nothing, whatever it followed."""
        self.dropped = self.rests = self._search.vain = True
        if self._search.sought.identity == run:
            self.watch = self._earlier

    def next_step(self, now: float) -> Step:
        """See `Machine`."""
        if not self.dropped:
            return super().next_step(now)
        outcome = RunOutcome(result=Result.SKIPPED, reason="It has started no update.")
        return Done(outcome)

    def saw(self, outcome: Outcome, now: float) -> None:
        """See `Machine`: what comes too late is of no use."""
        if self.dropped:
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
            self._earlier = self.watch
            self._search = Search(trip, self.plan, company, before.latest)
            self._search.closed = before.closed
            self.missed, self.rests, self.doubts = "", False, False

    def _rest(self) -> Script[None]:
        """Wait for another run of the task; once this one has ended, make sure."""
        while True:
            if self.doubts and self._search.over:
                yield from self._make_sure()
            if self._has_more:
                return
            self.rests = True
            self._company.wake()
            yield Wait(self._trip.now)  # so that whoever was woken has a turn at once
            yield Wait(self._trip.now + LONG)

    def _make_sure(self) -> Script[None]:
        """Another update that can be the task's may have been queued behind ours."""
        assert self.watch is not None  # noqa: S101 - what there are doubts of
        why = yield from self._search.doubt(self.watch.current.state)
        self.doubts = False
        if why:  # neither called its own, nor judged
            self.watch = self._earlier
            self._miss(why)

    def _miss(self, why: str) -> None:
        self.missed = why
        if why is NONE and self._search.failed:
            # It failed before it could start one: that is told as its failure.
            self._trip.tell(Noted(f"{self._name} has started no update"))
            return
        self._trip.tell(Warned(self._not_followed))

    @property
    def _not_followed(self) -> str:
        return (
            f"The update of {self._name} is not followed: {self.missed}. What its event"
            " log tells is missing; the verdict is the job run's all the same."
        )

    def conclude(self) -> str:
        """Take that nobody waits for it any longer; a warning of it, or ""."""
        watch, task = self.watch, self._search.latest
        if watch is None or watch is self._earlier or self.missed or self.dropped:
            return ""
        # One that is to be stopped may take longer than its task to end.
        waits = self._trip.interrupted is not None or task.state.result in _TAKE_TIME
        seen = watch.seen_at - self._over_since > SECONDS_AFTER_TASK
        if waits or not seen or watch.current.state.terminal:
            return ""
        self.watch, self.missed = self._earlier, OUTLIVED
        return self._not_followed

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
        self.doubts = True
        verdict = yield from watch.script()
        if verdict.result in _UNSEEN:
            self.doubts = False
            self._miss(verdict.reason.removesuffix("."))
            return
        judged = bool(plan.gate.rules) and watch.current.state is S.COMPLETED
        if not tell_what_is_lacking(trip, plan, watch, verdict, judged=judged):
            # The reason is the job run's.
            trip.tell(Warned(f"Update {watch.current.update_id}: {NOTHING_RAN}"))
        for text in of_attempts_before(watch) if judged else ():
            trip.tell(Warned(text))
        if judged and plan.gate.needs_last:
            yield from watch.look_back.finish()
