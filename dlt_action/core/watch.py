"""
Following one update, and its successors, to the real end.

Rules that shape the order of steps:

* The end is a *state*, read by GET update of our id, twice. The log is read after the
  state: events written while we were asking are then still ahead of us.
* The log becomes visible late. After the end it is read until it shows the end and one
  more read brings nothing new (`logbook`). Its failing never ends the watch.
* FAILED and CANCELED are no verdict until the platform had time to start a successor
  (`succession`). The verdict is the last one's; every attempt is listed.
* A clock that runs out, or a signal, asks for one stop, of our update only
  (`stopping`), and the watch goes on for a while: an update that completes in that time
  has succeeded. Where nothing is to be stopped, it ends with one last look.
* A state that we cannot name is waited in. Only COMPLETED opens the gate.
"""

from __future__ import annotations

from dlt_action.core import endings, succession
from dlt_action.core.attempt import Following
from dlt_action.core.departure import Custody, Departure
from dlt_action.core.event import Event
from dlt_action.core.hanging import Rang, length_of
from dlt_action.core.health import Health
from dlt_action.core.launched import Launched
from dlt_action.core.logbook import LATE
from dlt_action.core.model import Attribution, Cause, Update
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import TookUp, Warned
from dlt_action.core.observing import Observer
from dlt_action.core.plan import Plan
from dlt_action.core.progress import Progress
from dlt_action.core.rootcause import tells_failure
from dlt_action.core.steps import Script
from dlt_action.core.stopping import Stop
from dlt_action.core.successors import Successors
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.voice import Voice
from dlt_action.lean import replace

SETTLE_SECONDS = 10.0
SETTLE_SECONDS_AFTER_SIGNAL = 2.0


