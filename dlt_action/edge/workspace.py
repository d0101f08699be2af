"""
Finding the pipeline, before anything is started.

Until then a fault costs nothing but time, so these reads are repeated for 30 s: long
enough for a hiccup, short enough that a wrong host is told at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from math import inf

from dlt_action.core import calls, wire
from dlt_action.core.calls import CALL_SECONDS, Call
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    decide,
    of_a_read,
)
from dlt_action.core.model import JsonObject, Pipeline, PipelineId, Result
from dlt_action.core.pace import START_GRACE, THROTTLE_GRACE, back_off
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Why
from dlt_action.core.text import one_line
from dlt_action.core.verdicts import Verdict, not_started, refused, why_unanswered
from dlt_action.edge.line import Arrived, Interrupted, Line, Ticket

WHO_SECONDS = 5.0
MOST_PAGES = 50
MOST_AT_ONCE = 10  # calls, while several pipelines are looked up
MOST_CANDIDATES = 10

MIXED_UP = Ambiguous(reason="the answer is about another pipeline", status=200)


class Leave(Exception):
    """A signal, or the timeout of the whole run, came while we were waiting."""

    def __init__(self, why: Why, cause: str = "") -> None:
        """Leave because of *why*; *cause*: why the API did not answer, if so."""
        super().__init__(why.name)
        self.why = why
        self.cause = cause


class Workspace:
    """The reads before the start. Each raises `Leave` when it is time to go."""

    def __init__(
        self,
        line: Line,
        chance: Callable[[], float],
        *,
        deadline: float = inf,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Read over *line*, until *deadline* (monotonic seconds) at the latest.

        *chance* in [0, 1) spreads the pauses of many clients; *tell* is told why there
        is a pause at all.
        """
        self._line = line
        self._tell = tell
        self._chance = chance
        self._deadline = deadline
        self._since: float | None = None  # when all were begun to be looked for
        self._ahead: dict[Call, Outcome] = {}
        self._explained = False
        self._unanswered = ""  # why the last call was not answered, if so

    def find_all(
        self, wanted: Sequence[tuple[PipelineId | None, str | None]]
    ) -> list[Pipeline | Verdict]:
        """
        The pipelines of these ids, or of exactly these names.

        All of them share the patience that there is for one.
        """
        if len(wanted) == 1:
            return [self.find(*one) for one in wanted]
        self._since = self._line.now()
        names = [name for known, name in wanted if known is None and name is not None]
        self._look_ahead(map(calls.list_pipelines, names))
        ids = [self._id(*one) for one in wanted]
        known = [one for one in ids if not isinstance(one, Verdict)]
        self._look_ahead(map(calls.get_pipeline, known))
        return [one if isinstance(one, Verdict) else self._by_id(one) for one in ids]

    def find(
        self, pipeline_id: PipelineId | None, name: str | None
    ) -> Pipeline | Verdict:
        """The pipeline of that id, or of exactly that name."""
        found = self._id(pipeline_id, name)
        return found if isinstance(found, Verdict) else self._by_id(found)

    def _id(
        self, pipeline_id: PipelineId | None, name: str | None
    ) -> PipelineId | Verdict:
        if pipeline_id is not None:
            return pipeline_id
        return self._by_name(name if name is not None else "")

    def _by_id(self, pipeline_id: PipelineId) -> Pipeline | Verdict:
        call = calls.get_pipeline(pipeline_id)
        # What is found here is what is started, and so nobody else's.
        outcome = self.read(call, lambda body: wire.is_of_another(body, pipeline_id))
        if isinstance(outcome, Rejected) and outcome.status == HTTPStatus.FORBIDDEN:
            who = self.who()
            return refused(outcome, what=call.what, who=who, pipeline=pipeline_id)
        if not isinstance(outcome, Executed):
            return not_started(outcome, what=call.what)
        found = wire.pipeline(outcome.body)
        return not_started(outcome, what=call.what) if found is None else found

    def who(self) -> str:
        """Who signs in, for words: asked once, when it is all that is left to say."""
        outcome = self._exchange(calls.who_am_i(), self._line.now() + WHO_SECONDS)
        return wire.user_name(outcome.body) if isinstance(outcome, Executed) else ""

    def _by_name(self, name: str) -> PipelineId | Verdict:
        like: list[wire.Named] = []
        call = calls.list_pipelines(name)
        for _ in range(MOST_PAGES):
            outcome = self.read(call)
            if not isinstance(outcome, Executed):
                return not_started(outcome, what=call.what)
            like.extend(wire.named_pipelines(outcome.body))
            token = wire.next_page(outcome.body)
            if token is None:
                break
            call = calls.list_pipelines(name, token)
        else:
            return too_many(name)
        # A set: a list that changes between two pages repeats itself.
        same = {found.pipeline_id for found in like if found.name == name}
        return same.pop() if len(same) == 1 else not_one(name, same, like)

    def read(
        self, call: Call, mixed_up: Callable[[JsonObject], bool] = lambda _: False
    ) -> Outcome:
        """What comes of *call*, which only reads, with the patience that there is."""
        began = self._line.now() if self._since is None else self._since

        def attempt() -> Outcome:
            outcome = self._exchange(call, began + START_GRACE)
            strange = isinstance(outcome, Executed) and mixed_up(outcome.body)
            return MIXED_UP if strange else outcome

        outcome = attempt()
        if not worth_repeating(outcome):
            return outcome
        self._ahead[call] = outcome  # that was the first attempt
        return self._repeated(call, began, attempt)

    def _repeated(
        self, call: Call, began: float, attempt: Callable[[], Outcome]
    ) -> Outcome:
        from dlt_action.edge.repeating import repeated  # noqa: PLC0415 - few need it

        return repeated(
            attempt,
            again=worth_repeating,
            stop=lambda last, pause: (
                self._line.now() + pause >= began + patience_after(last)
            ),
            pause=self._pause,
            nap=self._nap,
            explain=lambda last, attempt: self._explain(call, last, attempt),
        )

    def _explain(self, call: Call, outcome: Outcome, attempt: int) -> None:
        if self._since is not None and self._explained:
            return  # the next of several: for the same reason, as good as always
        if attempt == 1 and not isinstance(outcome, Executed):
            self._explained = True
            left = min(patience_after(outcome), self._deadline - self._line.now())
            patience = f"trying again for {left:.0f} s"
            self._tell(f"could not {call.what}, {patience}: {outcome.reason}")

    def _look_ahead(self, wanted: Iterable[Call]) -> None:
        """Ask some at a time, for whom it may concern; what fails is asked again."""
        left, began = deque(wanted), self._line.now()
        give_up = min(began + CALL_SECONDS, self._deadline)
        sent: dict[Ticket, Call] = {}
        while left or sent:
            while left and len(sent) < MOST_AT_ONCE:
                call = left.popleft()
                sent[self._line.send(call, give_up - self._line.now())] = call
            arrival = self._wait(give_up)
            if arrival is None:  # whom it concerns has waited long enough by then
                lost = Ambiguous(reason=FaultKind.ABANDONED.value)
                self._ahead.update(dict.fromkeys((*sent.values(), *left), lost))
                return
            known = sent.pop(arrival.ticket, None)
            if known is not None:
                self._ahead[known] = of_a_read(decide(arrival.reply))

    def _exchange(self, call: Call, until: float) -> Outcome:
        ahead = self._ahead.pop(call, None)
        if ahead is not None:
            return ahead
        now = self._line.now()
        if now >= until:  # the API asked for more patience than we had in mind
            until = now + (CALL_SECONDS if self._since is None else WHO_SECONDS)
        give_up = min(now + CALL_SECONDS, until, self._deadline)
        ticket = self._line.send(call, max(give_up - now, 0.0))
        while True:
            arrival = self._wait(give_up)
            if arrival is None:
                return Ambiguous(reason=FaultKind.ABANDONED.value)
            if arrival.ticket == ticket:
                outcome = of_a_read(decide(arrival.reply))
                self._unanswered = why_unanswered(outcome)
                return outcome

    def _nap(self, seconds: float) -> None:
        until = min(self._line.now() + seconds, self._deadline)
        while self._wait(until) is not None:
            pass  # a late reply to a call that was given up

    def _wait(self, until: float) -> Arrived | None:
        arrival = self._line.wait(until)
        if isinstance(arrival, Interrupted):
            raise Leave(arrival.why)
        if self._line.now() >= self._deadline:
            raise Leave(Why.TIMEOUT, self._unanswered)
        return arrival

    def _pause(self, outcome: Outcome, attempt: int) -> float:
        hint = None
        if isinstance(outcome, NotExecuted | Ambiguous):
            hint = outcome.wait_hint
        return back_off(attempt, hint=hint, chance=self._chance())


