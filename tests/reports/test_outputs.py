from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.record import ExpectationRow, Outcome, Record
from dlt_action.reports import outputs
from dlt_action.reports.outputs import LONGEST_JSON, LONGEST_TEXT, bounded_json
from dlt_action.settings.outputs import OUTPUTS
from tests.oracles.hostile import EVERYTHING
from tests.reports.records import ASKED, HOST, OUTCOMES, attempt, record_of


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_promised_output_is_there_on_every_ending(name: str) -> None:
    rendered = outputs.render(record_of(name))
    assert list(rendered) == [output.name for output in OUTPUTS]


@pytest.mark.parametrize("name", OUTCOMES)
def test_ok_is_true_only_for_what_may_be_deployed(name: str) -> None:
    rendered = outputs.render(record_of(name))
    assert rendered["ok"] == str(name.startswith(("succeeded", "running"))).lower()


@pytest.mark.parametrize("name", OUTCOMES)
def test_verdict_and_numbers_hold_nothing_that_could_be_masked(name: str) -> None:
    rendered = outputs.render(record_of(name))
    for key in ("ok", "result", "duration-seconds", "rows-written"):
        assert "adb-" not in rendered[key]
        assert "aaaa" not in rendered[key]


@pytest.mark.parametrize("text", EVERYTHING)
def test_texts_are_one_line(text: str) -> None:
    outcome = replace(OUTCOMES["unauthorized"], server_said=text, pipeline_name=text)
    for value in outputs.render(Record(ASKED, (outcome,))).values():
        assert value.isprintable()


@given(st.text(min_size=1, max_size=20))
def test_texts_are_bounded_in_bytes(text: str) -> None:
    long = text * (LONGEST_TEXT // len(text) + 1)
    outcome = replace(OUTCOMES["unauthorized"], server_said=long)
    rendered = outputs.render(Record(ASKED, (outcome,)))
    assert len(rendered["error"].encode()) <= LONGEST_TEXT


def test_a_run_that_went_well_has_no_error() -> None:
    outcome = replace(OUTCOMES["succeeded-after-retry"], server_said="hiccup")
    assert outputs.render(Record(ASKED, (outcome,)))["error"] == ""


def test_the_error_of_wrong_inputs_names_them_all() -> None:
    error = outputs.render(record_of("misconfigured"))["error"]
    assert "timeout: 60 has no unit." in error
    assert "validate_onyl: is not an input." in error


def test_attempts_are_listed_oldest_first() -> None:
    listed = json.loads(outputs.render(record_of("succeeded-after-retry"))["attempts"])
    assert [entry["cause"] for entry in listed] == ["API_CALL", "RETRY_ON_FAILURE"]
    assert listed[0]["update_url"].startswith(HOST)


def test_of_too_many_attempts_the_newest_are_kept() -> None:
    outcome = replace(
        OUTCOMES["failed"],
        attempts=tuple(attempt(number, "FAILED") for number in range(1, 400)),
    )
    text = outputs.render(Record(ASKED, (outcome,)))["attempts"]
    first, *rest = json.loads(text)
    assert len(text) <= LONGEST_JSON
    assert first == {"more": 399 - len(rest)}
    assert rest[-1]["update_id"].startswith("00000399")


def test_of_too_many_expectations_the_worst_are_kept() -> None:
    rows = tuple(
        ExpectationRow(dataset="d" * 50, name=f"é{number}", passed=1000, failed=number)
        for number in range(1000)
    )
    outcome = replace(OUTCOMES["succeeded"], expectations=rows)
    text = outputs.render(Record(ASKED, (outcome,)))["expectations"]
    *kept, last = json.loads(text)
    assert len(text.encode()) <= LONGEST_JSON
    assert [entry["failed"] for entry in kept[:2]] == [999, 998]
    assert last == {"more": 1000 - len(kept)}


def test_one_entry_that_is_too_long_is_counted_too() -> None:
    assert json.loads(bounded_json([{"name": "x" * LONGEST_JSON}])) == [{"more": 1}]


def test_numbers_that_are_not_known_are_blank_and_never_zero() -> None:
    rendered = outputs.render(record_of("unknown-start"))
    assert rendered["rows-written"] == ""
    assert rendered["update-id"] == ""
    assert rendered["attempts"] == "[]"


def test_of_several_pipelines_the_worst_decides_and_rows_are_added() -> None:
    record = Record(ASKED, (OUTCOMES["succeeded"], OUTCOMES["failed"]))
    rendered = outputs.render(record)
    assert rendered["result"] == "failed"
    assert rendered["rows-written"] == "1234567"


def test_an_address_that_is_not_the_workspace_s_is_left_out() -> None:
    elsewhere = replace(attempt(1, "FAILED"), url="https://evil.example/")
    outcome = replace(OUTCOMES["failed"], attempts=(elsewhere,))
    rendered = outputs.render(Record(ASKED, (outcome,)))
    assert rendered["update-url"] == ""
    assert "evil" not in rendered["attempts"]


def test_before_anything_is_known_the_outputs_say_unfinished() -> None:
    rendered = outputs.unfinished(Record(ASKED))
    assert rendered["result"] == "unfinished"
    assert rendered["ok"] == "false"
    assert list(rendered) == [output.name for output in OUTPUTS]


def test_what_a_killed_step_leaves_behind_names_the_update_and_no_verdict() -> None:
    rendered = outputs.unfinished(record_of("succeeded"))
    assert rendered["result"] == "unfinished"
    assert rendered["ok"] == "false"
    assert rendered["update-id"] == "00000001-aaaa-bbbb-cccc-000000000000"
    assert "may still be running" in rendered["reason"]


def test_every_result_but_unfinished_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(Result) - {Result.UNFINISHED}


def test_a_bare_outcome_is_enough() -> None:
    record = Record(ASKED, (Outcome(result=Result.CONFLICT, reason="x"),))
    assert outputs.render(record)["result"] == "conflict"
