"""Planted bugs of signing in, and of keeping what came of it."""

# ruff: noqa: SLF001 - what is replaced is private, and so is what it uses

from __future__ import annotations

from dlt_action.core.calls import Call
from dlt_action.core.reply import Reply, SignInProblem
from dlt_action.core.signin import bearer, identities, keeping
from dlt_action.core.signin.keeping import Keeping, Kept
from dlt_action.core.signin.steps import Credential, Flow, Refused, Unavailable
from dlt_action.edge.auth import signed
from dlt_action.edge.auth.signed import Passes, Signed
from tests.sim.planting import Mutant, Plant

Plants = tuple[Plant, ...]


def _never_renews() -> Plants:
    def to_be_renewed(self: Keeping, now: float) -> bool:
        del now
        return self._kept is None

    return (Plant(Keeping, "to_be_renewed", to_be_renewed),)


def _uses_what_is_over() -> Plants:
    def holding(self: Keeping, now: float) -> Kept | None:
        del now
        return None if self._spent else self._kept

    return (Plant(Keeping, "holding", holding),)


def _outage_is_a_refusal() -> Plants:
    def unavailable(self: Keeping, error: Unavailable, now: float) -> None:
        self.refused(SignInProblem(what=error.ask.what), now)

    return (Plant(Keeping, "unavailable", unavailable),)


def _renews_for_ever() -> Plants:
    original = Keeping.saw

    def saw(self: Keeping, used: Kept, call: Call, reply: Reply, now: float) -> bool:
        self._doubted.clear()
        return original(self, used, call, reply, now)

    return (Plant(Keeping, "saw", saw),)


def _believes_each_refusal() -> Plants:
    return (Plant(Keeping, "saw", lambda *_: False),)


def _starts_after_a_renewal() -> Plants:
    original = Passes.get

    def get(self: Passes, within: float, *, effect: bool) -> Kept | Reply:
        del effect
        return original(self, within, effect=False)

    return (Plant(Passes, "get", get),)


def _starts_again_when_refused() -> Plants:
    def call(self: Signed, call: Call, within: float) -> Reply:
        kept = self._passes.get(within, effect=False)
        if not isinstance(kept, Kept):
            return kept
        reply = self._send(call, within, self._passes.auth(kept.credential))
        if self._passes.saw(kept, call, reply):
            return self(call, within)
        return reply

    return (Plant(Signed, "__call__", call),)


def _tries_a_wrong_secret_for_ever() -> Plants:
    return (Plant(keeping, "MOST_REFUSALS", 1_000_000),)


def _a_token_for_each_call() -> Plants:
    return (Plant(keeping, "stale_after", lambda _: 0.0),)


def _one_identity_for_all() -> Plants:
    original = identities.GitHub.token
    kept: dict[str, str] = {}

    def token(self: identities.GitHub, audience: str) -> Flow[str]:
        if audience not in kept:
            kept[audience] = yield from original(self, audience)
        return kept[audience]

    return (Plant(identities.GitHub, "token", token),)


def _renews_under_the_lock() -> Plants:
    def renew(self: Passes, turn: int, until: float) -> None:
        del turn
        asked_at = self.now()
        came: Credential | Refused | Unavailable
        with self._turn:
            try:
                flow = self._scheme.flow(self._host, self._memory)
                came = self._player().play(flow, until - asked_at)
            except (Refused, Unavailable) as error:
                came = error
            self._busy_until = None
            self._take(came, asked_at)
            self._turn.notify_all()

    return (Plant(Passes, "_renew", renew),)


def _renews_in_a_hurry() -> Plants:
    return (Plant(signed, "HURRY_SECONDS", 0.0),)


def _forgets_to_end_a_sign_in() -> Plants:
    original = Passes._renew

    def renew(self: Passes, turn: int, until: float) -> None:
        original(self, turn, until)
        if self._keeping.holding(self.now()) is None:
            self._busy_until = self.now() + 1_000_000.0

    return (Plant(Passes, "_renew", renew),)


def _margin_of_a_minute() -> Plants:
    return (Plant(bearer, "MOST_AHEAD_SECONDS", 600.0),)


def _calmer_after_an_outage() -> Plants:
    return (Plant(keeping, "PAUSE_AFTER_OUTAGE", 5.0),)


SIGNING = (
    Mutant("never renews", _never_renews),
    Mutant("uses a token that is over", _uses_what_is_over),
    Mutant("takes an outage of the token endpoint for a refusal", _outage_is_a_refusal),
    Mutant("renews at every 403 for ever", _renews_for_ever, seldom=1350),
    Mutant("believes each refusal of a token", _believes_each_refusal),
    Mutant("sends the start after a renewal", _starts_after_a_renewal, seldom=2850),
    Mutant(
        "sends a refused start again at once", _starts_again_when_refused, seldom=2850
    ),
    Mutant("tries a wrong secret for ever", _tries_a_wrong_secret_for_ever),
    Mutant("makes a token for each call", _a_token_for_each_call),
    Mutant("exchanges one identity for all tokens", _one_identity_for_all),
    Mutant("renews under the lock", _renews_under_the_lock),
    Mutant("renews in a hurry", _renews_in_a_hurry, seldom=3200),
    Mutant("does not end a sign-in that failed", _forgets_to_end_a_sign_in),
)
TWINS = (
    Mutant("renews ten minutes ahead at most", _margin_of_a_minute),
    Mutant("tries again sooner after an outage", _calmer_after_an_outage),
)
