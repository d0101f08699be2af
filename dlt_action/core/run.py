"""One pipeline's run: launch, then watch, then what the reports need to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dlt_action.core.endings import started
from dlt_action.core.launch import launch
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Attribution, Result
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.watch import Watch


class Run(Scripted):
    """The machine that runs one pipeline."""

    def __init__(
        self, plan: Plan, *, deadline: float, chance: Callable[[], float]
    ) -> None:
        """
        Run *plan*, to be over by *deadline* (monotonic seconds).

        *chance* gives numbers in [0, 1), to spread the pauses of many clients.
        """
        self.plan = plan
        self._watch: Watch | None = None
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, self._play(trip))

    def so_far(self) -> Outcome:
        """What is known until now, for outputs that a kill leaves behind."""
        verdict = Verdict(result=Result.UNFINISHED, reason="")
        return self._outcome(verdict)

    def _play(self, trip: Trip) -> Script[Outcome]:
        verdict: Verdict
        launched = yield from launch(trip, self.plan)
        if isinstance(launched, Verdict):
            verdict = launched
        else:
            self._watch = Watch(trip, self.plan, launched, Attribution.CONFIRMED)
            if self.plan.wait:
                verdict = yield from self._watch.script()
            else:
                verdict = started(launched.update_id)
        return self._outcome(verdict)

    def _outcome(self, verdict: Verdict) -> Outcome:
        plan, trip, watch = self.plan, self._trip, self._watch
        pipeline = plan.pipeline
        outcome = replace(
            verdict.outcome(),
            pipeline_id=pipeline.pipeline_id,
            pipeline_name=pipeline.name,
            pipeline_url=plan.links.pipeline(pipeline.pipeline_id),
            seconds=trip.elapsed,
            warnings=tuple(trip.warnings),
            signal=trip.interrupted.signal if trip.interrupted is not None else None,
        )
        return outcome if watch is None else _with_update(outcome, plan, watch)


def _with_update(outcome: Outcome, plan: Plan, watch: Watch) -> Outcome:
    chain = (*watch.before, watch.current)
    tally = watch.current.tally
    return replace(
        outcome,
        attribution=watch.attribution,
        attempts=tuple(following.attempt(plan) for following in chain),
        flows=tally.flows(),
        expectations=tally.expectations(),
        problems=tally.problems(),
        problems_omitted=tally.problems_omitted,
        rows_written=tally.rows_written(),
        events_read=sum(following.tally.events for following in chain),
    )
