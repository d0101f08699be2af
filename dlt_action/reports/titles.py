"""Every verdict in a few words, and the mark that is seen first."""

from __future__ import annotations

from collections.abc import Mapping

from dlt_action.core.model import FlowStatus, Result
from dlt_action.core.record import Outcome

MARKS: Mapping[Result, str] = {
    Result.SUCCEEDED: "✅",
    Result.RUNNING: "✅",
    Result.VALIDATED: "✅",
    Result.STARTED: "▶️",
    Result.SKIPPED: "⏭️",
    Result.UNFINISHED: "⚠️",
    Result.CANCELED: "⚠️",
    Result.INTERRUPTED: "⚠️",
    Result.CONFLICT: "⚠️",
    Result.UNKNOWN_START: "⚠️",
    Result.TIMED_OUT: "❌",
    Result.FAILED: "❌",
    Result.GATE_FAILED: "❌",
    Result.MISCONFIGURED: "❌",
    Result.UNAUTHORIZED: "❌",
    Result.UNREACHABLE: "❌",
    Result.GONE: "❌",
    Result.INTERNAL_ERROR: "❌",
}

TITLES: Mapping[Result, str] = {
    Result.SUCCEEDED: "Update completed",
    Result.RUNNING: "Update is running",
    Result.VALIDATED: "Dry run passed",
    Result.STARTED: "Update started, its end is not awaited",
    Result.SKIPPED: "Update skipped",
    Result.UNFINISHED: "Step did not finish",
    Result.CANCELED: "Update was canceled",
    Result.INTERRUPTED: "Step was interrupted",
    Result.CONFLICT: "Another update is active",
    Result.UNKNOWN_START: "Unknown whether an update started",
    Result.TIMED_OUT: "Timed out",
    Result.FAILED: "Update failed",
    Result.GATE_FAILED: "Quality gate failed",
    Result.MISCONFIGURED: "Misconfigured",
    Result.UNAUTHORIZED: "Not authorized",
    Result.UNREACHABLE: "API not reachable",
    Result.GONE: "Pipeline disappeared",
    Result.INTERNAL_ERROR: "Internal error",
}

# Of a job run, where they are not those of an update.
JOB_TITLES: Mapping[Result, str] = {
    Result.SUCCEEDED: "Job run succeeded",
    Result.STARTED: "Job run started, its end is not awaited",
    Result.SKIPPED: "Job run skipped",
    Result.CANCELED: "Job run was canceled",
    Result.CONFLICT: "Another job run is active",
    Result.UNKNOWN_START: "Unknown whether a job run started",
    Result.FAILED: "Job run failed",
    Result.GONE: "Job run disappeared",
}


# How a run ends that another run of its job was in the way of.
_NOT_RUN = ("MAXIMUM_CONCURRENT_RUNS_REACHED", "SKIPPED")


def title_of(outcome: Outcome) -> str:
    """How it ended, in a few words."""
    title, job = TITLES[outcome.result], outcome.job
    if job is None or (outcome.result is Result.CONFLICT and job.state not in _NOT_RUN):
        return title
    return JOB_TITLES.get(outcome.result, title)


# Each tells its status without any colour.
FLOW_MARKS: Mapping[FlowStatus, str] = {
    FlowStatus.COMPLETED: "✅",
    FlowStatus.FAILED: "❌",
    FlowStatus.STOPPED: "⚠️",
    FlowStatus.SKIPPED: "⏭️",
    FlowStatus.EXCLUDED: "⚪",
    FlowStatus.RUNNING: "▶️",
    FlowStatus.STARTING: "⏳",
    FlowStatus.PLANNING: "⏳",
    FlowStatus.QUEUED: "⏳",
    FlowStatus.IDLE: "💤",
    FlowStatus.UNRECOGNISED: "❔",
}
BROKE_A_RULE = "⛔"

# What a mark means, as a legend says it; worst first.
MEANINGS: Mapping[str, str] = {
    "❌": "failed",
    BROKE_A_RULE: "broke a rule of the gate",
    "❔": "of a status that is not known",
    "⚠️": "stopped",
    "⏭️": "skipped",
    "▶️": "running",
    "⏳": "waiting",
    "💤": "idle",
    "⚪": "left out by the selection",
}