class Watch:
    """The watch over one update and its successors."""

    def __init__(
        self,
        trip: Trip,
        plan: Plan,
        launched: Launched,
        custody: Custody | None = None,
    ) -> None:
        """Watch the update that was *launched*; in *custody*: by a job run."""
        self._custody = custody
        self._trip = trip
        self._plan = plan
        self._pipeline = plan.pipeline.pipeline_id
        self.attribution = launched.attribution
        self._rang: Rang | None = None  # the clock that ran out, if one has
        self.over = False  # whether the last update has ended, and nothing follows
        self.before: list[Following] = [] if custody is None else [*custody.before]
        seen = launched.seen
        self.current = Following(
            self._pipeline,
            launched.update_id,
            Cause.API_CALL if seen is None else seen.cause,
            retries=0,
            request_id=launched.request_id,
        )
        self._health = Health(plan.settle_time, wanted=plan.until_running)
        self._observer = Observer(
            trip, plan, self._health, self._take_events, over=self._nothing_follows
        )
        self.look_back = self._observer.look_back
        attached = self.attribution is Attribution.ATTACHED
        self._progress = Progress(trip, plan, self.look_back, attached=attached)
        ends = not plan.until_running
        silent = self._observer.silent_for
        self._voice = Voice(trip, self.current, self._progress, silent, ends=ends)
        self._turn_to(self.current)
        url = plan.links.update(self._pipeline, launched.update_id)
        self._voice.begin(launched, url, alone=custody is None)

    def _turn_to(self, following: Following) -> None:
        plan, trip = self._plan, self._trip
        self.current = self._voice.following = following
        ours = self.attribution is Attribution.CONFIRMED
        self._departure = Departure(
            trip, plan, following, ours=ours, custody=self._custody
        )
        self._observer.turn(following)
        self._health.reset()
        self._progress.turn()
        self._just_turned = bool(self.before)

    @property
    def seen_at(self) -> float:
        """When the state of the last update was read last."""
        return self._observer.seen_at

    def script(self) -> Script[Verdict]:
        """Follow to the end."""
        while not self._trip.out_of_time:
            end = yield from self._round()
            if end is not None:
                return end
            yield from self._rest()
        return self._left()

    def _round(self) -> Script[Verdict | None]:
        self._mind_clock()
        yield from self._departure.part()
        seen = yield from self._observer.observe()
        if isinstance(seen, Verdict):
            return seen
        if seen is not None:
            self._voice.state(seen)
        self._voice.progress()
        if seen is not None:
            end = yield from self._end(seen)
            if end is not None or self._just_turned:
                return end
        yield from self._observer.mind_clocks()
        if self._departure.stays:
            return None
        if not self._observer.state_asked:  # one last look
            return (yield from self._round())
        yield from self._departure.part()
        return self._left()

    def _mind_clock(self) -> None:
        """Keep where it is when a clock has run out, before it is stopped."""
        trip, why = self._trip, self._trip.interrupted
        if why is not None and why.is_clock and self._rang is None:
            self._rang = Rang(
                why=why,
                length=length_of(why, self._plan, trip),
                state=self.current.phase if trip.away_for == 0 else S.UNRECOGNISED,
                longest=self._progress.longest(self.current),
                silent=self._observer.silent_for(),
            )

    def _rest(self) -> Script[None]:
        if self._just_turned:
            # A successor that was taken up is looked at at once: it may have ended.
            self._just_turned = False
            return
        # Who has to leave, and has not asked for a stop yet, does that at once.
        fresh = self._departure.stopper.result is Stop.NOT_ASKED
        if self._trip.interrupted is None or not fresh:
            yield from self._observer.rest()

    def _take_events(self, events: list[Event]) -> None:
        if any(tells_failure(event) for event in events):
            self._health.reset()
        self._voice.events(events)

    def _end(self, seen: Update) -> Script[Verdict | None]:
        if not seen.state.terminal:
            return self._running(seen)
        # A signal leaves little time for the log: the second look matters more, and
        # what comes after a failure more still.
        hurried = self._trip.hurried
        if not hurried:
            yield from self._settle_log(SETTLE_SECONDS)
        again = yield from self._observer.look()
        if not isinstance(again, Update) or again.state is not seen.state:
            return again if isinstance(again, Verdict) else None
        if hurried and seen.state is S.COMPLETED:
            yield from self._settle_log(SETTLE_SECONDS_AFTER_SIGNAL)
        if self._final(seen):
            return self._ended()
        if not self._plan.follow_restarts:
            return self._ended(may_go_on=True)
        return (yield from self._go_on())

    def _go_on(self) -> Script[Verdict | None]:
        search = Successors(
            self._trip,
            self._plan,
            self.current,
            self.before,
            stays=lambda: self._departure.stays,
        )
        if self._custody is not None:
            search.over = self._custody.over
        found = yield from search.wait()
        if isinstance(found, Verdict):
            return found
        if found is None:
            if not self._trip.hurried and not self.current.tally.problems():
                # Why it failed may have become visible since.
                yield from self._observer.logbook.read(quiet=True)
            # Whoever has to leave cannot know what the platform still does.
            return self._ended(may_go_on=not search.certain)
        self._take_up(found)
        return None

    def _running(self, seen: Update) -> Verdict | None:
        trip, flows = self._trip, self.current.tally.flow_counts()
        # By the time of the look: how it was while the log was read, nobody has seen.
        well = self._health.settled(seen.state, flows, self.seen_at, trip.now)
        if well and trip.interrupted is None:
            return endings.running(self.current.update_id, self._plan.settle_time)
        return None

    def _settle_log(self, seconds: float) -> Script[None]:
        following, completed = self.current, self.current.state is S.COMPLETED
        # What is judged is known in full; else what flows tell of their end is enough.
        judged = completed and bool(self._plan.gate.rules) and not self._trip.hurried
        yield from self._observer.logbook.settle(
            seconds,
            whole=lambda: following.log_is_complete,
            lacks=lambda: completed and following.lacks_ends,
            late=LATE if judged else 0.0,
        )
        self._voice.progress()

    @property
    def log_is_complete(self) -> bool:
        """Whether the last update's log was read up to its end, with all numbers."""
        return self.current.log_is_complete and self._observer.logbook.complete

    def _nothing_follows(self) -> bool:
        return self._custody is not None and self._custody.over()

    def _final(self, seen: Update) -> bool:
        if seen.state is S.COMPLETED or self._nothing_follows():
            return True
        if self._departure.stopper.result is Stop.ACCEPTED and seen.state is S.CANCELED:
            return True
        return succession.is_final(
            succession.Ended(
                state=seen.state,
                validate_only=self._dry,
                development=self._plan.request.development,
                retries_configured=self._plan.pipeline.retries_configured,
                failed_attempts=self.current.failed_attempts,
                cancellation_cause=self.current.tally.cancellation_cause,
            )
        )

    @property
    def _dry(self) -> bool:
        last = self.current.last
        told = last is not None and last.validate_only
        return self._plan.request.validate_only or told

    def _take_up(self, successor: Update) -> None:
        self._mind_clock()
        predecessor = self.current
        self.before.append(predecessor)
        self._turn_to(predecessor.followed_by(successor))
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
        self.over = not may_go_on or not self._plan.follow_restarts
        if why is not None and state is S.COMPLETED:
            told = f"{why.told} before the end, but the update has completed."
            if self._custody is None:
                self._trip.tell(Warned(told))
        elif why is not None and (
            self._departure.stopper.result.may_have_worked or may_go_on
        ):
            return self._left(final=not may_go_on)
        return endings.ended(
            self.current.update_id,
            state,
            attempts=len(self.before) + 1,
            validate_only=self._dry,
            may_go_on=may_go_on,
        )

    @property
    def was_told_to_stop(self) -> bool:
        """Whether our stop of the last update was accepted."""
        return self._departure.stopper.result is Stop.ACCEPTED

    def _left(self, *, final: bool = False) -> Verdict:
        ours, why = self.current, self._trip.interrupted
        assert why is not None  # noqa: S101 - out of time only once interrupted
        self._mind_clock()
        stop, rang = self._departure.stopper.result, self._rang
        what = why if rang is None or rang.why is not why else rang
        left = endings.left(ours.update_id, what, stop, ours.state, final=final)
        return replace(left, server_said=self._departure.stopper.refusal)
