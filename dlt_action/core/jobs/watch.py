"""
Following one job run to its real end, and the updates of its tasks beside it.

The run is the only authority on itself: what a task's update came to tells why, never
what.

* The end is a state of the run, read twice. Between the two, the logs of its updates
  are read to their ends. Somebody may repair a run that had ended, and it goes on.
* Leaving is one cancel, of this run, by its id; then it is watched until it has ended,
  as far as there is time. One that succeeds in that time has succeeded.
"""

from __future__ import annotations

from math import inf

from dlt_action.core.exchange import Executed
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import endings as jobendings
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.cancel import Cancel, Leaving
from dlt_action.core.jobs.crew import Crew
from dlt_action.core.jobs.look import RunLooker
from dlt_action.core.jobs.outcome import Tale
from dlt_action.core.jobs.search import Company
from dlt_action.core.jobs.start import Begun
from dlt_action.core.jobs.states import WITH_FAILURES
from dlt_action.core.jobs.telling import Chronicle
from dlt_action.core.jobs.wire import JobRunSeen, TaskRun
from dlt_action.core.launch import CONFLICT
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result
from dlt_action.core.news import RunStarted, Warned
from dlt_action.core.pace import look_again_after
from dlt_action.core.plan import JobPlan, Plan
from dlt_action.core.steps import Script, Why
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import replace

# How long the logs of updates are read on, once the run has ended: of those that have
# ended too, and of others, which are about to.
SECONDS_TO_SETTLE = 330.0
SECONDS_TO_END = 60.0
SECONDS_AFTER_SIGNAL = 2.0
SETTLE_PAUSE = 5.0

# A clock that has run out is no reason to ask without a pause.
SHORTEST_PAUSE = 1.0

# Of tasks that failed: what they say is worth a call each, and no more. Nothing is
# watched meanwhile.
MOST_OUTPUTS = 20
SECONDS_FOR_AN_OUTPUT = 10.0
SECONDS_FOR_OUTPUTS = 30.0  # in all


