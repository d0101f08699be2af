from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dlt_action.core.model import (
    Pipeline,
    PipelineId,
    PipelineState,
    Result,
    UpdateRequest,
)
from dlt_action.core.plan import Links, Plan
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.errors import InputProblem
from dlt_action.reports.telling import closing, introduction, opening
from tests.reports.records import PROBLEM

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

    assert introduction(asked, PLAN).splitlines() == [
        "pipeline orders x (p1) · refresh",
        "selection: a.b (refresh)",
        "waits for: completed · timeout 01:30",
        "https://x.cloud.databricks.com/pipelines/p1?w=42",
    ]
    assert "selection" not in introduction(ASKED, PLAN)


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
