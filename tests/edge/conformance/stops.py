"""Rows of the stop: after a proof, twice at most, and told as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from dlt_action.core.model import Attribution
from tests.edge.conformance import broken, said
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Manners
from tests.edge.conformance.broken import NO_ANSWER, UNSENT
from tests.edge.conformance.faults import Door, Fault, Planned, Proof, after, named
from tests.edge.conformance.reads import (
    COME_BACK,
    EXPIRED,
    MANY,
    MOVED,
    REFUSED_CONNECTION,
    RESET,
    SLOW_DOWN,
    by_name,
)
from tests.edge.conformance.said import BUSY, REFUSED, asks_to_wait
from tests.edge.conformance.starts import DEAF, LOST
from tests.edge.conformance.table import Row

TIMEOUT = 1.0  # when the run has to leave: before it would look again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a reason to leave makes of the stop."""

    came: str
    pause: float  # between two looks
    shows_in: float  # the time that a stop which may have arrived has to show
    limit: float  # the time until we are gone
    longest_call: float
    settles: bool  # whether there is time for the log
    name: str = ""


LATE = Leaving(
    came="timed-out",
    pause=3.0,
    shows_in=10.0,
    limit=180.0,
    longest_call=30.0,
    settles=True,
)
SIGNALLED = Leaving(
    came="interrupted",
    pause=1.0,
    shows_in=1.5,
    limit=5.5,
    longest_call=2.0,
    settles=False,
    name="-after-a-signal",
)


@dataclass(slots=True)
class Scene:
    """What has to happen from the moment on in which we have to leave."""

    leaving: Leaving
    proofs: list[Planned]
    stops: list[Planned]
    seen: Counter[Kind] = field(default_factory=Counter)
    unseen: Counter[Kind] = field(default_factory=Counter)
    pauses: list[float] = field(default_factory=list)
    now: float = 0.0
    due: float = 0.0
    quiet_until: float = 0.0
    sends: int = 0
    effects: int = 0
    accepted: bool = False

    def plays(self) -> None:
        """Play to the end."""
        leaving = self.leaving
        while self.now < leaving.limit:
            if not self.accepted and self.sends < 2 and self.now >= self.due:
                self._ask()
            if self.now >= leaving.limit:
                return
            self._breathes()
            self.seen.update((Kind.LOOK, Kind.LOG))
            if self.effects:
                self._ends()
                return
            pause = min(leaving.pause, leaving.limit - self.now)
            self.pauses.append(round(pause, 3))
            self.now += pause

    def _breathes(self) -> None:
        """Who asked us to slow down is not asked something else at once."""
        rest = self.quiet_until - self.now
        if rest > 0 and self.leaving is LATE:
            self.pauses.append(rest)
            self.now += rest

    def _ask(self) -> None:
        if self._meets(Kind.FIND, self.proofs) is not None:
            return
        met = self._meets(Kind.STOP, self.stops)
        if met is None:
            self.accepted, self.effects = True, 1
            return
        self.effects += met.effect
        fault = met.fault
        if fault.proof in (Proof.LOST, Proof.REFUSED):
            self.sends += 1
            self.due = self.now + self.leaving.shows_in
        else:
            self.due = self.now + (0.0 if fault.hint is None else fault.hint)

    def _meets(self, kind: Kind, plan: list[Planned]) -> Planned | None:
        met = plan.pop(0) if plan else None
        where = self.seen if met is None or met.fault.seen else self.unseen
        where[kind] += 1
        if met is not None and met.fault.proof is Proof.THROTTLED:
            self.quiet_until = self.now + 1.0
        if met is not None and met.fault.abandoned:
            self.now += self.leaving.longest_call
        return met

    def _ends(self) -> None:
        if self.leaving.settles:
            self.pauses.append(1.0)
            self.seen[Kind.LOG] += 1
        self.seen[Kind.LOOK] += 1


def row(
    stops: Sequence[Planned],
    leaving: Leaving = LATE,
    *,
    proofs: Sequence[Planned] = (),
) -> Row:
    """A row of an update that runs until it is stopped."""
    scene = Scene(leaving, list(proofs), list(stops))
    scene.plays()
    before = {Kind.LIST: 1, Kind.START: 1, Kind.LOOK: 1, Kind.LOG: 1}
    on = Kind.FIND if proofs else Kind.STOP
    late = leaving is LATE
    return Row(
        on=Kind.STOP,
        name=("proof-" if proofs else "") + named((*proofs, *stops)) + leaving.name,
        plan={on: (*proofs, *stops)},
        came=leaving.came,
        seen=Counter(before) + scene.seen,
        unseen=scene.unseen,
        pauses=(TIMEOUT, *scene.pauses),
        stops=scene.effects,
        attribution=Attribution.CONFIRMED,
        manners=Manners(started="RUNNING"),
        timeout=TIMEOUT if late else 10_000.0,
        signal_at=None if late else TIMEOUT,
    )


def singles() -> Iterator[Row]:
    """Every fault of the stop and of its proof alone."""
    for fault in (*broken.COMMON, *said.COMMON):
        yield row((Planned(fault),), SIGNALLED)
        if not fault.stalls:
            yield row((), SIGNALLED, proofs=(Planned(fault),))
    for fault in (*NO_ANSWER, *UNSENT, *said.COMMON):
        yield row((Planned(fault),))
    for fault in LOST:
        if fault.door is Door.PLAIN and fault not in DEAF:
            yield row((after(fault),))


def sequences() -> Iterator[Row]:
    """Two that may arrive, and as many as it takes that do not."""
    lost = (RESET, COME_BACK, by_name(REFUSED, "403"))
    unsent = (REFUSED_CONNECTION, MANY, SLOW_DOWN, EXPIRED, MOVED)
    for one, two in product(lost, repeat=2):
        yield row((Planned(one), Planned(two)), SIGNALLED)
        yield row((Planned(one), after(two)), SIGNALLED)
        yield row((Planned(one), after(two)))
    for one in unsent:
        for two in (*unsent, RESET):
            yield row((Planned(one), Planned(two)))
        yield row((Planned(one), after(RESET)))
    for fault in unsent:
        yield row((Planned(fault),) * 3)
        yield row((Planned(fault), Planned(RESET), Planned(fault), after(RESET)))
    # A third time it is not sent, however much time is left.
    yield row((Planned(RESET), Planned(RESET)))


def hinted() -> Iterator[Row]:
    """How long a stop that is put off is put off."""
    for fault in asks_to_wait(429):
        if fault.hint is None or fault.hint < LATE.limit:
            yield row((Planned(fault),))


def proofs(fault: Fault, times: int) -> Row:
    """A row in which it is never proven that ours is the active update."""
    return row((), proofs=(Planned(fault),) * times)


def rows() -> Iterator[Row]:
    """All of them."""
    yield from singles()
    yield from sequences()
    yield from hinted()
    # Every 3 s for 180 s: no stop is sent without a proof.
    yield proofs(by_name(BUSY, "503"), 60)
