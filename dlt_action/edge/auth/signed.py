"""
Signing calls with the credential of the moment.

Calls run on several threads and share one credential. It is renewed on the thread of
the call that needs it, by one at a time; a call that has a credential which still
holds never waits for that, and one in a hurry does not renew what holds. The loop
waits for neither.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import assert_never

from requests.auth import AuthBase

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.signin.keeping import Keeping, Kept
from dlt_action.core.signin.schemes import Memory, Scheme
from dlt_action.core.signin.steps import Credential, Refused, Unavailable
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.trust import Carried

Send = Callable[[Call, float, AuthBase], Answer | Fault]

# With less time than this nothing is renewed that still holds: somebody is waiting.
HURRY_SECONDS = 5.0
LEAST_SECONDS = 0.5


class Passes:
    """The credential that all calls to one workspace share."""

    def __init__(self, scheme: Scheme, host: str, player: Player) -> None:
        """Sign in at *host* by *scheme* when it is needed; *player* does it."""
        self._scheme = scheme
        self._host = host
        self._player = player
        self._memory = Memory()
        self._keeping = Keeping()
        self._turn = threading.Condition()
        self._busy = False  # some thread signs in

    def get(self, within: float, *, quick: bool) -> Kept | Reply:
        """
        The credential, in about *within* seconds, or what stands for the answer.

        Who is *quick* has one that holds, or learns that one had to be made first.
        """
        with self._turn:
            until = self.now() + within
            while True:
                now = self.now()
                holding = self._keeping.holding(now)
                due = self._keeping.to_be_renewed(now)
                hurried = quick or self._busy or within < HURRY_SECONDS
                if holding is not None and (hurried or not due):
                    return holding
                if not self._busy:
                    break
                if not self._turn.wait(max(until - now, 0.0)):
                    return Fault(FaultKind.UNSIGNED, "signing in takes long")
            if not due:
                return self._keeping.excuse
            self._busy = True
        self._renew(until - self.now())
        with self._turn:
            held = self._keeping.holding(self.now())
            if held is not None and quick and self._scheme.renews:
                return Fault(FaultKind.UNSIGNED, "the sign-in had to be renewed first")
            return self._keeping.excuse if held is None else held

    def judge(self, used: Kept, call: Call, reply: Reply) -> Reply:
        """Take the *reply* to a *call* that *used* has signed; what it comes to."""
        if not self._scheme.renews:
            return reply
        with self._turn:
            return self._keeping.judge(used, call, reply)

    def auth(self, credential: Credential) -> AuthBase:
        """What puts *credential* on requests to the workspace, and on no others."""
        return Carried(credential.headers, self._host)

    def _renew(self, within: float) -> None:
        """Sign in, without keeping those waiting who have a credential."""
        asked_at = self.now()
        came: Credential | Refused | Unavailable | None = None
        try:
            flow = self._scheme.flow(self._host, self._memory)
            came = self._player.play(flow, within)
        except (Refused, Unavailable) as error:
            came = error
        finally:
            with self._turn:
                self._take(came, asked_at)
                self._busy = False
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

    def now(self) -> float:
        """Seconds, by the clock of its life."""
        return self._player.clock()


class Signed:
    """An exchange whose calls carry the credential of the moment."""

    def __init__(self, send: Send, passes: Passes) -> None:
        """Send by *send*, signed by *passes*."""
        self._send = send
        self._passes = passes

    def __call__(self, call: Call, within: float) -> Reply:
        """Exchange *call* in about *within* seconds."""
        passes, began = self._passes, self._passes.now()
        # What must not be sent twice is not sent late either: when somebody may have
        # given it up meanwhile, it is decided on anew.
        kept = passes.get(within, quick=call.fresh)
        if not isinstance(kept, Kept):
            return kept
        left = within - (passes.now() - began)
        if left < min(LEAST_SECONDS, within / 2):
            return Fault(FaultKind.UNSIGNED, "signing in took long")
        reply = self._send(call, left, passes.auth(kept.credential))
        return passes.judge(kept, call, reply)
