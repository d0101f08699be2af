"""Looking at the update that is followed: its state, its log, and its clocks."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core.attempt import Following
from dlt_action.core.clocks import Clocks
from dlt_action.core.event import Event
from dlt_action.core.health import Health
from dlt_action.core.lastgood import LookBack
from dlt_action.core.logbook import Logbook
from dlt_action.core.looking import Looker
from dlt_action.core.model import Update
from dlt_action.core.outlook import Ask, Outlook
from dlt_action.core.plan import Plan
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict

# An update that is over by then costs no call to compare it with another.
LOOKS_BACK_AFTER = 60.0


class Observer:
    """Looks at one update after the other, and remembers what a look is good for."""

    def __init__(
        self,
        trip: Trip,
        plan: Plan,
        health: Health,
        take: Callable[[list[Event]], None],
        over: Callable[[], bool],
    ) -> None:
        """
        Keep *health* informed; *take* gets new events.

        *over*: whether somebody else says that the update has to be over.
        """
        self.look_back = LookBack(trip, plan)
        self.seen_at = trip.now  # when the state was read last
        self._began = trip.now
        self.state_asked = False  # by the last look
        self._state_told = False  # to the last look
        self._trip = trip
        self._plan = plan
        self._health = health
        self._take = take
        self._looker = Looker(trip, plan)
        self._outlook = Outlook(trip, plan, self.look_back, over)

    def turn(self, following: Following) -> None:
        """Look at *following* from now on."""
        trip, plan = self._trip, self._plan
        self._following = following
        self.logbook = Logbook(trip, following.log, self._take)
        self._clocks = Clocks(plan.queue_timeout, plan.stall_timeout, trip.now)
        self._outlook.turn(following, self._clocks)

    def observe(self) -> Script[Update | Verdict | None]:
        """Ask what is worth asking now; the state, where it was read."""
        ask, before = self._outlook.ask(), self._trip.interrupted
        self.state_asked = self._state_told = False
        seen: Update | Verdict | None = None
        if ask is not Ask.LOG:
            seen = yield from self.look()
            if seen is None or isinstance(seen, Verdict):
                return seen
            if ask is Ask.STATE and not seen.state.terminal:
                return seen
        # After the state: events written while we were asking are still ahead of us.
        fresh = yield from self.logbook.read(quiet=ask is Ask.LOG)
        if self.logbook.trails and self._health.is_due(self._trip.now):
            fresh = yield from self.logbook.peek()  # a flow may have failed just now
        self._heard(fresh)
        self._outlook.asked_log(fresh, self.logbook)
        if seen is not None or self._trip.interrupted is not before:
            return seen  # somebody waits: there are better things to do than to look
        if self._outlook.calls_for_the_state:
            seen = yield from self.look()
        return seen

    def look(self) -> Script[Update | Verdict | None]:
        """Read the state; None without an answer, a verdict when there is none."""
        lost, self.state_asked = self._trip.lost_calls, True
        seen = yield from self._looker.look(self._following)
        self._state_told = isinstance(seen, Update)
        if seen is None or self._trip.lost_calls > lost:
            self._clocks.heard(self._trip.now)
        if isinstance(seen, Update):
            self.seen_at = self._trip.now
            self._following.last = seen
            self._clocks.saw(seen.state, self._trip.now)
        self._outlook.asked_state(answered=isinstance(seen, Update))
        return seen

    def _heard(self, fresh: int | None) -> None:
        self._health.hears = fresh is not None
        if fresh != 0:  # who cannot hear does not know that nobody speaks
            self._clocks.heard(self._trip.now)

    def silent_for(self) -> float:
        """Seconds since state or log told anything, as far as both could be heard."""
        return self._clocks.silent_for(self._trip.now)

    def mind_clocks(self) -> Script[None]:
        """Leave if one has run out, by a state that was told since."""
        clocks, trip = self._clocks, self._trip
        if trip.interrupted is not None or not self._state_told:
            return
        if clocks.rang(trip.now) is not None:
            self._heard((yield from self.logbook.catch_up()))
        if (why := clocks.rang(trip.now)) is not None:
            trip.interrupt(why)

    def rest(self) -> Script[None]:
        """Wait until the next look is due, and use the time."""
        until, before = self._trip.now + self._pause(), self._trip.interrupted
        self._heard((yield from self.logbook.use_pause(until)))
        if self._trip.interrupted is not before:
            return
        if self._trip.now - self._began >= LOOKS_BACK_AFTER:
            yield from self.look_back.rest(until)
        else:
            yield from self._trip.nap(until - self._trip.now)

    def _pause(self) -> float:
        trip = self._trip
        if trip.interrupted is not None:
            return trip.leaving_pause
        pause = self._outlook.pause()
        # What was not told is not known any sooner for asking at once.
        return self._health.pause(pause, trip.now) if self._state_told else pause
