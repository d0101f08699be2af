"""What is told of a clock that ran out: how long it was, what hung, what may help."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from dlt_action.core.hanging import Rang, length_of
from dlt_action.core.model import UpdateState
from dlt_action.core.news import Running
from dlt_action.core.steps import Why
from dlt_action.core.trip import Trip
from tests.core.playbook import BEGAN, PLAN

RANG = Rang(why=Why.TIMEOUT, length=2700.0, state=UpdateState.RUNNING)


@pytest.mark.parametrize(
    ("rang", "told"),
    [
        (RANG, "The timeout of 45:00 passed while the update was RUNNING"),
        (
            replace(RANG, why=Why.STALL_TIMEOUT, length=inf),
            "The stall-timeout passed while the update was RUNNING",
        ),
        (replace(RANG, state=UpdateState.FAILED), "The timeout of 45:00 passed"),
        (replace(RANG, state=UpdateState.UNRECOGNISED), "The timeout of 45:00 passed"),
    ],
)
def test_the_reason_begins_with_the_clock_and_where_the_update_was(
    rang: Rang, told: str
) -> None:
    assert rang.told == told


FLOWS = (Running("main.sales.orders", 659.0), Running("a`b\n::c", None))
FLOWS_TOLD = (
    "Still running then, the longest first: `main.sales.orders` 10:59, `ab ::c`"
)


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ("QUEUED", "It had not begun: look at its page for what is in front of it"),
        ("CREATED", "It had not begun: "),
        ("WAITING_FOR_RESOURCES", "Its compute was not there yet: look at its page"),
        ("INITIALIZING", "There was no news of it for 02:00. Look at its page for"),
    ],
)
def test_the_advice_is_of_the_state_and_says_what_to_raise(
    state: str, begins: str
) -> None:
    rang = replace(RANG, state=UpdateState(state), silent=120.0)
    assert rang.advice.startswith(begins)
    assert rang.advice.endswith(", or raise `timeout`.")


def test_the_advice_names_the_flows_that_hung() -> None:
    hung = replace(RANG, longest=FLOWS, silent=119.0)
    assert hung.advice == f"{FLOWS_TOLD}. Look at its page, or raise `timeout`."


def test_a_stall_is_not_told_twice_and_an_end_needs_no_advice() -> None:
    stalled = replace(RANG, why=Why.STALL_TIMEOUT, silent=600.0)
    assert "no news" not in stalled.advice
    assert replace(RANG, state=UpdateState.FAILED).advice == ""


def test_how_long_a_clock_is_is_known_of_clocks_only() -> None:
    plan = replace(PLAN, queue_timeout=60.0, stall_timeout=70.0)
    trip = Trip(began=BEGAN + 5, deadline=BEGAN + 80, chance=lambda: 0.5)
    lengths = {why: length_of(why, plan, trip) for why in Why}
    clocks = {Why.TIMEOUT: 80.0, Why.QUEUE_TIMEOUT: 60.0, Why.STALL_TIMEOUT: 70.0}
    assert {why: one for why, one in lengths.items() if one < inf} == clocks
    assert {why for why in Why if why.is_clock} == set(clocks)
