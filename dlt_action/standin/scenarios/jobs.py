"""
Jobs of several tasks, and jobs that other people are busy with.

Each has pipelines of its own, so that no play of one disturbs another's. Beside these,
every pipeline of the scenarios has a job of its name, with one task, which updates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dlt_action.standin.jobs import runs
from dlt_action.standin.jobs.work import Played
from dlt_action.standin.scenarios.failures import CODE_ERROR, NO_RETRY, division
from dlt_action.standin.scenarios.good import SUCCESS
from dlt_action.standin.scenarios.hostile import HOSTILE, NAME, TEXTS
from dlt_action.standin.scenarios.restarts import RETRY_SUCCEEDS
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Scenario
from dlt_action.standin.wire import Json, JsonObject

MANY_TASKS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A Pipeline task: the scenario that its pipeline plays, what it asks for."""

    plays: Scenario
    asks: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlay:
    """
    One job.

    Its pipelines are called as the job and the key of their task: `two-pipelines/gold`.
    """

    name: str
    title: str
    expect: str  # result_state of the run
    seconds: float  # about how long a run takes at stretch 1
    updates: Mapping[str, Update]
    others: Mapping[str, JsonObject] = field(default_factory=dict)  # other tasks
    about: Mapping[str, JsonObject] = field(default_factory=dict)  # more of any task
    settings: JsonObject = field(default_factory=dict)
    notebooks: Mapping[str, tuple[Played, ...]] = field(default_factory=dict)
    began: float | None = None  # seconds before the workspace, a run of somebody else's
    canceled: float | None = None  # seconds after a run began, somebody cancels it
    repaired: float | None = None  # seconds after a run failed, somebody repairs it


def _notebook(path: str) -> JsonObject:
    return {"notebook_task": {"notebook_path": path}}


def _after(*keys: str, **more: Json) -> JsonObject:
    return {"depends_on": [{"task_key": key} for key in keys], **more}


# Fails when it is started first, and completes from then on.
FAILS_FIRST = Scenario(
    name="fails-first",
    title="Fails without a retry of its own; the next update completes",
    expect="failed",
    seconds=68,
    acts=(Act(script=division),),
    again=(Act(script=shop),),
    dry=dry_run,
    spec=NO_RETRY,
)

