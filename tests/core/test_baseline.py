"""What was there before the start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dlt_action.core.baseline import baseline_of, is_active
from dlt_action.core.exchange import Executed, decide
from dlt_action.core.model import Update, UpdateId, UpdateState
from dlt_action.core.reply import Answer
from tests.core.answers import U1, U2, U3, dated, info, updates
from tests.core.events import NOON, at


def test_all_that_is_listed_and_all_that_the_pipeline_showed_is_known() -> None:
    listed = updates(info(U2, "COMPLETED"), info(U1, "FAILED"), {"update_id": "a b"})
    assert baseline_of(listed, NOON).known == {U1, U2}
    assert baseline_of(listed, NOON, (UpdateId(U3),)).known == {U1, U2, U3}
    assert baseline_of(Executed(body={}), NOON).known == frozenset()


def test_the_newest_that_is_active_is_the_one_in_the_way() -> None:
    listed = updates(
        info(U3, "A_NEW_STATE"), info(U2, "QUEUED"), info(U1, "RUNNING", "JOB_TASK")
    )
    active = baseline_of(listed, NOON).active
    assert active is not None
    assert active.update_id == U2
    assert baseline_of(updates(info(U1, "COMPLETED")), NOON).active is None


@pytest.mark.parametrize("state", UpdateState)
def test_what_has_not_ended_is_active_unless_its_state_is_a_stranger(
    state: UpdateState,
) -> None:
    update = Update(update_id=UpdateId(U1), state=state, state_text=state.value)
    unknown = state is UpdateState.UNRECOGNISED
    assert is_active(update) == (not state.terminal and not unknown)


def test_the_clock_of_the_workspace_is_the_date_of_the_answer() -> None:
    assert baseline_of(updates(), NOON).ahead is None
    assert baseline_of(dated(updates(), at(-90)), NOON).ahead == timedelta(seconds=-90)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Tue, 01 Sep 2026 12:00:03 GMT", timedelta(seconds=3)),
        ("Tue, 01 Sep 2026 14:00:00 +0200", timedelta()),
        ("Tue, 01 Sep 2026 12:00:03", None),  # of no zone: no moment
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_is_read_from_the_header(date: str, ahead: timedelta | None) -> None:
    headers = {"content-type": "application/json", "date": date}
    outcome = decide(Answer(200, headers, b"{}"))
    assert isinstance(outcome, Executed)
    assert baseline_of(outcome, NOON).ahead == ahead
