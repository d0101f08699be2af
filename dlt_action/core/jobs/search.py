"""
Which update the run of a Pipeline task has started.

No field of the API says it. It is the one that its pipeline did not have before, that a
job's task has caused, and that was created while the task's run was at it, by the
workspace's own times. Where that is not one single update, it is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from dlt_action.core import calls, wire
from dlt_action.core.exchange import Executed, Rejected
from dlt_action.core.jobs.wire import TaskRun
from dlt_action.core.model import Cause, Update, UpdateId
from dlt_action.core.model import UpdateState as S
from dlt_action.core.pace import look_again_after
from dlt_action.core.plan import Plan
from dlt_action.core.refusals import Refusals
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.lean import dataclass, field

# Both times are the workspace's, but of two services of it.
SLACK = timedelta(seconds=2)
# Looks at a list that may be behind, after the job run has ended, or the task goes on
# with another run; and how long it is looked at while only the task has ended.
LOOKS_AFTER_END = 3
SECONDS_AFTER_END = 120.0

NONE = "its pipeline shows no update that this task can have started"
SEVERAL = "its pipeline shows more than one update that this task can have started"
NO_TIME = "the time was over before it was found"
OTHER_END = "the one that was followed came to another end than the task"
OUTLIVED = "the one that was followed has not ended with the task"
UNSURE = "it could not be made sure, after the task's end, that there is no other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What those who follow one job run share."""

    known: frozenset[UpdateId]  # updates that there were before the start
    stays: Callable[[], bool]  # whether we stay, once interrupted, to see the end
    wake: Callable[[], None]  # tell whoever follows the run that something happened
    chance: Callable[[], float]
    taken: set[UpdateId] = field(default_factory=set)  # that are a task's
    searching: list[Search] = field(default_factory=list)


class Search:
    """The search for the update of one run of a task."""

    def __init__(
        self, trip: Trip, plan: Plan, company: Company, sought: TaskRun
    ) -> None:
        """Search for what *sought* has started."""
        self._trip = trip
        self._plan = plan
        self.pipeline = plan.pipeline.pipeline_id
        self._company = company
        self.sought = sought
        self._refusals = Refusals()
        self.latest = sought  # the task's last run, as it was seen last
        self.closed = False  # the job run has ended
        self.vain = False  # the run that is meant has started none

    @property
    def has_another(self) -> bool:
        """Whether the task goes on with another run."""
        return self.latest.identity != self.sought.identity

    @property
    def failed(self) -> bool:
        """Whether the run that is meant has failed: no other is tried again."""
        return self.has_another or self.latest.state.good is False

    @property
    def over(self) -> bool:
        """Whether the run that is meant has ended, and with it all its updates."""
        # It goes on until the platform has given up on its update.
        return self.closed or self.has_another or self.latest.state.ended

    def script(self) -> Script[Update | str]:
        """The update, or why it cannot be told."""
        self._company.searching.append(self)
        found = yield from self._search()
        self._company.searching.remove(self)
        if isinstance(found, Update):
            self._company.taken.add(found.update_id)
        return found

    def doubt(self, found: S) -> Script[str]:
        """Why, after the end, an update that came to *found* may not be it; or ""."""
        if self._contradicts(found):
            return OTHER_END
        answer = yield from self._trip.insist(
            calls.list_updates(self.pipeline), grace=SECONDS_AFTER_END
        )
        if not isinstance(answer, Executed):
            return UNSURE
        return SEVERAL if self._candidates(wire.updates(answer.body)) else ""

    def _contradicts(self, found: S) -> bool:
        """Whether the run that is meant succeeded, and the update did not."""
        succeeded = not self.has_another and self.latest.state.good is True
        return succeeded and found.terminal and found is not S.COMPLETED

    def _search(self) -> Script[Update | str]:
        trip, looks = self._trip, 0
        began = ended = trip.now
        while True:
            over, final = self.over, self.closed or self.has_another
            found = yield from self._look()
            if found is not None:
                return found
            # A list may be behind for a while, and somewhere there has to be an end.
            looks = looks + 1 if final else 0
            ended = ended if over else trip.now
            if looks >= LOOKS_AFTER_END or trip.now - ended >= SECONDS_AFTER_END:
                return NONE
            leaves = trip.interrupted is not None and not self._company.stays()
            if leaves or trip.out_of_time:
                return NO_TIME
            yield from trip.nap(self._pause(ended if over else began))

    def _pause(self, since: float) -> float:
        if self._trip.interrupted is not None:
            return self._trip.leaving_pause
        elapsed = self._trip.now - since
        return look_again_after(elapsed, ceiling=self._plan.poll_ceiling)

    def _look(self) -> Script[Update | str | None]:
        trip, grace = self._trip, self._plan.outage_grace
        answer = yield from trip.insist(calls.list_updates(self.pipeline), grace=grace)
        match answer:
            case Executed(body=body):
                self._refusals.clear()
                found = self._candidates(wire.updates(body))
                if len(found) > 1 or (found and not self._is_alone):
                    return SEVERAL
                return found[0] if found else None
            case Rejected():
                belief = self._refusals.believed(answer, trip.now, grace)
                return None if belief is None else f"HTTP {answer.status}"
            case _ if trip.away_for >= grace:
                return "the API did not answer"
            case _:
                return None

    @property
    def _is_alone(self) -> bool:
        """Whether no other task searches among the updates of the same pipeline."""
        return not any(
            other is not self and not other.vain and other.pipeline == self.pipeline
            for other in self._company.searching
        )

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
        start, created = self.sought.start, update.created
        if created is None or start is None or created < start - SLACK:
            return False
        if self.has_another:
            another = self.latest.start
            return another is None or created < another - SLACK
        return self.latest.end is None or created <= self.latest.end
