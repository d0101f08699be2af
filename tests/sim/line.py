"""The line to the model workspace, in virtual time: faults, signals, kills."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Ticket
from tests.sim.agenda import Agenda, Dice
from tests.sim.doors import Doors, kind_of
from tests.sim.mishaps import Effect, Fate, Lasts, Mishap, Weather, fate_of
from tests.sim.model import PIPELINE, Update
from tests.sim.world import World

CONNECTING_SECONDS = 5.0
READING_SECONDS = 20.0
MOST_TURNS = 20_000


class Killed(BaseException):
    """The process was killed; nothing that it does may catch this."""


class Runaway(BaseException):
    """The program does not end, or asks without end."""


@dataclass(eq=False, slots=True)
class Sent:
    """A call, and what came of it on either side."""

    at: float
    kind: str
    within: float
    fate: Fate | None
    did: float | None = None  # when the workspace acted
    update: Update | None = None  # that this start started
    active: Update | None = None  # at that time
    shown: str | None = None  # the newest update, which is active, by this answer
    newest: str | None = None  # the newest update by this answer
    came: float | None = None  # when the answer was delivered
    reply: Reply | None = None
    left: float | None = None  # when it was sent, once it was signed
    token: str = ""  # that it was signed with
    again: bool = False  # the same call, signed anew

    @property
    def good(self) -> bool:
        """Whether the workspace's own answer came in time."""
        return self.fate is None and self.came is not None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the client cannot know that nothing was executed."""
        if self.came is None or self.came > self.at + self.within:
            return True
        if self.fate is not None:
            return not self.fate.mishap.proof
        return not isinstance(self.reply, Answer) or self.reply.status < 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What the network and the people around are going to do."""

    low: float = 0.05  # latency
    high: float = 0.4
    share: float = 0.0  # of the calls goes wrong by chance
    burst: int = 1
    mishaps: tuple[Mishap, ...] = ()
    weather: tuple[Weather, ...] = ()
    planned: dict[tuple[str, int], Fate] = field(default_factory=dict)
    hooks: dict[tuple[str, int, str], Callable[[], None]] = field(default_factory=dict)


class Through(Protocol):
    """Something that a reply is taken through on its way to the client."""

    def __call__(self, call: Call, reply: Reply, within: float) -> Reply:
        """The reply as the client sees it."""


