"""Whether an update does what was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.likeness import told_apart, untold
from dlt_action.core.model import Json, Update, UpdateId, UpdateRequest, UpdateState

PLAIN = UpdateRequest()
THEIRS = Update(
    update_id=UpdateId("u2"), state=UpdateState.RUNNING, state_text="RUNNING"
)
names = st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple)
parameters = st.dictionaries(st.sampled_from(["day", "env"]), st.text(max_size=2))


@st.composite
def requests(draw: st.DrawFn) -> UpdateRequest:
    return UpdateRequest(
        full_refresh=draw(st.booleans()),
        validate_only=draw(st.booleans()),
        refresh_selection=draw(names),
        full_refresh_selection=draw(names),
        parameters=draw(parameters),
    )


def echo(request: UpdateRequest) -> Update:
    """The update that the API would tell of for *request*."""
    return replace(
        THEIRS,
        full_refresh=request.full_refresh,
        validate_only=request.validate_only,
        refresh_selection=request.refresh_selection[::-1],
        full_refresh_selection=request.full_refresh_selection[::-1],
        parameters=dict(request.parameters),
    )


@given(requests())
def test_what_a_request_makes_is_like_it(request_: UpdateRequest) -> None:
    assert told_apart(request_, echo(request_)) == ()
    assert untold(request_, echo(request_)) == ()


@given(requests(), requests())
def test_two_are_told_apart_exactly_where_they_differ(
    one: UpdateRequest, other: UpdateRequest
) -> None:
    differences = (
        one.full_refresh != other.full_refresh,
        one.validate_only != other.validate_only,
        set(one.refresh_selection) != set(other.refresh_selection),
        set(one.full_refresh_selection) != set(other.full_refresh_selection),
        one.parameters != other.parameters,
    )
    assert len(told_apart(one, echo(other))) == sum(differences)


@pytest.mark.parametrize(
    ("asked", "theirs", "words"),
    [
        ({}, {"validate_only": True}, "it is a dry run"),
        ({"validate_only": True}, {}, "it is not a dry run"),
        ({}, {"full_refresh": True}, "it is a full refresh"),
        ({"full_refresh": True}, {}, "it is not a full refresh"),
        ({"refresh_selection": ("a",)}, {}, "it refreshes other tables"),
        ({}, {"refresh_selection": ("a",)}, "it refreshes other tables"),
        ({}, {"full_refresh_selection": ("a",)}, "it resets other tables"),
        ({}, {"parameters": {"a": "1"}}, "its parameters are others"),
        ({"parameters": {"a": "1"}}, {"parameters": {}}, "its parameters are others"),
    ],
)
def test_the_difference_is_named(
    asked: dict[str, bool], theirs: dict[str, bool], words: str
) -> None:
    found = told_apart(UpdateRequest(**asked), replace(THEIRS, **theirs))  # type: ignore[arg-type] # any field
    assert found == (words,)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"parameters": {"a": "1"}}, "the same parameters"),
        ({"development": True}, "the same development"),
        ({"development": False}, "the same development"),
        ({"reset_checkpoint_selection": ("a",)}, "the same reset-checkpoint-selection"),
        ({"extra": {"new": 1}}, "the same request-json"),
    ],
)
def test_what_the_api_does_not_tell_is_no_difference_but_it_is_no_proof(
    asked: dict[str, Json], words: str
) -> None:
    request = UpdateRequest(**asked)  # type: ignore[arg-type] # any field
    assert told_apart(request, THEIRS) == ()
    (told,) = untold(request, THEIRS)
    assert words in told


def test_nothing_is_left_open_of_a_plain_refresh() -> None:
    assert untold(PLAIN, THEIRS) == ()
