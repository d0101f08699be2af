"""`result.json` is as its schema says, and the schema as the record is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from dlt_action.core.model import Result
from dlt_action.core.record import Record
from dlt_action.reports import jsonreport
from tests.oracles.hostile import EVERYTHING
from tests.reports.hostile_records import FULL, hostile, of_a_job
from tests.reports.records import ASKED, OUTCOMES, record_of
from tools import result_schema

GOLDEN = Path(__file__).parent / "golden"
VALID = Draft202012Validator(
    json.loads(result_schema.PATH.read_text("utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def test_the_schema_is_what_the_record_makes_it() -> None:
    assert result_schema.PATH.read_text("utf-8") == result_schema.rendered(), (
        "run tools/result_schema.py"
    )


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALID.schema)


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_ending_is_valid(name: str) -> None:
    VALID.validate(json.loads(jsonreport.render(record_of(name))))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.result.json")), ids=str)
def test_every_golden_report_is_valid(path: Path) -> None:
    VALID.validate(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("text", EVERYTHING)
def test_a_record_with_everything_in_it_is_valid(text: str) -> None:
    VALID.validate(json.loads(jsonreport.render(hostile(text))))
    VALID.validate(json.loads(jsonreport.render(of_a_job(text))))


def test_a_field_that_is_added_breaks_nobody() -> None:
    document = json.loads(jsonreport.render(Record(ASKED, (FULL,))))
    document["outcomes"][0]["flows"][0]["new"] = 1
    VALID.validate(document)


@pytest.mark.parametrize("value", ["wonderful", None, 1])
def test_what_is_no_result_is_not_valid(value: object) -> None:
    document = json.loads(jsonreport.render(record_of(Result.SUCCEEDED.value)))
    document["result"] = value
    with pytest.raises(ValidationError):
        VALID.validate(document)
