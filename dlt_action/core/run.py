"""One pipeline's run: launch, then watch, then what the reports need to know."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core.attempt import Following
from dlt_action.core.launch import launch
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Attribution, Result
from dlt_action.core.plan import Links, Plan
from dlt_action.core.record import Outcome
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict, started
from dlt_action.core.watch import Watch


def machine(plan: Plan, *, deadline: float, chance: Callable[[], float]) -> Scripted:
    """
    The machine that runs *plan*, to be over by *deadline* (monotonic seconds).

    *chance* gives numbers in [0, 1), to spread the pauses of many clients.
    """
    trip = Trip(began=plan.began, deadline=deadline, chance=chance)
    return Scripted(trip, _script(trip, plan))


def _script(trip: Trip, plan: Plan) -> Script[Outcome]:
    launched = yield from launch(trip, plan)
    if isinstance(launched, Verdict):
        return before_start(
            launched,
            links=plan.links,
            plan=plan,
            seconds=trip.elapsed,
            signal=_signal(trip),
        )
    watch = Watch(trip, plan, launched, Attribution.CONFIRMED)
    verdict = started(launched.update_id) if not plan.wait else None
    if verdict is None:
        verdict = yield from watch.script()
    return _outcome(trip, plan, watch, verdict)


def before_start(
    verdict: Verdict,
    *,
    links: Links,
    plan: Plan | None = None,
    seconds: float = 0.0,
    signal: int | None = None,
) -> Outcome:
    """The outcome of a run that never had an update."""
    pipeline = None if plan is None else plan.pipeline
    return Outcome(
        result=verdict.result,
        reason=verdict.reason,
        advice=verdict.advice,
        server_said=verdict.server_said,
        pipeline_id=None if pipeline is None else pipeline.pipeline_id,
        pipeline_name=None if pipeline is None else pipeline.name,
        pipeline_url=None if pipeline is None else links.pipeline(pipeline.pipeline_id),
        seconds=seconds,
        signal=signal,
    )


def _signal(trip: Trip) -> int | None:
    return None if trip.interrupted is None else trip.interrupted.signal


def _outcome(trip: Trip, plan: Plan, watch: Watch, verdict: Verdict) -> Outcome:
    chain: list[Following] = [*watch.before, watch.current]
    tally = watch.current.tally
    pipeline = plan.pipeline
    return Outcome(
        result=verdict.result,
        reason=verdict.reason,
        advice=verdict.advice,
        server_said=verdict.server_said,
        pipeline_id=pipeline.pipeline_id,
        pipeline_name=pipeline.name,
        pipeline_url=plan.links.pipeline(pipeline.pipeline_id),
        attribution=watch.attribution,
        attempts=tuple(following.attempt(plan) for following in chain),
        flows=tally.flows(),
        expectations=tally.expectations(),
        problems=tally.problems(),
        problems_omitted=tally.problems_omitted,
        rows_written=tally.rows_written(),
        seconds=trip.elapsed,
        events_read=sum(following.tally.events for following in chain),
        warnings=tuple(trip.warnings),
        signal=_signal(trip) if verdict.result is Result.INTERRUPTED else None,
    )
