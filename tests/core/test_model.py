from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.model import (
    EXIT_CODES,
    Cause,
    FlowStatus,
    Kind,
    Level,
    PipelineState,
    Result,
    UpdateRequest,
    UpdateState,
    is_id,
)

OPEN = [UpdateState, PipelineState, Cause, FlowStatus, Level]


@given(st.sampled_from(OPEN), st.text())
def test_a_stranger_is_unrecognised_and_never_an_error(
    words: type[UpdateState], word: str
) -> None:
    if word not in words.__members__:
        assert words(word).value == "UNRECOGNISED"


@pytest.mark.parametrize("state", UpdateState)
def test_three_states_are_ends(state: UpdateState) -> None:
    assert state.terminal == (state.value in {"COMPLETED", "FAILED", "CANCELED"})


@pytest.mark.parametrize("status", FlowStatus)
def test_a_flow_has_ended_when_it_does_nothing_more(status: FlowStatus) -> None:
    ends = {"COMPLETED", "FAILED", "SKIPPED", "STOPPED", "EXCLUDED"}
    assert status.ended == (status.value in ends)


@pytest.mark.parametrize("result", Result)
def test_a_deploy_may_go_on_after_two_results_only(result: Result) -> None:
    assert result.ok == (result.value in {"succeeded", "running"})


def test_every_result_that_can_end_a_run_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == set(Result) - {Result.UNFINISHED}


def test_only_what_was_asked_for_exits_with_0() -> None:
    fine = {result.value for result, code in EXIT_CODES.items() if code == 0}
    assert fine == {"succeeded", "running", "started", "validated"}


SOME = ("main.a.b",)


@pytest.mark.parametrize(
    ("request_", "kind", "resets"),
    [
        (UpdateRequest(), Kind.REFRESH, False),
        (UpdateRequest(refresh_selection=SOME), Kind.SELECTION, False),
        (UpdateRequest(full_refresh_selection=SOME), Kind.FULL_SELECTION, True),
        (
            UpdateRequest(refresh_selection=SOME, full_refresh_selection=SOME),
            Kind.FULL_SELECTION,
            True,
        ),
        (UpdateRequest(full_refresh=True), Kind.FULL_REFRESH, True),
        (UpdateRequest(validate_only=True), Kind.VALIDATE, False),
        (UpdateRequest(reset_checkpoint_selection=SOME), Kind.REFRESH, False),
    ],
)
def test_the_kind_of_refresh_is_the_strongest_that_was_asked_for(
    request_: UpdateRequest, kind: Kind, *, resets: bool
) -> None:
    assert request_.kind is kind
    assert kind.resets == resets


@pytest.mark.parametrize("text", ["a", "A-1", "4518bfc6-f9d6-4a17-8038", "x" * 64])
def test_letters_digits_and_dashes_make_an_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text", ["", "x" * 65, "a/b", "..", "a b", "a\n", "a?", "a#", "é", "a'", "a_b"]
)
def test_nothing_else_is_an_id(text: str) -> None:
    assert not is_id(text)
