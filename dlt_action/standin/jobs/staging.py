"""Putting jobs up: the one that each pipeline has, and those of the job scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid5

from dlt_action.standin.eventlog import NAMESPACE, Pace
from dlt_action.standin.jobs import spec
from dlt_action.standin.jobs.play import Jobs
from dlt_action.standin.jobs.runs import Order
from dlt_action.standin.jobs.tasks import MOST_DIGITS
from dlt_action.standin.play import Pipeline
from dlt_action.standin.scenarios.jobs import JobPlay
from dlt_action.standin.scenarios.parts import ANNA
from dlt_action.standin.wire import JsonObject

TASK = "dlt"  # of the job that each pipeline has


def pipeline_id(key: str) -> str:
    """The id of a pipeline; the same in every workspace."""
    return str(uuid5(NAMESPACE, f"pipeline/{key}"))


def _job_id(key: str) -> int:
    return uuid5(NAMESPACE, f"job/{key}").int % MOST_DIGITS


def put_up_job(jobs: Jobs, key: str, name: str, pipeline: str, now: float) -> None:
    """The job of a pipeline: it updates it."""
    task: JsonObject = {"task_key": TASK, "pipeline_task": {"pipeline_id": pipeline}}
    settings = spec.job({"name": name, "tasks": [task]}, queued=True)
    jobs.create(settings, now, _job_id(key))


def pipelines(play: JobPlay, pace: Pace, now: float) -> Iterator[Pipeline]:
    """The pipelines of a job scenario."""
    for key, update in play.updates.items():
        name = f"{play.name}/{key}"
        yield Pipeline(update.plays, name, pipeline_id(name), pace, now)


def put_up(jobs: Jobs, play: JobPlay, pace: Pace, now: float) -> None:
    """The job of a job scenario, whose pipelines are there, and others' run of it."""
    updates = {
        key: {"pipeline_task": _asked(play, key, update.asks)}
        for key, update in play.updates.items()
    }
    tasks = [
        {"task_key": key, **does, **play.about.get(key, {})}
        for key, does in {**updates, **play.others}.items()
    ]
    body: JsonObject = {"name": play.name, **play.settings, "tasks": tasks}
    settings = spec.job(body, queued=True)
    job = jobs.create(settings, now, _job_id(play.name))
    job.key = play.name
    job.repaired, job.canceled = play.repaired, play.canceled
    jobs.tasks.notebooks.update(play.notebooks)
    if play.began is not None:
        began = now - play.began * pace.stretch
        jobs.launch(settings, job, Order(caller=ANNA), began)


def _asked(play: JobPlay, key: str, asks: JsonObject) -> JsonObject:
    return {"pipeline_id": pipeline_id(f"{play.name}/{key}"), **asks}
