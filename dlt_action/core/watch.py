"""
Following one update, and its successors, to the real end.

Rules that shape the order of steps:

* The end is a *state*, read by GET update of our id, twice. The log is read after the
  state: events written while we were asking are then still ahead of us.
* The log becomes visible late. After the end it is read until it shows the end and one
  more read brings nothing new, for 10 s at most. Its failing never ends the watch.
* FAILED and CANCELED are no verdict until the platform had time to start a successor
  (`succession`). The verdict is the last one's; every attempt is listed.
* A timeout or a signal asks for one stop, of our update only (`stopping`), and the
  watch goes on for a while: an update that completes in that time has succeeded.
* A state that we cannot name is waited in. Only COMPLETED opens the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlt_action.core import calls, endings, succession, wire
from dlt_action.core.attempt import Following
from dlt_action.core.event import Event
from dlt_action.core.eventlog import LONG_OVERLAP, OVERLAP
from dlt_action.core.exchange import Executed, Rejected
from dlt_action.core.health import Health
from dlt_action.core.launch import Launched
from dlt_action.core.logreader import LogReader
from dlt_action.core.model import (
    Attribution,
    Cause,
    FlowStatus,
    JsonObject,
    Update,
    UpdateId,
)
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted, Started, TookUp, Warned
from dlt_action.core.pace import look_again_after
from dlt_action.core.plan import Plan
from dlt_action.core.refusals import Refusals
from dlt_action.core.rootcause import tells_failure
from dlt_action.core.steps import Script, Why
from dlt_action.core.stopping import Stop, Stopper
from dlt_action.core.successors import Successors
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict

SETTLE_SECONDS = 10.0
SETTLE_PAUSE = 1.0

# What may be stopped: not what is only inferred to be ours, nor somebody else's.
_OURS = frozenset({Attribution.CONFIRMED})


class Watch:
    """The watch over one update and its successors."""

    def __init__(
        self, trip: Trip, plan: Plan, launched: Launched, attribution: Attribution
    ) -> None:
        """Watch the update that was *launched*."""
        self._trip = trip
        self._plan = plan
        self._pipeline = plan.pipeline.pipeline_id
        self.attribution = attribution
        self.current = Following(
            self._pipeline,
            launched.update_id,
            Cause.API_CALL,
            retries=0,
            request_id=launched.request_id,
        )
        self.before: list[Following] = []
        self._stopper = self._stopper_of(self.current)
        self._refusals = Refusals()
        self._health = Health(plan.settle_time)
        self._reader = LogReader(trip, self.current.log, self._tell_events)
        self._counts: Mapping[FlowStatus, int] = {}
        self._strange: set[str] = set()
        trip.heart = self._heartbeat
        trip.tell(
            Started(
                update_id=launched.update_id,
                url=plan.links.update(self._pipeline, launched.update_id),
                attribution=attribution,
            )
        )

    def script(self) -> Script[Verdict]:
        """Follow to the end."""
        trip = self._trip
        while True:
            if trip.out_of_time:
                return self._left()
            if trip.interrupted is not None and self._stop_is_due:
                yield from self._stopper.ask()
            seen = yield from self._look()
            if isinstance(seen, Verdict):
                return seen
            if seen is not None:
                yield from self._reader.read()
                self._tell_state(seen)
                self._tell_progress()
                end = yield from self._end(seen)
                if end is not None:
                    return end
            fresh = self._stopper.result is Stop.NOT_ASKED
            if trip.interrupted is None or not fresh:
                yield from trip.nap(self._pause())

    def _stopper_of(self, following: Following) -> Stopper:
        ours = following.update_id if self.attribution in _OURS else None
        return Stopper(self._trip, self._pipeline, ours)

    @property
    def _stop_is_due(self) -> bool:
        # A stop that was not answered has arrived after all where it shows.
        shows = self.current.state is S.STOPPING or self.current.state.terminal
        lost = self._stopper.result is Stop.UNANSWERED
        return self._stopper.due and not (lost and shows)

    def _look(self) -> Script[Update | Verdict | None]:
        trip, ours = self._trip, self.current.update_id
        grace = self._plan.outage_grace
        answer = yield from trip.insist(
            calls.get_update(self._pipeline, ours),
            grace=grace,
            usable=lambda body: _seen(body, ours) is not None,
        )
        match answer:
            case Executed(body=body):
                self._refusals.clear()
                return _seen(body, ours)
            case Rejected():
                return self._refusals.take(answer, ours, trip.now, grace)
            case _ if trip.away_for >= grace and trip.interrupted is None:
                state = self.current.state
                return endings.away(ours, state, trip.away_for, answer.reason)
            case _:
                return None

    def _tell_events(self, events: list[Event]) -> None:
        if any(tells_failure(event) for event in events):
            self._health.reset()
        for news in self.current.took(events):
            self._trip.tell(news)

    def _tell_state(self, seen: Update) -> None:
        ours = self.current
        if seen.state is S.UNRECOGNISED and seen.state_text not in self._strange:
            self._strange.add(seen.state_text)
            self._trip.tell(
                Noted(
                    "The API reports a state that this version does not know;"
                    f" waiting in it: {seen.state_text}"
                )
            )
        for news in ours.looked(seen):
            self._trip.tell(news)

    def _tell_progress(self) -> None:
        before, self._counts = self._counts, self.current.tally.flow_counts()
        if self._counts not in ({}, before):
            self._trip.beat_now()

    def _end(self, seen: Update) -> Script[Verdict | None]:
        if not seen.state.terminal:
            return self._running(seen)
        # A signal leaves no time for the log: what comes after a failure matters more.
        if seen.state is S.COMPLETED or self._trip.interrupted in (None, Why.TIMEOUT):
            yield from self._settle_log()
        again = yield from self._look()
        if not isinstance(again, Update) or again.state is not seen.state:
            return again if isinstance(again, Verdict) else None
        if self._final(seen):
            return self._ended()
        if not self._plan.follow_restarts:
            return self._ended(may_go_on=True)
        return (yield from self._go_on())

    def _go_on(self) -> Script[Verdict | None]:
        search = Successors(self._trip, self._plan, self.current, self.before)
        found = yield from search.wait()
        if isinstance(found, Verdict):
            return found
        if found is None:
            # Whoever has to leave cannot know what the platform still does.
            return self._ended(may_go_on=self._trip.out_of_time)
        self._take_up(found)
        return None

    def _running(self, seen: Update) -> Verdict | None:
        plan, trip = self._plan, self._trip
        wanted = plan.until_running and trip.interrupted is None
        if wanted and self._health.settled(seen.state, trip.now):
            return endings.running(self.current.update_id, plan.settle_time)
        return None

    def _settle_log(self) -> Script[None]:
        trip, until = self._trip, self._trip.now + SETTLE_SECONDS
        overlap = LONG_OVERLAP  # once; what is left over of that read is read on
        while trip.now < until and not trip.out_of_time:
            yield from trip.nap(SETTLE_PAUSE)
            fresh = yield from self._reader.read(overlap)
            if fresh == 0 and S(self.current.tally.last_state).terminal:
                return
            overlap = OVERLAP

    def _final(self, seen: Update) -> bool:
        if seen.state is S.COMPLETED:
            return True
        if self._stopper.result is Stop.ACCEPTED and seen.state is S.CANCELED:
            return True
        request = self._plan.request
        return succession.is_final(
            succession.Ended(
                state=seen.state,
                validate_only=request.validate_only,
                development=request.development,
                retries_configured=self._plan.pipeline.retries_configured,
                failed_attempts=self.current.failed_attempts,
                cancellation_cause=self.current.tally.cancellation_cause,
            )
        )

    def _take_up(self, successor: Update) -> None:
        predecessor = self.current
        self.before.append(predecessor)
        self.current = Following(
            self._pipeline,
            successor.update_id,
            successor.cause,
            retries=predecessor.retries + (successor.cause is Cause.RETRY_ON_FAILURE),
            request_id=predecessor.request,
            last=successor,
        )
        self._reader = LogReader(self._trip, self.current.log, self._tell_events)
        self._stopper = self._stopper_of(self.current)
        self._health.reset()
        self._trip.tell(
            TookUp(
                update_id=successor.update_id,
                url=self._plan.links.update(self._pipeline, successor.update_id),
                cause=successor.cause,
                predecessor=predecessor.update_id,
            )
        )

    def _ended(self, *, may_go_on: bool = False) -> Verdict:
        why, state = self._trip.interrupted, self.current.state
        if why is not None and state is S.COMPLETED:
            self._trip.tell(
                Warned(
                    f"{why.name} came before the end, but the update completed before"
                    " it could be stopped."
                )
            )
        elif why is not None and (self._stopper.result.may_have_worked or may_go_on):
            return self._left(final=not may_go_on)
        return endings.ended(
            self.current.update_id,
            state,
            attempts=len(self.before) + 1,
            validate_only=self._plan.request.validate_only,
            may_go_on=may_go_on,
        )

    def _left(self, *, final: bool = False) -> Verdict:
        ours, why = self.current, self._trip.interrupted
        assert why is not None  # noqa: S101 - out of time only once interrupted
        stop = self._stopper.result
        left = endings.left(ours.update_id, why, stop, ours.state, final=final)
        return replace(left, server_said=self._stopper.refusal)

    def _pause(self) -> float:
        trip = self._trip
        if trip.interrupted is not None:
            return trip.leaving_pause
        longest = look_again_after(trip.elapsed, ceiling=self._plan.poll_ceiling)
        return self._health.pause(longest, trip.now)

    def _heartbeat(self) -> Heartbeat:
        tally = self.current.tally
        return Heartbeat(
            state=self.current.state.value,
            flows=tally.flow_counts(),
            rows=tally.rows_written(),
            elapsed=self._trip.elapsed,
        )


def _seen(body: JsonObject, ours: UpdateId) -> Update | None:
    seen = wire.update(wire.child(body, "update"))
    return seen if seen is not None and seen.update_id == ours else None
