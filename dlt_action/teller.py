"""
Telling what happens while machines run: first to the files that survive us.

The state comes before the outputs, and both before the log: what can still stop an
update must know of it before anybody else does. Several pipelines share one log, in
which each line begins with whom it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlt_action.core.crowd import Crowd
from dlt_action.core.labels import Named, folders, labels
from dlt_action.core.machine import Machine, Pursuit
from dlt_action.core.news import (
    Begun,
    Ended,
    Heartbeat,
    Logged,
    News,
    Parted,
    RunStarted,
    Started,
    StopAccepted,
    TookUp,
)
from dlt_action.core.owed import Owed
from dlt_action.core.plan import Plan
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.redaction import hidden_in
from dlt_action.core.telling import Lines
from dlt_action.debts import Debts
from dlt_action.edge.recorder import EVENTS, Recorder, Room
from dlt_action.errors import OutputsUnwritable
from dlt_action.lean import replace
from dlt_action.publishing import FILES
from dlt_action.reports import outputs
from dlt_action.settings.model import Reporting

_TO_BE_KEPT = (RunStarted, Started, TookUp, Parted, StopAccepted)


class Cast:
    """Who is who among the machines of a step, where there are several to tell of."""

    def __init__(self, runs: Sequence[Pursuit], redacted: Callable[[str], str]) -> None:
        """Name the parts of *runs*; a single one needs no name."""
        job = next((one.plan.job for one in runs), None)
        self._runs = runs
        # A one-time run is of one pipeline, and by that it is known.
        self._by_task = job is not None and job.job_id is not None
        if job is not None and self._by_task:
            parts = [Named(task.key, task.key) for task in job.tasks]
        else:
            pipelines = [one.plan.pipeline for one in runs]
            parts = [Named(one.name, one.pipeline_id) for one in pipelines]
        self.number = len(parts)
        # A label, and a folder, is made of parts of a name: a secret would be unknown.
        named = [replace(one, name=redacted(one.name)) for one in parts]
        several = named if len(parts) > 1 else []
        keys = [one.key for one in several]
        self.labels = dict(zip(keys, labels(several), strict=True))
        taken = (*FILES, EVENTS)
        self._folders = dict(zip(keys, folders(several, taken), strict=True))

    def part(self, one: Machine) -> str:
        """What *one* is about, by its key; "": all of the step."""
        if self._by_task:
            return str(getattr(one, "key", ""))
        plan: Plan | None = getattr(one, "plan", None)
        return "" if plan is None else plan.pipeline.pipeline_id

    def prefix(self, part: str) -> str:
        """What a line about that *part* begins with."""
        label = self.labels.get(part)
        return "" if label is None else f"[{label}] "

    def folder(self, part: str) -> str:
        """Where the log of that *part* is kept, below the folder of all reports."""
        return self._folders.get(part, "")

    def folder_of(self, outcome: Outcome) -> str:
        """Where the log is kept of what came to that *outcome*."""
        part = outcome.task if self._by_task else outcome.pipeline_id
        return self.folder("" if part is None else part)

    def is_end(self, one: Machine) -> bool:
        """Whether with *one* a part has ended that has a name of its own."""
        # What a one-time run is of, ends with that.
        own = self._by_task or any(one is run for run in self._runs)
        return own and self.part(one) in self.labels


class Teller:
    """Tells the news: first to the files that survive us, then to people."""

    def __init__(
        self,
        asked: Asked,
        reporting: Reporting,
        debts: Debts,
        runs: Sequence[Pursuit],
        elapsed: Callable[[], float],
    ) -> None:
        """
        Tell of *runs*, whose *debts* are handed over.

        *elapsed* are the seconds since the step began.
        """
        self._elapsed = elapsed
        self._lines = Lines(reporting.log_level)
        self._desk = debts.desk
        self._asked = asked
        self._runs = runs
        self._debts = debts
        self._cast = Cast(runs, self._desk.writer.redacted)
        self._crowd = Crowd(self._cast.number)
        self._folder = reporting.report_dir
        self._room = Room()
        self._recorders: dict[str, Recorder] = {}
        self._begun: set[int] = set()
        if self._cast.number == 1:
            self._recorder("")

    def tell(self, one: Machine, news: News) -> None:
        """Tell *news* of *one*."""
        part = self._cast.part(one)
        if isinstance(news, Begun):
            self._begun.add(id(one))
            self._debts.owe(self.debts())
        if isinstance(news, Ended) and not self._cast.is_end(one):
            return  # the verdict is told at the end of all
        if isinstance(news, Logged):
            self._recorder(self._cast.folder(part)).record(news.event)
        if isinstance(news, _TO_BE_KEPT):
            self.save()
        prefix = self._cast.prefix(part)
        if prefix:
            self._crowd.saw(part, news)
        text = self._lines.of(news)
        if isinstance(news, Heartbeat) and self._crowd.is_large:
            prefix, text = "", text and self._crowd.line(self._elapsed())
        if text is not None:
            self._desk.writer.say("\n".join(prefix + one for one in text.split("\n")))

    def judged(
        self, before: Sequence[Outcome], after: tuple[Outcome, ...]
    ) -> tuple[Outcome, ...]:
        """Tell what *after* all have ended is to be warned of; *after* itself."""
        for one, two in zip(before, after, strict=True):
            for text in two.warnings[len(one.warnings) :]:
                self._desk.writer.say(f"warning: {text}")
        return after

    def close(self, ended: Sequence[Outcome]) -> None:
        """There is no more news of what *ended* so."""
        parts = [part for one in ended for part in one.parts or (one,)]
        for folder, recorder in self._recorders.items():
            its = (one for one in parts if self._cast.folder_of(one) == folder)
            recorder.close(whole=all(map(_is_told, its)))
        more = self._lines.more()
        if more is not None:
            self._desk.writer.say(more)

    def _recorder(self, folder: str) -> Recorder:
        if folder not in self._recorders:
            below = self._folder
            if below is not None and folder:
                below = f"{below}/{folder}"
            desk = self._desk
            self._recorders[folder] = Recorder(
                desk.root, below, desk.writer, self._room
            )
        return self._recorders[folder]

    def debts(self) -> list[Owed]:
        """What each owes now: nothing, as long as it has not begun."""
        return [self._debt(one, one.owed()) for one in self._runs]

    def _debt(self, one: Pursuit, owed: Owed) -> Owed:
        owed = replace(owed, stop=owed.stop and id(one) in self._begun)
        job = one.plan.job
        if job is None:
            return owed
        # By these a person, or the post step, can look for a run of unknown id.
        if job.job_id is not None:
            return replace(owed, job_id=job.job_id)
        return replace(owed, pipeline_id=one.plan.pipeline.pipeline_id)

    def save(self) -> None:
        """Keep what is known now; the state first: it is what can still stop."""
        self._debts.owe(self.debts())
        try:
            so_far = Record(self._asked, tuple(one.so_far() for one in self._runs))
            known = hidden_in(so_far, self._desk.writer.redacted)
            self._desk.ci.outputs(outputs.unfinished(known))
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