class SimLine:
    """See `dlt_action.edge.line.Line`."""

    def __init__(self, agenda: Agenda, doors: Doors, mood: Mood, dice: Dice) -> None:
        self.agenda = agenda
        self.doors = doors
        self.mood = mood
        self.dice = dice
        self.sent: list[Sent] = []
        self.signals: list[tuple[float, Why]] = []
        self.before_turn: Callable[[], None] = lambda: None
        self.note: Callable[[str], None] | None = None
        self.through: Through | None = None
        self.latest = inf  # nobody may still be there then
        self._turns = 0
        self._inbox: deque[Arrival] = deque()
        self._counts: dict[str, int] = {}
        self._burst: dict[str, int] = {}

    @property
    def world(self) -> World:
        return self.doors.world

    def now(self) -> float:
        """See `Line`."""
        return self.agenda.now

    def wait(self, until: float) -> Arrival | None:
        """See `Line`."""
        assert until < inf, "nobody would ever wake up"
        if until > self.agenda.now:  # a look at what is there takes no time
            self.before_turn()
        self._turns += 1
        if self.agenda.now > self.latest or self._turns > MOST_TURNS:
            raise Runaway
        while not self._inbox:
            if not self.agenda.step(until):
                return None
        return self._inbox.popleft()

    def interrupt(self, why: Why) -> None:
        """A signal comes."""
        if self.note is not None:
            self.note(f"{why.name} comes")
        self.signals.append((self.agenda.now, why))
        self._inbox.append(Interrupted(why))

    def forget(self) -> None:
        """What came for a process that is gone is read by nobody."""
        self._inbox.clear()

    def end(self) -> None:
        """The process has ended."""

    def kill(self) -> None:
        """The process is killed where it waits."""
        raise Killed

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self.before_turn()
        now, kind = self.agenda.now, kind_of(call)
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        self._hook(kind, number, "before")
        fate = self._fate(kind, number, now)
        sent = Sent(now, kind, within, fate)
        self.sent.append(sent)
        ticket = Ticket(len(self.sent))
        if self.note is not None:
            bad = f" !! {fate.mishap.name}, {fate.effect.value}" if fate else ""
            self.note(f"-> {kind} {number} (within {within:.1f}){bad}")

        def give(reply: Reply) -> None:
            self._inbox.append(Arrived(ticket, reply))

        self._exchange(call, sent, (kind, number), give)
        return ticket

    def _exchange(
        self,
        call: Call,
        sent: Sent,
        key: tuple[str, int],
        give: Callable[[Reply], None],
    ) -> None:
        """Let what is going to happen to *call* happen; *give* is told the reply."""
        now, fate = self.agenda.now, sent.fate
        latency = self.dice.between(self.mood.low, self.mood.high)
        if fate is None:
            self._act(call, sent, now + latency * 0.6, key)
            self._deliver(call, sent, now + latency, give)
            return
        if fate.effect is not Effect.NEVER:
            late = fate.late_by if fate.effect is Effect.LATE else latency * 0.6
            self._act(call, sent, now + late, key)
        within = sent.within - (now - sent.at)
        self._deliver(call, sent, now + lasts(fate, within, latency), give)

    def refuses(self, sent: Sent) -> bool:
        """Whether the workspace does not do what it was sent, whoever it may be."""
        del sent
        return False

    def _act(self, call: Call, sent: Sent, when: float, key: tuple[str, int]) -> None:
        def act() -> None:
            if self.refuses(sent):
                return
            world, before = self.world, len(self.doors.started)
            sent.active = world.active
            sent.reply = self.doors.handle(call)
            sent.did = self.agenda.now
            if len(self.doors.started) > before:
                sent.update = self.doors.started[-1]
            if sent.kind == "pipeline" and sent.fate is None:
                newest = self.doors.newest()
                sent.newest = None if newest is None else newest.update_id
                if newest is sent.active:
                    sent.shown = sent.newest
            self._hook(*key, "effect")

        self.agenda.at(when, act)

    def _deliver(
        self, call: Call, sent: Sent, when: float, give: Callable[[Reply], None]
    ) -> None:
        key = (sent.kind, self._counts[sent.kind], "after")

        def deliver() -> None:
            sent.came = self.agenda.now
            reply = self._reply(sent)
            if self.through is not None:
                reply = self.through(call, reply, sent.within)
            sent.reply = reply
            if self.note is not None:
                self.note(f"<- {sent.kind}: {_shown(reply)}")
            give(reply)
            self._hook(*key)

        self.agenda.at(when, deliver)

    def _reply(self, sent: Sent) -> Reply:
        if sent.fate is None:
            assert sent.reply is not None
            return sent.reply
        should = sent.reply.body if isinstance(sent.reply, Answer) else b""
        return sent.fate.mishap.reply(should if should else _STRANGE)

    def _hook(self, kind: str, number: int, moment: str) -> None:
        hook = self.mood.hooks.get((kind, number, moment))
        if hook is not None:
            hook()

    def _fate(self, kind: str, number: int, now: float) -> Fate | None:
        mood, dice = self.mood, self.dice
        planned = mood.planned.get((kind, number))
        if planned is not None:
            return planned
        for weather in mood.weather:
            if weather.hits(kind, now):
                return fate_of(dice, dice.one_of(weather.mishaps), kind)
        left = self._burst.get(kind, 0)
        if left == 0 and not dice.often(mood.share):
            return None
        self._burst[kind] = left - 1 if left else dice.number(0, mood.burst - 1)
        return fate_of(dice, dice.one_of(mood.mishaps), kind)


# What a workspace that did nothing cannot have answered, under a mishap that needs it.
_STRANGE = b'{"update_id":"u999-none","pipeline_id":"' + PIPELINE.encode() + b'"}'


def lasts(fate: Fate, within: float, latency: float) -> float:
    """How long it takes until the client has what it gets."""
    match fate.mishap.lasts:
        case Lasts.LATENCY:
            return latency
        case Lasts.CONNECTING:
            return min(CONNECTING_SECONDS, within)
        case Lasts.READING:
            return min(READING_SECONDS, within)
        case Lasts.WHOLE:
            return within
        case Lasts.EVER:
            return inf


def _shown(reply: Reply) -> str:
    if isinstance(reply, Fault):
        return FaultKind(reply.kind).name
    assert isinstance(reply, Answer)
    return f"{reply.status} {reply.body[:160]!r}"
