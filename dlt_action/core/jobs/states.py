"""
How a job run is, or the run of one of its tasks, in the words of two generations.

`state` is the older object and `status` the newer one
(docs.databricks.com/api/workspace/jobs/getrun); both are sent, and either may be absent
one day. What ends a run is a word that we know; what makes it a success are only words
that say so, all that there are.
"""

from __future__ import annotations

from dlt_action.core import wire
from dlt_action.lean import dataclass

_ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
_KNOWN = _ENDED | {
    *("PENDING", "RUNNING", "TERMINATING", "BLOCKED", "QUEUED"),
    *("WAITING_FOR_RETRY", "WAITING"),
}
_QUEUED = frozenset({"QUEUED", "PENDING", "BLOCKED", "WAITING"})

SUCCESS, WITH_FAILURES = "SUCCESS", "SUCCESS_WITH_FAILURES"
_GOOD = frozenset({SUCCESS, WITH_FAILURES})

# Codes of `status.termination_details`, as results of `state`.
_RESULTS = {
    SUCCESS: SUCCESS,
    WITH_FAILURES: WITH_FAILURES,
    "USER_CANCELED": "CANCELED",
    "CANCELED": "CANCELED",
    "DISABLED": "DISABLED",
    "SKIPPED": "SKIPPED",
    "MAX_CONCURRENT_RUNS_EXCEEDED": "MAXIMUM_CONCURRENT_RUNS_REACHED",
    "MAX_JOB_QUEUE_SIZE_EXCEEDED": "MAXIMUM_CONCURRENT_RUNS_REACHED",
}
_NEVER_RAN = frozenset(
    {
        "UPSTREAM_FAILED",
        "UPSTREAM_CANCELED",
        "EXCLUDED",
        "DISABLED",
        "SKIPPED",
        "MAXIMUM_CONCURRENT_RUNS_REACHED",
    }
)
_RESULTS_KNOWN = _GOOD | _NEVER_RAN | {"FAILED", "TIMEDOUT", "CANCELED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """How a run is. All texts are remote, but for those of *result*."""

    phase: str = ""  # life_cycle_state, or else status.state
    told: str = ""  # result_state, or else termination_details.code
    code: str = ""  # termination_details.code
    message: str = ""
    queue_reason: str = ""
    ended: bool = False

    @property
    def result(self) -> str:
        """A result that we know, or `FAILED`; of no meaning before the end."""
        if self.phase == "INTERNAL_ERROR" or self._contradicts:
            return "FAILED"
        if self.phase == "SKIPPED" and self.told in ("", SUCCESS):
            return "SKIPPED"
        return self.told if self.told in _RESULTS_KNOWN else "FAILED"

    @property
    def _contradicts(self) -> bool:
        """Whether one half says that all is well, and the other does not."""
        by_code = _RESULTS.get(self.code, "FAILED") if self.code else self.told
        return (self.told in _GOOD) is not (by_code in _GOOD)

    @property
    def good(self) -> bool | None:
        """Whether it succeeded; None before the end."""
        return self.result in _GOOD if self.ended else None

    @property
    def known(self) -> bool:
        """Whether we know what it is in."""
        return self.phase in _KNOWN

    @property
    def waits(self) -> bool:
        """Whether it waits for its turn, or for a machine."""
        return self.phase in _QUEUED

    @property
    def never_ran(self) -> bool:
        """Whether it ended without having begun."""
        return self.ended and self.result in _NEVER_RAN

    @property
    def shown(self) -> str:
        """Its result once it has ended, else what it is in; remote text."""
        if not self.ended:
            return self.phase if self.phase else "no state"
        return self.told if self.told else self.phase


def state_of(run: wire.Object) -> RunState:
    """How a *run* is, that GET runs/get tells of."""
    state, status = wire.child(run, "state"), wire.child(run, "status")
    details = wire.child(status, "termination_details")
    queue = wire.child(status, "queue_details")
    older, newer = wire.text(state, "life_cycle_state"), wire.text(status, "state")
    phase = older if older in _KNOWN or not newer else newer
    code = wire.text(details, "code")
    told = wire.text(state, "result_state") or _RESULTS.get(code, code)
    return RunState(
        phase=phase,
        told=told,
        code=code,
        message=wire.text(state, "state_message") or wire.text(details, "message"),
        queue_reason=wire.text(queue, "message") or wire.text(state, "queue_reason"),
        ended=phase in _ENDED,
    )
