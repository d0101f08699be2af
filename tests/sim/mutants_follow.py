"""Planted bugs of following, stopping and leaving."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import inf

from dlt_action.core import (
    calls,
    endings,
    exchange,
    looking,
    refusals,
    stopping,
    succession,
    successors,
    trip,
    wire,
)
from dlt_action.core.attempt import Following
from dlt_action.core.departure import Departure
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted
from dlt_action.core.machine import Scripted
from dlt_action.core.model import (
    Attribution,
    JsonObject,
    RequestId,
    Result,
    Update,
    UpdateId,
    UpdateState,
)
from dlt_action.core.steps import Script, Send, Wait, Why
from dlt_action.core.stopping import Stop, Stopper
from dlt_action.core.succession import Search
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.watch import Watch
from dlt_action.driving import _Loop
from tests.sim.planting import Mutant, Plant

Seen = Update | Verdict | None


def _follow_latest() -> tuple[Plant, ...]:
    original = looking.Looker.look

    def look(self: looking.Looker, at: Following) -> Script[Seen]:
        answer = yield from self._trip.send(calls.list_updates(at.pipeline))
        if isinstance(answer, Executed):
            newest = next(iter(wire.updates(answer.body)), None)
            if newest is not None:
                return newest
        return (yield from original(self, at))

    return (Plant(looking.Looker, "look", look),)


def _stop_without_proof() -> tuple[Plant, ...]:
    def ask(self: Stopper) -> Script[Stop]:
        answer = yield from self._trip.send(
            calls.stop_pipeline(self._pipeline), after_signal=2.0
        )
        return self._answered(answer)

    return (Plant(Stopper, "_ask", ask),)


def _stop_also(what: Attribution) -> tuple[Plant, ...]:
    original = Watch._turn_to

    def turn_to(self: Watch, following: Following) -> None:
        original(self, following)
        if self.attribution is what:
            trip, plan = self._trip, self._plan
            self._departure = Departure(trip, plan, following, ours=True)

    return (Plant(Watch, "_turn_to", turn_to),)


def _stop_again_and_again() -> tuple[Plant, ...]:
    return (
        Plant(stopping, "MOST_SENDS", 1000),
        Plant(stopping, "SECONDS_TO_SHOW", 0.0),
        Plant(stopping, "_DECIDED", frozenset({Stop.NOT_OURS, Stop.WAIVED})),
    )


def _never_stop() -> tuple[Plant, ...]:
    def ask(self: Stopper) -> Script[None]:
        self.result = Stop.NOT_SENT
        yield from self._trip.nap(0.0)

    return (Plant(Stopper, "ask", ask),)


def _believe_the_end() -> tuple[Plant, ...]:
    return (Plant(succession, "is_final", lambda _: True),)


def _stranger_is_a_successor() -> tuple[Plant, ...]:
    def found(
        ours: UpdateId, newest_first: Iterable[Update], request: RequestId | None
    ) -> Update | Search:
        del request
        newer: Update | None = None
        for update in newest_first:
            if update.update_id == ours:
                return Search.NOTHING_YET if newer is None else newer
            newer = update
        return Search.NOT_REACHED

    return (Plant(successors, "successor", found),)


def _seen_as(change: Callable[[Update], Update]) -> tuple[Plant, ...]:
    original = looking._seen

    def seen(body: JsonObject, ours: UpdateId) -> Update | None:
        found = original(body, ours)
        return found if found is None else change(found)

    return (Plant(looking, "_seen", seen),)


def _unknown_is_success() -> tuple[Plant, ...]:
    def change(seen: Update) -> Update:
        unknown = seen.state is UpdateState.UNRECOGNISED
        return replace(seen, state=UpdateState.COMPLETED) if unknown else seen

    return _seen_as(change)


def _stopping_is_the_end() -> tuple[Plant, ...]:
    def change(seen: Update) -> Update:
        stops = seen.state is UpdateState.STOPPING
        return replace(seen, state=UpdateState.CANCELED) if stops else seen

    return _seen_as(change)


def _no_deadline() -> tuple[Plant, ...]:
    original = Trip.__init__

    def init(
        self: Trip, *, began: float, deadline: float, chance: Callable[[], float]
    ) -> None:
        del deadline
        original(self, began=began, deadline=inf, chance=chance)

    return (Plant(Trip, "__init__", init),)


def _blind_hint() -> tuple[Plant, ...]:
    def hint(headers: Mapping[str, str]) -> float | None:
        text = headers.get("retry-after", "")
        return float(text) if text.isdigit() else None

    return (Plant(exchange, "wait_hint", hint),)


def _no_back_off() -> tuple[Plant, ...]:
    def at_once(failures: int, *, hint: float | None, chance: float) -> float:
        del failures, hint, chance
        return 0.05

    return (Plant(trip, "back_off", at_once),)


def _throttled_is_away() -> tuple[Plant, ...]:
    original = Trip.unanswered

    def unanswered(self: Trip, outcome: NotExecuted | Ambiguous, grace: float) -> None:
        plain = Ambiguous(reason=outcome.reason, wait_hint=outcome.wait_hint)
        original(self, plain, grace)

    return (Plant(Trip, "unanswered", unanswered),)


def _away_is_failed() -> tuple[Plant, ...]:
    def away(
        update: UpdateId, state: UpdateState, seconds: float, reason: str
    ) -> Verdict:
        del state, seconds
        why = f"Update {update} failed."
        return Verdict(result=Result.FAILED, reason=why, server_said=reason)

    return (Plant(endings, "away", away),)


def _give_up_on_a_blip() -> tuple[Plant, ...]:
    def longer(self: Trip) -> float:
        since = self._away_since
        return 0.0 if since is None else 1000.0 * (self.now - since)

    return (Plant(Trip, "away_for", property(longer)),)


def _refused_once() -> tuple[Plant, ...]:
    return (
        Plant(refusals, "BELIEVE_NO_ACCESS", (1, 0.0)),
        Plant(refusals, "BELIEVE_GONE", (1, 0.0)),
    )


def _signal_overslept() -> tuple[Plant, ...]:
    original = Scripted.interrupt

    def interrupt(self: Scripted, why: Why, now: float) -> bool:
        if isinstance(self._step, Wait):
            return False
        return original(self, why, now)

    return (Plant(Scripted, "interrupt", interrupt),)


def _slow_leaving() -> tuple[Plant, ...]:
    return (
        Plant(trip, "CALL_SECONDS_AFTER_SIGNAL", 30.0),
        Plant(trip, "SECONDS_AFTER_SIGNAL", 60.0),
    )


def _first_call_thrown_away() -> tuple[Plant, ...]:
    def interrupt(self: _Loop, number: int, why: Why) -> None:
        one, now = self._runs[number], self._line.now()
        if not one.interrupt(why, now):
            return
        flight = self._flights.get(number)
        if flight is not None:
            flight.give_up_at = min(flight.give_up_at, now + flight.after_signal)
        elif isinstance(one.next_step(now), Send):
            one.saw(NotExecuted(reason="never sent"), now)

    return (Plant(_Loop, "_interrupt", interrupt),)


FOLLOWING = (
    Mutant("follows whatever is the newest", _follow_latest),
    Mutant("stops without a proof", _stop_without_proof),
    Mutant("stops what is inferred", lambda: _stop_also(Attribution.INFERRED)),
    Mutant("stops what is attached", lambda: _stop_also(Attribution.ATTACHED)),
    Mutant("stops again and again", _stop_again_and_again),
    Mutant("never asks for a stop", _never_stop),
    Mutant("believes a bad end at once", _believe_the_end),
    Mutant("follows a stranger as a successor", _stranger_is_a_successor),
    Mutant("takes an unknown state for success", _unknown_is_success),
    Mutant("takes STOPPING for CANCELED", _stopping_is_the_end),
    Mutant("has no deadline", _no_deadline),
    Mutant("sleeps as long as Retry-After says", _blind_hint),
    Mutant("does not back off", _no_back_off),
    Mutant("counts a 429 as an outage", _throttled_is_away),
    Mutant("calls an outage a failure", _away_is_failed),
    Mutant("gives up on a blip", _give_up_on_a_blip),
    Mutant("believes the first refusal", _refused_once),
    Mutant("oversleeps a signal", _signal_overslept),
    Mutant("leaves slowly", _slow_leaving),
    Mutant("throws the proof for the stop away", _first_call_thrown_away),
)


def _back_off_written_differently() -> tuple[Plant, ...]:
    def back_off(failures: int, *, hint: float | None, chance: float) -> float:
        longest = 30.0 if failures > 4 else float(1 << failures)
        spread = longest / 2 + longest * chance / 2
        return spread if hint is None or hint < spread else hint

    return (Plant(trip, "back_off", back_off),)


TWINS = (Mutant("a correct twin of backing off", _back_off_written_differently),)
