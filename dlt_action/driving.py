"""
The loop: the only one, and the only place that waits once something was started.

It gives every machine its turn, sends what they ask for, and waits for whatever comes
first: an answer, a moment, a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from dlt_action.core.exchange import Ambiguous, FaultKind, NotExecuted, decide
from dlt_action.core.machine import Done, Machine
from dlt_action.core.news import News
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Send, Wait
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Line, Ticket

M = TypeVar("M", bound=Machine)


@dataclass(slots=True)
class _Flight:
    """A call on its way."""

    ticket: Ticket
    after_signal: float
    give_up_at: float


def drive(
    runs: Sequence[M], line: Line, tell: Callable[[News], None]
) -> tuple[Outcome, ...]:
    """Drive *runs* to their ends; their outcomes, in the same order."""
    ended: dict[int, Outcome] = {}
    flights: dict[int, _Flight] = {}
    while True:
        _take_what_is_there(runs, flights, line)
        wakes = [inf]
        for number, one in enumerate(runs):
            if number not in ended:
                step = one.next_step(line.now())
                for news in one.drain():  # before the next call leaves
                    tell(news)
                match step:
                    case Done(outcome=outcome):
                        ended[number] = outcome
                    case Wait(until=until):
                        wakes.append(until)
                    case Send():
                        if number not in flights:
                            flights[number] = _depart(step, line)
        if len(ended) == len(runs):
            return tuple(ended[number] for number in range(len(runs)))
        wakes.extend(flight.give_up_at for flight in flights.values())
        _take_arrival(runs, flights, line, min(wakes))


def _depart(step: Send, line: Line) -> _Flight:
    ticket = line.send(step.call, step.within)
    return _Flight(ticket, step.after_signal, line.now() + step.within)


def _take_what_is_there(
    runs: Sequence[M], flights: dict[int, _Flight], line: Line
) -> None:
    """Take what has come meanwhile, before a call leaves that it may forbid."""
    while (arrival := line.wait(line.now())) is not None:
        _take(arrival, runs, flights, line.now())


def _take_arrival(
    runs: Sequence[M], flights: dict[int, _Flight], line: Line, until: float
) -> None:
    """Wait for what comes first; a call whose time is over is given up."""
    arrival = line.wait(until)
    now = line.now()
    if arrival is not None:
        _take(arrival, runs, flights, now)
    for number, flight in tuple(flights.items()):
        if now >= flight.give_up_at:
            del flights[number]
            runs[number].saw(Ambiguous(reason=FaultKind.ABANDONED.value), now)


def _take(
    arrival: Arrival, runs: Sequence[M], flights: dict[int, _Flight], now: float
) -> None:
    match arrival:
        case Arrived(ticket=ticket, reply=reply):
            for number, flight in tuple(flights.items()):
                if flight.ticket == ticket:
                    del flights[number]
                    runs[number].saw(decide(reply), now)
        case Interrupted(why=why):
            for number, one in enumerate(runs):
                # What was sent after the first signal is part of the leaving.
                if not one.interrupt(why, now):
                    continue
                if number not in flights:
                    _hold_back(one, now)
                    continue
                flight = flights[number]
                leave = now + flight.after_signal
                flight.give_up_at = min(flight.give_up_at, leave)


def _hold_back(one: Machine, now: float) -> None:
    """Keep a call from leaving that was decided on before the interrupt came."""
    # A start would start what nobody wants any more, and a read would take its time.
    if isinstance(one.next_step(now), Send):
        one.saw(NotExecuted(reason=FaultKind.ABANDONED.value), now)