def patience_after(outcome: Outcome) -> float:
    """Seconds in which a read that ended so is repeated."""
    throttled = isinstance(outcome, NotExecuted) and outcome.throttled
    return THROTTLE_GRACE if throttled else START_GRACE


def worth_repeating(outcome: Outcome) -> bool:
    """Whether a read that ended so may end better next time."""
    if isinstance(outcome, NotExecuted):
        return not outcome.hopeless
    return isinstance(outcome, Ambiguous)


def too_many(name: str) -> Verdict:
    """More pipelines are named like that than can be compared."""
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="More pipelines have a similar name than can be compared. Nothing was"
        " started.",
        advice=f"Set pipeline-id instead of the name {one_line(name, limit=100)}.",
    )


def not_one(
    name: str, same: Iterable[PipelineId], like: Iterable[wire.Named]
) -> Verdict:
    """No pipeline has exactly that name, or several have."""
    ids = sorted(same)
    if ids:
        return Verdict(
            result=Result.MISCONFIGURED,
            reason=f"{len(ids)} pipelines have the name that was given. Nothing was"
            " started.",
            advice=f"Names are not unique. Set pipeline-id to one of: {', '.join(ids)}",
        )
    # A bundle deploys "[dev anna] orders": what ends with the name comes first.
    ranked = sorted(like, key=lambda found: (not found.name.endswith(name), found.name))
    shown = [
        f"{one_line(found.name, limit=100)} ({found.pipeline_id})"
        for found in ranked[:MOST_CANDIDATES]
    ]
    commas = ["Several names go one a line, without commas."] if "," in name else []
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="No pipeline that this principal may view has exactly the name that"
        " was given. Nothing was started.",
        advice="\n".join(
            (
                "Give the whole name as the pipelines page shows it, or pipeline-id.",
                *commas,
                *(f"Similar: {one}" for one in shown),
            )
        ),
    )
