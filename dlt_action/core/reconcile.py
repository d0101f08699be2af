"""
After a lost answer to the start: whether there is an update of ours.

It is found out by reading, never by starting again. What is new since the baseline,
was started by the API inside the time in which our request can have arrived, and is
like what was asked for, can be ours. If it is the only one and is seen twice, it may be
taken up as *inferred*, which is said loudly; it is never stopped, because a stranger's
start in the same seconds looks just the same. Anything else ends as `unknown-start`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from dlt_action.core import calls, wire
from dlt_action.core.exchange import Executed
from dlt_action.core.launched import Launched
from dlt_action.core.likeness import told_apart
from dlt_action.core.model import Attribution, Cause, Update, UpdateId, UpdateRequest
from dlt_action.core.news import Heartbeat, Noted
from dlt_action.core.pace import until_the_next
from dlt_action.core.plan import OnAmbiguousStart, Plan
from dlt_action.core.startings import start_cut_short, unknown_start
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import dataclass, replace

# When to look, in seconds after the loss: a list may be behind what was started.
LOOKS = (0.0, 5.0, 10.0, 20.0, 40.0, 60.0)
MOST_APART = 20.0  # afterwards, until there were enough good looks
GOOD_LOOKS = 3
SEEN_FOR = 5.0  # between the first and the last look at what is taken up

# An HTTP Date has whole seconds, and the start takes some.
SLACK = timedelta(seconds=5)
# Without one the two clocks have nothing in common but that people set them.
SLACK_OF_CLOCKS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which our request can have arrived, by our clock."""

    since: datetime
    until: datetime
    ahead: timedelta | None  # how far the workspace's clock is ahead of ours

    def holds(self, moment: datetime | None) -> bool:
        """Whether *moment*, by the workspace's clock, lies in it."""
        if moment is None:
            return False
        ahead = timedelta() if self.ahead is None else self.ahead
        slack = SLACK_OF_CLOCKS if self.ahead is None else SLACK
        return self.since - slack <= moment - ahead <= self.until + slack


@dataclass(frozen=True, slots=True)
class Lost:
    """A start whose answer was lost."""

    known: frozenset[UpdateId]  # what was there before
    window: Window
    reason: str  # remote text

    def candidates(
        self, listed: Iterable[Update], request: UpdateRequest
    ) -> tuple[Update, ...]:
        """The updates that can be ours, of those that are *listed*."""
        return tuple(update for update in listed if self._fits(update, request))

    def _fits(self, update: Update, request: UpdateRequest) -> bool:
        return (
            update.update_id not in self.known
            and update.cause is Cause.API_CALL
            and self.window.holds(update.created)
            and not told_apart(request, update)
        )


class Reconcile:
    """The search for the update that a lost start may have made."""

    def __init__(self, trip: Trip, plan: Plan, lost: Lost) -> None:
        """Search for what came of *lost*."""
        self._trip = trip
        self._plan = plan
        self._lost = lost
        self._since = trip.now
        self._looks = 0
        self._seen: dict[UpdateId, float] = {}  # when it was seen first
        self._all: dict[UpdateId, Update] = {}  # that fit, on any page

    def script(self) -> Script[Launched | Verdict]:
        """Search; what was found, or why nothing can be said."""
        trip, lost = self._trip, self._lost
        trip.heart = self._heartbeat
        if trip.interrupted is None:
            trip.tell(
                Noted(
                    "the answer to the start was lost; the start is not sent again, its"
                    f" update is looked for: {lost.reason}"
                )
            )
        while True:
            found = yield from self._look()
            if trip.interrupted is not None:
                return (yield from self._cut_short())
            if len(self._all) > 1:
                return unknown_start(self._plan, lost.reason, self._all.values())
            if found and trip.now - self._seen[found[0].update_id] >= SEEN_FOR:
                return self._decided(found[0])
            if not found and self._looked_enough:
                return unknown_start(self._plan, lost.reason, self._all.values())
            yield from trip.nap(self._pause(found))

    def _heartbeat(self) -> Heartbeat:
        state = "the start was not answered; looking for its update"
        return Heartbeat(state=state, elapsed=self._trip.elapsed)

    def _look(self) -> Script[tuple[Update, ...]]:
        trip, plan = self._trip, self._plan
        answer = yield from trip.insist(
            calls.list_updates(plan.pipeline.pipeline_id), grace=plan.outage_grace
        )
        if not isinstance(answer, Executed):
            return ()
        self._looks += 1
        self._tell_the_time(answer)
        found = self._lost.candidates(wire.updates(answer.body), plan.request)
        for one in found:
            self._seen.setdefault(one.update_id, trip.now)
            # What one page shows and the next does not is there all the same.
            self._all[one.update_id] = one
        return found

    def _tell_the_time(self, answer: Executed) -> None:
        """Take the workspace's clock from a later answer, if the first had none."""
        window = self._lost.window
        if window.ahead is None and answer.at is not None:
            ahead = answer.at - self._plan.wall(self._trip.now)
            self._lost = replace(self._lost, window=replace(window, ahead=ahead))

    @property
    def _elapsed(self) -> float:
        return self._trip.now - self._since

    @property
    def _looked_enough(self) -> bool:
        enough = self._looks >= GOOD_LOOKS
        limit = LOOKS[-1] if enough else self._plan.outage_grace
        return self._elapsed >= limit

    def _pause(self, found: tuple[Update, ...]) -> float:
        if found:
            return SEEN_FOR
        pause = until_the_next(LOOKS, self._elapsed)
        return MOST_APART if pause is None else pause

    def _cut_short(self) -> Script[Verdict]:
        trip = self._trip
        if not self._all and not trip.out_of_time:  # a list may be a moment behind
            yield from trip.nap(trip.leaving_pause)
            yield from self._look()
        assert trip.interrupted is not None  # noqa: S101 - why we are here
        return start_cut_short(self._plan, trip.interrupted, self._all.values())

    def _decided(self, found: Update) -> Launched | Verdict:
        plan = self._plan
        if plan.on_ambiguous_start is OnAmbiguousStart.FAIL:
            return unknown_start(plan, self._lost.reason, (found,))
        return Launched(
            update_id=found.update_id,
            request_id=found.request_id,
            attribution=Attribution.INFERRED,
            seen=found,
        )
