"""What is asked of the Jobs API, read and checked: jobs, their tasks, their runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dlt_action.standin.jobs import fields
from dlt_action.standin.jobs.reading import (
    flag,
    knows,
    name_map,
    names,
    number,
    obj,
    objects,
    text,
)
from dlt_action.standin.script import Asked
from dlt_action.standin.wire import JsonObject, invalid

MOST_TASKS = 1_000
MOST_CONCURRENT = 1_000
LONGEST_TOKEN = 64
LONGEST_KEY = 100
LONGEST_NAME = 4_096
LONGEST_PARAMETERS = 10_000

ALWAYS = -1  # max_retries that never end
NOW = 0.0

RUN_IFS = (
    "ALL_SUCCESS",
    "AT_LEAST_ONE_SUCCESS",
    "NONE_FAILED",
    "ALL_DONE",
    "AT_LEAST_ONE_FAILED",
    "ALL_FAILED",
)
_OPERATORS = (
    "EQUAL_TO",
    "NOT_EQUAL",
    "GREATER_THAN",
    "GREATER_THAN_OR_EQUAL",
    "LESS_THAN",
    "LESS_THAN_OR_EQUAL",
)
_KEY = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True)
class Need:
    """A task that another one depends on; *outcome* is of an if/else condition."""

    key: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a job, as it was asked for; times in seconds."""

    key: str
    kind: str
    raw: JsonObject
    needs: tuple[Need, ...] = ()
    run_if: str = RUN_IFS[0]
    max_retries: int = 0
    retry_interval: float = NOW
    retry_on_timeout: bool = False
    timeout: float = NOW
    disabled: bool = False

    @property
    def work(self) -> JsonObject:
        """What it does, in the words of its kind."""
        return obj(self.raw, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A job, or a one-time run."""

    name: str
    tasks: tuple[Task, ...]
    raw: JsonObject
    timeout: float = NOW
    most: int = 1
    queued: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    single: bool = False  # in the format of a single task, with its fields at the top


def job(body: JsonObject, *, queued: bool) -> Settings:
    """The settings of a job; *queued* is whether its runs are when nothing is said."""
    knows(body, fields.JOB)
    tasks = tuple(_tasks(objects(body, "tasks")))
    check_graph(tasks)
    most = number(body, "max_concurrent_runs", 1)
    if not 0 <= most <= MOST_CONCURRENT:
        raise invalid(f"max_concurrent_runs must be between 0 and {MOST_CONCURRENT}.")
    return Settings(
        name=_name(body, "name"),
        tasks=tasks,
        raw={**body, "queue": {"enabled": _queued(body, unsaid=queued)}},
        timeout=_seconds(body, "timeout_seconds"),
        most=most,
        queued=_queued(body, unsaid=queued),
        parameters={
            text(p, "name"): text(p, "default", "") for p in objects(body, "parameters")
        },
    )


def one_time(body: JsonObject) -> Settings:
    """The settings of a one-time run, in the format of one task or of many."""
    name = _name(body, "run_name")
    single = "tasks" not in body
    listed: list[JsonObject]
    if single:
        knows(body, fields.SINGLE_TASK)
        if not fields.KINDS & body.keys():
            raise missing("tasks")
        of_task = fields.TASK - {"timeout_seconds"}
        raw = {k: v for k, v in body.items() if k in of_task}
        # How the platform names such a task is not documented.
        listed = [{"task_key": re.sub(r"\W+", "_", name)[:LONGEST_KEY], **raw}]
    else:
        knows(body, fields.SUBMIT)
        listed = list(objects(body, "tasks"))
    tasks = tuple(_tasks(listed))
    if not tasks:
        raise missing("tasks")
    check_graph(tasks)
    return Settings(
        name=name,
        tasks=tasks,
        raw=body,
        timeout=_seconds(body, "timeout_seconds"),
        most=MOST_CONCURRENT,
        queued=_queued(body, unsaid=True),
        single=single,
    )


def missing(name: str) -> Exception:
    """A 400 for a field that has to be there."""
    return invalid(f"Missing required field: {name}")


def token(body: JsonObject) -> str | None:
    """The idempotency token, if one came."""
    found = text(body, "idempotency_token", "")
    if len(found) > LONGEST_TOKEN:
        raise invalid(
            f"idempotency_token must have at most {LONGEST_TOKEN} characters,"
            f" but has {len(found)}."
        )
    return found or None


def _name(body: JsonObject, field_name: str) -> str:
    found = text(body, field_name, "Untitled")
    if len(found.encode()) > LONGEST_NAME:
        raise invalid(f"{field_name} must have at most {LONGEST_NAME} bytes.")
    return found


def _queued(body: JsonObject, *, unsaid: bool) -> bool:
    asked = obj(body, "queue")
    if "queue" in body and "enabled" not in asked:
        raise missing("queue.enabled")
    return flag(asked, "enabled", unsaid=unsaid)


def _seconds(body: JsonObject, name: str) -> float:
    found = number(body, name, 0)
    if found < 0:
        raise invalid(f"{name} must not be negative, but was {found}.")
    return float(found)


def _tasks(listed: Iterable[JsonObject]) -> Iterator[Task]:
    for count, raw in enumerate(listed):
        if count == MOST_TASKS:
            raise invalid(f"A job has at most {MOST_TASKS} tasks.")
        yield _task(raw)


def _task(raw: JsonObject) -> Task:
    knows(raw, fields.TASK)
    key = text(raw, "task_key")
    if _KEY.fullmatch(key) is None:
        raise invalid(
            f"Invalid task key: {key!r}. It may have {LONGEST_KEY} characters:"
            " letters, digits, - and _."
        )
    kinds = sorted(fields.KINDS & raw.keys())
    if len(kinds) != 1:
        raise invalid(f"Task {key} must have exactly one task type, but has {kinds}.")
    kind = kinds[0]
    _check_work(kind, obj(raw, kind))
    run_if = text(raw, "run_if", RUN_IFS[0])
    if run_if not in RUN_IFS:
        raise invalid(f"Invalid run_if of task {key}: {run_if}")
    retries = number(raw, "max_retries", 0)
    if retries < ALWAYS:
        raise invalid(f"Invalid max_retries of task {key}: {retries}")
    return Task(
        key=key,
        kind=kind,
        raw=raw,
        needs=tuple(_needs(raw)),
        run_if=run_if,
        max_retries=0 if kind == "condition_task" else retries,
        retry_interval=_seconds(raw, "min_retry_interval_millis") / 1_000,
        retry_on_timeout=flag(raw, "retry_on_timeout"),
        timeout=_seconds(raw, "timeout_seconds"),
        disabled=flag(raw, "disabled"),
    )


def _needs(raw: JsonObject) -> Iterator[Need]:
    for need in objects(raw, "depends_on"):
        outcome = text(need, "outcome", "")
        if outcome not in ("", "true", "false"):
            raise invalid(f"Invalid outcome of a dependency: {outcome}")
        yield Need(text(need, "task_key"), outcome or None)


def _check_work(kind: str, work: JsonObject) -> None:
    match kind:
        case "pipeline_task":
            knows(work, fields.PIPELINE_TASK)
            text(work, "pipeline_id")
            update(work, {})
        case "notebook_task":
            text(work, "notebook_path")
        case "condition_task":
            text(work, "left"), text(work, "right")
            if text(work, "op") not in _OPERATORS:
                raise invalid(f"Invalid op of a condition: {text(work, 'op')}")
        case _:
            pass  # what other tasks do is played, whatever it is


def update(work: JsonObject, parameters: Mapping[str, str]) -> Asked:
    """The update that a Pipeline task asks for; *parameters* are resolved ones."""
    given = name_map(work, "parameters")
    if sum(len(k) + len(v) for k, v in given.items()) > LONGEST_PARAMETERS:
        raise invalid(
            f"parameters must have at most {LONGEST_PARAMETERS} characters in total."
        )
    return Asked(
        full_refresh=flag(work, "full_refresh"),
        refresh_selection=names(work, "refresh_selection"),
        full_refresh_selection=names(work, "full_refresh_selection"),
        refresh_flow_selection=names(work, "refresh_flow_selection"),
        reset_checkpoint_selection=names(work, "reset_checkpoint_selection"),
        parameters=parameters or given,
        cause="JOB_TASK",
    )


def pipeline_params(body: JsonObject) -> JsonObject:
    """What a request says for all Pipeline tasks instead of their own."""
    given = obj(body, "pipeline_params")
    knows(given, fields.PIPELINE_PARAMS)
    update(given, {})
    return given


def check_graph(tasks: Iterable[Task]) -> None:
    """A 400 for keys that are there twice or not at all, and for circles."""
    needs: dict[str, tuple[Need, ...]] = {}
    for task in tasks:
        if task.key in needs:
            raise invalid(f"Duplicate task key: {task.key}")
        needs[task.key] = task.needs
    for key, needed in needs.items():
        for need in needed:
            if need.key not in needs:
                raise invalid(f"Task {key} depends on unknown task {need.key}.")
    done: set[str] = set()
    while len(done) < len(needs):
        ready = {
            k
            for k, n in needs.items()
            if k not in done and all(d.key in done for d in n)
        }
        if not ready:
            raise invalid("The dependencies of the tasks are a circle.")
        done |= ready
