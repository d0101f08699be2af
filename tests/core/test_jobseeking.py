"""A one-time run whose id was never told: found by its name and canceled, or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest

from dlt_action.core.jobs.seeking import (
    LOOKS,
    MOST_PAGES,
    MOST_REFUSALS,
    SECONDS_TO_INSIST,
    JobSeeking,
)
from dlt_action.core.labels import is_called_so, one_time
from dlt_action.core.machine import Machine
from dlt_action.core.model import Json, Result
from dlt_action.core.news import Heartbeat, News
from dlt_action.core.record import Outcome
from dlt_action.core.reply import Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.driving import drive
from tests.core.jobscene import (
    AWAY,
    CANCEL,
    LISTED,
    ROUND_TRIP,
    RUN,
    Scene,
    SceneLine,
    bad,
    good,
)
from tests.core.playbook import BEGAN, PLAN

TOKEN = "0123456789abcdef"
OURS, OTHER = one_time("orders", TOKEN), one_time("orders", "f" * 16)
Listing: TypeAlias = Callable[[Scene, float], Reply | None]
# A minute, and a call that was on its way.
A_MINUTE = 60.0 + 1.0


def page(*names: str, more: str = "", run_id: Json = int(RUN)) -> Reply:
    runs: Json = [{"run_id": run_id, "run_name": name} for name in names]
    return good({"runs": runs, "next_page_token": more})


def appears(second: float) -> Listing:
    """Ours is among the runs from that *second* on."""

    def listing(_: Scene, now: float) -> Reply:
        return page(OTHER, OURS) if now >= second else page(OTHER)

    return listing


@dataclass(frozen=True)
class Sought:
    """What came of looking, and what was asked and told meanwhile."""

    outcome: Outcome
    scene: Scene
    news: list[News]
    seconds: float

    @property
    def looks(self) -> list[float]:
        return [at for at, name, _ in self.scene.asked if name == LISTED]

    @property
    def canceled(self) -> bool:
        return any(name == CANCEL for _, name, _ in self.scene.asked)

    @property
    def warning(self) -> str:
        (warning,) = self.outcome.warnings
        return warning


def seek(listing: Listing, interrupts: dict[float, Why] | None = None) -> Sought:
    scene = Scene()
    scene.task()
    scene.cancels_after = 1.0
    scene.always[LISTED] = listing
    line, news = SceneLine(scene), list[News]()
    for second, why in (interrupts or {}).items():
        line.interrupt_at(second, why)

    def tell(_: Machine, one: News) -> None:
        news.append(one)

    plan = replace(PLAN, outage_grace=60.0)
    machine = JobSeeking(plan, TOKEN, chance=lambda: 0.5)
    (outcome,) = drive([machine], line, tell)
    return Sought(outcome, scene, news, line.now() - BEGAN)


@pytest.mark.parametrize("second", [0.0, 1.0, 9.0, 15.0, 39.0, 59.0])
def test_a_run_that_begins_within_a_minute_is_found_and_canceled(second: float) -> None:
    sought = seek(appears(second))
    assert sought.canceled
    assert sought.outcome.result is Result.SUCCEEDED
    assert sought.outcome.reason == f"Job run {RUN} was canceled."
    assert sought.looks[-1] <= second * 2 + 2
    assert sought.outcome.warnings == ()


def test_it_is_found_by_its_name_on_a_later_page() -> None:
    pages = [page(OTHER, more="p2"), page(OTHER, OURS)]
    sought = seek(lambda *_: pages.pop(0))
    assert sought.canceled
    assert pages == []


def test_what_is_not_listed_for_a_minute_may_still_begin() -> None:
    sought = seek(lambda *_: page("dlt-action orders", "01234567", ""))
    assert not sought.canceled
    assert sought.outcome.exit_code == 0
    assert len(sought.looks) == len(LOOKS)
    assert LOOKS[-1] <= sought.seconds <= A_MINUTE
    assert "may still begin" in sought.warning
    assert "whose name ends in 01234567" in sought.warning


def test_who_looks_for_longer_than_a_minute_says_what_for() -> None:
    sought = seek(lambda _, now: page(OTHER) if now < 50 else None)
    beat, *_ = [one for one in sought.news if isinstance(one, Heartbeat)]
    assert beat.state.startswith("looking for a one-time run")


def test_a_run_without_an_id_cannot_be_canceled() -> None:
    sought = seek(lambda *_: page(OURS, run_id="../1"))
    assert not sought.canceled
    assert "may still begin" in sought.warning


def test_a_list_whose_pages_take_long_leaves_time_for_a_cancel() -> None:
    line = seek(lambda _, now: page("x", more="again") if now % 9 < 6 else None)
    assert line.seconds <= LOOKS[-1] + SECONDS_TO_INSIST + 31


def test_a_list_without_an_end_is_left_and_looked_at_again() -> None:
    sought = seek(lambda *_: page("x", more="again"))
    assert MOST_PAGES < len(sought.looks) <= MOST_PAGES * len(LOOKS)
    assert sought.seconds <= A_MINUTE + MOST_PAGES * ROUND_TRIP
    assert "may still begin" in sought.warning


@pytest.mark.parametrize("away", [3.0, 30.0, 59.0])
def test_an_api_that_is_back_within_a_minute_is_asked_once_more(away: float) -> None:
    def listing(_: Scene, now: float) -> Reply:
        return page(OURS) if now >= away else AWAY

    assert seek(listing).canceled


def test_runs_that_cannot_be_listed_for_a_minute_are_told_as_that() -> None:
    sought = seek(lambda *_: AWAY)
    assert sought.outcome.result is Result.UNREACHABLE
    assert "may be running, or may still begin" in sought.outcome.reason
    assert "01234567" in sought.outcome.advice
    assert LOOKS[-1] - 1 <= sought.seconds <= LOOKS[-1] + 30


def test_who_may_not_list_says_what_to_look_for() -> None:
    sought = seek(lambda *_: bad(403))
    assert sought.outcome.result is Result.UNREACHABLE
    assert "01234567" in sought.outcome.advice
    assert len(sought.looks) == MOST_REFUSALS


def test_a_refusal_is_believed_only_when_it_is_repeated() -> None:
    answers = [bad(403), page(OURS)]
    assert seek(lambda *_: answers.pop(0)).canceled


def test_who_is_not_believed_is_not_asked_for_a_minute() -> None:
    sought = seek(lambda *_: Fault(FaultKind.UNTRUSTED))
    assert sought.outcome.result is Result.UNREACHABLE
    assert len(sought.looks) == 1


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
@pytest.mark.parametrize("second", [0.05, 3.0, 55.0])
def test_a_signal_leaves_at_once_and_says_that_it_may_still_begin(
    why: Why, second: float
) -> None:
    sought = seek(lambda *_: page(OTHER), {second: why})
    assert sought.outcome.exit_code == 128 + (why.signal or 0)
    assert "may be running, or may still begin" in sought.outcome.reason
    assert "01234567" in sought.outcome.advice
    assert sought.seconds <= second + 3


def test_a_machine_that_slept_for_long_says_that_its_time_is_over() -> None:
    sought = seek(lambda *_: page(OTHER), {3.0: Why.TIMEOUT})
    assert sought.outcome.result is Result.TIMED_OUT
    assert "may still begin" in sought.outcome.reason


def test_a_name_is_ours_by_its_token_and_bounded() -> None:
    name = one_time("x" * 5000, TOKEN)
    assert len(name) < 300
    assert is_called_so(name, TOKEN)
    assert not is_called_so(name, "f" * 16)
    assert not is_called_so("orders 01234567", TOKEN)
