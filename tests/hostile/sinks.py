"""
Every place that a text goes to, read back by a reader that shares nothing with ours.

Each function looks at one sink and raises an AssertionError where what is read there is
not what was meant.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from dlt_action.core.hints import PAGES
from dlt_action.core.model import FlowStatus, JsonObject
from dlt_action.core.plan import LogLevel
from dlt_action.core.record import Outcome, Record
from dlt_action.core.recording import line_of
from dlt_action.core.text import one_line, visible
from dlt_action.core.violations import violations
from dlt_action.edge.ci.github import GitHub
from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.writer import Writer
from dlt_action.publishing import publish
from dlt_action.settings.model import Reporting
from dlt_action.settings.outputs import OUTPUTS
from dlt_action.world import Desk
from tests.oracles import gfm, junit, runner
from tests.oracles.mermaid import flowchart, gantt
from tests.reports.records import HOST

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
REPORTING = Reporting(
    summary=True, annotations=True, log_level=LogLevel.PROGRESS, report_dir="reports"
)
LOG_ONLY = replace(REPORTING, summary=False, report_dir=None)
# What our own Markdown consists of.
_NAMES = """h2 h3 p strong em code pre table thead tbody tr th td ul li br wbr
sub a details summary"""
ELEMENTS = frozenset(_NAMES.split())
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "code": frozenset({"class"}),
    "td": frozenset({"align"}),
    "th": frozenset({"align"}),
}
LANGUAGES = frozenset({"language-text", "language-mermaid"})
FRAME = re.compile(r'\bFile "[^"]*", line \d')
# What a person does not see, or sees as something else.
UNSEEN = re.compile(
    "[\0-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ud800-\udfff\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)


class Noting(Writer):
    """A writer that remembers the commands it was asked for."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__(stream, clock=lambda: NOON, github=True)
        self.meant: list[tuple[str, str, dict[str, str]]] = []

    def command(self, name: str, data: str = "", **properties: str) -> None:
        given = {key: value for key, value in properties.items() if value}
        self.meant.append((name, visible(data), given))
        super().command(name, data, **properties)


@dataclass
class Told:
    """All that one publishing wrote."""

    record: Record
    log: str
    plain: str  # the log outside of GitHub
    meant: list[tuple[str, str, dict[str, str]]]
    outputs: bytes
    summary: str
    files: dict[str, str] = field(default_factory=dict)


def tell(
    record: Record,
    folder: Path,
    reporting: Reporting = REPORTING,
    hidden: Iterable[str] = (),
) -> Told:
    """
    Publish *record* as a step of a workflow does; *folder* is empty or was used.

    What is *hidden* was a secret before.
    """
    environ = {"GITHUB_ACTIONS": "true"}
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"):
        path = folder / name
        path.write_bytes(b"")
        environ[name] = str(path)
    stream = io.StringIO()
    writer = Noting(stream)
    for secret in hidden:
        writer.hide(secret)
    dialect = GitHub(environ, writer, nonce=lambda: "unguessed")
    publish(record, reporting, Desk(dialect, writer, folder))
    return Told(
        record=record,
        log=stream.getvalue(),
        plain=_plainly(record, folder, hidden),
        meant=writer.meant,
        outputs=(folder / "GITHUB_OUTPUT").read_bytes(),
        summary=(folder / "GITHUB_STEP_SUMMARY").read_text("utf-8"),
        files={
            path.name: path.read_bytes().decode("utf-8")
            for path in folder.glob("reports/*")
        },
    )


def _plainly(record: Record, folder: Path, hidden: Iterable[str]) -> str:
    stream = io.StringIO()
    writer = Writer(stream, clock=None, github=False)
    for secret in hidden:
        writer.hide(secret)
    publish(record, LOG_ONLY, Desk(Plain(writer), writer, folder))
    return stream.getvalue()


def check_all(told: Told) -> None:
    """Every sink."""
    check_log(told.log)
    check_commands(told)
    check_log(told.plain)
    assert runner.commands(told.plain.encode()) == []
    check_outputs(told.outputs)
    check_markdown(told.summary, told.record)
    check_pictures(told.summary)
    check_comment(told.files["comment.md"], told.record)
    check_junit(told.files["junit.xml"], told.record)
    check_json(told.files["result.json"], told.record)
    assert told.files["summary.md"] == told.summary


def check_log(log: str) -> None:
    """Nothing in it is unseen, and no line looks like a frame of a traceback."""
    for line in log.split("\n"):
        assert UNSEEN.search(line) is None, line
        if line.startswith("::"):
            continue  # a matcher is shown no line that is a command
        assert FRAME.search(line) is None, line
    assert "warning: a bug" not in log


