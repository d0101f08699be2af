"""The types of the inputs as keyword arguments; which they are is in the one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from os import PathLike
from typing import Literal, TypedDict

from dlt_action.core.model import Json


class Inputs(TypedDict, total=False):
    """
    What `run_update` may be asked for; None and "" are as good as left out.

    A duration is a `timedelta` of whole seconds, or a text with units such as `1h30m`:
    a bare number is refused. Lists may be given as lists, tables as mappings.
    """

    # inputs:begin (by tools/update_docs.py)
    # workspace URL or bare host name, in Databricks' DNS zones, https only;
    # `/?o=<id>` is taken as `workspace-id`
    host: str | None
    # application id of the service principal that signs in; alone, by the identity
    # of the CI job (OIDC), with nothing stored
    client_id: str | None
    # personal access token, or any bearer token (it is not renewed)
    token: str | None
    # OAuth secret of the service principal
    client_secret: str | None
    # how to sign in, where more than one way is set up: `pat`, `oauth-m2m`,
    # `github-oidc`, `env-oidc`, `file-oidc`, `azure-devops-oidc`,
    # `azure-client-secret`, `github-oidc-azure`
    auth_type: str | None
    # audience that is asked of the OIDC provider
    oidc_audience: str | None
    # Entra tenant of the application that signs in
    azure_tenant_id: str | None
    # application of Entra ID that signs in
    azure_client_id: str | None
    # client secret of that application
    azure_client_secret: str | None
    # needed where one host serves several workspaces
    workspace_id: str | None
    # extra certificate authorities: a path in the checkout, or PEM text
    ca_bundle: PathLike[str] | str | None
    # a host outside Databricks' DNS zones that may be given credentials (private
    # gateway, custom URL)
    allow_host: str | None
    # the pipeline, by its id; or several, one a line or with commas
    pipeline_id: Sequence[str] | str | None
    # the pipeline, by its exact name instead; or several, one a line; two of one
    # name are an error
    pipeline_name: Sequence[str] | str | None
    # an existing Databricks Job with Pipeline tasks, to be run in place of a
    # pipeline; `parameters` are then job parameters, `full-refresh` reaches all of
    # its Pipeline tasks, and a selection is for a job of one pipeline
    job_id: str | None
    # the job, by its exact name instead; two of that name are an error
    job_name: str | None
    # follow and judge this update, or the `latest`; starts nothing, and never stops
    # it
    update_id: str | None
    # how the update is started: `update` (Pipelines API), `submit-run` (a one-time
    # job run with a Pipeline task) or `job` (a run of an existing Databricks Job;
    # it follows from `job-id` and `job-name`)
    trigger: Literal["update", "submit-run", "job"] | None
    # reset and recompute **every** table (default: false)
    full_refresh: bool | str | None
    # update these tables only; one a line, or with commas
    refresh_selection: Sequence[str] | str | None
    # reset and recompute these tables; one a line, or with commas
    full_refresh_selection: Sequence[str] | str | None
    # reset the checkpoints of these streaming flows and keep their data; names in
    # full: `catalog.schema.flow`
    reset_checkpoint_selection: Sequence[str] | str | None
    # dry run of the source *as deployed in the workspace*; it is an update and
    # blocks others (default: false)
    validate_only: bool | str | None
    # development mode for this update (no automatic retries)
    development: bool | str | None
    # `key=value` lines, or a JSON object of strings
    parameters: Mapping[str, str] | str | None
    # extra fields of StartUpdate, for what has no input yet
    request_json: Mapping[str, Json] | str | None
    # for the whole run, from the start of the step (default: 5h30m)
    timeout: timedelta | str | None
    # longest wait until the update leaves QUEUED and WAITING_FOR_RESOURCES
    # (default: off)
    queue_timeout: timedelta | str | None
    # longest silence of state and event log while it runs (default: off)
    stall_timeout: timedelta | str | None
    # longest time between two looks at the update
    poll_interval: timedelta | str | None
    # follow automatic retries and restarts to the last update (default: true)
    follow_restarts: bool | str | None
    # how long a failed or canceled update may still get a successor when nothing
    # announces one (default: 45s)
    restart_grace: timedelta | str | None
    # how long the API may stay away while an update is followed, waited for or
    # looked for (before that: 30 s at most) (default: 15m)
    outage_grace: timedelta | str | None
    # `false`: start the update and leave (default: true)
    wait: bool | str | None
    # `completed`, or `running`: success once it runs and stays healthy for
    # `settle-time` (continuous pipelines) (default: completed)
    wait_for: Literal["completed", "running"] | None
    # how long it must run without trouble, with `wait-for: running` (default: 60s)
    settle_time: timedelta | str | None
    # where another update is active: `fail`, `wait` for it to end and then start,
    # `attach` (follow it, if it is of the kind asked), or `replace` (stop it, then
    # start) (default: fail)
    if_active: Literal["fail", "wait", "attach", "replace"] | None
    # of several pipelines, how many are updated at the same time (default: 10)
    max_parallel: int | str | None
    # where one of several pipelines does not succeed, start none of the others any
    # more, and stop those of this step that still run (default: false)
    fail_fast: bool | str | None
    # when a clock runs out: `stop` the update that this step started, or `leave` it
    # running (default: stop)
    on_timeout: Literal["stop", "leave"] | None
    # when the workflow is canceled: `stop` the update that this step started, or
    # `leave` it running (default: stop)
    on_cancel: Literal["stop", "leave"] | None
    # when the answer to the start was lost: `adopt` the only new update that fits
    # (it may still be somebody else's), or `fail` with `unknown-start` (default:
    # adopt)
    on_ambiguous_start: Literal["adopt", "fail"] | None
    # what the data of a completed update must be like, one rule per line, or
    # `file:PATH` in the checkout; a rule that breaks makes the result `gate-failed`
    quality_gate: Sequence[str] | str | None
    # write the step summary (default: true)
    summary: bool | str | None
    # write annotations (default: true)
    annotations: bool | str | None
    # `quiet`, `progress`, `events` or `debug`; `RUNNER_DEBUG=1` means `debug`
    # (default: progress)
    log_level: Literal["quiet", "progress", "events", "debug"] | None
    # folder in the workspace for the reports: `result.json`, `junit.xml`,
    # `summary.md`, `comment.md`, `events.ndjson`
    report_dir: PathLike[str] | str | None
    # inputs:end (by tools/update_docs.py)
