"""
What all parts of one run share: the time, the interrupt, the patience, the news.

`insist` is how a read is repeated whose answer is needed; what is asked time and again
anyway, as by a watch, has pauses of its own. An API that stays away is told once when
it goes and once when it is back, and it is never a verdict about the update; a 429 is
an answer, so it never counts as an outage.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from dlt_action.core.calls import CALL_SECONDS, Call
from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    of_a_read,
)
from dlt_action.core.model import JsonObject
from dlt_action.core.news import (
    Heartbeat,
    News,
    Noted,
    OutageBegan,
    OutageEnded,
    Warned,
)
from dlt_action.core.pace import back_off
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Script, Send, Wait, Why

# Someone is waiting: after a signal the runner kills us 10 s later, so 7 s in all;
# after a time-out an update needs seconds to two minutes to stop. Where nothing is to
# be stopped, there is time for one last call.
SECONDS_AFTER_SIGNAL = 5.5
SECONDS_AFTER_TIMEOUT = 180.0
CALL_SECONDS_AFTER_SIGNAL = 2.0
PAUSE_AFTER_SIGNAL = 1.0
PAUSE_AFTER_TIMEOUT = 3.0

HEARTBEAT_SECONDS = 60.0

# Whoever asked to slow down is not asked something else in the same breath.
SECONDS_AFTER_429 = 1.0


class Trip:
    """The shared state of one run's script."""

    def __init__(
        self, *, began: float, deadline: float, chance: Callable[[], float]
    ) -> None:
        """Begin at *began*, to be over by *deadline* (both monotonic seconds)."""
        self.began = began
        self.now = began
        self.deadline = deadline
        self.interrupted: Why | None = None
        self.warnings: list[str] = []
        self.heart: Callable[[], Heartbeat] = self._before_start
        self.chance = chance
        self._interrupted_at = began
        self._news: list[News] = []
        self._next_beat = began + HEARTBEAT_SECONDS
        self._away_since: float | None = None
        self._away_told = False
        self._throttled_since: float | None = None
        self.ours = False  # whether there is something that this step may stop
        self.lingers = False  # whether a clock leaves a stop of it to watch
        self.start_lost = False  # whether what it may have begun is not known
        self.lost_calls = 0  # of all that were insisted on
        self.throttles = 0  # of these, those that were answered 429
        self._failures = 0
        self._not_before = began
        self._roused = False  # since the last nap

    def begin(self, now: float) -> None:
        """Begin only *now*: who waited for a turn counts from there on."""
        self.began = self.now = now
        self._next_beat = now + HEARTBEAT_SECONDS

    def at(self, now: float) -> None:
        """Take the time; the deadline passing is an interrupt like a signal."""
        self.now = now
        if now >= self.deadline and self.interrupt(Why.TIMEOUT):
            # Not when we came to look, after a call, unless the machine was asleep.
            late = now - self.deadline
            self._interrupted_at = now if late > CALL_SECONDS else self.deadline

    def interrupt(self, why: Why) -> bool:
        """
        Take an interrupt; whether it changes anything.

        A signal outranks the timeout, because whoever sent it does not wait for long.
        Otherwise only the first counts.
        """
        first = self.interrupted is None
        outranks = not self.hurried and why.is_signal
        if first or outranks:
            self.interrupted, self._interrupted_at = why, self.now
        return first or outranks

    @property
    def hurried(self) -> bool:
        """Whether a signal came: whoever sent it does not wait for long."""
        return self.interrupted is not None and self.interrupted.is_signal

    @property
    def leave_by(self) -> float:
        """When to be gone, once interrupted."""
        if self.hurried:
            return self._interrupted_at + SECONDS_AFTER_SIGNAL
        fails_fast = self.interrupted is Why.FAIL_FAST
        lingers = self.ours if fails_fast else self.lingers
        seconds = SECONDS_AFTER_TIMEOUT if lingers else CALL_SECONDS
        return self._interrupted_at + seconds

    @property
    def out_of_time(self) -> bool:
        """Whether even the time for leaving is over."""
        return self.interrupted is not None and self.now >= self.leave_by

    @property
    def leaving_pause(self) -> float:
        """Seconds between two looks, once interrupted."""
        return PAUSE_AFTER_SIGNAL if self.hurried else PAUSE_AFTER_TIMEOUT

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.now - self.began

    def tell(self, news: News) -> None:
        """Keep *news* for the caller of the machine."""
        if isinstance(news, Warned):
            self.warnings.append(news.text)
        self._news.append(news)

    def drain(self) -> list[News]:
        """Hand out the news, oldest first."""
        news, self._news = self._news, []
        return news

    def send(
        self, call: Call, *, within: float | None = None, after_signal: float = 0.0
    ) -> Script[Outcome]:
        """Exchange *call* once, in so many seconds, or in what the time allows for."""
        # A start has pauses of its own: none in which an interrupt is not heard.
        if self.now < self._not_before and not (self.hurried or call.fresh):
            yield from self.nap(self._not_before - self.now)
        if self.out_of_time:
            return NotExecuted(reason=FaultKind.ABANDONED.value)
        seconds = self.call_seconds() if within is None else within
        outcome = yield Send(call=call, within=seconds, after_signal=after_signal)
        assert outcome is not None  # noqa: S101 - a Send is resumed by its outcome
        if isinstance(outcome, NotExecuted) and outcome.throttled:
            self._not_before = self.now + SECONDS_AFTER_429
        return outcome

    def call_seconds(self) -> float:
        """How long a call may take now, unless it is a special one."""
        if self.interrupted is None:
            left = self.deadline - self.now
        elif self.hurried:
            left = min(self.leave_by - self.now, CALL_SECONDS_AFTER_SIGNAL)
        else:
            left = self.leave_by - self.now
        return min(max(left, 0.5), CALL_SECONDS)

    def insist(
        self,
        call: Call,
        *,
        grace: float,
        throttled: float = inf,
        usable: Callable[[JsonObject], bool] = lambda _: True,
    ) -> Script[Outcome]:
        """
        Exchange *call*, which only reads, until it is answered by what is *usable*.

        What is returned is not an answer when the API stayed away for *grace* or
        answered 429 for *throttled* seconds, when the call cannot ever succeed, or on
        an interrupt.
        """
        before = self.interrupted
        while True:
            outcome = of_a_read((yield from self.send(call)), usable)
            if isinstance(outcome, Executed | Rejected):
                self.answered()
                return outcome
            if self.out_of_time:
                return outcome
            self.unanswered(outcome, grace)
            if self.is_pointless(outcome, grace, throttled):
                return outcome
            if self.interrupted is before:
                yield from self.nap(self.back_off(outcome))
            if self.interrupted is not before:
                return outcome

    @property
    def away_for(self) -> float:
        """Seconds since the API last answered; 0 while it does."""
        return 0.0 if self._away_since is None else self.now - self._away_since

    @property
    def throttled_for(self) -> float:
        """Seconds since the first 429 in a row; 0 where there is none."""
        since = self._throttled_since
        return 0.0 if since is None else self.now - since

    def is_pointless(
        self, outcome: NotExecuted | Ambiguous, grace: float, throttled: float
    ) -> bool:
        """Whether to ask no more: it cannot ever succeed, or kept failing so long."""
        hopeless = isinstance(outcome, NotExecuted) and outcome.hopeless
        return hopeless or self.away_for >= grace or self.throttled_for >= throttled

    def unanswered(self, outcome: NotExecuted | Ambiguous, grace: float) -> None:
        """Take a call that was not answered; an outage is told once."""
        self._failures += 1
        self.lost_calls += 1
        if isinstance(outcome, NotExecuted) and outcome.throttled:
            self._answered_at_all()
            self.throttles += 1
            if self._throttled_since is None:
                self._throttled_since = self.now
                self.tell(Noted(f"the API asks to slow down: {outcome.reason}"))
            return
        if self._away_since is None:
            # One lost call is everyday life; from the second on it is an outage.
            self._away_since = self.now
        elif not self._away_told:
            self._away_told = True
            self.tell(OutageBegan(outcome.reason, grace))

    def answered(self) -> None:
        """Take an answer; the end of an outage is told."""
        self._answered_at_all()
        self._failures, self._throttled_since = 0, None

    def _answered_at_all(self) -> None:
        if self._away_told:
            self.tell(OutageEnded(self.away_for))
        self._away_since, self._away_told = None, False

    def back_off(self, outcome: NotExecuted | Ambiguous) -> float:
        """Seconds to wait before a call that ended in *outcome* is sent again."""
        return back_off(self._failures, hint=outcome.wait_hint, chance=self.chance())

    def nap(self, seconds: float) -> Script[None]:
        """Wait so long, or until there is something new to look at; keep beating."""
        until, before = self.now + seconds, self.interrupted
        while self.now < until and self.interrupted is before and not self.out_of_time:
            if self._roused:
                break
            self.beat()
            wakes = [until, self._next_beat]
            wakes.append(self.deadline if before is None else self.leave_by)
            yield Wait(min(wakes))
        self._roused = False

    def rouse(self) -> None:
        """End the nap that it is in, or is about to take."""
        self._roused = True

    def beat(self) -> None:
        """Tell how far we are, once a minute."""
        if self.now < self._next_beat:
            return
        self._next_beat = self.now + HEARTBEAT_SECONDS
        self.tell(self.heart())

    def _before_start(self) -> Heartbeat:
        return Heartbeat(state="not started yet", elapsed=self.elapsed)

    def hush(self) -> None:
        """Leave it to others to tell how far we are; the next beat is far away."""
        self._next_beat = self.now + HEARTBEAT_SECONDS

    def beat_now(self) -> None:
        """Tell how far we are at once; the next beat is a full interval away."""
        self._next_beat = self.now
        self.beat()
