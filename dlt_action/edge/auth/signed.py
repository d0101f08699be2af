"""
Signing calls with the credential of the moment.

Calls run on several threads and share one credential. It is renewed on the thread of
the call that needs it, by one at a time. While the old one holds, no other call waits
for that, the renewing one gives it a third of its time at most, and one in a hurry does
not renew at all. The loop waits for none of them.

What has an effect is never sent late: if its credential had to be waited for, somebody
may have given it up meanwhile, or been told to leave. So it comes back unsent, and is
decided on anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import assert_never

from requests.auth import AuthBase

from dlt_action.core.calls import Call, Method
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.signin.keeping import Keeping, Kept
from dlt_action.core.signin.schemes import Memory, Scheme
from dlt_action.core.signin.steps import Credential, Refused, Unavailable
from dlt_action.edge.auth.playing import LEAST_SECONDS, Player
from dlt_action.edge.trust import Carried

Send = Callable[[Call, float, AuthBase], Answer | Fault]

# With less time than this nothing is renewed that still holds: somebody is waiting.
HURRY_SECONDS = 5.0
# Headers that drip in are bounded by nobody: then the turn is over.
SECONDS_OVER_TIME = 3.0


class Passes:
    """The credential that all calls to one workspace share."""

    def __init__(
        self,
        scheme: Scheme,
        host: str,
        player: Callable[[], Player],
        *,
        clock: Callable[[], float],
    ) -> None:
        """
        Sign in at *host* by *scheme* when it is needed.

        Each time is played by a *player* of its own, for the one before may hang.
        *clock* tells seconds, and goes on while a machine is suspended.
        """
        self._scheme = scheme
        self._host = host
        self._player = player
        self.now = clock
        self._memory = Memory()
        self._keeping = Keeping()
        self._turn = threading.Condition()
        self._turns = 0
        self._busy_until: float | None = None  # while some thread signs in

    def get(self, within: float, *, effect: bool) -> Kept | Reply:
        """
        The credential, in about *within* seconds, or what stands for the answer.

        For a call that has an *effect* there is one that holds, or none.
        """
        until = self.now() + within
        with self._turn:
            turn = self._wait_for_turn(until, within, waits=not effect)
        if not isinstance(turn, tuple):
            return turn
        self._renew(*turn)
        with self._turn:
            kept = self._keeping.holding(self.now())
        if kept is None:
            return self._keeping.excuse
        return _TOO_LATE if effect and self._scheme.renews else kept

    def saw(self, used: Kept, call: Call, reply: Reply) -> bool:
        """Take the *reply* to a *call*; whether to sign it anew and send it again."""
        if not self._scheme.renews:
            return False
        with self._turn:
            return self._keeping.saw(used, call, reply, self.now())

    def auth(self, credential: Credential) -> AuthBase:
        """What puts *credential* on requests to the workspace, and on no others."""
        return Carried(credential.headers, self._host)

    def _wait_for_turn(
        self, until: float, within: float, *, waits: bool
    ) -> Kept | Reply | tuple[int, float]:
        """A credential, or this thread's turn to sign in: its number, and its time."""
        while True:
            now = self.now()
            kept = self._keeping.holding(now)
            due = self._keeping.to_be_renewed(now)
            busy = self._busy_until is not None and now < self._busy_until
            hurried = not waits or busy or within < HURRY_SECONDS
            if kept is not None and (hurried or not due):
                return kept
            if not busy:
                break
            if not waits or now >= until:
                return _TOO_LATE
            assert self._busy_until is not None  # noqa: S101 - it is busy
            self._turn.wait(min(until, self._busy_until) - now)
        if not due:
            return self._keeping.excuse
        # While one holds, it is not worth the time of the call.
        longest = until - now if kept is None else within / 3
        self._turns += 1
        self._busy_until = now + longest + SECONDS_OVER_TIME
        return self._turns, longest

    def _renew(self, turn: int, within: float) -> None:
        """Sign in, without keeping those waiting who have a credential."""
        asked_at = self.now()
        came: Credential | Refused | Unavailable | None = None
        try:
            flow = self._scheme.flow(self._host, self._memory)
            came = self._player().play(flow, within)
        except (Refused, Unavailable) as error:
            came = error
        finally:
            with self._turn:
                if turn == self._turns:  # else it took too long, and another's counts
                    self._busy_until = None
                    self._take(came, asked_at)
                self._turn.notify_all()

    def _take(
        self, came: Credential | Refused | Unavailable | None, asked_at: float
    ) -> None:
        match came:
            case Credential():
                self._keeping.renewed(came, asked_at)
            case Refused(problem=problem):
                self._keeping.refused(problem, self.now())
            case Unavailable():
                self._keeping.unavailable(came, self.now())
            case None:  # a bug, which goes on its way
                pass
            case _:
                assert_never(came)


_TOO_LATE = Fault(FaultKind.UNSIGNED, "it has to be signed in anew first")


class Signed:
    """An exchange whose calls carry the credential of the moment."""

    def __init__(self, send: Send, passes: Passes) -> None:
        """Send by *send*, signed by *passes*."""
        self._send = send
        self._passes = passes

    def __call__(self, call: Call, within: float) -> Reply:
        """Exchange *call* in about *within* seconds."""
        passes, effect = self._passes, call.method is not Method.GET
        until = passes.now() + within
        while True:
            kept = passes.get(until - passes.now(), effect=effect)
            if not isinstance(kept, Kept):
                return kept
            left = until - passes.now()
            if left < min(LEAST_SECONDS, within / 2):
                return Fault(FaultKind.UNSIGNED, "signing in took long")
            reply = self._send(call, left, passes.auth(kept.credential))
            # Only a read is sent a second time: what a gateway refuses in words of its
            # own may have been done all the same.
            if not passes.saw(kept, call, reply) or effect:
                return reply