def check_commands(told: Told) -> None:
    """A runner finds the commands that were meant, with their texts, and no others."""
    found = [
        (command.name, command.data, command.properties)
        for command in runner.commands(told.log.encode())
    ]
    assert found == told.meant
    names = [name for name, _, _ in found]
    assert set(names) <= {"error", "warning", "group", "endgroup"}
    assert names.count("group") == names.count("endgroup")
    for _, data, properties in found:
        for text in (data.replace("\n", ""), *properties.values()):
            assert UNSEEN.search(text) is None, text


def check_outputs(raw: bytes) -> None:
    """The names are ours, each value is one line, and lists are lists."""
    values = runner.environment_file(raw)
    assert list(values) == [output.name for output in OUTPUTS]
    for name, value in values.items():
        assert UNSEEN.search(value) is None, name
        assert len(value.encode()) <= 32 * 1024
    for name in ("attempts", "expectations", "gate", "results"):
        entries = json.loads(values[name])
        assert all(isinstance(entry, dict) for entry in entries)
    # What others decide on is never what somebody else wrote.
    assert values["ok"] == "false"
    assert values["result"] in {"canceled", "failed", "gate-failed"}


def check_markdown(text: str, record: Record) -> gfm.Page:
    """All elements and links are ours, nothing becomes a link later, names are read."""
    page = gfm.page(text)
    assert page.unclosed == []
    assert set(page.tags) <= ELEMENTS, set(page.tags) - ELEMENTS
    for tag, given in page.elements:
        assert set(given) <= ATTRIBUTES.get(tag, frozenset()), (tag, given)
        assert given.get("class") in (None, *LANGUAGES), given
    for target in page.links:
        assert target.startswith(f"{HOST}/") or target in PAGES, target
    found = gfm.LINKED_LATER.search(page.loose)
    assert found is None, found
    read = page.text.replace("\u200b", "")
    for outcome in record.outcomes:
        for flow in outcome.flows:
            if flow.status is FlowStatus.FAILED:
                assert one_line(flow.name, 80)[:-1] in read
    return page


def check_comment(text: str, record: Record) -> None:
    """The same, and it is small, without pictures, and begins with its marker."""
    page = check_markdown(text, record)
    assert len(page.strange) == 1, page.strange
    marker = page.strange[0]
    assert re.fullmatch(r"<!-- dlt-action(?: [0-9A-Za-z_.-]+)* -->", marker)
    assert text.startswith(marker)
    assert len(text) <= 60_000
    assert "mermaid" not in {given.get("class") for _, given in page.elements}


def check_pictures(text: str) -> None:
    """Each picture consists of statements of ours."""
    for language, block in gfm.page(text).blocks:
        if language == "text":
            continue
        assert language == "mermaid"
        picture = block.rstrip("\n")
        if picture.startswith("flowchart"):
            flowchart(picture)
        else:
            gantt(picture)


def check_junit(text: str, record: Record) -> None:
    """It is XML, valid, and a reader shows as many cases as there are things."""
    ET.fromstring(text.encode())  # noqa: S314 - our own
    assert junit.faults(text) == []
    found = junit.suites(text)
    pieces = [one for told in record.outcomes for one in (told, *told.parts)]
    assert len(found) == len(pieces)
    for suite, outcome in zip(found, pieces, strict=True):
        assert suite.told == suite.counted
        groups = Counter(case.group.partition(".")[0] for case in suite.cases)
        broke = violations(outcome)
        counted = [(row.dataset, row.name) for row in outcome.expectations]
        assert groups == +Counter(
            tasks=0 if outcome.job is None else len(outcome.job.tasks),
            updates=len(outcome.attempts),
            flows=len(outcome.flows),
            expectations=len(broke) + sum(one not in broke for one in counted),
            gate=len(outcome.gate),
        )
        shown = {case.name for case in suite.cases if case.group == "flows"}
        assert shown == {one_line(flow.name, 300) for flow in outcome.flows}
        for case in suite.cases:
            assert case.verdict in ("passed", "failure", "skipped")
            assert UNSEEN.search(case.name) is None


def check_json(text: str, record: Record) -> None:
    """A program reads what was sent, letter by letter; half a letter apart."""
    for read, outcome in zip(
        json.loads(text)["outcomes"], record.outcomes, strict=True
    ):
        _check_one(read, outcome)


def _check_one(read: Mapping[str, Any], outcome: Outcome) -> None:
    assert len(read["parts"]) == len(outcome.parts)
    assert read["server_said"] == _whole(outcome.server_said)
    assert read["paste"] == _whole(outcome.paste)
    assert [flow["name"] for flow in read["flows"]] == [
        _whole(flow.name) for flow in outcome.flows
    ]
    assert [one["headline"] for one in read["problems"]] == [
        _whole(problem.headline) for problem in outcome.problems
    ]


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def check_events(events: Iterable[JsonObject]) -> None:
    """Each event is one line of letters that are seen, and says what was sent."""
    for event in events:
        line = line_of(event, str)
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line) == json.loads(json.dumps(event))
