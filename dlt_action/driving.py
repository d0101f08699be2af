"""
The loop: the only one, and the only place that waits once something was started.

It gives every machine its turn, sends what they ask for, and waits for whatever comes
first: an answer, a moment, a signal. Once it has seen a signal, no call leaves that was
decided on before: a start would start what nobody wants any more, and a read would take
the time that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from math import inf
from typing import assert_never

from dlt_action.core.exchange import Ambiguous, NotExecuted, Outcome, decide
from dlt_action.core.machine import Done, Machine, Spawn, Step
from dlt_action.core.news import Begun, Ended, News
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Send, Wait, Why
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Line, Ticket
from dlt_action.lean import dataclass

_GIVEN_UP = Ambiguous(reason=FaultKind.ABANDONED.value)
_NEVER_SENT = NotExecuted(reason=FaultKind.ABANDONED.value)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms machines are driven together."""

    most: float = inf  # that are at it at once
    fail_fast: bool = False  # whether one's failure ends all
    # What comes of a machine that has a bug; the others go on. None: it is raised.
    crashed: Callable[[Machine, Exception], RunOutcome] | None = None


_ALL_AT_ONCE = Terms()


def drive(
    runs: Sequence[Machine],
    line: Line,
    tell: Callable[[Machine, News], None],
    terms: Terms = _ALL_AT_ONCE,
) -> tuple[RunOutcome, ...]:
    """Drive *runs* to their ends, on *terms*; their outcomes, in the same order."""
    loop = _Loop(runs, line, tell, terms)
    while True:
        loop.take_what_is_there()
        wake = loop.give_turns()
        if loop.is_over:
            return tuple(loop.ended[number] for number in range(len(runs)))
        loop.wait(wake)


@dataclass(slots=True)
class _Flight:
    """A call on its way."""

    ticket: Ticket
    after_signal: float
    give_up_at: float


