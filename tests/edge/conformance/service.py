"""
The workspace as a client meets it: faults as planned, and then all is well.

Each kind of request has a plan: what happens to the first, the second, …; whoever
comes later is answered well. What a request asks for is done or not done as the plan
says, whatever the client is told about it.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from tests.edge.conformance.asked import Kind, Request, request_of
from tests.edge.conformance.backend import Backend
from tests.edge.conformance.faults import Planned, Plans, named
from tests.edge.wires import Peer


@dataclass(slots=True)
class Service:
    """The backend behind its faults; many connections, one request at a time."""

    backend: Backend
    plan: Plans
    requests: list[Request] = field(default_factory=list)  # read to their end
    surplus: list[Kind] = field(default_factory=list)  # what nobody had sent
    armed: Planned | None = None
    played: threading.Event = field(default_factory=threading.Event)
    _left: dict[Kind, deque[Planned | None]] = field(init=False)
    _expected: Kind | None = None
    _open: list[Peer] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay the plans out."""
        self._left = {kind: deque(self.plan.get(kind, ())) for kind in Kind}

    def arm(self, kind: Kind) -> Planned | None:
        """Expect one request of this *kind*; what will happen to it."""
        left = self._left[kind]
        self._expected = kind
        self.armed = left.popleft() if left else None
        self.played.clear()
        if self.armed is not None and self.armed.fault.early:
            self._hang_up()
        return self.armed

    @property
    def unused(self) -> list[str]:
        """The planned faults that nobody ran into."""
        return [named((one,)) for left in self._left.values() for one in left]

    def count(self, kind: Kind) -> int:
        """How many requests of this *kind* were read to their end."""
        return sum(request.kind is kind for request in self.requests)

    def _hang_up(self) -> None:
        # What was kept alive would carry the request past a fault of connecting.
        for peer in self._open:
            with suppress(OSError):
                peer.connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def serve(self, peer: Peer) -> None:
        """Answer one connection, as planned."""
        if self.armed is not None and self.armed.fault.early:
            self.played.set()
            self.armed.fault.play(peer)
            return
        self._open.append(peer)
        raw, first = peer.read(), True
        while raw and self._answer(peer, request_of(raw, first=first)):
            raw, first = peer.read(), False

    def _answer(self, peer: Peer, request: Request) -> bool:
        """Answer; whether the connection is kept."""
        self.requests.append(request)
        if request.kind is not self._expected:
            self.surplus.append(request.kind)
        self._expected, planned = None, self.armed
        if planned is None:
            self._say(peer, *self.backend.does(request))
            return True
        fault, body = planned.fault, dict[str, Any]()
        if planned.effect or fault.dress is not None:
            _, body = self.backend.does(request)
        self.played.set()
        if fault.dress is not None:
            fault.dress(peer, json.dumps(body).encode())
        else:
            fault.play(peer)
        return False

    def _say(self, peer: Peer, status: HTTPStatus, body: dict[str, Any]) -> None:
        date = f"Date: {format_datetime(self.backend.clock(), usegmt=True)}"
        dated = (date,) if self.backend.manners.dated else ()
        text = f"{status.value} {status.phrase}"
        peer.answer(json.dumps(body).encode(), text, *dated)
