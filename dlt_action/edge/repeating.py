"""Repeating a read, by tenacity: only who repeats one imports it."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_result

from dlt_action.core.exchange import Outcome


def repeated(  # noqa: PLR0913 - all that tenacity asks
    attempt: Callable[[], Outcome],
    *,
    again: Callable[[Outcome], bool],
    stop: Callable[[Outcome, float], bool],
    pause: Callable[[Outcome, int], float],
    nap: Callable[[float], None],
    explain: Callable[[Outcome, int], None],
) -> Outcome:
    """
    What comes of *attempt* in the end, made *again* where that may be better.

    The pause after the n-th is *pause* seconds; it is told to *explain* before, unless
    it is so long that this is where to *stop*.
    """
    retrying = Retrying(
        retry=retry_if_result(again),
        wait=lambda state: pause(_last(state), state.attempt_number),
        stop=lambda state: stop(_last(state), state.upcoming_sleep),
        sleep=nap,
        before_sleep=lambda state: explain(_last(state), state.attempt_number),
        retry_error_callback=_last,
    )
    return retrying(attempt)


def _last(state: RetryCallState) -> Outcome:
    assert state.outcome is not None  # noqa: S101 - tenacity asks after an attempt
    outcome: Outcome = state.outcome.result()
    return outcome
