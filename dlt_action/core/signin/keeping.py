"""
Keeping one credential for hours: when to use it, when to renew it, when to give up.

* It is renewed from half of its life on, while the old one still holds. What goes
  wrong then costs nothing: the old one is used, and another try is made later.
* When none holds, a token endpoint that is away is an outage like any other: nobody
  has refused anything.
* A 401 or 403 of a call for which the credential was good before is answered by one
  new credential. If that is refused as well, it is the call that is refused.
* A refusal of the sign-in itself is asked about once more, and then believed: whoever
  tries a wrong secret too often locks a principal out. While the old one holds, that
  is when it ends: by then a passing trouble may have passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from dlt_action.core.calls import Call, Method
from dlt_action.core.exchange import Rejected, decide, wait_hint
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

MOST_REFUSALS = 2  # in a row
PAUSE_AFTER_REFUSAL = 4.0
PAUSE_AFTER_OUTAGE = 15.0  # while the old one still holds, nothing is urgent

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
        self._accepted = 0  # the number of the last one that was good for a call
        self._doubted: set[str] = set()  # calls for which one was replaced already
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
        self._spent, self._refusals = False, 0
        self._excuse = Fault(FaultKind.UNSIGNED, "the token ended as soon as it came")

    def unavailable(self, error: Unavailable, now: float) -> None:
        """Take that nobody answered."""
        self._excuse = _of(error)
        if self.holding(now) is not None:
            self._relaxed_until = now + PAUSE_AFTER_OUTAGE

    def refused(self, problem: SignInProblem, now: float) -> None:
        """Take that the sign-in was refused."""
        self._excuse = Unsigned(problem)
        self._refusals += 1
        self._not_before = now + PAUSE_AFTER_REFUSAL
        self._relaxed_until = self._over_at

    def judge(self, used: Kept, call: Call, reply: Reply) -> Reply:
        """Take the *reply* to a *call* that *used* has signed; what it comes to."""
        if not isinstance(reply, Answer) or reply.status not in _DENIALS:
            if isinstance(reply, Answer) and reply.status in _SUCCESS:
                self._accepted = max(self._accepted, used.number)
                self._doubted.discard(call.what)
            return reply
        # What a gateway refuses in its own words may have been done all the same.
        if call.method is not Method.GET and not isinstance(decide(reply), Rejected):
            return reply
        newest = self._kept is not None and self._kept.number == used.number
        if newest and (call.what in self._doubted or self._accepted < used.number):
            return reply
        if newest:
            self._doubted.add(call.what)
            self._spent = True
        return Fault(
            FaultKind.UNSIGNED,
            f"the token is not accepted any more (HTTP {reply.status})",
        )


def _of(error: Unavailable) -> Reply:
    """What a call comes to for which nobody could sign in."""
    reply = error.reply
    what = f"could not {error.ask.what}"
    if isinstance(reply, Answer):
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            return reply
        said = f"{what}: HTTP {reply.status}"
        return Fault(FaultKind.UNSIGNED, said, wait_hint(reply.headers))
    if not isinstance(reply, Fault):
        return reply
    detail = reply.kind.value + (f": {reply.detail}" if reply.detail else "")
    # Trying again will not make a stranger trusted.
    hopeless = reply.kind in (FaultKind.UNTRUSTED, FaultKind.UNSENDABLE)
    if hopeless:
        said = f"{what}, {reply.detail}" if reply.detail else what
        return Fault(reply.kind, said)
    return Fault(FaultKind.UNSIGNED, f"{what}: {detail}")