class RunWatch:
    """The watch over one job run."""

    def __init__(
        self, host: Scripted, trip: Trip, plan: Plan, job: JobPlan, begun: Begun
    ) -> None:
        """Watch the run that has *begun*; those beside it play with *host*."""
        self.run_id = begun.run_id
        self.over = False  # whether it has ended
        self._trip = trip
        self._plan = plan
        self._job = job
        self._looker = RunLooker(trip, begun.run_id, grace=plan.outage_grace)
        self._leaving = Leaving(trip, plan, begun.run_id)
        self._chronicle = Chronicle(
            trip, plan.links, begun.run_id, located=job.job_id is not None
        )
        company = Company(
            known=begun.known,
            stays=lambda: self._leaving.stays,
            wake=host.wake,
            chance=trip.chance,
        )
        self.crew = Crew(plan, job, company, host.spawn)
        self._outputs, self._output_seconds = 0, 0.0
        self._since = trip.now  # when something last happened
        self._queued = trip.now
        url = None
        if job.job_id is not None:
            url = plan.links.run(job.job_id, begun.run_id)
        trip.tell(RunStarted(run_id=begun.run_id, url=url))

    @property
    def tale(self) -> Tale:
        """All that is known of it."""
        seen = self._looker.last
        return Tale(
            plan=self._plan,
            job=self._job,
            trip=self._trip,
            run_id=self.run_id,
            seen=seen,
            crew=self.crew,
            chronicle=self._chronicle,
            tasks={} if seen is None else {task.key: task for task in seen.tasks},
        )

    def glance(self) -> Script[None]:
        """Read it once, if that can be had: a one-time run does not tell its page."""
        call = jobcalls.get_run(self.run_id)
        within = min(self._trip.call_seconds(), SECONDS_FOR_AN_OUTPUT)
        answer = yield from self._trip.send(call, within=within)
        if isinstance(answer, Executed):
            self._looker.take(answer.body)

    def script(self) -> Script[Verdict]:
        """Follow to the end."""
        trip = self._trip
        while not trip.out_of_time:
            end = yield from self._round()
            if end is not None:
                return end
            # Who has to leave, and has not asked for it yet, does that at once.
            fresh = self._leaving.canceler.result is Cancel.NOT_ASKED
            if trip.interrupted is None or not fresh:
                yield from self._rest()
        return self._left()

    def _round(self) -> Script[Verdict | None]:
        leaving = self._leaving
        self._pass_on()
        yield from leaving.part()
        seen = yield from self._looker.look()
        if isinstance(seen, Verdict):
            return seen
        if seen is not None:
            yield from self._take(seen)
            end = yield from self._end(seen)
            if end is not None:
                return end
            self._mind_clocks(seen)
        if leaving.stays:
            return None
        yield from leaving.part()
        return self._left()

    def _pass_on(self) -> None:
        """Leave where a clock of an update ran out, and together with them all."""
        trip = self._trip
        rang = self.crew.rang
        if trip.interrupted is None and rang is not None:
            trip.interrupt(rang)
        if trip.interrupted is not None:
            self.crew.interrupt(trip.interrupted, trip.now)

    def _mind_clocks(self, seen: JobRunSeen) -> None:
        if seen.state.waits and self._trip.now >= self._rings_at(seen):
            self._trip.interrupt(Why.QUEUE_TIMEOUT)

    def _rings_at(self, seen: JobRunSeen | None) -> float:
        waits = seen is None or seen.state.waits
        return self._queued + self._plan.queue_timeout if waits else inf

    def _take(self, seen: JobRunSeen) -> Script[None]:
        """Take a look at the run: tell of it, and let its updates be followed."""
        before = self._chronicle.changes
        failed = self._chronicle.saw(seen)
        if self._chronicle.changes > before:
            self._since = self._trip.now
        self.crew.saw(seen, self._trip.now)
        for task in failed:
            self._chronicle.failed(task, (yield from self._output(task)))
            if self.tale.is_in_vain(task):
                # What began in the same seconds, and is followed, is somebody else's.
                self.crew.drop(task)
        self._chronicle.tell()

    def _output(self, task: TaskRun) -> Script[str | None]:
        """What the output of a task says that failed; None where a log tells more."""
        trip = self._trip
        followed = self.crew.follows(task.key)
        left = SECONDS_FOR_OUTPUTS - self._output_seconds
        if task.run_id is None or left <= 0 or self._has_to_leave:
            return None if followed else ""
        began, self._outputs = trip.now, self._outputs + 1
        answer = yield from trip.send(
            jobcalls.get_output(task.run_id),
            within=min(trip.call_seconds(), SECONDS_FOR_AN_OUTPUT, left),
        )
        self._output_seconds += trip.now - began
        said = jobwire.output_error(answer.body) if isinstance(answer, Executed) else ""
        # A log tells more, but of an update that is somebody else's.
        return None if followed and not CONFLICT.search(said) else said

    @property
    def _has_to_leave(self) -> bool:
        """Whether there are more urgent things than what a task says."""
        waits = self._leaving.canceler.due and self._trip.interrupted is not None
        return self._trip.hurried or waits or self._outputs >= MOST_OUTPUTS

    def _end(self, seen: JobRunSeen) -> Script[Verdict | None]:
        if not seen.state.ended:
            return None
        self.crew.close()
        # A signal leaves little time for the logs: the second look matters more.
        hurried = self._trip.hurried
        if not hurried:
            yield from self._settle()
        again = yield from self._looker.look()
        if isinstance(again, Verdict):
            return again
        if again is None:
            return None
        if not again.state.ended:
            self.crew.close(closed=False)
            self._chronicle.repaired()
            yield from self._take(again)
            return None
        if again.state.result != seen.state.result:
            return None
        if hurried:
            yield from self._settle()
        return self._ended(again)

    def _settle(self) -> Script[None]:
        """Wait for the ends of the logs."""
        trip, crew, began = self._trip, self.crew, self._trip.now
        while not crew.rest and not trip.out_of_time:
            limit = SECONDS_TO_SETTLE if crew.settles else SECONDS_TO_END
            if trip.hurried:
                limit = SECONDS_AFTER_SIGNAL
            left = began + limit - trip.now
            if left <= 0:
                return
            trip.hush()
            yield from trip.nap(min(SETTLE_PAUSE, left))
            self._pass_on()

    def _ended(self, seen: JobRunSeen) -> Verdict:
        why, tale = self._trip.interrupted, self.tale
        self.over = True
        for text in self.crew.conclude():
            self._trip.tell(Warned(text))
        good = seen.state.good and not tale.not_updated
        if why is not None and not good:
            if self._leaving.canceler.result.may_have_worked:
                return self._left()
        elif why is not None:
            self._trip.tell(Warned(jobendings.completed_after_all(why)))
        return self._succeeded(seen) if good else self._failed(seen)

    def _succeeded(self, seen: JobRunSeen) -> Verdict:
        names = self.tale.names_of_failed
        if seen.state.result == WITH_FAILURES:
            failed = jobendings.named(names, "failed") if names else ""
            self._trip.tell(Warned(jobendings.partly(self.run_id, failed)))
        if self.tale.updated_nothing:
            self._trip.tell(Warned(jobendings.nothing_ran(self.run_id)))
        verdict = jobendings.ended(self.run_id, seen.state)
        left_out = self.tale.left_out
        if not left_out or self.tale.updated_nothing:
            return verdict
        # As the job's author wanted it: worth a word, and no warning.
        return jobendings.in_part(verdict, left_out)

    def _failed(self, seen: JobRunSeen) -> Verdict:
        tale, state = self.tale, seen.state
        names = tale.names_of_failed
        verdict = jobendings.not_updated(self.run_id, state, tale.not_updated)
        if not state.good:
            # A one-time run has one task, and nobody gave it its name.
            tells = names and self._job.job_id is not None
            failed = jobendings.named(names, "failed") if tells else ""
            verdict = jobendings.ended(self.run_id, state, failed)
        if verdict.result is Result.FAILED and tale.met_another:
            verdict = replace(verdict, advice=jobendings.ONE_AT_A_TIME)
            if tale.started_nothing:
                verdict = jobendings.in_the_way(self.run_id)
        return replace(verdict, server_said=tale.said(verdict.server_said))

    def _left(self) -> Verdict:
        why, last = self._trip.interrupted, self._looker.last
        assert why is not None  # noqa: S101 - out of time only once interrupted
        state = None if last is None else last.state
        return jobendings.left(self.run_id, why, self._leaving, state)

    def _rest(self) -> Script[None]:
        trip = self._trip
        if self.crew.speaks:
            trip.hush()
        yield from trip.nap(self._pause())

    def _pause(self) -> float:
        trip = self._trip
        if trip.interrupted is not None:
            return trip.leaving_pause
        # What has just changed is likely to go on; and a run of many pages costs more.
        pause = look_again_after(
            trip.now - self._since, ceiling=self._plan.poll_ceiling
        )
        left = self._rings_at(self._looker.last) - trip.now
        return max(min(pause * self._looker.pages, left), SHORTEST_PAUSE)
