"""
Another update is active: the policy `if-active`.

    fail      say which one, how old, why, and where
    wait      for it and its automatic restarts to end; then start. One in continuous
              mode does not end, and is a conflict
    attach    follow it in place of one of ours, if it does what was asked for
    replace   stop it, watch it reach its end; then start. Once: who comes next is a
              conflict

One that is STOPPING already is waited for, whatever the policy: it is on its way out.
"""

from __future__ import annotations

from typing import assert_never

from dlt_action.core import calls, wire
from dlt_action.core.baseline import is_active
from dlt_action.core.exchange import Executed
from dlt_action.core.hanging import length_of, with_length
from dlt_action.core.launched import Launched
from dlt_action.core.likeness import told_apart, untold
from dlt_action.core.model import Attribution, Update, UpdateId
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Noted
from dlt_action.core.pace import back_off
from dlt_action.core.plan import IfActive, Plan
from dlt_action.core.startings import (
    Rival,
    conflict,
    never_ends,
    not_started_after_waiting,
    waited_in_vain,
)
from dlt_action.core.steps import Script
from dlt_action.core.stopping import Stopper
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, interrupted_before_start
from dlt_action.core.vigil import End, Errand, Vigil
from dlt_action.core.words import duration
from dlt_action.lean import dataclass, replace

# How long an update may take to end once it is asked to; seconds to two minutes are
# usual.
SECONDS_TO_END = 300.0

# An update that was seen to be over, and still stands in the way, is one that a list or
# the workspace has not noticed yet. So often that is believed: some three minutes.
MOST_LATE = 9


@dataclass(frozen=True, slots=True)
class Refused:
    """The start was refused because of another update."""

    named: UpdateId | None
    said: str  # remote text


