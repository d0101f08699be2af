from __future__ import annotations

import inspect

import pytest

from dlt_action.core import calls
from dlt_action.core.calls import Call, Method
from dlt_action.core.exchange import NotExecuted, decide
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.model import JobId, RunId, UpdateRequest
from dlt_action.core.plan import JobPlan
from dlt_action.core.reply import Answer, Fault, Reply
from dlt_action.edge.restraint import only_stops
from tests.edge.senders import PIPELINE, START, UPDATE

RUN = RunId("77")
GOOD = Answer(200, {}, b"{}")

READS = (
    calls.list_pipelines("x"),
    calls.get_pipeline(PIPELINE),
    calls.list_updates(PIPELINE),
    calls.get_update(PIPELINE, UPDATE),
    calls.list_events(PIPELINE),
    jobcalls.get_run(RUN),
    jobcalls.get_output(RUN),
    jobcalls.get_job(JobId("5")),
    jobcalls.list_jobs("nightly"),
    jobcalls.list_one_time_runs("page"),
)
STOP = calls.stop_pipeline(PIPELINE)
CANCEL = jobcalls.cancel_run(RUN)
PLAIN = UpdateRequest()
STARTS = (
    START,
    calls.start_update(PIPELINE, UpdateRequest(validate_only=True)),
    calls.start_update(PIPELINE, UpdateRequest(extra={"path": "/stop"})),
    *(
        jobcalls.start_run(JobPlan(token="t", name="x", job_id=job, tasks=()), PLAIN)
        for job in (None, JobId("5"))
    ),
)


class Exchange:
    """An exchange that answers all, and remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[Call, float]] = []

    def __call__(self, call: Call, within: float) -> Reply:
        self.seen.append((call, within))
        return GOOD


@pytest.mark.parametrize("call", [*READS, STOP, CANCEL], ids=lambda call: call.what)
def test_a_read_a_stop_and_a_cancel_are_let_through_with_their_time(call: Call) -> None:
    exchange = Exchange()

    assert only_stops(exchange)(call, 12.5) is GOOD

    assert exchange.seen == [(call, 12.5)]


@pytest.mark.parametrize("call", STARTS)
def test_a_start_is_provably_not_sent(call: Call) -> None:
    exchange = Exchange()

    reply = only_stops(exchange)(call, 12.5)

    assert exchange.seen == []
    assert isinstance(reply, Fault)
    outcome = decide(reply)
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless  # so that nobody tries again
    assert "only read and stop" in outcome.reason


@pytest.mark.parametrize(
    "path",
    [
        f"{calls.PIPELINES}/{PIPELINE}",
        calls.PIPELINES,
        f"{calls.PIPELINES}/{PIPELINE}/reset",
        f"{calls.PIPELINES}/{PIPELINE}/stop/",
        f"{calls.PIPELINES}/{PIPELINE}/nonstop",
        "/api/2.1/jobs/run-now",
        f"{jobcalls.CANCEL}-all",
        "/api/2.1/jobs/runs/cancel",
    ],
)
def test_no_other_effect_is_let_through(path: str) -> None:
    exchange = Exchange()

    only_stops(exchange)(Call(what="x", method=Method.POST, path=path), 1.0)

    assert exchange.seen == []


def test_every_call_that_there_is_was_judged_here() -> None:
    builders = {
        name
        for module in (calls, jobcalls)
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__
        and inspect.signature(found).return_annotation == "Call"
        and not name.startswith("_")
    }
    assert builders == {
        "list_pipelines",
        "get_pipeline",
        "list_updates",
        "get_update",
        "list_events",
        "who_am_i",
        "stop_pipeline",
        "start_update",
        "get_run",
        "get_output",
        "get_job",
        "list_jobs",
        "list_one_time_runs",
        "cancel_run",
        "start_run",
    }
