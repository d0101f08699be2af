"""Planted bugs of starting, reconciling and meeting others."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dlt_action import driving
from dlt_action.core import calls, endings, reconcile, rivals, wire
from dlt_action.core.exchange import Ambiguous, Executed, NotExecuted, Outcome, decide
from dlt_action.core.launch import _Start
from dlt_action.core.launched import Launched
from dlt_action.core.likeness import told_apart
from dlt_action.core.model import Attribution, Cause, Update, UpdateId, UpdateRequest
from dlt_action.core.reconcile import Lost, Reconcile, Window
from dlt_action.core.reply import Answer, Fault, Reply
from dlt_action.core.rivals import Refused, Rivals
from dlt_action.core.startings import Rival, conflict
from dlt_action.core.steps import Script
from dlt_action.core.verdicts import Verdict
from tests.sim.planting import Mutant, Plant

Started = Launched | Verdict | Refused


def _retry_on_timeout() -> tuple[Plant, ...]:
    def believing(reply: Reply) -> Outcome:
        found = decide(reply)
        if isinstance(reply, Fault) and isinstance(found, Ambiguous):
            return NotExecuted(reason=found.reason)
        return found

    return (Plant(driving, "decide", believing),)


def _retry_on_5xx() -> tuple[Plant, ...]:
    def believing(reply: Reply) -> Outcome:
        found = decide(reply)
        if isinstance(reply, Answer) and reply.status >= 500:
            return NotExecuted(reason="a server error")
        return found

    return (Plant(driving, "decide", believing),)


def _repost_after_a_quiet_read() -> tuple[Plant, ...]:
    original = _Start._lost

    def lost(self: _Start, reason: str, sent: float) -> Script[Started]:
        pipeline = self.plan.pipeline.pipeline_id
        answer = yield from self.trip.send(calls.list_updates(pipeline))
        if isinstance(answer, Executed) and self.trip.interrupted is None:
            listed = wire.updates(answer.body)
            if all(one.update_id in self.baseline.known for one in listed):
                return (yield from self.script())
        return (yield from original(self, reason, sent))

    return (Plant(_Start, "_lost", lost),)


def _probe_by_starting_again() -> tuple[Plant, ...]:
    def lost(self: _Start, reason: str, sent: float) -> Script[Started]:
        call = calls.start_update(self.plan.pipeline.pipeline_id, self.plan.request)
        answer = yield from self.trip.send(call)
        if isinstance(answer, Executed):
            return (yield from self._answered(answer.body, sent))
        return conflict(self.plan, Rival(None), said=reason)

    return (Plant(_Start, "_lost", lost),)


def _lost_is_a_conflict() -> tuple[Plant, ...]:
    def lost(self: _Start, reason: str, sent: float) -> Script[Started]:
        del sent
        pipeline = self.plan.pipeline.pipeline_id
        answer = yield from self.trip.send(calls.get_pipeline(pipeline))
        seen = wire.pipeline(answer.body) if isinstance(answer, Executed) else None
        active = seen.newest[0] if seen is not None and seen.newest else None
        return conflict(self.plan, Rival(active), said=reason)

    return (Plant(_Start, "_lost", lost),)


def _lost_is_a_refusal() -> tuple[Plant, ...]:
    original = _Start._lost

    def lost(self: _Start, reason: str, sent: float) -> Script[Started]:
        found = yield from original(self, reason, sent)
        if isinstance(found, Verdict):
            why = "Could not start the update. Nothing was started."
            return replace(found, reason=why)
        return found

    return (Plant(_Start, "_lost", lost),)


def _any_200_is_a_start() -> tuple[Plant, ...]:
    def believing(reply: Reply) -> Outcome:
        found = decide(reply)
        if isinstance(reply, Answer) and reply.status == 200:
            return found if isinstance(found, Executed) else Executed(body={})
        return found

    def lost(self: _Start, reason: str, sent: float) -> Script[Started]:
        del reason, sent
        yield from self.trip.nap(0.0)
        return endings.started(UpdateId("unknown"), Attribution.CONFIRMED)

    return (Plant(driving, "decide", believing), Plant(_Start, "_lost", lost))


def _adopt_any_newest() -> tuple[Plant, ...]:
    def candidates(
        self: Lost, listed: tuple[Update, ...], request: UpdateRequest
    ) -> tuple[Update, ...]:
        del self, request
        return listed[:1]

    return (Plant(Lost, "candidates", candidates),)


def _fits_without(what: str) -> tuple[Plant, ...]:
    def fits(self: Lost, update: Update, request: UpdateRequest) -> bool:
        return (
            update.update_id not in self.known
            and (what == "cause" or update.cause is Cause.API_CALL)
            and (what == "window" or self.window.holds(update.created))
            and (what == "flags" or not told_apart(request, update))
        )

    return (Plant(Lost, "_fits", fits),)


def _adopt_the_first_of_several() -> tuple[Plant, ...]:
    original = Lost.candidates

    def candidates(
        self: Lost, listed: tuple[Update, ...], request: UpdateRequest
    ) -> tuple[Update, ...]:
        return original(self, listed, request)[:1]

    return (Plant(Lost, "candidates", candidates),)


def _adopt_though_forbidden() -> tuple[Plant, ...]:
    def decided(self: Reconcile, found: Update) -> Launched:
        del self
        return Launched(
            update_id=found.update_id, attribution=Attribution.INFERRED, seen=found
        )

    return (Plant(Reconcile, "_decided", decided),)


def _inferred_is_confirmed() -> tuple[Plant, ...]:
    original = Reconcile._decided

    def decided(self: Reconcile, found: Update) -> Launched | Verdict:
        launched = original(self, found)
        if isinstance(launched, Launched):
            return replace(launched, attribution=Attribution.CONFIRMED)
        return launched

    return (Plant(Reconcile, "_decided", decided),)


def _attached_is_confirmed() -> tuple[Plant, ...]:
    original = Rivals._attach

    def attach(self: Rivals, rival: Update, said: str) -> Launched | Verdict:
        launched = original(self, rival, said)
        if isinstance(launched, Launched):
            return replace(launched, attribution=Attribution.CONFIRMED)
        return launched

    return (Plant(Rivals, "_attach", attach),)


def _replace_whoever_comes() -> tuple[Plant, ...]:
    original = Rivals._replace

    def again(self: Rivals, rival: Update, said: str) -> Script[Verdict | None]:
        self._replaced = False
        return (yield from original(self, rival, said))

    return (Plant(Rivals, "_replace", again),)


def _window_by_local_clock() -> tuple[Plant, ...]:
    def holds(self: Window, moment: datetime | None) -> bool:
        return moment is not None and moment >= self.since - reconcile.SLACK_OF_CLOCKS

    return (Plant(Window, "holds", holds),)


STARTING = (
    Mutant("sends the start again after a read timeout or a reset", _retry_on_timeout),
    Mutant("sends the start again after a 5xx", _retry_on_5xx),
    Mutant("sends the start again after one quiet read", _repost_after_a_quiet_read),
    Mutant("sends the start again to see a 409", _probe_by_starting_again),
    Mutant("calls a lost start a conflict", _lost_is_a_conflict),
    Mutant("says of a lost start that nothing was started", _lost_is_a_refusal),
    Mutant("takes any 200 for a start", _any_200_is_a_start),
    Mutant("adopts whatever is the newest", _adopt_any_newest),
    Mutant("adopts without looking at the time", lambda: _fits_without("window")),
    Mutant("adopts without looking at the cause", lambda: _fits_without("cause")),
    Mutant("adopts without looking at the flags", lambda: _fits_without("flags")),
    Mutant("adopts what began ten minutes before", _window_by_local_clock),
    Mutant("adopts the first of several", _adopt_the_first_of_several),
    Mutant("adopts though that is forbidden", _adopt_though_forbidden),
    Mutant("calls an inferred update confirmed", _inferred_is_confirmed),
    Mutant("calls an attached update confirmed", _attached_is_confirmed),
    Mutant("replaces one rival after the other", _replace_whoever_comes, seldom=1200),
)


def _window_written_differently() -> tuple[Plant, ...]:
    def holds(self: Window, moment: datetime | None) -> bool:
        if moment is None:
            return False
        slack = reconcile.SLACK if self.ahead is not None else reconcile.SLACK_OF_CLOCKS
        ours = moment if self.ahead is None else moment - self.ahead
        return not (ours < self.since - slack or ours > self.until + slack)

    return (
        Plant(Window, "holds", holds),
        Plant(rivals, "MOST_LATE", int("3")),
    )


TWINS = (Mutant("a correct twin of the window", _window_written_differently),)
