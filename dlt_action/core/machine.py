"""
Machines: decisions over time, without I/O.

A machine says what to do next and is told what came of it:

    next_step(now) -> Send(call) | Wait(until) | Spawn(machine) | Done(outcome)
    saw(outcome, now)      the answer to its Send
    interrupt(why, now)    somebody wants it gone -> whether for the first time
    drain()                what it has to tell

The caller owns the network, the clock and the nap, and may drive any number of
machines in one loop. Waiting is a step like any other, so a test plays an hour in no
time, and a signal ends every wait.

What a machine *does* reads best as a sequence, so it is written as one: a generator
that yields steps (`steps.Script`). `Scripted` turns such a script into a machine.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol, TypeAlias

from dlt_action.core.exchange import Outcome
from dlt_action.core.news import News
from dlt_action.core.owed import Owed
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.steps import Script, Send, Wait, Why
from dlt_action.core.trip import Trip
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the machine."""

    outcome: RunOutcome


@dataclass(frozen=True, slots=True)
class Spawn:
    """Let another machine play beside this one; whose it is, it is told of."""

    machine: Machine


Step: TypeAlias = Send | Wait | Spawn | Done


class Machine(Protocol):
    """What the loop knows of a machine."""

    def begin(self, now: float) -> None:
        """Begin only now, having waited for others."""

    def next_step(self, now: float) -> Step:
        """
        What to do now; the same answer until something happens.

        But for a Spawn: who is told of one has to take it in, and asks again.
        """

    def saw(self, outcome: Outcome, now: float) -> None:
        """Take what came of the last Send."""

    def interrupt(self, why: Why, now: float) -> bool:
        """Leave soon; whether this is the first time of asking, whose reason stays."""

    def drain(self) -> list[News]:
        """What there is to tell since the last time."""


class Pursuit(Machine, Protocol):
    """A machine that does a part of the step, and what is kept of it meanwhile."""

    plan: Plan

    def so_far(self) -> RunOutcome:
        """What is known until now, for outputs that a kill leaves behind."""

    def owed(self) -> Owed:
        """What is left to be done by somebody else, should we be gone now."""


class Scripted:
    """A machine that plays a script, whose parts share a `Trip`."""

    def __init__(self, trip: Trip, script: Script[RunOutcome]) -> None:
        """Play *script*."""
        self._trip = trip
        self._script = script
        self._step: Step | None = None
        self._woken = False
        self._spawning: deque[Machine] = deque()

    def begin(self, now: float) -> None:
        """See `Machine`."""
        self._trip.begin(now)

    def next_step(self, now: float) -> Step:
        """See `Machine`: a Wait that is over goes on by itself."""
        self._trip.at(now)
        if self._spawning:
            return Spawn(self._spawning.popleft())
        step = self._step
        if isinstance(step, Wait) and now < step.until and not self._woken:
            return step
        if step is None or isinstance(step, Wait):
            self._woken = False
            step = self._resume(None)
        return Spawn(self._spawning.popleft()) if self._spawning else step

    def spawn(self, machine: Machine) -> None:
        """Let *machine* play beside this one, from the next turn on."""
        self._spawning.append(machine)

    def wake(self) -> None:
        """End the Wait that it is in: there is something new to look at."""
        self._trip.rouse()
        self._woken = True

    def saw(self, outcome: Outcome, now: float) -> None:
        """See `Machine`."""
        self._trip.at(now)
        self._resume(outcome)

    def interrupt(self, why: Why, now: float) -> bool:
        """See `Machine`."""
        self._trip.at(now)
        first = self._trip.interrupt(why)
        self._woken = first or self._woken
        return first

    def drain(self) -> list[News]:
        """See `Machine`."""
        return self._trip.drain()

    def _resume(self, outcome: Outcome | None) -> Step:
        try:
            self._step = self._script.send(outcome)
        except StopIteration as end:
            self._step = Done(end.value)
        return self._step
