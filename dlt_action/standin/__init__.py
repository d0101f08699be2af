"""
A stand-in Databricks workspace, for trying and for testing clients.

It speaks the documented wire protocol of pipelines, their updates and their
event log, and plays *scenarios* in time: start an update of the pipeline named
`success` and watch it succeed, of `retry-fails` and watch it fail three times.
It is written from the API's documentation, uses the standard library only and
shares no code with the client, so that the two can disagree.

It runs jobs as well, and one-time runs of what a client submits: a Pipeline task
starts an update of its pipeline, what other tasks do is played. Every pipeline has a
job of its name; jobs of several tasks, and such that other people are busy with, are
in `JOBS` (`Workspace(jobs=JOBS)`).

It signs people in as well: with a token, a service principal's secret, or a token of
GitHub, GitLab or Azure DevOps, by itself or by way of Entra ID (`Workspace.identity`).

It is as inconvenient as the real thing: pages are small, events show late and
share milliseconds, an unknown id is a 403, a page token travels alone.

*To add a scenario*: write a script, a generator of `Beat`s in order of time,
in a module of `scenarios/`; make a `Scenario` of it; name it in
`scenarios/__init__.py`. *To add a job*: a `JobPlay` in `scenarios/jobs.py`, and its
name at the end of that. *To add a route*: a handler and its line in
`routes.ROUTES`; an unknown route says on the log what to paste there.
"""

from dlt_action.standin.ci import GITHUB_PATH, GITHUB_QUERY
from dlt_action.standin.faults import Dropped, Fault
from dlt_action.standin.identity import (
    ACCOUNT_ID,
    ADO_ACCESS_TOKEN,
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    GITLAB_SUBJECT,
    REQUEST_TOKEN,
    RESOURCE_ID,
    SUBJECT,
    TENANT,
    TOKEN_ENDPOINT,
    USER,
    Identity,
    Policy,
)
from dlt_action.standin.scenarios import SCENARIOS
from dlt_action.standin.scenarios.jobs import JOBS, JobPlay
from dlt_action.standin.script import Scenario
from dlt_action.standin.server import Server, epoch_seconds, serve
from dlt_action.standin.wire import Request, Response
from dlt_action.standin.workspace import Workspace

__all__ = [
    "ACCOUNT_ID",
    "ADO_ACCESS_TOKEN",
    "ADO_ISSUER",
    "ADO_SUBJECT",
    "AZURE_AUDIENCE",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "GITHUB_ISSUER",
    "GITHUB_PATH",
    "GITHUB_QUERY",
    "GITLAB_ISSUER",
    "GITLAB_SUBJECT",
    "JOBS",
    "REQUEST_TOKEN",
    "RESOURCE_ID",
    "SCENARIOS",
    "SUBJECT",
    "TENANT",
    "TOKEN_ENDPOINT",
    "USER",
    "Dropped",
    "Fault",
    "Identity",
    "JobPlay",
    "Policy",
    "Request",
    "Response",
    "Scenario",
    "Server",
    "Workspace",
    "epoch_seconds",
    "serve",
]
