"""Planted bugs of the quality gate, and of what it judges by."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dlt_action.core import ledger, run
from dlt_action.core.attempt import Following
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.gate import Gate
from dlt_action.core.lastgood import LookBack
from dlt_action.core.logbook import Logbook
from dlt_action.core.model import Update
from dlt_action.core.model import UpdateState as S
from dlt_action.core.quality import Judgement
from dlt_action.core.quality import judge as judge_by
from dlt_action.core.record import GateResult, Outcome
from dlt_action.core.run import Run
from dlt_action.core.steps import Script
from dlt_action.core.watch import Watch
from tests.sim.planting import Mutant, Plant


def _not_judged() -> tuple[Plant, ...]:
    return (Plant(Run, "_is_judged", lambda *_: False),)


def _always_passes() -> tuple[Plant, ...]:
    def judge(gate: Gate, outcome: Outcome, selection: Iterable[str]) -> Judgement:
        found = judge_by(gate, outcome, tuple(selection))
        return replace(found, result=GateResult.PASSED)

    return (Plant(run, "judge", judge),)


def _log_is_not_waited_for() -> tuple[Plant, ...]:
    def settle(*_: object, **__: object) -> Script[None]:
        yield from ()

    return (Plant(Logbook, "settle", settle), *_half_a_log_is_judged())


def _half_a_log_is_judged() -> tuple[Plant, ...]:
    # Nor is a flow that was at work when last told one of which more may come.
    whole = Plant(Watch, "log_is_complete", property(lambda _: True))
    return (whole, Plant(ledger, "AT_WORK", ()))


def _counts_the_overlap_again() -> tuple[Plant, ...]:
    def new(_: EventLog, events: Iterable[Event]) -> list[Event]:
        return list(events)

    return (Plant(EventLog, "_new", new),)


def _sums_over_attempts() -> tuple[Plant, ...]:
    original = Following.followed_by

    def followed_by(self: Following, successor: Update) -> Following:
        found = original(self, successor)
        found.tally._datasets = self.tally._datasets
        found.tally._flows = self.tally._flows
        return found

    return (Plant(Following, "followed_by", followed_by),)


def _any_update_is_the_last_good_one() -> tuple[Plant, ...]:
    def is_good(self: LookBack, update: Update, like: Update) -> bool:
        del like
        return update.state is S.COMPLETED and update.update_id not in self._ours

    return (Plant(LookBack, "_is_good", is_good),)


def _compares_with_itself() -> tuple[Plant, ...]:
    def is_good(_: LookBack, update: Update, __: Update) -> bool:
        return update.state is S.COMPLETED

    return (Plant(LookBack, "_is_good", is_good),)


JUDGING = (
    Mutant("judges nothing", _not_judged),
    Mutant("lets everything pass the gate", _always_passes),
    Mutant("judges what it has seen so far", _log_is_not_waited_for, seldom=200),
    Mutant("judges half a log", _half_a_log_is_judged, seldom=1260),
    Mutant("counts again what it reads again", _counts_the_overlap_again),
    Mutant("sums over all attempts", _sums_over_attempts, seldom=400),
    Mutant(
        "compares with any other update", _any_update_is_the_last_good_one, seldom=2580
    ),
    Mutant("compares an update with itself", _compares_with_itself, seldom=2580),
)
