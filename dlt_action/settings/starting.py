"""The inputs on how updates are started: rows of the one table of inputs (`table`)."""

from __future__ import annotations

from functools import partial

from dlt_action.core.model import JobId
from dlt_action.core.plan import Trigger
from dlt_action.settings import formats
from dlt_action.settings.shape import Format, Group, Input
from dlt_action.settings.waiting import BOOLEAN

TRIGGER: Input[Trigger] = Input(
    name="trigger",
    format=Format("WORD", partial(formats.choice, Trigger)),
    group=Group.UPDATE,
    unset="`update`, or `job` with a job",
    help="how the update is started: `update` (Pipelines API), `submit-run` (a one-time"
    " job run with a Pipeline task) or `job` (a run of an existing Databricks Job; it"
    " follows from `job-id` and `job-name`)",
    example="submit-run",
)
JOB_ID: Input[JobId] = Input(
    name="job-id",
    format=Format("ID", formats.job_id),
    group=Group.PIPELINE,
    help="an existing Databricks Job with Pipeline tasks, to be run in place of a"
    " pipeline; `parameters` are then job parameters, `full-refresh` reaches all of its"
    " Pipeline tasks, and a selection is for a job of one pipeline",
    example="123456789012345",
)
JOB_NAME: Input[str] = Input(
    name="job-name",
    format=Format("NAME", formats.one_line),
    group=Group.PIPELINE,
    help="the job, by its exact name instead; two of that name are an error",
    example="nightly orders",
)
MAX_PARALLEL: Input[int] = Input(
    name="max-parallel",
    format=Format("NUMBER", formats.count),
    group=Group.CONDUCT,
    default="10",
    help="of several pipelines, how many are updated at the same time",
    example="3",
)
FAIL_FAST: Input[bool] = Input(
    name="fail-fast",
    format=BOOLEAN,
    group=Group.CONDUCT,
    default="false",
    help="where one of several pipelines does not succeed, start none of the others any"
    " more, and stop those of this step that still run",
    example="true",
)
