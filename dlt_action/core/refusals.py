"""
When to believe a refusal in the middle of a run.

A 403 can be a token that was just replaced and a 404 a list that is behind: neither
is worth the loss of a run that may take hours. So a refusal must be repeated over
some time before it is believed.
"""

from __future__ import annotations

from dlt_action.core import endings
from dlt_action.core.exchange import Rejected
from dlt_action.core.model import UpdateId
from dlt_action.core.verdicts import Verdict

# (how often at least, over how many seconds at least)
BELIEVE_NO_ACCESS = (2, 5.0)
BELIEVE_GONE = (3, 60.0)


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
        """Take a refusal; a verdict once it is to be believed."""
        if rejected.status != self._status:
            self._status, self._count, self._since = rejected.status, 0, now
        self._count += 1
        lasted = now - self._since
        match rejected.status:
            case 401 | 403 if self._believed(BELIEVE_NO_ACCESS, lasted):
                return endings.lost_access(update, rejected)
            case 404 if self._believed(BELIEVE_GONE, lasted):
                return endings.gone(update, rejected)
            case status if status not in (401, 403, 404) and lasted >= grace:
                return endings.refusing(update, lasted, rejected)
            case _:
                return None

    def _believed(self, bar: tuple[int, float], lasted: float) -> bool:
        times, seconds = bar
        return self._count >= times and lasted >= seconds