TWO_PIPELINES = JobPlay(
    name="two-pipelines",
    title="Two Pipeline tasks and a notebook task between: all succeed",
    expect="SUCCESS",
    seconds=181,
    updates={
        "bronze": Update(plays=SUCCESS),
        "gold": Update(plays=SUCCESS, asks={"full_refresh": True}),
    },
    others={"check": _notebook("/Shared/check")},
    about={"check": _after("bronze"), "gold": _after("check")},
)
SIDE_BY_SIDE = JobPlay(
    name="side-by-side",
    title="Two Pipeline tasks at once: one is retried by its pipeline, one fails",
    expect="FAILED",
    seconds=170,
    updates={"left": Update(plays=RETRY_SUCCEEDS), "right": Update(plays=CODE_ERROR)},
)
TASK_RETRIED = JobPlay(
    name="task-retried",
    title="The task fails, is retried by the job, and succeeds: two attempts",
    expect="SUCCESS",
    seconds=151,
    updates={"dlt": Update(plays=FAILS_FIRST)},
    about={"dlt": {"max_retries": 2, "min_retry_interval_millis": 5_000}},
)
QUEUED_RUN = JobPlay(
    name="queued-run",
    title="Another run of the job is active: ours is QUEUED for half a minute",
    expect="SUCCESS",
    seconds=118,
    updates={"dlt": Update(plays=SUCCESS)},
    settings={"queue": {"enabled": True}},
    began=40.0,
)
RUNS_LIMITED = JobPlay(
    name="runs-limited",
    title="Another run of the job is active, and nothing is queued: ours is skipped",
    expect="MAXIMUM_CONCURRENT_RUNS_REACHED",
    seconds=0,
    updates={"dlt": Update(plays=SUCCESS)},
    settings={"queue": {"enabled": False}},
    began=40.0,
)
REPAIRED = JobPlay(
    name="repaired",
    title="A notebook fails after the pipeline; somebody repairs the run 30 seconds on",
    expect="SUCCESS",
    seconds=157,
    updates={"dlt": Update(plays=SUCCESS)},
    others={"publish": _notebook("/Shared/fails-once")},
    about={"publish": _after("dlt")},
    repaired=30.0,
)
NOTEBOOK_FAILS = JobPlay(
    name="notebook-fails",
    title="The pipeline's update completes; a notebook beside it fails the run",
    expect="FAILED",
    seconds=79,
    updates={"dlt": Update(plays=SUCCESS)},
    others={"report": _notebook("/Shared/fails"), "mail": _notebook("/Shared/mail")},
    about={"mail": _after("report")},
)
WITH_FAILURES = JobPlay(
    name="with-failures",
    title="The pipeline's update fails; a task that handles that is the last one",
    expect="SUCCESS_WITH_FAILURES",
    seconds=61,
    updates={"dlt": Update(plays=CODE_ERROR)},
    others={"tidy": _notebook("/Shared/tidy")},
    about={"tidy": _after("dlt", run_if="AT_LEAST_ONE_FAILED")},
)
IN_PART = JobPlay(
    name="in-part",
    title="An if/else condition excludes one pipeline, another task is disabled",
    expect="SUCCESS",
    seconds=81,
    updates={"full": Update(plays=SUCCESS), "quick": Update(plays=SUCCESS)},
    others={
        "is_monday": {
            "condition_task": {
                "left": "{{job.parameters.day}}",
                "op": "EQUAL_TO",
                "right": "monday",
            }
        },
        "mail": _notebook("/Shared/mail"),
    },
    about={
        "full": {"depends_on": [{"task_key": "is_monday", "outcome": "true"}]},
        "quick": {"depends_on": [{"task_key": "is_monday", "outcome": "false"}]},
        "mail": _after("full", "quick", run_if="NONE_FAILED", disabled=True),
    },
    settings={"parameters": [{"name": "day", "default": "tuesday"}]},
)
CANCELED_RUN = JobPlay(
    name="canceled-run",
    title="Somebody cancels the run while the pipeline's update runs, which it stops",
    expect="CANCELED",
    seconds=67,
    updates={"dlt": Update(plays=SUCCESS)},
    others={"publish": _notebook("/Shared/publish")},
    about={"publish": _after("dlt")},
    canceled=60.0,
)
CLOUD_FAILURE = JobPlay(
    name="cloud-failure",
    title="The platform cannot run a notebook that the pipeline has to wait for",
    expect="FAILED",
    seconds=24,
    updates={"dlt": Update(plays=SUCCESS)},
    others={"before": _notebook("/Shared/no-machines")},
    about={"dlt": _after("before")},
    notebooks={
        "/Shared/no-machines": (
            Played(
                end=runs.End(
                    "INTERNAL_ERROR",
                    "FAILED",
                    "CLOUD_FAILURE",
                    "CLOUD_FAILURE",
                    "The cloud provider could not provide an instance (stockout).",
                )
            ),
        )
    },
)
HOSTILE_JOB = JobPlay(
    name="hostile-job",
    title="Fails, with texts that try to command the runner and the browser",
    expect="FAILED",
    seconds=76,
    updates={"dlt": Update(plays=HOSTILE)},
    others={"report": _notebook("/Shared/hostile")},
    about={"report": {"description": NAME}},
    settings={"name": NAME},
    notebooks={
        "/Shared/hostile": (
            Played(
                end=runs.failed("\n".join(TEXTS)),
                output={"error": "\n".join(TEXTS), "error_trace": "\n".join(TEXTS)},
            ),
        )
    },
)
MANY = JobPlay(
    name="many-tasks",
    title=f"{MANY_TASKS} notebook tasks and, after them, a Pipeline task: two pages",
    expect="SUCCESS",
    seconds=101,
    updates={"dlt": Update(plays=SUCCESS)},
    others={f"part_{n:03d}": _notebook("/Shared/part") for n in range(MANY_TASKS)},
    about={"dlt": _after(*(f"part_{n:03d}" for n in range(MANY_TASKS)))},
)

_ALL = (
    TWO_PIPELINES,
    SIDE_BY_SIDE,
    TASK_RETRIED,
    QUEUED_RUN,
    RUNS_LIMITED,
    REPAIRED,
    NOTEBOOK_FAILS,
    WITH_FAILURES,
    IN_PART,
    CANCELED_RUN,
    CLOUD_FAILURE,
    HOSTILE_JOB,
    MANY,
)

JOBS: Mapping[str, JobPlay] = MappingProxyType({play.name: play for play in _ALL})
