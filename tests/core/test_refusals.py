from __future__ import annotations

import pytest

from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Result, UpdateId
from dlt_action.core.refusals import Refusals
from dlt_action.core.verdicts import Verdict

OURS = UpdateId("ours")
GRACE = 900.0


def refusal(status: int) -> Rejected:
    return Rejected(status=status, error_code=None, message="no")


def told(*seen: tuple[float, int]) -> list[Result | None]:
    """The result of each refusal, given as (when, status)."""
    refusals = Refusals()
    verdicts = [refusals.take(refusal(code), OURS, at, GRACE) for at, code in seen]
    return [_result(verdict) for verdict in verdicts]


def _result(verdict: Verdict | None) -> Result | None:
    return None if verdict is None else verdict.result


@pytest.mark.parametrize("status", [401, 403])
def test_lost_access_is_believed_the_second_time_after_five_seconds(
    status: int,
) -> None:
    assert told((0, status), (4.9, status), (5, status)) == [
        None,
        None,
        Result.UNAUTHORIZED,
    ]
    assert told((0, status)) == [None]


def test_a_disappearance_is_believed_the_third_time_after_a_minute() -> None:
    assert told((0, 404), (60, 404), (61, 404)) == [None, None, Result.GONE]
    assert told((0, 404), (1, 404), (2, 404), (59, 404), (60, 404))[-2:] == [
        None,
        Result.GONE,
    ]


@pytest.mark.parametrize("status", [400, 409, 422, 499])
def test_any_other_refusal_is_an_api_that_stays_away(status: int) -> None:
    assert told((0, status), (899, status), (900, status)) == [
        None,
        None,
        Result.UNREACHABLE,
    ]


def test_another_refusal_in_between_begins_the_row_again() -> None:
    assert told((0, 403), (10, 404), (20, 403)) == [None, None, None]


def test_an_answer_in_between_begins_the_row_again() -> None:
    refusals = Refusals()
    refusals.take(refusal(403), OURS, 0, GRACE)
    refusals.clear()
    assert refusals.take(refusal(403), OURS, 100, GRACE) is None
