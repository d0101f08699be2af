"""One record for every way in which a run can end, as the golden files show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dlt_action.core import endings
from dlt_action.core.model import (
    Attribution,
    Cause,
    FlowStatus,
    Location,
    Pipeline,
    PipelineId,
    PipelineState,
    Result,
    Update,
    UpdateId,
    UpdateRequest,
    UpdateState,
)
from dlt_action.core.plan import Links, Plan
from dlt_action.core.record import (
    Asked,
    Attempt,
    DatasetRow,
    ExpectationRow,
    FlowRow,
    GateResult,
    GateRow,
    GateVerdict,
    LastGood,
    Outcome,
    Phase,
    Problem,
    Record,
)
from dlt_action.core.startings import INFERRED, Rival, conflict, unknown_start
from dlt_action.core.steps import Why
from dlt_action.core.stopping import Stop
from dlt_action.core.verdicts import Verdict
from dlt_action.errors import InputProblem

HOST = "https://adb-1.2.azuredatabricks.net"
PIPELINE = PipelineId("f0f4f7f3-6c0b-4a4e-9f0e-6d8c7a7d9c11")
PAGE = f"{HOST}/pipelines/{PIPELINE}"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

ASKED = Asked(
    host=HOST,
    pipeline=PIPELINE,
    kind="refresh",
    timeout_seconds=19800.0,
    sign_in="personal access token from the input token",
    report_dir="reports",
    version="0.1.0",
)


def attempt(
    number: int, state: str, *, cause: Cause = Cause.API_CALL, failed: str = ""
) -> Attempt:
    update = UpdateId(f"{number:08d}-aaaa-bbbb-cccc-000000000000")
    began = NOON + timedelta(minutes=5 * (number - 1))
    problems = (Problem(at=None, flow=None, headline=failed),) if failed else ()
    return Attempt(
        update_id=update,
        url=f"{PAGE}/updates/{update}?w=42",
        state=UpdateState(state),
        state_text=state,
        cause=cause,
        cause_text=cause.value,
        created=began,
        ended=began + timedelta(minutes=4, seconds=10),
        phases=(
            Phase("WAITING_FOR_RESOURCES", 65.0),
            Phase("RUNNING", 185.0),
            Phase(state, None),
        ),
        problems=problems,
    )


def outcome(result: Result, reason: str, *attempts: Attempt) -> Outcome:
    return Outcome(
        result=result,
        reason=reason,
        pipeline_id=PIPELINE,
        pipeline_name="orders_pipeline",
        pipeline_url=PAGE,
        attribution=Attribution.CONFIRMED if attempts else None,
        attempts=attempts,
        seconds=3725.4 if len(attempts) > 1 else 250.2,
        events_read=1234 if attempts else 0,
    )


OURS = UpdateId("00000001-aaaa-bbbb-cccc-000000000000")
RIVAL = Update(
    update_id=UpdateId("00000009-aaaa-bbbb-cccc-000000000000"),
    state=UpdateState.RUNNING,
    state_text="RUNNING",
    cause=Cause.JOB_TASK,
)
PLAN = Plan(
    pipeline=Pipeline(
        pipeline_id=PIPELINE, name="orders_pipeline", state=PipelineState.IDLE
    ),
    request=UpdateRequest(),
    links=Links(HOST),
    began=0.0,
    began_at=NOON,
)


def before_the_start(verdict: Verdict) -> Outcome:
    """What the program itself says of a start that did not come about."""
    return replace(
        outcome(verdict.result, verdict.reason),
        advice=verdict.advice,
        server_said=verdict.server_said,
    )


PROBLEM = Problem(
    at=NOON,
    flow="main.sales.orders",
    headline="[DIVIDE_BY_ZERO] Division by zero.",
    exception="org.apache.spark.SparkArithmeticException",
    detail="[DIVIDE_BY_ZERO] Division by zero.\n== SQL (line 3) ==\n  SELECT 1/0",
    location=Location(path="/Workspace/Repos/shop/etl/orders.py", line=41),
    fatal=True,
)
NOTEBOOK = Problem(
    at=None,
    flow=None,
    headline="NameError: name 'dlt' is not defined",
    location=Location(path="/Users/me/orders", line=5, cell=3),
)
FLOWS = (
    FlowRow(
        name="main.sales.orders",
        status=FlowStatus.COMPLETED,
        status_text="COMPLETED",
        kind="APPEND",
        output="main.sales.orders",
        inputs=("main.landing.orders",),
        rows=1_234_567,
        dropped=12,
        began=NOON + timedelta(seconds=70),
        ended=NOON + timedelta(seconds=131),
        seconds=61.0,
    ),
    FlowRow(
        name="main.sales.customers",
        status=FlowStatus.COMPLETED,
        status_text="COMPLETED",
        kind="CHANGE",
        output="main.sales.customers",
        inputs=("main.sales.orders", "main.landing.customers"),
        upserted=17,
        deleted=0,
        began=NOON + timedelta(seconds=131),
        ended=NOON + timedelta(seconds=251),
        seconds=120.0,
    ),
)
FAILED_FLOWS = (
    FlowRow(
        name="main.sales.customers",
        status=FlowStatus.SKIPPED,
        status_text="SKIPPED",
        output="main.sales.customers",
        inputs=("orders", "main.landing.customers"),
    ),
    FlowRow(
        name="main.sales.orders",
        status=FlowStatus.FAILED,
        status_text="FAILED",
        output="main.sales.orders",
        inputs=("main.landing.orders",),
        rows=0,
        began=NOON + timedelta(seconds=70),
        ended=NOON + timedelta(seconds=73),
        seconds=3.0,
        failures=2,
    ),
    FlowRow(
        name="main.sales.new",
        status=FlowStatus.UNRECOGNISED,
        status_text="DREAMING",
        output="main.sales.new",
        inputs=("main.sales.orders",),
        began=NOON + timedelta(seconds=72),
        seconds=1.0,
    ),
)
EXPECTATIONS = (
    ExpectationRow(dataset="main.sales.orders", name="valid id", passed=990, failed=0),
    ExpectationRow(dataset="main.sales.orders", name="amount", passed=980, failed=20),
)
DATASETS = (
    DatasetRow(
        name="main.sales.orders",
        kind="STREAMING_TABLE",
        declared=("valid id", "amount", "no future"),
    ),
    DatasetRow(name="main.sales.customers", kind="STREAMING_TABLE"),
)
LAST = UpdateId("00000000-aaaa-bbbb-cccc-000000000000")
LAST_GOOD = LastGood(
    update_id=LAST,
    url=f"{PAGE}/updates/{LAST}?w=42",
    seconds=223.0,
    rows_written=1_272_749,
    flows=FLOWS[:1],
    expectations=(
        ExpectationRow(
            dataset="main.sales.orders", name="valid id", passed=990, failed=0
        ),
        ExpectationRow(
            dataset="main.sales.orders", name="amount", passed=995, failed=5
        ),
    ),
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
        reason="20 of 1,000 records failed.",
    ),
    GateRow(
        rule="warn main.sales.* rows >= 80% of last",
        dataset="main.sales.customers",
        verdict=GateVerdict.NOT_AVAILABLE,
        broken=False,
        mandatory=False,
        reason="The event log has no number of rows.",
    ),
    GateRow(
        rule="all failed <= 0.5%",
        dataset="main.sales.orders",
        expectation="valid id",
        verdict=GateVerdict.HOLDS,
        broken=False,
        mandatory=True,
        measured="0 %",
    ),
)


_SUCCEEDED = replace(
    outcome(
        Result.SUCCEEDED,
        "Update 00000001-aaaa-bbbb-cccc-000000000000 completed.",
        attempt(1, "COMPLETED"),
    ),
    flows=FLOWS,
    datasets=DATASETS,
    expectations=EXPECTATIONS,
    last_good=LAST_GOOD,
    rows_written=1_234_567,
)
_FAILED = replace(
    outcome(
        Result.FAILED,
        "Update 00000001-aaaa-bbbb-cccc-000000000000 failed.",
        attempt(1, "FAILED"),
    ),
    flows=FAILED_FLOWS,
    datasets=DATASETS[1:],
    last_good=LAST_GOOD,
    problems=(PROBLEM, NOTEBOOK),
    problems_omitted=3,
    rows_written=0,
)
OUTCOMES: Mapping[str, Outcome] = {
    "succeeded": _SUCCEEDED,
    "succeeded-after-retry": replace(
        outcome(
            Result.SUCCEEDED,
            "Update 00000002-aaaa-bbbb-cccc-000000000000 completed after 2 attempts.",
            attempt(1, "FAILED", failed="Cluster was lost."),
            attempt(2, "COMPLETED", cause=Cause.RETRY_ON_FAILURE),
        ),
        flows=FLOWS,
        rows_written=5,
        attribution=Attribution.INFERRED,
    ),
    "failed": _FAILED,
    "failed-after-retries": replace(
        outcome(
            Result.FAILED,
            "Update 00000002-aaaa-bbbb-cccc-000000000000 failed after 2 attempts.",
            attempt(1, "FAILED", failed="Cluster was lost."),
            attempt(2, "FAILED", cause=Cause.RETRY_ON_FAILURE),
        ),
        attribution=Attribution.ATTACHED,
    ),
    "canceled": outcome(
        Result.CANCELED,
        "Update 00000001-aaaa-bbbb-cccc-000000000000 was canceled.",
        attempt(1, "CANCELED"),
    ),
    "validated": outcome(
        Result.VALIDATED,
        "The dry run 00000001-aaaa-bbbb-cccc-000000000000 passed."
        " Nothing was refreshed.",
        attempt(1, "COMPLETED"),
    ),
    "running": outcome(
        Result.RUNNING,
        "Update 00000001-aaaa-bbbb-cccc-000000000000 is running and stayed healthy"
        " for 01:00.",
        attempt(1, "RUNNING"),
    ),
    "started": outcome(
        Result.STARTED,
        "Update 00000001-aaaa-bbbb-cccc-000000000000 was started. This step does not"
        " wait for its end.",
        attempt(1, "QUEUED"),
    ),
    "misconfigured": Outcome(
        result=Result.MISCONFIGURED,
        reason="2 inputs are wrong. Nothing was started.",
        input_problems=(
            InputProblem("timeout", "60 has no unit.", "Write 60s or 60m."),
            InputProblem("validate_onyl", "is not an input.", "Meant: validate-only?"),
        ),
    ),
    "unauthorized": replace(
        outcome(
            Result.UNAUTHORIZED,
            "The workspace refused access (HTTP 403): could not read the pipeline."
            " Nothing was started.",
        ),
        pipeline_name=None,
        server_said="HTTP 403 PERMISSION_DENIED: User does not have CAN VIEW on it.",
        advice="Give the principal that signs in the permission CAN RUN.\n"
        f"Then run this step again: {PAGE}",
    ),
    "unreachable": replace(
        outcome(
            Result.UNREACHABLE,
            "The API did not answer for 15:00 while following update"
            " 00000001-aaaa-bbbb-cccc-000000000000. It may still be running.",
            attempt(1, "RUNNING"),
        ),
        server_said="HTTP 503: " + "upstream connect error " * 20,
    ),
    "gone": outcome(
        Result.GONE,
        "The pipeline or its update disappeared (HTTP 404) while it was followed.",
        attempt(1, "RUNNING"),
    ),
    "timed-out": replace(
        outcome(
            Result.TIMED_OUT,
            "The timeout passed. Update 00000001-aaaa-bbbb-cccc-000000000000 was"
            " stopped and is CANCELED.",
            attempt(1, "CANCELED"),
        ),
        warnings=("The log could not be read for 02:00.",),
    ),
    "timed-out-left-behind": replace(
        outcome(
            Result.TIMED_OUT,
            endings.left(
                OURS,
                Why.STALL_TIMEOUT,
                Stop.ACCEPTED,
                UpdateState.STOPPING,
                final=False,
            ).reason,
            attempt(1, "STOPPING"),
        ),
        advice="It may end any moment. Look at the update's page.",
    ),
    "conflict": before_the_start(
        conflict(
            PLAN,
            Rival(
                RIVAL.update_id,
                RIVAL,
                age=720.0,
                rerun="This is attempt 2 of the workflow run: an earlier one may have"
                f" started update {RIVAL.update_id} and left it behind.",
            ),
            said=f"HTTP 409: An active update '{RIVAL.update_id}' already exists.",
        )
    ),
    "unknown-start": before_the_start(
        unknown_start(PLAN, "HTTP 503 with text/html", (RIVAL,))
    ),
    "succeeded-adopted": replace(
        _SUCCEEDED, attribution=Attribution.INFERRED, warnings=(INFERRED,)
    ),
    "interrupted": replace(
        outcome(
            Result.INTERRUPTED,
            "The step was canceled (SIGTERM). Update"
            " 00000001-aaaa-bbbb-cccc-000000000000 was"
            " stopped and is CANCELED.",
            attempt(1, "CANCELED"),
        ),
        signal=15,
    ),
    "gate-failed": replace(
        outcome(Result.GATE_FAILED, "1 rule broke.", attempt(1, "COMPLETED")),
        flows=FLOWS,
        datasets=DATASETS,
        expectations=EXPECTATIONS,
        gate=GATE,
        gate_result=GateResult.FAILED,
        last_good=LAST_GOOD,
        rows_written=1_234_567,
    ),
    "skipped": outcome(Result.SKIPPED, "Another pipeline failed first."),
    "internal-error": Outcome(
        result=Result.INTERNAL_ERROR, reason="A bug of dlt-action: KeyError."
    ),
    "unfinished": outcome(Result.UNFINISHED, "The step ended early."),
}


def record_of(name: str) -> Record:
    """The record that ends as *name* says."""
    return Record(ASKED, (OUTCOMES[name],))
