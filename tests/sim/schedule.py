"""From a seed to everything that is going to happen in a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.sim import mishaps as m
from tests.sim.agenda import Dice
from tests.sim.gates import judged
from tests.sim.mint import Tokens, tokens_of
from tests.sim.mishaps import Effect, Fate, Mishap, Weather
from tests.sim.model import Flags, Leg, Traits, Who
from tests.sim.orders import Order, order
from tests.sim.plots import Bounds, plot, traits

CALLS = ("find", "pipeline", "list", "start", "update", "events", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment: of time, around a call, or after a chain is over."""

    at: float | None = None
    call: tuple[str, int, str] | None = None  # kind, number, before | effect | after
    delay: float = 0.0  # after the call, or after the end
    whose: Who = Who.US  # end


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Somebody else who starts an update."""

    when: When
    cause: str
    flags: Flags
    legs: tuple[Leg, ...]
    tries: int = 1
    stopping: bool = False  # it is being stopped when we come
    takes_over: bool = False  # what is active completes in that moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Signals and kills."""

    when: When
    first: str = "SIGINT"  # SIGINT, SIGTERM or SIGKILL
    impatient: bool = True  # the runner goes on to SIGTERM and SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Everything that is going to happen."""

    seed: int
    order: Order
    traits: Traits
    legs: tuple[Leg, ...]
    weather: tuple[Weather, ...] = ()
    planned: dict[tuple[str, int], Fate] = field(default_factory=dict)
    share: float = 0.0
    burst: int = 1
    mishaps: tuple[Mishap, ...] = ()
    latency: tuple[float, float] = (0.05, 0.4)
    rivals: tuple[Rival, ...] = ()
    person_stops: When | None = None
    deleted: When | None = None
    leaving: Leaving | None = None
    head_start: float = 0.0  # the process began so many seconds before
    wall_jumps: tuple[tuple[float, float], ...] = ()
    outputs_break: int | None = None  # writing fails from the so many-th time on
    state_break: int | None = None
    killed_after_write: int | None = None  # of outputs or state, counted together
    post_after: float = 2.0  # seconds until the post step
    tokens: Tokens | None = None  # None: one that never ends

    @property
    def healthy(self) -> bool:
        """Whether nothing goes wrong, and nobody comes between."""
        calm = not (self.weather or self.planned or self.share or self.rivals)
        alone = self.person_stops is None and self.deleted is None
        stays = self.leaving is None and self.killed_after_write is None
        signed = self.tokens is None or self.tokens.calm
        return calm and alone and stays and signed and self.latency[1] < 1.0


def draw(seed: int) -> Schedule:
    """What *seed* stands for."""
    found, tokens = _drawn(seed), tokens_of(seed)
    asked = judged(seed, found.order, continuous=found.traits.continuous)
    found = replace(found, order=asked)
    if tokens is None:
        return found
    leaving = found.leaving
    if tokens.leaves is not None or tokens.leaves_at is not None:
        first = ("SIGINT", "SIGTERM", "SIGINT", "SIGKILL")[seed % 4]
        when = When(at=tokens.leaves_at, call=tokens.leaves)
        leaving = Leaving(when=when, first=first)
    return replace(found, tokens=tokens, leaving=leaving)


