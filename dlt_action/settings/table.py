"""
The one table of inputs.

`INPUT_*` names, flags, `--help`, the README's table and action.yml's inputs all derive
from it or are compared with it. To add an input: a row here, a field in
`settings.model`, a line in `settings.load`, then `python tools/update_docs.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dlt_action.core.model import JsonObject, PipelineId
from dlt_action.settings import credentials, formats, hosts, structures
from dlt_action.settings.model import LogLevel, WaitFor
from dlt_action.settings.shape import Format, Group, Input

_BOOLEAN = Format("true|false", formats.boolean, flag_alone=True)
_FULL_REFRESH = Format("true|false", formats.full_refresh, flag_alone=True)
_DURATION = Format("DURATION", formats.duration)
_NAMES = Format("NAMES", formats.names)

HOST: Input[str] = Input(
    name="host",
    format=Format("URL", formats.as_written),  # read by `hosts`, with `allow-host`
    group=Group.WORKSPACE,
    variable="DATABRICKS_HOST",
    help="workspace URL or bare host name, in Databricks' DNS zones, https only;"
    " `/?o=<id>` is taken as `workspace-id`",
    example="https://dbc-a1b2345c-d6e7.cloud.databricks.com",
    everyday=True,
)
TOKEN: Input[str] = Input(
    name="token",
    format=Format("TOKEN", credentials.token),
    group=Group.WORKSPACE,
    variable="DATABRICKS_TOKEN",
    help="personal access token, or any bearer token (it is not refreshed)",
    example="secrets.DATABRICKS_TOKEN",
    secret=True,
    everyday=True,
)
WORKSPACE_ID: Input[str] = Input(
    name="workspace-id",
    format=Format("DIGITS", formats.digits),
    group=Group.WORKSPACE,
    variable="DATABRICKS_WORKSPACE_ID",
    help="needed where one host serves several workspaces",
    example="1234567890123456",
)
CA_BUNDLE: Input[str] = Input(
    name="ca-bundle",
    format=Format("PATH|PEM", formats.authorities),
    group=Group.WORKSPACE,
    unset="those of Mozilla",
    help="extra certificate authorities: a path in the checkout, or PEM text",
    example="certs/corporate.pem",
)
ALLOW_HOST: Input[str] = Input(
    name="allow-host",
    format=Format("HOST[:PORT]", hosts.allow_host),
    group=Group.WORKSPACE,
    help="a host outside Databricks' DNS zones that may be given the token"
    " (private gateway, custom URL)",
    example="gateway.example.com:8443",
)
PIPELINE_ID: Input[PipelineId] = Input(
    name="pipeline-id",
    format=Format("ID", formats.pipeline_id),
    group=Group.PIPELINE,
    help="the pipeline, by its id",
    example="a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05",
    everyday=True,
)
PIPELINE_NAME: Input[str] = Input(
    name="pipeline-name",
    format=Format("NAME", formats.one_line),
    group=Group.PIPELINE,
    help="the pipeline, by its exact name instead; two of that name are an error",
    example="orders (prod)",
    everyday=True,
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
    format=_BOOLEAN,
    group=Group.UPDATE,
    default="false",
    help="dry run of the source *as deployed in the workspace*; it is an update and"
    " blocks others",
    example="true",
    everyday=True,
)
DEVELOPMENT: Input[bool] = Input(
    name="development",
    format=_BOOLEAN,
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
    everyday=True,
)
REQUEST_JSON: Input[JsonObject] = Input(
    name="request-json",
    format=Format("JSON", structures.request_fields),
    group=Group.UPDATE,
    help="extra fields of StartUpdate, for what has no input yet",
    example='{"rewind_spec": {"dry_run": true}}',
)
TIMEOUT: Input[float] = Input(
    name="timeout",
    format=_DURATION,
    group=Group.PATIENCE,
    default="5h30m",  # a stop must get through before a hosted runner's 6 h
    help="for the whole run; at its end the update is stopped",
    example="45m",
    everyday=True,
)
POLL_INTERVAL: Input[float] = Input(
    name="poll-interval",
    format=_DURATION,
    group=Group.PATIENCE,
    unset="adaptive",
    help="longest time between two looks at the update",
    example="30s",
)
FOLLOW_RESTARTS: Input[bool] = Input(
    name="follow-restarts",
    format=_BOOLEAN,
    group=Group.PATIENCE,
    default="true",
    help="follow automatic retries and restarts to the last update",
    example="false",
)
RESTART_GRACE: Input[float] = Input(
    name="restart-grace",
    format=_DURATION,
    group=Group.PATIENCE,
    default="45s",
    help="how long a failed or canceled update may still get a successor when nothing"
    " announces one",
    example="2m",
)
OUTAGE_GRACE: Input[float] = Input(
    name="outage-grace",
    format=_DURATION,
    group=Group.PATIENCE,
    default="15m",
    help="how long the API may stay away while following (before the start: 30 s at"
    " most)",
    example="30m",
)
WAIT: Input[bool] = Input(
    name="wait",
    format=_BOOLEAN,
    group=Group.PATIENCE,
    default="true",
    help="`false`: start the update and leave",
    example="false",
)
WAIT_FOR: Input[WaitFor] = Input(
    name="wait-for",
    format=Format("WORD", partial(formats.choice, WaitFor)),
    group=Group.PATIENCE,
    default="completed",
    help="`completed`, or `running`: success once it runs and stays healthy for"
    " `settle-time` (continuous pipelines)",
    example="running",
    everyday=True,
)
SETTLE_TIME: Input[float] = Input(
    name="settle-time",
    format=_DURATION,
    group=Group.PATIENCE,
    default="60s",
    help="how long it must run without trouble, with `wait-for: running`",
    example="5m",
)
SUMMARY: Input[bool] = Input(
    name="summary",
    format=_BOOLEAN,
    group=Group.REPORT,
    default="true",
    help="write the step summary",
    example="false",
)
ANNOTATIONS: Input[bool] = Input(
    name="annotations",
    format=_BOOLEAN,
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
    help="folder in the workspace for `result.json` and `summary.md`",
    example="dlt-report",
    everyday=True,
)

INPUTS: tuple[Input[object], ...] = (
    HOST,
    TOKEN,
    WORKSPACE_ID,
    CA_BUNDLE,
    ALLOW_HOST,
    PIPELINE_ID,
    PIPELINE_NAME,
    FULL_REFRESH,
    REFRESH_SELECTION,
    FULL_REFRESH_SELECTION,
    RESET_CHECKPOINT_SELECTION,
    VALIDATE_ONLY,
    DEVELOPMENT,
    PARAMETERS,
    REQUEST_JSON,
    TIMEOUT,
    POLL_INTERVAL,
    FOLLOW_RESTARTS,
    RESTART_GRACE,
    OUTAGE_GRACE,
    WAIT,
    WAIT_FOR,
    SETTLE_TIME,
    SUMMARY,
    ANNOTATIONS,
    LOG_LEVEL,
    REPORT_DIR,
)
BY_NAME: Mapping[str, Input[object]] = {one.name: one for one in INPUTS}
