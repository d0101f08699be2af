"""The REST API of a workspace with several pipelines and a Jobs service."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dlt_action.core.calls import Call
from dlt_action.core.model import Json
from dlt_action.core.reply import Answer
from tests.sim.agenda import EPOCH
from tests.sim.doors import JOBS, JSON_TYPE, Doors, flags_of, kind_of
from tests.sim.fleet.jobs import ENDED, Jobs, Run, TaskRun
from tests.sim.fleet.plots import RunPlot
from tests.sim.model import Flags, Who
from tests.sim.world import World

JOB = 77
PER_PAGE = 2  # of a list of runs
CODES = {
    "SUCCESS": "SUCCESS",
    "SUCCESS_WITH_FAILURES": "SUCCESS_WITH_FAILURES",
    "CANCELED": "USER_CANCELED",
    "FAILED": "RUN_EXECUTION_ERROR",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "MAX_CONCURRENT_RUNS_EXCEEDED",
}
PHASES = {"WAITING_FOR_RETRY": "WAITING"}


def pipeline_of(call: Call) -> str:
    """The id of the pipeline that a call is about; "" for none."""
    _, _, rest = call.path.partition("/pipelines/")
    return rest.partition("/")[0]


class Entrance:
    """Answers calls from what is true in a workspace."""

    def __init__(
        self, doors: Sequence[Doors], jobs: Jobs, plots: Sequence[RunPlot]
    ) -> None:
        """Answer with *doors*, one of each pipeline; *plots*: of runs of ours."""
        self.doors = {one.world.pipeline_id: one for one in doors}
        self.jobs = jobs
        self._plots = plots
        self._first = doors[0].world
        self._numbers = {one.world.pipeline_id: n for n, one in enumerate(doors)}

    def world(self, call: Call) -> World | None:
        """The world of the pipeline that *call* is about."""
        found = self.doors.get(pipeline_of(call))
        return None if found is None else found.world

    def handle(self, call: Call) -> Answer:
        """Execute *call*."""
        if not call.path.startswith(JOBS):
            door = self.doors.get(pipeline_of(call))
            known = door if door is not None else self.doors[self._first.pipeline_id]
            return known.handle(call)
        kind = kind_of(call)
        if kind == "start":
            run = self.started_by(call)
            return self._answer({"run_id": run.run_id, "number_in_job": run.run_id})
        if kind in ("job", "runs"):
            listed = self._job if kind == "job" else self._list
            return listed(dict(call.query))
        named = self.run_of(call)
        return self._missing() if named is None else self._of_a_run(kind, call, named)

    def _of_a_run(self, kind: str, call: Call, run: Run) -> Answer:
        if kind == "cancel":
            self.jobs.cancel(run, Who.US)
            return self._answer({})
        if kind == "output":
            wanted = dict(call.query)["run_id"]
            task = next(one for one in run.tries if str(one.run_id) == wanted)
            return self._answer({"error": task.message, "metadata": {}})
        return self._answer(self._run(run, dict(call.query)))

    def run_of(self, call: Call) -> Run | None:
        """The run that *call* names."""
        told = (call.body or {}).get("run_id") or dict(call.query).get("run_id", "0")
        wanted = int(str(told))
        for run in self.jobs.runs:
            if run.run_id == wanted or any(one.run_id == wanted for one in run.tries):
                return run
        return None

    def started_by(self, call: Call) -> Run:
        """The run that a start starts, or has started."""
        body = call.body or {}
        token, tasks = str(body["idempotency_token"]), body.get("tasks")
        if not isinstance(tasks, list):
            flags = _flags(body.get("pipeline_params"), body.get("job_parameters"))
            return self.jobs.start(Who.US, token, self._plots[0], flags, JOB)
        (task,) = tasks
        assert isinstance(task, dict)
        asked = task["pipeline_task"]
        assert isinstance(asked, dict)
        number = self._numbers[str(asked["pipeline_id"])]
        flags = _flags(asked, asked.get("parameters"))
        plot = self._plots[number]
        run = self.jobs.start(Who.US, token, plot, flags, 900 + number)
        run.name = str(body["run_name"])
        return run

    def _answer(self, body: Mapping[str, object]) -> Answer:
        return Answer(200, JSON_TYPE, json.dumps(body).encode())

    def _missing(self) -> Answer:
        body = (
            '{"error_code":"INVALID_PARAMETER_VALUE","message":"Run does not exist."}'
        )
        return Answer(400, JSON_TYPE, body.encode())

    def _job(self, query: Mapping[str, str]) -> Answer:
        plot = self._plots[0]
        first = int(query.get("page_token", "0"))
        ids = list(self._numbers)
        tasks = [
            {"task_key": one.key}
            | (
                {"notebook_task": {"notebook_path": "/x"}}
                if one.pipeline is None
                else {"pipeline_task": {"pipeline_id": ids[one.pipeline]}}
            )
            for one in plot.tasks[first : first + plot.page]
        ]
        body: dict[str, object] = {
            "job_id": JOB,
            "settings": {"name": "nightly", "tasks": tasks},
        }
        if first + plot.page < len(plot.tasks):
            body |= {"has_more": True, "next_page_token": str(first + plot.page)}
        return self._answer(body)

    def _list(self, query: Mapping[str, str]) -> Answer:
        """Job runs, the newest first; without their tasks."""
        first = int(query.get("page_token", "0") or "0")
        active, kind = query.get("active_only") == "true", query.get("run_type", "")
        runs = [
            run
            for run in reversed(self.jobs.runs)
            if not (active and run.ended)
            and (not kind or (kind == "SUBMIT_RUN") is (run.job_id != JOB))
            and query.get("job_id", str(run.job_id)) == str(run.job_id)
        ]
        page = [self._head(run) for run in runs[first : first + PER_PAGE]]
        body: dict[str, object] = {"runs": page} if page else {}
        if len(runs) > first + PER_PAGE:
            body |= {"has_more": True, "next_page_token": str(first + PER_PAGE)}
        return self._answer(body)

    def _head(self, run: Run) -> dict[str, object]:
        return {
            "run_id": run.run_id,
            "job_id": run.job_id,
            "run_name": run.name or "nightly",
            "start_time": self._millis(run.begun),
            "end_time": self._millis(run.end),
            **_words(run.plot.words, run.phase, run.result, ""),
        }

    def _run(self, run: Run, query: Mapping[str, str]) -> dict[str, object]:
        plot = run.plot
        first = int(query.get("page_token", "0"))
        tasks = run.tries if plot.all_tries else run.tasks
        body = self._head(run)
        body["tasks"] = [
            self._task(run, one) for one in tasks[first : first + plot.page]
        ]
        if first + plot.page < len(tasks):
            body |= {"has_more": True, "next_page_token": str(first + plot.page)}
        return body

    def _task(self, run: Run, task: TaskRun) -> dict[str, object]:
        kind: dict[str, object] = {"notebook_task": {"notebook_path": "/x"}}
        if task.plot.pipeline is not None:
            pipeline = list(self._numbers)[task.plot.pipeline]
            kind = {"pipeline_task": {"pipeline_id": pipeline}}
        return {
            "run_id": task.run_id,
            "task_key": task.plot.key,
            "attempt_number": task.attempt,
            "start_time": self._millis(task.start),
            "end_time": self._millis(task.end),
            **kind,
            **_words(run.plot.words, task.phase, task.result, task.message),
        }

    def _millis(self, at: float | None) -> int:
        skew = self._first.traits.skew
        return 0 if at is None else int((EPOCH + at + skew) * 1000)


def _words(words: str, phase: str, result: str, message: str) -> dict[str, object]:
    """How a run is, in the words of one generation or of both."""
    state: dict[str, object] = {"life_cycle_state": phase, "state_message": message}
    status: dict[str, object] = {
        "state": "TERMINATED" if phase in ENDED else PHASES.get(phase, phase)
    }
    if phase in ENDED:
        state["result_state"] = result
        status["termination_details"] = {
            "code": CODES.get(result, result),
            "type": "SUCCESS" if result == "SUCCESS" else "CLIENT_ERROR",
            "message": message,
        }
    both: dict[str, object] = {"state": state, "status": status}
    return both if words == "both" else {words: both[words]}


def _flags(asked: Json, parameters: Json) -> Flags:
    body = dict(asked) if isinstance(asked, dict) else {}
    if parameters is not None:
        body["parameters"] = parameters
    return flags_of(body)
