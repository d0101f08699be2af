"""
A bug of ours may be anywhere: whatever breaks, the run has an honest ending.

A run is played once to learn which functions it calls, and then again for each of them,
or for each n-th call, with an error raised at that call. What the error says is a
canary: an exception's text may hold anything, a token too.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import CodeType, FrameType
from typing import TypeAlias

import pytest

import dlt_action
from dlt_action.core.steps import Why
from dlt_action.standin.play import Run
from dlt_action.standin.script import TERMINAL
from dlt_action.story import import_the_rest
from tests.matrix.program import FILES, Ended, program
from tests.oracles import runner
from tests.story.virtual import Stage

OURS = str(Path(dlt_action.__file__).parent)
# What makes a method when it is first called does that once, and not in each run.
NOT_OURS = tuple(str(Path(OURS, name)) for name in ("standin", "lean.py"))
# Where the doors stand: what comes before is the caller's, who has doors of its own.
STORY = ("story.py", "run")
TIDYING = ("cleanup.py", "clean_up")
CANARY = "canary-4711-dapi"

import_the_rest()  # likewise


@dataclass(slots=True)
class Calls:
    """The calls of our functions from the beginning of the story on."""

    at: int | None = None  # the one to break; none is broken without it
    error: type[Exception] = RuntimeError
    begins: tuple[str, str] = STORY
    number: int = 0
    raised: bool = False
    seen: set[CodeType] = field(default_factory=set)
    firsts: list[int] = field(default_factory=list)

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or self.raised:
            return
        code = frame.f_code
        if not code.co_filename.startswith(OURS) or code.co_filename.startswith(
            NOT_OURS
        ):
            return
        if not self.number and self._begins_elsewhere(code):
            return
        self.number += 1
        if code not in self.seen:
            self.seen.add(code)
            self.firsts.append(self.number)
        if self.number == self.at:
            self.raised = True
            raise self.error(CANARY)

    def _begins_elsewhere(self, code: CodeType) -> bool:
        return (Path(code.co_filename).name, code.co_name) != self.begins


Unraisable: TypeAlias = "Callable[[sys.UnraisableHookArgs], object]"


def unless_planted(hook: Unraisable) -> Unraisable:
    """Tell *hook* of the errors that went nowhere, but for those raised here."""

    def told(dropped: sys.UnraisableHookArgs) -> None:
        if CANARY not in str(dropped.exc_value):
            hook(dropped)

    return told


@contextmanager
def watching(calls: Calls) -> Iterator[None]:
    before, nowhere = sys.getprofile(), sys.unraisablehook
    # A generator of an earlier run that is collected now is called, to be closed: that
    # is no call of this run, and what is raised in it goes nowhere.
    gc.disable()
    # One of this run that nobody needs any more is closed by a call, too: what is
    # raised there Python itself drops, and the run goes on.
    sys.unraisablehook = unless_planted(nowhere)
    sys.setprofile(calls.watch)
    try:
        yield
    finally:
        sys.setprofile(before)
        sys.unraisablehook = nowhere
        gc.enable()


@dataclass(frozen=True, slots=True)
class Play:
    """A run that is broken in every place, and what it comes to unbroken."""

    scenario: str
    flags: tuple[str, ...] = ()
    signal_at: float | None = None
    code: int = 0

    def stage(self, folder: Path) -> Stage:
        folder.mkdir()
        stage = Stage(folder)
        if self.signal_at is not None:
            stage.line.interrupt_at(self.signal_at, Why.SIGTERM)
        return stage


FAILS = Play("code-error", code=1)
COMPLETES = Play("success")
RETRIED = Play("retry-succeeds")
TIMED_OUT = Play("success", flags=("--timeout=50s",), code=6)
SIGNALED = Play("success", signal_at=50.0, code=143)
BUSY = Play("already-active", code=7)
PLAYS = (FAILS, COMPLETES, RETRIED, TIMED_OUT, SIGNALED, BUSY)


def played(play: Play, folder: Path, calls: Calls) -> tuple[Stage, Ended]:
    stage = play.stage(folder)
    with watching(calls):
        ended = program(stage, play.scenario, *play.flags)
    return stage, ended


def assert_owed(ended: Ended, ours: Sequence[Run]) -> None:
    """An update that a bug left behind is there for the post step to stop."""
    state = runner.environment_file((ended.folder / "state").read_bytes())
    running = bool(ours) and ours[-1].state not in TERMINAL
    if running and ended.outputs.get("update-id"):
        # With an update the post step stops its automatic restarts, one of which may
        # have begun a moment ago.
        assert state["owed"] == "stop"
        assert state["update_id"] in [run.scene.update_id for run in ours[-2:]]
    if ended.code in (0, 1, 7):
        assert state["owed"] == "nothing"


def assert_honest(play: Play, stage: Stage, ended: Ended) -> None:
    """Its own verdict, or the code of a bug; and nothing that is not so."""
    outputs = ended.outputs
    assert ended.code in (play.code, 70), ended.log
    assert outputs["ok"] == str(ended.code == 0).lower()
    assert (
        outputs["result"]
        in {
            70: ("internal-error", "unfinished"),
            0: ("succeeded",),
            1: ("failed",),
            6: ("timed-out",),
            7: ("conflict",),
            143: ("interrupted",),
        }[ended.code]
    )
    updates = stage.workspace.world.pipelines[
        stage.workspace.pipeline_id(play.scenario)
    ].runs
    ours = [run for run in updates if run.scene.asked.cause == "API_CALL"]
    assert len([run for run in ours if run.scene.cause == "API_CALL"]) <= 1
    if ended.code == 0:
        assert ours[-1].state == "COMPLETED"
    assert_owed(ended, ours)
    if ours:
        assert "othing was started" not in ended.everything
    # The pipeline's own traceback is told; a frame of ours would be in one of ours.
    assert OURS not in ended.everything
    assert CANARY not in ended.everything
    assert all((stage.folder / name).is_file() for name in FILES)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: f"{play.scenario}-{play.code}")
def test_unbroken_each_play_comes_to_its_own_end(tmp_path: Path, play: Play) -> None:
    stage, ended = played(play, tmp_path / "unbroken", Calls())

    assert ended.code == play.code
    assert_honest(play, stage, ended)


def shares(parts: int) -> list[tuple[int, int]]:
    return [(part, parts) for part in range(parts)]


@pytest.mark.parametrize(("part", "parts"), shares(4))
def test_a_bug_in_any_function_has_an_honest_ending(
    tmp_path: Path, part: int, parts: int
) -> None:
    plain = Calls()
    played(FAILS, tmp_path / "plain", plain)
    assert len(plain.firsts) > 200

    for number in plain.firsts[1:][part::parts]:
        calls = Calls(at=number)
        stage, ended = played(FAILS, tmp_path / f"{number}", calls)
        assert calls.raised
        assert_honest(FAILS, stage, ended)


# Primes, so that a stride does not keep in step with a loop of the program.
STRIDES = {
    COMPLETES: (1_999, RuntimeError),
    RETRIED: (2_503, KeyError),
    TIMED_OUT: (1_499, MemoryError),
    SIGNALED: (1_499, RecursionError),
    BUSY: (61, MemoryError),
    FAILS: (499, RecursionError),
}


@pytest.mark.parametrize(
    ("play", "stride", "error"),
    [(play, *chosen) for play, chosen in STRIDES.items()],
    ids=[f"{play.scenario}-{play.code}" for play in STRIDES],
)
def test_a_bug_at_any_moment_has_an_honest_ending(
    tmp_path: Path, play: Play, stride: int, error: type[Exception]
) -> None:
    for number in count(stride, stride):
        calls = Calls(at=number, error=error)
        stage, ended = played(play, tmp_path / f"{number}", calls)
        assert_honest(play, stage, ended)
        if not calls.raised:
            break

    assert number > 6 * stride, "the play has become shorter: so has to be the stride"


def left_behind(folder: Path) -> Stage:
    """A run that was killed while its update ran: the post step owes it a stop."""
    folder.mkdir()
    stage = Stage(folder)
    stage.killed("success", at=50.0)
    assert stage.state["owed"] == "stop"
    return stage


def tidied(stage: Stage, calls: Calls) -> tuple[int, str]:
    """Tidy up; the exit code, that of the last door where it came to that."""
    log: list[str] = []
    stage.listener = log.append
    with watching(calls):
        try:
            code = stage.tidy_up().code
        except calls.error:
            code = 70  # `cli.main` tells the kind of the error, and nothing else of it
    return code, "".join(log)


def test_a_bug_in_any_function_of_the_post_step_starts_and_tells_nothing(
    tmp_path: Path,
) -> None:
    plain = Calls(begins=TIDYING)
    code, log = tidied(left_behind(tmp_path / "plain"), plain)
    assert code == 0
    assert "CANCELED" in log
    assert len(plain.firsts) > 100

    for number in plain.firsts[1:]:
        calls = Calls(at=number, begins=TIDYING)
        stage = left_behind(tmp_path / f"{number}")
        code, log = tidied(stage, calls)
        assert calls.raised
        assert code == 70
        assert CANARY not in log
        assert OURS not in log
        posts = [r.path for r in stage.workspace.requests if r.method == "POST"]
        assert [path.rsplit("/", 1)[1] for path in posts] in (
            ["updates"],
            ["updates", "stop"],
        )
        (ours,) = stage.runs("success")
        assert ours.state in ("RUNNING", "STOPPING", "CANCELED")
