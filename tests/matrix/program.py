"""
The whole program in virtual time: the story and the doors around it that `cli` has.

A `Stage` plays the story; what escapes from that is a failure of its test. Here it gets
what it gets in the real process: an ending, or the last door's line.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dlt_action.composing import explained
from dlt_action.core.calls import Call
from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.edge.ci import choose
from dlt_action.edge.line import Ticket
from dlt_action.edge.writer import Writer
from dlt_action.errors import DltActionError
from dlt_action.running import crash
from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from dlt_action.story import run
from dlt_action.world import Desk, World
from tests.oracles import runner
from tests.story.virtual import EPOCH, HOST, TOKEN, Stage, VirtualLine

FILES = ("output", "summary", "state")


class Meddled(VirtualLine):
    """A line with somebody who does something just before a call leaves."""

    def __init__(
        self, meddle: Callable[[Call], None] = lambda _: None, *, skew: float = 0.0
    ) -> None:
        """*skew* is how many seconds the workspace's clock is ahead of ours."""
        super().__init__()
        self.meddle = meddle
        self._skew = skew

    def epoch(self) -> float:
        return super().epoch() + self._skew

    def send(self, call: Call, within: float) -> Ticket:
        self.meddle(call)
        return super().send(call, within)


def no_jump(_: float) -> float:
    """Nobody sets the clock of this machine."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run left behind."""

    code: int
    log: str
    folder: Path

    @property
    def outputs(self) -> Mapping[str, str]:
        return runner.environment_file((self.folder / "output").read_bytes())

    @property
    def verdict(self) -> tuple[int, str, str]:
        return self.code, self.outputs["result"], self.outputs["ok"]

    @property
    def everything(self) -> str:
        """All that was written anywhere, but for the masks: they *are* secrets."""
        log = [line for line in self.log.splitlines() if "::add-mask::" not in line]
        files = [
            path.read_text(errors="replace")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        ]
        return "\n".join([*log, *files])


def program(
    stage: Stage,
    pipeline: str,
    *flags: str,
    jump: Callable[[float], float] = no_jump,
) -> Ended:
    """
    Run against *pipeline*; what the doors of `cli` would have left behind.

    *jump* is how far the clock on the wall is off, by the second of the run.
    """
    folder, stream = stage.folder, io.StringIO()

    def wall() -> datetime:
        seconds = EPOCH + stage.line.seconds + jump(stage.line.seconds)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    environ = _environ(stage)
    pipeline_id = stage.workspace.pipeline_id(pipeline)
    asked = [*flags, "--report-dir=reports", f"--pipeline-id={pipeline_id}"]
    writer = Writer(stream, clock=wall, github=True)
    desk = Desk(choose(environ, writer), writer, folder)
    settings = load(asked, environ)
    world = World(
        line=stage.line,
        desk=desk,
        wall=wall,
        chance=lambda: 0.5,
        began=stage.line.seconds,
        token=lambda: "a-token",
    )
    try:
        code = run(settings, world)
    except DltActionError as error:
        writer.say(f"error: {error}")
        code = error.exit_code
    except Exception as error:  # noqa: BLE001 - as `cli.start` does
        code = _last_door(error, environ, settings, desk)
    return Ended(code, stream.getvalue(), folder)


def _environ(stage: Stage) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "DATABRICKS_HOST": HOST,
        "DATABRICKS_TOKEN": TOKEN,
        "GITHUB_OUTPUT": str(stage.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(stage.folder / "summary"),
        "GITHUB_STATE": str(stage.folder / "state"),
        **stage.environ,
    }


def _last_door(
    error: Exception, environ: Mapping[str, str], settings: Settings, desk: Desk
) -> int:
    try:
        return crash(error, explained(environ, desk), settings.reporting, desk)
    except Exception as worse:  # noqa: BLE001 - as `cli.main` does
        desk.writer.say(f"error: a bug in dlt-action ({type(worse).__name__})")
        return EXIT_CODES[Result.INTERNAL_ERROR]
