"""From a seed to everything that is going to happen in a run of the fleet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.sim import mishaps as m
from tests.sim.agenda import Dice
from tests.sim.fleet.orders import FleetOrder, order
from tests.sim.fleet.plots import RunPlot, of_a_job, one_time
from tests.sim.mishaps import Fate, Mishap, Weather
from tests.sim.model import Flags, Leg, Traits
from tests.sim.plots import Bounds, plot, traits
from tests.sim.schedule import Leaving, Rival, When

LONGEST = 400.0  # seconds of an update: several cost several times as much
READS = ("pipeline", "list", "update", "events", "run")
BY_RUN = ("job", "list", "start", "run", "events", "update", "cancel", "output")
BY_UPDATE = ("pipeline", "list", "start", "update", "events", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody else's job run on one of the pipelines."""

    when: When
    plot: RunPlot


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSchedule:
    """Everything that is going to happen."""

    seed: int
    order: FleetOrder
    traits: tuple[Traits, ...]  # of each pipeline
    legs: tuple[tuple[Leg, ...], ...]  # of updates that are started as such
    runs: tuple[RunPlot, ...]  # of ours: of each pipeline, or the one of the job
    weather: tuple[Weather, ...] = ()
    local: tuple[tuple[int, Weather], ...] = ()  # for calls about one pipeline only
    planned: dict[tuple[str, int], Fate] = field(default_factory=dict)
    share: float = 0.0
    burst: int = 1
    mishaps: tuple[Mishap, ...] = ()
    latency: tuple[float, float] = (0.05, 0.4)
    rivals: tuple[tuple[int, Rival], ...] = ()
    strangers: tuple[Stranger, ...] = ()
    person_stops: tuple[int, When] | None = None
    person_cancels: When | None = None
    deleted: tuple[int, When] | None = None
    leaving: Leaving | None = None
    head_start: float = 0.0
    outputs_break: int | None = None
    state_break: int | None = None
    killed_after_write: int | None = None
    post_after: float = 2.0

    @property
    def alone(self) -> bool:
        """Whether nobody comes between."""
        people = self.person_stops, self.person_cancels, self.deleted, self.leaving
        killed = self.killed_after_write is not None
        return not (self.rivals or self.strangers or any(people) or killed)

    @property
    def calm(self) -> bool:
        """Whether all calls but those about one pipeline are answered well."""
        faulty = self.weather or self.planned or self.share
        broken = self.outputs_break is not None or self.state_break is not None
        return not (faulty or broken) and self.latency[1] < 1.0

    @property
    def healthy(self) -> bool:
        """Whether nothing goes wrong, and nobody comes between."""
        return self.calm and self.alone and not self.local


def draw(seed: int) -> FleetSchedule:
    """What *seed* stands for."""
    dice = Dice(seed + 31_000_037)
    asked = order(dice)
    place = traits(dice, continuous=False)
    bounds = Bounds(
        restarts=5 if place.retries is None else place.retries,
        grace=asked.restart_grace,
        lag=place.list_lag,
        longest=min(asked.timeout * 1.5, LONGEST),
        endless=dice.often(0.05),
    )
    places = tuple(
        replace(place, older=place.older if not n else dice.number(0, 3))
        for n in range(asked.pipelines)
    )
    found = FleetSchedule(
        seed=seed,
        order=asked,
        traits=places,
        legs=tuple(plot(dice, bounds) for _ in places),
        runs=_runs(dice, asked, bounds),
        latency=(0.5, 8.0) if dice.often(0.04) else (0.05, 0.4),
        head_start=dice.one_of((0.0, 0.0, 3.0, 400.0)),
        post_after=dice.between(0.5, 40.0),
        outputs_break=dice.number(0, 4) if dice.often(0.02) else None,
        state_break=dice.number(0, 3) if dice.often(0.02) else None,
        killed_after_write=dice.number(1, 12) if dice.often(0.04) else None,
    )
    found = _with_people(dice, _with_faults(dice, found))
    leaving = _leaving(dice, found) if dice.often(0.4) else None
    if asked.pipelines > 1 and asked.trigger != "job" and dice.often(0.12):
        return _with_trouble_of_one(dice, found)
    return replace(found, leaving=leaving)


def _runs(dice: Dice, asked: FleetOrder, bounds: Bounds) -> tuple[RunPlot, ...]:
    if asked.trigger == "job":
        return (of_a_job(dice, asked.pipelines, bounds),)
    if asked.trigger == "update":
        return ()
    return tuple(one_time(dice, number, bounds) for number in range(asked.pipelines))


def _with_faults(dice: Dice, found: FleetSchedule) -> FleetSchedule:
    asked = found.order
    if dice.often(0.25):
        return found
    local: tuple[tuple[int, Weather], ...] = ()
    if asked.pipelines > 1 and dice.often(0.3):
        local = ((dice.number(0, asked.pipelines - 1), _storm(dice, asked)),)
        if dice.often(0.5):  # and nothing else goes wrong
            return replace(found, local=local)
    if dice.often(0.45):
        found = replace(
            found,
            share=dice.one_of((0.02, 0.05, 0.15, 0.4)),
            burst=dice.one_of((1, 1, 3, 8)),
            mishaps=_kinds(dice),
        )
    planned = _planned(dice, asked)
    weather = (_storm(dice, asked),) if dice.often(0.15) else ()
    return replace(found, planned=planned, weather=weather, local=local)