class Rivals:
    """The other updates that one start meets."""

    def __init__(self, trip: Trip, plan: Plan) -> None:
        """Meet them as *plan* says."""
        self._trip = trip
        self._plan = plan
        self._replaced = False
        self._over: set[UpdateId] = set()
        self._stopped: UpdateId | None = None
        self._late = 0
        self._met = 0

    def named(self, refused: Refused) -> Script[Update | UpdateId | None]:
        """The update for which a start was refused, as far as it can be read."""
        pipeline = self._plan.pipeline.pipeline_id
        # Who is to name it only, does not wait for that.
        policy, patience = self._plan.if_active, self._plan.outage_grace
        grace = 0.0 if policy is IfActive.FAIL else patience
        if refused.named is None:
            listing = calls.list_updates(pipeline)
            answer = yield from self._trip.insist(listing, grace=grace)
            listed = wire.updates(answer.body) if isinstance(answer, Executed) else ()
            # None is active while a failed one is about to be started again: whoever
            # waits may wait for that. It is a guess: nothing else is done on it.
            newest = listed[:1] if policy is IfActive.WAIT else None
            return next(filter(is_active, listed), next(iter(newest or ()), None))
        reading = calls.get_update(pipeline, refused.named)
        answer = yield from self._trip.insist(reading, grace=grace)
        body = answer.body if isinstance(answer, Executed) else {}
        found = wire.update_read(body, refused.named)
        return refused.named if found is None else found

    def meet(
        self, met: Update | UpdateId | None, said: str
    ) -> Script[Launched | Verdict | None]:
        """Deal with the update that stands in the way; None: it is over."""
        if self._trip.interrupted is not None:
            return self._interrupted()
        self._met += 1
        if not isinstance(met, Update):
            return (yield from self._unread(met, said))
        if met.state is S.COMPLETED or met.update_id in self._over:
            because = "It has ended, but the workspace still counts it as active."
            in_the_end = self._conflict(met, said, because=because)
            return (yield from self._is_late(in_the_end))
        settled = yield from self._settle(met, said)
        if settled is None and said:
            # It was refused though nothing was active: not at once again.
            return (yield from self._pause(self._met))
        return settled

    def _unread(self, named: UpdateId | None, said: str) -> Script[Verdict | None]:
        in_the_end = conflict(self._plan, Rival(named), said=said)
        if self._plan.if_active is IfActive.FAIL:
            return in_the_end
        return (yield from self._is_late(in_the_end))

    def _is_late(self, in_the_end: Verdict) -> Script[Verdict | None]:
        self._late += 1
        if self._late > MOST_LATE and self._plan.if_active is not IfActive.WAIT:
            return in_the_end
        return (yield from self._pause(self._late))

    def _pause(self, times: int) -> Script[Verdict | None]:
        chance = self._trip.chance()
        yield from self._trip.nap(back_off(times, hint=None, chance=chance))
        return self._interrupted()

    def _settle(self, met: Update, said: str) -> Script[Launched | Verdict | None]:
        if met.state is S.STOPPING:
            return (yield from self._wait(met, said, Errand(limit=SECONDS_TO_END)))
        match self._plan.if_active:
            case IfActive.FAIL:
                return self._conflict(met, said)
            case IfActive.WAIT if never_ends(self._plan, met):
                because = "It runs in continuous mode, so it is not waited for."
                return self._conflict(met, said, because=because)
            case IfActive.WAIT:
                return (yield from self._wait(met, said, Errand()))
            case IfActive.ATTACH:
                return self._attach(met, said)
            case IfActive.REPLACE:
                return (yield from self._replace(met, said))
            case policy:
                assert_never(policy)

    def _wait(self, rival: Update, said: str, errand: Errand) -> Script[Verdict | None]:
        verb = "stopping" if errand.stop else "waiting for"
        self._trip.tell(Noted(f"{verb} {self._described(rival)}"))
        note = self._rerun_note(rival)
        if note:
            self._trip.tell(Noted(note))
        vigil = Vigil(self._trip, self._plan, rival, errand)
        end = yield from vigil.script()
        self._over |= vigil.seen_over
        if vigil.stopper.result.may_have_worked:
            self._stopped = vigil.update_id
        if isinstance(end, Verdict):
            return not_started_after_waiting(end)
        match end:
            case End.OVER:
                self._trip.tell(Noted(f"update {vigil.update_id} is over"))
                return self._interrupted()
            case End.INTERRUPTED:
                return self._cut_short(vigil, rival)
            case End.STILL_ACTIVE:
                still = vigil.last if vigil.last is not None else rival
                return self._still_active(still, said, errand, vigil.stopper)
            case _:
                assert_never(end)

    def _cut_short(self, vigil: Vigil, rival: Update) -> Verdict:
        why, plan = self._trip.interrupted, self._plan
        assert why is not None  # noqa: S101 - that is what cut it short
        still = vigil.last if vigil.last is not None else rival
        age = _age(plan, still, self._trip.now)
        met = Rival(still.update_id, still, age=age)
        told = with_length(why, length_of(why, plan, self._trip))
        return waited_in_vain(plan, met, why, told)

    def _still_active(
        self, rival: Update, said: str, errand: Errand, stopper: Stopper
    ) -> Verdict:
        if stopper.in_vain:
            return self._conflict(rival, stopper.refusal, because=_refused(stopper))
        told = f", and {stopper.result.value}" if errand.stop else ""
        because = f"It did not end within {duration(errand.limit)}{told}."
        return self._conflict(rival, said, because=because)

    def _interrupted(self) -> Verdict | None:
        why = self._trip.interrupted
        return None if why is None else interrupted_before_start(why)

    def owned_up(self, verdict: Verdict) -> Verdict:
        """*verdict*, with what was done to another update in vain."""
        if self._stopped is None:
            return verdict
        asked = f" Another update, {self._stopped}, was asked to stop."
        return replace(verdict, reason=verdict.reason + asked)

    def _attach(self, rival: Update, said: str) -> Launched | Verdict:
        request = self._plan.request
        apart = (*told_apart(request, rival), *untold(request, rival))
        if apart:
            because = f"It cannot stand for what was asked for: {'; '.join(apart)}."
            return self._conflict(rival, said, because=because)
        note = self._rerun_note(rival)
        if note:
            self._trip.tell(Noted(note))
        return Launched(
            update_id=rival.update_id,
            request_id=rival.request_id,
            attribution=Attribution.ATTACHED,
            seen=rival,
        )

    def _replace(self, rival: Update, said: str) -> Script[Verdict | None]:
        if self._replaced:
            because = "It began after the one that was replaced."
            return self._conflict(rival, said, because=because)
        self._replaced = True
        errand = Errand(limit=SECONDS_TO_END, stop=True)
        return (yield from self._wait(rival, said, errand))

    def _conflict(self, rival: Update, said: str, *, because: str = "") -> Verdict:
        plan, now = self._plan, self._trip.now
        met = Rival(
            rival.update_id,
            rival,
            age=_age(plan, rival, now),
            because=because,
            rerun=self._rerun_note(rival),
        )
        return conflict(plan, met, said=said)

    def _described(self, rival: Update) -> str:
        age = _age(self._plan, rival, self._trip.now)
        facts = Rival(rival.update_id, rival, age=age).facts
        pipeline = self._plan.pipeline.pipeline_id
        link = self._plan.links.update(pipeline, rival.update_id)
        known = f" ({facts})" if facts else ""
        return f"another update, {rival.update_id}{known}: {link}"

    def _rerun_note(self, rival: Update) -> str:
        attempt = self._plan.run_attempt
        if attempt == 1:
            return ""
        return (
            f"This is attempt {attempt} of the workflow run: an earlier one may have"
            f" started update {rival.update_id} and left it behind."
        )


def _refused(stopper: Stopper) -> str:
    access = " That needs CAN RUN, too." if "HTTP 403" in stopper.refusal else ""
    return f"It was to be replaced, but the stop was refused.{access}"


def _age(plan: Plan, rival: Update, now: float) -> float | None:
    if rival.created is None:
        return None
    age = (plan.wall(now) - rival.created).total_seconds()
    return age if age >= 0 else None
