"""
Whether the platform goes on with an update that ended badly.

A failed update may be started again by the platform, and a schema change or a
maintenance cancels one update to start the next: always under a new update id. The
first one is and stays FAILED. So FAILED and CANCELED are no verdict until the
platform had its chance, and somebody else's later update is never ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from dlt_action.core.model import PipelineState, RequestId, Update, UpdateId
from dlt_action.core.model import UpdateState as S
from dlt_action.lean import dataclass

# While the pipeline says that it is about to do something, its next update is not
# late. Measured retries took 2 to 3 minutes each, cold starts 4.
ANNOUNCED_GRACE = 900.0

# While it is at work, though ours has ended, there is an update that we do not see yet.
_AT_WORK = frozenset({PipelineState.RUNNING, PipelineState.RESETTING})

_ANNOUNCING = frozenset(
    {PipelineState.RECOVERING, PipelineState.STARTING, PipelineState.DEPLOYING}
)


class Search(Enum):
    """What a page of the list of updates told, if not the successor itself."""

    NOTHING_YET = "ours is the newest"
    BROKEN = "somebody else's update came after ours"
    UNANSWERED = "the API did not say"
    NOT_REACHED = "ours is not on this page: look further"


def successor(
    ours: UpdateId, newest_first: Iterable[Update], request: RequestId | None
) -> Update | Search:
    """
    The update that continues *ours*: the next newer one, if the platform started it.

    *request* is the request id of ours where it is known; a newer update that tells
    another one belongs to somebody else.
    """
    next_newer: Update | None = None
    for update in newest_first:
        if update.update_id == ours:
            break
        next_newer = update
    else:
        return Search.NOT_REACHED
    if next_newer is None:
        return Search.NOTHING_YET
    known = request is not None and next_newer.request_id is not None
    if not next_newer.cause.automatic or (known and next_newer.request_id != request):
        return Search.BROKEN
    return next_newer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What we know of an update that ended badly."""

    state: S
    validate_only: bool
    development: bool | None  # as asked for this update
    retries_configured: int | None
    failed_attempts: int  # before this one
    cancellation_cause: str


def is_final(ended: Ended) -> bool:
    """Whether nothing can follow, so that there is nothing to wait for."""
    if ended.validate_only:
        return True
    if ended.state is S.CANCELED:
        # Not WORKFLOW_CANCELLATION, nor the platform's own: they may differ.
        return ended.cancellation_cause == "USER_ACTION"
    if ended.development is True:
        return True
    # Only a configured number is believed: the default of 5 is documented for
    # triggered pipelines, and 15 has been reported too.
    return (
        ended.retries_configured is not None
        and ended.failed_attempts >= ended.retries_configured
    )


def stirs(pipeline: PipelineState | None) -> bool:
    """Whether the pipeline says that something is going on after the end."""
    return pipeline in _ANNOUNCING or pipeline in _AT_WORK


def grace(pipeline: PipelineState | None, configured: float) -> float:
    """
    Seconds after the end in which a successor may still appear.

    None is a pipeline that did not answer: who knows what it would have announced.
    """
    if pipeline is None or pipeline in _ANNOUNCING:
        return max(ANNOUNCED_GRACE, configured)
    return configured
