"""Finding the job, and the pipelines of its tasks, before anything is started."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from dlt_action.core import wire
from dlt_action.core.exchange import Executed, Outcome, Rejected
from dlt_action.core.jobs import calls as jobcalls
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.startings import is_missing, may_run
from dlt_action.core.jobs.wire import Job, JobTask
from dlt_action.core.model import JobId, Pipeline, PipelineId, PipelineState, Result
from dlt_action.core.plan import JobPlan, PipelineTask
from dlt_action.core.text import one_line
from dlt_action.core.verdicts import Verdict, not_started
from dlt_action.edge.workspace import MOST_CANDIDATES, Workspace
from dlt_action.lean import dataclass, replace

# A job has at most 1,000 tasks, and a page 100 of them.
MOST_TASK_PAGES = 20
# Of all jobs, for those of a similar name: the API finds only the exact one.
MOST_LIST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJob:
    """A job with at least one Pipeline task."""

    job_id: JobId
    name: str  # remote text
    tasks: tuple[PipelineTask, ...]
    others: int  # tasks of other kinds

    def plan(self, token: str) -> JobPlan:
        """The plan to run it, by a *token* of its own."""
        return JobPlan(
            token=token,
            name=self.name,
            job_id=self.job_id,
            tasks=self.tasks,
            others=self.others,
        )


class Jobs:
    """The look-up of a job. It raises `Leave`, as the workspace's reads do."""

    def __init__(self, workspace: Workspace) -> None:
        """Look up by reading *workspace*."""
        self._workspace = workspace

    def find(self, job_id: JobId | None, name: str | None) -> FoundJob | Verdict:
        """The job of that id, or of exactly that name."""
        if job_id is None:
            found = self._by_name("" if name is None else name)
            if isinstance(found, Verdict):
                return found
            job_id = found
        job = self._by_id(job_id)
        return job if isinstance(job, Verdict) else self._with_pipelines(job)

    def _by_id(self, job_id: JobId) -> Job | Verdict:
        call = jobcalls.get_job(job_id)
        found: Job | None = None
        for _ in range(MOST_TASK_PAGES):
            outcome = self._workspace.read(call)
            if not isinstance(outcome, Executed):
                return self._not_read(job_id, outcome)
            page = jobwire.job(outcome.body)
            if page is None or page.job_id != job_id:
                return not_started(outcome, what=call.what)
            known = page if found is None else found
            more = () if found is None else page.tasks
            found = replace(known, tasks=(*known.tasks, *more))
            token = wire.next_page(outcome.body)
            if token is None:
                return found
            call = jobcalls.get_job(job_id, token)
        return Verdict(
            result=Result.MISCONFIGURED,
            reason=f"Job {job_id} has more tasks than can be read. Nothing was"
            " started.",
        )

    def _not_read(self, job_id: JobId, outcome: Outcome) -> Verdict:
        verdict = not_started(outcome, what=jobcalls.get_job(job_id).what)
        if not isinstance(outcome, Rejected) or outcome.sign_in is not None:
            return verdict
        if outcome.status == HTTPStatus.FORBIDDEN:
            return replace(verdict, advice=may_run(self._workspace.who(), job_id))
        if is_missing(outcome):
            advice = "Compare job-id with the id on the job's page."
            reason = f"There is no job {job_id} in this workspace. Nothing was started."
            return replace(verdict, reason=reason, advice=advice)
        return verdict

    def _with_pipelines(self, job: Job) -> FoundJob | Verdict:
        named = [(task, task.pipeline_id) for task in job.tasks]
        tasks = [(task, one) for task, one in named if one is not None]
        if not tasks:
            return _no_pipeline(job)
        ids = list(dict.fromkeys(one for _, one in tasks))
        read = self._workspace.find_all([(one, None) for one in ids])
        pipelines = dict(zip(ids, read, strict=True))
        for found in read:
            if isinstance(found, Verdict) and not _is_told(found):
                return found
        return FoundJob(
            job_id=job.job_id,
            name=job.name,
            tasks=tuple(_task(task, one, pipelines[one]) for task, one in tasks),
            others=len(job.tasks) - len(tasks),
        )

    def _by_name(self, name: str) -> JobId | Verdict:
        listed = self._list(name)
        if isinstance(listed, Verdict):
            return listed
        same = {job.job_id for job in listed if job.name == name}
        if len(same) == 1:
            return same.pop()
        if same:
            return _several(same)
        listed = self._list(None)
        similar = () if isinstance(listed, Verdict) else _similar(name, listed)
        return _none(similar)

    def _list(self, name: str | None) -> list[Job] | Verdict:
        """The jobs of that *name*, in whatever case; None: of all jobs the first."""
        call, jobs = jobcalls.list_jobs(name), list[Job]()
        for _ in range(MOST_LIST_PAGES):
            outcome = self._workspace.read(call)
            if not isinstance(outcome, Executed):
                return not_started(outcome, what=call.what)
            jobs.extend(jobwire.jobs(outcome.body))
            token = wire.next_page(outcome.body)
            if token is None:
                break
            call = jobcalls.list_jobs(name, token)
        return jobs


def _is_told(verdict: Verdict) -> bool:
    """Whether the API did say something of a pipeline: that it may not be seen."""
    # Who may run a job need not see its pipelines: then their updates are not followed,
    # which is said, and the verdict is the run's in any case.
    told = verdict.result in (Result.UNAUTHORIZED, Result.MISCONFIGURED)
    return told and not verdict.signing_in


def _task(
    task: JobTask, pipeline: PipelineId, found: Pipeline | Verdict
) -> PipelineTask:
    if isinstance(found, Verdict):
        found = Pipeline(
            pipeline_id=pipeline, name="", state=PipelineState.UNRECOGNISED
        )
    return PipelineTask(task.key, found)


def _no_pipeline(job: Job) -> Verdict:
    return Verdict(
        result=Result.MISCONFIGURED,
        reason=f"Job {job.job_id} has no Pipeline task, so there is no update to"
        " follow. Nothing was started.",
        advice="This action is for pipelines. Give the job a task of the type Pipeline,"
        " or run it by other means.",
    )


def _several(ids: Iterable[JobId]) -> Verdict:
    shown = sorted(ids)
    return Verdict(
        result=Result.MISCONFIGURED,
        reason=f"{len(shown)} jobs have the name that was given. Nothing was started.",
        advice="Names are not unique. Set job-id to one of:"
        f" {', '.join(shown[:MOST_CANDIDATES])}",
    )


def _similar(name: str, jobs: Iterable[Job]) -> list[Job]:
    """Jobs whose names hold that *name*; what ends with it comes first."""
    # A bundle deploys "[dev anna] nightly".
    wanted = name.casefold()
    like = [job for job in jobs if wanted in job.name.casefold()]
    return sorted(like, key=lambda job: (not job.name.endswith(name), job.name))


def _none(similar: Iterable[Job]) -> Verdict:
    shown = [
        f"Similar: {one_line(job.name, limit=100)} ({job.job_id})"
        for job in list(similar)[:MOST_CANDIDATES]
    ]
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="No job that this principal may view has exactly the name that was"
        " given. Nothing was started.",
        advice="\n".join(
            ("Give the whole name as the jobs page shows it, or job-id.", *shown)
        ),
    )
