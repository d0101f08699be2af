"""One update of the chain that we follow: its log, its sums, what was last read."""

from __future__ import annotations

from collections.abc import Iterable

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.flows import AT_WORK
from dlt_action.core.model import (
    Cause,
    Level,
    PipelineId,
    RequestId,
    Update,
    UpdateId,
    UpdateState,
)
from dlt_action.core.news import Failing, Logged, News, StateSeen
from dlt_action.core.plan import Plan
from dlt_action.core.record import Attempt, Problem
from dlt_action.core.tally import Tally
from dlt_action.lean import dataclass, field

# The log is for reading; the summary counts what goes beyond.
MOST_FAILURES_TOLD = 100

_ORDER = (
    UpdateState.QUEUED,
    UpdateState.CREATED,
    UpdateState.WAITING_FOR_RESOURCES,
    UpdateState.INITIALIZING,
    UpdateState.RESETTING,
    UpdateState.SETTING_UP_TABLES,
    UpdateState.RUNNING,
    UpdateState.STOPPING,
)
_PLACES = {state.value: place for place, state in enumerate(_ORDER)}


def is_before(state: str, other: str) -> bool:
    """Whether an update is in *state* before it is in the *other*, as far as known."""
    return _PLACES.get(state, len(_PLACES)) < _PLACES.get(other, 0)


@dataclass(slots=True)
class Following:
    """What we know of the update that we follow now."""

    pipeline: PipelineId
    update_id: UpdateId
    cause: Cause
    retries: int  # failures that the platform answered with a new attempt, so far
    request_id: RequestId | None = None
    last: Update | None = None
    tally: Tally = field(default_factory=Tally)
    shown: set[str] = field(default_factory=set)
    _told: set[tuple[str, str | None, bool]] = field(default_factory=set)
    asked_twice: str = ""  # the state of the last look, if the log did not tell it
    _ahead: str = ""  # the last state that a look told before the log did
    log: EventLog = field(init=False)

    def __post_init__(self) -> None:
        """Begin its log."""
        self.log = EventLog(self.pipeline, self.update_id)

    def followed_by(self, successor: Update) -> Following:
        """The *successor* that the platform goes on with."""
        retried = successor.cause is Cause.RETRY_ON_FAILURE
        return Following(
            self.pipeline,
            successor.update_id,
            successor.cause,
            retries=self.retries + retried,
            request_id=self.request,
            last=successor,
        )

    @property
    def state(self) -> UpdateState:
        """The state that was last read; a stranger until then."""
        return UpdateState.UNRECOGNISED if self.last is None else self.last.state

    @property
    def phase(self) -> UpdateState:
        """How far it is: what was last read, or what the log tells beyond that."""
        told = self.tally.last_state
        return UpdateState(told) if is_before(self.state.value, told) else self.state

    @property
    def request(self) -> RequestId | None:
        """The request id: from the start's answer, the update itself, or its log."""
        if self.request_id is not None:
            return self.request_id
        told = None if self.last is None else self.last.request_id
        return self.tally.request_id if told is None else told

    @property
    def log_is_complete(self) -> bool:
        """Whether the log was read up to the end of the update."""
        return UpdateState(self.tally.last_state).terminal

    @property
    def lacks_ends(self) -> bool:
        """Whether flows are at work by the log, of an update that has COMPLETED."""
        return any(map(self.tally.flow_counts().get, AT_WORK))

    @property
    def failed_attempts(self) -> int:
        """Failures before this one: the log's number, or the retries we followed."""
        told = self.tally.failed_attempts
        return self.retries if told is None else told

    def took(self, events: Iterable[Event]) -> list[News]:
        """Fold new events; what there is to tell of them."""
        news: list[News] = []
        for event in events:
            problem = self.tally.fold(event)
            news.append(Logged(event))
            state = wire.text(wire.child(event.details, "update_progress"), "state")
            if state and state not in self.shown:
                self.shown.add(state)
                # Who was told that it runs is not told that it was queued.
                if not is_before(state, self._ahead):
                    news.append(StateSeen(self.update_id, state, event.at))
            if problem is not None:
                news.extend(self._failing(problem, final=event.level is Level.ERROR))
        return news

    def _failing(self, problem: Problem, *, final: bool) -> Iterable[News]:
        # A flow is tried three times and the update then fails for the same reason:
        # that is two lines, the first try and the last.
        if problem.flow is None:
            known = any(headline == problem.headline for headline, *_ in self._told)
        else:
            known = (problem.headline, problem.flow, final) in self._told
        if not known and len(self._told) < MOST_FAILURES_TOLD:
            self._told.add((problem.headline, problem.flow, final))
            yield Failing(problem, final=final)

    def looked(self, update: Update) -> list[News]:
        """
        Take a state that was read; news if the log keeps silent about it.

        The log tells every state with its time, a little later than a look does. So
        a look is news only when the next one sees the same and the log still does not.
        """
        self.last = update
        state = update.state_text
        if state in self.shown:
            return []
        if self.asked_twice != state:
            self.asked_twice = state
            return []
        self.shown.add(state)
        self._ahead = state
        return [StateSeen(self.update_id, state, None)]

    def attempt(self, plan: Plan) -> Attempt:
        """The attempt as the reports know it."""
        last = self.last
        cause, cause_text = self.cause, self.cause.value
        if last is not None and last.cause_text:
            cause, cause_text = last.cause, last.cause_text
        return Attempt(
            update_id=self.update_id,
            url=plan.links.update(self.pipeline, self.update_id),
            state=self.state,
            state_text=last.state_text if last is not None else "",
            cause=cause,
            cause_text=cause_text,
            created=last.created if last is not None else None,
            ended=self.tally.ended_at(),
            phases=self.tally.phases(),
            problems=self.tally.problems(),
            cancellation_cause=self.tally.cancellation_cause,
            canceled_by=self.tally.canceled_by,
        )
