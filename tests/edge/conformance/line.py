"""
A line with real exchanges on which no time passes but what somebody waits.

An exchange happens on its socket, at once, before `send` returns; only the time that
the loop waits is virtual. So a minute of pauses costs nothing, and the pauses are
exact.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import inf

from dlt_action.core.calls import Call
from dlt_action.core.exchange import NotExecuted, decide
from dlt_action.core.reply import Reply
from dlt_action.core.steps import Why
from dlt_action.edge.line import Arrival, Arrived, Interrupted, Ticket
from tests.edge.conformance.asked import Kind, kind_of
from tests.edge.conformance.doors import House
from tests.edge.conformance.faults import Door, Fault, Planned
from tests.edge.conformance.service import Service

BEGAN = 1000.0  # monotonic clocks do not begin at 0
BEGAN_AT = datetime(2026, 9, 1, 12, tzinfo=UTC)

WITHIN = 0.15  # for what only ends by our patience
PATIENT = 10.0  # for what ends by itself, also on a busy machine
ABANDONED = 0.1  # for what does not even end by our patience


class VirtualClock:
    """Seconds that pass when somebody says so."""

    def __init__(self) -> None:
        """Begin."""
        self.seconds = BEGAN

    def wall(self) -> datetime:
        """What a clock on the wall shows."""
        return BEGAN_AT + timedelta(seconds=self.seconds - BEGAN)


class RealLine:
    """A `Line` to the doors of a house."""

    def __init__(self, service: Service, house: House, clock: VirtualClock) -> None:
        """Exchange with *service*, over what *house* leads to."""
        self.pauses: list[float] = []
        self.attempts: Counter[Kind] = Counter()
        self.replies: list[Reply] = []
        self.lies: list[str] = []  # called "not executed" though it was seen
        self.signal_at = inf
        self._service = service
        self._house = house
        self._clock = clock
        self._arrival: Arrival | None = None
        self._in_flight_until = 0.0
        self._pause = 0.0

    def now(self) -> float:
        """See `Line`."""
        return self._clock.seconds

    def send(self, call: Call, within: float) -> Ticket:
        """See `Line`."""
        self._rest()
        kind = kind_of(call.method.value, call.path)
        self.attempts[kind] += 1
        ticket = Ticket(self.attempts.total())
        planned, before = self._service.arm(kind), len(self._service.requests)
        reply = self._exchange(call, planned)
        if reply is None:
            self._in_flight_until = self.now() + within
            return ticket
        self.replies.append(reply)
        outcome = decide(reply)
        answered = isinstance(outcome, NotExecuted) and (
            outcome.throttled or outcome.redirected
        )
        seen = len(self._service.requests) > before
        if isinstance(outcome, NotExecuted) and seen and not answered:
            self.lies.append(f"{call.what}: {outcome.reason}")
        self._arrival = Arrived(ticket, reply)
        return ticket

    def _exchange(self, call: Call, planned: Planned | None) -> Reply | None:
        if planned is None:
            return self._house.sender(Door.PLAIN)(call, PATIENT)
        fault = planned.fault
        knocked = self._house.knocked(fault.door)
        send = self._house.sender(fault.door)
        if not fault.abandoned:
            reply = send(call, WITHIN if fault.stalls else PATIENT)
        else:
            thread = threading.Thread(target=send, args=(call, PATIENT), daemon=True)
            thread.start()
            thread.join(ABANDONED)
            assert thread.is_alive(), f"{fault.name} is over too soon"
            self._house.forget(fault.door)
            reply = None
        self._played(fault, knocked)
        return reply

    def _played(self, fault: Fault, knocked: int) -> None:
        """Wait until the server's side of *fault* is done, too."""
        if fault.door in _UNREACHED:
            return
        if fault.door in _NO_HANDSHAKE:
            assert self._house.knocked(fault.door) == knocked + 1, fault.name
        else:
            assert self._service.played.wait(PATIENT), f"{fault.name} was not played"

    def _rest(self) -> None:
        if self._pause > 0:
            self.pauses.append(round(self._pause, 3))
        self._pause = 0.0

    def wait(self, until: float) -> Arrival | None:
        """See `Line`."""
        assert until < 1e9, "nobody would ever wake up"
        if self._arrival is not None:
            arrival, self._arrival = self._arrival, None
            return arrival
        now, signal_at = self.now(), self.signal_at
        then = max(min(until, signal_at), now)
        if now >= self._in_flight_until:
            self._pause += then - now
        self._clock.seconds = then
        if signal_at <= until:
            self.signal_at = inf
            return Interrupted(Why.SIGTERM)
        return None

    def ended(self) -> None:
        """Count the pause before the end, if there was one."""
        self._rest()


_UNREACHED = (Door.CLOSED, Door.FULL, Door.NOWHERE, Door.UNSENDABLE, Door.NO_PROXY)
_NO_HANDSHAKE = (
    Door.TLS_EXPIRED,
    Door.TLS_FUTURE,
    Door.TLS_STRANGER,
    Door.TLS_NAME,
    Door.TLS_CLIENT_CERT,
)
