"""A one-time run whose id was never told: found by its name, or not there."""

from __future__ import annotations

from dlt_action.core.exchange import Executed, Outcome
from dlt_action.core.jobs.seeking import MOST_PAGES, JobSeeking
from dlt_action.core.labels import is_called_so, one_time
from dlt_action.core.machine import Done, Spawn
from dlt_action.core.model import Json, Result
from dlt_action.core.record import Outcome as Ending
from dlt_action.core.steps import Send
from tests.core.answers import refused
from tests.core.playbook import PLAN

TOKEN = "0123456789abcdef"


def page(*names: str, more: str = "", run_id: Json = 77) -> Executed:
    runs: Json = [{"run_id": run_id, "run_name": name} for name in names]
    return Executed(body={"runs": runs, "next_page_token": more})


def sought(*answers: Outcome) -> tuple[JobSeeking, Ending, int]:
    """The machine, its end, and how many calls it took."""
    machine = JobSeeking(PLAN, TOKEN, chance=lambda: 0.5)
    left, calls = list(answers), 0
    while not isinstance(step := machine.next_step(PLAN.began), Done):
        assert not isinstance(step, Spawn)
        assert isinstance(step, Send)
        calls += 1
        machine.saw(left.pop(0) if len(left) > 1 else left[0], PLAN.began)
    return machine, step.outcome, calls


def test_it_is_found_by_its_name_on_a_later_page() -> None:
    ours, other = one_time("orders", TOKEN), one_time("orders", "f" * 16)
    machine, outcome, calls = sought(page(other, more="p2"), page(other, ours))
    assert (machine.found, calls) == ("77", 2)
    assert outcome.result is Result.SUCCEEDED


def test_what_is_not_listed_is_not_there() -> None:
    machine, outcome, _ = sought(page("dlt-action orders", "01234567", ""))
    assert machine.found is None
    assert outcome.reason.endswith("is not active.")


def test_a_run_without_an_id_cannot_be_canceled() -> None:
    machine, _, _ = sought(page(one_time("orders", TOKEN), run_id="../1"))
    assert machine.found is None


def test_a_list_without_an_end_is_left() -> None:
    _, outcome, calls = sought(page("x", more="again"))
    assert calls == MOST_PAGES
    assert outcome.result is Result.SUCCEEDED


def test_who_may_not_list_says_what_to_look_for() -> None:
    _, outcome, _ = sought(refused(403))
    assert outcome.result is Result.UNREACHABLE
    assert "01234567" in outcome.advice


def test_a_name_is_ours_by_its_token_and_bounded() -> None:
    name = one_time("x" * 5000, TOKEN)
    assert len(name) < 300
    assert is_called_so(name, TOKEN)
    assert not is_called_so(name, "f" * 16)
    assert not is_called_so("orders 01234567", TOKEN)
