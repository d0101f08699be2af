"""The line to a workspace with several pipelines and a Jobs service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlt_action.core.calls import Call
from dlt_action.core.reply import Reply
from dlt_action.edge.line import Arrived, Ticket
from tests.sim.agenda import Agenda, Dice
from tests.sim.doors import JOBS, kind_of
from tests.sim.fleet.doors import Entrance, pipeline_of
from tests.sim.fleet.jobs import Run
from tests.sim.line import Mood, Sent, SimLine
from tests.sim.mishaps import Fate, Weather, fate_of

MORE_TURNS = 180_000  # than a single update takes


@dataclass(eq=False, slots=True)
class FleetSent(Sent):
    """A call about one of several."""

    pipeline: str = ""  # that it is about
    run: Run | None = None  # that it is about, or has started, or was told
    begun: bool = False  # whether the run began by it
    idempotency: str = ""  # the token of a start
    phase: tuple[str, str] = ("", "")  # of the run, when it was read
    kept: frozenset[str] = field(default_factory=frozenset)  # in the state, by then


class FleetLine(SimLine):
    """See `SimLine`."""

    def __init__(
        self,
        agenda: Agenda,
        entrance: Entrance,
        mood: Mood,
        dice: Dice,
        local: Sequence[tuple[str, Weather]],
    ) -> None:
        super().__init__(agenda, next(iter(entrance.doors.values())), mood, dice)
        self.entrance = entrance
        self.calls: list[FleetSent] = []
        self.kept: Mapping[str, str] = {}  # the state, as it is kept
        self._local = local
        self._turns = -MORE_TURNS

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self.before_turn()
        now, kind = self.agenda.now, kind_of(call)
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        self._hook(kind, number, "before")
        sent = FleetSent(now, kind, within, None)
        self._note_whose(call, sent)
        sent.fate = self._local_fate(sent) or self._fate(kind, number, now)
        self.sent.append(sent)
        self.calls.append(sent)
        ticket = Ticket(len(self.sent))
        if self.note is not None:
            fate = sent.fate
            bad = f" !! {fate.mishap.name}, {fate.effect.value}" if fate else ""
            about = sent.pipeline or (sent.run.run_id if sent.run else "")
            self.note(f"-> {kind} {number} {about} (within {within:.1f}){bad}")

        def give(reply: Reply) -> None:
            self._inbox.append(Arrived(ticket, reply))

        self._exchange(call, sent, (kind, number), give)
        return ticket

    def _note_whose(self, call: Call, sent: FleetSent) -> None:
        sent.pipeline = pipeline_of(call)
        if not call.path.startswith(JOBS):
            return
        if sent.kind == "start":
            body = call.body or {}
            sent.idempotency = str(body["idempotency_token"])
            sent.kept = frozenset(self.kept.values())
            tasks = body.get("tasks")
            if isinstance(tasks, list) and isinstance(tasks[0], dict):
                asked = tasks[0]["pipeline_task"]
                assert isinstance(asked, dict)
                sent.pipeline = str(asked["pipeline_id"])
        elif sent.kind != "job":
            sent.run = self.entrance.run_of(call)

    def _local_fate(self, sent: FleetSent) -> Fate | None:
        for pipeline, weather in self._local:
            if pipeline == self.about(sent) and weather.hits(sent.kind, sent.at):
                mishap = self.dice.one_of(weather.mishaps)
                return fate_of(self.dice, mishap, sent.kind)
        return None

    def about(self, sent: FleetSent) -> str:
        """The pipeline that a call is about, or its one-time run; "" for none."""
        if sent.pipeline or sent.run is None:
            return sent.pipeline
        task = sent.run.plot.tasks[0]
        if len(sent.run.plot.tasks) > 1 or task.pipeline is None:
            return ""
        return list(self.entrance.doors)[task.pipeline]

    def _act(self, call: Call, sent: Sent, when: float, key: tuple[str, int]) -> None:
        assert isinstance(sent, FleetSent)

        def act() -> None:
            self._carry_out(call, sent)
            self._hook(*key, "effect")

        self.agenda.at(when, act)

    def _carry_out(self, call: Call, sent: FleetSent) -> None:
        entrance = self.entrance
        world, runs = entrance.world(call), len(entrance.jobs.runs)
        door = None if world is None else entrance.doors[world.pipeline_id]
        before = 0 if door is None else len(door.started)
        sent.active = None if world is None else world.active
        sent.reply = entrance.handle(call)
        sent.did = self.agenda.now
        if door is not None:
            sent.update = door.started[-1] if len(door.started) > before else None
            if sent.kind == "pipeline" and sent.fate is None:
                newest = door.newest()
                sent.newest = None if newest is None else newest.update_id
                sent.shown = sent.newest if newest is sent.active else None
        elif sent.idempotency:
            sent.run = entrance.started_by(call)
            sent.begun = len(entrance.jobs.runs) > runs
        if sent.kind == "run" and sent.run is not None:
            sent.phase = sent.run.phase, sent.run.result
