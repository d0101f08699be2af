"""The words of a start that met another update, or whose answer was lost."""

from __future__ import annotations

from collections.abc import Collection

from dlt_action.core.exchange import Outcome, Rejected
from dlt_action.core.model import Cause, Result, Update, UpdateId, UpdateState
from dlt_action.core.plan import IfActive, Plan
from dlt_action.core.steps import Why
from dlt_action.core.verdicts import Verdict, not_started
from dlt_action.core.words import duration
from dlt_action.lean import dataclass, replace

INFERRED = (
    "The answer to the start was lost. The update is inferred to be ours, because"
    " nothing else that began in those seconds fits. This step never stops it."
)
MOST_NAMED = 5  # a reason is a sentence


@dataclass(frozen=True, slots=True)
class Rival:
    """The update that is in the way, as far as it is known."""

    update_id: UpdateId | None
    update: Update | None = None
    age: float | None = None  # seconds
    because: str = ""  # why the policy does not help, in our words
    rerun: str = ""  # what an earlier attempt of the workflow has to do with it

    @property
    def facts(self) -> str:
        """What is known of it, separated by commas."""
        facts = []
        if self.update is not None:
            if self.update.state is not UpdateState.UNRECOGNISED:
                facts.append(f"state {self.update.state.value}")
            if self.update.cause is not Cause.UNRECOGNISED:
                facts.append(f"cause {self.update.cause.value}")
        if self.age is not None:
            facts.append(f"{duration(self.age)} old")
        return ", ".join(facts)


def not_to_be_had(plan: Plan, outcome: Outcome, *, what: str) -> Verdict:
    """A call before the start that was not answered as needed: who asked, of what."""
    pipeline = plan.pipeline.pipeline_id
    return not_started(outcome, what=what, who=plan.principal, pipeline=pipeline)


def never_ends(plan: Plan, update: Update | None) -> bool:
    """Whether an *update* of the pipeline goes on until somebody stops it."""
    if update is None:
        return plan.pipeline.continuous
    return update.endless or (plan.pipeline.continuous and not update.validate_only)


def conflict(plan: Plan, rival: Rival, *, said: str = "") -> Verdict:
    """Another update is active, and the policy does not allow for it."""
    pipeline, other = plan.pipeline.pipeline_id, rival.update_id
    name = "Another update" if other is None else f"Another update ({other})"
    link = (
        plan.links.pipeline(pipeline)
        if other is None
        else plan.links.update(pipeline, other)
    )
    because = f" {rival.because}" if rival.because else ""
    facts = f": {rival.facts}" if rival.facts else ""
    policy = plan.if_active
    first, helps = _ONE_AT_A_TIME, _POLICIES if policy is IfActive.FAIL else ""
    if never_ends(plan, rival.update):
        tried = policy in (IfActive.ATTACH, IfActive.REPLACE)
        first, helps = _ONE_WITHOUT_END, "" if tried else _POLICIES_WITHOUT_END
    return Verdict(
        result=Result.CONFLICT,
        reason=f"{name} is active on this pipeline{facts}.{because} Nothing was"
        " started.",
        advice="\n".join(filter(None, (first + link, rival.rerun, helps))),
        server_said=said,
    )


_ONE_AT_A_TIME = (
    "Only one update of a pipeline can be active. Wait for it to end or stop it, then"
    " run this step again: "
)
_ONE_WITHOUT_END = (
    "Only one update of a pipeline can be active, and one in continuous mode does not"
    " end by itself. Stop it, then run this step again: "
)
_POLICIES_WITHOUT_END = (
    "The input if-active does it for you: `replace` (stop it, then start it with what"
    " is deployed now), `attach` (follow that one)."
)
_POLICIES = (
    "The input if-active does it for you: `wait`, `attach` (follow that one), `replace`"
    " (stop it)."
)


def waited_in_vain(plan: Plan, rival: Rival, why: Why, told: str) -> Verdict:
    """A clock or a signal ended the wait for another update, as a clause says it."""
    known = f" ({rival.facts})" if rival.facts else ""
    other = rival.update_id
    link = "" if other is None else plan.links.update(plan.pipeline.pipeline_id, other)
    result = Result.SKIPPED if why is Why.FAIL_FAST else Result.TIMED_OUT
    helps = "Run this step again once that one is over"
    if why.is_clock and plan.if_active is IfActive.WAIT:
        helps = f"Raise `{why.value}`, or let if-active `replace` (stop) the other one"
    elif why.is_clock:
        helps = f"Raise `{why.value}`, or look at the other one"
    return Verdict(
        result=Result.INTERRUPTED if why.is_signal else result,
        reason=f"{told} while another update, {other}, was waited for{known}. Nothing"
        " was started.",
        advice=f"{helps}: {link}",
        signal=why.signal,
        failed_fast=why is Why.FAIL_FAST,
    )


def not_started_after_waiting(verdict: Verdict) -> Verdict:
    """*verdict* on another update that was waited for, as the end of this step."""
    reason = verdict.reason.removesuffix(" Nothing was started.")
    return replace(verdict, reason=f"{reason} It was waited for; nothing was started.")


def no_update_yet() -> Verdict:
    """`update-id: latest`, and the pipeline has none."""
    return Verdict(
        result=Result.MISCONFIGURED,
        reason="The pipeline has no update yet that could be followed. Nothing was"
        " started.",
        advice="Leave out update-id to start one.",
    )


def no_such_update(wanted: UpdateId, rejected: Rejected) -> Verdict:
    """`update-id` names what the pipeline does not have."""
    return Verdict(
        result=Result.MISCONFIGURED,
        reason=f"The pipeline has no update {wanted} (HTTP {rejected.status}). Nothing"
        " was started.",
        advice="Compare update-id with the id on the update's page. The API keeps"
        " updates for 60 days.",
        server_said=rejected.reason,
    )


def unknown_start(plan: Plan, why: str, found: Collection[Update] = ()) -> Verdict:
    """The start's answer was lost; *found* are updates that can be ours."""
    return Verdict(
        result=Result.UNKNOWN_START,
        reason="The answer to the start was lost, and no update is proven to be ours:"
        f" one may be running.{_candidates(found)} The start was not sent a second"
        " time.",
        advice=_look_first(plan, found),
        server_said=why,
    )


def start_cut_short(plan: Plan, why: Why, found: Collection[Update]) -> Verdict:
    """We had to go before it was known what came of a lost start."""
    result = Result.INTERRUPTED if why.is_signal else Result.UNKNOWN_START
    return Verdict(
        result=result,
        reason=f"{why.told} while the answer to the start was lost: an update may be"
        f" running, or may still begin.{_candidates(found)} The start was not sent a"
        " second time, and nothing was stopped.",
        advice=f"Give it a minute to begin. {_look_first(plan, found)}",
        signal=why.signal,
    )


def _candidates(found: Collection[Update]) -> str:
    ids = [update.update_id for update in found]
    if not ids:
        return ""
    return f" Not to be told from ours: {', '.join(ids[:MOST_NAMED])}."


def _look_first(plan: Plan, found: Collection[Update]) -> str:
    pipeline = plan.pipeline.pipeline_id
    links = [plan.links.update(pipeline, one.update_id) for one in found]
    shown = links[:MOST_NAMED] if links else [plan.links.pipeline(pipeline)]
    return (
        "Look at the pipeline's page. If an update that began at this time is there,"
        " wait for it, or follow it with the input update-id; if none is, and the"
        f" pipeline is idle, run this step again: {' '.join(shown)}"
    )
