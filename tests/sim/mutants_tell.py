"""Planted bugs of what is told, written and left to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlt_action import cleanup, story
from dlt_action.core import (
    endings,
    record,
)
from dlt_action.core.machine import Machine
from dlt_action.core.model import (
    EXIT_CODES,
    Result,
    UpdateId,
    UpdateState,
)
from dlt_action.core.news import News, Started, TookUp
from dlt_action.core.owed import Owed, debts_in
from dlt_action.core.run import Run
from dlt_action.core.steps import Why
from dlt_action.core.stopping import Stop
from dlt_action.core.verdicts import Verdict
from dlt_action.debts import Debts
from dlt_action.teller import Teller
from tests.sim.planting import Mutant, Plant


def _last_look_is_canceled() -> tuple[Plant, ...]:
    original = endings.left

    def left(
        update: UpdateId, why: Why, stop: Stop, state: UpdateState, *, final: bool
    ) -> Verdict:
        told = original(update, why, stop, state, final=final)
        end = f"{why.told}. Update {update} was stopped and is CANCELED."
        return replace(told, reason=end) if state.terminal else told

    return (Plant(endings, "left", left),)


def _left_in_silence() -> tuple[Plant, ...]:
    original = endings.left

    def left(
        update: UpdateId, why: Why, stop: Stop, state: UpdateState, *, final: bool
    ) -> Verdict:
        told = original(update, why, stop, state, final=final)
        return replace(told, reason=f"{why.told}.")

    def owes(self: Run) -> bool:
        del self
        return False

    return (Plant(endings, "left", left), Plant(Run, "_owes_a_stop", owes))


def _told_before_kept() -> tuple[Plant, ...]:
    original = Teller.tell

    def tell(self: Teller, one: Machine, news: News) -> None:
        text = self._lines.of(news) if isinstance(news, Started | TookUp) else None
        if text is not None:
            self._desk.writer.say(text)
        original(self, one, news)

    return (Plant(Teller, "tell", tell),)


def _written_at_the_end() -> tuple[Plant, ...]:
    return (Plant(Teller, "save", lambda _: None),)


def _owed_for_ever() -> tuple[Plant, ...]:
    return (Plant(Run, "_owes_a_stop", lambda _: True),)


def _never_owed() -> tuple[Plant, ...]:
    return (Plant(Run, "_owes_a_stop", lambda _: False),)


def _owed_first_attempt_only() -> tuple[Plant, ...]:
    original = Run.owed

    def owed(self: Run) -> Owed:
        found, watch = original(self), self._watch
        restarted = watch is not None and bool(watch.before)
        return replace(found, stop=found.stop and not restarted)

    return (Plant(Run, "owed", owed),)


def _post_stops_without_being_asked() -> tuple[Plant, ...]:
    def always(state: Mapping[str, str]) -> tuple[Owed, ...]:
        return tuple(replace(one, stop=True) for one in debts_in(state))

    return (Plant(cleanup, "debts_in", always),)


def _no_first_outputs() -> tuple[Plant, ...]:
    return (Plant(story, "leave_behind", lambda *given: Debts(given[-1])),)


def _zero_for_all() -> tuple[Plant, ...]:
    codes = dict(EXIT_CODES)
    codes[Result.UNKNOWN_START] = codes[Result.CANCELED] = 0
    return (Plant(record, "EXIT_CODES", codes),)


def _started_is_good() -> tuple[Plant, ...]:
    def ended(*_: object, **__: object) -> Verdict:
        return Verdict(result=Result.SUCCEEDED, reason="The update ended.")

    return (Plant(endings, "ended", ended),)


TELLING = (
    Mutant("calls the last look a stop", _last_look_is_canceled),
    Mutant("leaves in silence", _left_in_silence),
    Mutant("tells before it writes", _told_before_kept),
    Mutant("writes only at the end", _written_at_the_end),
    Mutant("owes for ever", _owed_for_ever),
    Mutant("never owes", _never_owed),
    Mutant("owes only the first attempt", _owed_first_attempt_only),
    Mutant("cleans up without being asked", _post_stops_without_being_asked),
    Mutant("writes no first outputs", _no_first_outputs),
    Mutant("exits with 0 after a bad end", _zero_for_all),
    Mutant("calls every end a success", _started_is_good),
)
