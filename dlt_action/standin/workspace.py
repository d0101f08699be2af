"""
A workspace as its clients see it: one request in, one answer out.

`handle` depends on the workspace's state and its clock alone, so it plays in
virtual time as well as behind a socket.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any

from dlt_action.standin import routes
from dlt_action.standin.admission import admit
from dlt_action.standin.eventlog import ORG_ID, Pace
from dlt_action.standin.faults import Fault
from dlt_action.standin.identity import USER, Identity
from dlt_action.standin.jobs.runs import Order
from dlt_action.standin.play import Pipeline
from dlt_action.standin.scenarios.parts import ANNA
from dlt_action.standin.script import Asked
from dlt_action.standin.wire import Json, Refusal, Request, Response
from dlt_action.standin.world import Call, World

RESOURCE_CONFLICT = (409, "RESOURCE_CONFLICT")


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class Workspace:
    """
    A stand-in workspace.

    It has the pipelines of *scenarios* (all when `None`), each with a job of its name,
    and *jobs* of `JOBS`.

    *clock* tells seconds since the epoch; *stretch* scales every scripted second
    (0.1 is ten times faster); *token* `None` lets everybody in; *page_size*
    bounds every page whatever the client asks for; *conflict* is the status and
    `error_code` of a start beside an active update, of which the documentation
    leaves in doubt which ones they are; *list_lag* is how many seconds a new update
    is missing from every list (asked for by its id, it is there); *dated* is whether
    answers carry a `Date`.

    *cloud* is `AWS`, `Azure` or `GCP`. Who may sign in beside the bearer of *token*,
    and how, is a matter of `identity`, which tests may change.

    Beside requests, tests may play what other people do: see `forbid` and what
    follows it.
    """

    def __init__(  # noqa: PLR0913 -- each is a manner of its own, by keyword
        self,
        *,
        clock: Callable[[], float],
        scenarios: Iterable[str] | None = None,
        jobs: Iterable[str] = (),
        token: str | None = "dapi-standin",  # noqa: S107 -- opens nothing but this
        stretch: float = 1.0,
        seed: int = 0,
        page_size: int = 25,
        conflict: tuple[int, str] = RESOURCE_CONFLICT,
        list_lag: float = 0.0,
        dated: bool = True,
        cloud: str = "AWS",
        log: Callable[[str], None] = _to_stderr,
    ) -> None:
        """See the class."""
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._log = log
        self._dated = dated
        self._born = clock()
        self.lock = threading.Lock()  # of everybody who serves it
        self.identity = Identity(clock=clock, cloud=cloud)
        self.world = World(
            clock=clock,
            identity=self.identity,
            pace=Pace(stretch, seed),
            token=token,
            page_size=page_size,
            conflict=conflict,
            list_lag=list_lag,
        )
        self.world.populate(scenarios, jobs)

    def pipeline_id(self, name: str) -> str:
        """The id of the (first) pipeline of that name; raises `KeyError`."""
        for pipeline in self.world.pipelines.values():
            if pipeline.name == name:
                return pipeline.pipeline_id
        raise KeyError(name)

    def job_id(self, name: str) -> int:
        """The id of the (first) job of that name; raises `KeyError`."""
        for job in self.world.jobs.jobs.values():
            if name in (job.key, job.settings.name):
                return job.job_id
        raise KeyError(name)

    def handle(self, request: Request) -> Response:
        """Answer one request; raises `Dropped` if a fault says so."""
        self.requests.append(request)
        second = self.world.clock() - self._born
        fault = next((f for f in self.faults if f.applies(request, second)), None)
        request_id = str(self.world.pace.name("answer", len(self.requests)))
        headers = {"x-databricks-org-id": str(ORG_ID), "x-request-id": request_id}
        if self._dated:
            headers["date"] = formatdate(self.world.clock(), usegmt=True)
        if fault is None:
            return self._answer(request, request_id).also(headers)
        if fault.after_effect:
            self._answer(request, request_id)
        return fault.answer().also(headers)

    def forbid(self, name: str, *permissions: str) -> None:
        """Take permissions on a pipeline away: `View`, `Run`, `Manage`; none is all."""
        taken = permissions if permissions else ("View", "Run", "Manage")
        self._named(name).forbidden |= frozenset(taken)

    def allow(self, name: str) -> None:
        """Give back what `forbid` took."""
        self._named(name).forbidden = frozenset()

    def forbid_job(self, name: str, *permissions: str) -> None:
        """Take permissions on a job away: `View`, `Manage Run`, `Manage`."""
        taken = permissions if permissions else ("View", "Manage Run", "Manage")
        self.world.jobs.jobs[self.job_id(name)].forbidden |= frozenset(taken)

    def make_continuous(self, name: str) -> None:
        """Somebody switches a pipeline to continuous, whatever runs of it."""
        self._named(name).edited["continuous"] = True

    def rename(self, name: str, to: str) -> None:
        """Somebody gives a pipeline another name."""
        self._named(name).name = to

    def rival(self, name: str, **asked: Any) -> str:  # noqa: ANN401 -- fields of Asked
        """Somebody else starts an update, now; its id, or `Refusal` if it is busy."""
        by = Asked(**{"cause": "USER_ACTION", **asked})
        return self.world.start(self._named(name), by)

    def person_stops(self, name: str) -> None:
        """Somebody stops whatever is active, now."""
        self.world.stop(self._named(name))

    def rival_run(self, name: str) -> int:
        """Somebody else runs a job, now; the id of the run."""
        now, jobs = self.world.settle(), self.world.jobs
        job = jobs.jobs[self.job_id(name)]
        return jobs.launch(job.settings, job, Order(caller=ANNA), now).run_id

    def person_cancels(self, run_id: int) -> None:
        """Somebody cancels a run of a job, now."""
        self.world.jobs.cancel(self.world.jobs.runs[run_id], self.world.settle())

    def _named(self, name: str) -> Pipeline:
        found = self.world.pipelines[self.pipeline_id(name)]
        found.advance(self.world.settle())
        return found

    def _answer(self, request: Request, request_id: str) -> Response:
        try:
            found = self._route(request)
        except Refusal as refusal:
            return refusal.response(request_id)
        return found if isinstance(found, Response) else Response.of(found)

    def _route(self, request: Request) -> Json | Response:
        found = routes.find(request.method, request.path)
        if found is None:
            self._log(routes.stub(request.method, request.path))
            says = f"No API found for '{request.method} {request.path}'"
            raise Refusal(404, "ENDPOINT_NOT_FOUND", says)
        route, ids = found
        caller = USER if route.public else admit(self.world, request)
        return route.handler(Call(self.world, request, ids, caller))
