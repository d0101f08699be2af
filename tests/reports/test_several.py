"""Reports on several pipelines, and on job runs: all at a glance, the worst first."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dlt_action.core.jobs.rows import JobRun, TaskRow
from dlt_action.core.model import JobId, PipelineId, Result, RunId
from dlt_action.core.plan import JobPlan, PipelineTask
from dlt_action.core.record import GateResult, GateVerdict, Outcome, Record
from dlt_action.core.steps import Why
from dlt_action.core.verdicts import others_misfit
from dlt_action.reports import comment, junit, outputs, summary
from dlt_action.reports.annotations import render as annotated
from dlt_action.reports.cases import Kind, cases_of
from dlt_action.reports.overview import called, verdict_of_all
from dlt_action.reports.telling import MOST_LISTED, MOST_TOLD, closing, introduction
from dlt_action.reports.titles import title_of
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
        (("succeeded", "failed", "failed"), "2 of 3 pipelines failed"),
        (
            ("canceled", "failed", "skipped"),
            "1 of 3 pipelines failed, 1 was canceled, 1 was not started",
        ),
        (
            ("conflict", "failed", "failed", "gate-failed", "succeeded"),
            (
                "2 of 5 pipelines failed, 1 broke the quality gate,"
                " 1 was busy with another update"
            ),
        ),
        (
            ("interrupted", "interrupted", "skipped"),
            "2 of 3 pipelines were interrupted, 1 was not started",
        ),
        (
            ("misconfigured", "skipped", "skipped"),
            "1 of 3 pipelines is misconfigured, 2 were not started",
        ),
        (("validated", "validated"), "All 2 pipelines passed the dry run"),
        (("started", "unfinished"), "1 of 2 pipelines did not finish"),
        (("started", "started"), "All 2 pipelines started"),
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
    assert lines[0] == "## ❌ 1 of 4 pipelines failed, 1 timed out, 1 was not started"
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
    assert "### ❌ 1 of 4 pipelines failed, 1 timed out, 1 was not started" in text
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
    long, words = "x" * 3000, "word " * 600
    outcome = replace(one(long, "failed"), reason=words)
    fifty = outputs.render(record(*(replace(outcome) for _ in range(50))))["results"]
    assert len(fifty) <= 32 * 1024
    read = json.loads(fifty)
    assert len([one for one in read if "more" not in one]) >= 40
    few = json.loads(outputs.render(record(outcome, outcome))["results"])
    assert few[0]["reason"] == f"{words[:994]} …"
    cut_before = replace(outcome, reason="It said: half-a-sec… and more of it.")
    told = json.loads(outputs.render(record(cut_before, outcome))["results"])
    assert told[0]["reason"] == "It said: … and more of it."


def test_ok_is_never_what_somebody_may_have_masked() -> None:
    for result in json.loads(outputs.render(MIXED)["results"]):
        assert result["ok"] in (True, False)


def test_the_last_lines_are_verdict_cause_and_page_of_the_worst() -> None:
    lines = closing(MIXED).splitlines()
    assert lines[0] == "1 of 4 pipelines failed, 1 timed out, 1 was not started."
    assert [line.split("]")[0] for line in lines[1:3]] == ["[stock", "[refunds"]
    assert all(line.startswith("[late] ") for line in lines[3:])
    assert lines[-1].startswith(f"[late] {HOST}/pipelines/")


def test_of_many_that_went_badly_some_are_told() -> None:
    many = record(*(one(f"p{n}", "failed", n) for n in range(MOST_TOLD + 3)))
    lines = closing(many).splitlines()
    assert lines[1] == "2 more did not do as asked"
    assert len([line for line in lines if "] failed: " in line]) == MOST_TOLD + 1


CONFLICT = one("busy", "conflict", 4)
FAILED = one("refunds", "failed", 2)
RETRIED = replace(one("orders", "failed-after-retries", 3), problems=FAILED.problems)


def test_each_that_went_badly_has_its_cause_on_its_line() -> None:
    lines = closing(record(CONFLICT, FAILED, RETRIED, one("well"))).splitlines()
    assert lines[0].startswith("2 of 4 pipelines failed, 1 was busy")
    assert lines[1:3] == [
        "[orders] failed: [DIVIDE_BY_ZERO] Division by zero. · 2 attempts",
        "[refunds] failed: [DIVIDE_BY_ZERO] Division by zero.",
    ]
    refused = one("x", "unauthorized")
    (told,) = [
        line
        for line in closing(record(refused, one("y", "internal-error"))).splitlines()
        if line.startswith("[x]")
    ]
    assert told.startswith(f"[x] unauthorized: {refused.reason} HTTP 403 ")
    untold = replace(FAILED, problems=())
    assert f"[refunds] failed: {untold.reason}" in closing(record(CONFLICT, untold))


def test_what_failed_is_seen_first_and_is_the_error_though_a_conflict_decides() -> None:
    mixed = record(replace(CONFLICT, server_said=""), FAILED)
    assert summary.render(mixed).startswith("## ❌ 1 of 2 pipelines failed, ")
    values = outputs.render(mixed)
    assert values["result"] == "conflict"
    assert values["error"] == "[DIVIDE_BY_ZERO] Division by zero."
    only = record(CONFLICT, one("well"))
    assert summary.render(only).startswith("## ⚠️ 1 of 2 pipelines was busy with ")


STOPPED = replace(
    one("late", "canceled", 5),
    failed_fast=True,
    reason=f"{Why.FAIL_FAST.told}. Update u was stopped and is CANCELED.",
)
NOT_BEGUN = replace(
    one("stock", "skipped", 6),
    failed_fast=True,
    reason=f"{Why.FAIL_FAST.told}. Nothing was started.",
)


def test_who_was_stopped_for_another_is_told_with_its_name() -> None:
    fast = record(FAILED, STOPPED, NOT_BEGUN)
    lines = closing(fast).splitlines()
    assert lines[:3] == [
        "1 of 3 pipelines failed, 1 was stopped for it (fail-fast), 1 was not started.",
        "[stock] skipped: refunds failed (fail-fast). Nothing was started.",
        (
            "[late] canceled: refunds failed (fail-fast). Update u was stopped and is"
            " CANCELED."
        ),
    ]
    table = [line for line in summary.render(fast).splitlines() if "| <code>" in line]
    assert [gfm.page(row).text.count("refunds failed") for row in table[1:3]] == [1, 1]
    # Of two that failed, nobody knows for whose sake it was.
    doubt = closing(record(FAILED, one("other", "failed", 7), NOT_BEGUN))
    assert f"[stock] skipped: {NOT_BEGUN.reason}" in doubt
    misfit = replace(
        NOT_BEGUN, failed_fast=False, reason=f"{others_misfit(1, 2).reason}"
    )
    wrong = closing(record(one("odd", "misconfigured", 8), misfit))
    assert "[stock] skipped: odd is misconfigured. Nothing was started." in wrong


def test_a_hostile_name_is_no_markup_where_it_is_the_culprit() -> None:
    evil = one("<img src=x>|`*", "failed", 2)
    shown = gfm.page(summary.render(record(evil, NOT_BEGUN)))
    assert "<img" not in summary.render(record(evil, NOT_BEGUN))
    assert shown.unclosed == []


def test_the_advice_of_a_gate_comes_after_whose_gate_it_is() -> None:
    broke = replace(one("x", "gate-failed"), advice="Correct it.")
    lines = closing(record(broke, one("y"))).splitlines()
    verdict = lines.index(f"[x] gate-failed: {broke.reason}")
    assert lines.index("[x] Correct it.") > verdict
    alone = closing(record(broke)).splitlines()
    assert alone.index("Correct it.") < alone.index(f"gate-failed: {broke.reason}")


def test_job_runs_that_go_on_without_us_have_their_pages_in_the_log() -> None:
    runs = [
        replace(one(f"p{n}", "started", n), job=replace(JOB, url=f"{HOST}/jobs/5/{n}"))
        for n in range(3)
    ]
    lines = closing(record(*runs)).splitlines()
    assert lines[1:3] == [f"[p{n}] {HOST}/jobs/5/{n}" for n in (1, 2)]
    assert lines[-1] == f"[p0] {HOST}/jobs/5/0"


def test_twins_are_called_the_same_in_the_table_as_in_the_log() -> None:
    twins = record(one("twins", number=1), one("twins", "failed", 2), one("x"))
    table = gfm.page(summary.render(twins)).text
    assert "twins 00000001" in table
    assert "twins 00000002" in table
    assert "[twins 00000002] " in closing(twins)


def test_workspace_and_sign_in_are_told_once() -> None:
    for many in (MIXED, record(RUN)):
        shown = summary.render(many)
        assert shown.count(ASKED.sign_in) == 1
        assert shown.count(f"]({HOST}/)") == 1


def test_how_long_the_step_took_is_told_of_no_part_of_it() -> None:
    slow = replace(one("orders", number=1), seconds=86_400.0)
    assert "this step" in summary.render(record(slow))
    assert "this step" not in summary.render(record(slow, one("refunds", number=2)))
    part = replace(slow, task="load")
    run = replace(RUN, parts=(part, replace(part, task="serve")))
    assert "this step" not in summary.render(record(run))


def test_words_of_the_jobs_service_that_only_point_elsewhere_are_not_told() -> None:
    for said in (
        "Run cancelled.",
        "Task dlt failed with message: Workload failed, see run output for details.",
    ):
        run = replace(RUN, parts=(), server_said=said, job=replace(JOB, tasks=()))
        for text in (closing(record(run)), summary.render(record(run))):
            assert said.rstrip(".") not in text
        assert outputs.render(record(run))["error"] == ""
        assert said.rstrip(".") in closing(record(replace(run, job=None)))
    why = replace(RUN, parts=(), server_said="The quota is used up.")
    assert "**Cause:** <code>The quota" in summary.render(record(why))
    assert "**Cause:** <code>The quota" in comment.render(record(why))
    # Where its update tells the cause, the Jobs service tells nothing more.
    own = replace(FAILED, job=JOB, server_said="It failed there.")
    assert summary.render(record(own)).count("**Cause:**") == 1
    assert "It failed there." not in comment.render(record(own))


def test_an_update_that_was_canceled_with_its_run_is_told_once() -> None:
    ended = replace(
        OUTCOMES["canceled"].attempts[0], cancellation_cause="WORKFLOW_CANCELLATION"
    )
    run = replace(one("x", "canceled"), attempts=(ended,), job=JOB)
    assert "WORKFLOW_CANCELLATION" not in closing(record(run))
    assert "WORKFLOW_CANCELLATION" not in summary.render(record(run)).split("###")[0]
    assert "WORKFLOW_CANCELLATION" in closing(record(replace(run, job=None)))


def test_a_comment_is_found_again_by_its_job_and_says_how_many_more_it_is_of() -> None:
    assert comment.render(record(RUN)).startswith("<!-- dlt-action job-5 -->\n")
    unnamed = replace(RUN, job=replace(JOB, job_id=None))
    assert comment.render(record(unnamed)).startswith("<!-- dlt-action -->\n")
    many = record(*(one(f"p{n}", number=n) for n in range(12)))
    first = comment.render(many).splitlines()[0]
    assert first.endswith("00000009-aaaa and-2-more -->")


def test_a_job_that_was_not_found_is_named_by_what_was_asked_for() -> None:
    asked = replace(ASKED, pipeline="nightly")
    wrong = Outcome(result=Result.MISCONFIGURED, reason="No job has that name.")
    (note,) = annotated(Record(asked, (wrong,)))
    assert note.title == "Misconfigured: nightly"


def test_the_facts_of_a_job_run_begin_with_the_run() -> None:
    shown = summary.render(record(replace(one("x"), job=JOB)))
    assert shown.index("**Job run**") < shown.index("**Pipeline**")


def test_annotations_of_many_are_no_more_than_are_shown() -> None:
    many = record(*(one(f"p{n}", "failed", n) for n in range(30)))
    found = annotated(many)
    assert [note.grade for note in found].count("error") == 10
    skipped = record(one("a", "failed"), one("b", "skipped"))
    assert not any("skipped" in note.title for note in annotated(skipped))


def test_a_rule_that_matches_nowhere_is_annotated_once() -> None:
    row = GATE[0]
    nowhere = replace(row, verdict=GateVerdict.NO_MATCH, dataset="nowhere")
    broke = [
        replace(one(f"p{n}", "gate-failed", n), gate=(nowhere,), warnings=())
        for n in range(3)
    ]
    assert len(annotated(record(*broke))) == 1
    other = replace(broke[0], gate=(replace(nowhere, dataset="other"),))
    assert len(annotated(record(*broke, other))) == 2


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
        (
            "job nightly (5) · refresh · 1 Pipeline task · 2 other tasks:"
            " https://x.cloud.databricks.com/jobs/5?w=42"
        ),
        f"task t0: pipeline orders x (p1): {PAGE}",
        "waits for: completed · timeout 5 h 30 min",
    ]
    once = replace(PLAN, job=replace(job_plan(1, 0), job_id=None))
    (first, *_) = introduction(ASKED, [once]).splitlines()
    assert first == (
        "pipeline orders x (p1) · refresh · by a one-time job run (submit-run)"
    )
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


WELL_RUN = replace(
    RUN,
    result=Result.SUCCEEDED,
    reason="Job run 77 succeeded.",
    job=replace(JOB, state="SUCCESS", tasks=(TASKS[0], replace(TASKS[2], key="full"))),
    parts=(
        replace(one("orders", number=1), task="left"),
        replace(
            Outcome(result=Result.SKIPPED, reason="Task full was left out."),
            pipeline_name="full",
            task="full",
        ),
    ),
)


def test_a_green_run_is_green_in_junit_whatever_was_left_out_of_it() -> None:
    text = junit.render(record(WELL_RUN))
    assert "<error" not in text
    assert "<failure" not in text
    assert '<skipped message="Task full was left out."' in text
    # A part that failed is no reason either to be red where the run is not.
    partly = replace(WELL_RUN, parts=(WELL_RUN.parts[0], RUN.parts[1]))
    assert "<failure" not in junit.render(record(partly))
    assert "<failure" in junit.render(record(RUN))


def test_what_was_not_begun_for_another_is_not_red_beside_it() -> None:
    assert junit.render(MIXED).count("<skipped") > junit.render(MIXED).count("<error")
    text = junit.render(record(one("refunds", "failed"), one("stock", "skipped")))
    assert "<error" not in text
    assert "<error" in junit.render(record(one("a", "skipped"), one("b", "skipped")))


def test_a_part_that_was_left_out_lends_no_outputs_and_takes_no_rows_away() -> None:
    values = outputs.render(record(WELL_RUN))
    alone = outputs.render(record(one("orders", number=1)))
    for name in ("update-id", "update-url", "state", "rows-written"):
        assert values[name] == alone[name] != ""
    assert "1.2 M rows written" in comment.render(record(WELL_RUN))
    assert 'name="rows-written" value="1234567"' in junit.render(record(WELL_RUN))
    unknown = replace(one("x"), rows_written=None)
    half = replace(WELL_RUN, parts=(unknown, one("y")), rows_written=None)
    assert outputs.render(record(half))["rows-written"] == "1234567"
    none = replace(half, parts=(unknown, unknown))
    assert outputs.render(record(none))["rows-written"] == ""
    all_left_out = replace(WELL_RUN, parts=WELL_RUN.parts[1:])
    assert outputs.render(record(all_left_out))["update-id"] == ""


def test_results_have_the_page_and_the_task_of_each_job_run() -> None:
    only = replace(one("orders"), job=replace(JOB, tasks=(TASKS[0], NOTEBOOK)))
    (result,) = json.loads(outputs.render(record(only))["results"])
    assert result["task"] == "left"
    assert result["job_run_url"] == JOB.url
    untold = replace(only, job=replace(JOB, tasks=(), url="https://evil.example/"))
    (result,) = json.loads(outputs.render(record(untold))["results"])
    assert (result["task"], result["job_run_url"]) == ("", "")
    (result,) = json.loads(outputs.render(record(one("orders")))["results"])
    assert (result["job_run_id"], result["job_run_url"]) == (None, None)


NOTEBOOK = TaskRow(key="report", kind="notebook", state="FAILED", ok=False)


def test_the_page_below_a_verdict_is_that_of_what_failed() -> None:
    job_page, job = str(JOB.url), replace(JOB, tasks=(TASKS[0], NOTEBOOK))
    well = replace(one("orders"), job=job)
    update_page = well.update_url
    by_another = replace(well, result=Result.FAILED, reason="Job run 77 failed.")
    assert closing(record(by_another)).splitlines()[-1] == job_page
    assert str(update_page) not in closing(record(by_another))
    (note,) = annotated(record(by_another))
    assert note.message.splitlines()[-1] == job_page
    own = replace(one("orders", "failed"), job=job)
    assert closing(record(own)).splitlines()[-2:] == [update_page, job_page]
    assert annotated(record(own))[0].message.splitlines()[-2:] == [
        *(update_page, job_page)
    ]
    left = replace(one("orders", "timed-out"), job=job)
    assert closing(record(left)).splitlines()[-1] == job_page
    nowhere = Outcome(result=Result.FAILED, reason="It failed.")
    assert closing(record(nowhere)).splitlines() == ["failed: It failed."]


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("MAXIMUM_CONCURRENT_RUNS_REACHED", "Another job run is active"),
        ("SKIPPED", "Another job run is active"),
        ("FAILED", "Another update is active"),
        ("", "Another update is active"),
    ],
)
def test_a_conflict_says_what_is_in_the_way(state: str, title: str) -> None:
    met = replace(RUN, result=Result.CONFLICT, job=replace(JOB, state=state))
    assert title_of(met) == title
