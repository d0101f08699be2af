"""
The story: start one pipeline update, follow it to its real end, report it.

`run` is the sentence; `driving` has the loop that plays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlt_action.core.machine import Machine
from dlt_action.core.model import Pipeline, Result
from dlt_action.core.news import (
    Logged,
    News,
    Parted,
    Started,
    StopAccepted,
    TookUp,
)
from dlt_action.core.owed import Owed
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.run import Run
from dlt_action.core.telling import Detail, Lines
from dlt_action.core.verdicts import (
    Verdict,
    continuous,
    crashed,
    interrupted_before_start,
)
from dlt_action.driving import drive
from dlt_action.edge.recorder import Recorder
from dlt_action.edge.workspace import Leave, Workspace
from dlt_action.errors import OutputsUnwritable
from dlt_action.publishing import Desk, publish
from dlt_action.reports import outputs
from dlt_action.reports.telling import introduction, opening
from dlt_action.settings.asking import owed_at_first, planned, what_is_asked
from dlt_action.settings.model import Reporting, Settings, WaitFor
from dlt_action.world import World


def run(settings: Settings, world: World) -> int:
    """
    Start one pipeline update, follow it to its real end, judge it, report it.

    Returns the exit code. Raises `OutputsUnwritable` before anything is started.
    """
    asked, desk = what_is_asked(settings), world.desk
    leave_behind(asked, settings, desk)
    desk.writer.say(opening(asked))
    pipeline = find(settings, world)
    if isinstance(pipeline, Verdict):
        ended = nothing_started(pipeline, settings, world)
    else:
        ended = follow(pipeline, settings, world, asked)
    return publish(Record(asked, ended), settings.reporting, desk)


def leave_behind(asked: Asked, settings: Settings, desk: Desk) -> None:
    """Write what a step that is killed leaves behind. Raises `OutputsUnwritable`."""
    try:
        desk.ci.state(owed_at_first(settings).written())
        desk.ci.outputs(outputs.unfinished(Record(asked)))
    except OutputsUnwritable as error:
        owe(Owed(stop=False), desk)
        raise OutputsUnwritable(f"{error} Nothing was started.") from error


def owe(owed: Owed, desk: Desk) -> None:
    """Hand over what is owed to the pipeline; that it cannot be is a warning."""
    try:
        desk.ci.state(owed.written())
    except OutputsUnwritable as error:
        # What was written before is still there, and proves itself before it acts.
        desk.writer.say(f"warning: {error}")


def follow(
    pipeline: Pipeline, settings: Settings, world: World, asked: Asked
) -> tuple[Outcome, ...]:
    """Start an update of *pipeline* and follow it to its end."""
    plan = planned(settings, pipeline, began=world.began, began_at=world.began_at)
    world.desk.writer.say(introduction(asked, plan))
    runs = [Run(plan, deadline=_deadline(settings, world), chance=world.chance)]
    teller = Teller(asked, settings.reporting, world.desk, runs)
    try:
        ended = drive(runs, world.line, teller.tell)
    except Exception as error:  # noqa: BLE001 - our bug must not lose the update
        world.explain(error)
        ended = tuple(_crashed(one, error) for one in runs)
    teller.close(ended)
    for one in runs:
        owe(one.owed(), world.desk)
    return ended


def _deadline(settings: Settings, world: World) -> float:
    return world.began + settings.patience.timeout


def find(settings: Settings, world: World) -> Pipeline | Verdict:
    """The pipeline to update, or why there is nothing to start."""
    workspace = Workspace(
        world.line,
        world.chance,
        deadline=_deadline(settings, world),
        tell=world.desk.writer.say,
    )
    try:
        (target,) = settings.pipelines
        found = workspace.find(settings.pipeline_id, target.name)
    except Leave as leave:
        return interrupted_before_start(leave.why)
    endless = isinstance(found, Pipeline) and found.continuous
    waits = settings.patience.wait and settings.patience.wait_for is WaitFor.COMPLETED
    starts = settings.update_id is None  # what was started before may have ended
    if endless and waits and starts and not settings.request.validate_only:
        return continuous()
    return found


class Teller:
    """Tells the news: first to the files that survive us, then to people."""

    def __init__(
        self, asked: Asked, reporting: Reporting, desk: Desk, runs: Sequence[Run]
    ) -> None:
        """Tell of *runs*."""
        self._lines = Lines(Detail[reporting.log_level.name])
        self._desk = desk
        self._asked = asked
        self._runs = runs
        self.recorder = Recorder(desk.root, reporting.report_dir, desk.writer)

    def tell(self, one: Machine, news: News) -> None:
        """Tell *news* of *one*."""
        del one
        if isinstance(news, Logged):
            self.recorder.record(news.event)
        if isinstance(news, Started | TookUp | Parted | StopAccepted):
            self._save()
        self._say(self._lines.of(news))

    def close(self, ended: Sequence[Outcome]) -> None:
        """There is no more news of what *ended* so."""
        self.recorder.close(whole=all(map(_is_told, ended)))
        self._say(self._lines.more())

    def _say(self, text: str | None) -> None:
        if text is not None:
            self._desk.writer.say(text)

    def _save(self) -> None:
        # The state first: it is what can still stop the update.
        for one in self._runs:
            owe(one.owed(), self._desk)
        so_far = tuple(one.so_far() for one in self._runs)
        try:
            self._desk.ci.outputs(outputs.unfinished(Record(self._asked, so_far)))
        except OutputsUnwritable as error:
            # The update runs: to leave it now would help nobody. The end fails on it.
            self._desk.writer.say(f"warning: {error}")
        except Exception as error:  # noqa: BLE001 - a bug in a report loses no update
            self._desk.writer.say(
                f"warning: a bug in a report ({type(error).__name__})"
            )


def _is_told(outcome: Outcome) -> bool:
    """Whether all that the event log will ever tell of it was read."""
    update = outcome.attempts[-1] if outcome.attempts else None
    return update is None or (update.state.terminal and outcome.log_complete)


def nothing_started(
    verdict: Verdict, settings: Settings, world: World
) -> tuple[Outcome, ...]:
    """What came of it when there was nothing to start, and so nothing is owed."""
    owe(Owed(stop=False), world.desk)
    outcome = replace(
        verdict.outcome(),
        pipeline_id=settings.pipeline_id,
        pipeline_name=settings.pipelines[0].name,
        seconds=world.line.now() - world.began,
    )
    return (outcome,)


def _crashed(one: Run, error: Exception) -> Outcome:
    verdict = crashed(error)
    return replace(
        one.so_far(),
        result=Result.INTERNAL_ERROR,
        reason=verdict.reason,
        advice=verdict.advice,
    )