def _with_trouble_of_one(dice: Dice, found: FleetSchedule) -> FleetSchedule:
    """Calls about one pipeline take long and come to nothing; all else is well."""
    since, number = dice.between(1.0, 30.0), found.order.pipelines - 1
    slow = Weather(since, since + dice.between(60.0, 900.0), m.LOST)
    return FleetSchedule(
        seed=found.seed,
        order=found.order,
        traits=found.traits,
        legs=found.legs,
        runs=tuple(replace(one, queued=0.0, skipped=False) for one in found.runs),
        local=((dice.number(0, number), slow),),
    )


def _planned(dice: Dice, asked: FleetOrder) -> dict[tuple[str, int], Fate]:
    planned: dict[tuple[str, int], Fate] = {}
    leave = "cancel" if asked.by_run else "stop"
    if dice.often(0.5):
        proofs = (*m.UNSENT, *m.THROTTLES, *m.REFUSALS)
        for number in range(1, dice.number(1, asked.pipelines + 1) + 1):
            mishap = dice.one_of(proofs if dice.often(0.15) else m.AMBIGUOUS)
            planned["start", number] = m.fate_of(dice, mishap, "start")
    if dice.often(0.2):
        for number in range(1, dice.number(2, 4)):
            planned[leave, number] = m.fate_of(dice, dice.one_of(m.AMBIGUOUS), leave)
    if dice.often(0.12):
        kind = dice.one_of(BY_RUN if asked.by_run else BY_UPDATE)
        changes = kind in ("start", leave)
        fate = m.fate_of(dice, dice.one_of(m.AMBIGUOUS if changes else m.ALL), kind)
        planned.setdefault((kind, dice.number(1, 3)), fate)
    return planned


def _kinds(dice: Dice) -> tuple[Mishap, ...]:
    families = (m.UNSENT, m.LOST, m.GARBLED, m.BROKEN, m.THROTTLES)
    return dice.one_of(families) if dice.often(0.5) else sum(families, ())


def _storm(dice: Dice, asked: FleetOrder) -> Weather:
    since = 0.0 if dice.often(0.15) else dice.between(0.0, 90.0)
    lasts = dice.one_of(
        (dice.between(1.0, 40.0), dice.between(20.0, asked.outage_grace * 1.6))
    )
    family = dice.random()
    names: tuple[Mishap, ...]
    if family < 0.45:
        names = dice.one_of((m.UNSENT, m.LOST, m.BROKEN, m.GARBLED, m.HOPELESS))
    elif family < 0.65:
        names, lasts = m.THROTTLES, dice.one_of((lasts, 900.0, 1e9))
    elif family < 0.8:
        names = (dice.one_of(m.REFUSALS),)
        lasts = dice.one_of((2.0, lasts, 1e9))
    else:
        names = _kinds(dice)
    kinds: frozenset[str] = frozenset()
    if dice.often(0.5):
        kinds = frozenset({dice.one_of((*READS, "cancel", "stop"))})
    return Weather(since, since + lasts, names, kinds)


def _with_people(dice: Dice, found: FleetSchedule) -> FleetSchedule:
    asked, place = found.order, found.traits[0]
    rivals: list[tuple[int, Rival]] = []
    if dice.often(0.25):
        for _ in range(dice.number(1, 2)):
            number = dice.number(0, asked.pipelines - 1)
            rivals.append((number, _rival(dice, place, asked.flags)))
    strangers: tuple[Stranger, ...] = ()
    if dice.often(0.12):
        number = dice.number(0, asked.pipelines - 1)
        bounds = Bounds(lag=place.list_lag, longest=200.0)
        strangers = (Stranger(when=_moment(dice), plot=one_time(dice, number, bounds)),)
    any_of = dice.number(0, asked.pipelines - 1)
    return replace(
        found,
        rivals=tuple(rivals),
        strangers=strangers,
        person_stops=(any_of, _sometime(dice)) if dice.often(0.05) else None,
        person_cancels=_sometime(dice) if asked.by_run and dice.often(0.05) else None,
        deleted=(any_of, _sometime(dice)) if dice.often(0.02) else None,
    )


def _sometime(dice: Dice) -> When:
    return When(at=dice.between(0.0, dice.one_of((20.0, 100.0, 400.0))))


def _moment(dice: Dice) -> When:
    kind = dice.random()
    if kind < 0.3:
        return When(at=-1.0)
    if kind < 0.7:
        return When(call=("start", 1, "before"), delay=dice.between(0.0, 40.0))
    return When(at=dice.between(0.0, 200.0))


def _rival(dice: Dice, place: Traits, flags: Flags) -> Rival:
    most = 5 if place.retries is None else place.retries
    causes = ("API_CALL", "USER_ACTION", "JOB_TASK", "JOB_TASK", "SOMETHING_NEW")
    return Rival(
        when=_moment(dice),
        cause=dice.one_of(causes),
        flags=flags if dice.often(0.7) else Flags(full_refresh=dice.often(0.5)),
        legs=plot(dice, Bounds(lag=place.list_lag, longest=200.0, restarts=most)),
        tries=dice.one_of((1, 1, 4)),
        stopping=dice.often(0.1),
    )


def _leaving(dice: Dice, found: FleetSchedule) -> Leaving:
    first = dice.one_of(("SIGINT",) * 6 + ("SIGTERM", "SIGTERM", "SIGKILL", "SIGKILL"))
    when = _sometime(dice)
    if dice.often(0.5):
        kinds = BY_RUN if found.order.by_run else BY_UPDATE
        kind = dice.one_of((*kinds, "start", "start"))
        number = dice.number(1, 12 if kind in READS else 3)
        when = When(call=(kind, number, dice.one_of(("before", "effect", "after"))))
    return Leaving(when=when, first=first, impatient=dice.often(0.8))
