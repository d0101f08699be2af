"""A line on which the replies are known beforehand, in virtual time."""

from __future__ import annotations

from dlt_action.core.calls import Call
from dlt_action.core.reply import Reply
from dlt_action.edge.line import Arrival, Arrived, Ticket


class ScriptedLine:
    """A `Line` on which *replies* come one after the other, the last for ever."""

    def __init__(self, *replies: Reply | None, takes: float = 1.0) -> None:
        self.seconds = 0.0
        self.calls: list[tuple[float, Call, float]] = []
        self._replies = list(replies)
        self._takes = takes
        self._due: list[tuple[float, Arrival]] = []

    def arrives(self, at: float, arrival: Arrival) -> None:
        self._due.append((at, arrival))

    def now(self) -> float:
        return self.seconds

    def send(self, call: Call, within: float) -> Ticket:
        self.calls.append((self.seconds, call, within))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        ticket = Ticket(len(self.calls))
        if reply is not None:
            self.arrives(self.seconds + self._takes, Arrived(ticket, reply))
        return ticket

    def wait(self, until: float) -> Arrival | None:
        self._due.sort(key=lambda one: one[0])
        if not self._due or self._due[0][0] > until:
            self.seconds = max(self.seconds, until)
            return None
        at, arrival = self._due.pop(0)
        self.seconds = max(self.seconds, at)
        return arrival