class _Loop:
    """
    The machines, and their calls that are on the way, by number.

    Those that were given come first; machines that they spawn come after them, and
    end with them at the latest. How many of the first are at it at once is for the
    terms to say, and a machine that has not begun is only begun to be told that it is
    over.
    """

    def __init__(
        self,
        runs: Sequence[Machine],
        line: Line,
        tell: Callable[[Machine, News], None],
        terms: Terms,
    ) -> None:
        self.ended: dict[int, RunOutcome] = {}
        self._runs = list(runs)
        self._given = len(runs)
        self._line = line
        self._tell = tell
        self._terms = terms
        self._roots = list(range(len(runs)))  # of each, the one that was given
        self._begun: set[int] = set()
        self._began = line.now()
        self._flights: dict[int, _Flight] = {}
        self._went_on: set[int] = set()  # since their last turn, by an answer

    @property
    def is_over(self) -> bool:
        """Whether all that were given have ended."""
        return all(number in self.ended for number in range(self._given))

    def take_what_is_there(self) -> None:
        """Take what has come meanwhile, before a call leaves that it may forbid."""
        while (arrival := self._line.wait(self._line.now())) is not None:
            self._take(arrival)

    def give_turns(self) -> float:
        """Let every machine do its next step; when there is something to wake for."""
        wakes, number = [inf], 0
        while number < len(self._runs):  # a machine that is spawned has its turn too
            if number not in self.ended and self._plays(number):
                wakes.append(self._turn(number))
            number += 1
        wakes.extend(flight.give_up_at for flight in self._flights.values())
        return min(wakes)

    def _plays(self, number: int) -> bool:
        """Whether it is at it, or begins now."""
        if number >= self._given or number in self._begun:
            return True
        at_it = sum(one not in self.ended for one in self._begun)
        if at_it >= self._terms.most:
            return False
        self._begin(number)
        return True

    def _begin(self, number: int) -> None:
        self._begun.add(number)
        if self._line.now() > self._began:
            self._runs[number].begin(self._line.now())
        self._tell(self._runs[number], Begun())

    def _turn(self, number: int) -> float:
        """Let one machine do its next step; when to wake for it."""
        try:
            return self._steps(number)
        except Exception as error:  # noqa: BLE001 - see Terms
            self._crash(number, error)
            return self._line.now()

    def _steps(self, number: int) -> float:
        one = self._runs[number]
        self._went_on.discard(number)
        while True:
            step = one.next_step(self._line.now())
            for news in one.drain():  # before the next call leaves
                self._tell(one, news)
            match step:
                case Spawn(machine=machine):
                    self._take_in(machine, number)
                case Done(outcome=outcome):
                    self._end(number, outcome)
                    return self._line.now()  # whoever waits for that has a turn
                case Wait(until=until):
                    return until
                case Send():
                    if number not in self._flights:
                        self._flights[number] = self._depart(step)
                    return inf
                case _:
                    assert_never(step)

    def _take_in(self, machine: Machine, number: int) -> None:
        """Let a *machine* play that the one of that *number* has spawned."""
        self._runs.append(machine)
        self._roots.append(self._roots[number])

    def _decided(self, number: int, now: float) -> Step:
        """What a machine that has gone on is about to do."""
        while isinstance(step := self._runs[number].next_step(now), Spawn):
            self._take_in(step.machine, number)
        return step

    def _end(self, number: int, outcome: RunOutcome) -> None:
        bad = outcome.exit_code != 0
        self.ended[number] = outcome
        if number >= self._given:
            self._tell(self._runs[number], Ended(outcome))
            return
        for other, root in enumerate(self._roots):
            if root == number:  # what it has spawned has nobody left to tell
                self.ended.setdefault(other, outcome)
                self._flights.pop(other, None)
        if bad and self._terms.fail_fast:
            self._interrupt_all(Why.FAIL_FAST)
        self._tell(self._runs[number], Ended(outcome))

    def _crash(self, number: int, error: Exception) -> None:
        """End whoever has a bug; that of a machine that was spawned is its root's."""
        root = self._roots[number]
        if self._terms.crashed is None:
            raise error
        outcome = self._terms.crashed(self._runs[root], error)
        if root not in self.ended:  # else its end stands, and could not be told
            self._end(root, outcome)

    def wait(self, until: float) -> None:
        """Wait for what comes first; a call whose time is over is given up."""
        arrival = self._line.wait(until)
        if arrival is not None:
            self._take(arrival)
        now = self._line.now()
        for number, flight in tuple(self._flights.items()):
            if now >= flight.give_up_at:
                del self._flights[number]
                self._answer(number, _GIVEN_UP)

    def _depart(self, step: Send) -> _Flight:
        ticket = self._line.send(step.call, step.within)
        return _Flight(ticket, step.after_signal, self._line.now() + step.within)

    def _take(self, arrival: Arrival) -> None:
        match arrival:
            case Arrived(ticket=ticket, reply=reply):
                for number, flight in tuple(self._flights.items()):
                    if flight.ticket == ticket:
                        del self._flights[number]
                        self._answer(number, decide(reply))
            case Interrupted(why=why):
                self._interrupt_all(why)

    def _answer(self, number: int, outcome: Outcome) -> None:
        self._went_on.add(number)
        try:
            self._runs[number].saw(outcome, self._line.now())
        except Exception as error:  # noqa: BLE001 - see Terms
            self._crash(number, error)

    def _interrupt_all(self, why: Why) -> None:
        for number in count():
            if number >= len(self._runs):  # one that is begun meanwhile is told as well
                return
            if number in self.ended:
                continue
            if number < self._given and number not in self._begun:
                self._begin(number)  # nobody waits for a turn any more
            try:
                self._interrupt(number, why)
            except Exception as error:  # noqa: BLE001 - see Terms
                self._crash(number, error)

    def _interrupt(self, number: int, why: Why) -> None:
        one, now = self._runs[number], self._line.now()
        decided = self._decided(number, now) if number in self._went_on else None
        if not one.interrupt(why, now):
            return  # what was sent after the first signal is part of the leaving
        flight = self._flights.get(number)
        if flight is not None and why.is_signal:
            flight.give_up_at = min(flight.give_up_at, now + flight.after_signal)
        elif flight is None and isinstance(decided, Send):
            one.saw(_NEVER_SENT, now)
