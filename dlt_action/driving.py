"""
The loop: the only one, and the only place that waits once something was started.

It gives every machine its turn, sends what they ask for, and waits for whatever comes
first: an answer, a moment, a signal. Once it has seen a signal, no call leaves that was
decided on before: a start would start what nobody wants any more, and a read would take
the time that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from dlt_action.core.exchange import Ambiguous, NotExecuted, Outcome, decide
from dlt_action.core.machine import Done, Machine
from dlt_action.core.news import News
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Send, Wait, Why
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Line, Ticket

_GIVEN_UP = Ambiguous(reason=FaultKind.ABANDONED.value)
_NEVER_SENT = NotExecuted(reason=FaultKind.ABANDONED.value)


def drive(
    runs: Sequence[Machine], line: Line, tell: Callable[[News], None]
) -> tuple[RunOutcome, ...]:
    """Drive *runs* to their ends; their outcomes, in the same order."""
    loop = _Loop(runs, line, tell)
    while True:
        loop.take_what_is_there()
        wake = loop.give_turns()
        if len(loop.ended) == len(runs):
            return tuple(loop.ended[number] for number in range(len(runs)))
        loop.wait(wake)


@dataclass(slots=True)
class _Flight:
    """A call on its way."""

    ticket: Ticket
    after_signal: float
    give_up_at: float


class _Loop:
    """The machines, and their calls that are on the way, by number."""

    def __init__(
        self, runs: Sequence[Machine], line: Line, tell: Callable[[News], None]
    ) -> None:
        self.ended: dict[int, RunOutcome] = {}
        self._runs = runs
        self._line = line
        self._tell = tell
        self._flights: dict[int, _Flight] = {}
        self._went_on: set[int] = set()  # since their last turn, by an answer

    def take_what_is_there(self) -> None:
        """Take what has come meanwhile, before a call leaves that it may forbid."""
        while (arrival := self._line.wait(self._line.now())) is not None:
            self._take(arrival)

    def give_turns(self) -> float:
        """Let every machine do its next step; when there is something to wake for."""
        wakes = [inf]
        self._went_on.clear()
        for number, one in enumerate(self._runs):
            if number in self.ended:
                continue
            step = one.next_step(self._line.now())
            for news in one.drain():  # before the next call leaves
                self._tell(news)
            match step:
                case Done(outcome=outcome):
                    self.ended[number] = outcome
                case Wait(until=until):
                    wakes.append(until)
                case Send():
                    if number not in self._flights:
                        self._flights[number] = self._depart(step)
        wakes.extend(flight.give_up_at for flight in self._flights.values())
        return min(wakes)

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
                for number in range(len(self._runs)):
                    self._interrupt(number, why)

    def _answer(self, number: int, outcome: Outcome) -> None:
        self._went_on.add(number)
        self._runs[number].saw(outcome, self._line.now())

    def _interrupt(self, number: int, why: Why) -> None:
        one, now = self._runs[number], self._line.now()
        decided = one.next_step(now) if number in self._went_on else None
        if not one.interrupt(why, now):
            return  # what was sent after the first signal is part of the leaving
        flight = self._flights.get(number)
        if flight is not None:
            flight.give_up_at = min(flight.give_up_at, now + flight.after_signal)
        elif isinstance(decided, Send):
            one.saw(_NEVER_SENT, now)