def _drawn(seed: int) -> Schedule:
    dice = Dice(seed)
    continuous = dice.often(0.04)
    asked = order(dice, continuous=continuous)
    place = traits(dice, continuous=continuous)
    bounds = Bounds(
        restarts=_restarts(asked, place),
        grace=asked.restart_grace,
        lag=place.list_lag,
        longest=asked.timeout * 1.5,
        endless=dice.often(0.5 if continuous else 0.05),
    )
    legs = plot(dice, bounds)
    faulty = _faults(dice, asked)
    rivals = _rivals(dice, asked, place)
    if not asked.theirs and dice.often(0.025):
        rivals = (_twin(dice, asked),)
        late = Fate(m.BY_NAME["read timeout"], Effect.LATE, dice.between(4.0, 18.0))
        faulty.planned[("start", 1)] = late
    slow = dice.often(0.04)
    return Schedule(
        seed=seed,
        order=asked,
        traits=place,
        legs=legs,
        weather=faulty.weather,
        planned=faulty.planned,
        share=faulty.share,
        burst=faulty.burst,
        mishaps=faulty.mishaps,
        latency=(0.5, 12.0) if slow else (0.05, 0.4),
        rivals=rivals,
        person_stops=_sometime(dice, legs) if dice.often(0.06) else None,
        deleted=_sometime(dice, legs) if dice.often(0.02) else None,
        leaving=_leaving(dice, legs) if dice.often(0.42) else None,
        head_start=dice.one_of((0.0, 0.0, 3.0, 400.0, 400.0, 400.0)),
        wall_jumps=((dice.between(0, 60), dice.between(-9e4, 9e4)),)
        if dice.often(0.05)
        else (),
        outputs_break=dice.number(0, 4) if dice.often(0.02) else None,
        state_break=dice.number(0, 3) if dice.often(0.02) else None,
        killed_after_write=dice.number(1, 8) if dice.often(0.03) else None,
        post_after=dice.between(0.5, 40.0),
    )


def _restarts(asked: Order, place: Traits) -> int:
    if asked.flags.validate_only or asked.development:
        return 0
    return 5 if place.retries is None else place.retries


@dataclass(slots=True)
class _Faults:
    weather: tuple[Weather, ...] = ()
    planned: dict[tuple[str, int], Fate] = field(default_factory=dict)
    share: float = 0.0
    burst: int = 1
    mishaps: tuple[Mishap, ...] = ()


def _faults(dice: Dice, asked: Order) -> _Faults:
    found = _Faults()
    if dice.often(0.15):
        return found
    if dice.often(0.55):
        found.share = dice.one_of((0.02, 0.05, 0.15, 0.4))
        found.burst = dice.one_of((1, 1, 3, 8))
        found.mishaps = _kinds(dice)
    if dice.often(0.45):
        found.planned[("start", 1)] = _of_start(dice)
    if dice.often(0.15):
        for number in range(1, dice.number(2, 4)):
            found.planned[("stop", number)] = _of_any(dice, "stop")
    if dice.often(0.1):
        kind, number = dice.one_of(CALLS), dice.number(1, 3)
        found.planned.setdefault((kind, number), _of_any(dice, kind))
    if dice.often(0.2):
        found.weather = tuple(
            _storm(dice, asked) for _ in range(dice.one_of((1, 1, 1, 2)))
        )
    return found


def _kinds(dice: Dice) -> tuple[Mishap, ...]:
    families = (m.UNSENT, m.LOST, m.GARBLED, m.BROKEN, m.THROTTLES)
    if dice.often(0.5):
        return dice.one_of(families)
    return sum(families, ())


def _of_start(dice: Dice) -> Fate:
    kind = dice.random()
    if kind < 0.12:
        return Fate(dice.one_of((*m.UNSENT, *m.THROTTLES, *m.HOPELESS, *m.REFUSALS)))
    return _of_any(dice, "start")


def _of_any(dice: Dice, kind: str) -> Fate:
    changes = kind in ("start", "stop")
    return m.fate_of(dice, dice.one_of(m.AMBIGUOUS if changes else m.ALL), kind)


