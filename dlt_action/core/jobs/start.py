"""
Starting one job run: at most one, whatever the network does.

Unlike an update, a job run is started with a token: whoever sends it a second time is
told the run that the first one made. So a start whose answer was lost is simply sent
again, and what is told then is as sure as if it had been told at once.
"""

from __future__ import annotations

from typing import assert_never

from dlt_action.core import calls, wire
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Rejected,
)
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import startings as jobstartings
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.model import PipelineId, RunId, UpdateId
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.plan import JobPlan, Parting, Plan
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, interrupted_before_start
from dlt_action.lean import dataclass

# A signal in the middle waits so long for the answer: what is left then is enough to
# ask again, and to cancel what is told.
SECONDS_FOR_A_START_AFTER_SIGNAL = 1.5

# What a pipeline showed when it was looked up is the most part of it: where a job has
# many, a list of each would only put off the start.
MOST_LISTS = 20

# A refusal after a lost answer says nothing about the run that may be there already.
MOST_REFUSALS = 3


@dataclass(frozen=True, slots=True)
class Begun:
    """A job run of ours, and the updates that its pipelines had before."""

    run_id: RunId
    known: frozenset[UpdateId]


def begin(trip: Trip, plan: Plan, job: JobPlan) -> Script[Begun | Verdict]:
    """Start the run that *job* asks for, or say why not."""
    known: set[UpdateId] = set()
    pipelines = {task.pipeline.pipeline_id: task.pipeline for task in job.tasks}
    for pipeline in pipelines.values():
        known.update(pipeline.newest)
        if trip.interrupted is None and len(pipelines) <= MOST_LISTS:
            before = yield from _known(trip, plan, job, pipeline.pipeline_id)
            if isinstance(before, Verdict):
                return before
            known |= before
    started = yield from _Start(trip, plan, job).script()
    return started if isinstance(started, Verdict) else Begun(started, frozenset(known))


def _known(
    trip: Trip, plan: Plan, job: JobPlan, pipeline: PipelineId
) -> Script[frozenset[UpdateId] | Verdict]:
    """The updates that a pipeline has before the start: none of them is ours."""
    call = calls.list_updates(pipeline)
    answer = yield from trip.insist(
        call, grace=plan.start_grace, throttled=plan.throttle_grace
    )
    if isinstance(answer, Executed):
        listed = wire.updates(answer.body)
        return frozenset(update.update_id for update in listed)
    # Who may start the job need not see its pipelines; who has to go starts nothing.
    if isinstance(answer, Rejected) or trip.interrupted is not None:
        return frozenset()
    return jobstartings.no_start(plan, job, answer, what=call.what)


class _Start:
    """One start, sent until it is known what came of it."""

    def __init__(self, trip: Trip, plan: Plan, job: JobPlan) -> None:
        self._trip = trip
        self._plan = plan
        self._job = job
        self._call = jobcalls.start_run(job, plan.request)
        self._lost = ""  # why the first answer was lost; remote text
        self._refusals = 0  # since then
        self._last_try = False

    def script(self) -> Script[RunId | Verdict]:
        trip = self._trip
        while True:
            if trip.interrupted is not None:
                left = self._has_to_go()
                if left is not None:
                    return left
            outcome = yield from trip.send(
                self._call,
                within=self._within(),
                after_signal=SECONDS_FOR_A_START_AFTER_SIGNAL,
            )
            if isinstance(outcome, Executed):
                found = jobwire.run_id(outcome.body)
                if found is not None:
                    trip.answered()
                    return found
                # Who knows of no run has not answered, and is not asked at once again.
                outcome = Ambiguous(reason="the answer has no run id")
            ended = self._take(outcome)
            if ended is not None:
                return ended
            if trip.interrupted is None:
                yield from trip.nap(self._pause(outcome))

    def _within(self) -> float:
        # Not shortened by the timeout: there is time for a cancel after it, but none of
        # a run whose id came too late.
        trip = self._trip
        return calls.CALL_SECONDS if trip.interrupted is None else trip.call_seconds()

    def _has_to_go(self) -> Verdict | None:
        """The verdict of who has to go now; None to send it one last time."""
        trip, why = self._trip, self._trip.interrupted
        assert why is not None  # noqa: S101 - that is what is asked
        if not self._lost:
            return interrupted_before_start(why)
        # Whoever goes now leaves a run behind that nobody knows. The token makes this
        # the same run as the one that the lost answer was about: with its id it can be
        # canceled. If there is none yet, one begins that is canceled at once; so it is
        # not sent where nothing is to be canceled.
        leaves = not self._plan.wait or self._plan.parting(why) is Parting.LEAVE
        if leaves or self._last_try or trip.out_of_time:
            return jobstartings.start_cut_short(self._plan, self._job, why)
        self._last_try = True
        return None

    def _take(self, outcome: Ambiguous | Rejected | NotExecuted) -> Verdict | None:
        trip = self._trip
        match outcome:
            case Ambiguous(reason=reason):
                trip.unanswered(outcome, self._plan.outage_grace)
                return self._was_lost(reason)
            case Rejected():
                trip.answered()
                return self._was_refused(outcome)
            case NotExecuted():
                return self._was_not_sent(outcome)
            case _:
                assert_never(outcome)

    def _was_lost(self, reason: str) -> Verdict | None:
        trip, plan = self._trip, self._plan
        if not self._lost:
            trip.heart = self._heartbeat
            trip.tell(
                Noted(
                    "the answer to the start was lost; it is asked for again with the"
                    f" same token, which starts nothing twice: {reason}"
                )
            )
        self._lost, trip.start_lost = reason, True
        if trip.interrupted is None and trip.away_for >= plan.outage_grace:
            return jobstartings.unknown_start(plan, self._job, reason)
        return None

    def _heartbeat(self) -> Heartbeat:
        state = "the start was not answered; asking again with the same token"
        return Heartbeat(state=state, elapsed=self._trip.elapsed)

    def _was_refused(self, rejected: Rejected) -> Verdict | None:
        if not self._lost:
            what = self._call.what
            return jobstartings.no_start(self._plan, self._job, rejected, what=what)
        self._refusals += 1
        if self._trip.interrupted is not None or self._refusals < MOST_REFUSALS:
            return None
        return jobstartings.unknown_start(self._plan, self._job, rejected.reason)

    def _was_not_sent(self, outcome: NotExecuted) -> Verdict | None:
        trip, plan = self._trip, self._plan
        grace = plan.outage_grace if self._lost else plan.start_grace
        trip.unanswered(outcome, grace)
        if trip.interrupted is not None:
            return None
        if not trip.is_pointless(outcome, grace, plan.throttle_grace):
            return None
        if self._lost:
            return jobstartings.unknown_start(plan, self._job, outcome.reason)
        what = self._call.what
        return jobstartings.no_start(plan, self._job, outcome, what=what)

    def _pause(self, outcome: NotExecuted | Ambiguous | Rejected) -> float:
        if isinstance(outcome, Rejected):
            return 2.0**self._refusals
        return self._trip.back_off(outcome)
