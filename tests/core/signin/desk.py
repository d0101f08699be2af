"""One credential for calls that come at times that a test tells, from one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dlt_action.core.calls import Call, Method
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply, SignInProblem
from dlt_action.core.signin.keeping import Keeping, Kept
from dlt_action.core.signin.steps import Ask, Credential, Unavailable
from tests.core.signin.replies import answer

BEGAN = 1_000.0  # monotonic clocks do not begin at 0
READ = Call(what="read the update", method=Method.GET, path="/u")
EVENTS = Call(what="read the event log", method=Method.GET, path="/e")
STOP = Call(what="stop the update", method=Method.POST, path="/s")

ASK = Ask(what="get a token", method=Method.POST, url="https://token.test/t")
PROBLEM = SignInProblem(what="The secret is wrong.", advice="Make a new one.")
GOOD = answer(200, {})
AWAY = Unavailable(ASK, Fault(FaultKind.UNCONNECTED))

SignedIn: TypeAlias = Credential | SignInProblem | Unavailable


def living(seconds: float) -> Credential:
    """A credential that lives for so long."""
    return Credential(headers=(("Authorization", "Bearer x"),), seconds=seconds)


def denied(status: int) -> Answer:
    """What a workspace says of a dead token."""
    return answer(status, {"error_code": status, "message": "Invalid access token."})


def in_turn(*came: SignedIn) -> Callable[[float], SignedIn]:
    """Signs in with these outcomes, one after the other."""
    rest = iter(came)
    return lambda _: next(rest)


class Desk:
    """Signs calls as the edge does, without its threads."""

    def __init__(
        self,
        sign_in: Callable[[float], SignedIn],
        workspace: Callable[[Call, Kept], Reply] = lambda _, __: GOOD,
    ) -> None:
        """Ask *sign_in* for credentials, and *workspace* what the calls are for."""
        self.keeping = Keeping()
        self.now = BEGAN
        self.flows: list[float] = []  # when somebody was asked to sign us in
        self._sign_in = sign_in
        self._workspace = workspace

    def call(self, call: Call = READ, *, after: float = 0.0) -> Reply:
        """What *call* comes to, so many seconds later."""
        self.now += after
        while True:
            held = self._credential()
            if held is None:
                return self.keeping.excuse
            reply = self._workspace(call, held)
            again = self.keeping.saw(held, call, reply, self.now)
            if not again or call.method is not Method.GET:
                return reply

    def _credential(self) -> Kept | None:
        if self.keeping.to_be_renewed(self.now):
            self.flows.append(self.now)
            self._take(self._sign_in(self.now))
        return self.keeping.holding(self.now)

    def _take(self, came: SignedIn) -> None:
        match came:
            case Credential():
                self.keeping.renewed(came, self.now)
            case SignInProblem():
                self.keeping.refused(came, self.now)
            case Unavailable():
                self.keeping.unavailable(came, self.now)
