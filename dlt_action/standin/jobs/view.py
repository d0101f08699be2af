"""Jobs and their runs, written as the API writes them."""

from __future__ import annotations

from collections.abc import Iterable

from dlt_action.standin.eventlog import ORG_ID
from dlt_action.standin.identity import USER
from dlt_action.standin.jobs.reading import flag
from dlt_action.standin.jobs.runs import Attempt, End, Job, JobRun, Round
from dlt_action.standin.wire import Json, JsonObject, millis

# The newer `status` has its own names for what `state` calls a life cycle.
_STATUS = {
    "SKIPPED": "TERMINATED",
    "INTERNAL_ERROR": "TERMINATED",
    "WAITING_FOR_RETRY": "WAITING",
}
_SAYS = {
    "PENDING": "Waiting for compute",
    "RUNNING": "In run",
    "TERMINATING": "Terminating the run",
    "WAITING_FOR_RETRY": "Waiting for a retry",
}
_BY_HAND_OR_CLOCK = frozenset({"CANCELED", "TIMEDOUT"})


def job(found: Job, tasks: Iterable[JsonObject] | None = None) -> dict[str, Json]:
    """A job; without *tasks* as a list shows it that does not expand them."""
    raw = {k: v for k, v in found.settings.raw.items() if k != "access_control_list"}
    settings: dict[str, Json] = {
        "email_notifications": {},
        "webhook_notifications": {},
        "timeout_seconds": 0,
        "max_concurrent_runs": 1,
        **raw,
        "name": found.settings.name,
        "format": "MULTI_TASK",
    }
    settings.pop("tasks", None)
    if tasks is not None:
        settings["tasks"] = list(tasks)
    return {
        "job_id": found.job_id,
        "creator_user_name": found.creator,
        "run_as_user_name": USER,
        "settings": settings,
        "created_time": millis(found.created),
    }


def definitions(found: Job) -> list[JsonObject]:
    """The tasks of a job, with what the platform fills in."""
    filled: JsonObject = {"run_if": "ALL_SUCCESS", "timeout_seconds": 0}
    return [{**filled, **task.raw} for task in found.settings.tasks]


def run(found: JobRun, host: str) -> dict[str, Json]:
    """A run without its arrays."""
    single = found.settings.single
    written: dict[str, Json] = {
        "job_id": found.job_id,
        "run_id": found.run_id,
        "job_run_id": found.run_id,
        "number_in_job": found.run_id,
        "original_attempt_run_id": found.run_id,
        "creator_user_name": found.creator,
        "run_name": found.settings.name,
        "run_type": "SUBMIT_RUN" if found.one_time else "JOB_RUN",
        "run_page_url": _page(host, found, found.run_id),
        "format": "SINGLE_TASK" if single else "MULTI_TASK",
        "trigger": "ONE_TIME",
        "start_time": millis(found.created if found.started is None else found.started),
        "end_time": 0 if found.ended is None else millis(found.ended),
        "setup_duration": 0,
        "execution_duration": 0,
        "cleanup_duration": 0,
        **_states(found.life, found.end, found.leaving, found.settings.most),
    }
    if found.started is not None and found.ended is not None:
        written["run_duration"] = millis(found.ended) - millis(found.started)
    if found.started is not None and found.started > found.created:
        written["queue_duration"] = millis(found.started) - millis(found.created)
    if found.given:
        written["overriding_parameters"] = dict(found.given)
    return written


def parameters(found: JobRun) -> list[JsonObject]:
    """The parameters of a run, with what the job says unless told otherwise."""
    defaults = found.settings.parameters
    return [
        {"name": name, "value": value, "default": defaults.get(name, "")}
        for name, value in found.parameters.items()
    ]


