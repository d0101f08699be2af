"""
What came of an update, told from a saved event log alone.

A log knows nothing of what the step was asked for: the verdict is the update's own, and
no clock ran out. A quality gate is judged if its rules are given anew. Updates that the
platform started by itself are told together with the one that they follow, as far as
the log holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dlt_action.core import wire
from dlt_action.core.endings import ended, gate_failed, shown
from dlt_action.core.event import EPOCH, Event
from dlt_action.core.gate import Gate
from dlt_action.core.model import (
    Cause,
    JsonObject,
    PipelineId,
    Result,
    UpdateId,
    UpdateRequest,
    UpdateState,
    is_id,
)
from dlt_action.core.plan import Links
from dlt_action.core.quality import judge, without_numbers
from dlt_action.core.record import (
    Attempt,
    GateResult,
    GateRow,
    GateVerdict,
    Outcome,
)
from dlt_action.core.selection import NOTHING_RAN, ran_nothing, selected, unknown
from dlt_action.core.tally import Tally
from dlt_action.core.verdicts import Verdict
from dlt_action.lean import dataclass, field, replace


@dataclass(slots=True)
class Chapter:
    """What the events of one update say of it, apart from their sums."""

    update_id: UpdateId
    first: datetime = EPOCH  # until an event tells its time
    cause_text: str = ""
    request: UpdateRequest = field(default_factory=UpdateRequest)
    pipeline: str = ""
    name: str = ""
    begins: bool = False  # whether the event that created it is among them

    def take(self, source: JsonObject, event: Event) -> None:
        """Take one event, in any order."""
        if event.at > EPOCH:
            known = self.first > EPOCH
            self.first = min(self.first, event.at) if known else event.at
        origin = wire.child(source, "origin")
        self.pipeline = wire.text(origin, "pipeline_id") or self.pipeline
        self.name = wire.text(origin, "pipeline_name") or self.name
        if event.event_type == "create_update":
            self.begins = True
            told = wire.child(event.details, "create_update")
            self.cause_text = wire.text(told, "cause")
            self.request = UpdateRequest(
                full_refresh=wire.flag(told, "full_refresh"),
                validate_only=wire.flag(told, "validate_only"),
                refresh_selection=wire.texts(told, "refresh_selection"),
                full_refresh_selection=wire.texts(told, "full_refresh_selection"),
            )

    @property
    def cause(self) -> Cause:
        """What triggered it."""
        return Cause(self.cause_text)


def chain_to(last: Chapter, chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """*last* and those before it that the platform went on from, oldest first."""
    chain = [last]
    before = [
        one
        for one in sorted(chapters, key=lambda one: one.first)
        if one.first < last.first and one.pipeline == last.pipeline
    ]
    while before and chain[0].cause.automatic:
        chain.insert(0, before.pop())
    return tuple(chain)


def retell(
    chain: Iterable[tuple[Chapter, Iterable[Event]]], links: Links | None = None
) -> Outcome:
    """What came of the updates of a *chain*, each with its events in order of time."""
    told: list[tuple[Chapter, Tally]] = []
    for chapter, events in chain:
        tally = Tally()
        for event in events:
            tally.fold(event)
        told.append((chapter, tally))
    (first, _), (last, tally) = told[0], told[-1]
    end, page = tally.ended_at(), _page(last, links)
    verdict = _verdict(last, UpdateState(tally.last_state), len(told))
    return replace(
        verdict.outcome(),
        pipeline_id=PipelineId(last.pipeline) if is_id(last.pipeline) else None,
        pipeline_name=last.name if last.name else None,
        pipeline_url=page if page else None,
        attempts=tuple(_attempt(chapter, sums, links) for chapter, sums in told),
        flows=tally.flows(),
        views=tally.views(),
        datasets=tally.datasets(),
        expectations=tally.expectations(),
        problems=tally.problems(),
        problems_omitted=tally.problems_omitted,
        rows_written=tally.rows_written(),
        seconds=(end - first.first).total_seconds() if end is not None else 0.0,
        events_read=sum(sums.events for _, sums in told),
    )


def _verdict(last: Chapter, state: UpdateState, attempts: int) -> Verdict:
    if not state.terminal:
        return Verdict(
            result=Result.UNFINISHED,
            reason=f"The log shows no end of update {last.update_id}: it was"
            f" {shown(state)} at last.",
        )
    return ended(
        last.update_id,
        state,
        attempts=attempts,
        validate_only=last.request.validate_only,
        may_go_on=False,
    )


def _page(chapter: Chapter, links: Links | None, *, of_update: bool = False) -> str:
    # Ids of an event are remote text until they are known to be ids.
    if links is None or not is_id(chapter.pipeline):
        return ""
    pipeline = PipelineId(chapter.pipeline)
    if not of_update:
        return links.pipeline(pipeline)
    update = chapter.update_id
    return links.update(pipeline, update) if is_id(update) else ""


def beside(request: UpdateRequest, outcome: Outcome) -> Outcome:
    """*outcome*, with what has to be said of it beside the selection of a *request*."""
    if not selected(None, request):
        return outcome
    warnings = (*outcome.warnings, *unknown(outcome, None, request))
    if outcome.result is Result.SUCCEEDED and ran_nothing(outcome):
        outcome = replace(outcome, reason=f"{outcome.reason} {NOTHING_RAN}")
    return replace(outcome, warnings=warnings)


def judged(
    outcome: Outcome, gate: Gate, request: UpdateRequest, *, whole: bool
) -> Outcome:
    """*outcome*, judged by *gate*; of a log that is not *whole* no number counts."""
    if not whole and outcome.result is not Result.UNFINISHED:
        outcome = replace(without_numbers(outcome), log_complete=False)
    if not gate.rules:
        return outcome
    if outcome.result is not Result.SUCCEEDED or outcome.update_id is None:
        return replace(outcome, gate_result=GateResult.NOT_JUDGED)
    judgement = judge(gate, outcome, selected(None, request))
    if judgement.result is GateResult.FAILED:
        update, rules = outcome.update_id, len(gate.rules)
        verdict = gate_failed(update, broken=judgement.broken, rules=rules)
        outcome = verdict.ends(outcome)
    return replace(
        outcome,
        gate=tuple(map(_alone, judgement.rows)),
        gate_result=judgement.result,
        warnings=(*outcome.warnings, *judgement.warnings()),
    )


def _alone(row: GateRow) -> GateRow:
    if row.verdict is not GateVerdict.NO_BASELINE:
        return row
    return replace(row, reason="the last good update is in another log")


def _attempt(chapter: Chapter, tally: Tally, links: Links | None) -> Attempt:
    return Attempt(
        update_id=chapter.update_id,
        url=_page(chapter, links, of_update=True),
        state=UpdateState(tally.last_state),
        state_text=tally.last_state,
        cause=chapter.cause,
        cause_text=chapter.cause_text,
        created=chapter.first if chapter.first > EPOCH else None,
        ended=tally.ended_at(),
        phases=tally.phases(),
        problems=tally.problems(),
        cancellation_cause=tally.cancellation_cause,
        canceled_by=tally.canceled_by,
    )
