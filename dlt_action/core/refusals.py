"""
When to believe a refusal in the middle of a run.

A 403 can be a token that was just replaced and a 404 a list that is behind: neither
is worth the loss of a run that may take hours. So a refusal must be repeated over
some time before it is believed.
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from dlt_action.core import endings
from dlt_action.core.exchange import Rejected
from dlt_action.core.model import UpdateId
from dlt_action.core.verdicts import Verdict

# (how often at least, over how many seconds at least)
BELIEVE_NO_ACCESS = (2, 5.0)
BELIEVE_GONE = (3, 60.0)


class Belief(Enum):
    """What refusals in a row mean."""

    NO_ACCESS = "whoever signs in may not know any more"
    GONE = "what is asked for is not there any more"
    REFUSING = "the API answers, and refuses to tell"


class Refusals:
    """The refusals in a row."""

    def __init__(self) -> None:
        """Begin without any."""
        self._status: int | None = None
        self._count = 0
        self._since = 0.0

    def clear(self) -> None:
        """Take an answer: the row is broken."""
        self._status, self._count = None, 0

    def take(
        self, rejected: Rejected, update: UpdateId, now: float, grace: float
    ) -> Verdict | None:
        """Take a refusal; a verdict on an *update* once it is to be believed."""
        match self.believed(rejected, now, grace):
            case Belief.NO_ACCESS:
                return endings.lost_access(update, rejected)
            case Belief.GONE:
                return endings.gone(update, rejected)
            case Belief.REFUSING:
                return endings.refusing(update, self.lasted(now), rejected)
            case None:
                return None
            case belief:
                assert_never(belief)

    def believed(self, rejected: Rejected, now: float, grace: float) -> Belief | None:
        """Take a refusal; what it means, once it is to be believed."""
        if rejected.status != self._status:
            self._status, self._count, self._since = rejected.status, 0, now
        self._count += 1
        lasted = self.lasted(now)
        match rejected.status:
            case 401 | 403 if self._lasts(BELIEVE_NO_ACCESS, lasted):
                return Belief.NO_ACCESS
            case 404 if self._lasts(BELIEVE_GONE, lasted):
                return Belief.GONE
            case status if status not in (401, 403, 404) and lasted >= grace:
                return Belief.REFUSING
            case _:
                return None

    def lasted(self, now: float) -> float:
        """For how many seconds the same refusal is answered."""
        return now - self._since

    def _lasts(self, bar: tuple[int, float], lasted: float) -> bool:
        times, seconds = bar
        return self._count >= times and lasted >= seconds