def attempt(
    of: JobRun, found: Attempt, host: str, *, resolved: bool
) -> dict[str, Json]:
    """One attempt of one task of a run."""
    raw = dict(found.task.raw)
    if found.task.kind == "pipeline_task" and "full_refresh" in found.task.work:
        asked = flag(found.task.work, "full_refresh")  # which may have been text
        raw[found.task.kind] = {**found.task.work, "full_refresh": asked}
    if found.task.kind == "condition_task" and found.outcome is not None:
        raw[found.task.kind] = {**found.task.work, "outcome": found.outcome}
    written: dict[str, Json] = {
        "run_if": found.task.run_if,
        **raw,
        "run_id": found.run_id,
        "run_page_url": _page(host, of, found.run_id),
        "attempt_number": found.number,
        "start_time": _moment(found.started),
        "end_time": _moment(found.ended),
        "setup_duration": _between(found.started, found.began),
        "execution_duration": _between(found.began, found.ended),
        "cleanup_duration": 0,
        **_states(found.life, found.end, found.leaving),
    }
    if resolved and found.task.kind == "pipeline_task":
        values: JsonObject = {"parameters": dict(found.resolved)}
        written["resolved_values"] = {"pipeline_task": values}
    return written


def as_run(of: JobRun, found: Attempt, host: str) -> dict[str, Json]:
    """The run of a task, as if it were one of its own."""
    own = attempt(of, found, host, resolved=False)
    about = {k: own[k] for k in own.keys() - found.task.raw.keys()}
    return {
        "job_id": of.job_id,
        "job_run_id": of.run_id,
        "number_in_job": found.run_id,
        "original_attempt_run_id": found.original,
        "creator_user_name": of.creator,
        "run_name": found.task.key,
        "run_type": "SUBMIT_RUN" if of.one_time else "JOB_RUN",
        "trigger": "ONE_TIME",
        "format": "SINGLE_TASK",
        **about,
        "task": {found.task.kind: found.task.work},
    }


def history(of: JobRun) -> list[JsonObject]:
    """The original run and its repairs, oldest first."""
    return [_round(of, n, found) for n, found in enumerate(of.rounds)]


def _round(of: JobRun, number: int, found: Round) -> JsonObject:
    ids = [a.run_id for a in of.attempts if a.repair == number]
    current = found is of.rounds[-1]
    written: dict[str, Json] = {
        "type": "REPAIR" if number > 0 else "ORIGINAL",
        "start_time": millis(found.started),
        "end_time": _moment(found.ended),
        "task_run_ids": list(ids),
        **_states(of.life if current else "TERMINATED", found.end, of.leaving),
    }
    return {**written, "id": found.repair_id} if number > 0 else written


def _states(
    life: str, end: End | None, leaving: End | None, most: int = 0
) -> JsonObject:
    """`state` and `status`, which say the same."""
    life = life if end is None else end.life
    status: dict[str, Json] = {"state": _STATUS.get(life, life)}
    state: dict[str, Json] = {
        "life_cycle_state": life,
        "state_message": _SAYS.get(life, "") if end is None else end.says,
        "user_cancelled_or_timedout": False,
    }
    if life == "QUEUED":
        reason = f"Queued due to reaching maximum concurrent runs of {most}."
        state["queue_reason"] = reason
        code = "MAX_CONCURRENT_RUNS_REACHED"
        status["queue_details"] = {"code": code, "message": reason}
    if end is not None:
        state["result_state"] = end.result
    told = leaving if end is None else end
    if told is not None:
        state["user_cancelled_or_timedout"] = told.result in _BY_HAND_OR_CLOCK
        details = {"code": told.code, "type": told.type, "message": told.says}
        status["termination_details"] = details
    return {"state": state, "status": status}


def _moment(when: float | None) -> int:
    return 0 if when is None else millis(when)


def _between(begin: float | None, end: float | None) -> int:
    return 0 if begin is None or end is None else millis(end) - millis(begin)


def _page(host: str, of: JobRun, run_id: int) -> str:
    return f"{host}/?o={ORG_ID}#job/{of.job_id}/run/{run_id}"
