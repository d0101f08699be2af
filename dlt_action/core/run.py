"""One pipeline's run: launch, then watch, then what the reports need to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlt_action.core.endings import gate_failed, started
from dlt_action.core.launch import launch
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Attribution, Result
from dlt_action.core.news import Warned
from dlt_action.core.owed import Owed
from dlt_action.core.plan import Parting, Plan
from dlt_action.core.quality import judge, without_numbers
from dlt_action.core.record import GateResult, Outcome
from dlt_action.core.selection import NOTHING_RAN, ran_nothing, selected, unknown
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.core.watch import Watch
from dlt_action.core.words import plural
from dlt_action.lean import replace


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
        self._result = Result.UNFINISHED
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, self._play(trip))

    def so_far(self) -> Outcome:
        """What is known until now, for outputs that a kill leaves behind."""
        verdict = Verdict(result=Result.UNFINISHED, reason="")
        return self._outcome(verdict)

    def owed(self) -> Owed:
        """What is left to be done by somebody else, should we be gone now."""
        watch = self._watch
        return Owed(
            stop=self._owes_a_stop(),
            asked=watch is not None and watch.was_told_to_stop,
            pipeline_id=self.plan.pipeline.pipeline_id,
            update_id=None if watch is None else watch.current.update_id,
        )

    def _owes_a_stop(self) -> bool:
        plan, watch, why = self.plan, self._watch, self._trip.interrupted
        if not plan.wait or plan.take_up is not None or self._result.ok:
            return False
        if watch is None:  # an update may be on its way, or there, and nobody knows it
            if self._result is not Result.UNFINISHED and not self._trip.start_lost:
                return False
        elif watch.over or watch.attribution is not Attribution.CONFIRMED:
            return False
        return plan.parting(why) is Parting.STOP

    def _play(self, trip: Trip) -> Script[Outcome]:
        verdict: Verdict
        launched = yield from launch(trip, self.plan)
        if isinstance(launched, Verdict):
            verdict = launched
        else:
            self._watch = Watch(trip, self.plan, launched)
            if self.plan.wait:
                verdict = yield from self._watch.script()
            else:
                verdict = started(launched.update_id, launched.attribution)
        self._result = verdict.result
        if self._watch is None or not self.plan.wait:
            return self._outcome(verdict)
        judged, watch = self._is_judged(verdict), self._watch
        ran = tell_what_is_lacking(trip, self.plan, watch, verdict, judged=judged)
        if not ran and verdict.result is Result.SUCCEEDED:
            verdict = replace(verdict, reason=f"{verdict.reason} {NOTHING_RAN}")
        if not judged:
            return self._outcome(verdict)
        if self.plan.gate.needs_last:
            yield from watch.look_back.finish()
        return self._judged(verdict, watch)

    def _is_judged(self, verdict: Verdict) -> bool:
        # Only what completed has written all that it is judged by.
        return bool(self.plan.gate.rules) and verdict.result is Result.SUCCEEDED

    def _judged(self, verdict: Verdict, watch: Watch) -> Outcome:
        gate = self.plan.gate
        selection = selected(watch.current.last, self.plan.request)
        judgement = judge(gate, self._outcome(verdict), selection)
        for text in (*judgement.warnings(), *of_attempts_before(watch)):
            self._trip.tell(Warned(text))
        if judgement.result is GateResult.FAILED:
            verdict = gate_failed(
                watch.current.update_id,
                broken=judgement.broken,
                rules=len(gate.rules),
            )
        self._result = verdict.result
        return replace(
            self._outcome(verdict), gate=judgement.rows, gate_result=judgement.result
        )

    def _outcome(self, verdict: Verdict) -> Outcome:
        return outcome_of(verdict, self.plan, self._trip, self._watch)


LOG_INCOMPLETE = (
    "The event log could not be read to its end: the numbers in it are not available,"
    " and what it tells last is missing."
)


def tell_what_is_lacking(
    trip: Trip, plan: Plan, watch: Watch, verdict: Verdict, *, judged: bool
) -> bool:
    """Warn of a log, and a selection, that brought less; whether anything ran."""
    # Who is cut short is in no need of numbers, unless the gate judges by them.
    if not was_read(watch) and (trip.interrupted is None or judged):
        trip.tell(Warned(LOG_INCOMPLETE))
    update = watch.current.last
    if not selected(update, plan.request):
        return True
    outcome = outcome_of(verdict, plan, trip, watch)
    for text in unknown(outcome, update, plan.request):
        trip.tell(Warned(text))
    return not ran_nothing(outcome)


def of_attempts_before(watch: Watch) -> Iterator[str]:
    """What has to be said of a gate that judges an attempt which is not the first."""
    told = (before.tally.rows_written() for before in watch.before)
    wrote = sum(rows for rows in told if rows is not None)
    if wrote:
        yield (
            "Quality gate: it judges the last attempt. Those before it wrote"
            f" {plural(wrote, 'row')}, which are in the tables as well."
        )


def was_read(watch: Watch) -> bool:
    """Whether the log was read to its end, as far as there is one."""
    return watch.log_is_complete or not watch.current.state.terminal


def outcome_of(
    verdict: Verdict, plan: Plan, trip: Trip, watch: Watch | None
) -> Outcome:
    """The outcome of one pipeline: what the reports may know of it."""
    pipeline = plan.pipeline
    outcome = replace(
        verdict.outcome(),
        pipeline_id=pipeline.pipeline_id,
        pipeline_name=pipeline.name,
        pipeline_url=plan.links.pipeline(pipeline.pipeline_id),
        seconds=round(trip.elapsed, 3),
        gate_result=GateResult.NOT_JUDGED if plan.gate.rules else GateResult.NONE,
        warnings=tuple(trip.warnings),
        signal=trip.interrupted.signal if trip.interrupted is not None else None,
    )
    return outcome if watch is None else _with_update(outcome, plan, watch)


def _with_update(outcome: Outcome, plan: Plan, watch: Watch) -> Outcome:
    chain = (*watch.before, watch.current)
    tally = watch.current.tally
    complete = was_read(watch)
    told = replace(
        outcome,
        attribution=watch.attribution,
        attempts=tuple(following.attempt(plan) for following in chain),
        flows=tally.flows(),
        views=tally.views(),
        datasets=tally.datasets(),
        expectations=tally.expectations(),
        last_good=watch.look_back.found,
        problems=tally.problems(),
        problems_omitted=tally.problems_omitted,
        rows_written=tally.rows_written(),
        events_read=sum(following.tally.events for following in chain),
        log_complete=complete,
    )
    # Of a run that was cut short, everything is as it was told last.
    cut_short = outcome.result in (Result.INTERRUPTED, Result.TIMED_OUT)
    return told if complete or cut_short else without_numbers(told)
