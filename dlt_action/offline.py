"""
Reports made again from a saved event log: without a network, and of anybody's update.

What is read is `events.ndjson`, which a run leaves in its `report-dir`, or pages of the
events API as they were saved. A log knows nothing of what the step was asked for, so
the verdict is the update's own, and no clock ran out. The rules of a quality gate, the
workspace that pages are linked to, and the checkout that code is looked for in, are
given anew; nothing is asked over a network, and no credential is read.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from dlt_action import __version__
from dlt_action.core.gate import Gate
from dlt_action.core.model import EXIT_CODES
from dlt_action.core.plan import Links
from dlt_action.core.record import Asked, Record
from dlt_action.core.redaction import hidden_in
from dlt_action.core.retelling import Chapter, beside, chain_to, judged, retell
from dlt_action.edge.arguments import Arguments
from dlt_action.edge.checkout import inside, with_sources
from dlt_action.edge.files import Unwritable, write_reports
from dlt_action.edge.shelf import Shelf, read, refusal
from dlt_action.edge.writer import Writer
from dlt_action.errors import Misconfigured, OutputsUnwritable
from dlt_action.lean import replace
from dlt_action.publishing import files_of
from dlt_action.reports.telling import closing
from dlt_action.settings import hosts, judging
from dlt_action.settings.formats import Unfit

AGAIN = "again"  # the folder beside a run's own reports
_NO_END = 1  # the exit code where the log shows no end
_NOT_WHOLE = "The event log is not whole: the numbers in it are not available."


def report(argv: Sequence[str], writer: Writer) -> int:
    """Make the reports again; the exit code of what the log shows."""
    asked = _parser().parse_args(argv)
    checkout = asked.checkout
    if not checkout.is_dir():
        raise refusal("checkout", f"{checkout} is no folder.", "Give the repository's.")
    links, gate = _links(asked.host, asked.allow_host), _gate(asked.rules, checkout)
    with contextlib.closing(Shelf()) as shelf:
        for path in asked.events:
            read(path, shelf)
        record = _told(shelf, shelf.chapter(asked.update_id), gate, links)
    record = hidden_in(with_sources(record, checkout), writer.redacted)
    root, folder = _folder(asked.report_dir, asked.events[0].parent)
    try:
        root.mkdir(parents=True, exist_ok=True)
        write_reports(root, folder, files_of(record, writer))
    except (OSError, Unwritable) as error:
        raise OutputsUnwritable(f"The reports cannot be written: {error}") from error
    for warning in record.worst.warnings:
        writer.say(f"warning: {warning}")
    writer.say(f"reports: {root / folder}")
    writer.say(closing(record))
    return EXIT_CODES.get(record.worst.result, _NO_END)


def _folder(given: str, beside: Path) -> tuple[Path, str]:
    """
    Where the reports go: not over those of a run, which knew more than its log.

    The second stays in the first, whoever put a link into its place.
    """
    if given.strip():
        folder = Path(given.strip())
        if folder.exists() and not folder.is_dir():
            raise refusal("report-dir", f"{folder} is no folder.", "Give a folder.")
        return folder, "."
    return beside, AGAIN if _is_of_a_run(beside / "result.json") else "."


def _is_of_a_run(path: Path) -> bool:
    """Whether a run left *path*: it says how it came to its update; a log cannot."""
    try:
        known = json.loads(path.read_bytes())
        return any(one["attribution"] for one in known["outcomes"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _parser() -> Arguments:
    parser = Arguments(prog="dlt-action report", allow_abbrev=False)
    parser.add_argument("events", nargs="+", type=Path)
    parser.add_argument("--report-dir", default="")
    parser.add_argument("--update-id")
    parser.add_argument(
        "--quality-gate", dest="rules", action="append", default=[], metavar="RULES"
    )
    parser.add_argument("--checkout", type=Path, default=Path())
    parser.add_argument("--host")
    parser.add_argument("--allow-host")
    return parser


def _links(host: str | None, allowed: str | None) -> Links | None:
    """The pages of the workspace, if it is named; checked as the input `host` is."""
    if host is None or not host.strip():
        return None
    name = "allow-host"
    try:
        known = None if allowed is None else hosts.allow_host(allowed.strip())
        name = "host"
        found = hosts.host(host.strip(), known)
    except Unfit as unfit:
        raise refusal(name, unfit.what, unfit.remedy) from None
    return Links(found.origin, found.workspace_id)


def _gate(texts: Sequence[str], checkout: Path) -> Gate:
    """The rules that are given, here or in files of the checkout."""
    try:
        given = judging.each(texts)
    except Unfit as unfit:
        name = judging.QUALITY_GATE.name
        raise refusal(name, unfit.what, unfit.remedy) from None
    gates = [_in_file(one, checkout) for one in given]
    return Gate(tuple(rule for gate in gates for rule in gate.rules))


def _in_file(given: Gate | judging.RulesIn, checkout: Path) -> Gate:
    if isinstance(given, Gate):
        return given
    text = inside(checkout, given.path, judging.LARGEST_FILE)
    found = judging.read(text.text, text.cause)
    if isinstance(found, Gate):
        return found
    raise Misconfigured((found,))


def _told(shelf: Shelf, last: Chapter, gate: Gate, links: Links | None) -> Record:
    chain = chain_to(last, shelf.chapters.values())
    outcome = retell(((one, shelf.events(one)) for one in chain), links)
    parts = tuple(shelf.missing(last))
    if not parts:
        outcome = beside(last.request, outcome)
    outcome = judged(outcome, gate, last.request, whole=not parts)
    if not outcome.log_complete:
        parts = (*parts, _NOT_WHOLE)
    asked = Asked(
        host="" if links is None else links.host,
        pipeline=last.pipeline,
        kind=last.request.kind.value,
        resets=last.request.kind.resets,
        version=__version__,
        rules=len(gate.rules),
    )
    return Record(asked, (replace(outcome, warnings=(*parts, *outcome.warnings)),))
