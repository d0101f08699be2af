from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dlt_action.core.model import (
    Pipeline,
    PipelineId,
    PipelineState,
    Result,
    UpdateId,
    UpdateRequest,
)
from dlt_action.core.plan import IfActive, Links, Plan
from dlt_action.core.record import Asked, Hint, Outcome, Record
from dlt_action.errors import InputProblem
from dlt_action.reports.opening import opening
from dlt_action.reports.telling import closing, introduction
from tests.reports.records import PROBLEM, attempt

ASKED = Asked(host="https://x.cloud.databricks.com", kind="refresh", version="1")
PLAN = Plan(
    pipeline=Pipeline(
        pipeline_id=PipelineId("p1"), name="orders\nx", state=PipelineState.IDLE
    ),
    request=UpdateRequest(),
    links=Links("https://x.cloud.databricks.com", "42"),
    began=0.0,
    began_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def told(outcome: Outcome) -> list[str]:
    return closing(Record(ASKED, (outcome,))).splitlines()


def test_a_reset_of_tables_comes_before_everything_else() -> None:
    asked = replace(ASKED, kind="FULL REFRESH", resets=True)

    assert opening(asked).splitlines()[0].startswith("FULL REFRESH: EVERY table")
    assert opening(ASKED).startswith("dlt-action 1")


def test_what_is_selected_and_for_how_long_it_is_waited_is_told() -> None:
    asked = replace(ASKED, selection=("a.b (refresh)",), timeout_seconds=90.0)

    assert introduction(asked, [PLAN]).splitlines() == [
        "pipeline orders x (p1) · refresh",
        "selection: a.b (refresh)",
        "waits for: completed · timeout 01:30 · if another update is active: fail",
        "https://x.cloud.databricks.com/pipelines/p1?w=42",
    ]
    assert "selection" not in introduction(ASKED, [PLAN])


def terms(plan: Plan, asked: Asked = ASKED) -> list[str]:
    """The patience that the introduction tells of."""
    _, _, line = introduction(asked, [plan]).splitlines()[1].partition("waits for: ")
    return line.split(" · ")


def test_each_clock_that_runs_is_told_and_no_other() -> None:
    asked = replace(ASKED, timeout_seconds=3600.0)
    off = terms(PLAN, asked)
    on = terms(replace(PLAN, queue_timeout=600.0, stall_timeout=90.0), asked)

    fail = "if another update is active: fail"
    assert off == ["completed", "timeout 1 h 00 min", fail]
    assert on == [*off[:2], "queue-timeout 10:00", "stall-timeout 01:30", fail]


@pytest.mark.parametrize("policy", IfActive)
def test_who_does_not_wait_is_bound_by_the_timeout_only_while_another_update_is_active(
    policy: IfActive,
) -> None:
    asked = replace(ASKED, waits_for="nothing", timeout_seconds=60.0)
    told = terms(replace(PLAN, wait=False, if_active=policy), asked)

    waits = policy in (IfActive.WAIT, IfActive.REPLACE)
    assert ("timeout 01:00" in told) == waits
    assert told[-1] == f"if another update is active: {policy}"


def test_who_follows_another_update_meets_none() -> None:
    told = terms(replace(PLAN, take_up=UpdateId("u9")))

    assert not any("another update" in term for term in told)


def test_verdict_cause_and_link_are_the_last_lines() -> None:
    failed = Outcome(
        result=Result.FAILED,
        reason="Update u1 failed.",
        problems=(PROBLEM,),
        pipeline_url="https://x.cloud.databricks.com/pipelines/p1",
    )

    verdict, cause, link = told(failed)

    assert verdict == "failed: Update u1 failed."
    assert cause.startswith("FAILED flow main.sales.orders")
    assert link == "https://x.cloud.databricks.com/pipelines/p1"


def test_the_cause_says_what_usually_helps() -> None:
    hint = Hint("Cast it.\n::error::x", "https://x.example")
    failed = Outcome(
        result=Result.FAILED,
        reason="Update u1 failed.",
        problems=(replace(PROBLEM, hint=hint),),
        pipeline_url="https://x.cloud.databricks.com/pipelines/p1",
    )

    _, cause, _ = told(failed)

    assert cause.endswith(") · what usually helps: Cast it. ::error::x")


def test_a_problem_that_did_not_decide_is_not_told_as_the_cause() -> None:
    outcome = Outcome(
        result=Result.UNAUTHORIZED,
        reason="Lost access.",
        problems=(PROBLEM,),
        server_said="HTTP 403: no",
        advice="Look at its page.",
    )

    assert told(outcome) == [
        "unauthorized: Lost access.",
        "the API: HTTP 403: no",
        "Look at its page.",
    ]


def test_every_problem_with_the_inputs_has_its_line() -> None:
    problems = (
        InputProblem("host", "Missing.", "Set it."),
        InputProblem("token", "Missing.", ""),
    )
    outcome = Outcome(
        result=Result.MISCONFIGURED, reason="Two.", input_problems=problems
    )

    assert told(outcome)[1:] == ["host: Missing. Set it.", "token: Missing."]


@pytest.mark.parametrize(
    ("who", "why", "said"),
    [
        (
            "anna@example.com",
            "USER_ACTION",
            ["canceled by anna@example.com (USER_ACTION)"],
        ),
        ("anna@example.com", "", ["canceled by anna@example.com"]),
        ("", "WORKFLOW_CANCELLATION", ["canceled (WORKFLOW_CANCELLATION)"]),
        ("a\n::error::b", "c\r\nd", ["canceled by a ::error::b (c d)"]),
        ("", "", []),
    ],
)
def test_who_canceled_is_told_as_far_as_the_log_tells(
    who: str, why: str, said: list[str]
) -> None:
    last = replace(
        attempt(1, "CANCELED"), canceled_by=who, cancellation_cause=why, url=""
    )
    outcome = Outcome(result=Result.CANCELED, reason="It was.", attempts=(last,))

    assert told(outcome) == ["canceled: It was.", *said]


def test_what_we_stopped_ourselves_nobody_else_canceled() -> None:
    last = replace(
        attempt(1, "CANCELED"), cancellation_cause="USER_ACTION", url="", problems=()
    )
    outcome = Outcome(result=Result.TIMED_OUT, reason="Stopped.", attempts=(last,))

    assert told(outcome) == ["timed-out: Stopped."]


def test_who_asked_to_stop_what_completed_all_the_same_canceled_nothing() -> None:
    last = replace(attempt(1, "COMPLETED"), canceled_by="anna@example.com", url="")
    outcome = Outcome(result=Result.SUCCEEDED, reason="Done.", attempts=(last,))

    assert told(outcome) == ["succeeded: Done."]
