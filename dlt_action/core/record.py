"""
All that a report may know: what was asked, without secrets, and what came of it.

Reports look at one `Record` and at nothing else, so two of one run cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from dlt_action.core.jobs.rows import JobRun
from dlt_action.core.model import (
    EXIT_CODES,
    Attribution,
    Cause,
    FlowStatus,
    Location,
    PipelineId,
    Result,
    UpdateId,
    UpdateState,
)
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of us, in words and without secrets."""

    host: str = ""
    pipeline: str = ""  # the id or the name that was given
    kind: str = ""  # Kind, in words
    resets: bool = False  # whether tables are reset
    selection: tuple[str, ...] = ()
    waits_for: str = "completed"
    timeout_seconds: float | None = None
    sign_in: str = ""  # kind, principal and source; never a credential
    left_aside: tuple[str, ...] = ()  # other ways to sign in that were set up
    report_dir: str | None = None
    version: str = ""
    rules: int = 0  # of the quality gate


@dataclass(frozen=True, slots=True)
class Phase:
    """One state of an update and how long it was in it, in seconds."""

    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRow:
    """One flow of the last attempt."""

    name: str
    status: FlowStatus
    status_text: str
    kind: str = ""  # flow_type
    output: str = ""  # the dataset or sink that it writes
    inputs: tuple[str, ...] = ()  # the datasets that it reads
    rows: int | None = None  # num_output_rows, None where the log does not tell
    upserted: int | None = None
    deleted: int | None = None
    dropped: int | None = None
    backlog_bytes: int | None = None  # as last told
    began: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    failures: int = 0  # failed tries inside the update
    tells_quality: bool = False  # the log tells its data quality, or would have
    truncated: bool = False  # the log lacks a part of it: its numbers are too small


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRow:
    """One dataset of the last attempt, as the log defines it."""

    name: str
    kind: str = ""  # dataset_type
    declared: tuple[str, ...] = ()  # names of its expectations
    actions: tuple[str, ...] = ()  # of each: ALLOW, DROP, FAIL, or "" if not told
    untold: tuple[str, ...] = ()  # of them, whose numbers the log tells in part only

    def action_of(self, expectation: str) -> str:
        """What becomes of a record that fails it: ALLOW, DROP, FAIL; "": not told."""
        return dict(zip(self.declared, self.actions, strict=False)).get(expectation, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationRow:
    """One expectation of the last attempt, summed over its flow_progress events."""

    dataset: str
    name: str
    passed: int
    failed: int
    action: str = ""  # ALLOW, DROP or FAIL of a record that fails it; "": not told


@dataclass(frozen=True, slots=True)
class Hint:
    """What usually helps against an error, in our words, and a page that says more."""

    text: str
    url: str  # of the documentation


@dataclass(frozen=True, slots=True)
class InCheckout:
    """A place in the repository that was checked out."""

    path: str  # relative to its root
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error out of the event log. All texts are remote and untrusted."""

    at: datetime | None
    flow: str | None
    headline: str  # one line: the most useful message of the chain
    exception: str = ""  # class name or error_class
    detail: str = ""  # the message, shortened, several lines
    location: Location | None = None
    fatal: bool = False
    hint: Hint | None = None
    source: InCheckout | None = None  # where *location* is in the repository
    violated: str = ""  # the expectations that it broke, as the message lists them


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One update of the chain that we followed."""

    update_id: UpdateId
    url: str
    state: UpdateState
    state_text: str
    cause: Cause
    cause_text: str
    created: datetime | None = None
    ended: datetime | None = None
    phases: tuple[Phase, ...] = ()
    problems: tuple[Problem, ...] = ()
    cancellation_cause: str = ""  # remote text
    canceled_by: str = ""  # remote text: who asked for a stop


class GateVerdict(StrEnum):
    """What came of one rule of the quality gate for one thing that it judges."""

    HOLDS = "holds"
    BREAKS = "breaks"
    NO_DATA = "no data"  # declared, and saw no record: holds
    NO_BASELINE = "no baseline"  # nothing to compare with: holds
    NOT_JUDGED = "not judged"  # the update did not refresh it
    NOT_AVAILABLE = "not available"  # a number that the log does not carry
    NO_MATCH = "no match"  # nothing of that name is declared: breaks


class GateResult(StrEnum):
    """What came of the quality gate: the output `gate-result`."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    NOT_JUDGED = "not-judged"  # it did not complete, or refreshed nothing of it
    NONE = "none"  # no gate was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One rule of the quality gate, judged for one dataset or expectation."""

    rule: str  # as it was written
    dataset: str  # remote text
    verdict: GateVerdict
    broken: bool  # whether it breaks the rule
    mandatory: bool  # whether that breaks the gate
    expectation: str = ""  # remote text
    measured: str = ""  # a number with its unit, in our words
    reason: str = ""  # a sentence in our words

    @property
    def subject(self) -> str:
        """What it is about, as a rule would name it; remote text."""
        return ":".join(part for part in (self.dataset, self.expectation) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGood:
    """The last COMPLETED update of the same kind, for comparison."""

    update_id: UpdateId
    url: str
    seconds: float | None = None
    rows_written: int | None = None
    flows: tuple[FlowRow, ...] = ()
    expectations: tuple[ExpectationRow, ...] = ()
    log_complete: bool = True  # whether its log was read to its end: if not, no numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one pipeline; a job run that updates several has them as *parts*."""

    result: Result
    reason: str  # one sentence of our words and checked ids only
    pipeline_id: PipelineId | None = None
    pipeline_name: str | None = None  # remote text
    pipeline_url: str | None = None
    attribution: Attribution | None = None
    attempts: tuple[Attempt, ...] = ()
    flows: tuple[FlowRow, ...] = ()
    views: tuple[FlowRow, ...] = ()  # what defines them: no update runs it by itself
    datasets: tuple[DatasetRow, ...] = ()
    expectations: tuple[ExpectationRow, ...] = ()
    gate: tuple[GateRow, ...] = ()  # worst first
    gate_result: GateResult = GateResult.NONE
    last_good: LastGood | None = None
    problems: tuple[Problem, ...] = ()  # of the last attempt, most useful first
    problems_omitted: int = 0
    rows_written: int | None = None
    seconds: float = 0.0
    events_read: int = 0
    log_complete: bool = True  # was read to its end: if not, no numbers
    warnings: tuple[str, ...] = ()  # our words; names in them as code
    advice: str = ""  # what to do next: our words, names as code; may span lines
    paste: str = ""  # lines to compare and to copy, as they are; remote text
    server_said: str = ""  # an API error, remote text, one line
    input_problems: tuple[InputProblem, ...] = ()  # all that is wrong with the inputs
    signal: int | None = None
    job: JobRun | None = None
    task: str = ""  # of a part: its task_key; remote text
    parts: tuple[Outcome, ...] = ()
    failed_fast: bool = False  # so because another one of the step did not succeed

    @property
    def lead(self) -> Outcome:
        """The part that lends the single values: the worst that began, or itself."""
        begun = [part for part in self.parts if part.result is not Result.SKIPPED]
        return worst_of(begun or self.parts or (self,))

    @property
    def update_id(self) -> UpdateId | None:
        """The last attempt's id."""
        return self.attempts[-1].update_id if self.attempts else None

    @property
    def update_url(self) -> str | None:
        """The last attempt's page."""
        return self.attempts[-1].url if self.attempts else None

    @property
    def state(self) -> str | None:
        """The last attempt's state, as the API spelled it."""
        return self.attempts[-1].state_text if self.attempts else None

    @property
    def exit_code(self) -> int:
        """The process's exit code for this outcome alone."""
        if self.result is Result.INTERRUPTED and self.signal is not None:
            return 128 + self.signal
        return EXIT_CODES[self.result]


def badness(outcome: Outcome) -> tuple[int, bool]:
    """What outcomes are sorted by: as `Result`; what failed before what it stopped."""
    follows = outcome.failed_fast and outcome.result is Result.CANCELED
    place = list(Result).index(Result.SKIPPED if follows else outcome.result)
    return place, not follows


def worst_of(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that decides: the worst, and of several such the first."""
    return min(outcomes, key=badness)


@dataclass(frozen=True, slots=True)
class Record:
    """What was asked and what came of it, for every pipeline of the step."""

    asked: Asked
    outcomes: tuple[Outcome, ...] = ()
    seconds: float | None = None  # of the whole step, where it has several pipelines

    @property
    def worst(self) -> Outcome:
        """The outcome that decides; of a job run, its own and not that of a part."""
        return worst_of(self.outcomes)

    @property
    def exit_code(self) -> int:
        """The exit code of the program, the outputs permitting."""
        return self.worst.exit_code
