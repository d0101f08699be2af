"""Records in which every field has a value, and every text is whatever a test says."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from dlt_action.core.jobs.rows import JobRun, TaskRow
from dlt_action.core.model import JobId, Location, Result, RunId
from dlt_action.core.record import (
    DatasetRow,
    GateResult,
    GateRow,
    GateVerdict,
    Hint,
    InCheckout,
    LastGood,
    Outcome,
    Record,
)
from dlt_action.errors import InputProblem
from tests.reports.records import (
    ASKED,
    EXPECTATIONS,
    FAILED_FLOWS,
    FLOWS,
    HOST,
    NOON,
    OURS,
    OUTCOMES,
    PROBLEM,
    attempt,
)

GATE = (
    GateRow(
        rule="all failed <= 0.5%",
        dataset="main.sales.orders",
        expectation="amount",
        verdict=GateVerdict.BREAKS,
        broken=True,
        mandatory=True,
        measured="2 %",
        reason="2 % is more than 0.5 %",
    ),
    GateRow(
        rule="warn orders rows >= 1",
        dataset="main.sales.orders",
        verdict=GateVerdict.BREAKS,
        broken=True,
        mandatory=False,
    ),
    GateRow(
        rule="orders dropped == 0",
        dataset="main.sales.orders",
        verdict=GateVerdict.NOT_AVAILABLE,
        broken=False,
        mandatory=True,
    ),
    GateRow(
        rule="orders rows >= 1",
        dataset="main.sales.orders",
        verdict=GateVerdict.HOLDS,
        broken=False,
        mandatory=True,
        measured="5",
    ),
)
_PROBLEM = replace(
    PROBLEM,
    location=Location(path="a.py", line=3, cell=2),
    hint=Hint("Look.", "https://docs.databricks.com/x"),
    source=InCheckout("a.py", 3),
)
FULL = replace(
    OUTCOMES["failed"],
    attempts=(
        replace(attempt(1, "FAILED"), problems=(_PROBLEM,)),
        replace(
            attempt(2, "FAILED"), canceled_by="anna", cancellation_cause="USER_ACTION"
        ),
    ),
    flows=(*FAILED_FLOWS, *(replace(flow, inputs=("a", "b")) for flow in FLOWS)),
    datasets=(
        DatasetRow(
            name="a", kind="TABLE", declared=("valid id", "new"), untold=("new",)
        ),
    ),
    expectations=EXPECTATIONS,
    gate=GATE,
    gate_result=GateResult.FAILED,
    last_good=LastGood(
        update_id=OURS, url="https://x", seconds=1.0, rows_written=1, flows=FLOWS
    ),
    problems=(_PROBLEM, replace(_PROBLEM, at=NOON, flow=None)),
    warnings=("The log was late.",),
    advice="Do it.",
    paste="a\nb",
    server_said="HTTP 503: away",
    input_problems=(InputProblem("timeout", "60.", "Write 60s.", "timeout: 60s"),),
    signal=15,
)
JOB = JobRun(
    run_id=RunId("77"),
    url=f"{HOST}/jobs/5/runs/77",
    job_id=JobId("5"),
    name="nightly",
    state="FAILED",
    message="1 task failed.",
    tasks=(
        TaskRow(key="t1", kind="pipeline", state="FAILED", message="m", url="u"),
        TaskRow(key="t2", kind="notebook", state="SUCCESS", message="m", ok=True),
    ),
)
_Value = TypeVar("_Value")


def with_texts(value: _Value, text: str) -> _Value:
    """*value* with each text in it, however deep, replaced by *text*."""
    changed: Any = value
    if is_dataclass(value) and not isinstance(value, type):
        changed = replace(
            value,
            **{
                one.name: with_texts(getattr(value, one.name), text)
                for one in fields(value)
            },
        )
    elif isinstance(value, tuple):
        changed = tuple(with_texts(item, text) for item in value)
    elif type(value) is str:
        changed = text
    result: _Value = changed
    return result


def hostile(text: str, result: Result = Result.FAILED) -> Record:
    """A record that says *text* wherever it says anything; the host stays ours."""
    outcome: Outcome = replace(with_texts(FULL, text), result=result)
    asked = replace(ASKED, selection=("a", "b"), left_aside=("a",), rules=4)
    return Record(replace(with_texts(asked, text), host=ASKED.host), (outcome,))


def of_a_job(text: str, result: Result = Result.FAILED) -> Record:
    """The same of a job run with a part, beside a pipeline."""
    one = hostile(text, result)
    (outcome,) = one.outcomes
    run = replace(outcome, job=with_texts(JOB, text), attempts=(), problems=())
    part = replace(outcome, task=text)
    return replace(one, outcomes=(replace(run, parts=(part, part)), outcome))
