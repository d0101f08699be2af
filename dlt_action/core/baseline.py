"""
What was there before the start.

After a lost answer only the difference tells whether there is an update of ours. Ids
decide, not times: a clock in between is wrong sooner or later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from dlt_action.core import wire
from dlt_action.core.exchange import Executed
from dlt_action.core.model import Update, UpdateId, UpdateState
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Baseline:
    """The pipeline's newest updates before the start."""

    known: frozenset[UpdateId]
    active: Update | None
    # How far the workspace's clock is ahead of ours, by the Date of the answer.
    ahead: timedelta | None


def baseline_of(
    answer: Executed, wall: datetime, shown: Iterable[UpdateId] = ()
) -> Baseline:
    """
    The baseline in the *answer* to a list of updates that came at *wall*.

    *shown* are those that the pipeline showed before: a list may be behind.
    """
    listed = wire.updates(answer.body)
    return Baseline(
        known=frozenset((*shown, *(update.update_id for update in listed))),
        active=next(filter(is_active, listed), None),
        ahead=None if answer.at is None else answer.at - wall,
    )


def is_active(update: Update) -> bool:
    """Whether *update* is known to keep another one from starting."""
    # What has a state that we do not know may have ended years ago: then it is for the
    # API to refuse the start.
    return not update.state.terminal and update.state is not UpdateState.UNRECOGNISED
