"""Planted bugs of several pipelines in one step."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dlt_action import cleanup, debts
from dlt_action.core import owed
from dlt_action.core.exchange import Outcome as Answered
from dlt_action.core.machine import Machine
from dlt_action.core.news import News
from dlt_action.core.owed import Owed, debts_in
from dlt_action.core.quality import _Judge
from dlt_action.core.record import GateRow, Outcome, Record
from dlt_action.core.steps import Why
from dlt_action.driving import Terms, _Loop
from dlt_action.edge.line import Line
from tests.sim.planting import Mutant, Plant

SLOW = 28.0  # seconds left of thirty


def _all_at_once() -> tuple[Plant, ...]:
    return (Plant(_Loop, "_plays", lambda *_: True),)


def _one_too_many() -> tuple[Plant, ...]:
    original = _Loop.__init__

    def init(
        self: _Loop,
        runs: Sequence[Machine],
        line: Line,
        tell: Callable[[Machine, News], None],
        terms: Terms,
    ) -> None:
        original(self, runs, line, tell, replace(terms, most=terms.most + 1))

    return (Plant(_Loop, "__init__", init),)


def _goes_on_after_a_failure() -> tuple[Plant, ...]:
    original = _Loop._interrupt_all

    def interrupt(self: _Loop, why: Why) -> None:
        if why.is_signal:
            original(self, why)

    return (Plant(_Loop, "_interrupt_all", interrupt),)


def _only_begins_none() -> tuple[Plant, ...]:
    def interrupt(self: _Loop, why: Why) -> None:
        if why.is_signal:
            original(self, why)
            return
        for number in range(self._given):
            if number not in self._begun and number not in self.ended:
                self._begin(number)
                self._interrupt(number, why)

    original = _Loop._interrupt_all
    return (Plant(_Loop, "_interrupt_all", interrupt),)


def _begins_after_a_failure() -> tuple[Plant, ...]:
    def interrupt(self: _Loop, why: Why) -> None:
        if why.is_signal:
            original(self, why)
            return
        for number in sorted(self._begun):
            if number not in self.ended:
                self._interrupt(number, why)

    original = _Loop._interrupt_all
    return (Plant(_Loop, "_interrupt_all", interrupt),)


def _tells_the_first_only() -> tuple[Plant, ...]:
    original = _Loop._interrupt

    def interrupt(self: _Loop, number: int, why: Why) -> None:
        if number == 0:
            original(self, number, why)

    return (Plant(_Loop, "_interrupt", interrupt),)


def _waits_for_the_last() -> tuple[Plant, ...]:
    original = _Loop.give_turns

    def turns(self: _Loop) -> float:
        wake = original(self)
        waits = [one.give_up_at for one in self._flights.values()]
        return max([wake, *waits]) if waits else wake

    def wait(self: _Loop, until: float) -> None:
        while self._line.now() < until:  # one that is on its way blocks all
            arrival = self._line.wait(until)
            if arrival is None:
                break
            self._take(arrival)
            if not self._flights:
                break
        plain(self, self._line.now())

    plain = _Loop.wait
    return (Plant(_Loop, "give_turns", turns), Plant(_Loop, "wait", wait))


def _slow_calls_hold_up_others() -> tuple[Plant, ...]:
    original = _Loop._turn

    def turn(self: _Loop, number: int) -> float:
        now = self._line.now()
        slow = [
            one.give_up_at
            for one in self._flights.values()
            if one.give_up_at - now < SLOW
        ]
        if slow and number not in self._flights:
            return max(min(slow), now + 0.1)
        return original(self, number)

    return (Plant(_Loop, "_turn", turn),)


def _debts_change_places() -> tuple[Plant, ...]:
    def written(fresh: Mapping[int, Owed], many: int) -> Mapping[str, str]:
        turned = {many + 1 - number: one for number, one in fresh.items()}
        return original(turned, many)

    original = owed.written
    return (Plant(debts, "written", written),)


def _keeps_the_first_debt() -> tuple[Plant, ...]:
    def written(fresh: Mapping[int, Owed], many: int) -> Mapping[str, str]:
        return original({n: one for n, one in fresh.items() if n == 1}, many)

    original = owed.written
    return (Plant(debts, "written", written),)


def _pays_the_first_debt() -> tuple[Plant, ...]:
    def debts(state: Mapping[str, str]) -> tuple[Owed, ...]:
        return debts_in(state)[:1]

    return (Plant(cleanup, "debts_in", debts),)


def _pays_what_is_not_owed() -> tuple[Plant, ...]:
    def debts(state: Mapping[str, str]) -> tuple[Owed, ...]:
        return tuple(replace(one, stop=True) for one in debts_in(state))

    return (Plant(cleanup, "debts_in", debts),)


def _a_gate_passes_on_nothing() -> tuple[Plant, ...]:
    original = _Judge._no_match

    def no_match(self: _Judge, keys: Sequence[str]) -> GateRow:
        return replace(original(self, keys), broken=False)

    return (Plant(_Judge, "_no_match", no_match),)


def _the_first_decides() -> tuple[Plant, ...]:
    def worst(self: Record) -> Outcome:
        return self.outcomes[0]

    return (Plant(Record, "worst", property(worst)),)


def _the_best_decides() -> tuple[Plant, ...]:
    def worst(self: Record) -> Outcome:
        return next((one for one in self.outcomes if one.result.ok), self.outcomes[-1])

    return (Plant(Record, "worst", property(worst)),)


def _answers_another() -> tuple[Plant, ...]:
    def answer(self: _Loop, number: int, outcome: Answered) -> None:
        # The answer goes to whoever is first among those that wait for one.
        waiting = sorted({number, *self._flights})
        self._flights.pop(waiting[0], None)
        original(self, waiting[0], outcome)

    original = _Loop._answer
    return (Plant(_Loop, "_answer", answer),)


SEVERAL = (
    Mutant("runs all at once", _all_at_once),
    Mutant("runs one more than allowed", _one_too_many),
    Mutant("does not stop the others after a failure", _goes_on_after_a_failure),
    Mutant("lets the others run on after a failure", _only_begins_none),
    Mutant("begins others after a failure", _begins_after_a_failure, 160),
    Mutant("tells the first only of a signal", _tells_the_first_only),
    Mutant("lets one call block all", _waits_for_the_last),
    Mutant("lets a slow call hold up the others", _slow_calls_hold_up_others),
    Mutant("mixes up whose debt is whose", _debts_change_places),
    Mutant("keeps the debt of the first only", _keeps_the_first_debt),
    Mutant("stops the first only in the post step", _pays_the_first_debt, 120),
    Mutant("ends what is not owed in the post step", _pays_what_is_not_owed),
    Mutant("lets a gate pass on nothing", _a_gate_passes_on_nothing, 140),
    Mutant("lets the first decide for all", _the_first_decides),
    Mutant("lets the best decide for all", _the_best_decides),
    Mutant("gives an answer to another", _answers_another),
)


def _turns_written_differently() -> tuple[Plant, ...]:
    def plays(self: _Loop, number: int) -> bool:
        free = self._terms.most - len(self._begun - self.ended.keys())
        waits = number < self._given and number not in self._begun
        if waits and free >= 1:
            self._begin(number)
        return not waits or number in self._begun

    return (Plant(_Loop, "_plays", plays),)


TWINS = (Mutant("a correct twin of taking turns", _turns_written_differently),)
