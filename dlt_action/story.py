"""
The story: start one pipeline update, follow it to its real end, report it.

`run` is the sentence. `drive` is the only loop, and the only place that waits once
something was started: it gives every machine its turn, sends what they ask for, and
waits for whatever comes first: an answer, a moment, a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import TypeVar

from dlt_action.core.exchange import Ambiguous, FaultKind, decide
from dlt_action.core.machine import Done, Machine
from dlt_action.core.model import Pipeline, Result
from dlt_action.core.news import News, Started, TookUp
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.run import Run
from dlt_action.core.steps import Send, Wait
from dlt_action.core.telling import Detail, line
from dlt_action.core.verdicts import (
    Verdict,
    continuous,
    crashed,
    interrupted_before_start,
)
from dlt_action.edge.line import Arrived, Interrupted, Line, Ticket
from dlt_action.edge.workspace import Leave, Workspace
from dlt_action.errors import OutputsUnwritable
from dlt_action.publishing import Desk, publish
from dlt_action.reports import outputs
from dlt_action.reports.telling import introduction, opening
from dlt_action.settings.asking import planned, what_is_asked
from dlt_action.settings.model import Reporting, Settings, WaitFor

M = TypeVar("M", bound=Machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that a run acts on, handed in."""

    line: Line
    desk: Desk
    wall: Callable[[], datetime]
    chance: Callable[[], float]
    began: float  # monotonic seconds: when the process started


def run(settings: Settings, world: World) -> int:
    """
    Start one pipeline update, follow it to its real end, judge it, report it.

    Returns the exit code. Raises `OutputsUnwritable` before anything is started.
    """
    asked, desk = what_is_asked(settings), world.desk
    leave_behind(asked, desk)
    desk.writer.say(opening(asked))
    pipeline = find(settings, world)
    if isinstance(pipeline, Verdict):
        ended: tuple[Outcome, ...] = (_without_run(pipeline, settings, world),)
    else:
        ended = follow(pipeline, settings, world, asked)
    return publish(Record(asked, ended), settings.reporting, desk)


def leave_behind(asked: Asked, desk: Desk) -> None:
    """Write what a step that is killed leaves behind. Raises `OutputsUnwritable`."""
    try:
        desk.ci.outputs(outputs.unfinished(Record(asked)))
    except OutputsUnwritable as error:
        raise OutputsUnwritable(f"{error} Nothing was started.") from error


def follow(
    pipeline: Pipeline, settings: Settings, world: World, asked: Asked
) -> tuple[Outcome, ...]:
    """Start an update of *pipeline* and follow it to its end."""
    began_at = world.wall() - timedelta(seconds=world.line.now() - world.began)
    plan = planned(settings, pipeline, began=world.began, began_at=began_at)
    world.desk.writer.say(introduction(asked, plan))
    runs = [Run(plan, deadline=_deadline(settings, world), chance=world.chance)]
    teller = Teller(asked, settings.reporting, world.desk, runs)
    try:
        return drive(runs, world.line, teller.tell)
    except Exception as error:  # noqa: BLE001 - our bug must not lose the update
        return tuple(_crashed(one, error) for one in runs)


def _deadline(settings: Settings, world: World) -> float:
    return world.began + settings.patience.timeout


def find(settings: Settings, world: World) -> Pipeline | Verdict:
    """The pipeline to update, or why there is nothing to start."""
    workspace = Workspace(
        world.line,
        world.chance,
        deadline=_deadline(settings, world),
        tell=world.desk.writer.say,
    )
    try:
        found = workspace.find(settings.pipeline_id, settings.pipeline_name)
    except Leave as leave:
        return interrupted_before_start(leave.why)
    endless = isinstance(found, Pipeline) and found.continuous
    waits = settings.patience.wait and settings.patience.wait_for is WaitFor.COMPLETED
    if endless and waits and not settings.request.validate_only:
        return continuous()
    return found


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


def _take_arrival(
    runs: Sequence[M], flights: dict[int, _Flight], line: Line, until: float
) -> None:
    arrival = line.wait(until)
    now = line.now()
    match arrival:
        case Arrived(ticket=ticket, reply=reply):
            for number, flight in tuple(flights.items()):
                if flight.ticket == ticket:
                    del flights[number]
                    runs[number].saw(decide(reply), now)
        case Interrupted(why=why):
            for number, one in enumerate(runs):
                # What was sent after the first signal is part of the leaving.
                if one.interrupt(why, now) and number in flights:
                    flight = flights[number]
                    leave = now + flight.after_signal
                    flight.give_up_at = min(flight.give_up_at, leave)
        case None:
            pass
    for number, flight in tuple(flights.items()):
        if now >= flight.give_up_at:
            del flights[number]
            runs[number].saw(Ambiguous(reason=FaultKind.ABANDONED.value), now)


class Teller:
    """Tells the news: first to the files that survive us, then to people."""

    def __init__(
        self, asked: Asked, reporting: Reporting, desk: Desk, runs: Sequence[Run]
    ) -> None:
        """Tell of *runs*."""
        self._detail = Detail[reporting.log_level.name]
        self._desk = desk
        self._asked = asked
        self._runs = runs

    def tell(self, news: News) -> None:
        """Tell *news*."""
        if isinstance(news, Started | TookUp):
            self._save()
        text = line(news, self._detail)
        if text is not None:
            self._desk.writer.say(text)

    def _save(self) -> None:
        so_far = tuple(one.so_far() for one in self._runs)
        try:
            self._desk.ci.outputs(outputs.unfinished(Record(self._asked, so_far)))
        except OutputsUnwritable as error:
            # The update runs: to leave it now would help nobody. The end fails on it.
            self._desk.writer.say(f"warning: {error}")
        except Exception as error:  # noqa: BLE001 - a bug in a report loses no update
            self._desk.writer.say(
                f"warning: a bug in a report ({type(error).__name__})"
            )


def _without_run(verdict: Verdict, settings: Settings, world: World) -> Outcome:
    return replace(
        verdict.outcome(),
        pipeline_id=settings.pipeline_id,
        pipeline_name=settings.pipeline_name,
        seconds=world.line.now() - world.began,
    )


def _crashed(one: Run, error: Exception) -> Outcome:
    verdict = crashed(error)
    return replace(
        one.so_far(),
        result=Result.INTERNAL_ERROR,
        reason=verdict.reason,
        advice=verdict.advice,
    )
