"""One job run: start it, watch it, judge what its updates brought."""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core.jobs import endings as jobendings
from dlt_action.core.jobs.judging import judge_run
from dlt_action.core.jobs.outcome import outcome_of_run
from dlt_action.core.jobs.start import begin
from dlt_action.core.jobs.watch import RunWatch
from dlt_action.core.machine import Scripted
from dlt_action.core.model import Result
from dlt_action.core.news import Warned
from dlt_action.core.owed import Owed
from dlt_action.core.plan import JobPlan, Parting, Plan
from dlt_action.core.record import GateResult, Outcome
from dlt_action.core.run import outcome_of
from dlt_action.core.steps import Script
from dlt_action.core.trip import Trip
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import replace


class JobRun(Scripted):
    """The machine that runs one job, or a one-time run."""

    def __init__(
        self, plan: Plan, *, deadline: float, chance: Callable[[], float]
    ) -> None:
        """
        Run the job of *plan*, to be over by *deadline* (monotonic seconds).

        *chance* gives numbers in [0, 1), to spread the pauses of many clients.
        """
        assert plan.job is not None  # noqa: S101 - else it is a case for `core.run`
        self.plan = plan
        self._job: JobPlan = plan.job
        self._watch: RunWatch | None = None
        self._result = Result.UNFINISHED
        trip = Trip(began=plan.began, deadline=deadline, chance=chance)
        super().__init__(trip, self._play(trip))

    def so_far(self) -> Outcome:
        """What is known until now, for outputs that a kill leaves behind."""
        return self._outcome(Verdict(result=Result.UNFINISHED, reason=""))

    def owed(self) -> Owed:
        """What is left to be done by somebody else, should we be gone now."""
        run = None if self._watch is None else self._watch.run_id
        token = self._job.token if run is None else ""
        return Owed(stop=self._owes_a_cancel(), run_id=run, token=token)

    def _owes_a_cancel(self) -> bool:
        plan, watch, why = self.plan, self._watch, self._trip.interrupted
        if not plan.wait or self._result.ok:
            return False
        if watch is None:  # a run may be on its way, or there, and nobody knows it
            if self._result is not Result.UNFINISHED and not self._trip.start_lost:
                return False
        elif watch.over:
            return False
        return plan.parting(why) is Parting.STOP

    def _play(self, trip: Trip) -> Script[Outcome]:
        begun = yield from begin(trip, self.plan, self._job)
        if isinstance(begun, Verdict):
            verdict = begun
        else:
            self._watch = watch = RunWatch(self, trip, self.plan, self._job, begun)
            verdict = jobendings.started(begun.run_id)
            if self.plan.wait:
                verdict = yield from watch.script()
            elif self._job.job_id is None:
                yield from watch.glance()
        self._result = verdict.result
        outcome = self._outcome(verdict)
        judged = bool(self.plan.gate.rules) and verdict.result is Result.SUCCEEDED
        return self._judged(verdict, self._watch, outcome) if judged else outcome

    def _judged(
        self, verdict: Verdict, watch: RunWatch | None, outcome: Outcome
    ) -> Outcome:
        assert watch is not None  # noqa: S101 - who succeeded was watched
        judged = judge_run(watch.tale, outcome)
        judgement = judged.judgement
        if judged.unseen:
            self._trip.tell(Warned(jobendings.unseen(judged.unseen)))
        for text in judgement.warnings():
            self._trip.tell(Warned(text))
        if judgement.result is GateResult.FAILED:
            verdict = jobendings.gate_failed(
                watch.run_id,
                broken=judgement.broken,
                rules=len(self.plan.gate.rules),
            )
            self._result = verdict.result
        return replace(
            self._outcome(verdict), gate=judgement.rows, gate_result=judgement.result
        )

    def _outcome(self, verdict: Verdict) -> Outcome:
        if self._watch is not None:
            return outcome_of_run(self._watch.tale, verdict)
        if len(self._job.tasks) == 1:
            return outcome_of(verdict, self.plan, self._trip, None)
        return replace(
            outcome_of(verdict, self.plan, self._trip, None),
            pipeline_id=None,
            pipeline_name=None,
            pipeline_url=None,
        )
