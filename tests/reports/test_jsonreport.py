from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.reports import jsonreport
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import ASKED, OUTCOMES, record_of


@pytest.mark.parametrize("name", OUTCOMES)
def test_everything_in_the_record_is_in_the_report(name: str) -> None:
    document = json.loads(jsonreport.render(record_of(name)))
    (outcome,) = document["outcomes"]
    assert {field.name for field in fields(Outcome)} <= set(outcome)
    assert {field.name for field in fields(Asked)} == set(document["asked"])
    assert document["result"] == outcome["result"]
    assert document["schema"] == jsonreport.SCHEMA


def test_the_same_record_gives_the_same_bytes() -> None:
    rendered = {jsonreport.render(record_of("failed")) for _ in range(3)}
    assert len(rendered) == 1


@pytest.mark.parametrize("text", EVERYTHING)
def test_texts_are_as_they_were_sent(text: str) -> None:
    outcome = replace(OUTCOMES["failed"], server_said=text)
    rendered = jsonreport.render(Record(ASKED, (outcome,))).encode()
    said = json.loads(rendered)["outcomes"][0]["server_said"]
    assert said == text.replace("\ud800", "?")


def test_what_is_no_value_of_a_record_is_not_written_in_silence() -> None:
    outcome = replace(OUTCOMES["failed"], warnings=(object(),))  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match="object"):
        jsonreport.render(Record(ASKED, (outcome,)))
