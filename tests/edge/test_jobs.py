"""The look-up of a job before its start, in virtual time against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest

from dlt_action.core.model import JobId, Result
from dlt_action.core.reply import (
    Answer,
    Fault,
    FaultKind,
    Reply,
    SignInProblem,
    Unsigned,
)
from dlt_action.core.verdicts import Verdict
from dlt_action.edge.jobs import FoundJob, Jobs
from dlt_action.edge.workspace import Workspace
from dlt_action.standin import Workspace as Standin
from dlt_action.standin.scenarios.jobs import JOBS
from tests.edge.lines import ScriptedLine
from tests.story.virtual import TOKEN, VirtualLine

P1 = "a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05"
Tasks: TypeAlias = dict[str, Any]


def good(body: dict[str, Any]) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())


def bad(status: int, message: str = "no", code: str = "") -> Answer:
    body = {"error_code": code, "message": message}
    headers = {"content-type": "application/json"}
    return Answer(status, headers, json.dumps(body).encode())


def job(*pipelines: str, others: Sequence[Tasks] = (), token: str = "") -> Answer:
    """The job 5, `nightly`, with a Pipeline task for each of *pipelines*."""
    tasks = [
        {"task_key": f"t{at}", "pipeline_task": {"pipeline_id": one}}
        for at, one in enumerate(pipelines)
    ]
    settings = {"name": "nightly", "tasks": [*tasks, *others]}
    return good({"job_id": 5, "settings": settings, "next_page_token": token})


def pipeline(pipeline_id: str = P1) -> Answer:
    return good({"pipeline_id": pipeline_id, "name": "orders"})


MAIL = {"task_key": "mail", "notebook_task": {"notebook_path": "/mail"}}


def look(
    *replies: Reply | None, job_id: str | None = "5", name: str | None = None
) -> tuple[FoundJob | Verdict, ScriptedLine]:
    line = ScriptedLine(*replies)
    known = None if job_id is None else JobId(job_id)
    return Jobs(Workspace(line, lambda: 0.5, deadline=1e6)).find(known, name), line


def told(*replies: Reply | None, **wanted: str | None) -> Verdict:
    found, _ = look(*replies, **wanted)
    assert isinstance(found, Verdict)
    assert "Nothing was started." in found.reason
    return found


def found(*replies: Reply | None, **wanted: str | None) -> FoundJob:
    one, _ = look(*replies, **wanted)
    assert isinstance(one, FoundJob), one
    return one


def test_a_job_is_found_by_its_id_with_the_pipelines_of_its_tasks() -> None:
    one = found(job(P1, others=[MAIL, MAIL]), pipeline())
    assert (one.job_id, one.name, one.others) == ("5", "nightly", 2)
    assert [(task.key, task.pipeline.name) for task in one.tasks] == [("t0", "orders")]


def test_it_is_planned_with_a_token_of_its_own() -> None:
    plan = found(job(P1, others=[MAIL]), pipeline()).plan("token-1")
    assert (plan.job_id, plan.name, plan.token) == ("5", "nightly", "token-1")
    assert (len(plan.tasks), plan.others) == (1, 1)
    assert "token-1" not in repr(plan)


def test_a_pipeline_of_two_tasks_is_read_once() -> None:
    one, line = look(job(P1, P1), pipeline())
    assert isinstance(one, FoundJob)
    assert [task.key for task in one.tasks] == ["t0", "t1"]
    assert len(line.calls) == 2


def test_all_pages_of_its_tasks_are_read() -> None:
    first = job(P1, token="2")
    second = good({"job_id": 5, "settings": {"tasks": [MAIL]}})
    one, line = look(first, second, pipeline())
    assert isinstance(one, FoundJob)
    assert (len(one.tasks), one.others) == (1, 1)
    assert dict(line.calls[1][1].query)["page_token"] == "2"


def test_a_job_whose_pages_do_not_end_is_refused() -> None:
    assert "more tasks" in told(job(P1, token="again")).reason


@pytest.mark.parametrize("others", [[], [MAIL]])
def test_a_job_without_a_pipeline_task_is_refused(others: list[Tasks]) -> None:
    verdict = told(job(others=others))
    assert verdict.result is Result.MISCONFIGURED
    assert "Job 5 has no Pipeline task" in verdict.reason


@pytest.mark.parametrize(
    "reply", [bad(404), bad(400, "Job 5 does not exist.", "INVALID_PARAMETER_VALUE")]
)
def test_a_job_that_is_not_there_is_told_as_that(reply: Answer) -> None:
    verdict = told(reply)
    assert verdict.result is Result.MISCONFIGURED
    assert verdict.reason.startswith("There is no job 5 in this workspace.")
    assert "job-id" in verdict.advice


def test_a_job_that_may_not_be_seen_names_the_permission_and_who_lacks_it() -> None:
    verdict = told(bad(403), good({"userName": "ci@example.com"}))
    assert verdict.result is Result.UNAUTHORIZED
    assert "ci@example.com the permission CAN MANAGE RUN on job 5" in verdict.advice


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (bad(401), Result.UNAUTHORIZED),
        (bad(400, "no"), Result.MISCONFIGURED),
        (Unsigned(SignInProblem(what="No.")), Result.UNAUTHORIZED),
        (Fault(FaultKind.UNCONNECTED), Result.UNREACHABLE),
        (good({"job_id": 6}), Result.UNREACHABLE),
        (good({}), Result.UNREACHABLE),
    ],
)
def test_a_job_that_cannot_be_read_is_told(reply: Reply, result: Result) -> None:
    assert told(reply).result is result


@pytest.mark.parametrize("reply", [bad(403), bad(404)])
def test_a_pipeline_that_may_not_be_seen_keeps_nobody_from_running_the_job(
    reply: Answer,
) -> None:
    one = found(job(P1), reply)
    (task,) = one.tasks
    assert (task.pipeline.pipeline_id, task.pipeline.name) == (P1, "")


@pytest.mark.parametrize(
    "reply",
    [Fault(FaultKind.UNCONNECTED), Unsigned(SignInProblem(what="It has expired."))],
)
def test_a_pipeline_that_nobody_tells_of_is_a_reason_not_to_start(reply: Reply) -> None:
    told(job(P1), reply)


# By name.


def listed(*jobs: tuple[int, str], token: str | None = None) -> Answer:
    body: dict[str, Any] = {
        "jobs": [{"job_id": one, "settings": {"name": name}} for one, name in jobs]
    }
    return good(body if token is None else {**body, "next_page_token": token})


def test_a_job_is_found_by_its_exact_name() -> None:
    replies = (
        listed((4, "Nightly"), (5, "nightly")),
        job(P1),
        pipeline(),
    )
    assert found(*replies, job_id=None, name="nightly").job_id == "5"


def test_a_list_that_repeats_itself_is_no_second_job() -> None:
    replies = (
        listed((5, "nightly"), token="2"),
        listed((5, "nightly")),
        *(job(P1), pipeline()),
    )
    assert found(*replies, job_id=None, name="nightly").job_id == "5"


def test_two_of_a_name_are_an_error_that_names_both() -> None:
    replies = listed((5, "nightly"), (6, "nightly"))
    verdict = told(replies, job_id=None, name="nightly")
    assert verdict.result is Result.MISCONFIGURED
    assert verdict.reason.startswith("2 jobs have the name that was given.")
    assert verdict.advice.endswith("5, 6")


def test_a_miss_names_what_is_similar_and_first_what_ends_with_the_name() -> None:
    everything = listed((1, "nightly copy"), (2, "[dev anna] nightly"), (3, "weekly"))
    verdict = told(listed(), everything, job_id=None, name="nightly")
    assert verdict.result is Result.MISCONFIGURED
    assert verdict.advice.splitlines()[1:] == [
        "Similar: [dev anna] nightly (2)",
        "Similar: nightly copy (1)",
    ]


def test_a_miss_without_a_list_is_a_miss_all_the_same() -> None:
    verdict = told(listed(), bad(403), job_id=None, name="nightly")
    assert "exactly the name that was given" in verdict.reason


def test_the_names_of_others_are_shown_as_one_line_and_only_so_many() -> None:
    everything = listed(*((at + 1, f"nightly\n::error::{at}") for at in range(50)))
    verdict = told(listed(), everything, job_id=None, name="nightly")
    lines = verdict.advice.splitlines()
    assert len(lines) == 11
    assert all(line.startswith("Similar: nightly ") for line in lines[1:])


def test_a_list_without_an_end_is_read_only_so_far() -> None:
    _, line = look(listed(token="again"), job_id=None, name="nightly")
    assert len(line.calls) == 40


def test_a_list_that_cannot_be_read_is_told() -> None:
    verdict = told(bad(403), job_id=None, name="nightly")
    assert verdict.result is Result.UNAUTHORIZED


# Against the stand-in.


@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_job_of_the_stand_in_is_found_by_its_id_and_by_its_name(
    name: str,
) -> None:
    line = VirtualLine()
    standin = Standin(clock=line.epoch, token=TOKEN, log=lambda _: None, jobs=JOBS)
    line.workspace = standin
    jobs = Jobs(Workspace(line, lambda: 0.5, deadline=1e6))
    by_id = jobs.find(JobId(str(standin.job_id(name))), None)
    assert isinstance(by_id, FoundJob)
    assert len(by_id.tasks) == len(JOBS[name].updates)
    assert by_id.others == len(JOBS[name].others)
    by_name = jobs.find(None, by_id.name)
    assert isinstance(by_name, FoundJob)
    assert by_name.job_id == by_id.job_id
