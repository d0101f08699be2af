"""A desk for those who run jobs."""

from __future__ import annotations

from typing import Any

from dlt_action.standin import JOBS
from tests.standin.desk import Answer, Desk, decoded, refusal

API = "/api/2.2/jobs"


class JobDesk(Desk):
    """One workspace in virtual time, and what there is to do with its jobs."""

    def __init__(self, *jobs: str, scenarios: tuple[str, ...] = ("success",)) -> None:
        super().__init__(scenarios, jobs=jobs)

    def post(self, path: str, **body: object) -> Answer:
        response = self.send("POST", API + path, body)
        assert response.status == 200, response.body
        return decoded(response)

    def no(self, path: str, **body: object) -> tuple[int, str, str]:
        """The refusal of a POST."""
        return refusal(self.send("POST", API + path, body))

    def run_now(self, name: str, **fields: object) -> int:
        asked = {"job_id": self.workspace.job_id(name), **fields}
        return int(self.post("/run-now", **asked)["run_id"])

    def submit(self, *tasks: Answer, **fields: object) -> int:
        return int(self.post("/runs/submit", tasks=list(tasks), **fields)["run_id"])

    def run(self, run_id: int, **query: object) -> Answer:
        return self.ask(f"{API}/runs/get", run_id=run_id, **query)

    def result(self, run_id: int) -> str:
        return str(self.run(run_id)["state"]["result_state"])

    def life(self, run_id: int) -> str:
        return str(self.run(run_id)["state"]["life_cycle_state"])

    def task(self, run_id: int, key: str = "dlt") -> Answer:
        """The latest attempt of a task."""
        found = [t for t in self.run(run_id)["tasks"] if t["task_key"] == key]
        latest: Answer = found[-1]
        return latest

    def results(self, run_id: int) -> dict[str, str]:
        """The result of the latest attempt of each task that has one."""
        tasks = self.run(run_id)["tasks"]
        told = {t["task_key"]: t["state"].get("result_state", "") for t in tasks}
        return {key: result for key, result in told.items() if result}

    def output(self, task_run_id: int) -> Answer:
        return self.ask(f"{API}/runs/get-output", run_id=task_run_id)

    def updates(self, name: str) -> list[Answer]:
        found: list[Answer] = self.ask(self.path(name, "/updates")).get("updates", [])
        return found

    def looks(self, run_id: int, seconds: int, step: float = 1.0) -> list[Answer]:
        """The run as somebody sees it who polls."""
        seen = [self.run(run_id)]
        for _ in range(int(seconds / step)):
            self.now += step
            seen.append(self.run(run_id))
        return seen


def notebook(key: str, path: str = "/Shared/good", *after: str, **more: Any) -> Answer:  # noqa: ANN401 -- whatever a task has
    """A notebook task that depends on *after*."""
    needs = [{"task_key": other} for other in after]
    does = {"notebook_task": {"notebook_path": path}}
    return {"task_key": key, "depends_on": needs, **does, **more}


def lives(looks: list[Answer]) -> list[str]:
    """The life cycle as it was seen, each state once."""
    seen = [look["state"]["life_cycle_state"] for look in looks]
    return list(dict.fromkeys(seen))


def everything() -> JobDesk:
    """All jobs there are."""
    return JobDesk(*JOBS)
