"""
The Python API: `run_update` plays the same run as the command line, for a program.

It leaves alone what belongs to the program that calls it: signals, standard streams,
warnings and logging, the files of a CI, and the end of the process.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any, TypeAlias, Unpack

from dlt_action.core.model import Result
from dlt_action.core.steps import Why
from dlt_action.edge.apart import apart
from dlt_action.edge.channel import proxy_secrets
from dlt_action.edge.ci.kept import Kept
from dlt_action.edge.line import Switchboard
from dlt_action.edge.writer import Writer
from dlt_action.errors import DltActionError
from dlt_action.inputs import Inputs
from dlt_action.keywords import texts, without_inputs
from dlt_action.running import Ready, play, prepare
from dlt_action.settings.load import secrets_around
from dlt_action.world import Desk

# What a run takes at most to leave in order, once it was told to.
SECONDS_TO_LEAVE = 7.5

Row: TypeAlias = Mapping[str, Any]
_LOGGER = logging.getLogger("dlt_action")
_WARNING = "warning: "
_MORE = {"more"}  # the one key of the entry that counts what a list left out


def run_update(
    *,
    environ: Mapping[str, str] | None = None,
    root: Path | str | None = None,
    log: Callable[[str], object] | None = None,
    cancel: Event | None = None,
    **inputs: Unpack[Inputs],
) -> UpdateResult:
    """
    Start one pipeline update, follow it to its real end, judge it, report it.

    *inputs* are those of the action, with underscores: `pipeline_id`, `full_refresh`,
    `quality_gate`. What is not given is looked for in *environ* (default: the variables
    of this process), by the names of Databricks' unified authentication only.

    *root* is where `report_dir` and relative paths begin (default: the current folder).
    *log* is called for each line, on another thread; without it lines go to the logger
    `dlt_action`. That *log* fails changes nothing else. When *cancel* is set (also in a
    signal's handler), the update is left as `on_cancel` says, and the result is
    `interrupted`.

    A failed update is a result, not an exception: see `UpdateResult.raise_for_result`.
    Raises `Misconfigured` with everything that is wrong with the inputs; nothing was
    started then. An exception that comes into the calling thread meanwhile, such as
    KeyboardInterrupt, or one of a signal's handler, goes on once the update is left as
    `on_cancel` says, or after 7.5 seconds; a second one goes on at once.
    """
    began = time.monotonic()
    given, problems = texts(inputs)
    around = without_inputs(os.environ if environ is None else environ) | given
    desk, kept = _desk(Path.cwd() if root is None else Path(root), log or _logged)
    # Before anything is said. Proxies are those of the process.
    for secret in (*secrets_around(around), *proxy_secrets(os.environ)):
        kept.mask(secret)
    lines: list[Switchboard] = []
    ready = prepare((), around, desk, lines.append, began=began, known=problems)
    try:
        code = _followed(ready, lines, cancel)
    except BaseException as error:
        if kept.values:
            error.add_note(f"dlt-action: {kept.values['reason']}")
        raise
    return UpdateResult(exit_code=code, outputs=kept.values)


def _followed(ready: Ready, lines: Sequence[Switchboard], cancel: Event | None) -> int:
    """Play the story beside the calling thread; the exit code."""

    def act() -> int:
        try:
            return play(ready)
        finally:
            for line in lines:
                line.hang_up()

    def leave(error: BaseException | None) -> None:
        why = Why.SIGINT if isinstance(error, KeyboardInterrupt) else Why.CALLER
        for line in lines:
            line.interrupt(why)

    return apart(
        act,
        leave,
        asked_to_leave=cancel.is_set if cancel is not None else lambda: False,
        grace=SECONDS_TO_LEAVE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateResult:
    """
    What came of a run: its outputs, as a job's step would have them, and what they say.

    What is not known is None, never 0 or "". What the platform wrote (`state`, `error`,
    names) is text of others: escape it before it is shown as anything but plain text.
    """

    exit_code: int  # as of the command line: 0 only where the update did as asked
    outputs: Mapping[str, str]  # by the names of the action's outputs; all texts

    @property
    def result(self) -> Result:
        """How it ended, in one word such as `succeeded`, `failed` or `timed-out`."""
        return Result(self.outputs["result"])

    @property
    def ok(self) -> bool:
        """Whether data is as it was asked for: `succeeded` or `running`."""
        return self.result.ok

    @property
    def reason(self) -> str:
        """One sentence in words of this package and checked ids."""
        return self.outputs["reason"]

    @property
    def error(self) -> str | None:
        """The root cause in one line, as the platform wrote it."""
        return self._text("error")

    @property
    def state(self) -> str | None:
        """The last attempt's state, as the API spells it."""
        return self._text("state")

    @property
    def pipeline_id(self) -> str | None:
        """The id of the pipeline."""
        return self._text("pipeline-id")

    @property
    def pipeline_name(self) -> str | None:
        """The name of the pipeline, as the platform wrote it."""
        return self._text("pipeline-name")

    @property
    def update_id(self) -> str | None:
        """The id of the last attempt's update."""
        return self._text("update-id")

    @property
    def update_url(self) -> str | None:
        """The page of the last attempt's update."""
        return self._text("update-url")

    @property
    def job_run_id(self) -> str | None:
        """The id of the job run, where a job run started the update."""
        return self._text("job-run-id")

    @property
    def job_run_url(self) -> str | None:
        """The page of the job run."""
        return self._text("job-run-url")

    @property
    def attribution(self) -> str | None:
        """How the update is known to be ours: confirmed, inferred or attached."""
        return self._text("attribution")

    @property
    def attempts(self) -> tuple[Row, ...]:
        """Every update that was followed, oldest first."""
        return self._rows("attempts")

    @property
    def gate_result(self) -> str:
        """What came of the quality gate: passed, warned, failed, not-judged, none."""
        return self.outputs["gate-result"]

    @property
    def gate(self) -> tuple[Row, ...]:
        """The matches of the quality gate's rules, worst first; 32 KiB at most."""
        return self._rows("gate")

    @property
    def expectations(self) -> tuple[Row, ...]:
        """Records that passed and failed each, worst first; 32 KiB at most."""
        return self._rows("expectations")

    @property
    def rows_written(self) -> int | None:
        """Rows that the flows of the last attempt wrote, as far as the log tells."""
        return self._number("rows-written")

    @property
    def duration_seconds(self) -> int | None:
        """Whole seconds from the call to the end of the run."""
        return self._number("duration-seconds")

    @property
    def results(self) -> tuple[Row, ...]:
        """What came of each pipeline, worst first; all else is that of the worst."""
        return self._rows("results")

    @property
    def report_dir(self) -> str | None:
        """The folder of the reports, relative to `root`."""
        return self._text("report-dir")

    def raise_for_result(self) -> None:
        """Raise `UpdateNotSuccessful` where the update did not do what was asked."""
        if self.exit_code != 0:
            raise UpdateNotSuccessful(self)

    def _text(self, name: str) -> str | None:
        return self.outputs.get(name) or None

    def _number(self, name: str) -> int | None:
        text = self._text(name)
        return None if text is None else int(text)

    def _rows(self, name: str) -> tuple[Row, ...]:
        rows: list[Row] = json.loads(self.outputs.get(name) or "[]")
        return tuple(row for row in rows if row.keys() != _MORE)


class UpdateNotSuccessful(DltActionError):
    """A run did not end as it was asked to; `result` has all of it."""

    def __init__(self, result: UpdateResult) -> None:
        """Take what came of the run."""
        cause = f" Cause: {result.error}" if result.error is not None else ""
        super().__init__(f"{result.result.value}: {result.reason}{cause}")
        self.result = result
        self.exit_code = result.exit_code

    def __reduce__(self) -> tuple[type[UpdateNotSuccessful], tuple[UpdateResult]]:
        """Be sent to another process, as task queues do."""
        return type(self), (self.result,)


def _desk(root: Path, log: Callable[[str], object]) -> tuple[Desk, Kept]:
    """Where things are told: lines to *log*, and outputs to who asked."""
    writer = Writer(_Told(log), clock=None, github=False)
    kept = Kept(writer)
    return Desk(kept, writer, root), kept


def _logged(line: str) -> None:
    """Tell *line* as programs tell it that have a log."""
    if line:
        level = logging.WARNING if line.startswith(_WARNING) else logging.INFO
        _LOGGER.log(level, "%s", line)


class _Told(StringIO):
    """A stream whose lines are told to a function."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__()
        self._tell = tell

    def write(self, text: str) -> int:
        """Tell one line, as the writer writes it."""
        try:
            self._tell(text.removesuffix("\n"))
        except BaseException as error:  # on our own thread nobody else is meant by it
            # To the writer it is what a full disk is: it falls silent.
            raise OSError(type(error).__name__) from error
        return len(text)
