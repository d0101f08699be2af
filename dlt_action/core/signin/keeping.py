"""
Keeping one credential for hours: when to use it, when to renew it, when to give up.

* It is renewed when half of its life is over, but 20 minutes ahead at most, while the
  old one still holds. What goes wrong then costs nothing: the old one is used, and
  another try is made later.
* When none holds, a token endpoint that is away is an outage like any other: nobody
  has refused anything.
* A 401 or 403 where a credential was good before is answered by one new credential. If
  that is refused as well, it is the call that is refused; and for some minutes, more
  each time, it is so without a new one: a call can be forbidden for good.
* A refusal of the sign-in itself is asked about once more, and then believed: whoever
  tries a wrong secret too often locks a principal out. While the old one holds, that
  is when it ends: by then a passing trouble may have passed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import assert_never

from dlt_action.core.calls import Call
from dlt_action.core.exchange import wait_hint
from dlt_action.core.reply import (
    Answer,
    Fault,
    FaultKind,
    Reply,
    SignInProblem,
    Unsigned,
)
from dlt_action.core.signin.bearer import over_after, stale_after
from dlt_action.core.signin.steps import Credential, Unavailable
from dlt_action.lean import dataclass

MOST_REFUSALS = 2  # in a row
PAUSE_AFTER_REFUSAL = 4.0
PAUSE_AFTER_OUTAGE = 15.0  # while the old one still holds, nothing is urgent
PAUSE_AFTER_DENIAL = 60.0

_SUCCESS = range(200, 300)
_DENIALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential, and which one it is of all that there were."""

    number: int
    credential: Credential


class Keeping:
    """The credential of the moment. All times are seconds of one clock."""

    def __init__(self) -> None:
        """Begin without one."""
        self._kept: Kept | None = None
        self._stale_at = self._over_at = 0.0
        self._spent = False  # refused, and to be replaced before anything else
        self._accepted = False  # whether one was ever good for a call
        # How often in a row a path had one replaced, and when it last did.
        self._doubted: dict[str, tuple[int, float]] = {}
        self._relaxed_until = 0.0  # while one holds
        self._not_before = 0.0  # while none does
        self._refusals = 0
        self._excuse: Reply = Fault(FaultKind.UNSIGNED)

    def holding(self, now: float) -> Kept | None:
        """The credential, while it can be used."""
        usable = not self._spent and now < self._over_at
        return self._kept if usable else None

    def to_be_renewed(self, now: float) -> bool:
        """Whether to sign in now."""
        if self.holding(now) is None:
            return now >= self._not_before and self._refusals < MOST_REFUSALS
        return now >= max(self._stale_at, self._relaxed_until)

    @property
    def excuse(self) -> Reply:
        """What a call comes to that has no credential."""
        return self._excuse

    def renewed(self, credential: Credential, asked_at: float) -> None:
        """Take a new one, which lives from the moment at which it was asked for."""
        number = 1 if self._kept is None else self._kept.number + 1
        self._kept = Kept(number, credential)
        self._stale_at = asked_at + stale_after(credential.seconds)
        self._over_at = asked_at + over_after(credential.seconds)
        self._spent, self._refusals, self._relaxed_until = False, 0, 0.0
        self._excuse = Fault(FaultKind.UNSIGNED, "the token ended as soon as it came")

    def unavailable(self, error: Unavailable, now: float) -> None:
        """Take that nobody answered."""
        self._excuse = excuse = _of(error)
        asked_for = excuse.wait_hint if excuse.wait_hint is not None else 0.0
        if self.holding(now) is not None:
            self._relaxed_until = now + max(PAUSE_AFTER_OUTAGE, asked_for)

    def refused(self, problem: SignInProblem, now: float) -> None:
        """Take that the sign-in was refused."""
        self._excuse = Unsigned(problem)
        self._refusals += 1
        self._not_before = now + PAUSE_AFTER_REFUSAL
        self._relaxed_until = self._over_at

    def saw(self, used: Kept, call: Call, reply: Reply, now: float) -> bool:
        """
        Take the *reply* to a *call* that *used* has signed.

        Whether the call may fare better with another credential; the one that there is
        may be that already.
        """
        if not isinstance(reply, Answer):
            return False
        if reply.status in _SUCCESS:
            self._accepted = True
            self._doubted.pop(call.path, None)
        if reply.status not in _DENIALS or not self._accepted:
            return False
        if self._kept is not None and self._kept.number != used.number:
            return True  # replaced in the meantime
        if self._spent:
            return True  # by a call that was on its way at the same time
        times, last = self._doubted.get(call.path, (0, 0.0))
        if times and now < last + PAUSE_AFTER_DENIAL * times:
            return False
        self._doubted[call.path] = times + 1, now
        self._spent = True
        return True


def _of(error: Unavailable) -> Fault:
    """What a call comes to for which nobody could sign in."""
    reply, what = error.reply, f"could not {error.ask.what}"
    match reply:
        case Answer():
            said, hint = f"{what}: {error.why}", wait_hint(reply.headers)
            return Fault(FaultKind.UNSIGNED, said, hint)
        case Fault(kind=FaultKind.UNTRUSTED | FaultKind.UNSENDABLE):
            # Trying again will not make a stranger trusted.
            return Fault(reply.kind, f"{what}: {reply.detail}".removesuffix(": "))
        case Fault():
            detail = f": {reply.detail}" if reply.detail else ""
            return Fault(FaultKind.UNSIGNED, f"{what}: {reply.kind.value}{detail}")
        case _:
            assert_never(reply)
