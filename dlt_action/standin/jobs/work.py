"""What tasks do: a Pipeline task starts an update, a notebook is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dlt_action.standin.identity import USER
from dlt_action.standin.jobs import rules, runs, spec
from dlt_action.standin.jobs.reading import name_map, obj, text
from dlt_action.standin.jobs.runs import Attempt, End, JobRun
from dlt_action.standin.play import Pipeline
from dlt_action.standin.wire import JsonObject

SECONDS = 20.0
# All that a Pipeline task whose update failed ever says of the reason.
SEE_LOGS = "Please refer to the logs for this pipeline in the pipelines page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a task that is no Pipeline task does."""

    seconds: float = SECONDS
    end: End = runs.SUCCESS
    output: JsonObject = field(default_factory=dict)  # as get-output has it


GOOD = Played(output={"notebook_output": {"result": "done", "truncated": False}})
BAD = Played(
    end=runs.failed(),
    output={
        "error": "ZeroDivisionError: division by zero",
        "error_trace": "---------------------------------------------------------\n"
        "ZeroDivisionError                         Traceback (most recent call last)\n"
        "File <command-1>, line 1\n----> 1 1 / 0\n"
        "ZeroDivisionError: division by zero",
    },
)
# By the path of a notebook: what its first attempt does, its second one, …; the last
# one is what all others do.
NOTEBOOKS: Mapping[str, tuple[Played, ...]] = MappingProxyType(
    {
        "/Shared/fails": (BAD,),
        "/Shared/fails-once": (BAD, GOOD),
        "/Shared/takes-an-hour": (Played(seconds=3_600.0, output=GOOD.output),),
    }
)


class Unstarted(Exception):
    """There will be no update, and this is how the task ends."""

    def __init__(self, end: End) -> None:
        """*end* says why."""
        super().__init__(end.says)
        self.end = end


def start_update(
    attempt: Attempt, run: JobRun, pipelines: Mapping[str, Pipeline], now: float
) -> Pipeline:
    """Start the update that a Pipeline task asks for; raises `Unstarted`."""
    own = attempt.task.work
    work = {**own, **obj(run.given, "pipeline_params")}
    pipeline_id = text(own, "pipeline_id")
    pipeline = pipelines.get(pipeline_id)
    if pipeline is None or "Run" in pipeline.forbidden:
        says = f"User {USER} does not have Run permissions on pipeline {pipeline_id}."
        raise Unstarted(_internal(says, "UNAUTHORIZED_ERROR"))
    if pipeline.deleted:
        says = f"The specified pipeline {pipeline_id} was not found."
        raise Unstarted(_internal(says, "RESOURCE_NOT_FOUND"))
    if pipeline.spec["continuous"] is True:
        # The older page on Pipeline tasks says so; a newer one lets the schedule of the
        # job decide, and does not say what becomes of such a pipeline's own mode.
        says = "Continuous pipelines are not supported as a job task."
        raise Unstarted(_internal(says, "INVALID_RUN_CONFIGURATION"))
    pipeline.advance(now)
    if (refusal := pipeline.refusal) is not None:
        raise Unstarted(runs.failed(refusal))
    given = name_map(own, "parameters")
    attempt.resolved = {k: rules.resolved(v, run) for k, v in given.items()}
    pipeline.start(spec.update(work, attempt.resolved), now)
    pipeline.advance(now)
    return pipeline


def _internal(says: str, code: str) -> End:
    return runs.failed(says, code, "INTERNAL_ERROR")


def ended(attempt: Attempt, state: str) -> End:
    """How a Pipeline task ends whose last update ended in *state*."""
    if attempt.leaving is not None:
        return attempt.leaving
    if state == "COMPLETED":
        return runs.SUCCESS
    attempt.output = {"error": SEE_LOGS}
    return runs.CANCELED if state == "CANCELED" else runs.failed()


def played(attempt: Attempt, notebooks: Mapping[str, tuple[Played, ...]]) -> Played:
    """What this attempt does."""
    if attempt.task.kind != "notebook_task":
        return Played()
    path = text(attempt.task.work, "notebook_path")
    known = notebooks.get(path, (GOOD,))
    return known[min(attempt.number, len(known) - 1)]
