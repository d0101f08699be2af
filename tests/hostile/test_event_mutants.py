"""
A log in which one field is not as it should be: nothing breaks, nothing is made up.

Each mutant of each event is folded among the others, and every report is made of what
came of it. What decides is what nobody may get wrong: a failed update stays one, a
number that is not there is not zero, and no gate opens by what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path as File

import pytest

from dlt_action.core import wire
from dlt_action.core.gate import Gate, Metric, Rule
from dlt_action.core.model import FlowStatus, JsonObject, Result, UpdateId
from dlt_action.core.quality import judge
from dlt_action.core.record import GateVerdict, Outcome, Record
from dlt_action.core.recording import line_of
from dlt_action.core.retelling import Chapter, retell
from dlt_action.publishing import FILES
from dlt_action.reports import outputs
from dlt_action.reports.annotations import render as annotations_of
from dlt_action.reports.telling import closing
from dlt_action.standin import SCENARIOS
from tests.core.test_recorded_samples import FOLDER, VARIABLE, found
from tests.hostile import documented, share
from tests.hostile.documented import END, FLOW, LOG
from tests.hostile.mutants import Path, mutants, mutants_at, paths
from tests.reports.records import ASKED, OURS
from tests.standin.desk import Desk

# The numbers that the log tells, each of them once.
TOLD = {
    "rows": documented.ROWS,
    "upserted": documented.UPSERTED,
    "deleted": documented.DELETED,
    "backlog_bytes": documented.BACKLOG,
    "dropped": documented.DROPPED,
    "passed": documented.PASSED,
    "failed": documented.FAILED,
}
# None of them holds, as the numbers are; so none holds where one is missing.
GATE = Gate(
    tuple(
        Rule(
            text=f"{dataset}:{expectation} {metric} {op} {value}",
            mandatory=True,
            dataset=dataset,
            expectation=expectation,
            metric=metric,
            op=op,
            value=Fraction(value),
        )
        for dataset, expectation in ((FLOW, documented.CHECK), ("*", "*"))
        for metric, op, value in (
            (Metric.FAILED, "<=", 5),
            (Metric.PASSED, ">=", 10**9),
            (Metric.DROPPED, "<=", 5),
            (Metric.ROWS, ">=", 10**9),
        )
    )
)


def told_by(events: list[JsonObject], update: UpdateId = OURS) -> Outcome:
    """What the reports know of an update with these *events*."""
    chapter = Chapter(update)
    read = [wire.event(source) for source in events]
    for source, event in zip(events, read, strict=True):
        chapter.take(source, event)
    return retell([(chapter, sorted(read, key=lambda one: (one.at, one.sequence)))])


def report(outcome: Outcome) -> None:
    """Make everything of it that is shown or written."""
    record = Record(ASKED, (outcome,))
    for render in FILES.values():
        assert render(record).encode("utf-8", "backslashreplace")
    values = outputs.render(record)
    for name in ("attempts", "expectations", "gate"):
        json.loads(values[name])
    assert values["ok"] == "false"
    assert annotations_of(record)
    assert closing(record)


def numbers_of(outcome: Outcome) -> Iterator[tuple[str, int | None]]:
    """Every number that the log is said to have told."""
    yield "rows-written", outcome.rows_written
    for flow in outcome.flows:
        for name in ("rows", "upserted", "deleted", "backlog_bytes", "dropped"):
            yield name, getattr(flow, name)
    for row in outcome.expectations:
        yield "passed", row.passed
        yield "failed", row.failed


def outcomes(place: int) -> Iterator[tuple[Path, Outcome]]:
    """What comes of each mutant of the event in that *place*, each outcome once."""
    known: set[Outcome] = set()
    for number, path in enumerate(paths(LOG[place])):
        changed = mutants_at(LOG[place], path)
        for mutant in islice(changed, number % share.MUTANTS, None, share.MUTANTS):
            assert isinstance(mutant, dict)
            assert isinstance(json.loads(line_of(mutant, str)), dict)
            outcome = told_by([*LOG[:place], mutant, *LOG[place + 1 :]])
            if outcome not in known:
                known.add(outcome)
                yield path, outcome


def well(outcome: Outcome, place: int) -> None:
    """What has to be so of an *outcome* of which one event has something else."""
    assert outcome.result in (Result.FAILED, Result.UNFINISHED), outcome.result
    if place != END:
        assert outcome.result is Result.FAILED
    for name, number in numbers_of(outcome):
        assert number != 0, name
    judged = judge(GATE, outcome)
    holding = [row for row in judged.rows if row.verdict is GateVerdict.HOLDS]
    assert holding == []
    assert judged.broken == len(GATE.rules)
    report(outcome)


def test_the_log_as_it_is_tells_the_numbers() -> None:
    outcome = told_by(LOG)
    (flow,) = outcome.flows
    (row,) = outcome.expectations
    assert {name: n for name, n in numbers_of(outcome) if name in TOLD} == TOLD
    assert (flow.name, flow.status) == (FLOW, FlowStatus.FAILED)
    assert (row.dataset, row.name) == (FLOW, documented.CHECK)
    assert len(outcome.problems) == 1
    assert outcome.result is Result.FAILED
    judged = judge(GATE, outcome)
    assert {row.verdict for row in judged.rows} == {GateVerdict.BREAKS}


def test_there_are_thousands_of_mutants() -> None:
    assert sum(len(list(mutants(event))) for event in LOG) / share.MUTANTS >= 5_000


@pytest.mark.parametrize("place", range(len(LOG)))
def test_no_mutant_of_an_event_breaks_anything_or_makes_anything_up(place: int) -> None:
    for path, outcome in outcomes(place):
        try:
            well(outcome, place)
        except Exception as error:
            raise AssertionError(f"changed: {path}") from error


def shapes(events: Iterable[JsonObject]) -> list[JsonObject]:
    """One of *events* of each type, level and set of fields."""
    known: dict[object, JsonObject] = {}
    for event in events:
        fields = tuple(path for path in paths(event) if 0 in path or path[-1] != 1)
        known.setdefault((event.get("event_type"), event.get("level"), fields), event)
    return list(known.values())


def played() -> Iterator[JsonObject]:
    """Events of all that the stand-in can play."""
    for name, scenario in SCENARIOS.items():
        desk = Desk([name])
        desk.send("POST", desk.path(name, "/updates"), {})  # refused where one runs
        desk.now += scenario.seconds + 600
        yield from desk.ask(desk.path(name, "/events"), max_results=250)["events"]


def recorded() -> Iterator[JsonObject]:
    """Events of real workspaces, where the environment says that there are some."""
    for path in sorted(File(FOLDER).glob("*.json")) if FOLDER else ():
        yield from found(json.loads(path.read_text("utf-8")))


def kind_of(event: JsonObject) -> str:
    """What *event* is called in the name of a test."""
    return wire.text(event, "event_type")


PLAYED, RECORDED = shapes(played()), shapes(recorded())


def harmless(event: JsonObject, changed: Iterable[JsonObject]) -> None:
    """Look at a log that holds *event* as well, *changed* in many ways."""
    known: set[Outcome] = set()
    completed = says_completed(event)
    for mutant in changed:
        assert isinstance(json.loads(line_of(mutant, str)), dict)
        outcome = told_by([*LOG, mutant])
        if not completed and outcome not in known:
            known.add(outcome)
            assert outcome.result not in (Result.SUCCEEDED, Result.RUNNING), mutant
            report(outcome)


def says_completed(event: JsonObject) -> bool:
    """Whether *event* says that an update completed, which is then nobody's mistake."""
    progress = wire.child(wire.child(event, "details"), "update_progress")
    return wire.text(progress, "state") == "COMPLETED"


@pytest.mark.parametrize("event", PLAYED, ids=kind_of)
def test_no_mutant_of_an_event_of_the_stand_in_does(event: JsonObject) -> None:
    harmless(event, islice(mutants(event), 0, None, share.PLAYED))


@pytest.mark.skipif(not FOLDER, reason=f"{VARIABLE} names no folder of samples")
@pytest.mark.parametrize("event", RECORDED, ids=kind_of)
def test_no_mutant_of_a_recorded_event_does(event: JsonObject) -> None:
    harmless(event, islice(mutants(event), 0, None, share.MUTANTS))
