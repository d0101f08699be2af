"""An update to follow, and how we know of it."""

from __future__ import annotations

from dlt_action.core.model import Attribution, RequestId, Update, UpdateId
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """An update to follow; *seen* as it was last read, where it was."""

    update_id: UpdateId
    request_id: RequestId | None = None
    attribution: Attribution = Attribution.CONFIRMED
    seen: Update | None = None
