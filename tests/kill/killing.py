"""Kill the program at a point, and look at what is left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import TypeVar

from tests.cli.program import PATIENCE, Ended, environment, until
from tests.kill.points import FIRST_NAP, FOLLOWING, PLAYS, POINTS, Play, Point
from tests.kill.process import Watched, post
from tests.kill.stage import A_WHILE, Stage

T = TypeVar("T")

# A runner sends its second signal after 7.5 s, when there is nobody left to take it.
# Here it comes while the program is still leaving.
BETWEEN_SIGNALS = 0.2

# What a machine with better things to do may need to deliver one.
TO_TAKE_IT = 2.0

PATTERNS: Mapping[str, Sequence[Signals]] = {
    "SIGINT": (SIGINT,),
    "SIGTERM": (SIGTERM,),
    "SIGINT-SIGTERM": (SIGINT, SIGTERM),
    "SIGKILL": (SIGKILL,),
}
# Where the road is another one, where the program leaves already, and in its threads.
FEWER = ("SIGTERM", "SIGKILL")
IN_A_THREAD = "sending"


@dataclass(frozen=True, slots=True)
class Case:
    """A point, and the signals that are sent there."""

    point: Point
    pattern: str

    @property
    def name(self) -> str:
        """The case as the id of a test."""
        return f"{self.pattern}-{self.point.name}"

    @property
    def signals(self) -> tuple[Signals, ...]:
        """All signals, those that told it to leave included."""
        before = (SIGINT,) if self.point.leaving else ()
        return (*before, *PATTERNS[self.pattern])

    @property
    def killed(self) -> bool:
        """Whether it could not do anything about it."""
        return SIGKILL in self.signals

    @property
    def play(self) -> Play:
        """What is played."""
        return PLAYS[self.point.play]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the workspace shows."""

    starts: int
    stops: int
    ours: tuple[str, ...]  # our updates that are active
    foreign: tuple[str, ...]  # the states of somebody else's

    @classmethod
    def on(cls, stage: Stage) -> Seen:
        """Look."""
        theirs = [run for run in stage.runs if run.scene.update_id in stage.foreign]
        ours = [run for run in stage.runs if run not in theirs]
        return cls(
            starts=sum(run.scene.cause == "API_CALL" for run in ours),
            stops=stage.count("POST-stop"),
            ours=tuple(run.scene.update_id for run in ours if run.ended is None),
            foreign=tuple(run.state for run in theirs),
        )


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a run: its files, what it did, and what the workspace did."""

    case: Case
    ended: Ended
    starved: float  # seconds in which the machine had no CPU for it
    journal: tuple[str, ...]
    times: tuple[float, ...]
    then: Seen  # when a while has passed
    post: Ended | None  # None: it was not run, and nothing is owed
    finally_: Seen  # after the post step

    @property
    def known(self) -> bool:
        """Whether the program took an answer that its update was started."""
        return "got POST-updates=200 1" in self.journal


def inputs(play: Play, stage: Stage) -> dict[str, str]:
    """The inputs of a step, as a runner hands them over."""
    given = {
        "host": stage.url,
        "pipeline-id": stage.pipeline_id,
        "poll-interval": "1s",
        "restart-grace": "1s",
        "report-dir": "reports",
        **play.inputs,
    }
    return {f"INPUT_{name.upper()}": value for name, value in given.items()}


def kill(case: Case, folder: Path) -> Left:
    """Play it until the point, kill it there, and look at what is left."""
    point = case.point
    first = (FIRST_NAP,) if point.leaving else ()
    halts = (*first, point.at) if point.at else first
    with Stage(case.play.scene, point.hold) as stage:
        environ = environment(folder, **inputs(case.play, stage))
        with Watched(folder, environ, halts) as program:
            since = None
            if point.leaving:
                assert program.gets_to(FIRST_NAP), program.journal
                since = _send(program, SIGINT)
            _arrive(program, point, stage)
            began = _strike(program, case, stage)
            ended = program.end(began if since is None else since)
        if point.hold is not None:  # it may be carried out when nobody waits for it
            assert stage.settled.wait(PATIENCE)
        stage.pass_time(A_WHILE)
        then = Seen.on(stage)
        stage.silent = False
        stepped = _post(ended, folder, environ) if _is_run(case, ended, stage) else None
        stage.pass_time(0.0)
        told = tuple(program.journal), tuple(program.times)
        return Left(case, ended, program.starved, *told, then, stepped, Seen.on(stage))


def _is_run(case: Case, ended: Ended, stage: Stage) -> bool:
    """Whether the post step is run: a process more, so not after every case."""
    state = ended.state
    canceled = bool(stage.runs) and stage.runs[-1].state == "CANCELED"
    if canceled and state.get("asked") != "true":
        return False  # it would wait for a restart, and tests/story has no clock
    owes = state.get("owed") == "stop" and bool(state.get("update_id"))
    return owes or case.point.hold is not None


def _post(ended: Ended, folder: Path, environ: Mapping[str, str]) -> Ended | None:
    own = folder / "post"
    own.mkdir()
    state = {f"STATE_{name}": value for name, value in ended.state.items()}
    return post(own, {**environ, **environment(own), **state})


def _arrive(program: Watched, point: Point, stage: Stage) -> None:
    if point.hold is None:
        assert program.gets_to(point.at), program.journal
    else:
        until(lambda: stage.held.is_set() or "over" in program.journal)
        assert stage.held.is_set(), program.journal


def _strike(program: Watched, case: Case, stage: Stage) -> float:
    stage.silent = case.point.silent
    first, *more = PATTERNS[case.pattern]
    if case.point.at.startswith("in "):
        time.sleep(0.01)  # told just before it waits, and it must have begun to
    began = _send(program, first)
    if not case.killed and _elsewhere(case.point):
        # Or the answer may be faster than the signal.
        program.gets_to(f"took {case.signals[0].name} 1", TO_TAKE_IT)
    program.go_on()
    stage.release()
    for number in more:
        if not program.gone_within(BETWEEN_SIGNALS):
            with suppress(ProcessLookupError):  # it went in between
                _send(program, number)
    return began


def _elsewhere(point: Point) -> bool:
    """Whether it is halted where the signal does not arrive."""
    return point.hold is not None or point.at.startswith(("sending", "read"))


def _send(program: Watched, number: Signals) -> float:
    began = time.monotonic()
    program.signal(number)
    return began


def cases() -> Iterator[Case]:
    """Every point with all its patterns."""
    for point in POINTS:
        main_road = point.play == FOLLOWING and not point.leaving
        in_a_thread = point.at.startswith(IN_A_THREAD)
        for pattern in PATTERNS if main_road and not in_a_thread else FEWER:
            yield Case(point, pattern)


def chosen(cases: Sequence[T], *, sample: int) -> Sequence[T]:
    """All *cases*, or about so many of them if not all were asked for."""
    if os.environ.get("DLT_ACTION_KILLS") == "all":
        return cases
    return cases[:: max(len(cases) // sample, 1)]
