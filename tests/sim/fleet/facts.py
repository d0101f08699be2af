"""What is true of a run of the fleet, worked out once for all invariants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TypeAlias

from tests.sim.fleet.doors import JOB
from tests.sim.fleet.jobs import Run
from tests.sim.fleet.line import FleetSent
from tests.sim.fleet.orders import NAMES
from tests.sim.fleet.played import FleetPlayed
from tests.sim.model import PIPELINE, Chain, Update, Who
from tests.sim.world import World

# How long the answer to a start is waited for after a signal, at most.
PATIENCE = {"update": 3.0, "submit-run": 1.5, "job": 1.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the outputs tell of one pipeline, or of one Pipeline task."""

    pipeline: str
    result: str
    reason: str
    update: str
    run: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What the state says of one of several."""

    stop: bool
    pipeline: str
    update: str
    run: str
    token: str


class FleetFacts:
    """A run, looked at from outside."""

    def __init__(self, played: FleetPlayed) -> None:
        self.played = played
        self.schedule = played.schedule
        self.order = played.schedule.order
        self.worlds = played.worlds
        self.jobs = played.jobs
        self.ended = played.ended
        self.killed = played.code is None
        self.outputs = played.ci.values
        self.result = self.outputs.get("result", "")
        self.reason = self.outputs.get("reason", "")
        self.deadline = self.order.timeout
        signals = played.line.signals
        self.signal = signals[0][0] if signals else None
        self.sent = played.line.calls[: played.post_from]
        self.pipelines = [PIPELINE + one for one in NAMES[: self.order.pipelines]]

    @cached_property
    def afterwards(self) -> list[FleetSent]:
        """The calls of the post step."""
        played = self.played
        return [] if played.post_from is None else played.line.calls[played.post_from :]

    @cached_property
    def silent(self) -> bool:
        """Whether outputs or state could not be written."""
        ci = self.played.ci
        return ci.failed or ci.state_failed or self.played.unwritable

    @cached_property
    def rows(self) -> list[Row]:
        """What the outputs list, worst first."""
        found = json.loads(self.outputs.get("results") or "[]")
        return [
            Row(
                pipeline=one.get("pipeline_id") or "",
                result=one["result"],
                reason=one["reason"],
                update=one.get("update_id") or "",
                run=one.get("job_run_id") or "",
                task=one.get("task") or "",
            )
            for one in found
        ]

    def row(self, pipeline: str) -> Row | None:
        """What the outputs tell of a pipeline."""
        return next((row for row in self.rows if row.pipeline == pipeline), None)

    def told(self, pipeline: str) -> tuple[str, str]:
        """The result and the reason that are told of a pipeline; "": of the job."""
        row = self.row(pipeline) if pipeline else None
        return (self.result, self.reason) if row is None else (row.result, row.reason)

    @cached_property
    def starts(self) -> list[FleetSent]:
        """The starts that were sent."""
        return [sent for sent in self.sent if sent.kind == "start"]

    def starts_of(self, whose: str) -> list[FleetSent]:
        """The starts for a pipeline; "": of the job."""
        return [sent for sent in self.starts if sent.pipeline == whose]

    @cached_property
    def runs(self) -> list[Run]:
        """The job runs that are ours."""
        return [run for run in self.jobs.runs if run.who is Who.US]

    def run_of(self, pipeline: str) -> Run | None:
        """Our run that updates a pipeline; the one of the job."""
        for run in self.runs:
            if run.job_id == JOB or self.pipeline_of(run) == pipeline:
                return run
        return None

    def pipeline_of(self, run: Run) -> str:
        """The pipeline of a one-time run; "" for the run of the job."""
        number = run.plot.tasks[0].pipeline
        return "" if run.job_id == JOB or number is None else self.pipelines[number]

    def took(self, sent: FleetSent) -> bool:
        """Whether the answer to a start can have been taken."""
        return sent.good and sent.came is not None and sent.came <= self._until(sent)

    def _until(self, sent: FleetSent) -> float:
        """Until when the answer to a start is waited for, a signal in between."""
        until = sent.at + sent.within
        if self.signal is None or self.signal < sent.at:
            return until
        return min(until, self.signal + PATIENCE[self.order.trigger])

    def is_lost(self, sent: FleetSent) -> bool:
        """Whether, for all that is known, a start may have arrived."""
        came = inf if sent.came is None else sent.came
        return sent.may_have_arrived or came > self._until(sent)

    def told_runs(self, at: float) -> list[Run]:
        """The runs whose id an answer to our start had told by then."""
        return [
            sent.run
            for sent in self.starts
            if sent.run is not None and self.took(sent) and (sent.came or inf) <= at
        ]

    def confirmed(self, at: float) -> list[Chain]:
        """The chains whose id an answer to our start had told by then."""
        return [
            sent.update.chain
            for sent in self.starts
            if sent.update is not None and self.took(sent) and (sent.came or inf) <= at
        ]

    def update(self, name: str) -> Update | None:
        """The update of that id."""
        for world in self.worlds:
            for one in world.updates:
                if one.update_id == name:
                    return one
        return None

    def world_of(self, update: Update) -> World:
        """Where *update* is."""
        return next(one for one in self.worlds if update in one.updates)

    def about(self, pipeline: str) -> list[FleetSent]:
        """The calls about a pipeline and its one-time run."""
        about = self.played.line.about
        return [one for one in self.sent if about(one) == pipeline]

    def last_heard(self, pipeline: str) -> float:
        """When the last answer about a pipeline came, or was given up."""
        calls = self.about(pipeline)
        if self.order.by_run:  # what was asked beside the run is waited for by nobody
            run = [one for one in calls if one.kind in ("start", "run", "cancel")]
            calls = run if run else calls
        return max(map(self.heard, calls), default=0.0)

    def heard(self, sent: FleetSent) -> float:
        """When the answer came, or was given up."""
        given_up = min(sent.at + sent.within, self.ended)
        return given_up if sent.came is None else min(sent.came, given_up)

    @cached_property
    def debts(self) -> list[Debt]:
        """What the state says, in order."""
        kept = self.played.kept

        def one(number: int) -> Debt:
            tail = "" if number == 1 else f"_{number}"
            return Debt(
                stop=kept.get(f"owed{tail}") == "stop",
                pipeline=kept.get(f"pipeline_id{tail}", ""),
                update=kept.get(f"update_id{tail}", ""),
                run=kept.get(f"run_id{tail}", ""),
                token=kept.get(f"token{tail}", ""),
            )

        return [one(n) for n in range(1, int(kept.get("debts", "0")) + 1)]

    def owes_run(self, run: Run) -> bool:
        """Whether the state says that *run* is to be canceled, or its start's."""
        return any(
            one.stop and (one.run == str(run.run_id) or one.token == run.token)
            for one in self.debts
        )

    def owes(self, update: Update) -> bool:
        """Whether the state says that *update* is to be stopped, or one like it."""
        chain = {one.update_id for one in update.chain.updates}
        return any(one.stop and one.update in chain for one in self.debts)

    @cached_property
    def leaves(self) -> float:
        """When something may have told the program, or a part of it, to leave."""
        clocks = (self.deadline, self.order.queue_timeout, self.order.stall_timeout)
        given = [one for one in (*clocks, self.signal) if one is not None]
        return min((*given, self.failure(judged=True)))

    def failure(self, *, judged: bool) -> float:
        """
        With fail-fast: when the first of several did not succeed, as far as is known.

        A gate of several may fail one at its end, or only when all have ended: that
        counts only if *judged*.
        """
        if not (self.order.fail_fast and len(self.pipelines) > 1):
            return inf
        if self.killed or self.silent:
            return 0.0  # it is not known
        good = (
            "succeeded",
            "started",
            "skipped",
            *(() if judged else ("gate-failed",)),
        )
        bad = [
            self.last_heard(row.pipeline)
            for row in self.rows
            if row.result not in good and "fail-fast" not in row.reason
        ]
        return min(bad, default=inf)

    def calm_since(self, since: float, *, lasts: float = 1.0) -> bool:
        """Whether all calls since then were answered well and soon."""
        return all(
            sent.good and (sent.came or inf) <= sent.at + lasts
            for sent in self.sent
            if sent.at + sent.within >= since and sent.at < self.ended - 0.01
        )


Invariant: TypeAlias = Callable[[FleetFacts], Iterator[str]]
