"""
An exchange that can stop and cancel, and start nothing.

What tidies up runs with the same credentials as what starts updates, at a moment at
which nobody looks. That it starts nothing is not left to what it was written to do.
"""

from __future__ import annotations

from dlt_action.core.calls import Call, Method
from dlt_action.core.jobs.calls import CANCEL
from dlt_action.core.reply import Fault, FaultKind, Reply
from dlt_action.edge.line import Exchange


def only_stops(exchange: Exchange) -> Exchange:
    """*exchange*, but for whatever is neither a read nor a stop, nor a cancel."""

    def restrained(call: Call, within: float) -> Reply:
        reads = call.method is Method.GET
        if reads or call.path.endswith("/stop") or call.path == CANCEL:
            return exchange(call, within)
        return Fault(FaultKind.UNSENDABLE, "this process may only read and stop")

    return restrained
