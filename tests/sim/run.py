"""One run of the real program against the model workspace, from a schedule."""

from __future__ import annotations

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
from tests.sim.desk import SimCi, SimLog
from tests.sim.doors import Doors
from tests.sim.line import Killed, Mood, Runaway, SimLine
from tests.sim.mint import Mint
from tests.sim.model import Chain, Who
from tests.sim.orders import settings_of
from tests.sim.played import Played, ours_running
from tests.sim.schedule import Leaving, Rival, Schedule, When
from tests.sim.signing import SigningLine
from tests.sim.world import World

SIGTERM_AFTER, SIGKILL_AFTER = 7.5, 10.0
RIVAL_PAUSE = 6.0
# Late effects land within ten minutes, and what they start may then be seen.
AFTERMATH = 900.0
RUN_AWAY = 1200.0  # after the deadline nobody may still be there

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stage:
    """Sets a run up, plays it, and looks at what is left."""

    def __init__(self, schedule: Schedule) -> None:
        """Play *schedule*."""
        self.schedule = schedule
        self.agenda = agenda = Agenda()
        self.dice = Dice(schedule.seed + 7_000_003)
        self.world = World(agenda, schedule.traits)
        doors = Doors(self.world, schedule.legs)
        low, high = schedule.latency
        self.hooks: dict[tuple[str, int, str], Callable[[], None]] = {}
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
        self.line = self._line(doors, mood)
        self.ci = SimCi(
            agenda,
            broken_from=schedule.outputs_break,
            state_broken_from=schedule.state_break,
        )
        self.ci.after_write = self._after_write
        self.log = SimLog(self._look)
        self.played = Played(
            schedule=schedule,
            world=self.world,
            line=self.line,
            ci=self.ci,
            log=self.log,
        )
        self.line.before_turn = self._before_turn
        self._told: set[str] = set()
        self._over = False
        for rival in schedule.rivals:
            self._plan_rival(rival)
        self._plan_people()
        if schedule.leaving is not None:
            self._plan_leaving(schedule.leaving)

    def _line(self, doors: Doors, mood: Mood) -> SimLine:
        tokens = self.schedule.tokens
        if tokens is None:
            return SimLine(self.agenda, doors, mood, self.dice)
        mint = Mint(self.agenda, tokens, Dice(self.schedule.seed + 13_000_027))
        return SigningLine(self.agenda, doors, mood, self.dice, mint)

    # What is planned

    def _when(self, when: When, do: Callable[[], None]) -> None:
        if when.at is not None:
            if when.at < 0:
                do()
            else:
                self.agenda.at(when.at, do)
        elif when.call is not None:
            self._hook(when.call, when.delay, do)
        else:
            self.world.when_over.append(partial(self._after, when, do, []))

    def _hook(
        self, call: tuple[str, int, str], delay: float, do: Callable[[], None]
    ) -> None:
        before = self.hooks.get(call)

        def both() -> None:
            if before is not None:
                before()
            if delay > 0:
                self.agenda.at(self.agenda.now + delay, do)
            else:
                do()

        self.hooks[call] = both

    def _after(
        self, when: When, do: Callable[[], None], done: list[Chain], chain: Chain
    ) -> None:
        if chain.who is when.whose and not done:
            done.append(chain)
            self.agenda.at(self.agenda.now + when.delay, do)

    def _plan_rival(self, rival: Rival) -> None:
        def start(left: int) -> None:
            if rival.takes_over:
                self.world.complete()
            begun = self.world.start(Who.OTHER, rival.cause, rival.legs, rival.flags)
            if begun is None and left > 1:
                again = self.agenda.now + RIVAL_PAUSE
                self.agenda.at(again, partial(start, left - 1))
            if begun is not None and rival.stopping:
                self.world.stop(Who.OTHER)

        self._when(rival.when, partial(start, rival.tries))

    def _plan_people(self) -> None:
        schedule = self.schedule
        if schedule.person_stops is not None:
            self._when(schedule.person_stops, partial(self.world.stop, Who.OTHER))
        if schedule.deleted is not None:
            self._when(schedule.deleted, self.world.delete)

    def _plan_leaving(self, leaving: Leaving) -> None:
        if leaving.first == "SIGKILL":
            self._when(leaving.when, self._kill)
            return

        def signal() -> None:
            if self._over or self.line.signals:
                return
            self.line.interrupt(Why[leaving.first])
            if leaving.impatient:
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

    def _confirmed(self) -> str | None:
        """The id that a 2xx to our own start told the client, in time."""
        for sent in self.line.sent:
            if sent.kind == "start" and sent.good and sent.update is not None:
                assert sent.came is not None
                if sent.came <= sent.at + sent.within and not self.line.signals:
                    return sent.update.update_id
        return None

    def _before_turn(self) -> None:
        if self._over or self._told or self.ci.failed:
            return
        ours = self._confirmed()
        if ours is not None:
            self._told.add(ours)
            if ours not in self.ci.known:
                self.played.problems.append(f"{ours} was read and not written at once")

    def _look(self, text: str) -> None:
        for update in self.world.updates[-8:]:
            name = update.update_id
            if self._over or update.chain.who is not Who.US or name not in text:
                continue
            if not (self.ci.failed or self.ci.has_written(name)):
                self.played.problems.append(f"{name} was told before it was written")
            if not self.ci.state_failed and name in self.ci.known - self.ci.kept_once:
                self.played.problems.append(f"{name} was told before it was kept")
        if self.line.note is not None:
            for line in text.rstrip().splitlines():
                self.line.note(f"log: {line}")

    # The run

    def wall(self) -> datetime:
        """The client's wall clock, which jumps."""
        seconds = EPOCH + self.agenda.now
        for at, jump in self.schedule.wall_jumps:
            if self.agenda.now >= at:
                seconds += jump
        return _EPOCH + timedelta(seconds=seconds)

    def outside(self) -> Outside:
        writer = Writer(self.log, clock=None, github=True)
        return Outside(
            line=self.line,
            desk=Desk(self.ci, writer, Path("/nowhere")),
            wall=self.wall,
            chance=self.dice.random,
            began=-self.schedule.head_start,
            token=lambda: "a-token",
        )

    def play(self) -> Played:
        """Run the program."""
        played, schedule = self.played, self.schedule
        given = tuple(
            flag.replace("=named", f"=u{schedule.traits.older:03d}-5af0")
            for flag in schedule.order.given
        )
        settings = settings_of(given, schedule.head_start)
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
        played.running = ours_running(self.world)
        played.kept = dict(self.ci.kept)
        self.line.latest = inf
        if not (played.unwritable or played.ran_away):
            self._post(settings)
        self.line.end()
        self.agenda.run_until(self.agenda.now + AFTERMATH)
        return played

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
        played.post_left = ours_running(self.world)

    def notes(self, note: Callable[[float, str], None]) -> None:
        """Tell *note* what happens when, for people."""

        def told(text: str) -> None:
            note(self.agenda.now, text)

        self.world.note = self.line.note = self.ci.note = told
