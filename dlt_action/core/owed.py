"""
What the step owes its pipelines: kept outside, so that it survives the step.

A step that is killed can stop nothing any more. What it writes into the state of the
runner, before it says anything about an update, tells a later process what is left to
be done: which updates and job runs to stop, or nothing.

The state is a set of texts by name, of which the runner keeps the last one of each
name. One debt takes these:

    owed         `stop`, or `nothing`
    asked        `true` once its stop was accepted
    pipeline_id  of the update, or of the one-time run
    update_id    of the update, as soon as it is known
    job_id       of the job, if it is an existing one
    run_id       of the job run, as soon as it is known
    token        the idempotency token with which a job run may have been started

`debts` is how many there are. The first one's names are as above; those of the second
end in `_2`, and so on: each is written again only when it has changed, so that what is
written grows with what happens, and not with the number of pipelines as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from dlt_action.core.jobs.wire import is_number
from dlt_action.core.model import JobId, PipelineId, RunId, UpdateId, is_id
from dlt_action.lean import dataclass, field

STOP, NOTHING = "stop", "nothing"
# As many pipelines as one step takes; and a state is handed over as an environment.
MOST_DEBTS = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """An update that is to be stopped; *asked*: its stop was accepted already."""

    pipeline_id: PipelineId
    update_id: UpdateId
    asked: bool


@dataclass(frozen=True, slots=True)
class JobDue:
    """A job run that is to be canceled."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class Sought:
    """A one-time run that may be there: to be looked for, and then canceled."""

    token: str = field(repr=False)
    pipeline_id: PipelineId


Debt: TypeAlias = Due | JobDue | Sought


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Whether an update, or a job run, is to be stopped, and which."""

    stop: bool
    asked: bool = False  # whether its stop was accepted already
    pipeline_id: PipelineId | None = None
    update_id: UpdateId | None = None
    job_id: JobId | None = None  # of an existing job
    run_id: RunId | None = None
    token: str = field(default="", repr=False)

    @property
    def due(self) -> Debt | None:
        """What is to be stopped, if that is known."""
        if not self.stop:
            return None
        if self.run_id is not None:
            return JobDue(self.run_id)
        if self.token and self.pipeline_id is not None and self.job_id is None:
            return Sought(self.token, self.pipeline_id)
        if self.pipeline_id is None or self.update_id is None:
            return None
        return Due(self.pipeline_id, self.update_id, self.asked)

    def written(self) -> Mapping[str, str]:
        """It as values of the state, by name; all, because each outlives the others."""
        return {
            "owed": STOP if self.stop else NOTHING,
            "asked": "true" if self.asked else "",
            "pipeline_id": self.pipeline_id or "",
            "update_id": self.update_id or "",
            "job_id": self.job_id or "",
            "run_id": self.run_id or "",
            "token": self.token,
        }


def written(fresh: Mapping[int, Owed], debts: int) -> Mapping[str, str]:
    """What is *fresh* of so many *debts* as values of the state; numbers begin at 1."""
    values = {"debts": str(debts)}
    for number, one in fresh.items():
        for name, value in one.written().items():
            values[_numbered(name, number)] = value
    return values


def debts_in(state: Mapping[str, str]) -> tuple[Owed, ...]:
    """What the *state* says, as it was `written`; nothing is owed by default."""
    told = state.get("debts", "")
    known = re.fullmatch(r"[1-9][0-9]{0,3}", told, re.ASCII)
    many = min(int(told), MOST_DEBTS) if known else 1
    return tuple(read(state, number) for number in range(1, many + 1))


def read(state: Mapping[str, str], number: int = 1) -> Owed:
    """The debt of that *number* in the *state*; only ids come out of it."""

    def told(name: str) -> str:
        return state.get(_numbered(name, number), "")

    def known(name: str, fits: Callable[[str], bool] = is_id) -> str | None:
        return told(name) if fits(told(name)) else None

    pipeline, update = known("pipeline_id"), known("update_id")
    job, run = known("job_id", is_number), known("run_id", is_number)
    return Owed(
        stop=told("owed") == STOP,
        asked=told("asked") == "true",
        pipeline_id=None if pipeline is None else PipelineId(pipeline),
        update_id=None if update is None else UpdateId(update),
        job_id=None if job is None else JobId(job),
        run_id=None if run is None else RunId(run),
        token=known("token") or "",
    )


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