def _storm(dice: Dice, asked: Order) -> Weather:
    since = 0.0 if dice.often(0.15) else dice.between(0.0, 90.0)
    grace = asked.outage_grace
    lasts = dice.one_of((dice.between(1.0, 40.0), dice.between(20.0, grace * 1.6)))
    family = dice.random()
    kinds: frozenset[str] = frozenset()
    if family < 0.3:
        names = dice.one_of((m.UNSENT, m.LOST, m.BROKEN, m.GARBLED, m.HOPELESS))
    elif family < 0.55:
        names, lasts = m.THROTTLES, dice.one_of((lasts, 900.0, 1e9))
    elif family < 0.75:
        names = (dice.one_of(m.REFUSALS),)
        lasts = dice.one_of((2.0, lasts, 1e9))
    else:
        names = _kinds(dice)
        kinds = frozenset({dice.one_of(("list", "pipeline", "update", "events"))})
    if dice.often(0.2):
        kinds = frozenset({dice.one_of(("events", "stop", "list", "pipeline"))})
    return Weather(since, since + lasts, names, kinds)


def _sometime(dice: Dice, legs: tuple[Leg, ...]) -> When:
    length = sum(min(seconds, 600.0) for leg in legs for _, seconds in leg.steps)
    return When(at=dice.between(0.0, length * 1.2 + 5.0))


def _rivals(dice: Dice, asked: Order, place: Traits) -> tuple[Rival, ...]:
    if asked.theirs:
        return (_rival(dice, place, Flags(), When(at=-1.0)),)
    if not dice.often(0.35):
        return ()
    kind = dice.random()
    if kind < 0.3:
        when = When(at=-1.0)  # before we come
    elif kind < 0.45:
        when = When(call=("start", 1, "before"))
    elif kind < 0.75:
        when = When(call=("start", 1, "before"), delay=dice.between(0.0, 70.0))
    elif kind < 0.87:
        when = When(delay=dice.between(0.05, 20.0))  # after ours is over
    elif kind < 0.92:
        when = When(call=("stop", 1, "before"))  # just as ours ends
    else:
        when = When(at=dice.between(0.0, 200.0))
    flags = asked.flags if dice.often(0.7) else Flags(full_refresh=dice.often(0.5))
    first = _rival(dice, place, flags, when)
    if dice.often(0.75):
        return (first,)
    whose = dice.one_of((Who.US, Who.OTHER))
    later = When(
        delay=dice.between(0.02, 20.0 if whose is Who.US else 4.0), whose=whose
    )
    return (first, _rival(dice, place, asked.flags, later))


def _twin(dice: Dice, asked: Order) -> Rival:
    """One that looks like ours, and is over before ours begins."""
    length = dice.between(0.2, 2.5)
    return Rival(
        when=When(call=("start", 1, "before"), delay=dice.between(0.0, 1.0)),
        cause="API_CALL",
        flags=asked.flags,
        legs=(Leg(steps=(('"RUNNING"', length),), end="COMPLETED"),),
    )


def _rival(dice: Dice, place: Traits, flags: Flags, when: When) -> Rival:
    most = 5 if place.retries is None else place.retries
    bounds = Bounds(
        lag=place.list_lag, longest=240.0, restarts=0 if flags.validate_only else most
    )
    causes = ("API_CALL", "API_CALL", "USER_ACTION", "JOB_TASK", "SOMETHING_NEW")
    return Rival(
        when=when,
        cause=dice.one_of(causes),
        flags=flags,
        legs=plot(dice, bounds),
        tries=dice.one_of((1, 1, 4)),
        stopping=dice.often(0.15),
        takes_over=when.call is not None and when.call[0] == "stop",
    )


def _leaving(dice: Dice, legs: tuple[Leg, ...]) -> Leaving:
    first = dice.one_of(("SIGINT",) * 6 + ("SIGTERM", "SIGTERM", "SIGKILL", "SIGKILL"))
    if dice.often(0.5):
        kind = dice.one_of((*CALLS, "start", "start", "update"))
        number = dice.number(1, 12) if kind in ("update", "events") else 1
        call = (kind, number, dice.one_of(("before", "effect", "after")))
        return Leaving(when=When(call=call), first=first, impatient=dice.often(0.8))
    return Leaving(when=_sometime(dice, legs), first=first, impatient=dice.often(0.8))
