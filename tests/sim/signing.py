"""
The line of a run that signs in: the program's own sign-in, over the model's mint.

A call is signed on a thread of its own (`turns`), and leaves when it is signed, if it
is. One that never left is kept as well, with a mishap that proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import cast

import requests
from requests.auth import AuthBase

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.signin.steps import Ask, Text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Passes, Signed
from dlt_action.edge.line import Arrived, Ticket
from tests.sim.agenda import Agenda, Dice
from tests.sim.doors import Doors, kind_of
from tests.sim.line import Mood, Sent, SimLine, lasts
from tests.sim.mint import Asked, Mint, Tokens
from tests.sim.mint import kind_of as ask_kind
from tests.sim.mishaps import Fate, Lasts, Mishap
from tests.sim.orders import HOST
from tests.sim.turns import Threads, Turnstile

A_MOMENT = 0.001


def no_file(_: str) -> Text:
    """There are no files."""
    return Text(cause="there are no files")


class _Passes(Passes):
    """The program's own, whose one wait takes virtual time."""

    def __init__(self, player: Player, tokens: Tokens, threads: Threads) -> None:
        super().__init__(tokens.scheme, HOST, lambda: player, clock=player.clock)
        self._turn = Turnstile(threads)


class SigningLine(SimLine):
    """A line whose calls are signed."""

    def __init__(
        self, agenda: Agenda, doors: Doors, mood: Mood, dice: Dice, mint: Mint
    ) -> None:
        super().__init__(agenda, doors, mood, dice)
        self.mint = mint
        self.hidden: set[str] = set()
        self.bugs: list[str] = []  # that a thread met
        self.processes: list[float] = []  # when each began
        self._tickets = 0
        self._begin()

    def _begin(self) -> None:
        """A process begins, which knows no token."""
        self.processes.append(self.agenda.now)
        self._threads = Threads(self.now, self.agenda.at)
        player = Player(
            ask=self._ask, hide=self.hidden.add, read=no_file, clock=self.now
        )
        self._passes = _Passes(player, self.mint.tokens, self._threads)

    def end(self) -> None:
        """The process ends."""
        self._threads.end()

    def forget(self) -> None:
        """See `SimLine`; the next process begins."""
        super().forget()
        self.end()
        self._begin()

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self.before_turn()
        sent = Sent(self.agenda.now, kind_of(call), within, None)
        self.sent.append(sent)
        self._tickets += 1
        ticket = Ticket(self._tickets)
        sign = Signed(partial(self._leave, sent), self._passes)

        def work() -> None:
            try:
                reply = sign(call, within)
            except Exception as error:  # noqa: BLE001 - as the real line does
                self.bugs.append(f"{type(error).__name__} while signing: {error}")
                reply = Fault(FaultKind.BROKEN, type(error).__name__)
            if sent.left is None:
                self._threads.sleep(A_MOMENT)  # even what is known takes one
                self._stayed(sent, reply)
            self._inbox.append(Arrived(ticket, reply))

        self._threads.run(work)
        return ticket

    def _leave(
        self, sent: Sent, call: Call, within: float, auth: AuthBase
    ) -> Answer | Fault:
        if sent.left is not None:  # it is sent again, signed anew
            sent = Sent(self.agenda.now, sent.kind, within, None, again=True)
            self.sent.append(sent)
        bearer = SimpleNamespace(url=HOST + call.path, headers={})
        auth(cast("requests.PreparedRequest", bearer))
        sent.token = bearer.headers["Authorization"].removeprefix("Bearer ")
        sent.left = self.agenda.now
        if sent.token not in self.hidden:
            self.bugs.append(f"{sent.token} is used before it is hidden")
        number = self._counts[sent.kind] = self._counts.get(sent.kind, 0) + 1
        self._hook(sent.kind, number, "before")
        sent.fate = self._fate(sent.kind, number, sent.left)
        if self.note is not None:
            bad = f" !! {sent.fate.mishap.name}" if sent.fate else ""
            self.note(f"-> {sent.kind} {number} with {sent.token}{bad}")
        came: list[Reply] = []

        def begin(wake: Callable[[], None]) -> None:
            def give(reply: Reply) -> None:
                came.append(reply)
                wake()

            self._exchange(call, sent, (sent.kind, number), give)

        self._threads.wait(begin)
        reply = came[0]
        assert isinstance(reply, Answer | Fault)
        return reply

    def refuses(self, sent: Sent) -> bool:
        """See `SimLine`: who has no good token, or may not."""
        refusal = self.mint.refusal(sent.token)
        if refusal is None:
            return False
        if sent.fate is None:
            sent.fate = Fate(refusal)
        return True

    def _stayed(self, sent: Sent, reply: Reply) -> None:
        """A call never left."""
        throttles = isinstance(reply, Answer) and reply.status == 429
        never = Mishap("unsigned", lambda _: reply, proof=True, throttles=throttles)
        sent.fate, sent.reply, sent.came = Fate(never), reply, self.agenda.now
        if self.note is not None:
            self.note(f"<- {sent.kind} never left: {reply}")

    def _ask(self, ask: Ask, within: float) -> Reply:
        kind = ask_kind(ask)
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        self._hook(kind, number, "before")
        asked = self.mint.ask(ask)
        if self.note is not None:
            bad = f" !! {asked.fate.mishap.name}" if asked.fate else ""
            self.note(f"=> {asked.kind}{bad}")
        self._threads.sleep(self._seconds(asked, within))
        asked.came = self.agenda.now
        self._hook(kind, number, "after")
        return asked.reply

    def _seconds(self, asked: Asked, within: float) -> float:
        dice = self.mint.dice
        latency = dice.between(self.mood.low, min(self.mood.high, within))
        if asked.fate is None:
            return latency
        # The sender bounds each request of a sign-in.
        ever = asked.fate.mishap.lasts is Lasts.EVER
        return within if ever else lasts(asked.fate, within, latency)
