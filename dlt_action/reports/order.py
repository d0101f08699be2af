"""What a person should see first: the order of everything that a report lists."""

from __future__ import annotations

from collections.abc import Iterable

from dlt_action.core.model import EXIT_CODES, FlowStatus, Result, UpdateState
from dlt_action.core.record import (
    ExpectationRow,
    FlowRow,
    Outcome,
    Problem,
    badness,
)
from dlt_action.core.text import one_line
from dlt_action.reports.gatetable import gate_cause

_FLOWS_WORST_FIRST = (
    FlowStatus.FAILED,
    FlowStatus.UNRECOGNISED,
    FlowStatus.STOPPED,
    FlowStatus.SKIPPED,
    FlowStatus.RUNNING,
    FlowStatus.STARTING,
    FlowStatus.PLANNING,
    FlowStatus.QUEUED,
    FlowStatus.COMPLETED,
    FlowStatus.IDLE,  # waits for new data, or ran once and long ago
    FlowStatus.EXCLUDED,
)


def worst_outcomes_first(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """*outcomes* in the order in which they decide."""
    return sorted(outcomes, key=badness)


def rows_of(outcome: Outcome) -> int | None:
    """What was written, as far as it is known; None where nothing is."""
    if outcome.rows_written is not None or not outcome.parts:
        return outcome.rows_written
    told = [one.rows_written for one in outcome.parts if one.rows_written is not None]
    return sum(told) if told else None


def pieces_of(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """*outcomes*, and behind a job run that updated several what came of each."""
    return [one for outcome in outcomes for one in (outcome, *outcome.parts)]


def worst_flows_first(flows: Iterable[FlowRow]) -> list[FlowRow]:
    """*flows*, failed ones first; the slowest first among those of one status."""
    return sorted(
        flows,
        key=lambda flow: (
            _FLOWS_WORST_FIRST.index(flow.status),
            -(flow.seconds if flow.seconds is not None else -1.0),
            flow.name,
        ),
    )


def worst_expectations_first(rows: Iterable[ExpectationRow]) -> list[ExpectationRow]:
    """*rows*, the largest share of failed records first."""
    return sorted(
        rows,
        key=lambda row: (
            -row.failed / max(row.failed + row.passed, 1),
            -row.failed,
            row.dataset,
            row.name,
        ),
    )


def dropped_by_dataset(flows: Iterable[FlowRow]) -> dict[str, int]:
    """Records dropped on the way into each dataset, where the log tells a number."""
    dropped: dict[str, int] = {}
    for flow in flows:
        if flow.dropped is not None:
            name = flow.output or flow.name
            dropped[name] = dropped.get(name, 0) + flow.dropped
    return dropped


def pages_of(outcome: Outcome) -> list[str]:
    """The pages on which a person reads on; the last is that of the verdict."""
    run = None if outcome.job is None else outcome.job.url
    if run is None:
        page = outcome.update_url or outcome.pipeline_url
        return [page] if page else []
    update = outcome.lead.update_url if failed_by_its_update(outcome) else None
    return [update, run] if update else [run]


def failed_by_its_update(outcome: Outcome) -> bool:
    """Whether an update is why it failed, and not another task of the job run."""
    attempts = outcome.lead.attempts
    failed = bool(attempts) and attempts[-1].state is UpdateState.FAILED
    return failed and ended_by_its_errors(outcome)


def ended_badly(outcome: Outcome) -> bool:
    """Whether something has to be explained."""
    return outcome.result is Result.UNFINISHED or EXIT_CODES[outcome.result] != 0


def problems(outcome: Outcome) -> tuple[Problem, ...]:
    """The problems of the last attempt; of an earlier one if the last has none."""
    if outcome.problems:
        return outcome.problems
    earlier = (attempt.problems for attempt in reversed(outcome.attempts))
    return next((found for found in earlier if found), ())


_UPDATES_OWN = frozenset({Result.FAILED, Result.CANCELED})


def ended_by_its_errors(outcome: Outcome) -> bool:
    """Whether what failed in the update is why the run ended so."""
    # A flow that failed once and recovered does not explain a lost permission, and
    # what was stopped for another's failure has none of its own.
    return outcome.result in _UPDATES_OWN and not outcome.failed_fast


def canceled_by(outcome: Outcome) -> tuple[str, str]:
    """Who canceled the update, and why: remote texts; blank where nobody knows."""
    last = outcome.attempts[-1] if outcome.attempts else None
    # What we stopped ourselves, the verdict tells.
    ours = outcome.failed_fast
    if outcome.result is not Result.CANCELED or last is None or ours:
        return "", ""
    why = one_line(last.cancellation_cause, 100)
    # That it was canceled with its job run, the verdict tells as well.
    of_job = outcome.job is not None or outcome.task
    why = "" if of_job and why == _WITH_ITS_RUN else why
    return one_line(last.canceled_by, 200), why


_WITH_ITS_RUN = "WORKFLOW_CANCELLATION"
# What the Jobs service says where others say more.
_EMPTY_WORDS = ("run cancelled", "workload failed, see run output for details")


def said_of(outcome: Outcome) -> str:
    """What the API, or the Jobs service, said, where that tells anything."""
    said = outcome.server_said
    of_job = outcome.job is not None or outcome.task
    empty = said.strip().rstrip(".").casefold().endswith(_EMPTY_WORDS)
    return "" if of_job and empty else said


def speaks_http(said: str) -> bool:
    """Whether the API itself said it; else it is what kept us from hearing it."""
    return said.startswith("HTTP ")


def root_cause(outcome: Outcome) -> str:
    """Why it did not end well, as one line of remote text; ``""`` where it did."""
    if not ended_badly(outcome):
        return ""
    if outcome.input_problems:
        return one_line(" ".join(str(problem) for problem in outcome.input_problems))
    if outcome.result is Result.GATE_FAILED:
        return gate_cause(outcome)
    if not ended_by_its_errors(outcome):
        return one_line(said_of(outcome))
    below = root_cause(outcome.lead) if outcome.parts else ""
    return below or _own_cause(outcome)


def _own_cause(outcome: Outcome) -> str:
    who, why = canceled_by(outcome)
    if who or why:
        return "canceled" + (f" by {who}" if who else "") + (f" ({why})" if why else "")
    found = problems(outcome)
    return one_line(found[0].headline if found else said_of(outcome))
