"""The texts that a test plants get everywhere: what is new is planted, or is ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from dlt_action.core.model import JobId, PipelineId, RunId, UpdateId
from dlt_action.core.record import Record
from tests.hostile.planting import of_several, planted, repeated
from tests.reports.hostile_records import of_a_job

MARK = "Zebra"
# What nobody else has a say in, and why.
OURS: Mapping[str, str] = {
    "Asked.host": "checked by the settings",
    "Asked.kind": "our words",
    "Asked.waits_for": "our words",
    "Asked.report_dir": "checked by the settings",
    "Asked.version": "ours",
    "Attempt.update_id": "a checked id",
    "Attempt.url": "made of checked ids",
    "DatasetRow.actions": "one of three words",
    "ExpectationRow.action": "one of three words",
    "GateRow.measured": "a number with its unit",
    "GateRow.reason": "our words",
    "Hint.text": "our words",
    "Hint.url": "a page of the documentation",
    "LastGood.update_id": "a checked id",
    "LastGood.url": "made of checked ids",
    "JobRun.job_id": "a checked id",
    "JobRun.run_id": "a checked id",
    "JobRun.url": "made of checked ids",
    "Outcome.advice": "our words; names in them as code, in one line",
    "Outcome.pipeline_id": "a checked id",
    "Outcome.pipeline_url": "made of checked ids",
    "Outcome.reason": "our words and checked ids",
    "Outcome.warnings": "our words; names in them as code, in one line",
    "TaskRow.url": "made of checked ids",
}


def classes(kind: object, known: dict[str, type[Any]]) -> None:
    """Find every dataclass that a *kind* of value may hold."""
    for part in get_args(kind):
        classes(part, known)
    if isinstance(kind, type) and is_dataclass(kind) and kind.__name__ not in known:
        known[kind.__name__] = kind
        for inner in get_type_hints(kind).values():
            classes(inner, known)


def holds_text(kind: object) -> bool:
    """Whether a field of that *kind* holds words; enumerations are of ours."""
    ids = (UpdateId, PipelineId, JobId, RunId)
    return kind in (str, *ids) or any(map(holds_text, get_args(kind)))


def textual() -> set[str]:
    """Each field of a record that holds words."""
    known: dict[str, type[Any]] = {}
    classes(Record, known)
    return {
        f"{name}.{one}"
        for name, kind in known.items()
        for one, held in get_type_hints(kind).items()
        if holds_text(held)
    }


def reached(value: object, place: str = "") -> Iterator[str]:
    """The fields in which the mark is."""
    if is_dataclass(value):
        for one in fields(value):
            where = f"{type(value).__name__}.{one.name}"
            yield from reached(getattr(value, one.name), where)
    elif isinstance(value, tuple):
        for item in value:
            yield from reached(item, place)
    elif type(value) is str and MARK in value:
        yield place


def test_every_text_of_a_record_is_planted_or_is_ours() -> None:
    found = set(reached(planted(repeated(MARK))))
    found |= set(reached(of_several(repeated(MARK))))
    assert found | set(OURS) == textual()
    assert found & set(OURS) == set()


def test_a_record_in_which_ours_are_spoilt_as_well_has_each_text() -> None:
    missing = textual() - set(reached(of_a_job(MARK)))
    assert missing == {"Asked.host", "DatasetRow.actions"}  # never any other words


@pytest.mark.parametrize("kind", [str, str | None, tuple[str, ...], PipelineId | None])
def test_a_field_of_words_is_known_as_one(kind: object) -> None:
    assert holds_text(kind)
    assert not holds_text(tuple[int, ...])
