"""Reports on several pipelines, and on job runs: all at a glance, the worst first."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dlt_action.core.jobrows import JobRun, TaskRow
from dlt_action.core.model import JobId, PipelineId, Result, RunId
from dlt_action.core.plan import JobPlan, PipelineTask
from dlt_action.core.record import GateResult, Outcome, Record
from dlt_action.reports import comment, junit, outputs, summary
from dlt_action.reports.annotations import render as annotated
from dlt_action.reports.cases import Kind, cases_of
from dlt_action.reports.overview import called, verdict_of_all
from dlt_action.reports.telling import MOST_LISTED, MOST_TOLD, closing, introduction
from tests.oracles import gfm
from tests.reports.hostile_records import GATE, JOB, of_a_job
from tests.reports.records import ASKED, HOST, OUTCOMES
from tests.reports.test_telling import PLAN


def one(name: str, result: str = "succeeded", number: int = 0) -> Outcome:
    """The outcome of a pipeline of that name."""
    known = PipelineId(f"{number:08d}-aaaa")
    return replace(OUTCOMES[result], pipeline_name=name, pipeline_id=known)


def record(*outcomes: Outcome, seconds: float | None = 99.4) -> Record:
    return Record(ASKED, outcomes, seconds)


MIXED = record(
    one("orders", number=1),
    one("refunds", "failed", number=2),
    one("late", "timed-out", number=3),
    one("stock", "skipped", number=4),
)


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (("succeeded", "succeeded"), "All 2 pipelines succeeded"),
        (("succeeded", "failed", "failed"), "1 of 3 pipelines succeeded"),
        (("canceled", "failed"), "None of 2 pipelines succeeded"),
        (("validated", "validated"), "All 2 pipelines passed the dry run"),
        (("started", "conflict"), "1 of 2 pipelines started"),
        (("running", "running"), "All 2 pipelines are running"),
        (("running", "succeeded"), "All 2 pipelines succeeded"),
    ],
)
def test_one_verdict_counts_those_that_did_as_asked(
    results: tuple[str, ...], verdict: str
) -> None:
    assert verdict_of_all(record(*(one("x", result) for result in results))) == verdict


def test_the_summary_begins_with_all_at_a_glance_the_worst_first() -> None:
    lines = summary.render(MIXED).splitlines()
    assert lines[0] == "## ❌ 1 of 4 pipelines succeeded"
    assert gfm.page(lines[2]).text.strip() == (
        "late timed-out, refunds failed, stock skipped."
    )
    rows = [line.split("|")[1:3] for line in lines if line.startswith("| <code>")][:4]
    assert [gfm.page(name).text.strip() for name, _ in rows] == [
        *("late", "refunds", "stock", "orders")
    ]
    headings = [line for line in lines if line.startswith("## ")]
    assert [gfm.page(line).text.split(": ")[-1].strip() for line in headings[1:]] == [
        *("late", "refunds", "orders")
    ]


def test_what_went_well_is_folded_where_there_are_many() -> None:
    few = record(*(one(f"p{n}", number=n) for n in range(5)))
    assert "<summary>✅ Update completed" not in summary.render(few)
    many = record(*(one(f"p{n}", number=n) for n in range(6)), one("bad", "failed"))
    shown = summary.render(many)
    assert shown.count("<summary>✅ Update completed") == 6
    assert "\n## ❌ Update failed: <code>bad</code>\n" in shown


def test_fifty_pipelines_are_below_a_megabyte_whatever_they_are_called() -> None:
    (run, outcome) = of_a_job("*`<|" * 200).outcomes
    flows = outcome.flows * 100
    huge = replace(outcome, flows=flows, problems=outcome.problems * 30)
    shown = summary.render(record(*(replace(huge) for _ in range(49)), run))
    assert len(shown.encode()) < 1_000_000
    page = gfm.page(shown)
    assert page.unclosed == []
    assert "There is no room here for all of it" in page.text


def test_what_there_is_no_room_for_at_all_is_counted() -> None:
    outcome = replace(one("x", "failed"), advice="x" * 200_000)
    shown = summary.render(record(*(replace(outcome) for _ in range(9))))
    assert len(shown.encode()) < 1_000_000
    assert "_5 more pipelines not listed._" in shown


def test_a_verdict_names_some_of_those_that_did_not_do_as_asked() -> None:
    many = record(*(one(f"p{n}", "failed", n) for n in range(7)))
    text = gfm.page(summary.render(many).splitlines()[2]).text
    assert text.strip().endswith("p4 failed, 2 more.")


def test_a_comment_has_the_table_and_what_went_badly() -> None:
    text = comment.render(MIXED)
    assert "### ❌ 1 of 4 pipelines succeeded" in text
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert len(headings) == 3
    assert "Update completed" not in text
    assert "Update skipped" not in text
    many = record(*(one(f"p{n}", number=n) for n in range(30)))
    assert "_10 more pipelines._" in comment.render(many)


def test_outputs_are_those_of_the_worst_and_results_are_all() -> None:
    values = outputs.render(MIXED)
    assert (values["result"], values["ok"]) == ("timed-out", "false")
    assert values["duration-seconds"] == "99"
    results = json.loads(values["results"])
    assert [one["pipeline_name"] for one in results] == [
        *("late", "refunds", "stock", "orders")
    ]
    assert [one["ok"] for one in results] == [False, False, False, True]
    assert results[1]["error"] == "[DIVIDE_BY_ZERO] Division by zero."


def test_fifty_results_have_room_and_of_more_it_is_said_how_many() -> None:
    long = "x" * 3000
    outcome = replace(one(long, "failed"), reason=long)
    fifty = outputs.render(record(*(replace(outcome) for _ in range(50))))["results"]
    assert len(fifty) <= 32 * 1024
    read = json.loads(fifty)
    assert len([one for one in read if "more" not in one]) >= 40
    few = json.loads(outputs.render(record(outcome, outcome))["results"])
    assert len(few[0]["reason"]) == 1000


def test_ok_is_never_what_somebody_may_have_masked() -> None:
    for result in json.loads(outputs.render(MIXED)["results"]):
        assert result["ok"] in (True, False)


def test_the_last_lines_are_verdict_cause_and_page_of_the_worst() -> None:
    lines = closing(MIXED).splitlines()
    assert lines[0] == "1 of 4 pipelines succeeded."
    assert [line.split("]")[0] for line in lines[1:3]] == ["[stock", "[refunds"]
    assert all(line.startswith("[late] ") for line in lines[3:])
    assert lines[-1].startswith(f"[late] {HOST}/pipelines/")


def test_of_many_that_went_badly_some_are_told() -> None:
    many = record(*(one(f"p{n}", "failed", n) for n in range(MOST_TOLD + 3)))
    lines = closing(many).splitlines()
    assert lines[1] == "2 more did not do as asked"
    assert len([line for line in lines if "] failed: " in line]) == MOST_TOLD + 1


def test_annotations_of_many_are_no_more_than_are_shown() -> None:
    many = record(*(one(f"p{n}", "failed", n) for n in range(30)))
    found = annotated(many)
    assert [note.grade for note in found].count("error") == 10
    skipped = record(one("a", "failed"), one("b", "skipped"))
    assert not any("skipped" in note.title for note in annotated(skipped))


def test_the_introduction_lists_the_pipelines() -> None:
    plans = [
        replace(PLAN, pipeline=replace(PLAN.pipeline, name=f"p{n}")) for n in range(102)
    ]
    lines = introduction(ASKED, plans[:2], at_once=5, fail_fast=True).splitlines()
    assert lines[:3] == [
        "2 pipelines · refresh · 2 at the same time · fail-fast",
        "pipeline p0 (p1): https://x.cloud.databricks.com/pipelines/p1?w=42",
        "pipeline p1 (p1): https://x.cloud.databricks.com/pipelines/p1?w=42",
    ]
    rules = introduction(replace(ASKED, rules=2), plans, at_once=5).splitlines()
    assert rules[0].endswith(" · 5 at the same time")
    assert rules[MOST_LISTED + 1 :][:2] == ["2 more pipelines", "quality gate: 2 rules"]


PAGE = "https://x.cloud.databricks.com/pipelines/p1?w=42"


def job_plan(tasks: int, others: int) -> JobPlan:
    return JobPlan(
        token="t",
        name="nightly",
        job_id=JobId("5"),
        tasks=tuple(PipelineTask(f"t{n}", PLAN.pipeline) for n in range(tasks)),
        others=others,
    )


def test_the_introduction_of_a_job_names_its_tasks_and_their_pipelines() -> None:
    plan = replace(PLAN, job=job_plan(1, 2))
    assert introduction(ASKED, [plan]).splitlines() == [
        "job nightly (5) · refresh · 1 Pipeline task · 2 other tasks",
        f"task t0: pipeline orders x (p1): {PAGE}",
        "https://x.cloud.databricks.com/jobs/5?w=42",
        "waits for: completed · timeout 5 h 30 min",
    ]
    many = introduction(ASKED, [replace(PLAN, job=job_plan(MOST_LISTED + 1, 0))])
    assert "\n1 more task\n" in many


TASKS = (
    TaskRow(key="left", kind="pipeline", state="SUCCESS", ok=True, seconds=60.0),
    TaskRow(key="right", kind="pipeline", state="FAILED", message="see run", ok=False),
    TaskRow(key="mail", kind="notebook", state="EXCLUDED", attempts=2),
)
RUN = replace(
    Outcome(result=Result.FAILED, reason="Job run 77 failed: 1 task failed (right)."),
    job=replace(JOB, tasks=TASKS),
    gate_result=GateResult.NONE,
    parts=(
        replace(one("orders", number=1), task="left"),
        replace(one("refunds", "failed", number=2), task="right"),
    ),
)


def test_a_job_run_is_a_table_of_its_tasks_and_a_section_for_each_part() -> None:
    shown = summary.render(record(RUN, seconds=None))
    page = gfm.page(shown)
    assert shown.startswith("## ❌ Job run failed: <code>nightly</code>\n")
    headings = [line[3] for line in shown.splitlines() if line.startswith("## ")]
    assert headings == ["❌", "❌", "✅"]
    tasks = shown[shown.index("### Tasks") :].split("\n\n")[1].splitlines()[2:]
    assert [gfm.page(row.split("|")[1]).text.strip() for row in tasks] == [
        *("right", "mail", "left")
    ]
    # Why its update failed says more than what the Jobs service says of it.
    assert "see run" not in shown
    assert f"{HOST}/jobs/5/runs/77" in page.links


def test_the_cause_of_a_job_run_is_that_of_its_worst_part() -> None:
    values = outputs.render(record(RUN))
    alone = outputs.render(record(one("refunds", "failed", number=2)))
    for name in ("error", "update-id", "pipeline-name", "state", "attempts"):
        assert values[name] == alone[name]
    assert values["reason"] == RUN.reason
    assert (values["job-run-id"], values["job-run-url"]) == (
        *("77", f"{HOST}/jobs/5/runs/77"),
    )
    results = json.loads(values["results"])
    assert [(one["task"], one["result"]) for one in results] == [
        *(("right", "failed"), ("left", "succeeded"))
    ]
    assert {one["job_run_id"] for one in results} == {"77"}
    assert "FAILED" in closing(record(RUN))
    assert closing(record(RUN)).endswith(f"{HOST}/jobs/5/runs/77")


def test_a_page_of_another_host_is_no_link() -> None:
    stray = replace(RUN, job=replace(JOB, url="https://evil.example/jobs/5/runs/77"))
    assert outputs.render(record(stray))["job-run-url"] == ""


def test_the_gate_of_a_job_run_is_told_once() -> None:
    gated = replace(
        RUN, result=Result.GATE_FAILED, gate=GATE, gate_result=GateResult.FAILED
    )
    asked = replace(ASKED, rules=4)
    for render in (summary.render, comment.render):
        assert render(Record(asked, (gated,))).count("Quality gate: failed") <= 2
    assert summary.render(Record(asked, (gated,))).count("### ❌ Quality gate") == 1


def test_tasks_are_cases_and_parts_are_suites() -> None:
    cases = {case.name: case.kind for case in cases_of(RUN) if case.group == "tasks"}
    assert cases == {"left": None, "right": Kind.FAILURE, "mail": Kind.SKIPPED}
    text = junit.render(record(RUN))
    assert text.count("<testsuite ") == 3
    assert "orders (task left)" in text
    assert 'name="job-run-id" value="77"' in text


def test_the_only_task_is_told_of_in_any_case() -> None:
    alone = replace(
        one("orders"), job=replace(JOB, tasks=TASKS[:1], job_id=None, name="dlt-action")
    )
    shown = summary.render(record(alone))
    assert "### Tasks" not in shown
    assert shown.startswith("## ✅ Job run succeeded: <code>orders</code>\n")
    assert not [case for case in cases_of(alone) if case.group == "tasks"]
    assert "Tasks" not in comment.render(record(alone))


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (RUN, "nightly"),
        (one("orders"), "orders"),
        (replace(one(""), pipeline_name=None), "00000000-aaaa"),
        (Outcome(result=Result.FAILED, reason=""), ""),
        (replace(one("orders"), job=JobRun(run_id=RunId("1"), name="x")), "orders"),
    ],
)
def test_an_outcome_is_called_by_its_job_or_its_pipeline(
    outcome: Outcome, name: str
) -> None:
    assert called(outcome) == name


def test_who_was_stopped_for_another_is_not_said_to_be_canceled_by_anybody() -> None:
    stopped = replace(one("x", "canceled"), failed_fast=True)
    shown = summary.render(record(stopped, one("y", "failed")))
    assert "Canceled by" not in shown
    assert outputs.render(record(stopped))["error"] == ""
