"""
The one table of inputs.

`INPUT_*` names, flags, `--help`, the README's table and action.yml's inputs all derive
from it or are compared with it. To add an input: a row here or in one of the modules
that have rows of it, a field in `settings.model`, a line in `settings.load`, then
`python tools/update_docs.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dlt_action.core.model import JsonObject, PipelineId, UpdateId
from dlt_action.core.plan import LogLevel
from dlt_action.settings import (
    access,
    formats,
    judging,
    starting,
    structures,
    waiting,
)
from dlt_action.settings.shape import Format, Group, Input

_FULL_REFRESH = Format("true|false", formats.full_refresh, flag_alone=True)
_NAMES = Format("NAMES", formats.names)

PIPELINE_ID: Input[tuple[PipelineId, ...]] = Input(
    name="pipeline-id",
    format=Format("ID", formats.pipeline_ids),
    group=Group.PIPELINE,
    help="the pipeline, by its id; or several, one a line or with commas",
    example="a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05",
    everyday=True,
)
PIPELINE_NAME: Input[tuple[str, ...]] = Input(
    name="pipeline-name",
    format=Format("NAME", formats.pipeline_names),
    group=Group.PIPELINE,
    help="the pipeline, by its exact name instead; or several, one a line; two of one"
    " name are an error",
    example="orders (prod)",
    everyday=True,
)
UPDATE_ID: Input[UpdateId] = Input(
    name="update-id",
    format=Format("ID", formats.update_id),
    group=Group.PIPELINE,
    help="follow and judge this update, or the `latest`; starts nothing, and never"
    " stops it",
    example="latest",
)
FULL_REFRESH: Input[bool] = Input(
    name="full-refresh",
    format=_FULL_REFRESH,
    group=Group.UPDATE,
    default="false",
    help="reset and recompute **every** table",
    example="true",
    everyday=True,
)
REFRESH_SELECTION: Input[tuple[str, ...]] = Input(
    name="refresh-selection",
    format=_NAMES,
    group=Group.UPDATE,
    unset="all tables",
    help="update these tables only; one a line, or with commas",
    example="main.sales.orders, main.sales.customers",
    everyday=True,
)
FULL_REFRESH_SELECTION: Input[tuple[str, ...]] = Input(
    name="full-refresh-selection",
    format=_NAMES,
    group=Group.UPDATE,
    help="reset and recompute these tables; one a line, or with commas",
    example="main.sales.orders",
    everyday=True,
)
RESET_CHECKPOINT_SELECTION: Input[tuple[str, ...]] = Input(
    name="reset-checkpoint-selection",
    format=Format("NAMES", formats.flow_names),
    group=Group.UPDATE,
    help="reset the checkpoints of these streaming flows and keep their data;"
    " names in full: `catalog.schema.flow`",
    example="main.sales.orders",
)
VALIDATE_ONLY: Input[bool] = Input(
    name="validate-only",
    format=waiting.BOOLEAN,
    group=Group.UPDATE,
    default="false",
    help="dry run of the source *as deployed in the workspace*; it is an update and"
    " blocks others",
    example="true",
    everyday=True,
)
DEVELOPMENT: Input[bool] = Input(
    name="development",
    format=waiting.BOOLEAN,
    group=Group.UPDATE,
    unset="as the pipeline says",
    help="development mode for this update (no automatic retries)",
    example="true",
)
PARAMETERS: Input[Mapping[str, str]] = Input(
    name="parameters",
    format=Format("KEY=VALUE", structures.parameters),
    group=Group.UPDATE,
    help="`key=value` lines, or a JSON object of strings",
    example="day=2026-01-31",
)
REQUEST_JSON: Input[JsonObject] = Input(
    name="request-json",
    format=Format("JSON", structures.request_fields),
    group=Group.UPDATE,
    help="extra fields of StartUpdate, for what has no input yet",
    example='{"rewind_spec": {"dry_run": true}}',
)
SUMMARY: Input[bool] = Input(
    name="summary",
    format=waiting.BOOLEAN,
    group=Group.REPORT,
    default="true",
    help="write the step summary",
    example="false",
)
ANNOTATIONS: Input[bool] = Input(
    name="annotations",
    format=waiting.BOOLEAN,
    group=Group.REPORT,
    default="true",
    help="write annotations",
    example="false",
)
LOG_LEVEL: Input[LogLevel] = Input(
    name="log-level",
    format=Format("WORD", partial(formats.choice, LogLevel)),
    group=Group.REPORT,
    default="progress",
    help="`quiet`, `progress`, `events` or `debug`; `RUNNER_DEBUG=1` means `debug`",
    example="events",
)
REPORT_DIR: Input[str] = Input(
    name="report-dir",
    format=Format("FOLDER", formats.folder),
    group=Group.REPORT,
    help="folder in the workspace for the reports: `result.json`, `junit.xml`,"
    " `summary.md`, `comment.md`, `events.ndjson`",
    example="dlt-report",
)

INPUTS: tuple[Input[object], ...] = (
    *access.ACCESS,
    PIPELINE_ID,
    PIPELINE_NAME,
    starting.JOB_ID,
    starting.JOB_NAME,
    UPDATE_ID,
    starting.TRIGGER,
    FULL_REFRESH,
    REFRESH_SELECTION,
    FULL_REFRESH_SELECTION,
    RESET_CHECKPOINT_SELECTION,
    VALIDATE_ONLY,
    DEVELOPMENT,
    PARAMETERS,
    REQUEST_JSON,
    waiting.TIMEOUT,
    waiting.QUEUE_TIMEOUT,
    waiting.STALL_TIMEOUT,
    waiting.POLL_INTERVAL,
    waiting.FOLLOW_RESTARTS,
    waiting.RESTART_GRACE,
    waiting.OUTAGE_GRACE,
    waiting.WAIT,
    waiting.WAIT_FOR,
    waiting.SETTLE_TIME,
    waiting.IF_ACTIVE,
    starting.MAX_PARALLEL,
    starting.FAIL_FAST,
    waiting.ON_TIMEOUT,
    waiting.ON_CANCEL,
    waiting.ON_AMBIGUOUS_START,
    judging.QUALITY_GATE,
    SUMMARY,
    ANNOTATIONS,
    LOG_LEVEL,
    REPORT_DIR,
)
BY_NAME: Mapping[str, Input[object]] = {one.name: one for one in INPUTS}
