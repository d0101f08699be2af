"""One run of the real program against a workspace with several pipelines and jobs."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path

from dlt_action import story
from dlt_action.cleanup import clean_up
from dlt_action.core.steps import Why
from dlt_action.edge.writer import Writer
from dlt_action.errors import OutputsUnwritable
from dlt_action.settings.model import Settings
from dlt_action.world import Desk
from dlt_action.world import World as Outside
from tests.sim.agenda import EPOCH, Agenda, Dice
from tests.sim.desk import SimLog
from tests.sim.doors import Doors
from tests.sim.fleet.doors import Entrance
from tests.sim.fleet.jobs import Jobs
from tests.sim.fleet.line import FleetLine
from tests.sim.fleet.orders import NAMES, settings_of
from tests.sim.fleet.played import FleetCi, FleetPlayed, Left
from tests.sim.fleet.plots import RunPlot
from tests.sim.fleet.schedule import FleetSchedule
from tests.sim.line import Killed, Mood, Runaway
from tests.sim.model import Flags, Who
from tests.sim.played import ours_running
from tests.sim.run import AFTERMATH, RIVAL_PAUSE, RUN_AWAY, SIGKILL_AFTER, SIGTERM_AFTER
from tests.sim.schedule import Rival, When
from tests.sim.world import World

_EPOCH = datetime.fromtimestamp(EPOCH, UTC)


class FleetStage:
    """Sets a run up, plays it, and looks at what is left."""

    def __init__(self, schedule: FleetSchedule) -> None:
        """Play *schedule*."""
        self.schedule = schedule
        self.agenda = agenda = Agenda()
        self.dice = Dice(schedule.seed + 37_000_003)
        self.worlds = tuple(
            World(agenda, one, name)
            for one, name in zip(schedule.traits, NAMES, strict=False)
        )
        self.jobs = Jobs(agenda, self.worlds)
        legs = schedule.legs
        doors = [Doors(one, legs[n]) for n, one in enumerate(self.worlds)]
        self.hooks: dict[tuple[str, int, str], Callable[[], None]] = {}
        self.line = self._line(Entrance(doors, self.jobs, schedule.runs))
        self.ci = FleetCi(
            agenda,
            broken_from=schedule.outputs_break,
            state_broken_from=schedule.state_break,
        )
        self.line.kept = self.ci.kept
        self.ci.after_write = self._after_write
        self.log = SimLog(self._look)
        self.played = FleetPlayed(
            schedule=schedule,
            worlds=self.worlds,
            jobs=self.jobs,
            line=self.line,
            ci=self.ci,
            log=self.log,
        )
        self._over = False
        self._tokens = 0
        self._plan()

    def _line(self, entrance: Entrance) -> FleetLine:
        schedule = self.schedule
        low, high = schedule.latency
        mood = Mood(
            low=low,
            high=high,
            share=schedule.share,
            burst=schedule.burst,
            mishaps=schedule.mishaps,
            weather=schedule.weather,
            planned=schedule.planned,
            hooks=self.hooks,
        )
        local = [(self.worlds[n].pipeline_id, one) for n, one in schedule.local]
        return FleetLine(self.agenda, entrance, mood, self.dice, local)

    # What is planned

    def _plan(self) -> None:
        schedule = self.schedule
        for number, rival in schedule.rivals:
            start = partial(self._rival, self.worlds[number], rival, rival.tries)
            self._when(rival.when, start)
        for one in schedule.strangers:
            self._when(one.when, partial(self._stranger, one.plot))
        if schedule.person_stops is not None:
            number, when = schedule.person_stops
            self._when(when, partial(self.worlds[number].stop, Who.OTHER))
        if schedule.person_cancels is not None:
            self._when(schedule.person_cancels, self._person_cancels)
        if schedule.deleted is not None:
            number, when = schedule.deleted
            self._when(when, partial(self._delete, self.worlds[number]))
        self._plan_leaving()

    def _when(self, when: When, do: Callable[[], None]) -> None:
        if when.call is not None:
            self.hooks[when.call] = self._then(self.hooks.get(when.call), when, do)
        elif when.at is not None and when.at >= 0:
            self.agenda.at(when.at, do)
        else:
            do()

    def _then(
        self, before: Callable[[], None] | None, when: When, do: Callable[[], None]
    ) -> Callable[[], None]:
        def both() -> None:
            if before is not None:
                before()
            if when.delay > 0:
                self.agenda.at(self.agenda.now + when.delay, do)
            else:
                do()

        return both

    def _rival(self, world: World, rival: Rival, left: int) -> None:
        begun = world.start(Who.OTHER, rival.cause, rival.legs, rival.flags)
        if begun is None and left > 1:
            again = self.agenda.now + RIVAL_PAUSE
            self.agenda.at(again, partial(self._rival, world, rival, left - 1))
        if begun is not None and rival.stopping:
            world.stop(Who.OTHER)

    def _stranger(self, plot: RunPlot) -> None:
        self.jobs.start(Who.OTHER, "", plot, Flags(), 1)

    def _person_cancels(self) -> None:
        for run in self.jobs.runs:
            if run.who is Who.US and not run.ended:
                self.jobs.cancel(run, Who.OTHER)

    def _delete(self, world: World) -> None:
        world.delete()
        self.jobs.lost(world)

    def _plan_leaving(self) -> None:
        leaving = self.schedule.leaving
        if leaving is None:
            return
        if leaving.first == "SIGKILL":
            self._when(leaving.when, self._kill)
            return
        why, impatient = Why[leaving.first], leaving.impatient

        def signal() -> None:
            if self._over or self.line.signals:
                return
            self.line.interrupt(why)
            if impatient:
                now = self.agenda.now
                self.agenda.at(now + SIGTERM_AFTER, self._sigterm)
                self.agenda.at(now + SIGKILL_AFTER, self._kill)

        self._when(leaving.when, signal)

    def _sigterm(self) -> None:
        if not self._over:
            self.line.interrupt(Why.SIGTERM)

    def _kill(self) -> None:
        if not self._over:
            self.line.kill()

    def _after_write(self, number: int) -> None:
        if number == self.schedule.killed_after_write:
            self._kill()

    # What is looked at while it runs

    def _look(self, text: str) -> None:
        ci = self.ci
        for name, kept in self._ours():
            if self._over or name not in text:
                continue
            if not (ci.failed or name in ci.known or ci.has_written(name)):
                self.played.problems.append(f"{name} was told before it was written")
            if kept and not ci.state_failed and name not in ci.kept_once:
                self.played.problems.append(f"{name} was told before it was kept")
        if self.line.note is not None:
            for line in text.rstrip().splitlines():
                self.line.note(f"log: {line}")

    def _ours(self) -> list[tuple[str, bool]]:
        """The ids that were read, and whether the state names them before the log."""
        if self.schedule.order.by_run:
            runs = [run for run in self.jobs.runs if run.who is Who.US]
            names = [(str(run.run_id), True) for run in runs]
            chains = [chain for run in runs for chain in run.chains]
            return names + [
                (one.update_id, False) for chain in chains for one in chain.updates
            ]
        return [
            (sent.update.update_id, True)
            for sent in self.line.calls
            if sent.update is not None and sent.good
        ]

    # The run

    def _token(self) -> str:
        self._tokens += 1
        # As of a random one, no other has its first eight characters.
        return f"{self._tokens:02}-{self.schedule.seed % 100_000:05}-token"

    def outside(self) -> Outside:
        writer = Writer(self.log, clock=None, github=True)
        return Outside(
            line=self.line,
            desk=Desk(self.ci, writer, Path("/nowhere")),
            wall=lambda: _EPOCH + timedelta(seconds=self.agenda.now),
            chance=self.dice.random,
            began=-self.schedule.head_start,
            token=self._token,
            explain=self._explain,
        )

    def _explain(self, error: Exception) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        self.played.problems.append(f"bug: {type(error).__name__} in {where}: {error}")

    def play(self) -> FleetPlayed:
        """Run the program."""
        played, schedule = self.played, self.schedule
        settings = settings_of(schedule.order.given, schedule.head_start)
        self.line.latest = schedule.order.timeout + RUN_AWAY
        try:
            played.code = story.run(settings, self.outside())
        except Killed:
            played.code = None
        except Runaway:
            played.code, played.ran_away = None, True
        except OutputsUnwritable:
            played.code, played.unwritable = 74, True
        except Exception as error:  # noqa: BLE001 - a crash is what we look for
            played.code = None
            played.problems.append(f"crash: {type(error).__name__}: {error}")
        self._over = True
        played.ended = self.agenda.now
        played.left = self._left()
        played.kept = dict(self.ci.kept)
        self.line.latest = inf
        if not (played.unwritable or played.ran_away):
            self._post(settings)
        self.agenda.run_until(self.agenda.now + AFTERMATH)
        return played

    def _left(self) -> Left:
        if not self.schedule.order.by_run:
            updates = [one for world in self.worlds for one in ours_running(world)]
            return Left(updates=tuple(updates))
        ours = [one for one in self.jobs.runs if one.who is Who.US and not one.ended]
        return Left(runs=tuple(ours))

    def _post(self, settings: Settings) -> None:
        """Play the post step with the state that was left."""
        played = self.played
        self.agenda.run_until(self.agenda.now + self.schedule.post_after)
        self.line.forget()
        played.post_from = len(self.line.sent)
        played.post_began = self.agenda.now
        said = self.log.tell()
        outside = replace(self.outside(), began=self.agenda.now)
        try:
            played.post_code = clean_up(settings, played.kept, outside)
        except Exception as error:  # noqa: BLE001 - a crash is what we look for
            name = type(error).__name__
            played.problems.append(f"crash in the post step: {name}: {error}")
        played.post_ended = self.agenda.now
        played.post_said = self.log.getvalue()[said:]
        played.post_left = self._left()

    def notes(self, note: Callable[[float, str], None]) -> None:
        """Tell *note* what happens when, for people."""

        def told(text: str) -> None:
            note(self.agenda.now, text)

        self.jobs.note = self.line.note = self.ci.note = told
        for world in self.worlds:
            world.note = told
