"""
Telling what came of a run, everywhere it was asked for.

A report looks at what is already decided: whatever goes wrong in one is a warning and
changes neither exit code nor outputs. Outputs that cannot be written are an error,
because a gate would read old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from dlt_action.core.model import Result
from dlt_action.core.record import Record
from dlt_action.core.redaction import hidden_in
from dlt_action.core.telling import failure
from dlt_action.core.text import one_line
from dlt_action.edge.checkout import with_sources
from dlt_action.edge.files import Unwritable, write_reports
from dlt_action.edge.writer import Writer
from dlt_action.errors import OutputsUnwritable
from dlt_action.lean import replace
from dlt_action.reports import comment, jsonreport, junit, outputs, summary
from dlt_action.reports.annotations import render as annotations_of
from dlt_action.reports.order import pieces_of, worst_outcomes_first
from dlt_action.reports.telling import closing
from dlt_action.settings.model import Reporting
from dlt_action.world import Desk

# What is written into `report-dir`; `events.ndjson` lies there already.
FILES: Mapping[str, Callable[[Record], str]] = {
    "result.json": jsonreport.render,
    "summary.md": summary.render,
    "comment.md": comment.render,
    "junit.xml": junit.render,
}

# More are in the summary; a log that scrolls on hides the verdict.
MOST_DETAILS = 3
MOST_OF_ALL = 9  # where there are several pipelines


def publish(record: Record, reporting: Reporting, desk: Desk) -> int:
    """Tell what came of it everywhere it was asked for; the exit code."""
    record = _guarded(_locate, record, reporting, desk)
    # Before it is rendered: in a text that is escaped, no secret is found any more.
    record = hidden_in(record, desk.writer.redacted)
    record = _guarded(_write_reports, record, reporting, desk)
    code = record.exit_code
    try:
        desk.ci.outputs(_values(record))
    except OutputsUnwritable as error:
        desk.writer.say(f"error: {error}")
        code = error.exit_code
    for show in (_summarise, _annotate, _show_details):
        _guarded(show, record, reporting, desk)
    desk.writer.say(closing(record))
    return code


def _values(record: Record) -> dict[str, str]:
    values = outputs.render(record)
    if record.worst.result is not Result.INTERNAL_ERROR:
        return values
    # After a bug, what is not known any more stays as it was written before.
    return {name: value for name, value in values.items() if value not in ("", "[]")}


Report: TypeAlias = Callable[[Record, Reporting, Desk], Record]


def _guarded(
    report: Report, record: Record, reporting: Reporting, desk: Desk
) -> Record:
    # A report looks at what is already decided: a bug in it must not decide anything.
    try:
        return report(record, reporting, desk)
    except Exception as error:  # noqa: BLE001 - see above
        desk.writer.say(f"warning: a bug in a report ({type(error).__name__})")
        return record


def _locate(record: Record, reporting: Reporting, desk: Desk) -> Record:
    """Find the files of the checkout in which problems are."""
    del reporting
    # Whoever sent a signal kills us soon: outputs matter more than a file's name.
    if any(one.result is Result.INTERRUPTED for one in record.outcomes):
        return record
    return with_sources(record, desk.root)


def _write_reports(record: Record, reporting: Reporting, desk: Desk) -> Record:
    """Write `report-dir`; the record does not name it where that failed."""
    if reporting.report_dir is None:
        return record
    try:
        write_reports(desk.root, reporting.report_dir, files_of(record, desk.writer))
    except Unwritable as error:
        desk.writer.say(f"warning: {error}")
        return replace(record, asked=replace(record.asked, report_dir=None))
    return record


def files_of(record: Record, writer: Writer) -> dict[str, str]:
    """
    The reports on *record*, by their names; one with a bug is left out.

    Nothing in *record* is secret (`hidden_in`); they are redacted all the same.
    """
    files: dict[str, str] = {}
    for name, render in FILES.items():
        try:
            files[name] = writer.redacted(render(record))
        except Exception as error:  # noqa: BLE001 - the others are wanted all the same
            writer.say(f"warning: a bug in {name} ({type(error).__name__})")
    return files


def _summarise(record: Record, reporting: Reporting, desk: Desk) -> Record:
    if reporting.summary:
        desk.ci.summary(summary.render(record))
    return record


def _annotate(record: Record, reporting: Reporting, desk: Desk) -> Record:
    for note in annotations_of(record) if reporting.annotations else ():
        desk.ci.annotate(
            note.grade, note.message, title=note.title, file=note.file, line=note.line
        )
    return record


def _show_details(record: Record, reporting: Reporting, desk: Desk) -> Record:
    """The failures at length, each folded under its headline."""
    del reporting
    pieces = pieces_of(worst_outcomes_first(record.outcomes))
    found = [one for outcome in pieces for one in outcome.problems[:MOST_DETAILS]]
    for problem in found[:MOST_OF_ALL]:
        first, _, rest = problem.detail.partition("\n")
        if rest:
            # The group's title has the headline: not a second time below it.
            new = rest if one_line(first) == problem.headline else problem.detail
            with desk.ci.group(failure(problem)):
                desk.writer.block([new])
    return record
