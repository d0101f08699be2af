from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import (
    Cause,
    PipelineState,
    RequestId,
    Update,
    UpdateId,
    UpdateState,
)
from dlt_action.core.succession import (
    ANNOUNCED_GRACE,
    Ended,
    Search,
    grace,
    is_final,
    successor,
)

OURS = UpdateId("ours")


def update(name: str, cause: Cause, request: str | None = None) -> Update:
    return Update(
        update_id=UpdateId(name),
        state=UpdateState.RUNNING,
        state_text="RUNNING",
        cause=cause,
        request_id=None if request is None else RequestId(request),
    )


FIRST = update("ours", Cause.API_CALL)
OLDER = update("older", Cause.RETRY_ON_FAILURE)
RETRY = update("retry", Cause.RETRY_ON_FAILURE)
SECOND = update("second", Cause.RETRY_ON_FAILURE)
PERSON = update("person", Cause.USER_ACTION)


@pytest.mark.parametrize(
    ("newest_first", "found"),
    [
        ([FIRST], Search.NOTHING_YET),
        ([FIRST, OLDER], Search.NOTHING_YET),
        ([RETRY, FIRST], RETRY),
        ([RETRY, FIRST, OLDER], RETRY),
        ([SECOND, RETRY, FIRST], RETRY),
        ([PERSON, RETRY, FIRST], RETRY),
        ([PERSON, FIRST], Search.BROKEN),
        ([RETRY, PERSON, FIRST], Search.BROKEN),
        ([], Search.NOT_REACHED),
        ([RETRY, OLDER], Search.NOT_REACHED),
    ],
)
def test_the_successor_is_the_next_newer_update_if_the_platform_started_it(
    newest_first: list[Update], found: Update | Search
) -> None:
    assert successor(OURS, newest_first, None) == found


@pytest.mark.parametrize("cause", Cause)
def test_only_the_platforms_own_causes_go_on_with_ours(cause: Cause) -> None:
    newer = update("newer", cause)
    goes_on = cause in {
        Cause.RETRY_ON_FAILURE,
        Cause.SCHEMA_CHANGE,
        Cause.SERVICE_UPGRADE,
        Cause.INFRASTRUCTURE_MAINTENANCE,
    }
    found = successor(OURS, [newer, FIRST], None)
    assert found == (newer if goes_on else Search.BROKEN)


@pytest.mark.parametrize(
    ("ours", "theirs", "is_ours"),
    [
        ("r1", "r1", True),
        ("r1", "r2", False),
        ("r1", None, True),
        (None, "r2", True),
        (None, None, True),
    ],
)
def test_a_successor_of_another_request_is_not_ours_where_both_are_known(
    ours: str | None, theirs: str | None, *, is_ours: bool
) -> None:
    newer = update("newer", Cause.RETRY_ON_FAILURE, theirs)
    request = None if ours is None else RequestId(ours)
    found = successor(OURS, [newer, FIRST], request)
    assert found == (newer if is_ours else Search.BROKEN)


FAILED = Ended(
    state=UpdateState.FAILED,
    validate_only=False,
    development=None,
    retries_configured=None,
    failed_attempts=0,
    cancellation_cause="",
)
CANCELED = replace(FAILED, state=UpdateState.CANCELED)


@pytest.mark.parametrize(
    ("how", "final"),
    [
        (FAILED, False),
        (replace(FAILED, failed_attempts=99), False),
        (replace(FAILED, validate_only=True), True),
        (replace(CANCELED, validate_only=True), True),
        (replace(FAILED, development=True), True),
        (replace(FAILED, development=False), False),
        (replace(FAILED, retries_configured=0), True),
        (replace(FAILED, retries_configured=2, failed_attempts=1), False),
        (replace(FAILED, retries_configured=2, failed_attempts=2), True),
        (replace(FAILED, retries_configured=2, failed_attempts=3), True),
        (CANCELED, False),
        (replace(CANCELED, cancellation_cause="USER_ACTION"), True),
        (replace(CANCELED, cancellation_cause="WORKFLOW_CANCELLATION"), False),
        # A schema change restarts the update in development mode too, and a restart
        # is no retry.
        (replace(CANCELED, development=True), False),
        (replace(CANCELED, retries_configured=0), False),
    ],
)
def test_what_nothing_can_follow_is_final(how: Ended, *, final: bool) -> None:
    assert is_final(how) == final


@pytest.mark.parametrize("state", [None, *PipelineState])
def test_a_restart_that_is_announced_or_may_be_extends_the_grace(
    state: PipelineState | None,
) -> None:
    announced = state in {
        None,
        PipelineState.RECOVERING,
        PipelineState.STARTING,
        PipelineState.DEPLOYING,
    }
    assert grace(state, 45.0) == (ANNOUNCED_GRACE if announced else 45.0)
    assert grace(state, 3600.0) == 3600.0
