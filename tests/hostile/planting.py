"""
A record in which every text that others write is one of a test's choosing.

The event log is where most of them come from, so events that say it wherever an event
says anything are folded by the real tally; the rest is put where the API, the checkout
and the inputs would have put it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.gate import Gate, Metric, Rule
from dlt_action.core.jobs.rows import JobRun, TaskRow
from dlt_action.core.model import JobId, Json, JsonObject, Result, RunId, UpdateId
from dlt_action.core.quality import judge
from dlt_action.core.record import InCheckout, LastGood, Outcome, Record
from dlt_action.core.retelling import Chapter, retell
from dlt_action.errors import InputProblem
from tests.reports.records import ASKED, HOST, OURS, PAGE, PIPELINE

FIRST = UpdateId("00000008-aaaa-bbbb-cccc-000000000000")
Plant = Callable[[], str]  # the next text to be planted


@dataclass(slots=True)
class Log:
    """The log of one update, which says *plant* wherever it can."""

    plant: Plant
    update: UpdateId
    number: int = 0

    def event(
        self, kind: str, details: JsonObject, level: str = "INFO", **more: Json
    ) -> JsonObject:
        """One event; *more* are the parts of its origin that must be known."""
        self.number += 1
        at = f"2026-11-22T12:00:{self.number:02}.000Z"
        origin: JsonObject = {
            "cloud": self.plant(),
            "region": self.plant(),
            "pipeline_name": self.plant(),
            "pipeline_id": PIPELINE,
            "cluster_id": self.plant(),
            "update_id": self.update,
            "host": self.plant(),
            "source_code_location": {
                "path": self.plant(),
                "line_number": 7,
                "notebook_cell_number": 3,
            },
            **more,
        }
        return {
            "id": f"{self.update}-{self.number}",
            "sequence": {"control_plane_seq_no": self.number},
            "origin": origin,
            "timestamp": at,
            "message": self.plant(),
            "level": level,
            "maturity_level": self.plant(),
            "event_type": kind,
            "details": {kind: details},
        }

    def failing(self, kind: str, details: JsonObject, **more: Json) -> JsonObject:
        """One that tells an error."""
        frame: JsonObject = {
            "declaring_class": self.plant(),
            "method_name": self.plant(),
            "file_name": self.plant(),
            "line_number": 41,
        }
        thrown: JsonObject = {
            "class_name": self.plant(),
            "error_class": self.plant(),
            "sql_state": self.plant(),
            "message": self.plant(),
            "stack": [frame],
        }
        listed: JsonObject = {"message": f"Violated expectations: '{self.plant()}'."}
        event = self.event(kind, details, "ERROR", **more)
        return {**event, "error": {"fatal": True, "exceptions": [listed, thrown]}}

    def flow(self, name: str, dataset: str) -> Iterator[JsonObject]:
        """One flow: defined, running, counted, and failed in the end."""
        check, where = self.plant(), {"flow_name": name, "dataset_name": dataset}
        yield self.event(
            "dataset_definition",
            {
                "dataset_type": self.plant(),
                "expectations": [
                    {"name": check, "action": self.plant()},
                    {"name": f"{check} without numbers"},
                    {"name": f"{check} in part"},
                ],
            },
            **where,
        )
        yield self.event(
            "flow_definition",
            {
                "flow_type": self.plant(),
                "output_dataset": dataset,
                "input_datasets": [self.plant(), self.plant(), dataset],
            },
            **where,
        )
        yield self.event("flow_progress", {"status": "RUNNING"}, **where)
        counted: Json = [
            {
                "name": check,
                "dataset": dataset,
                "passed_records": 3,
                "failed_records": 2,
            },
            {"name": f"{check} in part", "dataset": dataset, "passed_records": 3},
        ]
        yield self.event(
            "flow_progress",
            {
                "status": "RUNNING",
                "metrics": {"num_output_rows": 5, self.plant(): self.plant()},
                "data_quality": {"dropped_records": 1, "expectations": counted},
            },
            **where,
        )
        yield self.failing("flow_progress", {"status": "FAILED"}, **where)

    def all(self) -> Iterator[JsonObject]:
        """The whole log, but for the end of the update."""
        yield self.event(
            "create_update",
            {"cause": self.plant(), "refresh_selection": [self.plant()]},
        )
        yield self.event("user_action", {"action": "STOP", "user_name": self.plant()})
        yield from self.flow(self.plant(), self.plant())
        yield from self.flow(f"a.b.{self.plant()}", f"a.b.{self.plant()}")
        # A status that nobody knows, and a kind of event that nobody knows.
        yield self.event(
            "flow_progress", {"status": self.plant()}, flow_name=f"{self.plant()} odd"
        )
        yield self.event(self.plant(), {self.plant(): [self.plant(), None]})
        yield self.event("update_progress", {"state": self.plant()})

    def end(self) -> JsonObject:
        """How the update ended."""
        why: JsonObject = {"state": "CANCELED", "cancellation_cause": self.plant()}
        return self.failing("update_progress", why)


def log(
    plant: Plant, update: UpdateId = OURS, *, ended: bool = True
) -> tuple[JsonObject, ...]:
    """The events of one update, as the API would send them."""
    one = Log(plant, update)
    return (*one.all(), one.end()) if ended else tuple(one.all())


def folded(plant: Plant) -> Outcome:
    """What the tally makes of two updates, the first of which is in no known state."""
    chain: list[tuple[Chapter, tuple[Event, ...]]] = []
    for update in (FIRST, OURS):
        chapter = Chapter(update)
        sources = log(plant, update, ended=update == OURS)
        events = tuple(map(wire.event, sources))
        for source, event in zip(sources, events, strict=True):
            chapter.take(source, event)
        chain.append((chapter, events))
    return retell(chain)


def gate(plant: Plant) -> Gate:
    """Rules that break, each for a dataset that is there and for one that is not."""
    return Gate(
        tuple(
            Rule(
                text=plant(),
                mandatory=mandatory,
                dataset=dataset,
                metric=metric,
                op="<=",
                value=Fraction(0),
            )
            for mandatory in (True, False)
            for dataset in ("*", f"no{plant()}")
            for metric in (Metric.FAILED, Metric.ROWS)
        )
    )


def planted(plant: Plant, result: Result = Result.CANCELED) -> Record:
    """A record that says what *plant* gives, wherever others have a say."""
    told = folded(plant)
    judgement = judge(gate(plant), told)
    last = LastGood(
        update_id=FIRST,
        url=f"{PAGE}/updates/{FIRST}",
        seconds=1.0,
        rows_written=1,
        flows=told.flows,
        expectations=told.expectations,
    )
    outcome = replace(
        told,
        result=result,
        pipeline_id=PIPELINE,
        pipeline_url=PAGE,
        attempts=tuple(
            replace(one, url=f"{PAGE}/updates/{one.update_id}") for one in told.attempts
        ),
        problems=tuple(
            replace(problem, source=InCheckout(plant(), 3)) if number % 2 else problem
            for number, problem in enumerate(told.problems)
        ),
        gate=judgement.rows,
        gate_result=judgement.result,
        last_good=last,
        server_said=plant(),
        paste=plant(),
        input_problems=(InputProblem(plant(), plant(), plant(), plant()),),
    )
    asked = replace(
        ASKED,
        pipeline=plant(),
        selection=(plant(), plant()),
        sign_in=plant(),
        left_aside=(plant(),),
        rules=8,
    )
    return Record(asked, (outcome,))


def of_several(plant: Plant, result: Result = Result.FAILED) -> Record:
    """A record of a job run that updated several pipelines, and of one without it."""
    one = planted(plant, result)
    (outcome,) = one.outcomes
    parts = tuple(
        replace(outcome, task=plant(), pipeline_name=plant(), gate=()) for _ in "ab"
    )
    job = JobRun(
        run_id=RunId("77"),
        url=f"{HOST}/jobs/5/runs/77",
        job_id=JobId("5"),
        name=plant(),
        state=plant(),
        message=plant(),
        tasks=tuple(
            TaskRow(
                key=part.task,
                kind=plant(),
                state=plant(),
                message=plant(),
                url=f"{HOST}/jobs/5/runs/78",
                ok=ok,
            )
            for part, ok in zip(
                (*parts, *parts), (True, False, None, False), strict=False
            )
        ),
    )
    run = replace(
        Outcome(result=result, reason="Job run 77 failed."),
        job=job,
        parts=parts,
        gate=outcome.gate,
        gate_result=outcome.gate_result,
        server_said=plant(),
    )
    return replace(one, outcomes=(run, outcome))


def repeated(*texts: str) -> Plant:
    """One of *texts* after the other, and again from the first."""
    endless = cycle(texts)
    return lambda: next(endless)
